"""Keys as they are made on the command line and used on the wire."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

import ocr_async
from ocr_async.gateway.storage.local import open_accounts
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

ROOT = Path(ocr_async.__file__).parent.parent
ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}
MASTER = "sk-master-0123456789"


def command(folder: Path | None, action: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    if folder is not None:
        arguments = (*arguments, "--data", str(folder))
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "ocr_async", "keys", action, *arguments],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
    )  # fmt: skip


async def ask(gateway: Running, key: str, **headers: str) -> tuple[int, str | None]:
    status, body = await gateway.post("/v1/ocr", ASKED, Authorization=f"Bearer {key}", **headers)
    return status, body.get("code")


async def test_a_key_is_made_used_billed_and_revoked(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    data = tmp_path / "data"
    limits = ("--models", "mistral-ocr", "--budget-pages", "4")
    made = await anyio.to_thread.run_sync(lambda: command(data, "create", "team-a", *limits))
    key = made.stdout.strip()
    assert (made.returncode, key.startswith("sk-oa-"), len(key) > 40) == (0, True, True)
    config = await configured(
        tmp_path, mistral_at(upstream, ocr_cost_per_page=0.5), general_settings={"master_key": MASTER}
    )
    async with start(config) as gateway:
        assert await ask(gateway, "sk-other") == (401, "invalid_api_key")
        assert await ask(gateway, key) == (200, None)
        assert await ask(gateway, key) == (200, None)
        assert await ask(gateway, key) == (429, "budget_exceeded")
        assert await ask(gateway, MASTER) == (200, None)
        revoked = await anyio.to_thread.run_sync(command, data, "revoke", "team-a")
        assert revoked.returncode == 0
        with anyio.fail_after(10):
            while (await ask(gateway, key))[0] != 401:
                await anyio.sleep(0.1)
    async with open_accounts(data) as accounts:
        rows = await accounts.spend()
    spend = {row.alias: (row.model, row.requests, row.pages, row.usd) for row in rows}
    assert spend == {"team-a": ("mistral-ocr", 2, 6, 3.0), "master": ("mistral-ocr", 1, 3, 1.5)}


async def test_a_key_for_some_models_sees_no_others(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    made = await anyio.to_thread.run_sync(command, tmp_path / "data", "create", "a", "--models", "other")
    config = await configured(
        tmp_path, mistral_at(upstream), mistral_at(upstream, "other"), general_settings={"master_key": MASTER}
    )
    async with start(config) as gateway:
        key = made.stdout.strip()
        assert await ask(gateway, key) == (404, "model_not_found")
        _, body = await gateway.get("/v1/models", Authorization=f"Bearer {key}")
        assert [model["id"] for model in body["data"]] == ["other"]
        assert (await gateway.get("/v1/models/other", Authorization=f"Bearer {key}"))[0] == 200
        assert (await gateway.get("/v1/models/mistral-ocr", Authorization=f"Bearer {key}"))[0] == 404
        # what a provider calls the model is a name for the first entry that has it, and that is not the key's
        _, body = await gateway.get("/v1/models/mistral/mistral-ocr-latest", Authorization=f"Bearer {key}")
        assert body["code"] == "model_not_found"


def test_only_the_hash_of_a_key_is_kept(tmp_path: Path) -> None:
    key = command(tmp_path, "create", "a").stdout.strip()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert key.encode() not in kept
    assert key[:-4].encode() not in kept


def test_lists_show_spend_and_no_key(tmp_path: Path) -> None:
    key = command(tmp_path, "create", "a", "--expires", "30d", "--budget-usd", "5").stdout.strip()
    shown = command(tmp_path, "list").stdout
    assert "of 5" in shown
    assert key[-4:] in shown
    (row,) = json.loads(command(tmp_path, "list", "--json").stdout)
    assert (row["alias"], row["budget_usd"], row["spend"]) == ("a", 5.0, [])
    assert key not in shown + json.dumps(row)


@pytest.mark.parametrize(
    "arguments",
    [("create", "a b"), ("create", "master"), ("create", "a", "--expires", "soon"), ("create", "a", "--expires", "0d")],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = command(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ocr-async: ")


def test_two_keys_in_use_never_share_an_alias(tmp_path: Path) -> None:
    assert command(tmp_path, "create", "a").returncode == 0
    assert command(tmp_path, "create", "a").returncode == 2
    assert command(tmp_path, "revoke", "b").returncode == 2
    assert command(tmp_path, "revoke", "a").returncode == 0
    assert command(tmp_path, "create", "a").returncode == 0


def test_the_configuration_says_where_keys_belong_and_for_what(tmp_path: Path) -> None:
    """Whoever makes a key need not have what the gateway has in its environment."""
    config = tmp_path / "config.yaml"
    config.write_text(
        "model_list: [{model_name: ocr, litellm_params: {model: mistral/m, api_key: os.environ/NOT_SET}}]\n"
        f"router_settings: {{model_group_alias: {{scan: ocr}}}}\ngeneral_settings: {{data_dir: {tmp_path / 'kept'}}}\n"
    )
    done = command(None, "create", "a", "--models", "ocr,scan", "--config", str(config))
    assert (done.returncode, str(tmp_path / "kept") in done.stderr) == (0, True)
    assert "ocr,scan" in command(tmp_path / "kept", "list").stdout
    done = command(None, "create", "b", "--models", "ocr,typo", "--config", str(config))
    assert (done.returncode, done.stderr) == (2, "ocr-async: the gateway has no typo; it has ocr, scan\n")


@pytest.mark.parametrize("action", [("list",), ("revoke", "a")])
def test_where_no_keys_are_nothing_is_made(tmp_path: Path, action: tuple[str, ...]) -> None:
    done = command(tmp_path / "none", *action)
    assert (done.returncode, "no keys have been made in" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_list_shows_the_limits(tmp_path: Path) -> None:
    command(tmp_path, "create", "a", "--rpm", "2", "--pages-per-minute", "9", "--max-concurrency", "1")
    command(tmp_path, "create", "b")
    _, first, second = command(tmp_path, "list").stdout.splitlines()
    assert "2 rpm, 9 pages/min, 1 at once" in first
    assert "none" in second


def test_a_reader_that_has_enough_is_no_failure(tmp_path: Path) -> None:
    command(tmp_path, "create", "a")
    line = f"{sys.executable} -m ocr_async keys list --data {tmp_path} | true"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--rpm", "many", '"many" is no whole number of at least 1'),
        ("--rpm", "0", '"0" is no whole number of at least 1'),
        ("--budget-usd", "free", '"free" is no sum of at least 0'),
    ],
)
def test_a_limit_that_cannot_be_is_told_in_words(tmp_path: Path, option: str, value: str, told: str) -> None:
    done = command(tmp_path, "create", "a", option, value)
    assert (done.returncode, told in done.stderr) == (2, True)

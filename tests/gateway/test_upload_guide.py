"""docs/how-to/upload-files.md, and the first command of serve.md: run one after another as they stand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import anyio.to_thread
import pytest
import yaml

from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import mistral_at
from tests.gateway.test_batches import ROOT, process
from tests.upstream import Upstream


pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="the guide uses curl and jq"),
]


def run(commands: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {"GATEWAY": url, "KEY": "sk-any", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder, env=environ,
    )  # fmt: skip


async def test_the_commands_of_the_guide_do_what_it_says(upstream: Upstream, tmp_path: Path) -> None:
    def prepare() -> str:
        (tmp_path / "config.yaml").write_text(yaml.safe_dump({"model_list": [mistral_at(upstream)]}))
        (tmp_path / "scan.pdf").write_bytes(text_pdf([PARAGRAPHS]))
        page = (ROOT / "docs" / "how-to" / "upload-files.md").read_text()
        return "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL))

    commands = await anyio.to_thread.run_sync(prepare)
    async with process(tmp_path) as (_, url):
        done = await anyio.to_thread.run_sync(run, commands, url, tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].strip().lower() == "idempotent-replayed: true"
    assert sorted(lines[-3:-1]) == ["a: 3 pages", "b: 3 pages"]
    assert lines[-4] == "true"
    assert len(upstream.requests) == 4


async def test_the_first_request_of_the_guide_to_serving_is_answered(tmp_path: Path) -> None:
    def prepare() -> str:
        (tmp_path / "config.yaml").write_text("model_list: [{model_name: local, litellm_params: {model: local}}]")
        (tmp_path / "scan.pdf").write_bytes(text_pdf([PARAGRAPHS]))
        page = (ROOT / "docs" / "how-to" / "serve.md").read_text()
        return next(line for line in page.splitlines() if line.startswith("curl http://127.0.0.1:4000"))

    command = await anyio.to_thread.run_sync(prepare)
    async with process(tmp_path) as (_, url):
        done = await anyio.to_thread.run_sync(run, command.replace("http://127.0.0.1:4000", url), url, tmp_path)
    assert json.loads(done.stdout)["pages"][0]["markdown"].startswith(PARAGRAPHS[0][:20])

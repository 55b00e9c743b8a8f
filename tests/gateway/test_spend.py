"""What was spent, through kills, torn lines and full disks: no request forgotten, none counted twice."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from attrs import astuple
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.gateway.storage.accounts import SpendRow
from ocr_async.gateway.storage.local import open_accounts
from ocr_async.gateway.storage.local.journal import Journal
from ocr_async.pricing import Price
from tests import faults
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Start, bearer, configured, mistral_at
from tests.gateway.test_files import MASTER, files_of_at_most
from tests.gateway.test_serve import ASKED, CONFIG, hosted, serving
from tests.upstream import Exchange, Upstream


PRICED = CONFIG.replace("  litellm_params:\n", "  litellm_params:\n    ocr_cost_per_page: 0.5\n")
BY_MASTER = {"Authorization": f"Bearer {MASTER}"}


def spent(data: Path) -> list[tuple[str, str, int, int, float]]:
    async def read() -> list[SpendRow]:
        async with open_accounts(data) as accounts:
            return await accounts.spend()

    return [(row.alias, row.model, row.requests, row.pages, row.usd) for row in anyio.run(read)]


def test_what_was_answered_is_billed_although_the_gateway_is_killed(tmp_path: Path, server: Upstream) -> None:
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER}
    answered = 0
    for count in (1, 7):
        with serving(tmp_path, config=PRICED, **environ) as running, ThreadPoolExecutor(4) as pool:
            # Before a look at the database, and in between, as it happens.
            answers = list(
                pool.map(lambda _: running.post(ASKED, Authorization=BY_MASTER["Authorization"])[0], range(count))
            )
            running.process.kill()
            running.process.wait()
        assert answers == [200] * count
        answered += count
    with serving(tmp_path, config=PRICED, **environ) as running:
        assert running.end() == 0
    assert spent(tmp_path / "data") == [("master", "mistral-ocr", answered, 3 * answered, 1.5 * answered)]


def test_a_kill_under_load_loses_no_answer(tmp_path: Path, server: Upstream) -> None:
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER}
    server.default = faults.late(0.01)

    def ask_until_it_dies(_: int) -> int:
        answered = 0
        try:
            while running.post(ASKED, Authorization=BY_MASTER["Authorization"])[0] == 200:
                answered += 1
        except OSError:
            pass
        return answered

    with serving(tmp_path, config=CONFIG, **environ) as running, ThreadPoolExecutor(4) as pool:
        counts = pool.map(ask_until_it_dies, range(4))
        time.sleep(1.3)  # a look at the database is behind
        running.process.send_signal(signal.SIGKILL)
        answered = sum(counts)
    with serving(tmp_path, config=CONFIG, **environ) as running:
        assert running.end() == 0
    ((_, _, requests, _, _),) = spent(tmp_path / "data")
    # The four on their way were billed by the provider, and may have been answered into a closing socket.
    assert 0 < answered <= requests <= min(answered + 4, len(server.requests))


def test_what_a_killed_gateway_held_back_is_free_again(tmp_path: Path, server: Upstream) -> None:
    key = anyio.run(partial(bearer, tmp_path / "data", "team", budget_pages=3))["Authorization"]
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER}
    asked = {**ASKED, "pages": [0, 1, 2]}
    server.script = [faults.silence()]
    with serving(tmp_path, config=PRICED, **environ) as running, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(running.post, asked, Authorization=key)
        while not server.requests:
            time.sleep(0.01)
        assert running.post(asked, Authorization=key)[0] == 429
        running.process.kill()
        assert isinstance(answer.exception(), OSError)
    with serving(tmp_path, config=PRICED, **environ) as running:
        assert [running.post(asked, Authorization=key)[0] for _ in range(2)] == [200, 429]
        assert running.end() == 0
    assert [row[2:] for row in spent(tmp_path / "data")] == [(1, 3, 1.5)]


@pytest.mark.anyio
async def test_a_full_disk_delays_the_account_and_loses_nothing(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    config = await configured(tmp_path, mistral_at(upstream), general_settings={"master_key": MASTER})
    async with start(config) as gateway:
        database = tmp_path / "data" / "gateway.sqlite3-wal"
        with files_of_at_most((await anyio.Path(database).stat()).st_size):
            for _ in range(3):
                assert (await gateway.post("/v1/ocr", ASKED, **BY_MASTER))[0] == 200
            await anyio.sleep(1.5)
            assert await anyio.to_thread.run_sync(spent, tmp_path / "data") == []
        assert (await gateway.post("/v1/ocr", ASKED, **BY_MASTER))[0] == 200
        with anyio.fail_after(10):
            while (rows := await anyio.to_thread.run_sync(spent, tmp_path / "data")) == []:
                await anyio.sleep(0.1)
    assert [row[:4] for row in rows] == [("master", "mistral-ocr", 4, 12)]


# --- the journal --------------------------------------------------------------------------------------------------


def row(number: int) -> SpendRow:
    return SpendRow(f"key {number}", "é", "x" * 100, "2026-11-30", 1, number, 0.5)


class Account:
    """SQLite's side: what was taken, with the number of the last line, in one step."""

    def __init__(self) -> None:
        self.taken, self.last = list[SpendRow](), 0

    def take(self, lines: Sequence[SpendRow], last: int) -> None:
        self.taken += lines
        self.last = last


@given(st.lists(st.sampled_from(["write", "take", "take and be killed", "fail", "be killed"]), max_size=40))
def test_each_line_is_taken_once_whenever_the_process_ends(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder, account = tmp_path_factory.mktemp("journal"), Account()
    journal, waiting = Journal.open(folder, 0)
    written: list[SpendRow] = []
    for step in [*steps, "be killed", "take"]:
        if step == "write":
            written.append(row(len(written)))
            journal.write(written[-1])
            waiting.append(written[-1])
        elif step != "be killed":
            last = journal.rotate()
            if step != "fail":
                account.take(waiting, last)
                waiting = []
            if step == "take":
                journal.forget()
        if step.endswith("be killed"):
            journal.close()
            journal, waiting = Journal.open(folder, account.last)
    assert account.taken == written
    assert waiting == []
    journal.forget()
    journal.close()


@pytest.mark.parametrize(
    "line",
    [
        bytes(7), b'[3, "c"', b'[3, "c"]', b"{}", b"7", b'"12345678"', b"[" * 100_000,
        b'[Infinity, "", "", "", "", 1, 1, 1]',
        b'[3, "k", "a", "m", "2026-11-30", 1, 1, NaN]', b'[3, "k", "a", "m", "2026-11-30", 1, "1", 0.5]',
        b'[%d, "k", "a", "m", "2026-11-30", 1, 1, 0.5]' % 10**30, b'[3, "k", "a", "m", "2026-11-30", 1, 1, 0.5, 0]',
    ],
)  # fmt: skip
def test_a_line_that_is_torn_or_no_row_is_told_and_takes_no_other_with_it(
    tmp_path: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    journal, _ = Journal.open(tmp_path, 0)
    journal.write(row(1))
    journal.write(row(2))
    journal.close()
    with open(tmp_path / "spend.0", "ab") as file:
        file.write(line + b"\n" + json.dumps([4, *astuple(row(4))]).encode() + b"\n" + line)
    before = (tmp_path / "spend.0").read_bytes()
    journal, left = Journal.open(tmp_path, 0)
    assert (left, journal.last) == ([row(1), row(2), row(4)], 4)
    assert [vars(record)["facts"] for record in caplog.records] == [
        {"file": "spend.0", "line": 3}, {"file": "spend.0", "line": 5},
    ]  # fmt: skip
    assert (tmp_path / "spend.0").read_bytes() == before
    journal.close()


def test_lines_grow_no_file_for_ever(tmp_path: Path) -> None:
    journal, _ = Journal.open(tmp_path, 0)
    for number in range(100):
        journal.write(row(number))
        journal.rotate()
        journal.forget()
    journal.close()
    assert sum((tmp_path / name).stat().st_size for name in ("spend.0", "spend.1")) < 300


@pytest.mark.anyio
async def test_a_database_of_an_earlier_version_gets_its_table(tmp_path: Path) -> None:
    async with open_accounts(tmp_path) as accounts:
        await accounts.database.change("DROP TABLE journal")
    async with open_accounts(tmp_path) as accounts:
        assert await accounts.database.fetch("SELECT last FROM journal") == []
        with pytest.raises(sqlite3.IntegrityError):
            await accounts.database.change("INSERT INTO journal VALUES (2, 1)")


@pytest.mark.anyio
async def test_a_model_paid_by_the_token_is_charged_by_what_its_answer_says(
    start: Start, tmp_path: Path, upstream: Upstream
) -> None:
    async def chat(exchange: Exchange) -> None:
        await exchange.read()
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello there."}}
        usage = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
        await exchange.json({"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage})

    upstream.default = chat
    config = await configured(
        tmp_path,
        {
            "model_name": "vision",
            "litellm_params": {
                "model": "openai_compatible/some-vision", "api_base": upstream.url, "api_key": "sk-x",
                "input_cost_per_token": 1e-6,
            },
            "model_info": {"output_cost_per_token": 4e-6},
        },
    )  # fmt: skip
    pdf = base64.b64encode(text_pdf([PARAGRAPHS])).decode()
    asked = {
        "model": "vision",
        "document": {"type": "document_url", "document_url": f"data:application/pdf;base64,{pdf}"},
    }
    async with start(config) as running, running.client.post(f"{running.url}/v1/ocr", json=asked) as answer:
        assert (answer.status, float(answer.headers["X-OCR-Cost"])) == (200, 0.0018)


@pytest.mark.anyio
async def test_the_gateway_takes_the_prices_of_the_file_that_the_environment_names(
    start: Start, tmp_path: Path, upstream: Upstream
) -> None:
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(config, prices={"mistral/mistral-ocr-latest": Price(0.25)}) as running:
        status, listed = await running.get("/v2/ocr/models")
        assert (status, listed["data"][0]["cost_per_page"]) == (200, 0.25)

"""Documents read in worker processes: whoever dies, nothing is lost, and nothing that came is paid for again."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from ocr_async import OCR
from ocr_async.bulk.executors.distant import divided
from ocr_async.bulk.executors.receipts import Follower, Page, Writer, clear, left, mark, place
from tests import faults
from tests.bulk.jobs import Bills, bulk, committed, pdfs, started, states, visible
from tests.bulk.workers import gone, interrupted, wait_for, workers
from tests.cli.command import MISTRAL
from tests.upstream import Exchange, Upstream


PROCESSES = ("--executor", "processes", "--workers", "2")


# --- receipts -----------------------------------------------------------------------------------------------------


def test_a_page_that_was_written_is_there_and_a_line_cut_short_is_none(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    follower = Follower.make(place(run, 7, 0))
    assert (follower.new(), follower.begun) == ([], False)
    writer = Writer(str(follower.path))
    first, second = Page(0, 0.004, b'{"a": "b c"}'), Page(3, None, b"{}")
    writer.add(first)
    assert (follower.new(), follower.begun, follower.ended) == ([first], True, False)
    writer.add(second)
    with open(follower.path, "ab") as file:
        file.write(b"page 00000000 4 - {}\npage 1234")
    assert follower.new() == [second]
    assert set(follower.numbers) == {0, 3}
    assert follower.all() == [first, second]
    assert [(row.item, row.number, row.body(), row.cost) for row in left(tmp_path)] == [
        (7, 0, first.body, 0.004), (7, 3, second.body, None),
    ]  # fmt: skip
    writer.close(ended=True)
    clear(tmp_path)
    assert list(left(tmp_path)) == []


def test_a_worker_is_wanted_as_long_as_its_receipts_and_the_mark_are_there(tmp_path: Path) -> None:
    follower = Follower.make(place(tmp_path, 1, 0))
    mark(tmp_path)
    writer = Writer(str(follower.path))
    assert writer.wanted()
    with pytest.raises(FileExistsError):  # who gives a task out again does not count deaths; the ledger does
        Writer(str(follower.path))
    follower.close()
    assert not writer.wanted()
    writer.close(ended=False)
    with pytest.raises(FileNotFoundError):
        Writer(str(follower.path))


def test_workers_divide_the_limits_of_the_key() -> None:
    client = OCR(model="local", max_concurrency=7, requests_per_second=3.0, pages_per_minute=90.0)
    part = divided(client, 3)
    assert (part.max_concurrency, part.requests_per_second, part.pages_per_minute) == (2, 1.0, 30.0)
    assert divided(OCR(model="local"), 3) == OCR(model="local")


# --- jobs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", [PROCESSES, ("--executor", "concurrent.futures:ThreadPoolExecutor")])
def test_any_executor_reads_what_this_process_reads(tmp_path: Path, executor: tuple[str, ...]) -> None:
    pdfs(tmp_path / "in", 6)
    (tmp_path / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    for out, how in (("here", ()), ("there", executor)):
        done = bulk("run", "in", "--out", out, "-m", "local", *how, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert b"Traceback" not in done.stderr
        assert b"7 inputs, 6 done, 1 failed, 18 pages" in done.stderr
    assert [path.name for path in visible(tmp_path / "here")] == [path.name for path in visible(tmp_path / "there")]
    for path in (tmp_path / "here").glob("*.md"):
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()
    assert (tmp_path / "here/bulk.jsonl").read_bytes().replace(b"here", b"there") == (
        tmp_path / "there/bulk.jsonl"
    ).read_bytes()
    assert list((tmp_path / "there/.ocr-async/receipts").iterdir()) == []


def test_a_killed_worker_costs_what_was_in_flight_and_no_page_that_came(server: Upstream, tmp_path: Path) -> None:
    came: dict[tuple[str, int], float] = {}
    asked: dict[tuple[str, int], list[float]] = {}
    bills = Bills(0.06)

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        name, pages = exchange.received.json["document"]["document_name"], exchange.received.json["pages"]
        for page in pages:
            asked.setdefault((name, page), []).append(time.monotonic())
        await bills(exchange)
        for page in pages:
            came.setdefault((name, page), time.monotonic())

    server.default = behave
    server.pages = 6
    pdfs(tmp_path / "in", 12, pages=6)
    arguments = ("in", "--out", "out", "--pages-per-request", "1", "--concurrency", "2", *PROCESSES)
    running = started(*arguments, server=server, cwd=tmp_path)
    wait_for(lambda: len(came) > 20, running)
    victim = wait_for(lambda: workers(tmp_path / "out"), running)[0]
    killed = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert set(states(tmp_path / "out").values()) == {"done"}
    again = [page for page, times in asked.items() if len(times) > 1]
    assert all(came.get(page, killed) > killed - 0.25 for page in again), again
    assert len(again) <= 4  # two requests at once, of a worker and, as the pool ends it too, of the other one
    assert max(bills.pages.values()) <= 2
    assert gone([victim])


def test_pages_outlive_a_killed_job_and_its_workers_end_with_it(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 4, pages=16)
    out = tmp_path / "out"
    server.default = bills = Bills(0.05)
    server.pages = 16
    arguments = ("in", "--out", "out", "--pages-per-request", "1", "--concurrency", "2", *PROCESSES)
    running = started(*arguments, server=server, cwd=tmp_path)
    wait_for(lambda: len(bills.pages) > 20, running)
    readers = wait_for(lambda: len(found := workers(out)) == 2 and found, running)
    running.kill()
    running.communicate(timeout=20)
    assert gone(readers)
    there = {name for name, _ in committed(out)}
    received = sum(1 for path in out.glob(".ocr-async/receipts/*/*.pages") for _ in Follower(path).new())
    assert there or received
    paid = Counter(bills.pages)
    done = bulk("run", *arguments, *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    again = [page for page in paid if bills.pages[page] > paid[page]]
    assert len(again) <= 2 + 2  # that were in flight, or answered while the process died
    assert sum(bills.pages.values()) <= 4 * 16 + 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_job_and_its_workers(server: Upstream, tmp_path: Path, number: signal.Signals) -> None:
    pdfs(tmp_path / "in", 4)
    server.default = faults.silence()
    running = started("in", "--out", "out", *PROCESSES, server=server, cwd=tmp_path)
    readers = wait_for(lambda: len(server.requests) >= 2 and workers(tmp_path / "out"), running)
    assert b"Traceback" not in interrupted(running, number, readers)
    assert set(states(tmp_path / "out").values()) == {"pending"}


def test_a_document_that_ends_its_workers_is_dead_and_its_neighbours_are_done(server: Upstream, tmp_path: Path) -> None:
    bills = Bills(0.05)
    pdfs(tmp_path / "in", 8)
    out = tmp_path / "out"

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.json["document"]["document_name"] == "002.pdf":
            for process in workers(out):
                os.kill(process, signal.SIGKILL)
        await bills(exchange)

    server.default = behave
    done = bulk("run", "in", "--out", "out", *PROCESSES, *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    found = states(out)
    assert found.pop("002.pdf") == "dead"
    assert set(found.values()) == {"done"}
    assert bills.pages["002.pdf", 0] == 5  # twice beside others, and three times alone
    assert b"the worker process that read it died" in done.stderr


def test_an_executor_that_is_not_there_is_told_before_anything_is_read(tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    for option, words in (("nonsense", b"there is no executor"), ("no.module:at_all", b"cannot be found")):
        done = bulk("run", "in", "--out", "out", "--executor", option, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
    done = bulk("run", "in", "--out", "out", "--shared", "nowhere", *PROCESSES, cwd=tmp_path)
    assert done.returncode == 2
    assert b"--shared nowhere is no folder" in done.stderr
    assert not list(tmp_path.glob("out/*.json"))

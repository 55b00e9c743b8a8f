"""``bulk run --batch-api``: the provider's batch jobs into the same ledger, paid once whoever is killed when."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.bulk.executors.batch import fitting
from tests.batch_jobs import BatchServer
from tests.bulk.jobs import bulk, manifest, pdfs, started, states, visible
from tests.cli.command import MISTRAL
from tests.upstream import Exchange, Upstream


DOCUMENTS = 4


def batches_at(server: Upstream, **facts: object) -> BatchServer:
    server.default = batches = BatchServer(pages=3, **facts)  # type: ignore[arg-type]
    return batches


def run(server: Upstream, folder: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
    return bulk("run", "in", "--out", "out", *MISTRAL, "--batch-api", *more, server=server, cwd=folder)


def killed_when(server: Upstream, folder: Path, happened: Callable[[], bool]) -> None:
    """Kill a run as soon as something *happened*."""
    running = started("in", "--out", "out", "--batch-api", server=server, cwd=folder)
    end = time.monotonic() + 60
    while not happened():
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    running.kill()
    running.communicate(timeout=20)


def whole(folder: Path, batches: BatchServer) -> bool:
    """Whether each document is done, was billed once, and nothing is left at the provider."""
    assert batches.problems == []
    assert set(batches.billed.values()) == {3}
    assert len(batches.billed) == DOCUMENTS
    assert batches.files == {}
    results = [path for path in visible(folder / "out") if path.suffix == ".json"]
    assert {len(json.loads(path.read_bytes())["pages"]) for path in results} == {3}
    return states(folder / "out") == {f"{number:03}.pdf": "done" for number in range(DOCUMENTS)}


def asked_for(batches: BatchServer) -> int:
    """Return of how many documents jobs were made, in one job or, where they come slowly, in several."""
    count: int = sum(job["total_requests"] for job in batches.jobs.values())
    return count


def test_documents_are_read_for_half_the_price_and_their_files_deleted(server: Upstream, tmp_path: Path) -> None:
    batches = batches_at(server)
    pdfs(tmp_path / "in", DOCUMENTS)
    done = run(server, tmp_path, "--max-cost", "0.024")  # 12 pages at 0.002; the full price would pass it
    assert done.returncode == 0, done.stderr
    assert whole(tmp_path, batches)
    assert asked_for(batches) == DOCUMENTS
    assert [round(line["cost"], 6) for line in manifest(tmp_path / "out")] == [0.006] * DOCUMENTS
    assert b"0.0240 USD" in done.stderr


@pytest.mark.timeout(120)
@pytest.mark.parametrize("moment", ["waiting", "made", "uploading"])
def test_a_run_that_was_killed_is_gone_on_with_and_paid_once(server: Upstream, tmp_path: Path, moment: str) -> None:
    batches = batches_at(server, seconds=1.0)
    pdfs(tmp_path / "in", DOCUMENTS)
    dead = False

    async def silent(exchange: Exchange) -> None:
        """Take everything, and answer no more once the job is made: nobody gets to note its id."""
        if exchange.received.path == "/v1/batch/jobs" and exchange.received.method == "POST" and not dead:
            await exchange.read()
            batches.make(exchange.received.json)
            return
        await batches(exchange)

    if moment == "made":
        server.default = silent

    def happened() -> bool:
        if moment == "uploading":
            return len(batches.files) >= 2
        asked = any("/jobs/" in each.path for each in server.requests)
        return bool(batches.jobs) and (asked or moment == "made")

    killed_when(server, tmp_path, happened)
    dead = True
    done = run(server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert whole(tmp_path, batches)
    assert asked_for(batches) == DOCUMENTS


def test_a_job_of_an_earlier_run_is_fetched_without_the_option_too(server: Upstream, tmp_path: Path) -> None:
    batches = batches_at(server, seconds=1.0)
    pdfs(tmp_path / "in", DOCUMENTS)
    killed_when(server, tmp_path, lambda: any("/jobs/" in each.path for each in server.requests))
    assert b"4  documents in 1 batch job at the provider" in bulk("status", "out", cwd=tmp_path).stdout
    done = bulk("run", "in", "--out", "out", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert whole(tmp_path, batches)
    assert not any(each.path == "/v1/ocr" for each in server.requests)


def test_what_fails_is_failed_and_what_no_answer_came_for_too(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", DOCUMENTS)
    contents = [(tmp_path / "in" / f"{number:03}.pdf").read_bytes() for number in range(DOCUMENTS)]
    broken = {contents[1]: (400, {"message": "Document is not a valid PDF.", "code": "3740"})}
    batches = batches_at(server, failing=broken.get, silent={contents[2]}, refused={contents[3]})
    done = run(server, tmp_path)
    assert done.returncode == 1, done.stderr
    assert list(states(tmp_path / "out").values()) == ["done", "failed", "failed", "failed"]
    errors = [line.get("error", "") for line in manifest(tmp_path / "out")]
    assert "not a valid PDF" in errors[1]
    assert "no answer for it" in errors[2]
    assert "Received file" in errors[3]
    assert batches.files == {}


def test_a_job_that_ends_early_pauses_and_fails_no_document(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", DOCUMENTS)
    content = (tmp_path / "in" / "002.pdf").read_bytes()
    batches = batches_at(server, ends="TIMEOUT_EXCEEDED", silent={content})
    done = run(server, tmp_path)
    assert done.returncode == 75, done.stderr
    assert list(states(tmp_path / "out").values()) == ["done", "done", "pending", "done"]
    assert batches.files == {}
    batches.silent, batches.ends = set(), "SUCCESS"
    assert run(server, tmp_path).returncode == 0
    assert whole(tmp_path, batches)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 9), st.integers(1, 60))
def test_documents_go_into_jobs_of_a_bounded_size_and_none_stays_behind(
    pages: list[int], most: int, most_pages: int
) -> None:
    while pages:
        count = fitting(pages, most, most_pages)
        assert 1 <= count <= most
        assert count == 1 or sum(pages[:count]) <= most_pages
        assert count in {len(pages), most} or sum(pages[: count + 1]) > most_pages
        pages = pages[count:]


def test_a_model_without_batch_jobs_is_told_before_anything_is_read(tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    done = bulk("run", "in", "--out", "out", "-m", "local", "--batch-api", cwd=tmp_path)
    assert done.returncode == 2
    assert b"local has no batch jobs; there are some at mistral" in done.stderr

"""A job on Dask: its own cluster or another one's, workers that are killed, stops that leave nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import faults
from tests.bulk.jobs import Bills, bulk, pdfs, started, states
from tests.bulk.workers import gone, interrupted, wait_for, workers
from tests.cli.command import environment
from tests.upstream import Exchange, Upstream


pytest.importorskip("distributed")

DASK = ("--executor", "dask", "--workers", "2")
DOCUMENTS = 40


def children(process: int) -> list[int]:
    """Return all processes below *process*."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *children(child)]
    return found


def test_a_killed_worker_of_two_costs_at_most_one_run_in_twenty(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", DOCUMENTS)
    bills = Bills(0.05)
    runs: Counter[str] = Counter()

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        runs[exchange.received.json["document"]["document_name"]] += 1
        await bills(exchange)

    server.default = behave
    running = started("in", "--out", "out", "--concurrency", "2", *DASK, server=server, cwd=tmp_path)
    wait_for(lambda: len(runs) >= DOCUMENTS // 2, running)
    victim = wait_for(lambda: workers(tmp_path / "out"), running)[0]
    os.kill(victim, signal.SIGKILL)
    below = children(running.pid)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert (output, errors.count(b"\n")) == (b"", 1), errors  # nothing but the line at the end
    assert set(states(tmp_path / "out").values()) == {"done"}
    assert set(runs) == {f"{number:03}.pdf" for number in range(DOCUMENTS)}
    assert sum(runs.values()) <= 1.05 * DOCUMENTS
    assert gone(below)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_process_and_no_words_of_dask_behind(
    server: Upstream, tmp_path: Path, number: signal.Signals
) -> None:
    pdfs(tmp_path / "in", 4)
    server.default = faults.silence()
    running = started("in", "--out", "out", *DASK, server=server, cwd=tmp_path)
    wait_for(lambda: len(server.requests) >= 2, running)
    below = children(running.pid)
    assert below
    errors = interrupted(running, number, below)
    assert not re.search(rb"Traceback|distributed|Warning", errors), errors


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A scheduler and a worker of two threads that somebody else started, in another folder."""
    there = tmp_path / "dask"
    there.mkdir()
    dask = (sys.executable, "-m", "dask")
    options = ("--scheduler-file", "scheduler.json", "--host", "127.0.0.1", "--no-dashboard")
    with (
        ended(subprocess.Popen([*dask, "scheduler", *options, "--port", "0"], cwd=there, stderr=subprocess.DEVNULL)),
        ended(
            subprocess.Popen(
                [*dask, "worker", *options, "--nthreads", "2", "--no-nanny"],
                cwd=there, stderr=subprocess.DEVNULL, env=environment(),
            )
        ),
    ):  # fmt: skip
        end = time.monotonic() + 30
        while not (there / "scheduler.json").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        yield json.loads((there / "scheduler.json").read_bytes())["address"]


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_a_cluster_that_is_there_reads_by_the_folder_that_is_shared(cluster: str, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 5)
    how = ("--executor", "dask", "--scheduler", cluster)
    (tmp_path / "shared").mkdir()
    done = bulk("run", "in", "--out", "out", "--shared", "shared", *how, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"\n") == 1, done.stderr
    assert set(states(tmp_path / "out").values()) == {"done"}
    assert [len(list(folder.iterdir())) for folder in (tmp_path / "shared").iterdir()] == [0]
    wrong = bulk("run", "in", "--out", "out2", "--executor", "processes", "--scheduler", cluster, cwd=tmp_path)
    assert wrong.returncode == 2
    assert b"say --executor dask" in wrong.stderr


def test_a_scheduler_that_does_not_answer_is_told(tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    done = bulk(
        "run", "in", "--out", "out", "--executor", "dask", "--scheduler", "nonsense://127.0.0.1:9", cwd=tmp_path
    )
    assert done.returncode == 2, done.stderr
    assert b"no scheduler of Dask answers at nonsense://127.0.0.1:9" in done.stderr
    assert b"Traceback" not in done.stderr

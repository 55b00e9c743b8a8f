"""What stops a job without failing a document: a key, a budget, a disk, an outage, a signal, another run."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import faults
from tests.bulk.jobs import PAGES, Bills, bulk, manifest, pdfs, started, states, visible
from tests.cli.command import MISTRAL, PROGRAM, environment
from tests.upstream import Upstream


RUN = ("run", "in", "--out", "out", *MISTRAL)


def wait_for(what: Callable[[], object], running: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)


def test_a_refused_key_pauses_after_the_requests_in_flight(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 40)
    server.default = faults.status(401)
    done = bulk(*RUN, "--concurrency", "2", server=server, cwd=tmp_path)
    assert done.returncode == 75, done.stderr
    assert set(states(tmp_path / "out").values()) == {"pending"}
    assert len(server.requests) <= 8
    assert b"paused: AuthenticationFailed" in done.stderr
    server.default = Bills()
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert set(states(tmp_path / "out").values()) == {"done"}


def test_a_budget_pauses_before_it_is_passed(server: Upstream, tmp_path: Path) -> None:
    server.default = bills = Bills()
    pdfs(tmp_path / "in", 10)
    budget = ("--max-cost", "0.05")  # 0.012 USD a document
    done = bulk(*RUN, *budget, server=server, cwd=tmp_path)
    assert done.returncode == 75, done.stderr
    assert sum(bills.pages.values()) == 4 * PAGES
    assert sorted(states(tmp_path / "out").values()) == ["done"] * 4 + ["pending"] * 6
    assert bulk(*RUN, *budget, server=server, cwd=tmp_path).returncode == 75  # it is the job's, and not the run's
    assert sum(bills.pages.values()) == 4 * PAGES
    assert bulk(*RUN, "--max-cost", "0.12", server=server, cwd=tmp_path).returncode == 0
    assert sum(bills.pages.values()) == 10 * PAGES


def test_a_provider_that_is_down_is_waited_for(server: Upstream, tmp_path: Path) -> None:
    bills = Bills()
    pdfs(tmp_path / "in", 40)
    server.script += [faults.status(503)] * 60
    server.default = bills
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(states(tmp_path / "out").values()) == {"done"}
    assert set(bills.pages.values()) == {1}


def test_patience_with_an_outage_ends_in_a_pause(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 5)
    server.default = faults.status(503)
    done = bulk(*RUN, "--patience", "2", server=server, cwd=tmp_path)
    assert done.returncode == 75, done.stderr
    assert b"paused: nothing got through for 2 s" in done.stderr
    assert set(states(tmp_path / "out").values()) == {"pending"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_is_paid_for_end_and_begins_nothing_more(
    server: Upstream, tmp_path: Path, number: signal.Signals
) -> None:
    pdfs(tmp_path / "in", 60)
    server.default = bills = Bills(0.6)
    running = started("in", "--out", "out", "--concurrency", "4", server=server, cwd=tmp_path)
    wait_for(lambda: visible(tmp_path / "out"), running)
    begun = time.monotonic()
    running.send_signal(number)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert time.monotonic() - begun < 12
    found = list(states(tmp_path / "out").values())
    assert set(found) == {"done", "pending"}
    assert b"the same command goes on from here" in errors
    assert sum(bills.pages.values()) == found.count("done") * PAGES
    server.default = again = Bills()
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert sum(again.pages.values()) == found.count("pending") * PAGES


def test_a_signal_ends_even_a_provider_that_says_nothing(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    server.default = faults.silence()
    running = started("in", "--out", "out", server=server, cwd=tmp_path)
    wait_for(lambda: server.requests, running)
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=20)
    assert running.returncode == 130, errors
    assert set(states(tmp_path / "out").values()) == {"pending"}


def test_a_second_run_says_who_is_at_work_and_a_dead_one_holds_nothing(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    server.default = faults.silence()
    running = started("in", "--out", "out", server=server, cwd=tmp_path)
    wait_for(lambda: server.requests, running)
    second = bulk(*RUN, server=server, cwd=tmp_path)
    assert second.returncode == 2
    assert f"is being worked on by process {running.pid} on ".encode() in second.stderr
    assert b"3  running" in bulk("status", "out", cwd=tmp_path).stdout
    running.kill()
    running.communicate(timeout=20)
    server.default = Bills()
    third = bulk(*RUN, server=server, cwd=tmp_path)
    assert third.returncode == 0, third.stderr
    assert b"died with up to 9 pages under way" in third.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, where this user may mount one."""
    folder = tmp_path / "out"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=False).returncode
    ):
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_looked_at_before_anything_is_paid(server: Upstream, tmp_path: Path, small_disk: Path) -> None:
    server.default = bills = Bills()
    pdfs(tmp_path / "in", 20)
    (small_disk / "ballast").write_bytes(bytes(1_200_000))
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 75, done.stderr
    assert b"paused: the disk of out has only" in done.stderr
    assert sum(bills.pages.values()) == 0
    (small_disk / "ballast").unlink()
    done = bulk(*RUN, "--concurrency", "2", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(bills.pages.values()) == {1}


def test_a_disk_that_fills_up_meanwhile_pauses_and_fails_no_document(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 60)
    server.default = Bills()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))  # no file of the ledger may be larger

    done = subprocess.run(
        [*PROGRAM, "bulk", *RUN], capture_output=True, check=False, timeout=100, cwd=tmp_path,
        env=environment(server), preexec_fn=limit,
    )  # fmt: skip
    assert done.returncode == 75, done.stderr
    assert b"paused: the disk takes no more" in done.stderr
    assert b"Traceback" not in done.stderr
    whole = bulk(*RUN, server=server, cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    assert set(states(tmp_path / "out").values()) == {"done"}
    assert len(manifest(tmp_path / "out")) == 60

"""``--watch``: what comes into a folder is read once it is whole, until somebody says to stop."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.bulk.jobs import Bills, bulk, pdfs, started, states
from tests.cli.command import MISTRAL, unreachable
from tests.documents import text_pdf
from tests.upstream import Upstream


def wait_for(what: Callable[[], object], running: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)


def test_what_comes_is_read_once_it_is_whole_until_the_job_is_stopped(server: Upstream, tmp_path: Path) -> None:
    server.default = bills = Bills()
    out = tmp_path / "out"
    pdfs(tmp_path / "in", 1)
    running = started("in", "--out", "out", "--watch", "--watch-every", "0.5", server=server, cwd=tmp_path)
    wait_for((out / "000.md").exists, running)
    unreachable(tmp_path / "in", "d")
    pdfs(tmp_path / "in" / "deep", 1, first=1)
    wait_for((out / "deep" / "001.md").exists, running)
    data = text_pdf([["slowly written"]] * 3)
    with (tmp_path / "in" / "slow.pdf").open("wb") as file:  # as a copy over a network is
        for start in range(0, len(data), len(data) // 8):
            file.write(data[start : start + len(data) // 8])
            file.flush()
            time.sleep(0.1)
    wait_for((out / "slow.md").exists, running)
    (tmp_path / "in" / "000.pdf").write_bytes(text_pdf([["changed"]]))
    wait_for(lambda: (out / "000.md").read_text().count("# Page") == 1, running)
    (tmp_path / "in" / "bad.pdf").write_bytes(b"")
    time.sleep(1.5)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert said.count(b"failed: ") == said.count(b"cannot be looked into") == 1  # and not at each look
    assert states(out) == {"000.pdf": "done", "001.pdf": "done", "slow.pdf": "done", "bad.pdf": "failed"}
    assert set(bills.pages.values()) <= {1, 2}  # the first page of the one that changed is asked for twice
    assert sum(bills.pages.values()) == 3 + 3 + 3 + 1


def test_a_pause_ends_the_watch_and_lists_are_not_watched(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    run = ("run", "--out", "out", "--watch", "--watch-every", "0.2", *MISTRAL)
    paused = bulk(*run, "in", "--max-cost", "0.013", server=server, cwd=tmp_path)
    assert paused.returncode == 75, paused.stderr
    assert sorted(states(tmp_path / "out").values()) == ["done", "pending", "pending"]
    refused = bulk(*run, "-", server=server, cwd=tmp_path)
    assert (refused.returncode, b"name a folder" in refused.stderr) == (2, True)

"""Ctrl-C, and what is kept of the work that was done."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from tests import faults
from tests.cli.command import MISTRAL, PROGRAM, URL, command, documents, environment, files
from tests.upstream import Upstream


def started(server: Upstream, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, "run", *arguments, *MISTRAL],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=environment(server),
    )  # fmt: skip


def test_what_is_finished_is_there_and_the_rest_is_listed(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, *(f"in/{number}.pdf" for number in range(5)))
    (tmp_path / "in" / "1.pdf").write_bytes(b"")
    server.script.append(faults.silence())  # whichever comes first waits for ever, and holds nobody up
    running = started(server, "in", "-o", "out", "--failed", "left.txt", cwd=tmp_path)
    end = time.monotonic() + 60
    while len(files(tmp_path / "out")) < 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert running.returncode == 130
    assert b"ocr-async: 3 done, 1 failed, 1 not read, 9 pages, " in errors
    assert errors.endswith(b"ocr-async: interrupted\n")
    done = [f"in/{Path(name).stem}.pdf" for name in files(tmp_path / "out")]
    left = (tmp_path / "left.txt").read_text().splitlines()
    assert sorted(done + left) == [f"in/{number}.pdf" for number in range(5)]
    documents(tmp_path, "in/1.pdf")
    again = command("run", "--from", "left.txt", "-o", "out", *MISTRAL, server=server, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert files(tmp_path / "out") == [f"{number}.md" for number in range(5)]


def test_an_interrupt_ends_it_with_130(server: Upstream) -> None:
    server.default = faults.silence()
    running = started(server, URL, "--quiet")
    while not server.requests:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (130, b"ocr-async: interrupted\n")


def test_a_kill_leaves_no_half_of_a_result(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, *(f"in/{number}.pdf" for number in range(300)))
    running = started(server, "in", "-o", "out", cwd=tmp_path)
    end = time.monotonic() + 60
    while len(files(tmp_path / "out")) < 5:
        assert time.monotonic() < end
        time.sleep(0.005)
    running.kill()
    running.communicate(timeout=20)
    results = [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]
    assert len(results) >= 4
    whole = command("run", URL, *MISTRAL, "-o", "whole.md", server=server, cwd=tmp_path)
    assert whole.returncode == 0
    assert {path.read_bytes() for path in results} == {(tmp_path / "whole.md").read_bytes()}

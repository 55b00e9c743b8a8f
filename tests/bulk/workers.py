"""The worker processes of a job, as its tests see them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def workers(out: Path) -> list[int]:
    """Return the processes that read documents now."""
    found = []
    for path in out.glob(".ocr-async/receipts/*/*.pages"):
        try:
            first = path.read_bytes().split(b"\n")[0].split()
        except FileNotFoundError:
            continue
        found += [int(first[2])] if first[:1] == [b"begun"] else []
    return sorted(set(found))


def wait_for(what: Callable[[], Any], running: subprocess.Popen[bytes]) -> Any:
    end = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < end
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    return found


def interrupted(running: subprocess.Popen[bytes], number: signal.Signals, below: list[int]) -> bytes:
    """Tell a job twice to end, as a terminal or a service manager does; return what it says, once all of it ended."""
    for process in [running.pid, *(below if number == signal.SIGINT else [])]:  # a terminal tells them all
        os.kill(process, number)
    time.sleep(0.5)
    running.send_signal(number)  # a second one waits for nothing
    begun = time.monotonic()
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert time.monotonic() - begun < 8
    assert gone(below)
    return errors


def gone(processes: list[int]) -> bool:
    """Whether all *processes* end within some seconds."""
    end = time.monotonic() + 10
    while alive := [process for process in processes if Path(f"/proc/{process}").exists()]:
        if time.monotonic() > end:
            return not alive
        time.sleep(0.05)
    return True

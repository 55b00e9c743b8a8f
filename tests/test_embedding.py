"""Python within another program, as within uWSGI: it forks without a word, and `sys.executable` runs no Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ocr_async

from .upstream import Upstream


ROOT = Path(ocr_async.__file__).parent.parent

FORKED = """
import ctypes, os, signal, sys
from ocr_async import ocr
def read(): return len(ocr("https://example.com/a.pdf", model="m", api_base=sys.argv[1]).pages)
before = read()
child = ctypes.PyDLL(None).fork()  # none of Python's own hooks is called
if child == 0:
    signal.alarm(20)  # a child that hangs ends by it
    os._exit(read() + read())
print(before, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), read())
"""

EXECUTABLE = """
import sys
program, frozen = sys.argv[1:]
sys.executable = program or None
if frozen:
    sys.frozen = True
from pathlib import Path
from ocr_async import OCRError, ocr
try:
    print(len(ocr(Path("samples/digital.pdf")).pages) > 0)
except OCRError as error:
    print(error)
"""


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_both_sides_of_a_fork_that_python_does_not_know_of_work(server: Upstream) -> None:
    assert run(FORKED, server.url) == "3 6 3"


@pytest.mark.parametrize("program", ["/bin/true", "/nowhere/uwsgi", ""])
def test_the_engine_finds_the_interpreter_of_a_program_that_is_none(program: str) -> None:
    assert run(EXECUTABLE, program, "") == "True"


def test_the_engine_begins_no_frozen_program_anew(tmp_path: Path) -> None:
    program = tmp_path / "happy"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\n")
    program.chmod(0o755)
    assert "happy (sys.executable) is no Python interpreter" in run(EXECUTABLE, str(program), "frozen")
    assert not (tmp_path / "begun").exists()
    assert run(EXECUTABLE, sys.executable, "frozen") == "True"  # of those that bring one along

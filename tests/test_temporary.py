"""No process leaves temporary files behind for long, however it ended, and nobody else reads them meanwhile."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ocr_async._platform import temporary


WRITES = """
import os, sys
os.umask(0)
from ocr_async._platform.temporary import temporary_file, temporary_folder
file, path = temporary_file()
file.write(b"secret")
(temporary_folder() / "page.pdf").write_bytes(b"secret")
print(path, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def start(system: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(system)},
    )  # fmt: skip
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str], number: int | None = None) -> None:
    if number is not None:
        process.send_signal(number)
    process.communicate("\n", timeout=20)


def test_what_a_killed_process_left_is_swept_out_and_what_a_living_one_has_is_not(system: Path) -> None:
    killed, left = start(system)
    living, kept = start(system)
    end(killed, signal.SIGKILL)
    assert left.exists()
    temporary.sweep()
    assert not left.parent.exists()
    assert kept.read_bytes() == b"secret"
    end(living)
    assert list(system.iterdir()) == []  # it cleaned up itself


def test_whoever_needs_a_folder_sweeps_first(system: Path) -> None:
    killed, left = start(system)
    end(killed, signal.SIGKILL)
    living, _ = start(system)
    assert not left.parent.exists()
    end(living)


def test_nobody_else_reads_them_whatever_the_umask(system: Path) -> None:
    process, path = start(system)
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)]
    end(process)
    assert modes == [0o700, 0o600]


def test_what_is_not_ours_stays(system: Path) -> None:
    (system / "ocr_async-notes").mkdir()
    (system / "ocr_async-a.pdf").touch()
    (system / "ocr_async-link").symlink_to(system)
    temporary.sweep()
    assert len(list(system.iterdir())) == 3


def test_a_folder_that_was_cleaned_away_is_made_anew(system: Path) -> None:
    for _ in range(2):
        file, path = temporary.temporary_file()
        file.close()
        path.unlink()
        (path.parent / "lock").unlink()
        path.parent.rmdir()

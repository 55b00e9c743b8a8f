"""What systems do differently, in the way of each that can be walked here."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import ocr_async
from ocr_async._platform import disks, files, locks, processors


ROOT = Path(ocr_async.__file__).parent.parent


def test_opening_a_pipe_to_read_does_not_wait_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with files.open_to_read(tmp_path / "pipe") as file:
        assert stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)


def test_a_folder_cannot_be_opened_to_read(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        files.open_to_read(tmp_path)


def test_what_is_appended_goes_to_the_end_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    for text in (b"one\n", b"two\n"):
        number = files.open_to_append(tmp_path / "lines")
        os.write(number, text)
        files.sync_data(number)
        os.close(number)
    assert (tmp_path / "lines").read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE((tmp_path / "lines").stat().st_mode) == 0o600


def test_a_lock_is_one_process_s_until_its_file_is_closed(tmp_path: Path) -> None:
    first, second = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT, 0o600) for _ in range(2))
    assert locks.try_lock(first)
    assert not locks.try_lock(second)
    os.close(first)
    assert locks.try_lock(second)
    os.close(second)


@pytest.mark.parametrize(
    ("vendor", "flags", "faster"),
    [
        ("GenuineIntel", "avx512_bf16 amx_bf16 amx_tile", True),
        ("GenuineIntel", "avx512_bf16 avx512_fp16", False),  # a virtual machine that hides the matrices
        ("AuthenticAMD", "avx512_bf16", True),
    ],
)
def test_intel_multiplies_sixteen_bits_faster_by_its_matrices_alone(
    vendor: str, flags: str, faster: bool, tmp_path: Path
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    assert processors.multiplies_bfloat16(cpuinfo)  # where nothing is said
    cpuinfo.write_text(f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n")
    assert processors.multiplies_bfloat16(cpuinfo) is faster


def test_a_disk_tells_its_room_and_kind(tmp_path: Path) -> None:
    assert 0 < disks.free(tmp_path) < 1 << 60
    assert disks.file_system(Path("/proc")) == "proc"


STOPPED = """
import asyncio, os, signal, sys
from ocr_async._platform.signals import on_stop

if "without" in sys.argv:  # as on Windows
    def add_signal_handler(*_): raise NotImplementedError
    asyncio.SelectorEventLoop.add_signal_handler = add_signal_handler

async def main():
    stopped = asyncio.Event()
    on_stop(asyncio.get_running_loop(), stopped.set)
    asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), getattr(signal, sys.argv[1]))
    await asyncio.wait_for(stopped.wait(), 20)

asyncio.run(main())
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("way", ["with", "without"])
def test_a_loop_hears_that_its_process_shall_end(way: str, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, name, way], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_process_knows_its_memory_and_gives_itself_limits() -> None:
    code = """
import resource
from ocr_async._platform import limits
limits.lower("NOFILE", 40)
limits.lower("NO_SUCH_LIMIT", 1)
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (40, 40)
before = limits.resident()
kept = b"x" * (64 << 20)
assert limits.resident() - before > 60 << 20
limits.grant_seconds(0.0)
while True: pass
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGXCPU, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hides a process in this way")
def test_the_command_hides_its_memory_from_others_and_the_library_leaves_it() -> None:
    code = "import ctypes, ocr_async.cli; {}; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    for work, dumpable in (("ocr_async.cli.main(['models'])", "0"), ("", "1")):
        done = subprocess.run(
            [sys.executable, "-c", code.format(work or "pass")], capture_output=True, text=True, check=True
        )
        assert done.stdout.split()[-1] == dumpable

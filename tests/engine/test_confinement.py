"""From inside the prison: what code that has taken over a worker tries, and what the kernel says to it."""

from __future__ import annotations

import json
import os
import platform
import socket
import struct
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ocr_async
from ocr_async.engine.confinement import seccomp


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines processes in this way")

SECRET = "sk-planted-0123456789"

ATTEMPTS = """
    import ctypes, json, os, signal, socket, sys, threading
    from ocr_async.engine import sandbox

    parent, port, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    refused = sandbox.confine(memory=2 << 30)
    said = {"refused": refused}

    def attempt(name):
        def run(work):
            try:
                said[name] = repr(work())
            except BaseException as error:
                said[name] = type(error).__name__
        return run

    def syscall(number, *arguments):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syscall(number, *arguments) == -1:
            raise OSError(ctypes.get_errno(), "refused")

    @attempt("the parent's environment")
    def _(): return open(f"/proc/{parent}/environ", "rb").read()

    @attempt("the parent's memory")
    def _(): return open(f"/proc/{parent}/mem", "rb").read(1)

    @attempt("a database of keys")
    def _(): return open(os.path.join(folder, "keys.sqlite")).read()

    @attempt("a list of files")
    def _(): return os.listdir(folder)

    @attempt("users")
    def _(): return open("/etc/passwd").read()

    @attempt("write a file")
    def _(): return open(os.path.join(folder, "new"), "w")

    @attempt("write to a file that exists")
    def _(): return os.open(os.path.join(folder, "keys.sqlite"), os.O_WRONLY)

    @attempt("remove a file")
    def _(): return os.remove(os.path.join(folder, "keys.sqlite"))

    @attempt("connect")
    def _(): return socket.create_connection(("127.0.0.1", port), timeout=5)

    @attempt("connect to a socket of this machine")
    def _(): return socket.socket(socket.AF_UNIX)

    @attempt("exec")
    def _(): return os.execv("/bin/true", ["/bin/true"])

    @attempt("fork")
    def _(): return os.fork()

    @attempt("kill the parent")
    def _(): return os.kill(parent, signal.SIGTERM)

    @attempt("ptrace the parent")
    def _(): return syscall({"x86_64": 101}.get(os.uname().machine, 117), 16, parent, 0, 0)

    @attempt("read the parent's memory by a call")
    def _(): return syscall({"x86_64": 310}.get(os.uname().machine, 270), parent, 0, 0, 0, 0, 0)

    @attempt("open a file by a ring")
    def _(): return syscall(425, 1, 0)

    def in_thread():
        attempt("connect from a thread")(lambda: socket.socket())

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()

    # what a worker needs goes on
    memory = os.memfd_create("ours")
    os.write(memory, b"ours")
    said["memory of its own"] = open(f"/proc/self/fd/{memory}", "rb").read().decode()
    import numpy, pypdfium2
    said["packages"] = numpy.zeros(2).tolist()
    print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("keys")
    (folder / "keys.sqlite").write_text(SECRET)
    path = os.pathsep.join([str(Path(ocr_async.__file__).parents[1]), *(entry for entry in sys.path if entry)])
    with socket.create_server(("127.0.0.1", 0)) as canary:
        asking = [str(os.getpid()), str(canary.getsockname()[1]), str(folder)]
        done = subprocess.run(
            [sys.executable, "-S", "-P", "-c", textwrap.dedent(ATTEMPTS), *asking],
            env={"PYTHONPATH": path, "PYTHONUTF8": "1"}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        canary.setblocking(False)
        with pytest.raises(BlockingIOError):
            canary.accept()
    yield json.loads(done.stdout)
    assert [file.name for file in folder.iterdir()] == ["keys.sqlite"]


def need(said: dict[str, Any], name: str) -> None:
    if lacking := [each for each in said["refused"] if each.startswith(name)]:
        pytest.skip(f"this kernel has no {lacking[0]}")


@pytest.mark.parametrize(
    "name",
    [
        "write a file",
        "write to a file that exists",
        "remove a file",
        "connect",
        "connect to a socket of this machine",
        "connect from a thread",
        "exec",
        "fork",
        "kill the parent",
        "ptrace the parent",
        "read the parent's memory by a call",
    ],
)
def test_calls_that_a_worker_never_makes_are_refused(said: dict[str, Any], name: str) -> None:
    need(said, "seccomp")
    assert said[name] == "PermissionError"


def test_calls_whose_arguments_cannot_be_seen_are_not_there(said: dict[str, Any]) -> None:
    need(said, "seccomp")
    assert said["open a file by a ring"] == "OSError"


@pytest.mark.parametrize(
    "name",
    ["the parent's environment", "the parent's memory", "a database of keys", "a list of files", "users"],
)
def test_files_beside_the_interpreters_cannot_be_read(said: dict[str, Any], name: str) -> None:
    need(said, "Landlock")
    assert said[name] == "PermissionError"


def test_memory_and_packages_of_its_own_can_be_used(said: dict[str, Any]) -> None:
    assert said["memory of its own"] == "ours"
    assert said["packages"] == [0.0, 0.0]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_way_through_a_filter_ends_in_an_answer(machine: str) -> None:
    code = seccomp.program(machine, 4321)
    steps = [struct.unpack_from("=HBBI", code, place) for place in range(0, len(code), 8)]
    assert len(steps) < 4096  # as many as the kernel takes

    def answer(number: int, first: int = 0, second: int = 0, third: int = 0) -> int:
        data = struct.pack("=iIQ6Q", number, architecture, 0, first, second, third, 0, 0, 0)
        place, value = 0, 0
        while True:
            kind, yes, no, constant = steps[place]
            match kind:
                case 0x20:
                    (value,) = struct.unpack_from("=I", data, constant)
                    yes = no = 0
                case 0x06:
                    return int(constant)
                case 0x15:
                    yes = yes if value == constant else no
                case 0x35:
                    yes = yes if value >= constant else no
                case 0x45:
                    yes = yes if value & constant else no
            place += 1 + yes

    allow, refuse, absent, kill = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
    architecture = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[machine]
    read, openat, socket_, clone, tgkill, ioctl = {
        "x86_64": (0, 257, 41, 56, 234, 16),
        "aarch64": (63, 56, 198, 220, 131, 29),
    }[machine]
    assert answer(read) == allow
    assert answer(socket_) == refuse
    assert [answer(openat, 0, 0, flags) for flags in (os.O_RDONLY, os.O_RDWR, os.O_CREAT)] == [allow, refuse, refuse]
    assert [answer(clone, flags) for flags in (0x3D0F00, 17)] == [allow, refuse]  # a thread's, a process's
    assert [answer(tgkill, pid) for pid in (4321, 1, 0)] == [allow, refuse, refuse]
    assert [answer(ioctl, 0, way) for way in (0x5401, 0x5412, 0x541C)] == [allow, refuse, refuse]
    assert answer(425) == answer(435) == absent
    assert answer(0x40000000 + read) == refuse
    architecture = 0x40000003  # the calls of 32 bits, which a process of 64 can make too
    assert answer(read) == kill


@pytest.mark.skipif(platform.machine() not in {"x86_64", "aarch64"}, reason="there is no filter for this processor")
def test_a_machine_that_is_not_known_is_told() -> None:
    with pytest.raises(OSError, match="no filter for vax"):
        seccomp.program("vax", 1)

"""
Takes from this interpreter what other systems than Linux lack, so that the ways around it are walked here.

``python tests/elsewhere.py FILE ARGUMENTS…`` runs a program so; the engine's workers, which it starts by
`sys.executable`, run so as well. What the standard library needs for itself is loaded before.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.abc
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


OS = (
    "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK chown fdatasync fork forkpty getuid geteuid major memfd_create minor "
    "posix_fallocate pread preadv pwrite pwritev readv register_at_fork sched_getaffinity sched_setaffinity sendfile "
    "setsid statvfs fstatvfs sysconf umask writev MFD_CLOEXEC MFD_ALLOW_SEALING"
)
SOCKET = "AF_UNIX SCM_RIGHTS CMSG_LEN CMSG_SPACE MSG_CMSG_CLOEXEC send_fds recv_fds"
SIGNAL = "SIGKILL SIGXCPU SIGHUP SIGCHLD SIGSTOP SIGUSR1 SIGUSR2 pthread_sigmask"
SELECT = "poll epoll POLLIN POLLHUP POLLRDHUP"
MODULES = frozenset({"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty"})


class _Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def lose() -> None:
    """Take everything away."""
    real = {name: getattr(signal, name) for name in SIGNAL.split()}
    pair = functools.partial(socket.socketpair, socket.AF_UNIX)  # which Windows has, by TCP
    statvfs = os.statvfs

    def disk_usage(path: Any) -> Any:  # which has a way of its own on Windows
        facts = statvfs(path)
        return shutil._ntuple_diskusage(facts.f_blocks, 0, facts.f_bavail * facts.f_frsize)

    shutil.disk_usage = disk_usage
    for module, names in ((os, OS), (socket, SOCKET), (signal, SIGNAL), (select, SELECT)):
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    socket.socketpair = pair
    popen: Any = subprocess.Popen
    popen.kill = lambda process: process.send_signal(real["SIGKILL"])
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Absent())
    for method in ("recvmsg", "recvmsg_into", "sendmsg"):

        def absent(*_: object, method: str = method) -> None:
            raise AttributeError(method)

        setattr(socket.socket, method, property(absent))

    def not_here(*_: object) -> None:
        raise NotImplementedError

    loop: Any = asyncio.SelectorEventLoop
    for method in ("add_reader", "remove_reader", "add_writer", "remove_writer", "add_signal_handler"):
        setattr(loop, method, not_here)


def executable(folder: Path) -> Path:
    """Return a program in *folder* that starts Python as the engine's workers are started, without all that."""
    program = folder / "python"
    # without pwd a home is known from the environment, as Windows' USERPROFILE goes along
    started = f'exec "{sys.executable}" -S "{Path(__file__).resolve()}" "$@"'
    program.write_text(f'#!/bin/sh\nexport HOME="{folder}"\n{started}\n')
    program.chmod(0o700)
    return program


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:3] == ["-S", "-P", "-m"]:
        module, sys.argv = arguments[3], arguments[3:]
        sys.path.pop(0)
        lose()
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    sys.argv = arguments
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    with tempfile.TemporaryDirectory() as folder:
        sys.executable = str(executable(Path(folder)))
        lose()
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()

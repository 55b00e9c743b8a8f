"""
The limits under which a worker runs, set by the worker itself before it looks at any document.

A hostile PDF of 3 KiB can take all memory and all time of a machine. The wall clock is watched by the process that
started the worker; the rest is asked of the kernel here.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import sys
import threading
import time

from .._ipc.memory import NAMED
from .._platform import limits
from . import confinement
from .confinement.readable import readable
from .ocr import tessdata


__all__ = ["confine", "leave_with"]

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_LOOK = 0.2  # seconds between two looks at a connection whose next task lies there


def confine(*, memory: int | None) -> tuple[str, ...]:
    """
    Give up what a worker never needs: new privileges, core dumps, big files, many descriptors, and what `confinement`
    says; return what of that the system refused. To be called before there are threads.

    Args:
        memory: Bytes of address space from now on; None for no limit.
    """
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # a dump would hold the document
    limits.lower("CORE", 0)
    limits.lower("FSIZE", 2 << 30)
    limits.lower("NOFILE", 256)
    if memory is not None:
        limits.lower("AS", memory)
    os.environ.setdefault("HOME", "/nonexistent")  # packages ask for it as they load; who users are cannot be read
    if NAMED and sys.platform == "linux":
        return ("memory crosses in files here, which a confined worker could not open",)
    data = tessdata.folder()
    return confinement.confine(readable(*([str(data)] if data is not None else [])))


def leave_with(connection: socket.socket) -> None:
    """
    End this process when the other end of *connection* is gone, even in the middle of a task.

    A thread waits for it: PR_SET_PDEATHSIG follows the *thread* that started a process, and threads of a pool come
    and go.
    """
    watch = _hung_up if hasattr(select, "POLLRDHUP") else _at_its_end

    def wait() -> None:
        watch(connection)
        os._exit(0)

    threading.Thread(target=wait, name="ocr_async.leave", daemon=True).start()


def _hung_up(connection: socket.socket) -> None:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLRDHUP | select.POLLHUP)
    while not any(events & ~select.POLLIN for _, events in poll.poll()):
        pass  # pragma: no cover


def _at_its_end(connection: socket.socket) -> None:
    """Look whether there is nothing to read and never will be; what there is stays for whoever reads it."""
    try:
        while connection.recv(1, socket.MSG_PEEK):
            time.sleep(_LOOK)
    except OSError:
        return

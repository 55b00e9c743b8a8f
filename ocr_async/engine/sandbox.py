"""
The limits under which a worker runs, set by the worker itself before it looks at any document.

A hostile PDF of 3 KiB can take all memory and all time of a machine. The wall clock is watched by the process that
started the worker; the rest is asked of the kernel here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import sys
import threading


__all__ = ["confine", "grant_seconds", "leave_with", "resident"]

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def confine(*, memory: int | None) -> None:
    """
    Give up what a worker never needs: new privileges, core dumps, big files, many descriptors.

    Args:
        memory: Bytes of address space from now on; None for no limit.
    """
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # a dump would hold the document
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 2 << 30)
    _lower(resource.RLIMIT_NOFILE, 256)
    if memory is not None:
        _lower(resource.RLIMIT_AS, memory)


def grant_seconds(seconds: float) -> None:
    """Let this process use *seconds* more of processor time; then the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def resident() -> int:
    """Return the bytes of memory that this process holds; where the system does not tell, the most it ever held."""
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def leave_with(descriptor: int) -> None:
    """
    End this process when the other end of the socket *descriptor* is gone, even in the middle of a task.

    A thread waits for it: PR_SET_PDEATHSIG follows the *thread* that started a process, and threads of a pool come
    and go.
    """

    def watch() -> None:
        poll = select.poll()
        poll.register(descriptor, getattr(select, "POLLRDHUP", 0) | select.POLLHUP)
        while not any(events & ~select.POLLIN for _, events in poll.poll()):
            pass  # pragma: no cover
        os._exit(0)

    threading.Thread(target=watch, name="ocr_async.leave", daemon=True).start()


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (limit, limit))

"""Limits that the kernel keeps for a process, where it has them: Windows has none that a process gives itself."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import sys
from typing import Any


__all__ = ["grant_seconds", "lower", "raise_open_files", "resident"]

_resource: Any
try:
    import resource as _resource
except ImportError:
    _resource = None


def lower(name: str, limit: int) -> None:
    """Let this process have *limit* of what ``RLIMIT_`` *name* counts, or less, for ever."""
    kind = getattr(_resource, f"RLIMIT_{name}", None)
    if kind is None:
        return
    _, hard = _resource.getrlimit(kind)
    if hard != _resource.RLIM_INFINITY:
        limit = min(limit, hard)
    with contextlib.suppress(ValueError, OSError):
        _resource.setrlimit(kind, (limit, limit))


def raise_open_files(wanted: int) -> int:
    """Let this process have *wanted* files and connections open, or as many as it may; return how many that are."""
    if _resource is None:
        return wanted
    soft, hard = _resource.getrlimit(_resource.RLIMIT_NOFILE)
    if soft != _resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == _resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            _resource.setrlimit(_resource.RLIMIT_NOFILE, (soft, hard))
        soft = _resource.getrlimit(_resource.RLIMIT_NOFILE)[0]
    return wanted if soft == _resource.RLIM_INFINITY else int(soft)


def grant_seconds(seconds: float) -> None:
    """Let this process use *seconds* more of processor time; then the kernel ends it."""
    if _resource is None:
        return
    used = _resource.getrusage(_resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = _resource.getrlimit(_resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        limit = soft if hard == _resource.RLIM_INFINITY else min(soft, hard)
        _resource.setrlimit(_resource.RLIMIT_CPU, (limit, hard))


def resident() -> int:
    """
    Return the bytes of memory that this process holds.

    Where the system does not tell: the most that it ever held; 0 where even that is not known.
    """
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE
    if _resource is not None:
        most = int(_resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss)
        return most if sys.platform == "darwin" else most * 1024
    return _working_set()


def _working_set() -> int:
    """Return what Windows calls it, by K32GetProcessMemoryInfo; 0 on other systems."""
    windows: Any = getattr(ctypes, "windll", None)
    if windows is None:
        return 0
    size_t = ctypes.c_size_t
    # PROCESS_MEMORY_COUNTERS: two numbers of 32 bits (its size, page faults), then peak and present working set, ...
    counters = (size_t * 10)()
    ctypes.c_uint32.from_buffer(counters).value = ctypes.sizeof(counters)
    process = ctypes.c_void_p(windows.kernel32.GetCurrentProcess())
    known = windows.kernel32.K32GetProcessMemoryInfo(process, ctypes.byref(counters), ctypes.sizeof(counters))
    first = 8 // ctypes.sizeof(size_t)  # numbers before the peak
    return int(counters[first + 1]) if known else 0

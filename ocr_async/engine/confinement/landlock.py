"""
Files: a process under Landlock reads what it named before, and writes, makes and runs nothing.

It also cannot look into processes outside (their memory and environment), nor send them signals where the kernel is
young enough. Memory without a name (`Shared`) is no file to it, nor is what was opened before or was sent.

Source: https://docs.kernel.org/userspace-api/landlock.html and linux/landlock.h, read 2026-11.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from .calls import syscall


__all__ = ["restrict", "version"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # on all processors
_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights of files each version knows; later ones have had no more that matter here."""

_FROM_FOUR = 0b11  # bind and connect of TCP
_FROM_SIX = 0b11  # abstract sockets and signals


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Path(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def version() -> int:
    """
    Return the kernel's version of Landlock, from 1.

    Raises:
        OSError: It has none, or it is not switched on.
    """
    return syscall(_CREATE, None, 0, 1)


def restrict(readable: Iterable[str]) -> None:
    """
    Let this process read what lies at or below *readable*, and nothing else.

    Raises:
        OSError: The kernel does not know how.
    """
    known = version()
    rights = _Ruleset(
        (1 << _FILE_RIGHTS[min(known, 5)]) - 1, _FROM_FOUR if known >= 4 else 0, _FROM_SIX if known >= 6 else 0
    )
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = syscall(_CREATE, ctypes.byref(rights), size, 0)
    try:
        for path in dict.fromkeys(readable):
            _allow(ruleset, path)
        syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = _Path(_READ_FILE | (_READ_DIR if folder else 0), descriptor)
        syscall(_ADD, ruleset, _BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)

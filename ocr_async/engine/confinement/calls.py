"""System calls that Python's library does not offer."""

from __future__ import annotations

import ctypes
import os
from typing import Any


__all__ = ["libc", "raised", "syscall"]

libc: Any = ctypes.CDLL(None, use_errno=True)


def raised(result: int) -> int:
    """Return *result*; raise `OSError` where it says that the call failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: object) -> int:
    """Make the system call *number* and return what it does; integers are passed as C longs."""
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return raised(libc.syscall(ctypes.c_long(number), *wide))

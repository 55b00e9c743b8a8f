"""This process's memory: what of it other processes of its user see, and what of it the system gets back."""

from __future__ import annotations

import contextlib
import ctypes
import sys


__all__ = ["give_back", "hide"]

_PR_SET_DUMPABLE = 4


def give_back() -> None:
    """Give the system the memory that this process freed, where its C library is glibc; blocks a little."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def hide() -> None:
    """
    Let no other process of the same user look into this one, and make no core dump; on Linux alone.

    A debugger of that user cannot attach any more. What is done here goes with the process.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

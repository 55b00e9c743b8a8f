"""This process's memory and environment, as other processes of its user see them."""

from __future__ import annotations

import contextlib
import ctypes
import sys


__all__ = ["hide"]

_PR_SET_DUMPABLE = 4


def hide() -> None:
    """
    Let no other process of the same user look into this one, and make no core dump; on Linux alone.

    A debugger of that user cannot attach any more. What is done here goes with the process.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

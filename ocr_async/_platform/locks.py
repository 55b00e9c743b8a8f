"""A lock on an open file, which goes with the process that holds it, however it ends."""

from __future__ import annotations

import contextlib
import os


__all__ = ["try_lock"]


def try_lock(descriptor: int) -> bool:
    """
    Lock the file of *descriptor*, open for writing, until it is closed; return whether nobody else holds it.

    Where there is neither flock nor Windows' own way, nobody is kept out.
    """
    try:
        _lock(descriptor)
    except OSError:
        return False
    return True


try:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def _lock(descriptor: int) -> None:
        flock(descriptor, LOCK_EX | LOCK_NB)

except ImportError:

    def _lock(descriptor: int) -> None:
        with contextlib.suppress(ImportError):
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]

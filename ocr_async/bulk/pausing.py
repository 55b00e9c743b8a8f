"""Why a job stops and can go on later; no document has failed by it."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


__all__ = ["Paused", "needing_room"]

_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class Paused(Exception):
    """The job cannot go on now; its text says what has to be done first."""


@contextmanager
def needing_room() -> Iterator[None]:
    """
    Do the block's work, which writes.

    Raises:
        Paused: The disk takes nothing, for a reason that whoever runs it can end.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _SYSTEM:
            raise Paused(f"the disk takes no more ({error.strerror})") from error
        raise
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE:
            raise Paused(f"the disk takes no more ({error})") from error
        raise

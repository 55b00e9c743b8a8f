"""Says in the port's words, `StorageFull` and `StorageBusy`, what the system and SQLite say each in their own."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ..failures import StorageBusy, StorageFull


__all__ = ["needing_room"]

_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


@contextmanager
def needing_room() -> Iterator[None]:
    """
    Do the block's work, which writes.

    Raises:
        StorageFull: The disk was full, or took nothing for another reason that whoever runs it can end.

        StorageBusy: Another program held the database.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _SYSTEM:
            raise StorageFull("the disk takes no more") from error
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _SQLITE:
            raise StorageFull("the disk takes no more") from error
        if code in _LOCKED:
            raise StorageBusy("another program holds the database") from error
        raise

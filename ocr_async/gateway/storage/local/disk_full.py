"""Says in the port's word, `StorageFull`, what the system and SQLite say each in their own."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ..port import StorageFull


__all__ = ["needing_room"]

_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


@contextmanager
def needing_room() -> Iterator[None]:
    """
    Do the block's work, which writes.

    Raises:
        StorageFull: The disk was full, or took nothing for another reason that whoever runs it can end.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _SYSTEM:
            raise StorageFull("the disk takes no more") from error
        raise
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE:
            raise StorageFull("the disk takes no more") from error
        raise

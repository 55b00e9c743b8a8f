"""Files, as every system opens them."""

from __future__ import annotations

import os
from io import FileIO


__all__ = ["open_to_read"]

_NOT_WAITING: int = getattr(os, "O_NONBLOCK", 0)


def open_to_read(path: os.PathLike[str] | str) -> FileIO:
    """
    Open *path* without a buffer. A named pipe opens at once, and not when its writer comes: look at the file's kind.

    Raises:
        OSError: It cannot be opened, or is a folder.
    """
    return FileIO(os.fspath(path), opener=lambda name, flags: os.open(name, flags | _NOT_WAITING))

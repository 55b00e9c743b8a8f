"""Files, as every system opens them and writes them out."""

from __future__ import annotations

import os
from contextlib import suppress
from io import FileIO
from pathlib import Path


__all__ = ["closed", "open_to_append", "open_to_read", "readable_by_all", "sync_data", "sync_folder"]

_NOT_WAITING: int = getattr(os, "O_NONBLOCK", 0)
_AS_IT_IS: int = getattr(os, "O_BINARY", 0)  # Windows writes "\r\n" for "\n" by itself


def open_to_read(path: os.PathLike[str] | str) -> FileIO:
    """
    Open *path* without a buffer. A named pipe opens at once, and not when its writer comes: look at the file's kind.

    Raises:
        OSError: It cannot be opened, or is a folder.
    """
    return FileIO(os.fspath(path), opener=lambda name, flags: os.open(name, flags | _NOT_WAITING))


def open_to_append(path: os.PathLike[str]) -> int:
    """
    Return a descriptor of *path*, made for its owner alone where it is not there; what is written goes to its end.

    To write to it is to copy into the kernel's memory. O_NONBLOCK, which files pass over, says so to whoever watches a
    loop.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _NOT_WAITING | _AS_IT_IS, 0o600)


def closed(path: Path) -> None:
    """
    Close *path*, a file or folder, to everybody but its owner, whatever the umask was when it was made.

    Somebody else's it stays as it is: a volume may belong to whoever runs the machine.
    """
    with suppress(PermissionError):
        path.chmod(0o700 if path.is_dir() else 0o600)


def sync_data(descriptor: int) -> None:
    """Have what was written to *descriptor* on the disk; when it was written may be lost."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names in *folder* on the disk; Windows, which cannot open folders, is left to do that when it likes."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def readable_by_all(path: Path) -> bool:
    """Return whether every user of the machine may read *path*, where its permissions tell; on Windows they do not."""
    return os.name == "posix" and bool(path.stat().st_mode & 0o004)

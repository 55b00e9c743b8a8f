"""
Temporary files, which no killed process leaves behind for long.

Each process has a folder of its own in the system's, and in it a file that it keeps locked. What nobody holds a lock on
was left by a process that is gone: the next one that needs a folder sweeps it out, and so does a gateway that starts.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from .locks import try_lock


__all__ = ["sweep", "temporary_file", "temporary_folder"]

_PREFIX = "ocr_async-"
_LOCK = "lock"


def temporary_file() -> tuple[IO[bytes], Path]:
    """Return a new file, open for writing without a buffer, and its path; its user deletes it. Blocks."""
    number, name = tempfile.mkstemp(dir=_own())
    return os.fdopen(number, "wb", buffering=0), Path(name)


def temporary_folder() -> Path:
    """Return a new folder, which its user deletes. Blocks."""
    return Path(tempfile.mkdtemp(dir=_own()))


def sweep() -> None:
    """Delete what processes of this user left that are gone. Blocks."""
    with os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):  # somebody else's, being made, or deleted
                    _delete_if_left(Path(entry.path))


def _delete_if_left(folder: Path) -> None:
    if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
        return
    lock = os.open(folder / _LOCK, os.O_RDWR)
    try:
        left = try_lock(lock)
    finally:
        os.close(lock)
    if left:
        shutil.rmtree(folder, ignore_errors=True)


def _own() -> Path:
    system = tempfile.gettempdir()
    folder = _made(os.getpid(), system)
    if not folder.is_dir():  # whoever cleans up the system's folder deletes what is old
        _made.cache_clear()
        folder = _made(os.getpid(), system)
    return folder


@lru_cache
def _made(process: int, system: str) -> Path:
    """Return the folder of *process* in the *system*'s, which nobody takes for one that was left."""
    sweep()
    new = Path(tempfile.mkdtemp(prefix=f"new-{_PREFIX}", dir=system))
    lock = os.open(new / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)  # open as long as the process lives
    try_lock(lock)
    folder = new.with_name(new.name.removeprefix("new-"))
    if os.name == "posix":
        new.rename(folder)
    else:  # nothing with an open file in it has another name there; nobody deletes such a one either
        folder = new
    atexit.register(_end, process, folder)
    return folder


def _end(process: int, folder: Path) -> None:
    if os.getpid() == process:  # and not one that was forked off it
        shutil.rmtree(folder, ignore_errors=True)

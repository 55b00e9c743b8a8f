"""
Memory of a fixed size that several processes can map, so that a document is written once, however often it is read.

On Linux it has no name: a file descriptor travels beside the message, and all is gone with the last process that knows
it, however that ends. Elsewhere it is a file in a folder of this process's own, whose name travels: whoever receives a
worker's memory deletes it, and the folder goes when the process ends.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from .._platform.temporary import temporary_folder


__all__ = ["NAMED", "Shared", "folder", "use_folder"]

NAMED = not (sys.platform == "linux" and hasattr(os, "memfd_create") and hasattr(socket, "SCM_RIGHTS"))
"""Whether memory crosses by its name."""

_PIECE = 64 << 20
_FLAGS: int = getattr(os, "O_BINARY", 0)
_NAME = re.compile(r"[0-9a-f]{32}")


class Shared:
    """
    Memory that several processes can map.

    Attributes:
        size: Bytes.

        name: In `folder()`; None where it has none.
    """

    __slots__ = ("__weakref__", "_descriptor", "_owned", "name", "size")

    def __init__(self, descriptor: int, size: int, *, name: str | None = None, owned: bool = False) -> None:
        self._descriptor = descriptor
        self._owned = owned
        self.name = name
        self.size = size

    @classmethod
    def empty(cls, size: int) -> Shared:
        """Return *size* (at least 1) zero bytes."""
        memory = cls._unsized()
        memory.size = size
        os.ftruncate(memory._descriptor, size)
        memory._seal("F_SEAL_SHRINK", "F_SEAL_GROW")  # a mapping of memory that shrank is a SIGBUS in its reader
        return memory

    @classmethod
    def holding(cls, data: bytes | bytearray | memoryview) -> Shared:
        """Return a copy of *data* that nobody can write to any more."""
        view = memoryview(data).cast("B")
        memory = cls.empty(max(1, view.nbytes))
        memory.size = view.nbytes
        while view:
            view = view[os.write(memory._descriptor, view[:_PIECE]) :]
        memory._seal("F_SEAL_WRITE")
        return memory

    @classmethod
    def written(cls, write: Callable[[IO[bytes]], object]) -> Shared:
        """Return what *write* writes into the file that it is given, however long it is; nobody can write any more."""
        memory = cls._unsized()
        with open(os.dup(memory._descriptor), "w+b") as file:
            write(file)
            memory.size = file.seek(0, os.SEEK_END)
        memory._seal("F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE")
        return memory

    @classmethod
    def _unsized(cls) -> Shared:
        if NAMED:
            name = uuid4().hex
            number = os.open(folder() / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
            return cls(number, 0, name=name, owned=True)
        return cls(os.memfd_create("ocr_async", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), 0)

    @classmethod
    def received(cls, descriptor: int, size: int, *, sealed: bool) -> Shared:
        """
        Return what lies behind *descriptor*, which is given up, of at most *size* bytes.

        Args:
            sealed: Whether it must be memory of ours; else it may be a file.

        Raises:
            ValueError: It may shrink under its reader, which would kill that.
        """
        memory = cls(descriptor, 0)
        if sealed and not memory._sealed():
            raise ValueError("memory that may shrink")
        memory.size = min(size, os.fstat(descriptor).st_size)
        return memory

    @classmethod
    def named(cls, name: str, size: int, *, owned: bool) -> Shared:
        """
        Return the memory *name* of the folder, of at most *size* bytes.

        Args:
            owned: Whether it is deleted here.

        Raises:
            ValueError: This is no such name.

            OSError: There is no such memory.
        """
        if not NAMED or not _NAME.fullmatch(name):
            raise ValueError("no name of memory")
        memory = cls(
            os.open(folder() / name, os.O_RDONLY | _FLAGS | getattr(os, "O_NOFOLLOW", 0)), 0, name=name, owned=owned
        )
        facts = os.fstat(memory._descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("no memory")
        memory.size = min(size, facts.st_size)
        return memory

    def map(self, *, writable: bool = False) -> memoryview:
        """Return the bytes; the mapping lives as long as the view and what is sliced from it."""
        if not self.size:
            return memoryview(b"")
        return memoryview(
            mmap.mmap(self._descriptor, self.size, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
        )

    def fileno(self) -> int:
        """Return the file descriptor, -1 after `close`."""
        return self._descriptor

    def __fspath__(self) -> str:
        """Return a path under which this process can open the memory like a file."""
        return f"/proc/self/fd/{self._descriptor}" if self.name is None else str(folder() / self.name)

    def give_away(self) -> None:
        """Leave it to whoever receives it to delete it."""
        self._owned = False

    def close(self) -> None:
        """Give the descriptor back; mappings stay. Closing twice is nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
            if self._owned and self.name is not None:
                _delete(folder() / self.name)

    def __del__(self) -> None:
        self.close()

    def _seal(self, *names: str) -> None:
        if self.name is None:
            fcntl.fcntl(self._descriptor, fcntl.F_ADD_SEALS, sum(getattr(fcntl, name) for name in names))

    def _sealed(self) -> bool:
        try:
            return bool(fcntl.fcntl(self._descriptor, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK)
        except OSError:  # this is no such memory at all
            return False


fcntl: Any
try:
    import fcntl
except ImportError:  # Windows, where nothing here is without a name
    fcntl = None


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):  # Windows, while somebody maps it: it goes with the folder
        path.unlink()


class _Folder:
    """Where named memory lies: made when it is first wanted; it goes with the temporary files of its process."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.owner = 0

    def get(self) -> Path:
        if self.path is None or self.owner not in {0, os.getpid()}:
            self.path, self.owner = temporary_folder(), os.getpid()
        return self.path


_FOLDER = _Folder()


def folder() -> Path:
    """Return the folder of named memory of this process, or of the one that started it."""
    return _FOLDER.get()


def use_folder(path: Path) -> None:
    """Have named memory in *path*, which is another process's: to be called once, in a worker."""
    _FOLDER.path, _FOLDER.owner = path, 0

"""The document of a task as a file, wherever it lies: on a path, in memory, or behind a descriptor that was sent."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from .._ipc.memory import Shared
from ..models import FileOnDisk


__all__ = ["open_document", "source_of"]


def source_of(document: FileOnDisk) -> Path | io.BufferedReader:
    """
    Return *document* for a library that opens paths itself.

    What was sent is not opened again by a name, which a confined worker may not.
    """
    if isinstance(document.path, Shared) and hasattr(os, "preadv"):
        return io.BufferedReader(_Descriptor(os.dup(document.path.fileno())))
    return Path(document.path)


def open_document(document: FileOnDisk) -> io.BufferedReader:
    """
    Return *document*, open for reading.

    Raises:
        OSError: It cannot be opened.
    """
    source = source_of(document)
    return source.open("rb") if isinstance(source, Path) else source


class _Descriptor(io.RawIOBase):
    """Reads a descriptor at a place of its own, as others read it too."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def readinto(self, buffer: Any) -> int:
        count = os.preadv(self._descriptor, [buffer], self._place)
        self._place += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()

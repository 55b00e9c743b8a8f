"""
Request bodies: JSON in which a document's base64 is written piece by piece, with an exact Content-Length.

A document is never in memory whole: a file is read and encoded in a worker thread, a piece at a time, while it is
sent, and again for each attempt.
"""

from __future__ import annotations

import binascii
import importlib
import io
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp
import anyio
import anyio.to_thread
from aiohttp.abc import AbstractStreamWriter
from attrs import frozen

from ..errors import DocumentError
from ..models import Bytes, FileOnDisk
from ..steps import Base64


__all__ = ["Body", "Payload", "prepare"]


def _installed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


orjson, pybase64 = _installed("orjson"), _installed("pybase64")  # the extra `fast`
_base64: Callable[[memoryview], bytes] = pybase64.b64encode if pybase64 else partial(binascii.b2a_base64, newline=False)

# Bytes of a document per piece: a multiple of 3, so that no padding stands inside.
PIECE = 192 * 1024


@frozen
class Body:
    """
    A body that can be sent any number of times.

    Attributes:
        segments: Literal bytes and documents, in their order.

        size: Bytes on the wire.
    """

    segments: tuple[bytes | _Encoded, ...]
    size: int

    def payload(self) -> bytes | Payload:
        """Return a fresh thing for aiohttp to send."""
        if len(self.segments) == 1 and self.size <= 64 * 1024 and isinstance(self.segments[0], bytes):
            return self.segments[0]  # aiohttp writes it together with the head
        return Payload(self)


@frozen
class _Encoded:
    """A document of *size* bytes, to be written as base64."""

    document: FileOnDisk | Bytes
    size: int


async def prepare(value: Any) -> Body:
    """
    Return *value* as a body.

    Args:
        value: JSON builtins, mappings, and `Base64` where a document goes.

    Raises:
        DocumentError: A file cannot be looked at.
        TypeError: *value* is not JSON.
    """
    documents: list[Base64] = []
    mark = uuid4().hex  # what stands in the text for a document; nothing else in it can be equal

    def stand_in(unknown: Any) -> Any:
        if isinstance(unknown, Base64):
            documents.append(unknown)
            return mark
        if isinstance(unknown, Mapping):
            return dict(unknown)
        raise TypeError(f"not JSON: {type(unknown).__name__}")

    text = _dumps(value, stand_in)
    if not documents:
        return Body((text,), len(text))
    segments: list[bytes | _Encoded] = []
    pieces = text.split(mark.encode())
    for before, item in zip(pieces, documents, strict=False):
        segments.append(before + _dumps(item.prefix, stand_in)[1:-1])
        segments.append(_Encoded(item.document, await _size(item.document)))
    segments.append(pieces[-1])
    return Body(
        tuple(segments),
        sum(len(segment) if isinstance(segment, bytes) else (segment.size + 2) // 3 * 4 for segment in segments),
    )


def _dumps(value: Any, default: Callable[[Any], Any]) -> bytes:
    if orjson:
        text: bytes = orjson.dumps(value, default=default)
        return text
    return json.dumps(value, default=default, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


async def _size(document: FileOnDisk | Bytes) -> int:
    if document.size is not None:
        return document.size
    try:
        return (await anyio.to_thread.run_sync(os.stat, document.path)).st_size
    except OSError as error:
        raise _unreadable(document, error.strerror) from error


class Payload(aiohttp.Payload):
    """
    What aiohttp asks for the body's bytes.

    Attributes:
        written: Bytes handed over so far.

        finished: When the last byte was handed over, on the clock of `anyio.current_time()`; None before.

        failure: Why it could not go on; aiohttp reports only that sending failed.
    """

    def __init__(self, body: Body) -> None:
        super().__init__(None, content_type="application/json")
        self._size = body.size
        self.body = body
        self.written = 0
        self.finished: float | None = None
        self.failure: DocumentError | None = None

    @property
    def unsent(self) -> int:
        return self.body.size - self.written

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("the body is streamed")

    async def write(self, writer: AbstractStreamWriter) -> None:
        try:
            for segment in self.body.segments:
                if isinstance(segment, bytes):
                    for start in range(0, len(segment), PIECE):
                        await self._hand_over(writer, memoryview(segment)[start : start + PIECE])
                elif isinstance(segment.document, Bytes):
                    for piece in _slices(segment.document):
                        await self._hand_over(writer, _base64(piece))
                else:
                    await self._write_file(writer, segment.document, segment.size)
            self.finished = anyio.current_time()
        except DocumentError as error:
            self.failure = error
            raise

    async def _hand_over(self, writer: AbstractStreamWriter, piece: bytes | memoryview) -> None:
        await writer.write(piece)
        self.written += len(piece)

    async def _write_file(self, writer: AbstractStreamWriter, document: FileOnDisk, size: int) -> None:
        file = await anyio.to_thread.run_sync(_open, document, size)
        try:
            left = size
            while left:
                length = min(PIECE, left)
                piece = await anyio.to_thread.run_sync(_read, file, document, length)
                left -= length
                await self._hand_over(writer, piece)
        finally:
            file.close()


def _slices(document: Bytes) -> Iterator[memoryview]:
    data = memoryview(document.data).cast("B")
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def _open(document: FileOnDisk, size: int) -> io.FileIO:
    try:
        file = io.FileIO(document.path, "rb", opener=_opener)
    except OSError as error:
        raise _unreadable(document, error.strerror) from error
    now = os.fstat(file.fileno())
    if now.st_size != size or not stat.S_ISREG(now.st_mode):
        file.close()
        raise _changed(document, size, now.st_size)
    return file


def _opener(path: str, flags: int) -> int:
    # Not blocking: a named pipe that took the file's place would wait for its writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(file: io.FileIO, document: FileOnDisk, length: int) -> bytes:
    # A raw file may return less than asked for; encoding a short piece would put padding inside.
    piece = bytearray(length)
    view = memoryview(piece)
    got = 0
    while got < length:
        try:
            count = file.readinto(view[got:])
        except OSError as error:
            raise _unreadable(document, error.strerror) from error
        if not count:
            raise _changed(document, None, None)
        got += count
    return _base64(view)


def _unreadable(document: FileOnDisk, reason: str | None) -> DocumentError:
    return DocumentError(f"cannot read {_name(document)}: {reason or 'it cannot be opened'}")


def _changed(document: FileOnDisk, expected: int | None, found: int | None) -> DocumentError:
    sizes = "" if expected is None else f": it had {expected} bytes and has {found}"
    return DocumentError(f"{_name(document)} changed while it was being sent{sizes}")


def _name(document: FileOnDisk) -> str:
    return document.name or os.path.basename(os.fspath(document.path))

"""
Request bodies: JSON in which a document's base64 is written piece by piece, with an exact Content-Length.

A document is never in memory whole: a file is read and encoded in a worker thread, a piece at a time, while it is
sent, and again for each attempt.
"""

from __future__ import annotations

import asyncio
import binascii
import importlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import FileIO
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
from aiohttp.abc import AbstractStreamWriter
from attrs import frozen

from .._platform.files import open_to_read
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

# Bytes of a document encoded at once, on the loop (0.02 ms with pybase64, 0.2 ms without), and read at once, off it.
# Multiples of 3, so that no padding stands inside.
PIECE = 192 * 1024
READ = 4 * PIECE


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
    mark = ""

    def stand_in(unknown: Any) -> Any:
        nonlocal mark
        if isinstance(unknown, Base64):
            documents.append(unknown)
            mark = mark or os.urandom(16).hex()  # stands for a document; nothing else in the text can be equal
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
    if isinstance(document, Bytes) or document.size is not None:
        return document.size or 0
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
                    for piece in _slices(memoryview(segment.document.data).cast("B")):
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
        # The loop's executor costs half of anyio's threads. A cancelled read goes on in its thread, but keeps its own
        # reference to the file, so that it is not closed under it.
        run = asyncio.get_running_loop().run_in_executor
        file = await run(None, _File, document, size)
        for start in range(0, size, READ):
            length = min(READ, size - start)
            await run(None, file.read, length)
            for piece in _slices(memoryview(file.buffer)[:length]):
                await self._hand_over(writer, _base64(piece))


def _slices(data: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


class _File:
    """An open document and a buffer; closed when nobody refers to it any more."""

    def __init__(self, document: FileOnDisk, size: int) -> None:
        self.document = document
        # One for all pieces: fresh ones would cost more in page faults than reading and encoding together.
        self.buffer = bytearray(min(size, READ))
        self._file: FileIO | None = None
        try:
            self._file = open_to_read(document.path)
            now = os.fstat(self._file.fileno())
        except OSError as error:
            raise _unreadable(document, error.strerror) from error
        if now.st_size != size or not stat.S_ISREG(now.st_mode):
            raise _changed(document, f": it had {size} bytes and has {now.st_size}")

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def read(self, length: int) -> None:
        """Fill the first *length* bytes of the buffer with what comes next."""
        assert self._file is not None
        got = 0
        while got < length:
            try:
                count = self._file.readinto(memoryview(self.buffer)[got:length])
            except OSError as error:
                raise _unreadable(self.document, error.strerror) from error
            if not count:
                raise _changed(self.document, "")
            got += count


def _unreadable(document: FileOnDisk, reason: str | None) -> DocumentError:
    return DocumentError(f"cannot read {_name(document)}: {reason or 'it cannot be opened'}")


def _changed(document: FileOnDisk, sizes: str) -> DocumentError:
    return DocumentError(f"{_name(document)} changed while it was being sent{sizes}")


def _name(document: FileOnDisk) -> str:
    return document.name or os.path.basename(os.fspath(document.path))

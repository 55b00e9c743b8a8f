"""
Request bodies: JSON, forms and plain bytes in which documents are written piece by piece, with an exact Content-Length.

A document is never in memory whole: a file is read and encoded in a worker thread, a piece at a time, while it is
sent, and again for each attempt.
"""

from __future__ import annotations

import asyncio
import binascii
import hashlib
import importlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import FileIO
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
from aiohttp.abc import AbstractStreamWriter
from attrs import define, frozen

from .._platform.files import open_to_read
from ..errors import ConfigurationError, DocumentError
from ..models import Bytes, FileOnDisk
from ..models.document import EncodedBytes
from ..steps import Base64, HttpRequest, Multipart


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

# The name of a document that has none: some services tell the type of a file by it.
_BYTES = "application/octet-stream"
_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/tiff": ".tiff"}


@define(eq=False, repr=False)
class Body:
    """
    A body that can be sent any number of times.

    Attributes:
        segments: Literal bytes and documents, in their order.

        size: Bytes on the wire.

        mime: Its Content-Type.
    """

    segments: tuple[bytes | _Document, ...]
    size: int
    mime: str

    @classmethod
    def of(cls, segments: Sequence[bytes | _Document], mime: str) -> Body:
        """Put *segments* together."""
        size = sum(len(segment) if isinstance(segment, bytes) else segment.length for segment in segments)
        return cls(tuple(segments), size, mime)

    def payload(self) -> bytes | Payload:
        """Return a fresh thing for aiohttp to send."""
        if len(self.segments) == 1 and self.size <= 64 * 1024 and isinstance(self.segments[0], bytes):
            return self.segments[0]  # aiohttp writes it together with the head
        return Payload(self)

    def sha256(self) -> str:
        """Return the SHA-256 of the whole body, in hex, as a signature wants it before the first byte. Blocks."""
        digest = hashlib.sha256()
        for segment in self.segments:
            if isinstance(segment, bytes):
                digest.update(segment)
            elif isinstance(segment.content, Bytes):
                for written in segment.pieces(segment.content):
                    digest.update(written)
            else:
                file = _File(segment.content, segment.size)
                for start in range(0, segment.size, READ):
                    length = min(READ, segment.size - start)
                    file.read(length)
                    for piece in _slices(memoryview(file.buffer)[:length]):
                        digest.update(segment.written(piece))
        return digest.hexdigest()


@frozen(eq=False, repr=False)
class _Document:
    """A document of *size* bytes, to be written as it is or as base64."""

    content: FileOnDisk | Bytes
    size: int
    base64: bool

    @property
    def length(self) -> int:
        """Bytes on the wire."""
        return (self.size + 2) // 3 * 4 if self.base64 else self.size

    def written(self, piece: memoryview) -> bytes:
        """Return *piece* as it goes on the wire: a copy, for the buffer behind it is filled again meanwhile."""
        return _base64(piece) if self.base64 else bytes(piece)

    def pieces(self, content: Bytes) -> Iterator[bytes]:
        """Yield *content*, which is in memory, as it goes on the wire; what came as base64 goes as it came."""
        if self.base64 and isinstance(content, EncodedBytes) and content.text is not None:
            return content.pieces(PIECE)
        return map(self.written, _slices(memoryview(content.data).cast("B")))


async def prepare(request: HttpRequest[Any]) -> Body | None:
    """
    Return the body of *request*; None if it has none.

    Raises:
        DocumentError: A file cannot be looked at.
        ConfigurationError: Its `json` is not JSON.
    """
    body = request.body
    if body is None:
        return None if request.json is None else await _json(request.json)
    if isinstance(body, Multipart):
        return await _multipart(body.fields)
    if isinstance(body.content, bytes):
        return Body.of([body.content], body.mime or _BYTES)
    mime = body.mime or body.content.mime or _BYTES
    return Body.of([await _document(body.content, base64=False)], mime)


async def _json(value: Any) -> Body:
    """Return JSON builtins, mappings, and `Base64` where a document goes, as a body."""
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

    try:
        text = _dumps(value, stand_in)
    except (RecursionError, TypeError, ValueError) as error:
        raise ConfigurationError(f"the request cannot be written as JSON ({error}): check extra_body") from None
    if not documents:
        return Body((text,), len(text), "application/json")
    segments: list[bytes | _Document] = []
    pieces = text.split(mark.encode())
    for before, item in zip(pieces, documents, strict=False):
        segments.append(before + _dumps(item.prefix, stand_in)[1:-1])
        segments.append(await _document(item.document, base64=True))
    segments.append(pieces[-1])
    return Body.of(segments, "application/json")


async def _multipart(fields: Sequence[tuple[str, str | FileOnDisk | Bytes]]) -> Body:
    boundary = os.urandom(16).hex()
    segments: list[bytes | _Document] = []
    for name, value in fields:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if isinstance(value, str):
            segments.append(f"{head}\r\n\r\n{value}\r\n".encode())
            continue
        mime = value.mime or _BYTES
        segments.append(f'{head}; filename="{_quoted(_file_name(value))}"\r\nContent-Type: {mime}\r\n\r\n'.encode())
        segments.append(await _document(value, base64=False))
        segments.append(b"\r\n")
    segments.append(f"--{boundary}--\r\n".encode())
    return Body.of(segments, f"multipart/form-data; boundary={boundary}")


def _quoted(name: str) -> str:
    """Return *name* as browsers write it into a part's head (WHATWG HTML, "multipart/form-data encoding algorithm")."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _file_name(document: FileOnDisk | Bytes) -> str:
    if isinstance(document, FileOnDisk) and document.name is None:
        return os.path.basename(os.fspath(document.path))
    return document.name or "document" + _ENDINGS.get(document.mime or "", "")


async def _document(content: FileOnDisk | Bytes, *, base64: bool) -> _Document:
    if isinstance(content, EncodedBytes) and not base64:
        await anyio.to_thread.run_sync(lambda: content.data)  # decoded now, for it takes a while
    return _Document(content, await _size(content), base64)


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

        failure: Why it could not go on, where that was not the connection; aiohttp reports only that sending failed.
    """

    def __init__(self, body: Body) -> None:
        super().__init__(None, content_type=body.mime)
        self._size = body.size
        self.body = body
        self.written = 0
        self.finished: float | None = None
        self.failure: Exception | None = None

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
                elif isinstance(segment.content, Bytes):
                    for piece in segment.pieces(segment.content):
                        await self._hand_over(writer, piece)
                else:
                    await self._write_file(writer, segment, segment.content)
            self.finished = anyio.current_time()
        except (OSError, aiohttp.ClientError):
            raise  # the connection's; what goes wrong with a file is a `DocumentError`
        except Exception as error:
            self.failure = error
            raise

    async def _hand_over(self, writer: AbstractStreamWriter, piece: bytes | memoryview) -> None:
        await writer.write(piece)
        self.written += len(piece)

    async def _write_file(self, writer: AbstractStreamWriter, segment: _Document, document: FileOnDisk) -> None:
        # The loop's executor costs half of anyio's threads. A cancelled read goes on in its thread, but keeps its own
        # reference to the file, so that it is not closed under it.
        run = asyncio.get_running_loop().run_in_executor
        file = await run(None, _File, document, segment.size)
        for start in range(0, segment.size, READ):
            length = min(READ, segment.size - start)
            await run(None, file.read, length)
            for piece in _slices(memoryview(file.buffer)[:length]):
                await self._hand_over(writer, segment.written(piece))


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

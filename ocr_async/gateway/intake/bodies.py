"""
Reads what clients send: bodies of bounded size and time, in bounded memory, and JSON without ambiguities.

A body that comes too slowly, or never ends, gets 408; what is too large 413; JSON that two parsers could read in two
ways 400.
"""

from __future__ import annotations

import asyncio
import json
import math
import mmap
import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

import anyio.to_thread
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from attrs import define, field

from ..._platform.temporary import temporary_file
from ..._tasks import shielded
from ...models import Bytes, FileOnDisk
from ..http_errors import HTTPError


__all__ = ["IN_MEMORY", "UNREADABLE", "ReadDeadline", "Spool", "at_hand", "pieces", "strict_json", "too_large", "utf8"]

T = TypeVar("T")

SILENCE = 5.0  # seconds between two pieces of a body
GRACE = 5.0  # seconds after which a body has to have come as fast as SLOWEST
SLOWEST = 16_384  # bytes a second
IN_MEMORY = 256 * 1024  # bytes of a body from which it is kept in a file, and read off the loop
PIECE = 64 * 1024  # bytes of it written to the file at once
MOST_VALUES = 100_000  # quotes and brackets; a request without a document has some dozens
_SHORT = 4096  # characters of a text whose letters are counted at once
_RARE = 1000  # as many of a letter are looked for one by one
DEPTH = 64
DIGITS = 20
_HALF = re.compile(r"\\u[dD]")  # of a surrogate pair; nothing could print, store or send on what it means alone
UNREADABLE = (ValueError, web.RequestPayloadError, HttpProcessingError)  # what aiohttp raises of a spoilt body or form


@define(eq=False)
class ReadDeadline:
    """
    How long the pieces of one body may take.

    What the reader of the pieces takes for itself is not counted: it is not the client's fault.
    """

    waited: float = 0.0  # seconds
    size: int = 0  # bytes that came

    async def wait(self, coming: Awaitable[T]) -> T:
        """
        Return what is *coming*, if it comes in time.

        Raises:
            HTTPError: It does not.
        """
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            async with asyncio.timeout(min(SILENCE, max(GRACE + self.size / SLOWEST - self.waited, 0.0))):
                return await coming
        except TimeoutError:
            raise HTTPError(408, "the request's body came too slowly", "request_timeout") from None
        finally:
            self.waited += loop.time() - asked


async def pieces(request: web.Request, most: int) -> AsyncIterator[bytes]:
    """
    Yield the body of *request*, decompressed, as it comes.

    Raises:
        HTTPError: It is larger than *most* bytes, comes too slowly, or is not encoded as its headers say.
    """
    if (request.content_length or 0) > most:
        raise too_large(most)
    read_deadline = ReadDeadline()
    while True:
        try:
            if request.content.is_eof():
                piece = request.content.read_nowait()  # all of it is there: there is no time to limit
            else:
                piece = await read_deadline.wait(request.content.read(PIECE))
        except UNREADABLE:
            raise _not_as_told() from None
        if not piece:
            return
        read_deadline.size += len(piece)
        if read_deadline.size > most:
            raise too_large(most)
        yield piece


def at_hand(request: web.Request, most: int) -> bytes | None:
    """
    Return the body of *request*, decompressed, if all of it is there and small; else None, and nothing is taken of it.

    Raises:
        HTTPError: It is not encoded as its headers say.
    """
    content = request.content
    if not content.is_eof() or content.total_bytes > min(most, IN_MEMORY):
        return None
    try:
        return content.read_nowait()
    except UNREADABLE:
        raise _not_as_told() from None


def _not_as_told() -> HTTPError:
    return HTTPError(400, "the request's body is not encoded as its headers say", "invalid_body")


def too_large(most: int) -> HTTPError:
    """Return the refusal of a body of more than *most* bytes."""
    return HTTPError(413, f"the request is larger than {most:,} bytes", "request_too_large")


@define(eq=False)
class Spool:
    """
    What came of a body: bytes in memory, and once there are many, all of them in a file.

    Attributes:
        path: Of the file, which `close` deletes; None while there is none.
    """

    memory: bytearray = field(factory=bytearray, repr=False)
    path: Path | None = None
    size: int = 0
    _file: IO[bytes] | None = None

    async def add(self, piece: bytes | bytearray) -> None:
        self.size += len(piece)
        self.memory += piece
        if len(self.memory) > (IN_MEMORY if self.path is None else PIECE):
            await self.flush()

    def read(self) -> bytes:
        """Return the bytes; blocks if they are in a file."""
        with self.whole() as data:
            return bytes(data)

    async def document(self, kind: str, name: str | None) -> Bytes | FileOnDisk:
        """Return what came as a document; one in a file is there until `close`."""
        if self.path is None:
            return Bytes(data=bytes(self.memory), mime=kind, name=name)
        await self.flush()
        return FileOnDisk(path=self.path, size=self.size, mime=kind, name=name)

    async def flush(self) -> None:
        """Write what is in memory to the file."""
        full, self.memory = self.memory, bytearray()
        await shielded(anyio.to_thread.run_sync(self._write, full))  # or the file that it makes would have no owner

    def fill(self, data: bytes | bytearray | memoryview) -> None:
        """Write *data* to the file; blocks."""
        self.size += memoryview(data).nbytes
        self._write(data)

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        if self._file is None:
            self._file, self.path = temporary_file()
        self._file.write(data)

    @contextmanager
    def whole(self) -> Iterator[bytearray | mmap.mmap]:
        """Give the bytes; blocks if they are in a file."""
        if self.path is None:
            yield self.memory
            return
        if self.memory:
            self._write(self.memory)
            self.memory = bytearray()
        with open(self.path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped

    async def close(self) -> None:
        """Delete the file."""
        if self.path is not None:
            await shielded(anyio.to_thread.run_sync(self._delete))

    def _delete(self) -> None:
        if self._file is not None:
            self._file.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.path = self._file = None


def utf8(body: bytes | bytearray | mmap.mmap) -> str:
    """
    Return the text of *body*.

    Raises:
        HTTPError: It is not UTF-8.
    """
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError:
        raise HTTPError(400, "the request's body is not UTF-8", "invalid_json") from None


def strict_json(text: str, *, most_values: int = MOST_VALUES) -> Any:
    """
    Read JSON, more strictly than parsers do by themselves.

    Raises:
        HTTPError: No JSON, ``NaN``, a key twice in one object, nested deeper than 64, integers of more than 20
            digits, half a surrogate pair, or more than *most_values* values.
    """
    opening = _count(text, "[") + _count(text, "{")
    most = 2 * most_values
    if len(text) > most and opening + _count(text, '"') + _count(text, ",") > most:
        raise _invalid("has too many values")
    try:
        value = _STRICT.decode(text)
    except RecursionError:
        raise _invalid("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"is not valid: {error.msg} at character {error.pos}") from None
    if opening > DEPTH and _depth(value) > DEPTH:
        raise _invalid("is nested too deeply")
    if "\\" in text and _HALF.search(text) is not None and not _is_text(value):
        raise _invalid("has half of a surrogate pair, which is no character")
    return value


def _count(text: str, letter: str) -> int:
    """Count *letter*, fast where most of *text* is a document's base64: to find a rare letter is, to count is not."""
    if len(text) <= _SHORT:
        return text.count(letter)
    found, at = 0, text.find(letter)
    while at >= 0 and found < _RARE:
        found, at = found + 1, text.find(letter, at + 1)
    return found if at < 0 else found + text.count(letter, at)


def _is_text(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _invalid(what: str) -> HTTPError:
    return HTTPError(400, f"the request's JSON {what}", "invalid_json")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _invalid("has the same key twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise _invalid(f"has an integer of more than {DIGITS} digits")
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _invalid("has a number that is out of range")
    return number


def _refuse(constant: str) -> NoReturn:
    raise _invalid(f"has {constant}, which is none")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_refuse
)  # made once, as `json.loads` makes one for each text


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
    return depth

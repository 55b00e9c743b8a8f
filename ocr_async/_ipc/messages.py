"""
A message as bytes, and back: JSON behind an eight-byte header.

What JSON has no word for is an object with one key that no other has, and a list: the name of what it is, and its
parts. Documents and pictures are no part of the text; they lie in memory that both sides map.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from ..errors import EngineError, OCRError
from ..models import Bytes
from . import values
from .memory import Shared


__all__ = ["MOST_DESCRIPTORS", "Decoder", "Message", "encode"]

MOST_DESCRIPTORS = 32

_HEADER = struct.Struct("!IBxxx")  # bytes of the text, file descriptors beside it
_LARGEST = 256 << 20
_MOST_VALUES = 16 << 20  # commas and brackets, also those in texts: an empty list is a byte here and 56 in memory
_VALUE = "\0"
_MARK = b'{"\\u0000":'  # with which such a value begins in JSON
_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_LARGE = 64 << 10  # bytes that are worth memory of their own

Message = tuple[Any, ...]


def encode(
    message: Message, documents: Callable[[Bytes], Shared] | None = None, *, give_away: bool = False
) -> tuple[bytes, list[Shared]]:
    """
    Return *message* as bytes with its header, and the memory whose descriptors go beside them.

    Args:
        documents: Gives the memory that holds a document's bytes, which the other process sees as a file; by default
            a fresh copy.

        give_away: Whether it is for the receiver to delete memory that has a name.

    Raises:
        TypeError: Something of *message* may not cross.
    """
    beside: list[Shared] = []
    place = documents or (lambda document: Shared.holding(document.data))

    def parts(value: Any) -> Any:
        known = values.value_parts(value)
        if known is not None:
            return {_VALUE: known}
        match value:
            case Shared():
                if give_away:
                    value.give_away()
                if value.name is not None:
                    return {_VALUE: ["Shared", value.name, value.size]}
                beside.append(value)
                return {_VALUE: ["Shared", len(beside) - 1, value.size]}
            case Bytes():
                facts = [place(value), value.size, value.mime, value.name, value.password]
                return {_VALUE: ["FileOnDisk", *facts]}
            case OCRError():
                return {_VALUE: ["error", *values.error_parts(value)]}
            case bytes() if len(value) > _LARGE:
                return {_VALUE: ["bytes in", Shared.holding(value)]}
            case bytes():
                return {_VALUE: ["bytes", base64.b64encode(value).decode()]}
            case PurePath():
                return {_VALUE: ["Path", str(value)]}
            case os.PathLike():
                return {_VALUE: ["Path", os.fspath(value)]}
            case Mapping():
                return dict(value)
            case range():
                return list(value)
        raise TypeError(f"a {type(value).__name__} may not cross to another process")

    try:
        text = _PLAIN.encode(message)
    except TypeError:  # something that JSON has no word for
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), check_circular=False, default=parts)
    body = text.encode("utf-8", "surrogatepass")
    return _HEADER.pack(len(body), len(beside)) + body, beside


class Decoder:
    """
    Puts messages together from the pieces in which a socket delivers them.

    Args:
        trusted: True in a worker, whose only peer is the process that started it, and keeps what it sends.
    """

    def __init__(self, *, trusted: bool = False) -> None:
        self._trusted = trusted
        self._bytes = bytearray()
        self._descriptors: deque[int] = deque()

    def feed(self, data: bytes, descriptors: Sequence[int] = ()) -> list[Message]:
        """
        Take in what was read at once; return the messages that are complete now.

        Raises:
            EngineError: This is no message of ours.
        """
        self._descriptors.extend(descriptors)
        self._bytes += data
        messages: list[Message] = []
        while len(self._bytes) >= _HEADER.size:
            length, beside = _HEADER.unpack_from(self._bytes)
            if length > _LARGEST or beside > MOST_DESCRIPTORS:
                raise EngineError("a worker sent a message that is too large")
            end = _HEADER.size + length
            if len(self._bytes) < end:
                break
            if len(self._descriptors) < beside:
                raise EngineError("a worker sent a message without its memory")
            taken = [self._descriptors.popleft() for _ in range(beside)]
            body = self._bytes[_HEADER.size : end]
            del self._bytes[:end]
            messages.append(self._load(body, taken))
        if len(self._descriptors) > MOST_DESCRIPTORS:
            raise EngineError("a worker sent memory without its message")
        return messages

    def close(self) -> None:
        """Give back the descriptors of messages that never became complete."""
        while self._descriptors:
            os.close(self._descriptors.popleft())

    def _load(self, body: bytearray, descriptors: list[int]) -> Message:
        try:
            if len(body) > _MOST_VALUES and sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
                raise ValueError("too many values")
            message = _read(body, descriptors, trusted=self._trusted)
            if type(message) is not list:
                raise ValueError("no message")
        except Exception as error:
            raise EngineError(f"a worker sent a message that cannot be read ({type(error).__name__})") from error
        finally:
            for descriptor in descriptors:  # that nobody took
                if descriptor >= 0:
                    os.close(descriptor)
        return tuple(message)


def _read(body: bytearray, descriptors: list[int], *, trusted: bool) -> Any:
    """Return what *body* says; the descriptors that were taken are -1 afterwards."""
    if _MARK not in body:
        return json.loads(body.decode("utf-8", "surrogatepass"))

    def shared(which: Any, size: Any) -> Shared:
        if type(size) is not int or size < 0:
            raise ValueError("no size")
        if type(which) is str:
            return Shared.named(which, size, owned=not trusted)
        if type(which) is not int or not 0 <= which < len(descriptors) or descriptors[which] < 0:
            raise ValueError("no memory of this message")
        descriptor, descriptors[which] = descriptors[which], -1
        return Shared.received(descriptor, size, sealed=not trusted)

    def value(given: dict[str, Any]) -> Any:
        if _VALUE not in given:
            return given
        ((name, *parts),) = given.values()
        if name in values.CLASSES:
            return values.build_value(name, parts)
        match name:
            case "Shared":
                return shared(*parts)
            case "bytes":
                return binascii.a2b_base64(*parts, strict_mode=True)
            case "bytes in":
                return taken(*parts)
            case "Path":
                return Path(*parts)
            case "error":
                return values.build_error(*parts)
        raise ValueError("nothing that may cross")

    def taken(memory: Shared) -> bytes:
        if not isinstance(memory, Shared) or memory.size > _LARGEST:
            raise ValueError("no bytes")
        try:
            return bytes(memory.map())
        finally:
            memory.close()

    return json.loads(body.decode("utf-8", "surrogatepass"), object_hook=value)

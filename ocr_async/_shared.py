"""
What crosses the border between this process and the engine's workers: messages, and memory that both can map.

A message is one pickled value behind an eight-byte header. Documents in memory and pictures of pages do not go
through the pickle: they lie in anonymous memory (`Shared`) whose file descriptor travels beside the message, so a
50 MB document is written once, however many pages are asked for, and nothing is left behind when a process is killed.

A worker reads hostile documents, so its answers are unpickled with a short list of allowed classes.
"""

from __future__ import annotations

import array
import fcntl
import io
import mmap
import os
import pickle
import socket
import struct
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from .errors import EngineError
from .models import Bytes, FileOnDisk


__all__ = ["Decoder", "Message", "Shared", "encode", "receive", "send"]

_HEADER = struct.Struct("!IBxxx")  # bytes of the pickle, file descriptors beside it
_LARGEST = 1 << 30
_CHUNK = 1 << 18
_MOST_DESCRIPTORS = 32

Message = tuple[Any, ...]


class Shared:
    """
    Anonymous memory of a fixed size that several processes can map; freed with the last of them.

    Attributes:
        size: Bytes.
    """

    __slots__ = ("__weakref__", "_descriptor", "size")

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size

    @classmethod
    def empty(cls, size: int) -> Shared:
        """Return *size* (at least 1) zero bytes."""
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("ocr_async", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        else:
            with tempfile.TemporaryFile() as file:
                descriptor = os.dup(file.fileno())
        memory = cls(descriptor, size)
        os.ftruncate(descriptor, size)
        memory._seal("F_SEAL_SHRINK", "F_SEAL_GROW")  # a mapping of memory that shrank is a SIGBUS in its reader
        return memory

    @classmethod
    def holding(cls, data: bytes | bytearray | memoryview) -> Shared:
        """Return a copy of *data* that nobody can write to any more."""
        view = memoryview(data).cast("B")
        memory = cls.empty(max(1, view.nbytes))
        memory.size = view.nbytes
        offset = 0
        while offset < view.nbytes:
            offset += os.pwrite(memory._descriptor, view[offset : offset + (64 << 20)], offset)
        memory._seal("F_SEAL_WRITE")
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
        """Return a path under which this process alone can open the memory like a file."""
        return f"/proc/self/fd/{self._descriptor}" if sys.platform == "linux" else f"/dev/fd/{self._descriptor}"

    def close(self) -> None:
        """Give the descriptor back; mappings stay. Closing twice is nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    def _seal(self, *names: str) -> None:
        if hasattr(fcntl, "F_ADD_SEALS"):
            fcntl.fcntl(self._descriptor, fcntl.F_ADD_SEALS, sum(getattr(fcntl, name) for name in names))


# --- pickling ---------------------------------------------------------------------------------------------------


def _arrived(index: int, size: int) -> Shared:  # pragma: no cover
    """Stands in a pickle for the descriptor number *index* beside it; the unpickler puts its own function here."""
    raise pickle.UnpicklingError("a Shared was unpickled outside of a message")


def _arrived_document(
    index: int, size: int, mime: str | None, name: str | None, password: str | None
) -> FileOnDisk:  # pragma: no cover
    """Likewise for a document in memory, which the other process sees as a file."""
    raise pickle.UnpicklingError("a document was unpickled outside of a message")


def encode(message: Message, documents: Callable[[Bytes], Shared] | None = None) -> tuple[bytes, list[Shared]]:
    """
    Return *message* as bytes with its header, and the memory whose descriptors go beside them.

    Args:
        documents: Gives the memory that holds a document's bytes; by default a fresh copy.
    """
    beside: list[Shared] = []
    place = documents or (lambda document: Shared.holding(document.data))

    def of_memory(memory: Shared) -> tuple[Any, ...]:
        beside.append(memory)
        return _arrived, (len(beside) - 1, memory.size)

    def of_document(document: Bytes) -> tuple[Any, ...]:
        memory = place(document)
        beside.append(memory)
        return _arrived_document, (len(beside) - 1, memory.size, document.mime, document.name, document.password)

    buffer = io.BytesIO()
    buffer.write(bytes(_HEADER.size))
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.dispatch_table = {Shared: of_memory, Bytes: of_document}
    pickler.dump(message)
    _HEADER.pack_into(buffer.getbuffer(), 0, buffer.tell() - _HEADER.size, len(beside))
    return buffer.getvalue(), beside


# What an answer may be made of. Everything of ours that is listed is a plain value.
_VALUES = frozenset(
    {"ocr_async.errors", "ocr_async.models.document", "ocr_async.models.response", "ocr_async.engine.values"}
)
_BUILTINS = frozenset(
    {
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("builtins", "TimeoutError"),
        ("pathlib", "PosixPath"),
        ("types", "MappingProxyType"),
    }
)


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: memoryview, descriptors: Sequence[int], *, trusted: bool) -> None:
        super().__init__(io.BytesIO(data))
        self._trusted = trusted
        memory = [Shared(descriptor, 0) for descriptor in descriptors]

        def take(index: int, size: int) -> Shared:
            # The sender's word is not enough: reading past the end of a mapping kills the reader.
            memory[index].size = min(size, os.fstat(memory[index].fileno()).st_size)
            return memory[index]

        def document(index: int, size: int, mime: str | None, name: str | None, password: str | None) -> FileOnDisk:
            return FileOnDisk(path=take(index, size), size=size, mime=mime, name=name, password=password)

        # No methods: the memo would hold them and they the unpickler, and all that was read would wait for the
        # garbage collector.
        self._own = {_arrived.__name__: take, _arrived_document.__name__: document}

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in self._own:
            return self._own[name]
        if self._trusted or module in _VALUES or (module, name) in _BUILTINS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a worker may not send {module}.{name}")


class Decoder:
    """
    Puts messages together from the pieces in which a socket delivers them.

    Args:
        trusted: Whether any class may be unpickled: True in a worker, whose only peer is the process that started it.
    """

    def __init__(self, *, trusted: bool = False) -> None:
        self._trusted = trusted
        self._bytes = bytearray()
        self._descriptors: deque[int] = deque()

    def feed(self, data: bytes, descriptors: Sequence[int]) -> list[Message]:
        """
        Take in what one `recvmsg` gave; return the messages that are complete now.

        Raises:
            EngineError: This is no message of ours.
        """
        self._bytes += data
        self._descriptors.extend(descriptors)
        messages: list[Message] = []
        while len(self._bytes) >= _HEADER.size:
            length, beside = _HEADER.unpack_from(self._bytes)
            if length > _LARGEST or beside > _MOST_DESCRIPTORS:
                raise EngineError("a worker sent a message that is too large")
            end = _HEADER.size + length
            if len(self._bytes) < end:
                break
            if len(self._descriptors) < beside:
                raise EngineError("a worker sent a message without its memory")
            taken = [self._descriptors.popleft() for _ in range(beside)]
            with memoryview(self._bytes) as whole, whole[_HEADER.size : end] as body:
                messages.append(self._load(body, taken))
            del self._bytes[:end]
        return messages

    def close(self) -> None:
        """Give back the descriptors of messages that never became complete."""
        while self._descriptors:
            os.close(self._descriptors.popleft())

    def _load(self, body: memoryview, descriptors: Sequence[int]) -> Message:
        try:
            message = _Unpickler(body, descriptors, trusted=self._trusted).load()
        except Exception as error:
            raise EngineError(f"a worker sent a message that cannot be read ({type(error).__name__})") from error
        if not isinstance(message, tuple):
            raise EngineError("a worker sent something that is no message")
        return message


# --- sockets ----------------------------------------------------------------------------------------------------


def read_some(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next bytes and descriptors of *connection*; no bytes at its end."""
    size = array.array("i").itemsize
    data, ancillary, _, _ = connection.recvmsg(_CHUNK, socket.CMSG_LEN(_MOST_DESCRIPTORS * size), _CLOSE_ON_EXEC)
    descriptors = array.array("i")
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(value[: len(value) - len(value) % size])
    return data, list(descriptors)


_CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def write_some(connection: socket.socket, data: memoryview, beside: Sequence[Shared]) -> int:
    """Send what *connection* takes of *data*, the descriptors with its first byte; return how many bytes went."""
    if not beside:
        return connection.send(data)
    rights = array.array("i", [memory.fileno() for memory in beside])
    return connection.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def send(connection: socket.socket, message: Message) -> None:
    """Send *message* over a blocking socket."""
    data, beside = encode(message)
    view = memoryview(data)
    view = view[write_some(connection, view, beside) :]
    connection.sendall(view)


def receive(connection: socket.socket, decoder: Decoder) -> list[Message]:
    """Wait for at least one message on a blocking socket; an empty list at its end."""
    while True:
        data, descriptors = read_some(connection)
        if not data:
            return []
        if messages := decoder.feed(data, descriptors):
            return messages

"""Messages over a socket, the descriptors of their memory beside them where they have such."""

from __future__ import annotations

import array
import socket
from collections.abc import Sequence

from . import memory
from .memory import Shared
from .messages import MOST_DESCRIPTORS, Decoder, Message, encode


__all__ = ["read_some", "receive", "send", "write_some"]

_CHUNK = 1 << 18
_CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def read_some(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next bytes and descriptors of *connection*; no bytes at its end."""
    if memory.NAMED:
        return connection.recv(_CHUNK), []
    size = array.array("i").itemsize
    data, ancillary, _, _ = connection.recvmsg(_CHUNK, socket.CMSG_LEN(MOST_DESCRIPTORS * size), _CLOSE_ON_EXEC)
    descriptors = array.array("i")
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(value[: len(value) - len(value) % size])
    return data, list(descriptors)


def write_some(connection: socket.socket, data: memoryview, beside: Sequence[Shared]) -> int:
    """Send what *connection* takes of *data*, the descriptors with its first byte; return how many bytes went."""
    if not beside:
        return connection.send(data)
    rights = array.array("i", [memory.fileno() for memory in beside])
    return connection.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def send(connection: socket.socket, message: Message) -> None:
    """Send *message* over a blocking socket; its memory is for the receiver to keep."""
    data, beside = encode(message, give_away=True)
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

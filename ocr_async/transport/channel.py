"""
The socket to a worker, as an event loop watches it.

Where memory crosses by descriptors the loop only says when the socket is ready, as no loop knows `recvmsg`. Elsewhere
it is a connection like any other, on loops that watch no sockets too (Windows' proactor).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import weakref
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from .._ipc import memory
from .._ipc.memory import Shared
from .._ipc.sockets import read_some, write_some
from .._platform.forks import after_in_child


__all__ = ["Channel", "open_channel"]

Arrived = Callable[[bytes, Sequence[int]], None]
"""Called with bytes and descriptors as they come; with no bytes at the end."""


class Channel(Protocol):
    """Bytes to a worker, and the memory beside them."""

    async def send(self, data: bytes, beside: Sequence[Shared]) -> None:
        """
        Send all of *data*; one sender at a time.

        Raises:
            OSError: The worker is gone.
        """
        ...

    def close(self) -> None:
        """Watch no more; whoever waits to send goes on."""
        ...


async def open_channel(connection: socket.socket, arrived: Arrived) -> Channel:
    """Watch *connection* on the running loop."""
    _connections.add(connection)
    connection.setblocking(False)
    if not memory.NAMED:
        return _Watched(connection, arrived)
    loop = asyncio.get_running_loop()
    _, channel = await loop.create_connection(lambda: _Stream(arrived), sock=connection)
    return channel


class _Watched:
    def __init__(self, connection: socket.socket, arrived: Arrived) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._arrived = arrived
        self._closed = False
        self._loop.add_reader(connection, self._readable)

    async def send(self, data: bytes, beside: Sequence[Shared]) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[write_some(self._connection, rest, beside) :]
                beside = ()
            except BlockingIOError:
                await self._writable()

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()

        def can_write() -> None:
            if not ready.done():
                ready.set_result(None)

        self._loop.add_writer(self._connection, can_write)
        try:
            await ready
        finally:
            if not self._closed:
                self._loop.remove_writer(self._connection)

    def _readable(self) -> None:
        try:
            data, descriptors = read_some(self._connection)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        self._arrived(data, descriptors)

    def close(self) -> None:
        if self._closed:  # the connection too, meanwhile
            return
        self._closed = True
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.remove_reader(self._connection)


class _Stream(asyncio.Protocol):
    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._arrived(data, ())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._may_write.set()
        self._arrived(b"", ())

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    async def send(self, data: bytes, beside: Sequence[Shared]) -> None:
        assert not beside, "memory without a name crosses by descriptors alone"
        if self._transport is None:
            raise ConnectionError("the worker is gone")
        self._transport.write(data)
        await self._may_write.wait()

    def close(self) -> None:
        if self._transport is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._transport.abort()


_connections: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _after_fork() -> None:
    # A copy of the socket here would keep the parent's workers alive after the parent. The selector that watches it
    # is shared with the parent, so nothing is unregistered: the descriptor alone is closed.
    for connection in list(_connections):
        connection.close()


after_in_child(_after_fork)

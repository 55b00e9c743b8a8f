"""
The sockets that all workers accept on: opened by the process that starts them, so that no connection is lost with a
worker, whether it waits to be accepted or comes while one is replaced by another.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

from aiohttp import web

from ..intake.connections import Site
from .board import Place


__all__ = ["BACKLOG", "SharedSite", "open_sockets"]

BACKLOG = 1024
_STEP_BACK = 0.002  # seconds for which a worker leaves a connection to those that have fewer
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE = 1.0  # seconds, as asyncio waits, before it is tried again to accept without room


async def open_sockets(host: str, port: int) -> list[socket.socket]:
    """
    Listen at *host* and *port*, 0 for a free one.

    Raises:
        OSError: The address cannot be listened to.
    """
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, host, port, backlog=BACKLOG, start_serving=False)
    try:
        opened = [socket.socket(fileno=socket.dup(each.fileno())) for each in server.sockets]
    finally:
        server.close()
    for each in opened:
        each.setblocking(False)
        each.listen(BACKLOG)
    return opened


class SharedSite(Site):
    """
    Accepts on sockets that other workers accept on as well.

    One connection at a time, and those with fewer connections first: asyncio's own way would give all that wait to
    whoever wakes first.
    """

    __slots__ = ("_place", "_sockets", "_tasks")

    def __init__(self, runner: web.AppRunner, sockets: list[socket.socket], place: Place, **edge: Any) -> None:
        super().__init__(runner, "", 0, **edge)
        self._sockets = sockets
        self._place = place
        self._tasks: set[asyncio.Task[Any]] = set()
        self.opened.changed = place.connections

    async def start(self) -> None:
        await web.BaseSite.start(self)
        self._place.listen()
        for each in self._sockets:
            self._watch(each)

    async def stop(self) -> None:
        self._place.leave()
        loop = asyncio.get_running_loop()
        sockets, self._sockets = self._sockets, []
        for each in sockets:
            loop.remove_reader(each)
            each.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().stop()

    def _watch(self, listener: socket.socket) -> None:
        if listener in self._sockets:
            asyncio.get_running_loop().add_reader(listener, self._ready, listener)

    def _ready(self, listener: socket.socket) -> None:
        if not self._place.has_more():
            self._accept(listener)
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)
        loop.call_later(_STEP_BACK, self._resume, listener)

    def _resume(self, listener: socket.socket) -> None:
        if listener in self._sockets:
            self._watch(listener)
            self._accept(listener)

    def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker has it, or its client is gone
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            loop.call_exception_handler({"message": "no connection can be accepted", "exception": error})
            loop.remove_reader(listener)
            loop.call_later(_PAUSE, self._watch, listener)
            return
        connection.setblocking(False)
        task = loop.create_task(loop.connect_accepted_socket(self._guard, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

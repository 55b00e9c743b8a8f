"""
Calls between two processes over a socket, in both directions: JSON lines, all of one turn of the loop in one write.

Both ends are ours and started by one of them, so what comes is trusted. A function is known by its name, and takes and
returns what JSON has words for.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any, cast

from attrs import asdict

from ...errors import ConfigurationError
from ..http_errors import HTTPError
from ..operating.log import event


__all__ = ["Link", "LinkLost", "open_link"]

_LOG = logging.getLogger("ocr_async.gateway")

_encode = json.JSONEncoder(separators=(",", ":")).encode
_ASK, _VALUE, _REFUSED, _MISTAKEN, _FAILED = range(5)


class LinkLost(ConnectionError):
    """The other process is gone."""


async def open_link(
    connection: socket.socket, serves: Mapping[str, Callable[..., Any]], lost: Callable[[], object] = lambda: None
) -> Link:
    """
    Return the link over *connection*.

    Args:
        serves: Functions and coroutine functions by the names under which the other process calls them.

        lost: Called when the other process is gone, or the link was closed.
    """
    connection.setblocking(False)
    _, link = await asyncio.get_running_loop().create_unix_connection(lambda: Link(serves, lost), sock=connection)
    return link


class Link(asyncio.Protocol):
    """One end; `open_link` makes it."""

    def __init__(self, serves: Mapping[str, Callable[..., Any]], lost: Callable[[], object]) -> None:
        self._serves = serves
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in = bytearray()
        self._out: list[bytes] = []

    # --- calling ----------------------------------------------------------------------------------------------------

    async def call(self, name: str, *arguments: Any) -> Any:
        """
        Return what the other process's function *name* returns. It is asked at once, in the order of the calls, and
        whoever stops waiting does not stop it.

        Raises:
            HTTPError, ConfigurationError: As it does.

            LinkLost: The process is gone, or goes meanwhile.
        """
        if self._transport is None:
            raise LinkLost("the other process is gone")
        number = next(self._numbers)
        answer = self._asked[number] = self._loop.create_future()
        self._send(_ASK, number, name, arguments)
        try:
            return await answer
        finally:
            self._asked.pop(number, None)

    def tell(self, name: str, *arguments: Any) -> None:
        """Have the other process's function *name* called, whatever becomes of it; in the order of `call`."""
        self._send(_ASK, 0, name, arguments)

    def close(self) -> None:
        """End the link, when what was told is on its way."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _send(self, *message: Any) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(_encode(message).encode() + b"\n")

    def _flush(self) -> None:
        data, self._out = b"".join(self._out), []
        if data and self._transport is not None:
            self._transport.write(data)

    # --- being called -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._in += data
        *lines, rest = self._in.split(b"\n")
        self._in = rest
        for line in lines:
            kind, number, *said = json.loads(line)
            if kind == _ASK:
                self._do(number, *said)
            elif (asked := self._asked.get(number)) is not None and not asked.done():
                _settle(asked, kind, said[0])

    def _do(self, number: int, name: str, arguments: list[Any]) -> None:
        try:
            value = self._serves[name](*arguments)
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._fail(number, name, error)
            return
        if inspect.iscoroutine(value):
            task = self._loop.create_task(self._finish(number, name, value), name=f"ocr_async.link.{name}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif number:
            self._send(_VALUE, number, value)

    async def _finish(self, number: int, name: str, work: Any) -> None:
        try:
            value = await work
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._fail(number, name, error)
        else:
            if number:
                self._send(_VALUE, number, value)

    def _fail(self, number: int, name: str, error: Exception) -> None:
        if isinstance(error, HTTPError):
            answer: tuple[Any, ...] = _REFUSED, number, asdict(error)
        elif isinstance(error, ConfigurationError):
            answer = _MISTAKEN, number, str(error)
        else:
            event(_LOG, logging.ERROR, "link_failed", function=name, error_type=type(error).__name__)
            answer = _FAILED, number, type(error).__name__
        if number:
            self._send(*answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(LinkLost("the other process is gone"))
        self._asked.clear()
        for task in self._tasks:
            task.cancel()
        self._lost()


def _settle(asked: asyncio.Future[Any], kind: int, said: Any) -> None:
    match kind:
        case 1:
            asked.set_result(said)
        case 2:
            asked.set_exception(HTTPError(**said))
        case 3:
            asked.set_exception(ConfigurationError(said))
        case _:
            asked.set_exception(RuntimeError(f"the other process failed ({said})"))

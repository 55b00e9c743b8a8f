"""
Calls between two processes over a socket, in both directions: the messages of the engine's workers, which are JSON with
descriptors of memory beside it; all of one turn of the loop in one write.

Both ends are ours and started by one of them, so what comes is trusted. A function is known by its name, and takes and
returns what `_ipc.messages` has words for.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import logging
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import asdict

from ..._ipc.memory import Shared
from ..._ipc.messages import Decoder, encode
from ...errors import OCRError
from ...transport.channel import Channel, open_channel
from ..http_errors import HTTPError
from ..operating.log import event


__all__ = ["Link", "LinkLost", "open_link"]

_LOG = logging.getLogger("ocr_async.gateway")


class LinkLost(ConnectionError):
    """The other process is gone."""


async def open_link(
    connection: socket.socket, serves: Mapping[str, Callable[..., Any]], lost: Callable[[], object] = lambda: None
) -> Link:
    """
    Return the link over *connection*, which is its own from now on.

    Args:
        serves: Functions and coroutine functions by the names under which the other process calls them.

        lost: Called when the other process is gone, or the link was closed.
    """
    link = Link(connection, serves, lost)
    link.channel = await open_channel(connection, link.arrived)
    return link


class Link:
    """One end; `open_link` makes it."""

    def __init__(
        self, connection: socket.socket, serves: Mapping[str, Callable[..., Any]], lost: Callable[[], object]
    ) -> None:
        self.channel: Channel | None = None
        self._connection = connection
        self._serves = serves
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder(trusted=True)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._doing: dict[asyncio.Task[None], int] = {}
        self._out: deque[tuple[bytes, list[Shared]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    # --- calling ----------------------------------------------------------------------------------------------------

    async def call(self, name: str, *arguments: Any, stops: bool = False) -> Any:
        """
        Return what the other process's function *name* returns. It is asked at once, in the order of the calls, and
        whoever stops waiting stops it only where it *stops*.

        Raises:
            HTTPError, OCRError: As it does.

            LinkLost: The process is gone, or goes meanwhile.
        """
        if self.channel is None:
            raise LinkLost("the other process is gone")
        number = next(self._numbers)
        answer = self._asked[number] = self._loop.create_future()
        self._send("ask", number, name, arguments)
        try:
            return await answer
        except asyncio.CancelledError:
            if stops:
                self._send("stop", number)
            raise
        finally:
            self._asked.pop(number, None)

    def tell(self, name: str, *arguments: Any) -> None:
        """Have the other process's function *name* called, whatever becomes of it; in the order of `call`."""
        self._send("ask", 0, name, arguments)

    async def close(self) -> None:
        """End the link, when what was told is on its way."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._end()

    def _send(self, *message: Any) -> None:
        self._out.append(encode(message, give_away=True))
        if self._writing is None or self._writing.done():
            self._writing = self._loop.create_task(self._write(), name="ocr_async.link.write")

    async def _write(self) -> None:
        while self._out and self.channel is not None:
            data, beside = self._out.popleft()
            together = [data]
            while not beside and self._out and not self._out[0][1]:
                together.append(self._out.popleft()[0])
            try:
                await self.channel.send(b"".join(together), beside)
            except OSError:
                self._end()

    # --- being called -----------------------------------------------------------------------------------------------

    def arrived(self, data: bytes, descriptors: Sequence[int]) -> None:
        """Take what the other process sent; nothing, when it is gone."""
        for kind, number, *said in self._decoder.feed(data, descriptors):
            if kind == "ask":
                self._do(number, *said)
            elif kind == "stop":
                for task in [task for task, asked in self._doing.items() if asked == number]:
                    task.cancel()
            elif (asked := self._asked.get(number)) is not None and not asked.done():
                _settle(asked, kind, said[0])
        if not data:
            self._end()

    def _do(self, number: int, name: str, arguments: list[Any]) -> None:
        try:
            value = self._serves[name](*arguments)
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._fail(number, name, error)
            return
        if inspect.iscoroutine(value):
            task = self._loop.create_task(self._finish(number, name, value), name=f"ocr_async.link.{name}")
            self._doing[task] = number
            task.add_done_callback(self._doing.pop)
        elif number:
            self._send("value", number, value)

    async def _finish(self, number: int, name: str, work: Any) -> None:
        try:
            value = await work
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self._fail(number, name, error)
        else:
            if number:
                self._send("value", number, value)

    def _fail(self, number: int, name: str, error: Exception) -> None:
        if isinstance(error, HTTPError):
            answer: tuple[Any, ...] = "refused", number, asdict(error)
        elif isinstance(error, OCRError):
            answer = "raised", number, error
        else:
            event(_LOG, logging.ERROR, "link_failed", function=name, error_type=type(error).__name__)
            answer = "failed", number, type(error).__name__
        if number:
            self._send(*answer)

    def _end(self) -> None:
        if self.channel is None:
            return
        self.channel.close()
        self.channel = None
        self._decoder.close()
        self._connection.close()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(LinkLost("the other process is gone"))
        self._asked.clear()
        for task in self._doing:
            task.cancel()
        self._lost()


def _settle(asked: asyncio.Future[Any], kind: str, said: Any) -> None:
    match kind:
        case "value":
            asked.set_result(said)
        case "refused":
            asked.set_exception(HTTPError(**said))
        case "raised":
            asked.set_exception(said)
        case _:
            asked.set_exception(RuntimeError(f"the other process failed ({said})"))

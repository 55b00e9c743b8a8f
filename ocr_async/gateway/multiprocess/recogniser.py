"""
One recogniser for several processes: its networks are in memory once, and each core reads one page.

The process that starts it lends it out over a socket to each of the others, which draw pages in parsers of their own
and send their pictures: the descriptors of shared memory, no bytes. Both ends are ours; the messages are a worker's.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from ..._ipc import values
from ..._ipc.messages import Decoder, encode
from ...errors import EngineError, OCRError
from ...steps import Compute
from ...transport import workers
from ...transport.channel import Channel, open_channel


__all__ = ["Lent", "borrow", "lend"]


class _End:
    """One end of the socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._decoder = Decoder(trusted=True)
        self._sending = asyncio.Lock()
        self._channel: Channel | None = None

    async def open(self) -> None:
        self._channel = await open_channel(self._connection, self._arrived)

    def close(self) -> None:
        """Close the socket; what is under way is given up."""
        if self._channel is not None:
            self._channel.close()
        self._decoder.close()
        self._connection.close()

    async def _send(self, *message: Any) -> None:
        assert self._channel is not None, "it was opened"
        data, beside = encode(message, give_away=True)
        async with self._sending:
            await self._channel.send(data, beside)

    def _arrived(self, data: bytes, descriptors: Sequence[int]) -> None:
        for message in self._decoder.feed(data, descriptors):
            self._take(message)
        if not data:
            self._lost()

    def _take(self, message: tuple[Any, ...]) -> None:
        raise NotImplementedError

    def _lost(self) -> None:
        raise NotImplementedError


class Lent(_End):
    """The end of the process that has the recogniser; `lend` makes it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        super().close()

    def _take(self, message: tuple[Any, ...]) -> None:
        number, task, arguments, seconds = message
        if task == "stop":
            if number in self._tasks:
                self._tasks[number].cancel()
            return
        step = Compute(task=task, arguments=arguments, seconds=seconds, worker="recogniser")
        doing = asyncio.get_running_loop().create_task(self._do(number, step), name="ocr_async.lent")
        self._tasks[number] = doing
        doing.add_done_callback(lambda _: self._tasks.pop(number))

    async def _do(self, number: int, step: Compute) -> None:
        try:
            answer: tuple[str, Any] = "done", await workers.run(step)
        except OCRError as error:
            answer = "failed", error
        with contextlib.suppress(OSError):  # the borrower is gone
            await self._send(number, *answer)

    def _lost(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        if self._channel is not None:
            self._channel.close()


async def lend(connection: socket.socket) -> Lent:
    """Let the process at the other end of *connection* use the running loop's recogniser."""
    lent = Lent(connection)
    await lent.open()
    return lent


class _Borrowed(_End):
    """The end of a process that uses it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    async def do(self, step: Compute, arguments: Mapping[str, Any]) -> Any:
        """
        Return what *step* gives, of which *arguments* are computed already.

        Raises:
            OCRError: As `workers.run`.
        """
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send(number, step.task, dict(arguments), step.seconds)
            return values.answer(step.task)(await answer)
        except OSError:
            raise _gone() from None
        except asyncio.CancelledError:
            if answer.cancelled():  # it was sent, and not answered
                stopping = asyncio.create_task(self._stop(number), name="ocr_async.borrowed.stop")
                self._stopping.add(stopping)
                stopping.add_done_callback(self._stopping.discard)
            raise
        finally:
            del self._asked[number]

    async def _stop(self, number: int) -> None:
        with contextlib.suppress(OSError):  # the lender is gone
            await self._send(number, "stop", {}, 0.0)

    def _take(self, message: tuple[Any, ...]) -> None:
        number, what, value = message
        asked = self._asked.get(number)
        if asked is None or asked.done():
            return
        if what == "done":
            asked.set_result(value)
        else:
            asked.set_exception(value)

    def _lost(self) -> None:
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(_gone())
        if self._channel is not None:
            self._channel.close()


def _gone() -> EngineError:
    return EngineError("the process that has the engine's recogniser is gone")


async def borrow(connection: socket.socket, *, parsers: int) -> None:
    """
    Have the running loop use the recogniser at the other end of *connection*, and no more than so many *parsers*.

    To be called before anything is read.
    """
    borrowed = _Borrowed(connection)
    await borrowed.open()
    await workers.use(borrowed.do, borrowed.close, parsers=parsers)

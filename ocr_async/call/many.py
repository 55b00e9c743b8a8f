"""Many documents at once: a window of them in flight, however many there are, and failures as values."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from anyio.streams.memory import MemoryObjectReceiveStream
from attrs import define, field, frozen

from .._tasks import require_asyncio, task_group
from ..errors import AuthenticationFailed, OCRError
from ..models import OCRResponse
from ..transport.patience import Patience
from .call import call
from .document_window import DocumentWindow, in_memory
from .options import AnyDocuments, DocumentLike, Options


__all__ = ["OCRDone", "OCRFailed", "OCRResult", "Results", "read_many", "read_stream"]

_PAYMENT_REQUIRED = 402


@frozen(kw_only=True)
class OCRDone:
    """
    One of many documents, and its pages.

    Attributes:
        index: Its place among the documents, from 0.

        document: As the caller gave it.

        response: Its pages.

        error: None.
    """

    index: int
    document: Any = field(repr=False)
    response: OCRResponse
    error: None = field(default=None, init=False, repr=False)

    def unwrap(self) -> OCRResponse:
        """Return the response."""
        return self.response


@frozen(kw_only=True)
class OCRFailed:
    """
    One of many documents, and why it failed.

    Attributes:
        index: Its place among the documents, from 0.

        document: As the caller gave it.

        response: None.

        error: Why it failed.
    """

    index: int
    document: Any = field(repr=False)
    response: None = field(default=None, init=False, repr=False)
    error: OCRError

    def unwrap(self) -> NoReturn:
        """Raise the error."""
        raise self.error


# Two classes rather than one with two optional fields: type checkers then see that `error is None` is a response.
OCRResult = OCRDone | OCRFailed


class Results(ObjectReceiveStream[OCRResult]):
    """The results of a stream; after the last one it raises what the stream was stopped for."""

    def __init__(self, results: MemoryObjectReceiveStream[OCRResult], patience: Patience) -> None:
        self._results = results
        self._patience = patience

    async def receive(self) -> OCRResult:
        try:
            return await self._results.receive()
        except anyio.EndOfStream:
            self._patience.check()
            raise

    def receive_nowait(self) -> OCRResult:
        """Return a result that is there; `anyio.WouldBlock` tells that there is none yet."""
        return self._results.receive_nowait()

    async def aclose(self) -> None:
        self._results.close()


async def read_many(documents: AnyDocuments, options: Options) -> list[OCRResponse | OCRError]:
    """
    Read *documents*; return a response or an error for each, in their order.

    What would end a stream is the error of each document that was not read; nothing more is sent then.
    """
    patience = Patience()
    async with _reading(documents, options, patience, ordered=True, every=True) as results:
        return [result.response if result.error is None else result.error async for result in results]


@asynccontextmanager
async def read_stream(documents: AnyDocuments, options: Options, *, ordered: bool) -> AsyncIterator[Results]:
    """
    Read *documents* as they come; yield a stream of their results.

    A key that is refused, and a provider that stays down for longer than the policy's `patience`, are no document's
    fault: the results of what was on its way still come, and then the stream raises the error.
    """
    patience = Patience()
    async with _reading(documents, options, patience, ordered=ordered, every=False) as results:
        yield Results(results, patience)


@asynccontextmanager
async def _reading(
    documents: AnyDocuments, options: Options, patience: Patience, *, ordered: bool, every: bool
) -> AsyncIterator[MemoryObjectReceiveStream[OCRResult]]:
    require_asyncio()
    send, receive = anyio.create_memory_object_stream[OCRResult]()
    feed = _Feed(options=options, patience=patience, send=send, every=every)
    async with receive, task_group() as tasks:
        tasks.start_soon(feed.run, documents, ordered)
        try:
            yield receive
        finally:
            tasks.cancel_scope.cancel()


@define(kw_only=True, eq=False)
class _Feed:
    """
    Takes documents while there is room in the window, and reads each in a task of its own.

    Attributes:
        every: Whether documents that were not read because the stream was stopped have results too.
    """

    options: Options
    patience: Patience
    send: ObjectSendStream[OCRResult]
    every: bool
    window: DocumentWindow = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.window = DocumentWindow(patience=self.patience, wished=self.options.max_concurrency or 0)

    async def run(self, documents: AnyDocuments, ordered: bool) -> None:
        turn = anyio.Event()
        turn.set()
        index = 0
        following = _following(documents)
        async with self.send, task_group() as workers:
            while True:
                try:
                    with contextlib.nullcontext() if self.every else self.patience.waiting():
                        await self.window.place()
                        document = await following()
                except StopAsyncIteration:
                    return
                except OCRError:
                    if self.patience.stopped is None or self.every:
                        raise
                    return
                size = in_memory(document)
                self.window.take(size)
                done = anyio.Event()
                workers.start_soon(self._one, index, document, size, turn if ordered else None, done)
                turn, index = done, index + 1
                del document

    async def _one(
        self, index: int, document: DocumentLike, size: int, turn: anyio.Event | None, done: anyio.Event
    ) -> None:
        result = await self._read(index, document)
        self.window.finished += 1
        if turn is not None:
            await turn.wait()
        if result is not None:
            # The place in the window is free only now: a result that nobody takes holds back the next document.
            self.window.offered += 1
            await self.send.send(result)
            self.window.offered -= 1
        done.set()
        self.window.release(size)

    async def _read(self, index: int, document: DocumentLike) -> OCRResult | None:
        """Return the result; None for a document of which nothing can be said, as the stream was stopped."""
        patience = self.patience
        try:
            patience.check()
            response = await call(document, self.options, patience=patience)
            return OCRDone(index=index, document=document, response=response)
        except OCRError as error:
            if isinstance(error, AuthenticationFailed) or getattr(error, "status", None) == _PAYMENT_REQUIRED:
                patience.stop(error)
            if not self.every and patience.stands_for(error):
                return None
            return OCRFailed(index=index, document=document, error=error)


def _following(documents: AnyDocuments) -> Callable[[], Awaitable[DocumentLike]]:
    """Return what returns the next document, or raises `StopAsyncIteration`."""
    if isinstance(documents, AsyncIterable):
        return aiter(documents).__anext__
    iterator = iter(documents)

    async def following() -> DocumentLike:
        for document in iterator:
            return document
        raise StopAsyncIteration

    return following

"""Many documents at once: a window of them in flight, however many there are, and failures as values."""

from __future__ import annotations

import contextlib
import math
import traceback
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from anyio.streams.memory import MemoryObjectReceiveStream
from attrs import define, field, frozen

from .._tasks import require_asyncio, task_group
from ..document import is_one
from ..errors import ConfigurationError, OCRError, is_of_the_key
from ..models import OCRPage, OCRResponse
from ..transport.patience import Patience
from .call import call
from .document_window import DocumentWindow, in_memory
from .options import AnyDocuments, DocumentLike, Options
from .page_stream import read_by_page
from .progress import PageObserver


__all__ = [
    "OCRDone",
    "OCRFailed",
    "OCRPageDone",
    "OCRResult",
    "Results",
    "following_of",
    "read_many",
    "read_page_stream",
    "read_stream",
]

T = TypeVar("T")


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


@frozen(kw_only=True)
class OCRPageDone:
    """
    A page of one of many documents.

    Attributes:
        index: The document's place among the documents, from 0; the page's own is `OCRPage.index`.

        document: As the caller gave it.

        page: What was read.
    """

    index: int
    document: Any = field(repr=False)
    page: OCRPage


class Results(ObjectReceiveStream[T]):
    """The results of a stream; after the last one it raises what the stream was stopped for."""

    def __init__(self, results: MemoryObjectReceiveStream[T], patience: Patience) -> None:
        self._results = results
        self._patience = patience

    async def receive(self) -> T:
        try:
            return await self._results.receive()
        except anyio.EndOfStream:
            self._patience.check()
            raise

    def receive_nowait(self) -> T:
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
async def read_stream(documents: AnyDocuments, options: Options, *, ordered: bool) -> AsyncIterator[Results[OCRResult]]:
    """
    Read *documents* as they come; yield a stream of their results.

    A key that is refused, and a provider that stays down for longer than the policy's `patience`, are no document's
    fault: the results of what was on its way still come, and then the stream raises the error.
    """
    patience = Patience()
    async with _reading(documents, options, patience, ordered=ordered, every=False) as results:
        yield Results(results, patience)


@asynccontextmanager
async def read_page_stream(
    documents: AnyDocuments, options: Options
) -> AsyncIterator[Results[OCRPageDone | OCRResult]]:
    """Read *documents* like `read_stream`; yield a stream of their pages, and of each document's result after them."""
    patience = Patience()
    async with _reading(documents, options, patience, ordered=False, every=False, by_page=True) as results:
        yield Results(results, patience)


@asynccontextmanager
async def _reading(
    documents: AnyDocuments,
    options: Options,
    patience: Patience,
    *,
    ordered: bool,
    every: bool,
    by_page: bool = False,
) -> AsyncIterator[MemoryObjectReceiveStream[Any]]:
    require_asyncio()
    following = following_of(documents)
    send, receive = anyio.create_memory_object_stream[Any]()
    feed = _Feed(options=options, patience=patience, send=send, every=every, by_page=by_page)
    async with receive, task_group() as tasks:
        tasks.start_soon(feed.run, following, ordered)
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

        by_page: Whether each page is sent when it is there, before the result of its document.
    """

    options: Options
    patience: Patience
    send: ObjectSendStream[Any]
    every: bool
    by_page: bool
    window: DocumentWindow = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.window = DocumentWindow(patience=self.patience, wished=self.options.max_concurrency or 0)

    async def run(self, following: Callable[[], Awaitable[DocumentLike]], ordered: bool) -> None:
        turn = anyio.Event()
        turn.set()
        index = 0
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
        result: OCRResult | None = None
        try:
            async with self._passing_on(index, document) if self.by_page else contextlib.nullcontext() as on_page:
                result = await self._read(index, document, on_page)
                self.window.finished += 1
            if turn is not None:
                await turn.wait()
            if result is not None:
                # The place in the window is free only now: a result that nobody takes holds back the next document.
                await self._offer(result)
        except anyio.get_cancelled_exc_class() as error:
            traceback.clear_frames(error.__traceback__)  # anyio keeps it in a circle, and the document with it
            del document, result
            raise
        done.set()
        self.window.release(size)

    async def _offer(self, result: OCRPageDone | OCRResult) -> None:
        self.window.offered += 1
        await self.send.send(result)
        self.window.offered -= 1

    @asynccontextmanager
    async def _passing_on(self, index: int, document: DocumentLike) -> AsyncIterator[PageObserver]:
        """Yield what sends the pages of *document*; on leaving, all of them were taken."""
        arrived, pages = anyio.create_memory_object_stream[OCRPage](math.inf)

        async def send() -> None:
            async for page in pages:
                await self._offer(OCRPageDone(index=index, document=document, page=page))

        async with pages, task_group() as tasks:
            tasks.start_soon(send)
            with arrived:
                yield arrived.send_nowait

    async def _read(self, index: int, document: DocumentLike, on_page: PageObserver | None) -> OCRResult | None:
        """Return the result; None for a document of which nothing can be said, as the stream was stopped."""
        patience = self.patience
        try:
            patience.check()
            if on_page is None:
                response = await call(document, self.options, patience=patience)
            else:
                response = await read_by_page(document, self.options, on_page, patience)
            return OCRDone(index=index, document=document, response=response)
        except OCRError as error:
            if is_of_the_key(error):
                patience.stop(error)
            if not self.every and patience.stands_for(error):
                return None
            return OCRFailed(index=index, document=document, error=error)


def following_of(documents: AnyDocuments) -> Callable[[], Awaitable[DocumentLike]]:
    """
    Return what returns the next document, or raises `StopAsyncIteration`.

    Raises:
        ConfigurationError: It is one document, or nothing that can be iterated over.
    """
    if is_one(documents):
        raise ConfigurationError("this is one document; give a list of documents, or call ocr()")
    if not isinstance(documents, (Iterable, AsyncIterable)):
        raise ConfigurationError(f"documents are a list, or are iterated over; {type(documents).__name__} is not")
    if isinstance(documents, AsyncIterable):
        return aiter(documents).__anext__
    iterator = iter(documents)

    async def following() -> DocumentLike:
        for document in iterator:
            return document
        raise StopAsyncIteration

    return following

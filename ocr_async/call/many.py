"""Many documents at once: a window of them in flight, however many there are, and failures as values."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from attrs import field, frozen

from .._tasks import require_asyncio, task_group
from ..errors import OCRError
from ..models import OCRResponse
from .call import call
from .options import AnyDocuments, DocumentLike, Options


__all__ = ["OCRDone", "OCRFailed", "OCRResult", "read_many", "read_stream"]

_WINDOW = 64  # documents in flight: wide enough for the adaptive limiter, which holds back their requests


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


async def read_many(documents: AnyDocuments, options: Options) -> list[OCRResponse | OCRError]:
    """Read *documents*; return a response or an error for each, in their order."""
    async with read_stream(documents, options, ordered=True) as results:
        return [result.response if result.error is None else result.error async for result in results]


@asynccontextmanager
async def read_stream(
    documents: AnyDocuments, options: Options, *, ordered: bool
) -> AsyncIterator[ObjectReceiveStream[OCRResult]]:
    """Read *documents* as they come; yield a stream of their results."""
    require_asyncio()
    send, receive = anyio.create_memory_object_stream[OCRResult]()
    window = anyio.Semaphore(max(_WINDOW, 2 * (options.max_concurrency or 0)))
    async with receive, task_group() as tasks:
        tasks.start_soon(_feed, documents, options, window, send, ordered)
        try:
            yield receive
        finally:
            tasks.cancel_scope.cancel()


async def _feed(
    documents: AnyDocuments,
    options: Options,
    window: anyio.Semaphore,
    send: ObjectSendStream[OCRResult],
    ordered: bool,
) -> None:
    attempt = anyio.Event()
    attempt.set()
    async with send, task_group() as workers:
        async for index, document in _numbered(documents, window):
            following = anyio.Event()
            workers.start_soon(_one, index, document, options, window, send, attempt if ordered else None, following)
            attempt = following


async def _numbered(documents: AnyDocuments, window: anyio.Semaphore) -> AsyncIterator[tuple[int, DocumentLike]]:
    index = 0
    if isinstance(documents, AsyncIterable):
        await window.acquire()
        async for document in documents:
            yield index, document
            index += 1
            await window.acquire()
        return
    iterator = iter(documents)
    while True:
        await window.acquire()
        try:
            document = next(iterator)
        except StopIteration:
            return
        yield index, document
        index += 1


async def _one(
    index: int,
    document: DocumentLike,
    options: Options,
    window: anyio.Semaphore,
    send: ObjectSendStream[OCRResult],
    attempt: anyio.Event | None,
    following: anyio.Event,
) -> None:
    result: OCRResult
    try:
        result = OCRDone(index=index, document=document, response=await call(document, options))
    except OCRError as error:
        result = OCRFailed(index=index, document=document, error=error)
    if attempt is not None:
        await attempt.wait()
    await send.send(result)
    # The place in the window is free only now: a result that nobody takes holds back the next document.
    following.set()
    window.release()

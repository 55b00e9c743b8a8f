"""The pages of one document as they come, as an object that is iterated: it owns the task that reads them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType

from attrs import define, field

from .._tasks import require_asyncio
from ..models import OCRPage, OCRResponse
from ..transport.patience import Patience
from .call import call
from .options import DocumentLike, Options
from .progress import PageObserver


__all__ = ["PageStream", "read_by_page"]


@define(eq=False)
class _State:
    """What the task that reads leaves behind; it must not know the stream, or a forgotten one would read on."""

    ready: asyncio.Queue[OCRPage | None] = field(factory=asyncio.Queue)
    response: OCRResponse | None = None
    error: BaseException | None = None


class PageStream:
    """
    Iterate over it for each `OCRPage` when it is there, in no fixed order; an error comes after the pages that came.

    Reading begins with the first page that is asked for. Leaving the loop early, or the ``async with`` block, cancels
    what is still under way.

    Attributes:
        response: All pages merged, once the last one was taken; None before.
    """

    def __init__(self, document: DocumentLike, options: Options) -> None:
        self._asked = document, options
        self._state: _State | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def response(self) -> OCRResponse | None:
        return None if self._state is None else self._state.response

    def __aiter__(self) -> PageStream:
        return self

    async def __anext__(self) -> OCRPage:
        if self._state is None:
            require_asyncio()
            self._loop = asyncio.get_running_loop()
            self._state = _State()
            self._task = self._loop.create_task(_read(*self._asked, self._state), name="ocr_async.pages")
        state = self._state
        if self._task is None:
            raise StopAsyncIteration
        try:
            page = await state.ready.get()
        except BaseException:
            await self.aclose()
            raise
        if page is not None:
            return page
        self._task = None
        if state.error is not None:
            error, state.error = state.error, None
            raise error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Cancel what is under way; nothing comes any more."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def __aenter__(self) -> PageStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._task is not None and self._loop is not None and not self._loop.is_closed():
            # a loop that was left without a word; whoever collects this may be on any thread
            self._loop.call_soon_threadsafe(self._task.cancel)


async def read_by_page(
    document: DocumentLike, options: Options, on_page: PageObserver, patience: Patience | None = None
) -> OCRResponse:
    """Read *document* like `call`; *on_page* is told of every page once, those of a cached response too."""
    told: set[int] = set()

    def arrived(page: OCRPage) -> None:
        told.add(page.index)
        on_page(page)

    response = await call(document, options, on_page=arrived, patience=patience)
    for page in response.pages:
        if page.index not in told:
            on_page(page)
    return response


async def _read(document: DocumentLike, options: Options, state: _State) -> None:
    try:
        state.response = await read_by_page(document, options, state.ready.put_nowait)
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError):
            raise
        state.error = error
    finally:
        state.ready.put_nowait(None)

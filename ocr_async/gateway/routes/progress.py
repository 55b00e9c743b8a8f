"""
Pages as they are ready: server-sent events or lines of JSON from the OCR route itself.

`page` carries one page, in the order of their getting ready; `done` the rest of the response; `error` ends the stream
where a failure can no longer be told as a status. The ids of pictures and tables are distinct within a page here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web
from attrs import define, evolve, field

from ... import formats
from ..._tasks import beside
from ...errors import OCRError
from ...models import OCRPage, OCRRequest, OCRResponse
from ..http_errors import HTTPError, body_of, http_error_of
from ..idempotency.decorator import settle_reading
from ..idempotency.in_flight import IdempotentRequest, StoredAnswer
from ..reading import Served, read
from ..state import context_of, gateway_of
from ..writing import written


__all__ = ["LINES", "Say", "Show", "stream", "wanted_stream"]

Show = Callable[[OCRPage | Served], Awaitable[dict[str, Any]]]
Tell = Callable[[OCRError], Exception]
Say = Callable[[str, Mapping[str, Any]], Awaitable[None]]
Ahead = Callable[[Say], Awaitable[None]]

SSE, LINES = "text/event-stream", "application/x-ndjson"
STATUS_WAIT = 2.0  # seconds for which a failure is still told as a status
KEEP_ALIVE = 15.0  # seconds of silence after which a comment is sent, for those in between who close silent connections


def wanted_stream(request: web.Request) -> str | None:
    """Return the type of stream that the Accept header of *request* asks for; None for an ordinary answer."""
    accepted = request.headers.get("Accept", "")
    return next((kind for kind in (SSE, LINES) if kind in accepted), None)


async def stream(
    request: web.Request,
    asked: OCRRequest,
    kind: str,
    show: Show | None = None,
    tell: Tell | None = None,
    ahead: Ahead | None = None,
    *,
    lenient: bool = False,
) -> web.StreamResponse:
    """
    Answer *request* with its pages as they get ready; a client that leaves ends the work.

    Args:
        show: Returns what the stream says of a page and of the end; by default what the module's docstring says.

        tell: Returns the error that is told in place of another; by default each is told as it is.

        ahead: Says what there is to say before a page is read: is called beside the reading, once that was admitted,
            with what puts an event into the stream and waits until it is written.

        lenient: See `read`.
    """
    queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    def emit(page: OCRPage) -> None:
        queue.put_nowait(("page", page))

    async def say(event: str, facts: Mapping[str, Any]) -> None:
        said = _Said(facts)
        queue.put_nowait((event, said))
        await said.written.wait()

    async def before(started: asyncio.Event) -> None:
        await started.wait()
        if ahead is not None:
            await ahead(say)

    async def work() -> None:
        started = asyncio.Event()

        async def start() -> None:
            started.set()

        try:
            async with beside(before(started)):
                served = await read(
                    gateway_of(request), context_of(request), asked, emit, lenient=lenient, on_start=start
                )
            queue.put_nowait(("done", served))
        except (HTTPError, OCRError) as error:
            queue.put_nowait(("error", error if tell is None or isinstance(error, HTTPError) else tell(error)))

    context = context_of(request)
    await settle_reading(context, asked, kind)
    async with beside(work()) as task:
        task.add_done_callback(lambda _: queue.put_nowait(("end", None)))
        first = await _next(queue, STATUS_WAIT)
        if first is not None and first[0] == "error":
            raise first[1]
        if first is not None and first[0] == "end":
            await task
        headers = {"Content-Type": kind, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers={**headers, "X-Request-Id": context.id, "Server": "ocr_async"})
        out = _Out(request, response, context.repeat)
        failure = await _write_all(out, queue, first, kind == SSE, context.id, show or _show)
        await task
        if context.repeat is not None and failure is not None:
            context.repeat.failure = failure
        elif context.repeat is not None:
            context.repeat.copy = StoredAnswer(200, headers, out.kept)
        await out.end()
        return response


@define(eq=False)
class _Said:
    """An event beside those of the reading."""

    facts: Mapping[str, Any]
    written: asyncio.Event = field(factory=asyncio.Event)


@define(eq=False)
class _Out:
    """Where a stream goes: to its client, and for a repeat of the request to what that is answered."""

    request: web.Request
    response: web.StreamResponse
    repeat: IdempotentRequest | None
    kept: bytearray = field(factory=bytearray, repr=False)
    left: bool = False

    async def write(self, data: bytes, *, keep: bool = True) -> None:
        """Send *data*; that the client has left ends the work only if it cannot come back for it."""
        if self.repeat is not None and keep:
            self.kept += data
        if self.left:
            return
        try:
            if not self.response.prepared:
                await self.response.prepare(self.request)
            await self.response.write(data)
        except ConnectionError:
            if self.repeat is None:
                raise
            self.left = True

    async def end(self) -> None:
        """Tell the client that this was all."""
        if not self.left:
            with suppress(ConnectionError):
                await self.response.write_eof()


async def _next(queue: asyncio.Queue[tuple[str, Any]], seconds: float) -> tuple[str, Any] | None:
    try:
        async with asyncio.timeout(seconds):
            return await queue.get()
    except TimeoutError:
        return None


async def _write_all(
    out: _Out,
    queue: asyncio.Queue[tuple[str, Any]],
    first: tuple[str, Any] | None,
    events: bool,
    request_id: str,
    show: Show,
) -> Exception | None:
    """Write what comes; return the failure, if the stream ends with one."""
    item: tuple[str, Any] | None = first
    failure: Exception | None = None
    while True:
        if item is None:
            await out.write(b": at work\n\n" if events else b"", keep=False)
        elif item[0] == "end":
            return failure
        else:
            value, failure = item[1], None
            if isinstance(value, _Said):
                facts = value.facts
            elif isinstance(value, (HTTPError, OCRError)):
                failure = value
                facts = {"error": body_of(http_error_of(value), "mistral", request_id)}
            else:
                facts = await show(value)
            data = formats.dumps({"event": item[0], **facts})
            await out.write(b"event: %b\ndata: %b\n\n" % (item[0].encode(), data) if events else data + b"\n")
            if isinstance(value, _Said):
                value.written.set()
        item = await _next(queue, KEEP_ALIVE)


async def _show(value: OCRPage | Served) -> dict[str, Any]:
    return await written((value,) if isinstance(value, OCRPage) else value.response.pages, partial(_facts, value))


def _facts(value: OCRPage | Served) -> dict[str, Any]:
    if isinstance(value, OCRPage):
        alone = OCRResponse(pages=(value,), model="")
        return {"page": formats.unstructure(alone, "mistral")["pages"][0]}
    written = formats.unstructure(evolve(value.response, pages=(), cost=value.cost), "mistral")
    del written["pages"]
    return {**written, "pages": [page.index for page in value.response.pages]}

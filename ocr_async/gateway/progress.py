"""
Pages as they are ready: server-sent events or lines of JSON from the OCR route itself.

`page` carries one page, in the order of their getting ready; `done` the rest of the response; `error` ends the stream
where a failure can no longer be told as a status. The ids of pictures and tables are distinct within a page here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from attrs import evolve

from .. import formats
from ..errors import OCRError
from ..models import OCRPage, OCRRequest, OCRResponse
from .reading import Served, read
from .refusals import Refusal, body_of, refusal_of
from .state import gateway_of, visit_of


__all__ = ["LINES", "Show", "stream", "wanted_stream"]

Show = Callable[[OCRPage | Served], Awaitable[dict[str, Any]]]

SSE, LINES = "text/event-stream", "application/x-ndjson"
STATUS_WAIT = 2.0  # seconds for which a failure is still told as a status
KEEP_ALIVE = 15.0  # seconds of silence after which a comment is sent, for those in between who close silent connections


def wanted_stream(request: web.Request) -> str | None:
    """Return the type of stream that the Accept header of *request* asks for; None for an ordinary answer."""
    accepted = request.headers.get("Accept", "")
    return next((kind for kind in (SSE, LINES) if kind in accepted), None)


async def stream(request: web.Request, asked: OCRRequest, kind: str, show: Show | None = None) -> web.StreamResponse:
    """
    Answer *request* with its pages as they get ready; a client that leaves ends the work.

    Args:
        show: Returns what the stream says of a page and of the end; by default what the module's docstring says.
    """
    queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    def tell(page: OCRPage) -> None:
        queue.put_nowait(("page", page))

    async def work() -> None:
        try:
            queue.put_nowait(("done", await read(gateway_of(request), visit_of(request), asked, tell)))
        except (Refusal, OCRError) as error:
            queue.put_nowait(("error", error))

    task = asyncio.create_task(work())
    task.add_done_callback(lambda _: queue.put_nowait(("end", None)))
    try:
        first = await _next(queue, STATUS_WAIT)
        if first is not None and first[0] == "error":
            raise first[1]
        if first is not None and first[0] == "end":
            await task
        response = web.StreamResponse(
            headers={"Content-Type": kind, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        response.headers["X-Request-Id"] = visit_of(request).id
        await response.prepare(request)
        await _write_all(response, queue, first, kind == SSE, visit_of(request).id, show or _show)
        await task
        await response.write_eof()
        return response
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _next(queue: asyncio.Queue[tuple[str, Any]], seconds: float) -> tuple[str, Any] | None:
    try:
        async with asyncio.timeout(seconds):
            return await queue.get()
    except TimeoutError:
        return None


async def _write_all(
    response: web.StreamResponse,
    queue: asyncio.Queue[tuple[str, Any]],
    first: tuple[str, Any] | None,
    events: bool,
    request_id: str,
    show: Show,
) -> None:
    item = first
    while True:
        if item is None:
            if events:
                await response.write(b": at work\n\n")
        elif item[0] == "end":
            return
        else:
            value = item[1]
            facts = {"error": _error(value, request_id)} if isinstance(value, Exception) else await show(value)
            data = formats.dumps({"event": item[0], **facts})
            await response.write(b"event: %b\ndata: %b\n\n" % (item[0].encode(), data) if events else data + b"\n")
        item = await _next(queue, KEEP_ALIVE)


async def _show(value: OCRPage | Served) -> dict[str, Any]:
    if isinstance(value, OCRPage):
        alone = OCRResponse(pages=(value,), model="")
        return {"page": formats.unstructure(alone, "mistral")["pages"][0]}
    written = formats.unstructure(evolve(value.response, pages=(), cost=value.cost), "mistral")
    del written["pages"]
    return {**written, "pages": [page.index for page in value.response.pages]}


def _error(error: Exception, request_id: str) -> dict[str, Any]:
    refusal = error if isinstance(error, Refusal) else refusal_of(error) if isinstance(error, OCRError) else None
    assert refusal is not None, "the work catches no others"
    return body_of(refusal, "mistral", request_id)

"""
Idempotency-Key: whoever asks again gets the answer that was made the first time, for 24 hours.

A request that is being worked on goes on when its client leaves, and a duplicate waits for it: the client that lost its
connection and asks again pays once. Answers are kept if they are good; after an error the next one is a new try. A
stream is kept as it was sent, and sent so again; asking for another form of the same pages is another request.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio.to_thread
from aiohttp import web
from attrs import fields

from ..._tasks import shielded
from ...models import Bytes, Document, FileOnDisk, OCRRequest, Url
from ..http_errors import HTTPError
from ..operating.log import event
from ..state import RequestContext, context_of, gateway_of, owner_of, storage_of
from ..storage.failures import StorageUnavailable
from .in_flight import AlreadyAnswered, IdempotentRequest, InFlightRequests, StoredAnswer


__all__ = ["fingerprint_of", "key_of", "once", "settle", "settle_reading"]

_LOG = logging.getLogger("ocr_async.gateway")

HEADER = "Idempotency-Key"
_MOST = 255  # characters of a key
_KEPT_HEADERS = ("X-OCR-",)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def once(handler: Handler) -> Handler:
    """Have *handler*, which calls `settle` when it has read its request, work on each Idempotency-Key once."""

    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        key = key_of(request)
        if key is None:
            return await handler(request)
        context, repeats = context_of(request), gateway_of(request).repeats
        context.repeat = IdempotentRequest(repeats, storage_of(request).answers, owner_of(request), key, request.path)
        task = asyncio.ensure_future(_work(handler, request, context.repeat))
        repeats.tasks.add(task)
        task.add_done_callback(functools.partial(_forget, repeats))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not context.repeat.first:
                task.cancel()
            raise
        except AlreadyAnswered as answered:
            context.facts["replayed"] = True
            return answered.answer

    return answer


def key_of(request: web.Request) -> str | None:
    """
    Return the Idempotency-Key of *request*; None if it has none.

    Raises:
        HTTPError: It is none that can be used.
    """
    key = request.headers.get(HEADER)
    if key is not None and (not 0 < len(key) <= _MOST or not key.isprintable()):
        raise HTTPError(400, f"{HEADER} is 1 to {_MOST} printable characters", "invalid_request", param=HEADER)
    return key


def _forget(repeats: InFlightRequests, task: asyncio.Task[web.StreamResponse]) -> None:
    repeats.tasks.discard(task)
    if not task.cancelled():
        task.exception()  # whose client left, nobody else asks


async def _work(handler: Handler, request: web.Request, repeat: IdempotentRequest) -> web.StreamResponse:
    try:
        response = await handler(request)
        copy = repeat.copy or _copy(response) if repeat.first else None
        if copy is not None:
            asked = repeat.repeats.in_flight[repeat.owner, repeat.key].fingerprint
            try:
                await repeat.answers.keep(repeat.owner, repeat.key, asked, copy.status, copy.headers, copy.body)
            except StorageUnavailable:  # it was paid for, and those who wait can have it
                event(_LOG, logging.ERROR, "answer_not_kept", request_id=context_of(request).id)
        elif repeat.first:
            await repeat.answers.release(repeat.owner, repeat.key)
    except BaseException as error:
        if repeat.first:
            try:
                await shielded(repeat.answers.release(repeat.owner, repeat.key))  # before the next one here asks for it
            finally:
                repeat.release(None, error if isinstance(error, Exception) else None)
        raise
    if repeat.first:
        repeat.release(copy, repeat.failure)
    return response


def _copy(response: web.StreamResponse) -> StoredAnswer | None:
    if not isinstance(response, web.Response) or response.status >= 300:
        return None
    if not isinstance(response.body, (bytes, bytearray, memoryview)):
        return None
    headers = {name: value for name, value in response.headers.items() if name.startswith(_KEPT_HEADERS)}
    return StoredAnswer(response.status, {"Content-Type": response.headers["Content-Type"], **headers}, response.body)


# --- what is asked ------------------------------------------------------------------------------------------------


async def settle(request: web.Request, asked: Any) -> None:
    """Go on with *request*, which asks for *asked* (JSON, or bytes in it), unless it was answered before."""
    if (repeat := context_of(request).repeat) is not None:
        await repeat.settle(await anyio.to_thread.run_sync(_fingerprint, [repeat.path, asked]))


async def settle_reading(context: RequestContext, asked: OCRRequest, form: str = "") -> None:
    """Do the same for an OCR request that is answered in *form*."""
    if context.repeat is not None:
        await context.repeat.settle(await fingerprint_of(context.repeat.path + form, asked))


async def fingerprint_of(path: str, asked: OCRRequest) -> str:
    """Return what tells *asked* from every other OCR request to *path*."""
    return await anyio.to_thread.run_sync(_fingerprint_of, path, asked)


def _fingerprint(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=_as_text).encode()).hexdigest()


def _as_text(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return hashlib.sha256(value).hexdigest()
    return dict(value) if isinstance(value, Mapping) else repr(value)


def _fingerprint_of(path: str, asked: OCRRequest) -> str:
    options = {one.name: getattr(asked, one.name) for one in fields(OCRRequest) if one.name != "document"}
    return _fingerprint([path, options, _document(asked.document)])


def _document(document: Document) -> list[Any]:
    match document:
        case Url():
            facts = document.image, document.name, document.detail
            return ["url", hashlib.sha256(document.url.encode("utf-8", "surrogatepass")).hexdigest(), *facts]
        case Bytes():
            return ["bytes", document.data, document.name]
        case FileOnDisk():
            with open(document.path, "rb") as file:
                return ["bytes", hashlib.file_digest(file, "sha256").hexdigest(), document.name]
        case _:
            return ["file", document.file_id]

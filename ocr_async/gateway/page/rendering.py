"""
``POST /page/render``: what was read as a file of any form, made of its JSON and the document, which the page has kept.

The gateway keeps neither. It is a request of its key like any other, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import anyio
import anyio.to_thread
from aiohttp import web
from attrs import evolve

from ... import formats
from ...call import prepare
from ...errors import ConfigurationError, ResponseInvalid
from ...export import Made, made_for
from ...export.apart import rendered_apart
from ...export.forms import require
from ...models import Bytes, FileOnDisk, OCRResponse
from ..access.control import Demand
from ..http_errors import HTTPError
from ..intake.bodies import Spool, too_large
from ..intake.forms import read_form
from ..intake.names import file_name, mime_type
from ..intake.parameters import Fields
from ..state import context_of, gateway_of
from .reading import MOST_PICTURES


__all__ = ["SLOTS", "forms", "render", "slots"]

_TYPES: Mapping[str, str] = {
    "md": "text/markdown",
    "json": "application/json",
    "text": "text/plain",
    "html": "text/html",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "hocr": "application/xhtml+xml",
    "alto": "application/xml",
}
_MOST_VALUES = 4_000_000  # quotes, brackets and commas of the JSON: some hundreds of pages with all their words
_SECONDS = 60.0
_AT_ONCE = 2
SLOTS = web.AppKey("SLOTS", anyio.CapacityLimiter)


def forms() -> list[str]:
    """Return the forms that can be made here."""
    return [form for form in _TYPES if _can_make(form)]


def slots() -> anyio.CapacityLimiter:
    """Return what keeps a gateway to so many files at once."""
    return anyio.CapacityLimiter(_AT_ONCE)


def _can_make(form: str) -> bool:
    try:
        require(form)
    except ConfigurationError:
        return False
    return True


async def render(request: web.Request) -> web.Response:
    """Answer with the response in the part ``response`` as a file; of the document in ``file``, where one is needed."""
    gateway, context = gateway_of(request), context_of(request)
    assert context.key is not None, "this is for routes that want a key"
    if request.content_type != "multipart/form-data":
        raise HTTPError(415, "this takes multipart/form-data, with the parts response and file", "invalid_form")
    form = context.facts["form"] = _form(request)
    most = gateway.config.max_request_bytes
    response, document = Spool(), Spool()

    async def take(spool: Spool, piece: bytes) -> None:
        if spool.size + len(piece) > most:
            raise too_large(most)
        await spool.add(piece)

    try:
        takes = {"response": partial(take, response), "file": partial(take, document)}
        parts = await read_form(request, takes, most=2 * most, most_parts=3, most_field=0)
        name = file_name(request.query.get("name")) or "document"
        given = await document.document(mime_type(parts.kind), name) if parts.has_file else None
        with gateway.working():
            async with gateway.limits.admit(context.key, "page", Demand(pages=0)), request.app[SLOTS]:
                body = await _rendered(await anyio.to_thread.run_sync(response.read), form, name, given)
    finally:
        await response.close()
        await document.close()
    headers = {
        "Content-Disposition": "attachment",  # the page names it
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return web.Response(body=body, content_type=_TYPES[form], headers=headers)


def _form(request: web.Request) -> str:
    fields = Fields(request.query, "query")
    form = fields.word("form", tuple(_TYPES), "md")
    fields.check()
    try:
        require(form)
    except ConfigurationError as error:
        raise HTTPError(501, str(error), "not_installed") from None
    return form


async def _rendered(data: bytes, form: str, name: str, document: Bytes | FileOnDisk | None) -> bytes:
    made = await _made(form, data, document)
    if made.pdf is not None:
        return await anyio.to_thread.run_sync(bytes, made.pdf)
    try:
        body = await rendered_apart(data, form, name=name, pictures=made.pictures, seconds=_SECONDS)
    except TimeoutError:
        raise HTTPError(504, "making this file takes too long", "timeout") from None
    except (anyio.BrokenWorkerProcess, MemoryError):
        raise HTTPError(413, "making this file takes too much memory", "request_too_large") from None
    if body is None:
        raise HTTPError(422, "there is no table in this document", "no_table", param="response")
    return body


async def _made(form: str, data: bytes, document: Bytes | FileOnDisk | None) -> Made:
    response = await anyio.to_thread.run_sync(_read, data)
    if form == "pdf":
        if document is None:
            raise HTTPError(422, "a searchable PDF is made of the document: send it, too", "no_document", param="file")
        return await made_for(form, await prepare.inspected(document), response)
    if form == "html" and document is not None:
        return await made_for(form, document, evolve(response, pages=response.pages[:MOST_PICTURES]))
    return Made()


def _read(data: bytes) -> OCRResponse:
    if len(data) > _MOST_VALUES and sum(map(data.count, (b'"', b"[", b"{", b","))) > _MOST_VALUES:
        raise HTTPError(413, "what was read has too many values to make a file of it here", "request_too_large")
    try:
        return formats.structure(formats.loads(data), "mistral")
    except ValueError:
        raise HTTPError(400, "the part response is not JSON", "invalid_json", param="response") from None
    except ResponseInvalid as error:
        raise HTTPError(422, f"the part response is no response: {error}", "invalid_request", "response") from None

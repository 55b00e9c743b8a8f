"""
Mistral's Files API: uploads, lists, signed addresses, contents, deletion.

A file goes to the disk as it comes. It belongs to the key that uploaded it; a signed address opens it to anyone for a
while.
"""

from __future__ import annotations

import mimetypes
import time
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from aiohttp import web

from ...mime_types import sniff
from ..access.signed_urls import PATH, signed_file, signed_query
from ..http_errors import HTTPError
from ..intake.bodies import too_large
from ..intake.forms import field_text, read_form
from ..intake.names import file_name, mime_type
from ..intake.parameters import Fields
from ..kept_files import file_response
from ..state import add_route, context_of, gateway_of, owner_of, storage_of
from ..storage.files import FileFilter, Incoming, StoredFile


__all__ = ["add_routes", "no_file"]

PURPOSES = ("ocr", "batch", "fine-tune", "agentic_safety", "audio")
_SAMPLE_TYPES = {"ocr": "ocr_input", "batch": "batch_request"}
_VISIBILITIES = ("workspace", "user")
_MOST_FIELD = 1024  # bytes of a part that is no file
_MOST_PARTS = 10
_OVERHEAD = 65_536  # bytes of a form beside its file
_PAGE = 1000  # files or jobs in one answer
_HOUR, _DAY = 3600, 86_400


def add_routes(app: web.Application) -> None:
    """Add the routes of files."""
    add_route(app, "POST", "/v1/files", _upload)
    add_route(app, "GET", "/v1/files", _list)
    add_route(app, "GET", "/v1/files/{file_id}", _get)
    add_route(app, "DELETE", "/v1/files/{file_id}", _delete)
    add_route(app, "GET", "/v1/files/{file_id}/content", _content)
    add_route(app, "GET", "/v1/files/{file_id}/url", _url)
    add_route(app, "GET", PATH, _signed, who="anyone")


# --- uploads ------------------------------------------------------------------------------------------------------


async def _upload(request: web.Request) -> web.Response:
    config, owner = gateway_of(request).config, owner_of(request)
    if request.content_type != "multipart/form-data":
        raise HTTPError(
            415, "a file is uploaded as multipart/form-data, with the parts purpose and file", "invalid_form"
        )
    expected = request.content_length or 0
    if expected > config.max_file_bytes + _OVERHEAD:
        raise too_large(config.max_file_bytes)
    async with storage_of(request).files.receive(expected) as incoming:
        name, declared, given = await _read_form(request, incoming, config.max_file_bytes)
        fields = Fields(given, "body")
        purpose = fields.word("purpose", PURPOSES, "ocr")
        visibility = fields.word("visibility", _VISIBILITIES, "workspace")
        hours = fields.maybe_whole("expiry", 1, 24 * 3650)
        fields.check()
        await incoming.finish()
        now = int(time.time())
        kept_for = config.file_days * _DAY if hours is None else hours * _HOUR
        file = StoredFile(
            id=str(uuid4()),
            owner=owner,
            name=name,
            purpose=purpose,
            sample_type=_SAMPLE_TYPES.get(purpose, "instruct"),
            size=incoming.size,
            created=now,
            expires=now + int(kept_for) if kept_for else None,
            mime=_mime(incoming.head, declared, name),
            lines=incoming.lines if purpose == "batch" else None,
            signature=incoming.sha256,
            visibility=visibility,
        )
        if not await storage_of(request).files.keep(incoming, file, config.max_stored_bytes):
            raise HTTPError(413, "the files of this key take up all the space it has; delete some", "quota_exceeded")
    context_of(request).facts["bytes"] = file.size
    return web.json_response(_as_json(file))


async def _read_form(request: web.Request, incoming: Incoming, most: int) -> tuple[str, str | None, dict[str, str]]:
    """Write the form's file to *incoming*; return its name, its declared type, and the other fields."""

    async def take(piece: bytes) -> None:
        if incoming.size + len(piece) > most:
            raise too_large(most)
        await incoming.write(piece)

    form = await read_form(
        request, {"file": take}, most=most + _OVERHEAD, most_parts=_MOST_PARTS, most_field=_MOST_FIELD
    )
    if not form.has_file:
        raise HTTPError(422, 'the form has no part "file"', "invalid_request", param="file", details=(
            {"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None},))  # fmt: skip
    fields = {name: field_text(name, data) for name, data in form.fields.items()}
    return file_name(form.name) or "file", form.kind, fields


def _mime(head: bytes, declared: str | None, name: str) -> str:
    found = sniff(head)
    if found is None and (kind := mime_type(declared)) != "application/octet-stream":
        found = kind
    return found or mimetypes.guess_type(name)[0] or "application/octet-stream"


# --- lists and files ----------------------------------------------------------------------------------------------


async def _list(request: web.Request) -> web.Response:
    query = Fields(request.query, "query")
    page, size = query.whole("page", 0, 0, 10**9), query.whole("page_size", 100, 1, _PAGE)
    chosen = FileFilter(
        purpose=query.text("purpose"),
        sample_types=query.texts("sample_type"),
        sources=query.texts("source"),
        mimes=query.texts("mimetypes"),
        search=query.text("search"),
    )
    with_total = query.truth("include_total", True)
    query.check()
    files, owner = storage_of(request).files, owner_of(request)
    found = await files.select(owner, chosen, page * size, size)
    total = await files.count(owner, chosen) if with_total else None
    return web.json_response({"data": [_as_json(one) for one in found], "object": "list", "total": total})


async def _get(request: web.Request) -> web.Response:
    return web.json_response(_as_json(await _own_file(request)) | {"deleted": False})


async def _delete(request: web.Request) -> web.Response:
    file_id = request.match_info["file_id"]
    if not await storage_of(request).files.delete(file_id, owner_of(request)):
        raise no_file()
    return web.json_response({"id": file_id, "object": "file", "deleted": True})


async def _content(request: web.Request) -> web.StreamResponse:
    return await _bytes(request, await _own_file(request), "application/octet-stream")


async def _url(request: web.Request) -> web.Response:
    query = Fields(request.query, "query")
    hours = query.whole("expiry", 24, 1, 168)
    query.check()
    file = await _own_file(request)
    signed = signed_query(storage_of(request).files.signing, file.id, int(time.time()) + hours * _HOUR)
    base = gateway_of(request).config.public_url or f"{request.scheme}://{request.host}"
    return web.json_response({"url": f"{base.rstrip('/')}{PATH.format(file_id=file.id)}?{urlencode(signed)}"})


async def _signed(request: web.Request) -> web.StreamResponse:
    access, file_id = gateway_of(request).access, request.match_info["file_id"]
    file = await signed_file(storage_of(request), access, file_id, dict(request.query))
    return await _bytes(request, file, file.mime or "application/octet-stream")


async def _bytes(request: web.Request, file: StoredFile, mime: str) -> web.StreamResponse:
    """Return the bytes of *file*, sent by the kernel; ranges are honoured."""
    headers = {
        "Content-Type": mime,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        # An uploaded page must not run as one of ours.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    try:
        return await file_response(storage_of(request).files.on_disk(file.id), headers=headers)
    except FileNotFoundError:  # it was deleted in this moment
        raise no_file() from None


async def _own_file(request: web.Request) -> StoredFile:
    file = await storage_of(request).files.get(request.match_info["file_id"], owner_of(request))
    if file is None:
        raise no_file()
    return file


def no_file() -> HTTPError:
    """Return the refusal of a file id that is unknown, or another key's."""
    return HTTPError(404, "there is no such file", "file_not_found", param="file_id")


def _as_json(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size,
        "created_at": file.created,
        "filename": file.name,
        "purpose": file.purpose,
        "sample_type": file.sample_type,
        "num_lines": file.lines,
        "mimetype": file.mime,
        "source": file.source,
        "signature": file.signature,
        "expires_at": file.expires,
        "visibility": file.visibility,
    }

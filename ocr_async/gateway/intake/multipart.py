"""LiteLLM's multipart form: a part ``file``, a part ``model``, and every other field as JSON where it is some."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from attrs import evolve

from ... import formats
from ...models import OCRRequest
from ..http_errors import HTTPError
from .bodies import IN_MEMORY, Spool, strict_json, too_large, utf8
from .forms import field_text, read_form
from .names import file_name, mime_type


__all__ = ["form_request"]

_MOST_PARTS = 50
_MOST_FIELD = IN_MEMORY  # bytes of a part that is no file
_TEXTS = {"model", "document_annotation_prompt", "table_format", "confidence_scores_granularity", "id"}
_UPLOADED = {"type": "file", "file_id": "uploaded"}  # stands for the document while the other fields are checked


@asynccontextmanager
async def form_request(request: web.Request, most: int) -> AsyncIterator[OCRRequest]:
    """
    Give what the form of *request* asks for; a large document's file is deleted at the end of the block.

    Raises:
        HTTPError: It is larger than *most* bytes, has no file, or is no such form.

        RequestInvalid: With every mistake in its fields.
    """
    if (request.content_length or 0) > most:
        raise too_large(most)
    spool = Spool()
    try:
        form = await read_form(request, {"file": spool.add}, most=most, most_parts=_MOST_PARTS, most_field=_MOST_FIELD)
        if not form.has_file:
            raise HTTPError(400, 'the form has no file: send it as the part "file"', "invalid_request", param="file")
        fields = {name: _field(name, data) for name, data in form.fields.items()}
        asked = formats.read_request({**fields, "document": _UPLOADED}, "litellm")
        yield evolve(asked, document=await spool.document(mime_type(form.kind), file_name(form.name)))
    finally:
        await spool.close()


def _field(name: str, data: bytes) -> Any:
    if name not in _TEXTS:
        try:
            return strict_json(utf8(data))
        except HTTPError:
            pass  # LiteLLM takes a field that is no JSON as text
    return field_text(name, data)

"""LiteLLM's multipart form: a part ``file``, a part ``model``, and every other field as JSON where it is some."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import BodyPartReader, web
from attrs import evolve

from .. import formats
from ..models import Bytes, FileOnDisk, OCRRequest
from .intake import IN_MEMORY, UNREADABLE, Patience, Spool, strict_json, too_large, utf8
from .refusals import Refusal


__all__ = ["form_request"]

_MOST_PARTS = 50
_MOST_FIELD = IN_MEMORY  # bytes of a part that is no file
_CHUNK = 65_536
_TEXTS = {"model", "document_annotation_prompt", "table_format", "confidence_scores_granularity", "id"}
_UPLOADED = {"type": "file", "file_id": "uploaded"}  # stands for the document while the other fields are checked


@asynccontextmanager
async def form_request(request: web.Request, most: int) -> AsyncIterator[OCRRequest]:
    """
    Give what the form of *request* asks for; a large document's file is deleted at the end of the block.

    Raises:
        Refusal: It is larger than *most* bytes, has no file, or is no such form.

        RequestInvalid: With every mistake in its fields.
    """
    if (request.content_length or 0) > most:
        raise too_large(most)
    spool = Spool()
    try:
        fields, kind, name = await _read(request, most, spool)
        asked = formats.read_request({**fields, "document": _UPLOADED}, "litellm")
        document: Bytes | FileOnDisk
        if spool.path is None:
            document = Bytes(data=bytes(spool.memory), mime=kind, name=name)
        else:
            await spool.flush()
            document = FileOnDisk(path=spool.path, mime=kind, name=name)
        yield evolve(asked, document=document)
    finally:
        await spool.close()


async def _read(request: web.Request, most: int, spool: Spool) -> tuple[dict[str, Any], str, str | None]:
    fields: dict[str, Any] = {}
    found: tuple[str, str | None] | None = None
    patience = Patience()
    try:
        parts = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await patience.wait(parts.next())
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise _invalid("its parts are named fields")
            if part.name in fields or (part.name == "file" and found is not None):
                raise _invalid(f'it has two parts "{part.name[:50]}"')
            target = spool if part.name == "file" else Spool()
            while chunk := await patience.wait(part.read_chunk(_CHUNK)):
                patience.size += len(chunk)
                if patience.size > most:
                    raise too_large(most)
                await target.add(chunk)
                if target is not spool and target.size > _MOST_FIELD:
                    raise _invalid(f'its field "{part.name[:50]}" is too long')
            if part.name == "file":
                found = _kind(part), part.filename
            else:
                fields[part.name] = _field(part.name, bytes(target.memory))
        else:
            raise _invalid("it has too many parts")
    except UNREADABLE:
        raise _invalid("it is no multipart/form-data that can be read") from None
    except web.HTTPRequestEntityTooLarge:
        raise too_large(most) from None
    if found is None:
        raise Refusal(400, 'the form has no file: send it as the part "file"', "invalid_request", param="file")
    return fields, *found


def _kind(part: BodyPartReader) -> str:
    return part.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()


def _field(name: str, data: bytes) -> Any:
    if name not in _TEXTS:
        try:
            return strict_json(utf8(data))
        except Refusal:
            pass  # LiteLLM takes a field that is no JSON as text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _invalid(f'its field "{name[:50]}" is not UTF-8') from None


def _invalid(why: str) -> Refusal:
    return Refusal(400, f"the form cannot be used: {why}", "invalid_request")

"""LiteLLM's multipart form: a part ``file``, a part ``model``, and every other field as JSON where it is some."""

from __future__ import annotations

import base64
from typing import Any

from aiohttp import BodyPartReader, web

from .intake import strict_json, too_large
from .refusals import Refusal


__all__ = ["form_body"]

_MOST_PARTS = 50
_MOST_FIELD = 1024 * 1024  # bytes of a part that is no file
_TEXTS = {"model", "document_annotation_prompt", "table_format", "confidence_scores_granularity", "id"}


async def form_body(request: web.Request, most: int) -> dict[str, Any]:
    """
    Return the form of *request* as the JSON body that says the same.

    Raises:
        Refusal: It is larger than *most* bytes, has no file, or is no such form.
    """
    if (request.content_length or 0) > most:
        raise too_large(most)
    body: dict[str, Any] = {}
    size = 0
    try:
        parts = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await parts.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise _invalid("its parts are named fields")
            limit = most - size if part.name == "file" else min(_MOST_FIELD, most - size)
            data = bytearray()
            while chunk := await part.read_chunk(65_536):
                data += chunk
                if len(data) > limit:
                    raise too_large(limit)
            size += len(data)
            if part.name in body or (part.name == "file" and "document" in body):
                raise _invalid(f'it has two parts "{part.name[:50]}"')
            if part.name == "file":
                body["document"] = _document(bytes(data), part)
            else:
                body[part.name] = _field(part.name, bytes(data))
        else:
            raise _invalid("it has too many parts")
    except (ValueError, web.RequestPayloadError):
        raise _invalid("it is no multipart/form-data that can be read") from None
    if "document" not in body:
        raise Refusal(400, 'the form has no file: send it as the part "file"', "invalid_request", param="file")
    return body


def _document(data: bytes, part: BodyPartReader) -> dict[str, Any]:
    kind = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip().lower()
    image = kind.startswith("image/")
    address = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    if image:
        return {"type": "image_url", "image_url": address}
    return {"type": "document_url", "document_url": address, "document_name": part.filename}


def _field(name: str, data: bytes) -> Any:
    if name not in _TEXTS:
        try:
            return strict_json(data)
        except Refusal:
            pass  # LiteLLM takes a field that is no JSON as text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _invalid(f'its field "{name[:50]}" is not UTF-8') from None


def _invalid(why: str) -> Refusal:
    return Refusal(400, f"the form cannot be used: {why}", "invalid_request")

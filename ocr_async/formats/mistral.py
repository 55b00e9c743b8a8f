"""
Mistral's dialect: https://docs.mistral.ai/api/endpoint/ocr, official client 3.7.0, OpenAPI of 2026-08-13.

LiteLLM speaks it too, with a few words of its own (see `litellm`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from ..errors import ConfigurationError
from ..models import (
    Bytes,
    Document,
    FileId,
    FileOnDisk,
    OCRBlock,
    OCRCost,
    OCRDimensions,
    OCRImage,
    OCRPage,
    OCRPageConfidence,
    OCRRequest,
    OCRResponse,
    OCRTable,
    OCRUsageInfo,
    OCRWordConfidence,
    Url,
)
from ..steps import Base64
from . import _request as reading
from ._dialect import ResponseDialect


CORNERS = frozenset({"top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y"})

# What the official client requires, and what Mistral writes even as null. `blocks` and `confidence_scores` come only
# where asked for; what Mistral has no word for (`elements`, `cost` …) only where there is something to say, since its
# clients pass over keys that they do not know.
ALWAYS: dict[type, frozenset[str]] = {
    OCRResponse: frozenset({"pages", "model", "document_annotation", "usage_info"}),
    OCRPage: frozenset({"index", "markdown", "images", "dimensions", "tables", "hyperlinks", "header", "footer"}),
    OCRImage: frozenset({"id", "image_base64", "image_annotation"}) | CORNERS,
    OCRTable: frozenset({"id", "content", "format"}),
    OCRDimensions: frozenset({"dpi", "height", "width"}),
    OCRUsageInfo: frozenset({"pages_processed", "doc_size_bytes"}),
    OCRPageConfidence: frozenset({"average_page_confidence_score", "minimum_page_confidence_score"}),
    OCRWordConfidence: frozenset({"text", "confidence", "start_index"}),
    OCRBlock: frozenset({"type", "content"}) | CORNERS,
    OCRCost: frozenset({"generation", "platform", "total"}),
}

# A page's size is null as a whole or three integers: an unknown one of them is 0, which no page measures.
RESPONSE = ResponseDialect(
    always=ALWAYS,
    blanks={(OCRImage, "id"): "", **dict.fromkeys(((OCRDimensions, name) for name in ("dpi", "height", "width")), 0)},
)

# In the order of the published schema.
_PLAIN_OPTIONS = (
    "include_image_base64",
    "image_limit",
    "image_min_size",
    "bbox_annotation_format",
    "document_annotation_format",
    "document_annotation_prompt",
    "table_format",
    "extract_header",
    "extract_footer",
    "include_blocks",
    "confidence_scores_granularity",
)
_PLAIN = attrgetter(*_PLAIN_OPTIONS)
_UNSET = (None,) * len(_PLAIN_OPTIONS)
_FORMATS = ("bbox_annotation_format", "document_annotation_format")
_RESPONSE_FORMATS = frozenset({"text", "json_object", "json_schema"})


# --- requests out -----------------------------------------------------------------------------------------------


def request_body(request: OCRRequest) -> dict[str, Any]:
    """
    Return the JSON body of *request*; unset options are left out.

    `mistral_extra` is unfolded into Mistral's own fields, and an option given by its own name wins over it.
    """
    body: dict[str, Any] = {"model": request.model, "document": document_chunk(request.document)}
    if request.pages is not None:
        body["pages"] = list(request.pages)
    values = _PLAIN(request)
    options = (
        {}
        if values == _UNSET
        else {name: value for name, value in zip(_PLAIN_OPTIONS, values, strict=True) if value is not None}
    )
    if request.mistral_extra:
        options = {name: value for name, value in request.mistral_extra.items() if value is not None} | options
    if not options:
        return {**body, **(request.extra_body or {})}
    for name in _FORMATS:
        if name in options:
            options[name] = response_format(options[name], name.removesuffix("_format"))
    body |= {name: options.pop(name) for name in _PLAIN_OPTIONS if name in options}
    return {**body, **options, **(request.extra_body or {})}


def document_chunk(document: Document) -> dict[str, Any]:
    """Return Mistral's chunk for *document*, with a `Base64` in the place of an inline one's data URI."""
    if isinstance(document, FileId):
        return {"type": "file", "file_id": document.file_id}
    if isinstance(document, Url):
        image, address = document.image, document.url
    else:
        address = data_uri(document)
        image = (document.mime or "").startswith("image/")
    if image:
        detail = document.detail if isinstance(document, Url) else None
        return {"type": "image_url", "image_url": address if detail is None else {"url": address, "detail": detail}}
    chunk = {"type": "document_url", "document_url": address}
    if document.name is not None:
        chunk["document_name"] = document.name
    return chunk


def data_uri(document: FileOnDisk | Bytes) -> Any:
    """Return what stands in a body for *document*'s data URI."""
    return Base64(document, f"data:{document.mime or 'application/octet-stream'};base64,")


def response_format(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """
    Return *given* as Mistral's ResponseFormat: a complete one as it is, a bare JSON schema wrapped.

    `strict` is claimed only for a schema that forbids further properties, as Mistral's own helper writes them.
    """
    if given.get("type") in _RESPONSE_FORMATS:
        return given
    title = given.get("title")
    words = re.sub(r"[^A-Za-z0-9_-]+", "_", title).strip("_")[:64] if isinstance(title, str) else ""
    strict = given.get("additionalProperties") is False
    return {"type": "json_schema", "json_schema": {"name": words or name, "schema": dict(given), "strict": strict}}


def bare_schema(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return the JSON schema inside *given*, which is a ResponseFormat or already one.

    Raises:
        ConfigurationError: A ResponseFormat without a schema.
    """
    if given.get("type") not in _RESPONSE_FORMATS:
        return given
    inner = given.get("json_schema") or {}
    schema = inner.get("schema") or inner.get("schema_definition") if isinstance(inner, Mapping) else None
    if not isinstance(schema, Mapping):
        raise ConfigurationError(f'a response format of type "{given["type"]}" names no JSON schema; give one')
    return schema


# --- requests in ------------------------------------------------------------------------------------------------


_COUNT = reading.at_least(0)
_TABLE_FORMAT = reading.one_of("markdown", "html")
_GRANULARITY = reading.one_of("word", "page", "block")


def read_request(body: Any, *, closed: bool = True) -> OCRRequest:
    """
    Read a client's body; null means unset, and `id`, which old clients send, is passed over.

    Args:
        closed: Whether a field that Mistral has not is a mistake.
    """
    fields, model, given = reading.opened(body)
    fields.left.pop("id", None)
    document = None if given is None else reading.mistral_document(given, fields.errors, closed=closed)
    options = _taken(fields) if fields.left else {}
    if closed:
        fields.refuse_rest()
    if fields.errors or document is None:
        raise reading.RequestInvalid(fields.errors)
    return OCRRequest(model=model, document=document, **options)


def _taken(fields: reading.Reader) -> dict[str, Any]:
    """Return the options, which most requests have none of."""
    return {
        "pages": fields.take("pages", reading.page_list_or_text),
        "include_image_base64": fields.take("include_image_base64", reading.truth),
        "image_limit": fields.take("image_limit", _COUNT),
        "image_min_size": fields.take("image_min_size", _COUNT),
        "bbox_annotation_format": fields.take("bbox_annotation_format", reading.mapping),
        "document_annotation_format": fields.take("document_annotation_format", reading.mapping),
        "document_annotation_prompt": fields.take("document_annotation_prompt", reading.text),
        "table_format": fields.take("table_format", _TABLE_FORMAT),
        "extract_header": fields.take("extract_header", reading.truth),
        "extract_footer": fields.take("extract_footer", reading.truth),
        "include_blocks": fields.take("include_blocks", reading.truth),
        "confidence_scores_granularity": fields.take("confidence_scores_granularity", _GRANULARITY),
    }

"""
Opper's dialect: https://docs.opper.ai/api-reference/ocr (the newer of two published states, read 2026-08) and the
client opperai 1.7.2.

Tables, headers, blocks and annotations have no place in Opper's page. They are written all the same where there are
any: its client passes over keys that it does not know, and dropping them would lose text that was paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ConfigurationError
from ..models import FileId, OCRDimensions, OCRElement, OCRImage, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ..steps import Base64
from . import _request as reading
from . import mistral
from ._dialect import ResponseDialect


ALWAYS: dict[type, frozenset[str]] = {
    **mistral.ALWAYS,
    OCRResponse: frozenset({"id", "pages", "model", "usage_info"}),
    OCRPage: frozenset({"index", "markdown", "dimensions", "images"}),
    OCRImage: frozenset({"id", "image_base64"}) | mistral.CORNERS,
    OCRElement: frozenset({"type", "label", "text", "bbox", "data"}),
    OCRDimensions: frozenset({"dpi", "height", "width"}),
    OCRUsageInfo: frozenset({"pages_processed", "doc_size_bytes"}),
}

RESPONSE = ResponseDialect(always=ALWAYS, blanks={(OCRResponse, "id"): "", (OCRImage, "id"): ""})

_PLAIN_OPTIONS = ("include_image_base64", "image_limit", "image_min_size")
_MISTRAL_OPTIONS = (
    "extract_header",
    "extract_footer",
    "table_format",
    "bbox_annotation_format",
    "document_annotation_format",
)
_FORMATS = ("bbox_annotation_format", "document_annotation_format")


def request_body(request: OCRRequest) -> dict[str, Any]:
    """
    Return the JSON body of *request*; unset options are left out.

    Mistral's options go into `mistral_extra`, where one given by its own name wins, and a ResponseFormat into the
    bare JSON schema that Opper wants.

    Raises:
        ConfigurationError: An uploaded file, or a response format without a schema.
    """
    body: dict[str, Any] = {"model": request.model, "document": _document(request)}
    if request.pages is not None:
        body["pages"] = list(request.pages)
    # its schema knows no 0, of which it would be told by leaving it out
    body |= {name: value for name in _PLAIN_OPTIONS if (value := getattr(request, name))}
    if request.image_limit == 0:
        body.pop("include_image_base64", None)
    extra = dict(request.mistral_extra or {})
    extra |= {name: value for name in _MISTRAL_OPTIONS if (value := getattr(request, name)) is not None}
    for name in _FORMATS:
        if isinstance(extra.get(name), Mapping):
            extra[name] = mistral.bare_schema(extra[name])
    if extra:
        body["mistral_extra"] = extra
    if request.docling_extra is not None:
        body["docling_extra"] = dict(request.docling_extra)
    return {**body, **(request.extra_body or {})}


def _document(request: OCRRequest) -> dict[str, Any]:
    document = request.document
    if isinstance(document, FileId):
        raise ConfigurationError("Opper takes no uploaded file; give the document itself or its URL")
    if isinstance(document, Url):
        kind = "image_url" if document.image else "document_url"
        return {"type": kind, kind: document.url}
    written: dict[str, Any] = {"type": "base64", "content": Base64(document)}
    if document.name is not None:
        written["document_name"] = document.name
    return written


def read_request(body: Any) -> OCRRequest:
    """Read a client's body; fields that it does not know are passed over, as Opper's own server does."""
    fields, model, given = reading.opened(body)
    document = None if given is None else reading.opper_document(given, fields.errors)
    request = {
        "pages": fields.take("pages", reading.page_list),
        "include_image_base64": fields.take("include_image_base64", reading.truth),
        "image_limit": fields.take("image_limit", reading.at_least(1)),
        "image_min_size": fields.take("image_min_size", reading.at_least(1)),
        "mistral_extra": fields.take("mistral_extra", reading.mapping),
        "docling_extra": fields.take("docling_extra", reading.mapping),
    }
    if fields.errors or document is None:
        raise reading.RequestInvalid(fields.errors)
    return OCRRequest(model=model, document=document, **request)

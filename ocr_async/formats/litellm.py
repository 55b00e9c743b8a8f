"""
LiteLLM's dialect: Mistral's with an image's `bbox` beside its corners and ``object: "ocr"``; litellm 1.106.2.

LiteLLM types `document_annotation` as anything; it is kept as JSON text here, as Mistral sends it.
"""

from __future__ import annotations

from typing import Any

from ..errors import ConfigurationError
from ..models import FileId, OCRImage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from . import mistral
from ._dialect import ResponseDialect


ALWAYS = {
    **mistral.ALWAYS,
    OCRResponse: mistral.ALWAYS[OCRResponse] | {"object"},
    OCRImage: frozenset({"image_base64"}),
    OCRUsageInfo: mistral.ALWAYS[OCRUsageInfo] | {"pages_processed_annotation", "credits"},
}

RESPONSE = ResponseDialect(always=ALWAYS, blanks={}, boxes=True)


def request_body(request: OCRRequest) -> dict[str, Any]:
    """
    Return the JSON body of *request*: Mistral's, with an image's address as plain text.

    Raises:
        ConfigurationError: An uploaded file, which LiteLLM takes over no route.
    """
    if isinstance(request.document, FileId):
        raise ConfigurationError("LiteLLM's OCR route takes no uploaded file; give the document itself or its URL")
    body = mistral.request_body(request)
    if isinstance(request.document, Url) and request.document.detail is not None:
        body["document"] = {"type": "image_url", "image_url": request.document.url}
    return body


def read_request(body: Any) -> OCRRequest:
    """Read a client's body; fields that it does not know are passed over, as LiteLLM does."""
    return mistral.read_request(body, closed=False)

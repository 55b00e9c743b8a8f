"""
Opper's OCR: https://docs.opper.ai/api-reference/ocr (v2), which passes documents on to Mistral, Docling and others.

Opper publishes no limits; the 1,000 pages are Mistral's, so that a longer document is split (read 2026-08).
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ..models import OCRRequest, OCRResponse
from ..steps import Exchange
from . import Facts, _account


@frozen(kw_only=True)
class Opper(_account.AtHome):
    """
    One account at Opper. Models are named with their own provider, as in ``opper/mistral/mistral-ocr-latest``.

    Attributes:
        api_key: None sends no Authorization header.

        base_url: With ``/v2``, without ``/ocr``.

        headers: Sent besides; they win over our own.
    """

    name: ClassVar[str] = "opper"
    facts: ClassVar[Facts] = Facts(
        options=frozenset(
            {
                "pages",
                "include_image_base64",
                "image_limit",
                "image_min_size",
                "table_format",
                "extract_header",
                "extract_footer",
                "bbox_annotation_format",
                "document_annotation_format",
                "mistral_extra",
                "docling_extra",
                "extra_body",
            }
        ),
        # the two that Opper's pages name, read 2026-08; the list of an account is at GET /v2/ocr/models
        models=("mistral/mistral-ocr-latest", "docling/docling-latest"),
        max_pages=1000,
        variables=("OPPER_API_KEY",),
        tells_cost=True,
    )
    home: ClassVar[_account.Home] = _account.Home(
        base="https://api.opper.ai",
        variables=("OPPER_API_BASE",),
        domain="opper.ai",
        ends=("/v2/ocr", "/v2"),
        path="/v2",
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request."""
        return self.ask("/ocr", request, "opper")

"""
Opper's OCR: https://docs.opper.ai/api-reference/ocr (v2), which passes documents on to Mistral, Docling and others.

Opper publishes no limits; the 1,000 pages are Mistral's, so that a longer document is split (read 2026-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from attrs import frozen

from ..models import OCRRequest, OCRResponse
from ..steps import Exchange
from . import Facts, _account


@frozen(kw_only=True)
class Opper(_account.Hosted):
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

    base_url: str = "https://api.opper.ai/v2"

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Self:
        """
        Return the provider for *api_key* or ``OPPER_API_KEY``, at *api_base* or ``OPPER_API_BASE``.

        The environment's key is sent to opper.ai, to this machine and to the environment's own address only.

        Raises:
            ConfigurationError: No key for Opper itself, or no usable address.
        """
        given = api_base or environ.get("OPPER_API_BASE") or "https://api.opper.ai"
        base = _account.address(given, ends=("/v2/ocr", "/v2"))
        key = _account.find_key(
            api_key, base, headers, environ, variable=cls.facts.variables, domain="opper.ai", named=bool(api_base)
        )
        return cls(api_key=key, base_url=f"{base}/v2", headers=dict(headers))

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request."""
        return self.ask("/ocr", request, "opper")

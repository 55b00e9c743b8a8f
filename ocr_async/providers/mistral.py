"""
Mistral OCR, and every server that speaks its API: https://docs.mistral.ai/api/endpoint/ocr.

Limits: 50 MB and 1,000 pages a document, https://docs.mistral.ai (read 2026-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from attrs import frozen

from ..models import OCRRequest, OCRResponse
from ..steps import Exchange
from . import Facts, _account


@frozen(kw_only=True)
class Mistral(_account.Hosted):
    """
    One account at Mistral, or one server that speaks Mistral's API.

    Attributes:
        api_key: None sends no Authorization header, as for a server of one's own.

        base_url: Without ``/v1/ocr``.

        headers: Sent besides; they win over our own.
    """

    name: ClassVar[str] = "mistral"
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
                "include_blocks",
                "confidence_scores_granularity",
                "bbox_annotation_format",
                "document_annotation_format",
                "document_annotation_prompt",
                "mistral_extra",
                "extra_body",
            }
        ),
        # https://docs.mistral.ai/getting-started/models, read 2026-08
        models=(
            "mistral-ocr-latest",  # 4.1 since 2026-07-16; it moved from 1 to 4 dollars per 1000 pages in 16 months
            "mistral-ocr-4-1",  # 2026-07-16, preview: block confidence
            "mistral-ocr-4-0",  # 2026-06-23: blocks, pages as text
            "mistral-ocr-2512",  # 2025-12-18, OCR 3: tables, headers, hyperlinks
        ),
        takes_file_ids=True,
        max_pages=1000,
        # "50 MB" is read as the larger MiB: a document in between is the server's to refuse
        max_bytes=50 * 1024**2,
        variables=("MISTRAL_API_KEY",),
        relays="mistral",
    )

    base_url: str = "https://api.mistral.ai"

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
        Return the provider for *api_key* or ``MISTRAL_API_KEY``, at *api_base* or ``MISTRAL_API_BASE``.

        The environment's key is sent to mistral.ai, to this machine and to the environment's own address. For another
        *api_base*, give the key in the call; without one, no Authorization header is sent there.

        Raises:
            ConfigurationError: No key for Mistral itself, or no usable address.
        """
        given = api_base or environ.get("MISTRAL_API_BASE") or "https://api.mistral.ai"
        base = _account.address(given, ends=("/v1/ocr", "/v1"))
        key = _account.find_key(
            api_key,
            base,
            headers,
            environ,
            variable=cls.facts.variables,
            domain="mistral.ai",
            named=bool(api_base),
        )
        return cls(api_key=key, base_url=base, headers=dict(headers))

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request."""
        return self.ask("/v1/ocr", request, "mistral")

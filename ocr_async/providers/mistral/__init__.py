"""
Mistral OCR, and every server that speaks its API: https://docs.mistral.ai/api/endpoint/ocr.

Limits: 50 MB and 1,000 pages a document, https://docs.mistral.ai (read 2026-08).

A large document is uploaded first, read by its id, and deleted: written into the request, it would be a third larger
and go again with each repeat of the one request that is worth repeating.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import Factory, evolve, field, frozen

from ..._platform.lazy import LazyModule
from ...errors import ConfigurationError, RequestRejected
from ...models import Bytes, FileId, FileOnDisk, OCRRequest, OCRResponse
from ...steps import Exchange, clean_up, http, wait
from .. import LAYOUT_OPTIONS, BatchLimits, Facts, _account


if TYPE_CHECKING:
    from . import batches as _batches
else:
    _batches = LazyModule(f"{__name__}.batches")

_HOME = "https://api.mistral.ai"
_REGIONAL = ("https://api.eu.mistral.ai", "https://api.us.mistral.ai")
_LARGE = 20 * 1024**2  # bytes
_PAUSES = (0.5, 1.0, 2.0)  # seconds; a file that was uploaded just now may not be found for a moment


@frozen(kw_only=True)
class Mistral(_account.AtHome):
    """
    One account at Mistral, or one server that speaks Mistral's API.

    Attributes:
        api_key: None sends no Authorization header, as for a server of one's own.

        base_url: Without ``/v1/ocr``.

        headers: Sent besides; they win over our own.

        uploads_from: Bytes from which a document is uploaded first; None where the server keeps no files.
    """

    name: ClassVar[str] = "mistral"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS
        | {
            "pages",
            "include_image_base64",
            "confidence_scores_granularity",
            "bbox_annotation_format",
            "document_annotation_format",
            "document_annotation_prompt",
            "mistral_extra",
            "extra_body",
        },
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
        # its documentation says 100,000 requests here and a million there, and 10,000 within a request; the smallest
        # keeps what one job leaves in hand
        batch=BatchLimits(requests=10_000, hours=168),
    )
    home: ClassVar[_account.Home] = _account.Home(
        base=_HOME,
        variables=("MISTRAL_API_BASE",),
        domain="mistral.ai",
        ends=("/v1/ocr", "/v1"),
    )

    # Mistral's regional addresses keep no files, and of others it is not known
    uploads_from: int | None = field(
        default=Factory(lambda self: _LARGE if self.base_url == _HOME else None, takes_self=True)
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request; a large document is uploaded first, and deleted at the end."""
        document = request.document
        if (
            self.uploads_from is None
            or not isinstance(document, (Bytes, FileOnDisk))
            or (document.size or 0) < self.uploads_from
        ):
            return (yield from self.ask("/v1/ocr", request, "mistral"))
        uploaded = yield from http(_batches.upload(self, "ocr", document))
        yield from clean_up(self.deletion(f"/v1/files/{uploaded}"))
        asked = evolve(request, document=FileId(file_id=uploaded))
        for pause in _PAUSES:
            try:
                return (yield from self.ask("/v1/ocr", asked, "mistral"))
            except RequestRejected as error:
                if error.status != 404:
                    raise
            yield from wait(pause)
        return (yield from self.ask("/v1/ocr", asked, "mistral"))

    def batches(self) -> _batches.MistralBatches:
        """
        Return the account's batch jobs.

        Raises:
            ConfigurationError: One of Mistral's regional addresses, which have none.
        """
        if self.base_url in _REGIONAL:
            raise ConfigurationError(f"{self.base_url} keeps no files and does no batch jobs; use {_HOME}")
        return _batches.MistralBatches(self)

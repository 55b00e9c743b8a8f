"""Searchable PDFs: what was read, laid under the pages of its document by a worker of the embedded engine."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from functools import partial
from typing import IO, Any

import anyio.to_thread

from .._ipc.memory import Shared
from ..engine.legible import legible_text
from ..errors import ConfigurationError
from ..models import Bytes, Document, FileOnDisk, OCRPage, OCRResponse
from ..steps import Compute
from ..transport import workers
from .lines import headings, lines_of, told_exactly


__all__ = ["searchable"]

_SECONDS = 60.0
_SECONDS_A_PAGE = 0.2
_SECONDS_A_PAGE_TO_JUDGE = 2.0  # all that it draws is looked at
_ISO_639 = {
    "eng": "en", "deu": "de", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "rus": "ru",
    "ukr": "uk", "pol": "pl", "ces": "cs", "ell": "el", "tur": "tr", "ara": "ar", "fas": "fa", "heb": "he",
    "hin": "hi", "tha": "th", "kor": "ko", "jpn": "ja", "chi_sim": "zh-Hans", "chi_tra": "zh-Hant", "swe": "sv",
}  # fmt: skip


async def searchable(
    document: Document | None, response: OCRResponse, *, archival: bool = False
) -> tuple[Shared, tuple[str, ...]]:
    """
    Return *document* as a PDF in which *response* can be searched and selected, and what was taken out of it.

    Its pages stay as they are; one that has a text layer of its own, which the embedded engine took for good, or that
    has fonts while only its blocks are known, gets none. Needs memory for the file that it makes, beside the document.

    Args:
        archival: Make PDF/A-2b.

    Raises:
        ConfigurationError: The document is not at hand, or the extra ``pdf`` (``pdfa``) is not installed.

        DocumentError: It is neither PDF nor picture, too damaged, signed, made by an XFA form, or cannot be made PDF/A.

        PasswordRequired: It is encrypted, and opens by no password that it has.
    """
    if not isinstance(document, (Bytes, FileOnDisk)):
        raise ConfigurationError("a searchable PDF is made of the document itself: give it, as a file or its bytes")
    if importlib.util.find_spec("pikepdf") is None:
        raise ConfigurationError("searchable PDFs are written by pikepdf: pip install 'ocr_async[pdf]'")
    layers = await anyio.to_thread.run_sync(Shared.written, partial(_tell, response, archival))
    seconds = _SECONDS + (_SECONDS_A_PAGE_TO_JUDGE if archival else _SECONDS_A_PAGE) * len(response.pages)
    arguments = {"document": document, "layers": layers}
    made: tuple[Shared, tuple[str, ...]] = await workers.run(
        Compute(task="searchable", arguments=arguments, seconds=seconds)
    )
    return made


def _tell(response: OCRResponse, archival: bool, file: IO[bytes]) -> None:
    """Write what `engine.searchable.writing` takes into *file*, page by page."""
    outline = [
        [legible_text(title), level, page.index, down]
        for page in response.pages
        for title, level, down in headings(page)
    ]
    title = next((title for title, level, _, _ in outline if level == 1), None)
    told = {"outline": outline, "language": _language(response), "title": title, "archival": archival}
    file.write(json.dumps(told).encode() + b"\n")
    for page in response.pages:
        if (layer := _layer(page)) is not None:
            file.write(json.dumps(layer).encode() + b"\n")


def _layer(page: OCRPage) -> Mapping[str, Any] | None:
    size = page.dimensions
    if page.extra.get("source") == "text" or size is None or not size.width or not size.height:
        return None
    rotation = page.extra.get("rotation", 0.0)
    return {
        "index": page.index,
        "width": size.width,
        "height": size.height,
        "rotation": float(rotation) if isinstance(rotation, (int, float)) else 0.0,
        "lines": lines_of(page),
        "exact": told_exactly(page),
    }


def _language(response: OCRResponse) -> str | None:
    """Return the language that tesseract read all pages in, if it was one."""
    found = {language for page in response.pages for language in page.extra.get("languages") or ("",)}
    return _ISO_639.get(found.pop()) if len(found) == 1 else None

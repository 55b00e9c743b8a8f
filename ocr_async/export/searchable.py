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
from ..engine.ocr.languages import tag_of
from ..errors import ConfigurationError, missing_extra
from ..models import Bytes, Document, FileOnDisk, OCRPage, OCRResponse
from ..steps import Compute
from ..transport import workers
from .lines import headings, lines_of, told_exactly
from .structure import Headings, structure


__all__ = ["searchable"]

_SECONDS = 60.0
_SECONDS_A_PAGE = 0.4
_SECONDS_A_PAGE_TO_JUDGE = 2.0  # all that it draws is looked at
_MOST_TAGGED = 5000  # pages: tags take up to 100 kB of memory each, of the 2 GB that a worker has


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
        raise missing_extra("a searchable PDF", "pdf")
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
    whole = {page.index: told_exactly(page) for page in response.pages if _is_whole(page)}
    if len(whole) > _MOST_TAGGED:
        whole = {}
    told = {"outline": outline, "language": _language(response), "title": title, "archival": archival, "whole": whole}
    file.write(json.dumps(told).encode() + b"\n")
    levels = Headings()
    for page in response.pages:
        if (layer := _layer(page, levels)) is not None:
            file.write(json.dumps(layer).encode() + b"\n")


def _is_whole(page: OCRPage) -> bool:
    """Whether the layer of *page* has all that the page says: its own text, if it has any, is not marked by us."""
    if not _has_size(page):
        return False
    if told_exactly(page):
        return page.extra.get("source") != "text" or not lines_of(page)
    return bool(lines_of(page)) or not page.markdown.strip()


def _layer(page: OCRPage, levels: Headings) -> Mapping[str, Any] | None:
    size = page.dimensions
    digital = page.extra.get("source") == "text"
    if size is None or not _has_size(page) or (digital and not _is_whole(page)):
        return None
    rotation = page.extra.get("rotation", 0.0)
    lines = lines_of(page)
    tags, marks = structure(page, lines, levels)
    return {
        "index": page.index,
        "width": size.width,
        "height": size.height,
        "rotation": float(rotation) if isinstance(rotation, (int, float)) else 0.0,
        "lines": lines,
        "exact": told_exactly(page),
        "tags": tags,
        "marks": marks,
    }


def _has_size(page: OCRPage) -> bool:
    return page.dimensions is not None and bool(page.dimensions.width and page.dimensions.height)


def _language(response: OCRResponse) -> str | None:
    """Return the language that was asked for, or that tesseract read all pages in, if it was one."""
    asked = (response.usage_info.applied_settings or {}).get("languages")
    found = {_main(asked)} if asked else {_main(page.extra.get("languages")) for page in response.pages}
    language = found.pop() if len(found) == 1 else None
    return None if language is None else tag_of(language)


def _main(languages: Any) -> str | None:
    """Return the one of *languages* that is not English, which tesseract is always told besides; English alone."""
    if not isinstance(languages, (list, tuple)) or not all(isinstance(each, str) for each in languages):
        return None
    others = [each for each in languages if each != "eng"] or languages
    return others[0] if len(others) == 1 else None

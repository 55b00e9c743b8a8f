"""
Reads the pages of a PDF that say their text themselves, and tells which of them do not.

The reading is `text_layer`'s and `layout`'s; here it is about errors, pictures and the choice between both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import DocumentError, EngineError, OCRError
from ..models import OCRPage
from . import layout, text_layer
from .page import Sheet
from .pdf import Pdf
from .result import Wanted, page_of


__all__ = ["read"]


def read(
    pdf: Pdf, pages: Sequence[int], *, always: bool, wanted: Wanted
) -> Iterator[tuple[int, OCRPage | OCRError | None]]:
    """
    Yield for each of *pages* the page, None where it has to be recognised, or its error.

    Args:
        always: Take what the text layer says, however bad it looks.
    """
    scans: frozenset[int] = frozenset() if always else pdf.scans
    sheets = _sheets(pdf, [index for index in pages if index not in scans])
    running = layout.running(list(sheets.values()))
    for index in pages:
        if index in scans:
            yield index, None
        elif (sheet := sheets.pop(index, None)) is None:
            yield index, DocumentError(f"page {index} cannot be read: it is damaged")
        else:
            yield index, _page(pdf, index, sheet, wanted, running)


def _sheets(pdf: Pdf, pages: Sequence[int]) -> dict[int, Sheet]:
    if not pages:
        return {}
    try:
        parsed = text_layer.parser(password=pdf.document.password, pages=pages).parse_bytes(pdf.data)
    except Exception:  # noqa: BLE001 - a bare RuntimeError of the extension
        if len(pages) == 1:
            return {}
        # One damaged page ends it for all that are asked for together.
        return {index: sheet for page in pages for index, sheet in _sheets(pdf, [page]).items()}
    return dict(text_layer.sheets(parsed, {index: pdf.pictures(index) for index in pages}))


def _page(pdf: Pdf, index: int, sheet: Sheet, wanted: Wanted, running: frozenset[str]) -> OCRPage | OCRError:
    try:
        return page_of(
            index, sheet, wanted, running=running, cut=lambda box: pdf.shown(index, box, sheet.width, sheet.height)
        )
    except RecursionError:
        return EngineError(f"page {index} is nested too deeply")

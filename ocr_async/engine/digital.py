"""
Reads the pages of a PDF that say their text themselves, and tells which of them do not.

The reading is `text_layer`'s and `layout`'s; here it is about errors, pictures and the choice between both ways.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from ..errors import DocumentError, EngineDefeated, OCRError
from ..models import OCRPage
from . import layout, text_layer
from .arabic import needs_mending
from .page import Picture, Sheet
from .pdf import Pdf
from .result import page_of
from .trust import Look, verdict
from .values import Doubtful, Wanted


__all__ = ["Answer", "read"]

Answer = OCRPage | Doubtful | OCRError | None
"""What a text layer gives for a page: the page, one to be compared, the error it costs; None where there is none."""

_BACKGROUND = 0.6  # of the page; text on so large a picture is no part of it


def read(pdf: Pdf, pages: Sequence[int], *, always: bool, wanted: Wanted) -> Iterator[tuple[int, Answer]]:
    """
    Yield for each of *pages* what its text layer gives.

    Args:
        always: Take what the text layer says, however bad it looks.
    """
    looks = {index: pdf.look(index) for index in pages}
    sheets = _sheets(pdf, pages, {index: pictures for index, (_, pictures) in looks.items()})
    running = layout.running(list(sheets.values()))
    for index in pages:
        sheet = sheets.pop(index, None)
        if sheet is None:
            yield index, DocumentError(f"page {index} cannot be read: it is damaged")
        else:
            yield index, _answer(pdf, index, sheet, looks[index][0], running, always=always, wanted=wanted)


def _answer(
    pdf: Pdf, index: int, sheet: Sheet, look: Look, running: frozenset[str], *, always: bool, wanted: Wanted
) -> Answer:
    why = "good" if always or look.blank else verdict("\n".join(line.text for line in sheet.lines), look)
    if why == "none":
        return None
    try:
        page = page_of(
            index, sheet, wanted, running=running, cut=lambda box: pdf.shown(index, box, sheet.width, sheet.height)
        )
    except RecursionError:
        return EngineDefeated(f"page {index} is nested too deeply")
    return page if why == "good" else Doubtful(page, why)


def _sheets(pdf: Pdf, pages: Sequence[int], pictures: dict[int, list[Picture]]) -> dict[int, Sheet]:
    try:
        parsed = _parsed(pdf, pages)
    except Exception:  # noqa: BLE001 - a bare RuntimeError of the extension
        if len(pages) == 1:
            return {}
        # One damaged page ends it for all that are asked for together.
        return {index: sheet for page in pages for index, sheet in _sheets(pdf, [page], pictures).items()}
    return {
        index: _without_background(_with_ticks(pdf, index, pdf.mended(index, sheet) if needs_mending(sheet) else sheet))
        for index, sheet in text_layer.sheets(parsed, pictures)
    }


def _parsed(pdf: Pdf, pages: Sequence[int]) -> Any:
    parser = text_layer.parser(password=pdf.document.password, pages=pages)
    path = os.fspath(pdf.document.path)
    # Of a file it reads what the pages need; bytes it copies, for every batch. It knows a PDF by the file's name, and
    # takes no name that is not UTF-8, of which "printable" is a stricter form.
    if path.lower().endswith(".pdf") and path.isprintable():
        return parser.parse(path)
    return parser.parse_bytes(pdf.data)


def _with_ticks(pdf: Pdf, index: int, sheet: Sheet) -> Sheet:
    """*sheet* with the check boxes of its form, which are drawn and not written."""
    ticks = tuple(pdf.ticks(index))
    return evolve(sheet, lines=(*sheet.lines, *ticks)) if ticks else sheet


def _without_background(sheet: Sheet) -> Sheet:
    most = _BACKGROUND * sheet.width * sheet.height
    if not sheet.lines or not any(picture.certain and picture.box.area > most for picture in sheet.pictures):
        return sheet
    return evolve(sheet, pictures=tuple(picture for picture in sheet.pictures if picture.box.area <= most))

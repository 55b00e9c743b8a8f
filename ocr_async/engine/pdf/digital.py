"""
Reads the pages of a PDF that say their text themselves, and tells which of them do not.

The reading is `text_layer`'s and `layout`'s; here it is about errors, pictures and the choice between both ways.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from ...errors import DocumentError, EngineCrashed, OCRError
from ...models import OCRPage
from .. import layout
from ..page import Picture, Sheet
from ..result import page_of
from ..values import PageOptions, UncertainPage
from . import text_layer
from .arabic import needs_mending
from .pdf import Pdf
from .trust import Look, verdict


__all__ = ["Answer", "read"]

Answer = OCRPage | UncertainPage | OCRError | None
"""What a text layer gives for a page: the page, one to be compared, the error it costs; None where there is none."""

_PLACEHOLDER = (
    "this is a dynamic XFA form, whose pages only Adobe's programs show: what is filled in was not read; "
    "print it to a PDF there"
)
_BACKGROUND = 0.6  # of the page; text on so large a picture is no part of it
# Of the characters of a page: if so many run one way, and are more than the lettering of a chart, it lies on its side.
_MOSTLY = 0.6
_ENOUGH = 100
_TELLING = 20  # characters of what is filled in; more may not fit its field


def read(pdf: Pdf, pages: Sequence[int], *, always: bool, wanted: PageOptions) -> Iterator[tuple[int, Answer]]:
    """
    Yield for each of *pages* what its text layer gives.

    Args:
        always: Take what the text layer says, however bad it looks.
    """
    looks = {index: pdf.look(index) for index in pages}
    sheets = _sheets(pdf, pages, {index: pictures for index, (_, pictures) in looks.items()})
    turns = {index: _quarters(sheet) for index, sheet in sheets.items()}
    for index, quarters in turns.items():
        with pdf.turned(index, quarters):
            sheets[index] = _as_seen(pdf, index, looks[index][0], sheets[index], turned=quarters > 0)
    running = layout.running(list(sheets.values()))
    for index in pages:
        if index not in sheets:
            yield index, DocumentError(f"page {index} cannot be read: it is damaged")
            continue
        with pdf.turned(index, turns[index]):
            answer = _answer(
                pdf, index, sheets.pop(index), looks[index][0], running, turns[index], always=always, wanted=wanted
            )
        yield index, answer


def _answer(
    pdf: Pdf,
    index: int,
    sheet: Sheet,
    look: Look,
    running: frozenset[str],
    quarters: int,
    *,
    always: bool,
    wanted: PageOptions,
) -> Answer:
    why = "good" if always or look.blank else verdict("\n".join(line.text for line in sheet.lines), look)
    if why == "none":
        return None
    try:
        page = page_of(
            index,
            sheet,
            wanted,
            running=running,
            cut=lambda box: pdf.shown(index, box, sheet.width, sheet.height),
            warnings=[_PLACEHOLDER] if pdf.is_placeholder else [],
        )
    except RecursionError:
        return EngineCrashed(f"page {index} is nested too deeply")
    if quarters:  # as recognition tells it
        page = evolve(page, extra={**page.extra, "rotation": 90.0 * quarters})
    return page if why == "good" else UncertainPage(page, why)


def _quarters(sheet: Sheet) -> int:
    """Return by how many right angles clockwise *sheet* is to be turned for its text to be level, 0 to 3."""
    if not any(line.angle for line in sheet.lines):
        return 0
    runs = [0, 0, 0, 0]
    for line in sheet.lines:
        runs[round(line.angle / 90) % 4] += len(line.text)
    most = max(range(4), key=runs.__getitem__)
    return most if runs[most] > max(_ENOUGH, _MOSTLY * sum(runs)) else 0


def _says_more(pdf: Pdf, index: int, look: Look, sheet: Sheet) -> bool:
    """Whether people see text on the page that is not on *sheet*, because it is not drawn by the page's content."""
    if not sheet.lines and look.covered > _BACKGROUND:
        return False  # a scan with a stamp: its picture shows both
    if look.noted:
        return True
    said = ""
    for value in pdf.filled(index):
        said = said or "".join("".join(line.text for line in sheet.lines).split())
        if "".join(value.split())[:_TELLING] not in said:
            return True
    return False


def _as_seen(pdf: Pdf, index: int, look: Look, sheet: Sheet, *, turned: bool) -> Sheet:
    """
    Return page *index* as it lies now, with what its annotations and its form say; *sheet* if that fails.

    Args:
        turned: Whether *sheet* is how it lay before.
    """
    try:
        found = _of_copy(pdf, index) if turned else sheet
        if _says_more(pdf, index, look, found):
            # What is flat has no links any more, and a copy no tags; the places on both are the same.
            found = evolve(_of_copy(pdf, index, flat=True), links=found.links, tags=found.tags)
    except Exception:  # noqa: BLE001 - both libraries raise bare errors
        return sheet
    return found


def _of_copy(pdf: Pdf, index: int, *, flat: bool = False) -> Sheet:
    parsed = text_layer.parser(pages=[0]).parse_bytes(pdf.alone(index, flat=flat))
    ((_, sheet),) = text_layer.sheets(parsed, {0: pdf.look(index)[1]})
    return _mended(pdf, index, sheet)


def _sheets(pdf: Pdf, pages: Sequence[int], pictures: dict[int, list[Picture]]) -> dict[int, Sheet]:
    try:
        parsed = _parsed(pdf, pages)
    except Exception:  # noqa: BLE001 - a bare RuntimeError of the extension
        if len(pages) == 1:
            return {}
        # One damaged page ends it for all that are asked for together.
        return {index: sheet for page in pages for index, sheet in _sheets(pdf, [page], pictures).items()}
    return {index: _mended(pdf, index, sheet) for index, sheet in text_layer.sheets(parsed, pictures)}


def _parsed(pdf: Pdf, pages: Sequence[int]) -> Any:
    parser = text_layer.parser(password=pdf.document.password, pages=pages)
    path = os.fspath(pdf.document.path)
    # Of a file it reads what the pages need; bytes it copies, for every batch. It knows a PDF by the file's name, and
    # takes no name that is not UTF-8, of which "printable" is a stricter form.
    if path.lower().endswith(".pdf") and path.isprintable():
        return parser.parse(path)
    return parser.parse_bytes(pdf.data)


def _mended(pdf: Pdf, index: int, sheet: Sheet) -> Sheet:
    return _without_background(_with_ticks(pdf, index, pdf.mended(index, sheet) if needs_mending(sheet) else sheet))


def _with_ticks(pdf: Pdf, index: int, sheet: Sheet) -> Sheet:
    """*sheet* with the check boxes of its form, which are drawn and not written."""
    ticks = tuple(pdf.ticks(index))
    return evolve(sheet, lines=(*sheet.lines, *ticks)) if ticks else sheet


def _without_background(sheet: Sheet) -> Sheet:
    most = _BACKGROUND * sheet.width * sheet.height
    if not sheet.lines or not any(picture.certain and picture.box.area > most for picture in sheet.pictures):
        return sheet
    return evolve(sheet, pictures=tuple(picture for picture in sheet.pictures if picture.box.area <= most))

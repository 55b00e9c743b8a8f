"""
Reads the pages of a PDF that say their text themselves, and tells which of them do not.

The reading is `text_layer`'s and `layout`'s; here it is about errors, pictures and the choice between both ways.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from attrs import evolve

from ...errors import DocumentError, OCRError
from ...models import OCRPage
from .. import layout
from ..fallbacks import attempt
from ..page import Picture, Sheet
from ..result import page_of
from ..strips import whole
from ..values import PageOptions, UncertainPage, damaged
from ..whole_document import Bookmark, Running, TypeSizes
from . import text_layer, typography
from .annotations import Filled, with_values
from .char_fonts import CharFonts
from .letters.unknown import UNKNOWN
from .pdf import Pdf
from .trust import Look, Verdict, verdict


__all__ = ["Answer", "SheetReader", "plain", "read"]

Answer = OCRPage | UncertainPage | OCRError | None
"""What a text layer gives for a page: the page, one to be compared, the error it costs; None where there is none."""

SheetReader = Callable[[Any, list[Picture], CharFonts], Sheet]

_MOST_COPIED = 128 << 20
_EMPTY = Sheet(width=1.0, height=1.0)
_PLACEHOLDER = (
    "this is a dynamic XFA form, whose pages only Adobe's programs show: what is filled in was not read; "
    "print it to a PDF there"
)
_PLAIN = "the text layer of this page could not be read with its fonts and drawings, but character by character"
_UNKNOWN = f"the file does not say what some signs of this page are: they came as {UNKNOWN}"
_GARBLED = "the text layer of this page looks garbled, and may tell other letters than people see: `local` reads those"
_BACKGROUND = 0.6  # of the page; text on so large a picture is no part of it
# Of the characters of a page: if so many run one way, and are more than the lettering of a chart, it lies on its side.
_MOSTLY = 0.6
_ENOUGH = 100
_FEW = 6  # pages: fewer may hold too few left ones and right ones to tell what repeats on them
_NEAR = 2  # pages before and after them
_TELLING = 20  # characters of what is filled in; more may not fit its field


def read(
    pdf: Pdf,
    pages: Sequence[int],
    *,
    always: bool,
    wanted: PageOptions,
    alone: bool = False,
    sheet_of: SheetReader = text_layer.sheet,
    most_copied: int = _MOST_COPIED,
) -> Iterator[tuple[int, Answer]]:
    """
    Yield for each of *pages* what its text layer gives. A stage that fails costs what it adds, and a warning.

    Args:
        always: Take what the text layer says, however bad it looks.

        alone: Look at no other page, so that it is known which one ends this process.

        sheet_of: Makes a sheet of what the parser says of a page.

        most_copied: Bytes; of a larger file the parser, which takes a copy, gets the pages alone, without their tags.
    """
    drafts = [_Draft(index) for index in pages]
    told = _told(pdf, drafts, most_copied)
    for draft in drafts:  # all that is asked of a page at once: loading it is much of what it costs
        draft.fill(pdf, told.get(draft.index), sheet_of)
    good = [draft for draft in drafts if draft.error is None]
    beside = [] if alone else _beside(pdf, good)
    running = attempt(lambda: layout.running([*beside, *(draft.sheet for draft in good)]), Running, [], "")
    proportional = any(layout.is_proportional(draft.sheet) for draft in good)
    sizes = None if alone else attempt(lambda: _sizes(pdf, good), lambda: None, [], "")
    attempt(lambda: _mark(pdf, [] if alone else good, sizes), lambda: None, [], "")
    words = attempt(lambda: layout.vocabulary_of([draft.sheet for draft in good]), lambda: None, [], "")
    for draft in drafts:
        if draft.error is not None:
            yield draft.index, draft.error
            continue
        if alone:
            sizes = attempt(partial(_styled, [draft], None), lambda: None, [], "")
        with pdf.turned(draft.index, draft.quarters):
            draft.sheet = evolve(draft.sheet, sizes=sizes, proportional=proportional)
            known = running if draft.index else running.of_first_page
            answer = _answer(pdf, draft, known, words, always=always, wanted=wanted)
        draft.sheet = _EMPTY  # a batch of sheets is large
        yield draft.index, answer


def plain(pdf: Pdf, index: int, *, always: bool, wanted: PageOptions) -> Answer:
    """Return what `read` does for page *index*, told by pdfium's text alone: what else it asks has ended a process."""
    draft = _Draft(index)
    draft.broken, draft.warnings = True, [_PLAIN]
    try:
        draft.sheet = pdf.plain(index)
    except DocumentError as error:
        return error
    return _answer(pdf, draft, Running(), None, always=always, wanted=wanted)


def _beside(pdf: Pdf, drafts: Sequence[_Draft]) -> list[Sheet]:
    """Return the edges of the pages beside *drafts*, where these are too few to show what repeats over pages."""
    if not 0 < len(drafts) < _FEW or len(drafts) == pdf.count:
        return []
    own = [draft.index for draft in drafts]
    near = range(max(0, min(own) - _NEAR), min(pdf.count, max(own) + _NEAR + 1))
    missing = sorted(set(near).difference(own), key=lambda index: min(abs(index - each) for each in own))
    found: list[Sheet] = []
    for index in missing[: 2 * _NEAR]:
        with contextlib.suppress(Exception):  # what is wrong there is told when that page is read
            found.append(pdf.plain(index, edges=layout.EDGE))
    return found


def _sizes(pdf: Pdf, drafts: Sequence[_Draft]) -> TypeSizes | None:
    """Return the sizes of the type of the document, by which headings have one level on all of its pages."""
    return _styled(drafts, typography.sizes_of(pdf) if len(drafts) < pdf.count else None)


def _styled(drafts: Sequence[_Draft], sizes: TypeSizes | None) -> TypeSizes | None:
    """Return *sizes*, or else those of the pages of *drafts*, with the styles of these, whose lines get their looks."""
    if sizes is None:
        sizes = layout.sizes_of(line for draft in drafts for line in draft.sheet.lines)
        if sizes and len(drafts) < 2:
            sizes = evolve(sizes, headings=())  # a page alone tells the levels by its own
    for draft, sheet in zip(drafts, layout.with_looks([draft.sheet for draft in drafts]), strict=True):
        draft.sheet = sheet
    return sizes and evolve(sizes, styles=layout.heading_styles((draft.sheet for draft in drafts), sizes.body))


def _mark(pdf: Pdf, drafts: Sequence[_Draft], sizes: TypeSizes | None) -> None:
    """Give the pages what the outline of the document, or its list of contents, says of their headings."""
    marks = [draft.bookmarks for draft in drafts]
    if len(drafts) > 1 and not any(marks):
        marks = layout.of_contents([(draft.index, draft.sheet) for draft in drafts])
    told = layout.believed([(draft.sheet, found) for draft, found in zip(drafts, marks, strict=True)], sizes)
    for draft, outline in zip(drafts, told, strict=True):
        if outline:
            draft.sheet = evolve(draft.sheet, outline=outline)


class _Draft:
    """A page on the way to its answer: what is known of it by now, and what failed."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.look = Look()
        self.looked = False
        self.pictures: list[Picture] = []
        self.bookmarks: list[Bookmark] = []
        self.sheet = _EMPTY
        self.quarters = 0
        self.warnings: list[str] = []
        self.broken = False
        self.error: OCRError | None = None

    def fill(self, pdf: Pdf, told: Any, sheet_of: SheetReader) -> None:
        """Find out all that is known of the page before others are; *told* is what the parser tells of it."""
        self.look_at(pdf)
        if self.error is None:
            self.take(pdf, told, sheet_of)
            self.bookmarks = attempt(lambda: pdf.bookmarks(self.index), list, [], "")
            self.straighten(pdf)

    def look_at(self, pdf: Pdf) -> None:
        if self.looked:
            return
        self.looked = True
        try:
            self.look, self.pictures = attempt(
                lambda: pdf.look(self.index),
                lambda: (Look(), []),
                self.warnings,
                "it could not be told what is drawn on this page",
            )
        except DocumentError as error:
            self.error = error

    def take(self, pdf: Pdf, told: Any, sheet_of: SheetReader) -> None:
        """Take what *sheet_of* makes of what the parser *told*, or else the text that pdfium tells."""

        def parsed() -> Sheet:
            if told is None:
                raise LookupError("the parser told nothing of this page")
            return sheet_of(told, self.pictures, pdf.fonts(self.index))

        def plainly() -> Sheet:
            self.broken = True
            return attempt(
                lambda: pdf.plain(self.index), lambda: _EMPTY, self.warnings, "nor could its characters be read"
            )

        found = attempt(
            parsed,
            plainly,
            self.warnings,
            _PLAIN,
        )
        self.sheet = attempt(
            lambda: _mended(pdf, self.index, found),
            lambda: found,
            self.warnings,
            "the boxes and ligatures of this page could not be read",
        )
        if any(UNKNOWN in line.text for line in self.sheet.lines):
            self.warnings.append(_UNKNOWN)

    def straighten(self, pdf: Pdf) -> None:
        """See the page as it is meant to lie."""
        self.quarters = _quarters(self.sheet)
        with pdf.turned(self.index, self.quarters):
            self.sheet = _as_seen(pdf, self.index, self.look, self.sheet, turned=self.quarters > 0)


def _told(pdf: Pdf, drafts: Sequence[_Draft], most_copied: int) -> dict[int, Any]:
    """Return what the parser tells of the pages of *drafts*, by index; of those on which it fails, nothing."""
    found: dict[int, Any] = {}
    # Copies of the pages lack what ails a file outside of them, as junk before its head.
    for most in (most_copied, 0) if pdf.length <= most_copied else (0,):
        with contextlib.suppress(Exception):  # a bare RuntimeError of the extension
            return _parsed(pdf, [draft.index for draft in drafts], most)
    if len(drafts) == 1:
        return found
    # One damaged page ends it for all that are asked for together.
    for draft in drafts:
        draft.look_at(pdf)
    good = [draft.index for draft in drafts if draft.error is None]
    if 0 < len(good) < len(drafts):
        with contextlib.suppress(Exception):
            return _parsed(pdf, good, most_copied)
    for index in good:
        with contextlib.suppress(Exception):
            found |= _parsed(pdf, [index], most_copied)
    return found


def _answer(
    pdf: Pdf,
    draft: _Draft,
    running: Running,
    words: layout.Vocabulary | None,
    *,
    always: bool,
    wanted: PageOptions,
) -> Answer:
    sheet, look = draft.sheet, draft.look
    why: Verdict = "good"
    if not look.blank:
        text = "\n".join(line.text for line in sheet.lines)
        why = attempt(
            lambda: verdict(text, look, sheet.outlined),
            lambda: why,
            draft.warnings,
            "it could not be told how good it is",
        )
    if always:
        if why == "garbled":
            draft.warnings.append(_GARBLED)
        if sheet.outlined:
            draft.warnings.append(f"about {sheet.outlined} letters are drawn as shapes, and not in the text layer")
        why = "good"
    if draft.broken and not sheet.lines and not look.blank:
        if always:
            return damaged(draft.index)
        return UncertainPage(OCRPage(index=draft.index, markdown=""), "broken", tuple(draft.warnings))
    if why == "none":
        has_area = sheet.width * sheet.height > 0
        if not has_area or sheet.outlined or any(picture.certain for picture in sheet.pictures):
            return None
        return UncertainPage(OCRPage(index=draft.index, markdown=""), "drawn", tuple(draft.warnings))
    page = page_of(
        draft.index,
        sheet,
        wanted,
        running=running,
        cut=lambda box: pdf.shown(draft.index, box, sheet.width, sheet.height),
        warnings=[_PLACEHOLDER, *draft.warnings] if pdf.is_placeholder else draft.warnings,
        read=partial(layout.read, vocabulary=words),
    )
    if draft.quarters:  # as recognition tells it
        page = evolve(page, extra={**page.extra, "rotation": 90.0 * draft.quarters})
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


def _says_more(fields: Sequence[Filled], look: Look, sheet: Sheet) -> bool:
    """Whether people see text on the page that is not on *sheet*, because it is not drawn by the page's content."""
    if not sheet.lines and look.covered > _BACKGROUND:
        return False  # a scan with a stamp: its picture shows both
    if look.noted:
        return True
    for field in fields:
        there = (line.text for line in sheet.lines if line.box.across(field.box) > 0 < line.box.down(field.box))
        if "".join(field.value.split())[:_TELLING] not in "".join("".join(there).split()):
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
        fields = list(pdf.filled(index))
        if _says_more(fields, look, found):
            # What is flat has no links any more, and a copy no tags; the places on both are the same.
            found = evolve(_of_copy(pdf, index, flat=True), links=found.links, tags=found.tags)
        found = with_values(found, fields)
    except Exception:  # noqa: BLE001 - both libraries raise bare errors
        return sheet
    return found


def _of_copy(pdf: Pdf, index: int, *, flat: bool = False) -> Sheet:
    parsed = text_layer.parser(pages=[0]).parse_bytes(pdf.alone(index, flat=flat))
    (page,) = parsed.pages
    return _mended(pdf, index, text_layer.sheet(page, pdf.look(index)[1], pdf.fonts(index)))


def _parsed(pdf: Pdf, pages: Sequence[int], most_copied: int) -> dict[int, Any]:
    """Return what the parser tells of each of *pages*, by index."""
    if pdf.length > most_copied or not pdf.outline.ends:
        parsed = text_layer.parser().parse_bytes(pdf.part(pages))
        return {pages[page.page_num - 1]: page for page in parsed.pages}
    parser = text_layer.parser(password=pdf.document.password, pages=pages)
    path = os.fspath(pdf.document.path)
    # Of a file it reads what the pages need; bytes it copies, for every batch. It knows a PDF by the file's name, and
    # takes no name that is not UTF-8, of which "printable" is a stricter form.
    named = path.lower().endswith(".pdf") and path.isprintable() and not pdf.is_mended
    parsed = parser.parse(path) if named else parser.parse_bytes(pdf.data)
    return {page.page_num - 1: page for page in parsed.pages}


def _mended(pdf: Pdf, index: int, sheet: Sheet) -> Sheet:
    return _without_background(_with_notes(pdf, index, pdf.mended(index, sheet)))


def _with_notes(pdf: Pdf, index: int, sheet: Sheet) -> Sheet:
    """*sheet* with the notes that are not even drawn."""
    found = tuple(pdf.bare_notes(index))
    return evolve(sheet, lines=(*sheet.lines, *found)) if found else sheet


def _without_background(sheet: Sheet) -> Sheet:
    if not sheet.pictures:
        return sheet
    sheet = evolve(sheet, pictures=tuple(whole(sheet.pictures)))
    most = _BACKGROUND * sheet.width * sheet.height
    if not sheet.lines or not any(picture.certain and picture.box.area > most for picture in sheet.pictures):
        return sheet
    return evolve(sheet, pictures=tuple(picture for picture in sheet.pictures if picture.box.area <= most))

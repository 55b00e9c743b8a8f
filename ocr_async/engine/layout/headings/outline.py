"""
Takes headings from a document's outline: a line that says what an entry says, on the page to which that leads.

Not every outline is of headings; some programs write one entry for each page, or the names of files. It counts where
half of its entries stand on their pages, in different words, and most of the text there does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from attrs import evolve

from ...page import Line, Region, Sheet, union
from ...whole_document import Bookmark, TypeSizes
from ..columns.beside import Piece
from ..flow import FAR, Paragraph
from ..measure import ems
from ..texts import text_region
from .signs import HEADING, levels, likelihood
from .type_sizes import letters_of


__all__ = ["believed", "keys_of", "marked", "placed"]

FOUND = 0.5  # of the entries
MOST = 100  # entries of a page: more are of a dictionary
VARIED = 0.5  # of the entries: more differ in more than numbers
MOST_TEXT = 0.5  # of the letters of their pages: more are those of a text
SHORTEST = 2  # letters and digits
NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())
NEAR = 8  # lines, between two of one heading
WIDE = 3.0  # times the size, between a number and its heading
WHITE = 1.2  # times the size, between two rows of a heading
SIZES = 0.15  # by which sizes of its rows may differ
PAGE = re.compile(r"[\W_]*(?:\d{1,4}|[ivxlc]+)", re.IGNORECASE)
NUMBER = re.compile(
    r"\s*(?:(?:chapter|section|part|appendix|annex|kapitel|teil|abschnitt|anhang|chapitre|cap[ií]tulo)\s+)?"
    r"(?:\d+(?:\.\d+)*|[IVXLC]+|[A-Z](?:\.\d+)*)?[.:)]?(?:\s+|$)",
    re.IGNORECASE,
)


def believed(pages: Sequence[tuple[Sheet, Sequence[Bookmark]]], sizes: TypeSizes | None) -> list[tuple[Bookmark, ...]]:
    """
    Return the bookmarks of each of *pages*, with the levels of headings; none where the outline is not one of headings.

    Args:
        sizes: Of the type of the document.
    """
    pages = [(sheet, marks if len(marks) <= MOST else ()) for sheet, marks in pages]
    told = [(sheet, marks) for sheet, marks in pages if sheet.lines]
    entries = [mark for _, marks in told for mark in marks]
    size_of = {id(mark): size for sheet, marks in told for mark, size in _sizes(sheet.lines, marks)}
    found = [mark for mark in entries if id(mark) in size_of]
    names = {re.sub(r"[\W\d_]+", "", mark.title) for mark in entries}
    written = sum(letters_of(line.text) for sheet, marks in told if marks for line in sheet.lines)
    if (
        len(found) < FOUND * len(entries)
        or len(names) <= VARIED * len(entries)
        or sum(letters_of(mark.title) for mark in found) > MOST_TEXT * written
    ):
        return [() for _ in pages]
    base = 0
    if sizes is not None and found:
        by_size = levels([(size_of[id(mark)], mark.title) for mark in found], sizes.body, sizes.headings)
        highest = min(mark.level for mark in found)
        top = Counter(level for mark, level in zip(found, by_size, strict=True) if mark.level == highest)
        base = max(1, top.most_common(1)[0][0] - highest)
    return [tuple(evolve(mark, level=min(6, base + mark.level) if base else 0) for mark in marks) for _, marks in pages]


def marked(lines: Sequence[Line], marks: Sequence[Bookmark], body: float) -> list[Region]:
    """
    Return the headings that the *marks* of a page name, of the *lines* of that page.

    Args:
        body: Size of the running text in pixels.
    """
    if not marks:
        return []
    ordered = sorted(lines, key=lambda line: line.box.top)
    keys = [(_key(line.text), *keys_of(line.text)) for line in ordered]
    out: list[Region] = []
    taken: set[int] = set()
    for mark in marks:
        runs = [
            run
            for title in keys_of(mark.title)
            for run in _runs(ordered, keys, title)
            if taken.isdisjoint(map(id, run))
        ]
        if runs and _may_be_heading(run := min(runs, key=partial(_distance, mark)), body):
            run = [*_number_of(run[0], ordered), *run]
            taken.update(map(id, run))
            out.append(text_region(run, "title", level=mark.level or None))
    return out


def placed(sections: Iterable[Sequence[Piece]], heads: Sequence[Region]) -> Iterator[Sequence[Piece]]:
    """Yield *sections* with *heads* in place of their lines, the first of which stands for all."""
    if not heads:
        yield from sections
        return
    first = {id(head.lines[0]): head for head in heads}
    others = {id(line) for head in heads for line in head.lines[1:]}
    for section in sections:
        kept = [piece for piece in section if id(piece.thing) not in others]
        yield [Piece(first[id(piece.thing)]) if id(piece.thing) in first else piece for piece in kept]


def keys_of(text: str) -> tuple[str, ...]:
    """Return the letters and digits of *text*, with its number and without it."""
    whole, rest = _key(text), _key(NUMBER.sub("", text, count=1))
    return (whole, rest) if len(rest) >= SHORTEST and rest != whole else (whole,) if len(whole) >= SHORTEST else ()


def _key(text: str) -> str:
    if text.isascii():  # as nearly all lines
        return text.lower().encode().translate(None, NO_WORD).decode()
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _sizes(lines: Sequence[Line], marks: Sequence[Bookmark]) -> Iterator[tuple[Bookmark, float]]:
    """Yield those of *marks* that a line on their page says, or begins to, with its size."""
    said: dict[str, float] = {}
    for line in lines if marks else ():
        for key in keys_of(line.text):
            said[key] = max(ems(line), said.get(key, 0.0))
    for mark in marks:
        for key in keys_of(mark.title):
            sizes = [said[start] for end in range(len(key), SHORTEST, -1) if (start := key[:end]) in said]
            if sizes:
                yield mark, sizes[0]
                break


def _runs(lines: Sequence[Line], keys: Sequence[tuple[str, ...]], title: str) -> Iterator[list[Line]]:
    """
    Yield those of *lines*, which come from the top down, that say *title* together, beside or below each other.

    Args:
        keys: Those of each line, the first of which is of all that it says.
    """
    for index, line in enumerate(lines):
        key = next((each for each in keys[index] if each and title.startswith(each)), "")
        run = [line]
        while key and key != title:
            near = range(max(0, index - NEAR), min(len(lines), index + NEAR))
            goes_on = (at for at in near if keys[at][0] and title.startswith(key + keys[at][0]))
            more = next((at for at in goes_on if _belong(run[-1], lines[at])), None)
            if more is None:
                break
            run.append(lines[more])
            key += keys[more][0]
        if key == title and not any(_is_page_number(run[-1], other) for other in lines):
            yield run


def _number_of(line: Line, lines: Sequence[Line]) -> list[Line]:
    """Return the number of the heading that *line* begins, where the outline leaves it out and it is set apart."""
    beside = [
        other
        for other in lines
        if _belong(other, line) and other.box.down(line.box) > 0.5 * other.box.height and other.bold == line.bold
    ]
    return [other for other in beside if NUMBER.fullmatch(other.text)][-1:]


def _is_page_number(line: Line, other: Line) -> bool:
    """Whether *other* is the number of a page beside *line*, which then is of a list of contents or a running head."""
    box, next_box = line.box, other.box
    is_number = PAGE.fullmatch(other.text.strip()) is not None
    return is_number and box.is_level_with(next_box) and next_box.left >= box.right


def _belong(line: Line, other: Line) -> bool:
    """Whether *other* may go on with a heading after *line*: it stands to the right of it, or right below."""
    size, box, next_box = ems(line), line.box, other.box
    if other is line or abs(ems(other) - size) > SIZES * size:
        return False
    if box.is_level_with(next_box):
        return next_box.left - box.left >= 0 and next_box.left - box.right < WIDE * size
    return box.top < next_box.top and next_box.top - box.bottom < WHITE * size


def _distance(mark: Bookmark, run: Sequence[Line]) -> tuple[float, ...]:
    """How far *run* is from where *mark* leads; the largest one is the nearest where that does not say."""
    far = round(abs(run[0].box.top - mark.top) / ems(run[0])) if mark.top is not None else 0
    return far, -ems(run[0]), -len(run)


def _may_be_heading(lines: Sequence[Line], body: float) -> bool:
    """Whether nothing about *lines* themselves tells that they are no heading, as of a caption it does."""
    box = union([line.box for line in lines])
    paragraph = Paragraph(tuple(lines), box, FAR, FAR, (box.left, box.right))
    return likelihood(paragraph, body, body, kind="marked") >= HEADING

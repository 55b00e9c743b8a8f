"""
Puts words of Indian and South-East Asian scripts together, whose letters form clusters of several shapes.

A browser writes what a cluster says (ActualText) around its shapes. pdfium gives the letters the place of the first
shape, takes the others for a space, and says the whole cluster again where one of them is drawn later: "สวัสวั ดี". So
it is asked how far the shapes of each cluster reach, which of its letters it has told already, and where spaces are
written, of which it tells nothing.
"""

from __future__ import annotations

import ctypes
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pypdfium2.raw as pdfium
from attrs import evolve

from ...page import Box, Line, Sheet, Word, of_words, union
from ..char_fonts import CharFonts
from ..objects import address_of, letter_of, place_of
from ..view import Matrix, View


__all__ = ["may_have_clusters", "with_clusters"]

# Devanagari to Sinhala, Thai and Lao, Burmese, Khmer.
CLUSTERED = re.compile("[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
MOST = 20_000  # characters of a page
ROW = 8.0  # points
ROOM = 0.5  # of the height of a letter: the narrowest space behind the ink of one
SPACE = 0.4  # likewise: what is further off may be of another column
LEVEL = 0.6  # of the lower of two lines: so much of their heights they share
LEAST = 0.6  # of the letters of a line: fewer were not told twice, but elsewhere

Reach = Mapping[int, float]
"""How far to the right the shapes of a cluster reach on their page, by the address of its mark."""


def may_have_clusters(sheet: Sheet) -> bool:
    """Whether *sheet* has letters of such a script."""
    return any(not line.text.isascii() and CLUSTERED.search(line.text) for line in sheet.lines)


def with_clusters(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the words of its page that have such letters."""
    if fonts.drawn is None or fonts.page.get_rotation():
        return sheet
    marks = {address_of(thing): mark for thing, _ in fonts.drawn.texts if (mark := _cluster(thing))}
    if not marks:
        return sheet
    reach: dict[int, float] = {}
    spaces: list[Box] = []
    for thing, place in fonts.drawn.texts:
        mark = marks.get(address_of(thing), 0)
        box = place_of(fonts.view, thing, place)
        if mark and box is not None:
            reach[mark] = max(reach.get(mark, box.right), box.right)
        elif not mark and box is None:
            spaces.append(_origin(fonts.view, thing, place))
    words = list(_words(fonts, marks, reach, spaces))
    return evolve(sheet, lines=tuple(_lines(sheet.lines, words)))


def _lines(lines: tuple[Line, ...], words: list[Word]) -> Iterator[Line]:
    own: defaultdict[int, list[Word]] = defaultdict(list)
    for word in words:
        near = [(word.box.share(line.box), -index) for index, line in enumerate(lines) if line.box.down(word.box) > 0]
        share, index = max(near, default=(0.0, 0))
        if share > 0:
            own[-index].append(word)
    torn = [word.box for word in words if CLUSTERED.search(word.text)]
    whole: list[Line] = []
    for index, line in enumerate(lines):
        if line.text.isascii() or not CLUSTERED.search(line.text):
            yield line
            continue
        found = sorted(own[index], key=lambda word: word.box.left)
        if found and sum(len(word.text) for word in found) >= LEAST * len("".join(line.text.split())):
            whole.append(evolve(of_words(line, found), box=union([line.box, *(word.box for word in found)])))
        elif found or not any(line.box.share(box) > 0 for box in torn):
            yield line
    yield from _joined(whole)


def _joined(lines: list[Line]) -> list[Line]:
    """Return *lines*, those put together that a space parts."""
    out: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box.left):
        for index, before in enumerate(out):
            gap, high = line.box.left - before.words[-1].box.right, before.box.height
            level = line.box.down(before.box) > LEVEL * min(high, line.box.height)
            if level and line.marks == before.marks and -high < gap < SPACE * high:
                box = union((before.box, line.box))
                out[index] = evolve(of_words(before, [*before.words, *line.words]), box=box)
                break
        else:
            out.append(line)
    return out


def _words(fonts: CharFonts, marks: Mapping[int, int], reach: Reach, spaces: list[Box]) -> Iterator[Word]:
    rows: defaultdict[int, list[Box]] = defaultdict(list)
    for space in spaces:
        rows[int(space.top // ROW)].append(space)
    raw = fonts.text_page.raw
    told: dict[int, int] = {}  # the object that first said what is in a cluster
    text, boxes = "", list[Box]()
    right = 0.0
    before: Box | None = None
    spaced = False
    for index in range(min(pdfium.FPDFText_CountChars(raw), MOST)):
        letter = letter_of(pdfium.FPDFText_GetUnicode(raw, index))
        if letter.isspace() and letter not in "\r\n" and pdfium.FPDFText_IsGenerated(raw, index):
            spaced = True
            continue
        address = address_of(pdfium.FPDFText_GetTextObject(raw, index))
        mark = marks.get(address, 0)
        if mark and told.setdefault(mark, address) != address:
            continue
        char = None if letter.isspace() else fonts.char(index)
        wide = spaced and char is not None and before is not None and _is_space(before, right, char.box, rows)
        if char is None or wide:
            if text:
                yield _word(text, boxes, right)
            text, boxes = "", []
        if char is not None:
            text, right = text + letter, max(char.box.right, reach.get(mark, 0.0))
            before = char.box
            boxes.append(before)
        spaced = False
    if text:
        yield _word(text, boxes, right)


def _word(text: str, boxes: Sequence[Box], right: float) -> Word:
    box = union(boxes)
    return Word(text, evolve(box, right=max(box.right, right)))


def _is_space(before: Box, right: float, after: Box, rows: Mapping[int, Sequence[Box]]) -> bool:
    """Whether there is a space between the letters *before*, whose shapes reach to the *right*, and *after*."""
    if after.left - right > ROOM * after.height:
        return True
    near = range(int(before.top // ROW), int(before.bottom // ROW) + 2)
    return any(before.middle < space.left < after.middle for row in near for space in rows.get(row, ()))


def _origin(view: View, thing: Any, place: Matrix) -> Box:
    """Return where the text *thing* begins."""
    own = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(thing, own)
    return view.box((own.e, own.f, own.e, own.f), place)


def _cluster(thing: Any) -> int:
    """Return the address of the mark that says what the shape *thing* stands for, with others; 0 where none does."""
    length = ctypes.c_ulong()
    for number in reversed(range(pdfium.FPDFPageObj_CountMarks(thing))):
        mark = pdfium.FPDFPageObj_GetMark(thing, number)
        if pdfium.FPDFPageObjMark_GetParamStringValue(mark, b"ActualText", None, 0, length):
            return address_of(mark)
    return 0

"""
Tells in which font the letters at a place of a page are set, and how far apart, as pdfium knows it.

The parser says of a line's font only what its first letters have: of one that begins with a bold name, or with a
command in even type, it would say that all of it is so. Of letters it tells no boxes, and it does not see each space
that was made by moving on.
"""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from attrs import frozen

from ..check_boxes import CheckBox
from ..page import Box
from .objects import UNSEEN, letter_of
from .unseen.hidden import Drawn, Hidden, hidden
from .view import View


__all__ = ["Char", "CharFont", "CharFonts", "font_name"]

_NEAR = 1.0, 3.0  # points, across and down: how far the nearest letter may be
_BEARING = 0.1  # of the height of a line: about what letters leave free before them, or half of it
_LOWER = 0.2  # likewise: so far below its middle all letters are, be they small and the next ones large
_LONGEST = 256  # bytes of a font's name
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f]")
_SPACE = 0x20
_SPACES = 0.15, 1.0  # of the font size: how wide they are
_KNOWN = frozenset(b"\0\t\n\r")
_LEVEL = 0.02  # the sine of half the angle of what is on a level line, at most
_DRAWN = 1.5  # pixels a point
_MOST_PIXELS = 4_000_000
_HIGH_UP = 0.45  # of the height of a font's box: where small digits of its own begin, others at .2 to .3
_SIDES = "left", "right", "bottom", "top"  # in the order of pdfium
_FOOT = "bottom", "right", "top", "left"  # of a letter, by how many right angles clockwise its page is turned
_HIGH, _LOW, _LOW_END = 0xD800, 0xDC00, 0xE000  # halves of a character beyond the first 65,536


@frozen
class CharFont:
    """
    A font as it stands on the page.

    Attributes:
        size: In points.
    """

    name: str
    weight: int
    size: float

    @classmethod
    def of(cls, item: Any) -> CharFont:
        """Return the one that the parser tells of its text *item*."""
        return cls(item.font_name or "", item.font_weight or 0, item.font_height or 0.0)


@frozen
class Char:
    """
    A letter as it stands on the page.

    Attributes:
        index: Its place in the text.

        box: In points from the top left, as high as its font's letters are.

        mark: Its marked-content id.
    """

    index: int
    text: str
    box: Box
    mark: int | None = None


class CharFonts:
    """
    The fonts of one *page*.
    """

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.page = page
        self.drawn: Drawn | None = None  # what is known of the order in which it is
        self.fields: tuple[CheckBox, ...] = ()  # those of a form that are ticked or not
        self.shadings: list[Box] = []  # where colours run into each other, as on the balls that Beamer has for bullets
        self.may_have_beyond = True  # whether the file names letters beyond the first 65,536 characters

    @cached_property
    def hidden(self) -> Hidden | None:
        """What nobody sees of it."""
        return hidden(self.page, lambda: self.text_page, self.drawn, self._scale) if self.drawn is not None else None

    @cached_property
    def view(self) -> View:
        """Where people see what it has."""
        return View(self.page)

    @cached_property
    def text_page(self) -> pypdfium2.PdfTextPage:
        """Its characters; to find them is a part of the work, so all who ask for them share this one."""
        return self.page.get_textpage()

    def at(self, x: float, y: float) -> CharFont | None:
        """Return the font of the letter at *x* and *y*, in points from the top left; None where there is none."""
        index = self._index(x, y)
        return None if index < 0 else self.font(index)

    def spelt(self, word: str, x: float, y: float) -> list[Char]:
        """Return the letters of *word*, of which the first is at *x* and *y*; nothing where others stand there."""
        return self._spelt(word, self._index(x, y))

    def spelt_in(self, word: str, box: Box) -> list[Char]:
        """Return the letters of *word* of several sizes in *box*; nothing where others stand there."""
        return self._spelt(word, self._first(box, _LOWER * box.height))

    def _spelt(self, word: str, first: int) -> list[Char]:
        chars = [self.char(index) for index in range(first, first + len(word))] if first >= 0 else []
        found = [char for char in chars if char is not None]
        return found if "".join(char.text for char in found) == word else []

    def run(self, box: Box, length: int) -> str:
        """Return so many letters from that on with which *box* begins; nothing where there is none."""
        raw, first = self.text_page.raw, self._first(box)
        if first < 0:
            return ""
        return "".join(letter_of(pdfium.FPDFText_GetUnicode(raw, index)) for index in range(first, first + length))

    def text(self, left: float, top: float, right: float, bottom: float) -> str:
        """Return the letters within a box in points from the top left, or on its edge."""
        places = [self.view.place(x, y) for x, y in ((left, top), (right, bottom))]
        across, up = zip(*places, strict=True)
        said: str = self.text_page.get_text_bounded(min(across), min(up), max(across), max(up))
        return said

    def gaps(self, word: str, x: float, y: float) -> list[tuple[float, float]]:
        """
        Return where the letters of *word*, of which the first one is at *x* and *y*, have gaps behind them.

        Returns:
            For each letter but the last its right edge and the left one of the next, in points from the word's left;
            nothing where other letters stand there, or where they do not go on to the right.
        """
        text, first = self.text_page.raw, self._index(x, y)
        if first < 0 or first + len(word) > pdfium.FPDFText_CountChars(text):
            return []
        edges, spaces = list[tuple[float, float]](), 0
        for index, letter in enumerate(word, first):
            box = pdfium.FS_RECTF()
            index += spaces
            if pdfium.FPDFText_GetUnicode(text, index) == _SPACE:  # of letters that stand apart it sees some as words
                index, spaces = index + 1, spaces + 1
            if pdfium.FPDFText_GetUnicode(text, index) != ord(letter):
                return []
            if not pdfium.FPDFText_GetLooseCharBox(text, index, box):
                return []
            ends = self.view.point(box.left, box.bottom)[0], self.view.point(box.right, box.top)[0]
            if edges and min(ends) < edges[-1][0]:
                return []
            edges.append((min(ends), max(ends)))
        origin = edges[0][0]
        return [(before[1] - origin, after[0] - origin) for before, after in pairwise(edges)]

    def has_space_before(self, box: Box) -> bool:
        """
        Whether a space's room is left before the letter with which *box* begins, by the width of the one before it in
        their font: what is drawn of letters that lean reaches over a space.
        """
        raw, index = self.text_page.raw, self._first(box)
        before = index - 1 - (pdfium.FPDFText_GetUnicode(raw, index - 1) == _SPACE)
        font, width = self.font(before), ctypes.c_float()
        if font is None or font != self.font(index):
            return False
        written = pdfium.FPDFTextObj_GetFont(pdfium.FPDFText_GetTextObject(raw, before))
        pdfium.FPDFFont_GetGlyphWidth(written, pdfium.FPDFText_GetUnicode(raw, before), font.size, width)
        least, most = _SPACES
        return least * font.size < self._pen(index) - self._pen(before) - width.value < most * font.size

    def _pen(self, index: int) -> float:
        """Return how far right the letter at *index* is begun, in points."""
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(self.text_page.raw, index, x, y)
        return self.view.point(x.value, y.value)[0]

    def beyond(self) -> list[Char]:
        """Return the letters beyond the first 65,536 characters, which pdfium tells in two halves each."""
        raw = self.text_page.raw
        codes = [pdfium.FPDFText_GetUnicode(raw, index) for index in range(pdfium.FPDFText_CountChars(raw))]
        halves = [index for index, code in enumerate(codes[:-1]) if _HIGH <= code < _LOW <= codes[index + 1] < _LOW_END]
        return [char for index in halves if (char := self.char(index)) is not None]

    @cached_property
    def _units(self) -> bytes:
        """All characters as pdfium counts them, in UTF-16."""
        raw = self.text_page.raw
        count = pdfium.FPDFText_CountChars(raw)
        units = (ctypes.c_ushort * (2 * count + 2))()
        length = pdfium.FPDFText_GetText(raw, 0, count, units) if count > 0 else 1  # with the zero at its end
        return bytes(units)[: 2 * length - 2]

    @cached_property
    def said(self) -> str:
        """All characters, with spaces and the ends of lines."""
        return self._units.decode("utf-16-le", "surrogatepass")

    @cached_property
    def has_stretched_spaces(self) -> bool:
        """Whether spaces are as wide as letters, as where a recogniser stretches each word with the one behind it."""
        space = self.said.find(" ")
        wide = [char.box.width for char in self.chars(range(space - 1, space + 1))] if space > 0 else []
        return len(wide) == 2 and math.isclose(*wide, rel_tol=0.01)

    def chars(self, places: Sequence[int]) -> list[Char]:
        """Return the letters at *places* of what is `said`; nothing where one has none."""
        found = [char for index in self._indices(places) if (char := self.char(index)) is not None]
        return found if len(found) == len(places) else []

    def feet(self, places: Sequence[int]) -> list[float]:
        """Return how far up the letters at *places* of what is `said` end, in points from anywhere on the page."""
        raw, box, side = self.text_page.raw, pdfium.FS_RECTF(), _FOOT[self.page.get_rotation() // 90]
        out: list[float] = []
        for index in self._indices(places):
            pdfium.FPDFText_GetLooseCharBox(raw, index, box)
            out.append(getattr(box, side))
        return out

    def superior(self, places: Sequence[int]) -> list[int]:
        """Return those of *places* of what is `said` whose letters are high up in the box of their font, as ¹ is."""
        raw, box, sides = self.text_page.raw, pdfium.FS_RECTF(), [ctypes.c_double() for _ in range(4)]
        turned = self.page.get_rotation() // 90
        low, high = _FOOT[turned], _FOOT[turned - 2]
        foot = sides[_SIDES.index(low)]
        out: list[int] = []
        for place, index in zip(places, self._indices(places), strict=True):
            pdfium.FPDFText_GetCharBox(raw, index, *sides)
            pdfium.FPDFText_GetLooseCharBox(raw, index, box)
            bottom, top = getattr(box, low), getattr(box, high)
            if abs(foot.value - bottom) > _HIGH_UP * abs(top - bottom):
                out.append(place)
        return out

    def _indices(self, places: Sequence[int]) -> Sequence[int]:
        """Return the indices of the letters at *places* of what is `said`, whose rarest letters count twice there."""
        raw = self.text_page.raw
        if 2 * pdfium.FPDFText_CountChars(raw) == len(self._units) and not self._beyond:
            return places
        places = [place + bisect_left(self._beyond, place) for place in places]
        return [pdfium.FPDFText_GetCharIndexFromTextIndex(raw, place) for place in places]

    @property
    def has_beyond(self) -> bool:
        """Whether it has letters beyond the first 65,536 characters."""
        return self.may_have_beyond and bool(self._beyond)

    @cached_property
    def _beyond(self) -> list[int]:
        """The places of letters beyond the first 65,536 characters."""
        if 2 * len(self.said) == len(self._units):
            return []
        return [place for place, letter in enumerate(self.said) if letter > "\uffff"]

    def controls(self) -> list[Char]:
        """Return the codes of controls that no file says to be letters; of some pdfium tells nothing in its text."""
        raw = self.text_page.raw
        count = pdfium.FPDFText_CountChars(raw)
        if 2 * count == len(self._units) and _CONTROL.search(self.said) is None:
            return []
        codes = [pdfium.FPDFText_GetUnicode(raw, index) for index in range(count)]
        found = [index for index, code in enumerate(codes) if code < _SPACE and code not in _KNOWN]
        unknown = [index for index in found if pdfium.FPDFText_HasUnicodeMapError(raw, index) > 0]
        return [char for index in unknown if (char := self.char(index)) is not None]

    def is_seen(self, index: int) -> bool:
        """Whether the letter at *index* is drawn and not hidden, level, and on the page."""
        raw, turn = self.text_page.raw, self.page.get_rotation() * math.pi / 180
        written = pdfium.FPDFText_GetTextObject(raw, index)
        if self.hidden is not None and self.hidden.has(written):
            return False
        mode = pdfium.FPDFTextObj_GetTextRenderMode(written)
        if mode in UNSEEN or abs(math.sin((pdfium.FPDFText_GetCharAngle(raw, index) + turn) / 2)) > _LEVEL:
            return False
        char, view = self.char(index), self.view
        return char is not None and 0 < char.box.middle < view.wide and 0 < char.box.centre < view.high

    def char(self, index: int) -> Char | None:
        """Return the letter at *index*; None where there is none."""
        raw, box = self.text_page.raw, pdfium.FS_RECTF()
        if index < 0 or not pdfium.FPDFText_GetLooseCharBox(raw, index, box):
            return None
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if _HIGH <= code < _LOW:
            code = 0x10000 + ((code - _HIGH) << 10) + pdfium.FPDFText_GetUnicode(raw, index + 1) - _LOW
        mark = pdfium.FPDFPageObj_GetMarkedContentID(pdfium.FPDFText_GetTextObject(raw, index))
        (x1, y1), (x2, y2) = self.view.point(box.left, box.bottom), self.view.point(box.right, box.top)
        place = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        return Char(index, letter_of(code), place, mark if mark >= 0 else None)

    def font(self, index: int) -> CharFont | None:
        """Return that of the letter at *index*."""
        text = self.text_page.raw
        name, matrix = font_name(text, index), pdfium.FS_MATRIX()
        if name is None or not pdfium.FPDFText_GetMatrix(text, index, matrix):
            return None
        high = (matrix.c**2 + matrix.d**2) ** 0.5
        return CharFont(
            name,
            pdfium.FPDFText_GetFontWeight(text, index),
            pdfium.FPDFText_GetFontSize(text, index) * high,
        )

    def colour(self, x: float, y: float) -> tuple[int, int, int] | None:
        """Return red, green and blue of the letter at *x* and *y*, of 255 each, white if it is clear; or None."""
        index, parts = self._index(x, y), [ctypes.c_uint() for _ in range(4)]
        if index < 0 or not pdfium.FPDFText_GetFillColor(self.text_page.raw, index, *parts):
            return None
        red, green, blue, alpha = (part.value for part in parts)
        return (red, green, blue) if alpha else (255, 255, 255)

    def darkness(self, boxes: Sequence[Box], below: int) -> list[float]:
        """Return for each of *boxes*, in points from the top left, the share of its pixels that are *below* a grey."""
        scale = self._scale
        # pypdfium2 annotates the scale by its default, 1; it takes any number
        drawn = self.page.render(scale=scale, grayscale=True).to_pil()  # pyright: ignore[reportArgumentType]
        out: list[float] = []
        for box in boxes:
            left, right = _pixels(box.left * scale, box.right * scale, drawn.width)
            top, bottom = _pixels(box.top * scale, box.bottom * scale, drawn.height)
            counts = drawn.crop((left, top, right, bottom)).histogram()
            out.append(sum(counts[:below]) / sum(counts))
        return out

    @cached_property
    def _scale(self) -> float:
        """Pixels a point of pictures of it."""
        scale: float = min(_DRAWN, (_MOST_PIXELS / max(1.0, self.view.wide * self.view.high)) ** 0.5)
        return scale

    def _first(self, box: Box, lower: float = 0.0) -> int:
        """Return the index of the letter with which *box* begins, *lower* than half-way; negative for none."""
        bearing = _BEARING * box.height
        return self._index(box.left + bearing, box.centre + lower, (2 * bearing, box.height))

    def _index(self, x: float, y: float, near: tuple[float, float] = _NEAR) -> int:
        """Return that of the letter at *x* and *y*, or as *near* as that; less than 0 where there is none."""
        index: int = pdfium.FPDFText_GetCharIndexAtPos(self.text_page.raw, *self.view.place(x, y), *near)
        return index


def _pixels(start: float, end: float, count: int) -> tuple[int, int]:
    """Return the first of *count* pixels between *start* and *end*, and the one behind the last; one at least."""
    first = min(max(0, round(start)), count - 1)
    return first, max(first + 1, min(round(end), count))


def font_name(text: Any, index: int) -> str | None:
    """Return the name of the font of the letter at *index* of pdfium's *text* page; None where it tells none."""
    name = ctypes.create_string_buffer(_LONGEST)
    length = pdfium.FPDFText_GetFontInfo(text, index, name, _LONGEST, ctypes.c_int())
    return name.value.decode("utf-8", "replace") if 0 < length <= _LONGEST else None

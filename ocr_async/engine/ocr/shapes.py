"""
Decides between characters that look alike by their shapes, beside those of the same page that are known.

The networks read "0,5l" as "0,51", "OOLU" as "00LU" and "ısı" as "isi", and surely: it is what they saw more often. In
one fount the two differ all the same, and a page shows enough of both: the "1" of "10,50", the "l" of "Milch". Which of
those a character is nearer to, and clearly, is what it is; where that is not clear, it stays as it was read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ..scan.reduced import grey_of
from .lines import Reading, word_at
from .look_alikes import is_turkish


__all__ = ["with_known_shapes"]

_CLEARLY = 0.03  # nearer than to the other
_LIKE = 0.3  # at most, of what has the shape of a letter at all
_SEVERAL = 3  # that are known of what was read, or nothing is known of how it varies
_SIZE = 0.3  # taller or lower, at most: what is larger may be of another weight
_ASPECT = 0.3  # what a shape e times as wide counts as, beside the correlation
_HEIGHT, _WIDTH = 16, 24  # pixels of a shape
_MOST = 40  # shapes of each character that are known; more take time
_CELL = 5  # words of a line that may be a cell or an entry, and no prose
_SPECK = 0.0015  # of a line's height squared
_RULE, _FLAT = 2.5, 0.25  # times as long, and as high, as the line: a rule, and what belongs to the line beside it
_STACKED = 0.5  # of the narrower of two pieces is above the other: dots, accents
_TALL = frozenset("0123456789ABCDEFGHIKLMNOPRSTUVWXYZbdfhkl")
_EVEN = 1.2  # times as high as the lowest of those, at most: the network may have read what is broken
_LETTERS = frozenset("acemnorsuvwxz")  # as high as the small letters are
_UNEVEN, _CAPITAL = 0.15, 1.2  # higher or lower than those, at most; times as high, at least
_PALE = 0.3  # of a stem's darkness: the dot above it, at least

_CODE = re.compile(r"(?<![^\s(])(?=\S*[A-Z])(?=\S*\d)[A-Z0-9./-]{2,}(?![^\s.,:;)])")
_OTHER = {"0": "O", "O": "0", "1": "I"}  # in a code; an "I" is right there
_ALONE = re.compile(r"^([1I|!！])$")
_MEASURE = re.compile(r"(?<![\w.,:/-])\d+(?:[.,]\d+ ?| )([1I!！]|\|$)(?![\w.,:%]|[/-]\w)")
_WHOLE = re.compile(r"(?<![\w.,:/-])\d+([1!！]|\|$)(?![\w.,:%]|[/-]\w)")
_AMONG_LETTERS = re.compile(r"(?<=[a-zäöüßÖ/])(1)(?![A-Z]|[.,:-]?\d)")
_BEFORE_LETTERS = re.compile(r"(?<![^\s(])(0)(?=[a-zß-ÿ]{2})")
_NUMBER = re.compile(r"(?<!\S)[\d.,:/%()-]+(?!\S)")
_WORD = re.compile(r"(?<![^\s(])[A-Za-zÀ-ÿ]?(?:[a-zß-ÿ]+|[A-ZÀ-Þ]+)(?![^\s.,:;)])")

PictureOf = Callable[[int], NDArray[np.uint8]]
"""Returns the picture of a line, in blue, green and red, by its number."""


@frozen
class _Glyph:
    """
    The ink of a character.

    Attributes:
        body: How high the piece of it that stands on the line is.

        pieces: How many there are.
    """

    left: int
    top: int
    right: int
    bottom: int
    body: int
    pieces: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


@frozen
class _Line:
    text: str
    grey: NDArray[np.uint8]
    glyphs: dict[int, _Glyph]  # by their place in the text

    def is_whole(self, place: int) -> bool:
        """Whether the character at *place* is of one piece, and those of its word are as high as each other."""
        if place not in self.glyphs or self.glyphs[place].pieces > 1:
            return False
        tall = [self.glyphs[each].height for each in word_at(self.text, place) if self.text[each] in _TALL]
        return max(tall, default=0) <= _EVEN * min(tall, default=0)

    def has_dot(self, place: int) -> bool:
        """Whether anything is above the stem at *place*; the dot of a small letter may be paler than ink."""
        glyph = self.glyphs[place]
        top = glyph.bottom - glyph.body
        above = self.grey[max(0, top - glyph.body) : top - 1, glyph.left : glyph.right]
        stem = self.grey[top : glyph.bottom, glyph.left : glyph.right]
        light = float(np.quantile(self.grey, 0.9))
        return bool(above.size) and light - float(above.min()) > _PALE * (light - float(stem.min()))


@frozen(eq=False)
class _Shape:
    """
    What a character looks like.

    Attributes:
        where: Its line, and its place in that.

        height: In pixels.

        aspect: The logarithm of its width over its height.

        ink: How dark it is, of one size, about its mean and of length 1.
    """

    where: tuple[int, int]
    height: int
    aspect: float
    ink: NDArray[np.float32]

    @classmethod
    def of(cls, line: _Line, index: int, place: int) -> _Shape:
        """Return that of the character at *place* of *line*, the page's *index*-th."""
        glyph = line.glyphs[place]
        dark = 255 - line.grey[max(0, glyph.top - 1) : glyph.bottom + 1, max(0, glyph.left - 1) : glyph.right + 1]
        width = min(_WIDTH, max(2, round(_HEIGHT * dark.shape[1] / dark.shape[0])))
        ink = np.zeros((_HEIGHT, _WIDTH), np.float32)
        left = (_WIDTH - width) // 2
        ink[:, left : left + width] = cv2.resize(dark, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 1.0), np.float32)
        ink -= ink.mean()
        aspect = math.log((glyph.right - glyph.left) / glyph.height)
        return cls((index, place), glyph.height, aspect, ink / max(1.0, float(np.linalg.norm(ink))))

    def is_beside(self, other: _Shape) -> bool:
        """Whether *other* is another character, of about its size."""
        return self.where != other.where and abs(other.height / self.height - 1) < _SIZE

    def distance(self, other: _Shape) -> float:
        """Return how unlike they are: 0 for one and the same."""
        return 1 - float((self.ink * other.ink).sum()) + _ASPECT * abs(self.aspect - other.aspect)


def with_known_shapes(readings: Sequence[Reading], picture_of: PictureOf) -> list[Reading]:
    """Return *readings*, the lines of a page, with what their pictures tell of characters that look alike."""
    lines = _Lines(readings, picture_of)
    changes = [*_by_others(readings, lines)]
    if is_turkish(reading.text for reading in readings):
        changes += _by_dots(readings, lines)
    texts = {index: list(readings[index].text) for index, _, _ in changes}
    for index, place, to in changes:
        texts[index][place] = to
    return [
        reading.rewritten("".join(texts[index])) if index in texts else reading
        for index, reading in enumerate(readings)
    ]


class _Lines:
    """The lines of a page, their characters found in their pictures when one is asked for."""

    def __init__(self, readings: Sequence[Reading], picture_of: PictureOf) -> None:
        self._readings, self._picture_of = readings, picture_of
        self._known: dict[int, _Line] = {}

    def __getitem__(self, index: int) -> _Line:
        if index not in self._known:
            grey = grey_of(self._picture_of(index))
            _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
            if ink.mean() > 127:  # light letters on a dark ground
                grey, ink = 255 - grey, cv2.bitwise_not(ink)
            reading = self._readings[index]
            self._known[index] = _Line(
                reading.text, grey, _placed(reading, _glyphs(np.asarray(ink, np.uint8)), grey.shape[1])
            )
        return self._known[index]


def _doubtful(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the places in *text* of what may be another character, what it is taken for, and that other."""
    for code in _CODE.finditer(text):
        for place in range(*code.span()):
            if text[place] in _OTHER:
                yield place, text[place], _OTHER[text[place]]
    for found in _BEFORE_LETTERS.finditer(text):
        yield found.start(), "0", "O"
    for pattern in (_MEASURE, _ALONE, _AMONG_LETTERS, *([_WHOLE] if text.count(" ") < _CELL else [])):
        for found in pattern.finditer(text):
            yield found.start(1), "1", "l"


def _known(text: str) -> Iterator[int]:
    """Yield the places in *text* of characters that can be no other."""
    for number in _NUMBER.finditer(text):
        figures = [place for place in range(*number.span()) if text[place].isdigit()]
        yield from (place for place in figures[:-1] if text[place] in "01")
    for word in _WORD.finditer(text):
        begin, end = word.span()
        if end - begin > 1:
            yield from (place for place in range(begin, end) if text[place] in "lOI")
    for code in _CODE.finditer(text):
        yield from (place for place in range(*code.span()) if text[place] in "OI")


def _by_others(readings: Sequence[Reading], lines: _Lines) -> Iterator[tuple[int, int, str]]:
    """Yield the line, the place in it and the character of what looks clearly more like that than what was read."""
    doubtful = [
        (index, place, taken, other)
        for index, reading in enumerate(readings)
        for place, taken, other in _doubtful(reading.text)
        if lines[index].is_whole(place)
    ]
    known = _known_shapes(readings, lines, {each for _, _, *pair in doubtful for each in pair})
    for index, place, taken, other in doubtful:
        own = _Shape.of(lines[index], index, place)
        far, near = (
            sorted(own.distance(each) for each in known[letter] if own.is_beside(each)) for letter in (taken, other)
        )
        # of two that are known one may have been misread itself
        if len(far) >= _SEVERAL and near and near[:2][-1] < min(far[0] - _CLEARLY, _LIKE):
            yield index, place, other


def _known_shapes(readings: Sequence[Reading], lines: _Lines, wanted: Set[str]) -> Mapping[str, Sequence[_Shape]]:
    """Return the shapes of the characters *wanted* that are known on the page, by what they are."""
    known: dict[str, list[_Shape]] = {letter: [] for letter in wanted}
    for index, reading in enumerate(readings):
        for place in _known(reading.text) if wanted else ():
            letter = reading.text[place]
            if letter in wanted and len(known[letter]) < _MOST and lines[index].is_whole(place):
                known[letter].append(_Shape.of(lines[index], index, place))
    return known


def _by_dots(readings: Sequence[Reading], lines: _Lines) -> Iterator[tuple[int, int, str]]:
    """Yield the line and the place of each "ı" and "İ" of a page in Turkish that was read as another letter."""
    for index, reading in enumerate(readings):
        places = [place for place, letter in enumerate(reading.text) if letter in "iIl"]
        if not places:
            continue
        glyphs = lines[index].glyphs
        small = {place: glyph.body for place, glyph in glyphs.items() if reading.text[place] in _LETTERS}
        if not small:
            continue
        height = float(np.median(list(small.values())))
        odd = {place for place, high in small.items() if abs(high / height - 1) > _UNEVEN}
        for place in places:
            if place not in glyphs or not odd.isdisjoint(word_at(reading.text, place)):
                continue
            glyph = glyphs[place]
            if glyph.pieces > 1 and glyph.body >= _CAPITAL * height:
                yield index, place, "İ"
            elif (
                reading.text[place] == "i"
                and abs(glyph.body / height - 1) <= _UNEVEN
                and not lines[index].has_dot(place)
            ):
                yield index, place, "ı"


def _glyphs(ink: NDArray[np.uint8]) -> list[_Glyph]:
    """Return the pieces of ink of a line, from left to right, those above each other together."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    height = len(ink)
    out: list[_Glyph] = []
    for left, top, wide, high, area in sorted(stats[1:].tolist()):
        bottom, right = top + high, left + wide
        beside = (top == 0 or bottom == height) and high < _FLAT * height
        if area < max(3, _SPECK * height**2) or beside or (wide > _RULE * height and high < _FLAT * height):
            continue
        last = out[-1] if out else None
        if last and left < last.right and last.top < top and bottom < last.bottom:
            continue  # the dot in a "0"
        if last and min(last.right, right) - max(last.left, left) >= _STACKED * min(last.right - last.left, wide):
            out[-1] = _Glyph(
                min(last.left, left),
                min(last.top, top),
                max(last.right, right),
                max(last.bottom, bottom),
                high if bottom > last.bottom else last.body,
                last.pieces + 1,
            )
        else:
            out.append(_Glyph(left, top, right, bottom, high, 1))
    return out


def _placed(reading: Reading, glyphs: Sequence[_Glyph], width: int) -> dict[int, _Glyph]:
    """Return which of *glyphs* are the characters of *reading*, by their place in its text: of words with as many."""
    places = [place for place, letter in enumerate(reading.text) if not letter.isspace()]
    if len(places) == len(glyphs):
        return dict(zip(places, glyphs, strict=True))
    ends = [word[3] for word in reading.words]
    begins = [word[2] for word in reading.words[1:]]
    cuts = [0.0, *(width * (end + begin) / 2 for end, begin in zip(ends, begins, strict=False)), float(width)]
    out: dict[int, _Glyph] = {}
    for word, left, right in zip(re.finditer(r"\S+", reading.text), cuts, cuts[1:], strict=False):
        own = [glyph for glyph in glyphs if left <= (glyph.left + glyph.right) / 2 < right]
        if len(own) == word.end() - word.start():
            out |= zip(range(*word.span()), own, strict=True)
    return out

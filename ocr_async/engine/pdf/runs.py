"""The words of what a PDF's parser reports as one piece of text, and those of them that stand side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ..page import FORMULA, Box
from .items import Item
from .letters.ligatures import straightened
from .letters.signs import may_be_sign, may_have_euro, seen, shows_signs, with_euro
from .letters.tex.formulas import formula_or_words
from .raised import begins_note, without_mark
from .spaces import are_closed, differ, may_lack_space, parted, parted_by_size, parted_by_tracking


__all__ = ["GAP", "INVISIBLE", "Part", "Run", "Whole", "parts_of", "runs_of"]

# Soft hyphens, marks of direction, joiners of words and controls; those that join letters of a script stay.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff\x00-\x08\x0b-\x1f]")
TEXT_BULLET = "\x88"  # of TeX's text symbols, whose bitmap fonts do not say what they show
BULLET = "•"
# The words of one line up to a gap of this many times the font size; tables' columns stand further apart, and the
# words of the widest justified lines nearer.
GAP = 1.0
MARK_WIDTH = 0.25  # of the font size, as a space's
TOUCHING = 0.01  # of the font size
MARK = re.compile(r"\$([.,;:])(?![\d.])")


Part = tuple[str, Box, Item, bool]
"""A word with the item that it came from, and whether a space goes before."""


class Run:
    """Words that stand side by side; grows to a line."""

    __slots__ = ("bottom", "left", "parts", "right", "size", "top")

    def __init__(self, box: Box, size: float) -> None:
        self.left, self.top, self.right, self.bottom = box.left, box.top, box.right, box.bottom
        self.size = size
        self.parts: list[Part] = []

    def spelt(self) -> list[Part]:
        """Return the parts."""
        return self.parts


class Whole(Run):
    """A run that is one item, whose words nobody has looked at yet."""

    __slots__ = ("box", "item")

    def __init__(self, box: Box, item: Item) -> None:
        self.left, self.top, self.right, self.bottom = box.left, box.top, box.right, box.bottom
        self.size = item.size
        self.item: Item | None = item
        self.box = box
        self.parts = []

    def spelt(self) -> list[Part]:
        """Return the parts, and look them up the first time."""
        if self.item is not None:
            self.parts = list(parts_of(self.item))
            self.item = None
        return self.parts


def parts_of(item: Item) -> Iterator[Part]:
    """Yield the words of *item*, and its formulas, each as one word: they are LaTeX, of which it tells no words."""
    said, cursor, source = item.text, 0, item.source
    left, top, bottom = source.x, source.y, source.y + source.height
    signs = shows_signs(item.font)
    has_euro = may_have_euro(said)
    hidden: Box | None = None
    last = ""
    words = source.words
    larger, least = _larger(words), TOUCHING * item.size
    for place, word in enumerate(words):
        text, x, y = word.text, word.x, word.y
        box = Box(x, y, x + word.width * (1 + 1 / len(text) if item.stretched else 1), y + word.height)
        found = said.find(text, cursor) if "$" not in said else _outside(said, text, cursor)
        between = said[cursor:found] if found > cursor else ""
        spaced = between != "" and any(map(str.isspace, between))
        if "$" in between and (formula := FORMULA.search(between)):
            room = Box(min(left, x), top, x, bottom)
            yield from _formula(formula[0], room, item, spaced=between[:1].isspace())
            spaced = between[-1:].isspace()
        # Letters that lean may reach over a space. Two that touch do not: their like may be parted elsewhere.
        if last and not between and text[:1].isalnum() and not (len(last + text) == 2 and abs(x - left) < least):
            spaced = f"{last}{text}" not in item.fonts.said and f"{last} {text}" in item.fonts.said
        last = text
        cursor = max(cursor, found + len(text))
        if item.closed and spaced and are_closed(said[:found].rstrip(), text, x - left, item.size):
            spaced = item.at(box).has_space_before(box)
        if not signs and has_euro and "e" in (text[0], text[-1]):
            text = with_euro(text, box, item.fonts)
        if signs or (len(text) == 1 and may_be_sign(text, word.width, item.size)):
            font = item.at(box).font if item.font or not signs else ""  # a word may be of another font than the first
            if (signs and not item.font) or (font and shows_signs(font)):
                text = seen(text, font, word.width, item.size, first=left == source.x)
                if not text:  # what stands beside it stands together all the same
                    hidden = hidden or box
                    continue
        if hidden is not None:
            box, spaced, hidden = Box(min(hidden.left, box.left), box.top, box.right, box.bottom), True, None
        if left == source.x and begins_note(text):
            *mark, (text, box) = without_mark(text, box, item.fonts)
            for part in mark:
                item = item.at(box)  # the parser has all of the note in the font of its mark
                yield *part, item, spaced
                spaced = True
        left = box.right
        before: list[tuple[str, Box]] = []
        if item.tracking:
            *before, (text, box) = parted_by_tracking(text, box, item.size, item.tracking, item.fonts)
        elif not item.even and may_lack_space(text):
            *before, (text, box) = parted(text, box, item.size, item.fonts)
        if place in larger:
            *more, (text, box) = parted_by_size(text, box, item.fonts)
            before += more
        for part in before:
            yield *part, item, spaced
            spaced = True
        if not text.isascii():
            text = straightened(text)
        if text and (text.isprintable() or (text := INVISIBLE.sub("", text))):
            yield BULLET if text == TEXT_BULLET else text, box, item, spaced
    if "$" in (rest := said[cursor:]) and (formula := FORMULA.search(rest)):
        room = Box(left, top, max(left, source.x + source.width), bottom)
        yield from _formula(formula[0], room, item, spaced=rest[:1].isspace())


def _larger(words: Sequence[Any]) -> frozenset[int]:
    """Return the places of those of *words* that are set larger than one beside them."""
    heights = [word.height for word in words]
    pairs = enumerate(pairwise(heights), 1)
    return frozenset(place - (high > other) for place, (high, other) in pairs if differ(high, other))


def _outside(said: str, text: str, cursor: int) -> int:
    """Return where *text* is *said* from *cursor* on, but in no formula; -1 where it is not."""
    found = said.find(text, cursor)
    for formula in FORMULA.finditer(said, cursor):
        if formula.start() < found < formula.end():
            found = said.find(text, formula.end())
    return found


def _formula(formula: str, place: Box, item: Item, *, spaced: bool) -> Iterator[Part]:
    """Yield a *formula*, and before it the mark that ends the words on its left, which the parser takes for its own."""
    text = straightened(formula_or_words(formula, place, item.fonts))
    if not spaced and (mark := MARK.match(text)):
        end = min(place.right, place.left + MARK_WIDTH * item.size)
        yield mark[1], Box(place.left, place.top, end, place.bottom), item, False
        place = Box(min(place.right, end + MARK_WIDTH * item.size), place.top, place.right, place.bottom)
        text, spaced = f"${text[mark.end() :]}", True
    yield text, place, item, spaced


def runs_of(item: Item) -> Iterator[Run]:
    """Yield the words of *item* in runs without wide gaps between them."""
    size = item.size
    run: Run | None = None
    for part in parts_of(item):
        box = part[1]
        left, top = box.left, box.top
        if run is not None and -2 * size < left - run.right < GAP * size and top < run.bottom and box.bottom > run.top:
            run.left, run.right = min(run.left, left), max(run.right, box.right)
            run.top, run.bottom = min(run.top, top), max(run.bottom, box.bottom)
        else:
            if run is not None:
                yield run
            run = Run(box, size)
        run.parts.append(part)
    if run is not None:
        yield run

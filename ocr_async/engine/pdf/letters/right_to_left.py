"""
Reads Hebrew and Arabic lines by the places of their letters, from the right.

The parser tells some of their words backwards, and puts the words of a name in Latin letters, and the brackets around
one, in the order in which they stand on the page from the right.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve

from ...page import Box, Line, Sheet, Word, union
from ..objects import letter_of
from .places import MOST, of_words, seen


__all__ = ["may_run_from_right", "reordered"]

RIGHT_TO_LEFT = re.compile("[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
ALEF, LAM = "\u0627\u0622\u0623\u0625", "\u0644"
# Of the size: how far apart words stand at least, measured from where a letter moves on to. In Noto's
# fonts of Hebrew, Arabic and Persian letters of a word are up to .15 apart, and words .19 and more.
SPACE = 0.165
BRACKETS = str.maketrans("()[]{}<>«»", ")(][}{><»«")
OPENING, CLOSING = "([{", ")]}"
UNSEEN = re.compile(r"[\s()\[\]{}<>«»\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_LATIN = "[A-Za-z\u00b5-\u024f\u0370-\u03ff\u0400-\u052f]"
LATIN = re.compile(_LATIN)
_DIGIT = "[0-9\u0660-\u0669\u066b\u066c\u06f0-\u06f9]"
_OTHER = "[^\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
# What runs from the left within a line from the right: names with all between their letters, and each number.
FROM_LEFT = re.compile(
    rf"{_LATIN}(?:{_OTHER}*(?:{_LATIN}|{_DIGIT}))?|[$€£₪¥#%]*{_DIGIT}+(?:[.,:/\-]{_DIGIT}+)*[$€£₪¥%]*"
)


def may_run_from_right(sheet: Sheet) -> bool:
    """Whether there are letters on *sheet* that run from the right."""
    return any(_from_right(line) for line in sheet.lines)


def _from_right(line: Line) -> bool:
    if line.text.isascii() or line.angle or line.vertical:
        return False
    letters = sum(map(str.isalpha, line.text))
    return letters > 0 and 2 * len(RIGHT_TO_LEFT.findall(line.text)) > letters


def reordered(sheet: Sheet, page: Any) -> Sheet:
    """Return *sheet* with the lines of its pypdfium2 *page* that run from the right in their order."""
    letters = _letters(page)
    mostly = 2 * sum(map(_from_right, sheet.lines)) > len(sheet.lines)  # a line may name much in Latin letters
    found: list[tuple[int, list[tuple[str, Box]]]] = []
    for number, line in enumerate(sheet.lines):
        if not (_from_right(line) or (mostly and not line.angle and RIGHT_TO_LEFT.search(line.text))):
            continue
        own = [letter for letter in letters if _stands_in(letter[1], line.box)]
        if _said(line.text) == _said("".join(text for text, _ in own)):
            found.append((number, own))
    lines = list(sheet.lines)
    spelt = [(number, _words(own, lines[number].size or 10.0)) for number, own in found]
    mirrored = _mirrored(" ".join(text for text, _ in words) for _, words in spelt)
    for number, words in spelt:
        lines[number] = of_words(lines[number], _ordered(words, mirrored))
    return evolve(sheet, lines=tuple(lines))


def _letters(page: Any) -> list[tuple[str, Box]]:
    """Return the letters of *page* with how far each moves on, in the order of its content."""
    import pypdfium2.raw as pdfium

    text, box, out = page.get_textpage(), pdfium.FS_RECTF(), []
    for index in range(min(text.count_chars(), MOST)):
        letter = letter_of(pdfium.FPDFText_GetUnicode(text.raw, index))
        if letter.isspace() or not letter.isprintable() or pdfium.FPDFText_IsGenerated(text.raw, index):
            continue
        if pdfium.FPDFText_GetLooseCharBox(text.raw, index, box):
            out.append((letter, seen(page, (box.left, box.bottom, box.right, box.top))))
    return out


def _stands_in(box: Box, line: Box) -> bool:
    return line.left - 1 < box.middle < line.right + 1 and box.down(line) > 0.5 * min(box.height, line.height)


def _said(text: str) -> Counter[str]:
    return Counter(UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def _words(letters: Sequence[tuple[str, Box]], size: float) -> list[tuple[str, Box]]:
    """Return *letters*, in the order of the content, as words from the left, each as it stands on the page."""
    letters = [*letters]
    for index, ((first, place), (second, other)) in enumerate(pairwise(letters)):
        if first in ALEF and second == LAM and place == other:  # of one shape, which was turned with its line
            letters[index : index + 2] = letters[index + 1], letters[index]
    bases = [(text, box) for text, box in letters if not unicodedata.combining(text)]
    marks = [(text, box) for text, box in letters if unicodedata.combining(text)]
    # letters of one shape have one place: from the left, the one that is read first stands last
    places = sorted(range(len(bases)), key=lambda index: (bases[index][1].middle, -index))
    over: dict[int, str] = {}
    for mark, place in marks:
        nearest = min(places, key=lambda index: abs(bases[index][1].middle - place.middle), default=0)
        over[nearest] = mark + over.get(nearest, "")  # a word is turned letter by letter, and its marks with it
    groups: list[list[tuple[str, Box]]] = []
    for index in places:
        text, box = bases[index]
        before, place = groups[-1][-1] if groups else (" ", box)
        if groups and box.left - place.right < SPACE * size and not _parted(before[-1], text):
            groups[-1].append((over.get(index, "") + text, box))
        else:
            groups.append([(over.get(index, "") + text, box)])
    return [("".join(text for text, _ in group), union([box for _, box in group])) for group in groups]


def _parted(one: str, other: str) -> bool:
    """Whether the letters are of two scripts: of names in Latin letters the spaces may be drawn elsewhere."""
    return any(RIGHT_TO_LEFT.match(first) and LATIN.match(second) for first, second in ((one, other), (other, one)))


def logical(seen_from_left: str, *, mirrored: bool) -> list[tuple[int, str]]:
    """
    Return the letters of a line in the order in which they are read, each with its place among *seen_from_left*.

    Args:
        mirrored: Whether brackets among letters that run from the right are told as they look, and not as they are.
    """
    out: list[tuple[int, str]] = []
    end = len(seen_from_left)
    spans = [found.span() for found in FROM_LEFT.finditer(seen_from_left)]
    for start, stop in [*reversed(spans), (0, 0)]:
        for place in reversed(range(stop, end)):
            letter = seen_from_left[place]
            out.append((place, letter.translate(BRACKETS) if mirrored else letter))
        out.extend((place, seen_from_left[place]) for place in range(start, stop))
        end = start
    return out


def _mirrored(lines: Iterable[str]) -> bool:
    """Whether the brackets of *lines* close before they open when these are read from the right."""
    balance = 0
    for line in lines:
        depth = 0
        for _, letter in logical(line, mirrored=False):
            if letter in OPENING:
                depth += 1
            elif letter in CLOSING:
                balance += 1 if depth else -1
                depth = max(0, depth - 1)
    return balance < 0


def _ordered(words: Sequence[tuple[str, Box]], mirrored: bool) -> list[Word]:
    """Return the *words* of a line, which come from the left, in the order in which they are read."""
    owner = [number for number, (text, _) in enumerate(words) for _ in f"{text} "]
    out: list[Word] = []
    said, own = "", 0
    for place, letter in [*logical(" ".join(text for text, _ in words), mirrored=mirrored), (0, " ")]:
        if letter == " " and said:
            out.append(Word(unicodedata.normalize("NFKC", said), words[own][1]))
            said = ""
        elif letter != " ":
            said, own = said + letter, owner[place]
    return out

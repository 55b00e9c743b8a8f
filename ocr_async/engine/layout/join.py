"""
Joins the lines of a paragraph to running text.

Whether the hyphen at a line's end is the word's or the line's (*command-line* keeps it, *exam-ple* does not) is left
open at first, and decided by the words of the whole document: which of both it writes elsewhere, whether both parts
are words of it, and whether more of its lines end in a hyphen than its compounds explain, as they do where a program
divides words. No sign decides alone; their weights were fitted as `docs/explanation/headings.md` tells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log, log1p

from attrs import evolve

from ..page import Cell, Line, Region


__all__ = ["HYPHENS", "OPEN", "Vocabulary", "flow", "glue", "right_to_left", "running_text", "settled"]

HYPHENS = "-\u2010¬⸗"
DASHES = HYPHENS + "–—"
OPEN = "\ufdd0"  # no character of any text: after a hyphen of which it is open whether it is the word's

# It is open whose a hyphen at a line's end is if a small letter precedes it and the next line begins with one.
BROKEN = re.compile(rf"(?<=[^\W\d_]{{2}})[{HYPHENS}]$")
ABBREVIATED = re.compile(r"(?<=[^\W\d_])\.-$")  # "Art.-Nr."
SOFT = "\u00ad"
SPACELESS = re.compile("[\u2e80-\u2fff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
ADDRESS = re.compile(r"\(?(?:https?:(?://|$)|doi:$|www\.|[\w.+-]+@)")  # of a page or for mail
REST = re.compile(r"//|[\w-]{2,}[./]\w")  # of an address whose line ended behind "http:", or behind "http://CRAN."
_WORD = rf"[^\W\d_]+(?:[{HYPHENS}][^\W\d_]+)*"
WORD = re.compile(_WORD)
DIVIDED = re.compile(rf"({_WORD})([{HYPHENS}]){OPEN}({_WORD})")
ALIKE = str.maketrans(dict.fromkeys(HYPHENS, "-"))
SHORTEST = 2  # words of a line that tells anything
WITHIN = 0.1  # of the compounds of a text, about so many come to a line's end
LINES = 20  # before which the share of lines that end in a hyphen tells little
SHORT = 4  # letters
# First halves of compounds.
FIRST = frozenset(
    (
        *("anti", "cross", "four", "half", "high", "long", "low", "multi", "non", "one"),
        *("quasi", "real", "self", "semi", "short", "three", "two", "well"),
    )
)
# What French writes with a hyphen wherever it stands.
FIXED = re.compile(
    r"(?:ci|là|par|au)-(?:après|contre|dedans|dehors|delà|dessous|dessus|devant|inclus|jointe?s?)|(?:peut|bien)-être"
    r"|ce(?:lui|lle|lles|ux)-(?:ci|là)|quelques-une?s|\w+-mêmes?|\w+ez-vous|\w+ons-nous"
)
# What follows on the first of two compounds that share their second half.
SUSPENDED = frozenset({"and", "bzw", "oder", "or", "sowie", "und"})


def glue(above: str, below: str) -> str:
    """
    Return two lines as one text.

    A soft hyphen is dropped, and one between two capitals, digits or single letters kept, as a dash without spaces is.
    Behind any other stands `OPEN`, for `settled` to decide. Chinese and Japanese lines meet without a space, so do the
    pieces of an address, which is broken at its signs.
    """
    if not above or not below:
        return above or below
    first, last = below[0], above[-1]
    if last.isalnum() and first < "\u2e80":  # as nearly all
        return f"{above} {below}"
    if first >= "\u2e80" and SPACELESS.match(first) and SPACELESS.match(last):
        return above + below
    if last == SOFT:
        return above[:-1] + below
    goes_on = last in "-/_.=?&:" and (
        (first.islower() and last != ":") or (first.isdecimal() and last not in ".?") or REST.match(below) is not None
    )
    if goes_on and ADDRESS.match(above, above.rfind(" ") + 1):
        return above + below
    if last in DASHES:
        if BROKEN.search(above) and first.islower():
            return above + OPEN + below
        if len(above) > 1 and (above[-2].isalnum() or ABBREVIATED.search(above)) and first.isalnum():
            return above + below
    return f"{above} {below}"


def flow(lines: Sequence[Line]) -> str:
    """Return the text of *lines*, which are in reading order, as one paragraph."""
    text = ""
    for line in lines:
        text = glue(text, line.text.strip())
    return text


def right_to_left(lines: Sequence[Line | Cell]) -> bool:
    """Whether most of the letters of *lines* are Arabic, Hebrew or the like."""
    marked = sum(len(RIGHT_TO_LEFT.findall(line.text)) for line in lines if not line.text.isascii())
    return marked > 0 and marked * 2 > sum(sum(1 for letter in line.text if letter.isalpha()) for line in lines) > 0


class Vocabulary:
    """
    The words of a document, and how often its lines end in a hyphen.

    Args:
        texts: Of its lines.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        lines = ends = 0
        for text in texts:
            found = WORD.findall(_plain(text))
            if len(found) < SHORTEST:
                continue
            lines += 1
            if text[-1] in HYPHENS:
                ends += 1
                found.pop()
            self._words.update(found[1:])  # the first may be the rest of a word
        self._firsts: set[str] = set()
        self._seconds: set[str] = set()
        compounds = 0
        for word, count in self._words.items():
            parts = word.split("-")
            if len(parts) > 1:
                self._firsts.add(parts[0])
                self._seconds.add(parts[-1])
                compounds += count
        self._excess = log((ends + 0.5) / (WITHIN * compounds + 0.5))
        self._share = log((ends + 1) / (lines + LINES))

    def joined(self, before: str, hyphen: str, after: str) -> str:
        """Return *before* and *after*, between which a line ended in *hyphen*, as they are written in one line."""
        if after in SUSPENDED and not self._words[(before + after).casefold()]:
            return f"{before}{hyphen} {after}"
        if FIXED.fullmatch(f"{_plain(before)}-{_plain(after)}"):
            return f"{before}{hyphen}{after}"
        kept = sum(weight * sign for weight, sign in zip(WEIGHTS, self.signs(before, after), strict=True)) > 0
        return f"{before}{hyphen}{after}" if kept else before + after

    def signs(self, before: str, after: str) -> tuple[float, ...]:
        """Return what speaks for the hyphen, in the order of the weights."""
        before, after = _plain(before), _plain(after)
        first, last = before.rsplit("-", 1)[-1], after.split("-", 1)[0]
        words = self._words
        return (
            1.0,
            log1p(max(words[f"{before}-{after}"], words[f"{first}-{last}"])),
            log1p(max(words[before + after], words[first + last])),
            first not in words,
            last not in words,
            first in self._firsts,
            last in self._seconds,
            first in FIRST,
            before != first or after != last,
            len(first) < SHORT,
            len(last) < SHORT,
            self._excess,
            self._share,
        )


WEIGHTS = (
    -1.7,  # most are the line's
    1.3,  # the document writes it with a hyphen
    -3.7,  # ... without
    -1.2,  # the first part is no word of the document
    -2.2,  # the second is none
    3.0,  # it has compounds with this first part
    2.4,  # ... with this second part
    2.3,  # a usual first half
    4.3,  # there are more hyphens in the word
    -1.1,  # the first part is short
    -0.8,  # the second one is
    -0.4,  # more lines end in a hyphen than its compounds explain
    -1.7,  # many of its lines do
)


def _plain(text: str) -> str:
    text = text.casefold()
    return text if text.isascii() else text.translate(ALIKE)


def settled(regions: Sequence[Region], vocabulary: Vocabulary | None, lines: Sequence[Line]) -> tuple[Region, ...]:
    """
    Return *regions*, every hyphen that was left open being kept or dropped.

    Args:
        vocabulary: Of the document; None takes that of the page, which *lines* are.
    """

    def plain(text: str) -> str:
        nonlocal vocabulary
        if OPEN not in text:
            return text
        if vocabulary is None:
            vocabulary = Vocabulary(line.text for line in lines)
        return _settled(text, vocabulary)

    return tuple(
        evolve(
            region,
            text=plain(region.text),
            cells=tuple(evolve(cell, text=plain(cell.text)) for cell in region.cells),
            items=tuple(evolve(item, text=plain(item.text)) for item in region.items),
        )
        if any(OPEN in text for text in _texts(region))
        else region
        for region in regions
    )


def _texts(region: Region) -> Iterator[str]:
    yield region.text
    yield from (cell.text for cell in region.cells)
    yield from (item.text for item in region.items)


def running_text(lines: Sequence[Line]) -> str:
    """Return the text of *lines*, of which no more is known than what they say, as one paragraph."""
    text = flow(lines)
    return _settled(text, Vocabulary(line.text for line in lines)) if OPEN in text else text


def _settled(text: str, vocabulary: Vocabulary) -> str:
    # A word may be divided twice.
    while OPEN in text:
        text, count = DIVIDED.subn(lambda found: vocabulary.joined(*found.groups()), text)
        if not count:
            return text.replace(OPEN, "")
    return text

"""
Shows digits that stand raised within a word: powers, and the marks of notes behind a number.

For the parser, as for most programs, they are digits of that number: "24.912". So pdfium is asked how high the numbers
in a word stand, and in letters of what size; and, as some fonts have small digits of their own, how high up in the
boxes of their font digits behind letters are drawn. Where any are, it is asked of those behind numbers, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, islice, pairwise
from operator import itemgetter
from typing import Any

from attrs import evolve

from ...page import FORMULA
from ..char_fonts import Char, CharFont, CharFonts
from ..raised import IN_FRACTION, SUPERSCRIPT, begins_note
from .pieces import Word, piece
from .tex.brackets import SYMBOLS


__all__ = ["with_raised"]

LESS = 0.92  # of the size of the word's largest letters
ABOVE = 0.12  # of that size: how far above their feet a raised digit ends, at least
WITH_DIGIT = re.compile(r"[0-9](?:(?<=\S.)|(?=\S))")  # digits first, as the search passes over all else in no time
DIGITS = re.compile("[0-9]+")
RAISED = re.compile(r"[+−–n(*-]*[0-9][0-9+−–n),;*′-]*")
MARKS = frozenset("0123456789+−–n(*-),;′")
PRIME = "0"  # has its code in TeX's fonts of symbols
BESIDE = 0.5  # of the height of a letter: how far behind it the next one of its word stands at most
HAIR = 0.5  # points, in which letters of one size may end unlike others
WORD_WITH_DIGIT = re.compile(r"(?<!\S)[^\s0-9]{0,40}[0-9]\S*")
# For pdfium a power is a line of its own where lines of its font are high.
PARTED = re.compile(r"(?<!\S)(?=(\S{1,40}\r\n([+−–-]?[0-9]{1,2}[+−–),;*-]*))(?!\S))")
# A digit behind a word, behind its stop or bracket, or before one: perhaps the mark of a note.
MARK = re.compile(
    r"(?:(?<=[^\W\d_])|(?<=[^\W\d_][0-9])|(?<=[^\W\d_][.,;:!?)\]”’\"'])|(?<=[0-9][)\]”’\"]))[0-9]|[0-9](?=[^\W\d_]{2})"
)
MOST = 5000  # words of a page that are looked at
AFTER = 5  # characters: what may be the rest of a fraction

Shown = tuple[Char, str]
"""A letter of a page, and what it shows."""


def with_raised(items: Sequence[Any], fonts: CharFonts) -> Sequence[Any]:
    """Return the text *items* of a page with the digits that stand raised within their words shown as that."""
    if not any(WITH_DIGIT.search(item.text) for item in items):
        return items
    by_place = {shown[0].index: shown for shown in _words_with_raised(items, fonts)}
    if not by_place:
        return items
    found = [by_place[place] for place in sorted(by_place)]
    out: list[Any] = []
    for item in items:
        left, top, right, bottom = item.x, item.y, item.x + item.width, item.y + item.height
        inside = [each for each in found if left <= each[0].box.middle <= right]
        inside = [each for each in inside if top <= each[0].box.centre <= bottom]
        out.append(_changed(item, inside) if inside and not item.rotation else item)
    return out


def _changed(item: Any, found: Sequence[Shown]) -> Any:
    """Return *item* with what was *found* to show in its words."""
    words: list[Word] = []
    told, said, cursor = item.text, "", 0
    bare = FORMULA.sub(lambda formula: " " * len(formula[0]), told) if "$" in told else told
    for word in item.words:
        text, x, wide = word.text, word.x, word.width
        own = [each for each in found if x <= each[0].box.middle <= x + wide]
        place = max(bare.find(text, cursor), cursor)
        said, cursor = said + told[cursor:place], place + len(text)
        if len(own) == len(text) and text[0] + text[-1] in (own[0][0].text + text[-1], text[0] + own[-1][0].text):
            text = "".join(
                letter if shows == char.text and letter not in "\"'" else shows
                for letter, (char, shows) in zip(text, own, strict=True)
            )
        said += text
        words.append(Word(text, x, word.y, wide, word.height))
    said += told[cursor:]
    if said == told:
        return item
    font = CharFont.of(item)
    sides = {"x": item.x, "y": item.y, "width": item.width, "height": item.height}  # formulas are none of its words
    return evolve(piece(words, font, item.mcid, item.fill_color), text=said, **sides)


def _words_with_raised(items: Sequence[Any], fonts: CharFonts) -> Iterator[Shown]:
    """Yield the letters of the words of a page, which has these *items*, in which digits are raised."""
    said = fonts.said
    words: list[tuple[int, int, list[int]]] = []  # where each begins and ends, and its numbers do
    whole = (match.span() for match in WORD_WITH_DIGIT.finditer(said))
    parted = list(PARTED.finditer(said))
    told = {word.text for item in items for word in item.words} if parted else set[str]()
    # Digits that the parser has apart are looked at with their line.
    high = (match.span(1) for match in parted if not match[2].isdecimal() or match[1].replace("\r\n", "") in told)
    for start, end in islice(chain(whole, high), MOST):
        word = said[start:end]
        found = [digits.end() - 1 + start for digits in DIGITS.finditer(word)]
        if word[0].isdecimal() and found[-1] != end - 1:
            found.append(end - 1)
        if found != [start]:
            words.append((start, end, [start, *found]))
    places = [place for *_, found in words for place in found]
    feet = dict(zip(places, fonts.feet(places), strict=True))
    # The font has small digits, if one behind a letter is; only then those behind numbers are looked at as well.
    has_small = bool(fonts.superior([place for place in places if MARK.match(said, place)]))
    small = set(fonts.superior([place for place in places if said[place].isdecimal()]) if has_small else ())
    for start, end, found in words:
        if all(abs(feet[place] - feet[start]) < HAIR for place in found) and small.isdisjoint(found):
            continue
        within = [place for place in range(start, end) if not said[place].isspace()]
        chars = fonts.chars(within)
        near = (abs(after.box.left - char.box.right) < BESIDE * char.box.height for char, after in pairwise(chars))
        if chars and (len(within) == end - start or all(near)):
            own = set(fonts.superior([place for place in within if said[place] in MARKS]) if small else ())
            yield from _shown(chars, fonts, said[end : end + AFTER], [place in own for place in within])


def _shown(chars: Sequence[Char], fonts: CharFonts, after: str, small: Sequence[bool]) -> list[Shown]:
    """Return the letters of a word as they show; *after* is what follows them, *small* those that the font has so."""
    told = [fonts.font(char.index) for char in chars]
    sizes = [font.size if font is not None else 0.0 for font in told]
    body = LESS * max(sizes)
    line = max(char.box.bottom for char, size in zip(chars, sizes, strict=True) if size >= body)
    high = [
        own or (size < body and char.box.bottom < line - ABOVE * max(sizes))
        for char, size, own in zip(chars, sizes, small, strict=True)
    ]
    word = "".join(char.text for char in chars) + after
    out: list[Shown] = []
    for is_high, group in groupby(zip(chars, high, strict=True), key=itemgetter(1)):
        part = [char for char, _ in group]
        rest = word[len(out) + len(part) :]
        text = "".join(_prime_or_digit(char, fonts) if is_high else char.text for char in part)
        if is_high and RAISED.fullmatch(text) and (out or small[0] or not begins_note(word)):
            if not IN_FRACTION.match(rest):
                text = text.translate(SUPERSCRIPT)
            elif out and out[-1][0].text.isdecimal():
                out[-1] = out[-1][0], out[-1][1] + " "
        apart = small[0] and not out and begins_note(word)
        out += zip(part, [*text[:-1], text[-1] + " "] if apart else text, strict=True)
    return out


def _prime_or_digit(char: Char, fonts: CharFonts) -> str:
    """Return what the raised *char* shows: a prime of TeX's symbols comes as the digit of its code."""
    if char.text != PRIME or (font := fonts.font(char.index)) is None or not SYMBOLS.search(font.name):
        return char.text
    return "′"

"""
Mends Arabic text whose lam-alef ligatures were taken apart the wrong way round.

A font draws lam and alef as one shape. PDFium gives both letters that shape's place and turns them around with the
rest of the line, so that خلال comes out as خالل. Two letters in exactly one place are what tells such a pair from an
alef and a lam that the author wrote in that order, as in رسالة.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ...page import Line, Sheet, Word
from .places import sides_of


__all__ = ["mended", "needs_mending"]

ALEF = "\u0627\u0622\u0623\u0625"
PAIR = re.compile(f"[{ALEF}]\u0644")


def needs_mending(sheet: Sheet) -> bool:
    """Whether there is anything on *sheet* that may be such a pair."""
    return any(not line.text.isascii() and PAIR.search(line.text) for line in sheet.lines)


def mended(sheet: Sheet, text_page: Any) -> Sheet:
    """Return *sheet* with the ligatures of its pypdfium2 *text_page* in order."""
    words = _words(text_page)
    if not words:
        return sheet
    return evolve(sheet, lines=tuple(_line(line, words) for line in sheet.lines))


def _line(line: Line, words: Mapping[str, str]) -> Line:
    if line.text.isascii() or not PAIR.search(line.text):
        return line
    return evolve(
        line,
        text=" ".join(_word(word, words) for word in line.text.split(" ")),
        words=tuple(Word(_word(word.text, words), word.box, word.confidence) for word in line.words),
    )


def _word(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda found: words.get(found[0], found[0]), text)


def _words(text_page: Any) -> dict[str, str]:
    """Each word of a pypdfium2 *text_page* that holds a reversed pair, and how it is written."""
    text = text_page.get_text_range()
    if not PAIR.search(text) or len(text) != text_page.count_chars():
        return {}
    out: dict[str, str] = {}
    for found in re.finditer(r"\w+", text):
        letters = list(found[0])
        for place in PAIR.finditer(found[0]):
            index = found.start() + place.start()
            if sides_of(text_page, index) == sides_of(text_page, index + 1):
                at = place.start()
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
        if (word := "".join(letters)) != found[0]:
            out[found[0]] = word
    return out

"""
Reads the angle brackets of TeX's symbols, which come as the letters whose codes they have: "⟨option⟩" as "hoptioni".

In formulas the parser knows them; where they stand around words, as in the descriptions of commands, it does not.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve

from ....page import Box, Line, Sheet, of_words, union
from ...char_fonts import CharFonts, font_name
from ..places import said_on, sides_of


__all__ = ["SYMBOLS", "may_have_brackets", "with_brackets"]

ANGLES = {"h": "⟨", "i": "⟩"}
# On a page without such a word nothing is looked up; hardly any other one begins and ends so. What is before it is
# looked at last, so that the search passes over all other letters in no time.
may_be_bracketed = re.compile(r"h(?<![^\W_]h)[^\W\d_]{2,}i(?![^\W_])").search
SYMBOLS = re.compile(r"(?:^|\+)(?:CMB?SY|LMMathSymbols|TXSY|PXSY|MTSY)", re.IGNORECASE)
RUN = re.compile(r"[^\s.]+")  # the parser may part what stops stand between
SLACK = 1.0  # points


def may_have_brackets(sheet: Sheet) -> bool:
    """Whether there are words on *sheet* that may be bracketed so."""
    return any(may_be_bracketed(line.text) for line in sheet.lines)


def with_brackets(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the angle brackets of its page."""
    text = fonts.text_page
    lines = list(sheet.lines)
    for run in RUN.finditer(said_on(text)):
        said = "".join(
            ANGLES[letter] if letter in ANGLES and _is_symbol(text, index) else letter
            for index, letter in enumerate(run[0], run.start())
        )
        if said != run[0]:
            place = union(fonts.view.box(sides_of(text, index)) for index in range(*run.span()))
            _replace(lines, run[0], said, place)
    return evolve(sheet, lines=tuple(lines))


def _is_symbol(text: Any, index: int) -> bool:
    return SYMBOLS.search(font_name(text.raw, index) or "") is not None


def _replace(lines: list[Line], told: str, said: str, place: Box) -> None:
    """Put *said* where *lines* have *told*."""
    for number, line in enumerate(lines):
        if told not in line.text or line.box.down(place) <= 0:
            continue
        for index, word in enumerate(line.words):
            if told in word.text and word.box.left - SLACK < place.middle < word.box.right + SLACK:
                words = list(line.words)
                words[index] = evolve(word, text=word.text.replace(told, said, 1))
                lines[number] = of_words(line, words)
                return

"""
Tells words that a parser took for a formula, and gives them back.

TeX sets three dots, a star or the sign of a copyright in a font of mathematics, and what stands beside in the same
line comes as an index of it, without its spaces; so does a title in spaced capitals behind a large number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from ....page import Box, Word, union
from ...char_fonts import CharFonts
from ..spacing import may_be_apart, respaced


__all__ = ["formula_or_words"]

WORDS = re.compile(r"^\$_\{(?:[A-Za-z]+\}\\(?:ldots|bigcirc)\b|[A-Za-z]{4,}\})|[_^]\{[^}]*[A-Za-z]{9}")
COPYRIGHT = re.compile(r"\r\s*c\b")  # a circle, of which the font does not say what it is, and a letter in it
FLAT = 5.0  # points: a box as of the dots alone
MARKUP = re.compile(r"\\[A-Za-z]+|[{}_^$\s]")
TELLING = 3  # letters
LINE = 3.0  # points above and below those, in which the letters of their line are


def formula_or_words(formula: str, box: Box, fonts: CharFonts) -> str:
    """Return *formula*, which is LaTeX, or the words of which it was made without being one."""
    if WORDS.search(formula) is None:
        return formula
    more = LINE if box.height < FLAT else 0.0
    said = fonts.text(box.left - 1, box.top - more, box.right + 1, box.bottom + more)
    rows = [_respaced(row, fonts) for row in _own(said.split("\r\n"), formula)]
    return " ".join(COPYRIGHT.sub("©", " ".join(rows)).split()) or formula


def _own(rows: Sequence[str], formula: str) -> Sequence[str]:
    """Return those of *rows* that *formula* has words of: the box of an arrow reaches into the line below."""
    squashed = MARKUP.sub("", formula)
    own = [row for row in rows if any(len(word) >= TELLING and word in squashed for word in row.split())]
    return own or rows


def _respaced(row: str, fonts: CharFonts) -> str:
    """Return *row* with the words put together of which the letters stand apart."""
    start = fonts.said.find(row) if may_be_apart(row.split()) else -1
    chars = fonts.chars(range(start, start + len(row))) if start >= 0 else []
    told = [[*group] for is_space, group in groupby(chars, lambda char: char.text.isspace()) if not is_space]
    words = [Word("".join(char.text for char in word), union(char.box for char in word)) for word in told]
    return " ".join(word.text for word in respaced(words, chars[-1].box.height)) if words else row

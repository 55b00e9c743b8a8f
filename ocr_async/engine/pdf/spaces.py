"""
Finds the spaces that a page shows and its text lacks, and those that are written where none shows.

Programs that justify lines make spaces by moving on, as a rule, and a space may be written which they go back over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from ..page import Box
from .char_fonts import CharFonts


__all__ = ["are_closed", "has_closed_spaces", "may_lack_space", "parted"]

ROOM = 0.15  # of the font size: the narrowest space
NO_ROOM = 0.03  # likewise: what stands nearer is one word
FEW = 0.25  # of the spaces of a line
# Where the parser may have missed one: it does not count what a line moves on behind some signs. As the signs come
# first, the search passes over all other characters in no time.
_RUN_ON = re.compile(r"[,;:!?)\]\"”.](?:(?<!\.)(?=[^\W\d_]|[(\[])|(?<=\.)(?=[A-Z]))")
may_lack_space = _RUN_ON.search


def parted(text: str, box: Box, size: float, fonts: CharFonts) -> list[tuple[str, Box]]:
    """Return the words that *text* is, as a space shows behind some of its signs."""
    gaps = fonts.gaps(text, box.left + ROOM * size, (box.top + box.bottom) / 2)
    out, begin, left = [], 0, box.left
    for match in _RUN_ON.finditer(text) if gaps else ():
        end = match.end()
        right, after = gaps[end - 1]
        if after - right > ROOM * size:
            out.append((text[begin:end], evolve(box, left=left, right=box.left + right)))
            begin, left = end, box.left + after
    return [*out, (text[begin:], evolve(box, left=left))]


def has_closed_spaces(words: Sequence[Any], size: float) -> bool:
    """Whether a few of a parser's *words* touch the next one; where many do, it is their widths that are wrong."""
    if FEW * len(words) < 1:
        return False
    least, closed, right = NO_ROOM * size, 0, -1e9
    for word in words:
        left = word.x
        if left - right < least and -size < left - right:  # the first is true of hardly any
            closed += 1
        right = left + word.width
    return 0 < closed <= FEW * len(words)


def are_closed(before: str, text: str, gap: float, size: float) -> bool:
    """Whether no space shows between what stands *before* and *text*, two parts of a word."""
    return gap < NO_ROOM * size and before[-1:].isalpha() and text[:1].isalpha()

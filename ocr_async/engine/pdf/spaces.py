"""
Finds the spaces that a page shows and its text lacks, and those that are written where none shows.

Programs that justify lines make spaces by moving on, as a rule, and a space may be written which they go back over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve

from ..groups import in_runs
from ..page import Box, Word, union
from .char_fonts import CharFonts


__all__ = [
    "are_closed",
    "differ",
    "has_closed_spaces",
    "has_torn_words",
    "may_lack_space",
    "parted",
    "parted_by_size",
    "parted_by_tracking",
    "spread_of",
    "tracking_of",
]

ROOM = 0.15  # of the font size: the narrowest space
NO_ROOM = 0.03  # likewise: what stands nearer is one word
LOWER = 0.92  # of the height of words in larger letters
LARGER = 1.2  # times the height of other letters: those of a larger size, and not of a higher font
BELOW = 0.2  # of their height: what is below the line
OFF = 0.1  # likewise
FEW = 0.25  # of the spaces of a line
LONG = 14  # letters, as hardly a word has
NARROW = 0.19  # of the font size: a space that few lines have
TRACKED = 0.11  # likewise: the narrowest space between letters that reach over each other
TIGHT = 0.02  # likewise: by so much letters reach over each other that are tracked
# Where the parser may have missed one: it does not count what a line moves on behind some signs. As the signs come
# first, the search passes over all other characters in no time.
_RUN_ON = re.compile(r"[,;:!?)\]\"”.](?:(?<!\.)(?=[^\W\d_]|[(\[])|(?<=\.)(?=[A-Z]))")
may_lack_space = _RUN_ON.search


def differ(height: float, other: float) -> bool:
    """Whether words of such heights are set in letters of different sizes, or in other fonts."""
    return not LOWER * other < height < other / LOWER


def parted(text: str, box: Box, size: float, fonts: CharFonts) -> list[tuple[str, Box]]:
    """Return the words that *text* is, as a space shows behind some of its signs."""
    gaps = fonts.gaps(text, box.left + ROOM * size, (box.top + box.bottom) / 2)
    ends = (match.end() for match in _RUN_ON.finditer(text) if gaps)
    return _cut(text, box, gaps, (end for end in ends if gaps[end - 1][1] - gaps[end - 1][0] > ROOM * size))


def _cut(text: str, box: Box, gaps: Sequence[tuple[float, float]], ends: Iterable[int]) -> list[tuple[str, Box]]:
    """Return *text* in *box* cut where its words have their *ends*."""
    out, begin, left = [], 0, box.left
    for end in ends:
        right, after = gaps[end - 1]
        out.append((text[begin:end], evolve(box, left=left, right=box.left + right)))
        begin, left = end, box.left + after
    return [*out, (text[begin:], evolve(box, left=left))]


def parted_by_size(text: str, box: Box, fonts: CharFonts) -> list[tuple[str, Box]]:
    """
    Return the words that *text* is, as a space shows where larger letters meet smaller ones.

    The parser asks for a space that is as wide as one of the larger ones.
    """
    words = in_runs(fonts.spelt_in(text, box), lambda word, char: not _is_space_by_size(word[-1].box, char.box))
    if len(words) < 2:
        return [(text, box)]
    return [("".join(char.text for char in word), union(char.box for char in word)) for word in words]


def _is_space_by_size(box: Box, other: Box) -> bool:
    """Whether a space shows between letters in *box* and *other* of two sizes on one line, of which none is raised."""
    small, large = sorted((box.height, other.height))
    level = abs(box.bottom - other.bottom - BELOW * (box.height - other.height)) < OFF * small
    return large > LARGER * small and level and other.left - box.right > ROOM * small


def spread_of(words: Sequence[Word], fonts: CharFonts) -> float:
    """Return how far apart the letters of the longest of *words* stand; 0 where it has none that go on to the right."""
    longest = max(words, key=lambda word: len(word.text))
    return _spread(_gaps(longest.text, longest.box, fonts))


def _gaps(text: str, box: Box, fonts: CharFonts) -> list[tuple[float, float]]:
    return fonts.gaps(text, box.left + box.height / 8, box.centre)


def _spread(gaps: Sequence[tuple[float, float]]) -> float:
    return sorted(after - right for right, after in gaps)[len(gaps) // 2] if gaps else 0.0


def tracking_of(pieces: Sequence[str], words: Sequence[Any], size: float, fonts: CharFonts) -> float:
    """
    Return how far the letters of a parser's *words*, which say *pieces*, reach over each other; 0 where they do not.

    The parser then asks for wider spaces than there are: "Ifthe".
    """
    longest = max(pieces, key=len)
    if len(longest) < LONG and not _are_near(words, size):
        return 0.0
    found = next((word for word in words if word.text == longest), None)
    if found is None or not longest.isprintable():
        return 0.0
    spread = _spread(_gaps(longest, Box(found.x, found.y, found.x + found.width, found.y + found.height), fonts))
    return -spread if spread < -TIGHT * size else 0.0


def _are_near(words: Sequence[Any], size: float) -> bool:
    """Whether the first two spaces between *words* are narrow ones."""
    if len(words) < 3:
        return False
    first, second, third = words[:3]
    left, most = second.x, NARROW * size
    return bool(0 < left - first.x - first.width < most and 0 < third.x - left - second.width < most)


def parted_by_tracking(text: str, box: Box, size: float, tracking: float, fonts: CharFonts) -> list[tuple[str, Box]]:
    """Return the words that *text* is, whose letters reach over each other by *tracking* where no space shows."""
    gaps = _gaps(text, box, fonts)
    ends = (end for end, (right, after) in enumerate(gaps, 1) if after - right + tracking > TRACKED * size)
    return _cut(text, box, gaps, ends)


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


def has_torn_words(words: Sequence[Any], pieces: int, size: float) -> bool:
    """Whether some of a parser's *words*, letters that come one by one, touch across one of its spaces: "Pod atek"."""
    least, unspaced = NO_ROOM * size, len(words) - pieces
    return 0 < unspaced < sum(1 for word, other in pairwise(words) if abs(other.x - word.x - word.width) < least)


def are_closed(before: str, text: str, gap: float, size: float) -> bool:
    """Whether no space shows between what stands *before* and *text*, two parts of a word."""
    return gap < NO_ROOM * size and before[-1:].isalpha() and text[:1].isalpha()

"""Puts words together again that a parser took apart: letter-spaced headings, and letters that stand a hair apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from ...page import Box, Word, union


__all__ = ["may_be_apart", "respaced"]

HAIR = 0.08  # of the font size: no space between words is as narrow
LEANING = 0.2  # likewise: by so much the boxes of letters reach over each other that a program has slanted
SPACE = 0.15  # likewise: by so much at least the gap between two words is wider than that between letters
LETTERS = 1.7  # of a piece on the average, at most, where words are spaced: short words have more
SPACED = 0.35  # of the font size: letters stand no further apart
ALONE_WITHIN = 0.21  # likewise, where no wider gap shows that these are none between words
FAR_LESS = 0.3  # times the usual gap of the line
HEADING = 8  # words
MORE = 1.5  # times the gap between letters: the least one between words
ALONE = frozenset("aAIiOoeyuàÀ&")  # letters that are words
# Words of two letters: beside a longer one they are no part of it, though a letter may reach over the space.
SHORT = re.compile("a[nst]|b[ey]|d[eu]|e[lnrst]|i[flmnst]|l[ae]|o[fnr]|se|to|un|we|zu", re.IGNORECASE)
NAMED = 5  # letters
TOUCHING = 0.03  # of the font size
FEWEST = 3


def may_be_apart(pieces: Sequence[str]) -> bool:
    """Whether *pieces* of a line may be parts of words."""
    count = len(pieces)
    sizes = list(map(len, pieces))
    telling = count >= FEWEST and sum(sizes) <= LETTERS * count
    if not (telling or 1 in sizes or (count <= HEADING and 2 in sizes)):
        return False
    for piece in pieces:
        if telling:
            break
        size = len(piece)
        if size == 1:
            telling = piece.isalpha() and piece not in ALONE
        elif size == 2 and count <= HEADING:
            telling = piece.isalpha()
    return telling and any(map(_has_case, pieces))  # Chinese and Korean words are as short


def respaced(
    words: Sequence[Word], size: float, spread: float = 0.0, leans_over: Callable[[Box], bool] = lambda _: False
) -> list[Word]:
    """
    Return *words* of a line that runs from left to right, with those put together that are parts of one.

    Args:
        size: The font size, in the unit of the boxes.

        spread: How far apart the letters of one of them stand, in that unit.

        leans_over: Whether a slanted letter reaches over a space that is left before what a box begins with.
    """
    if len(words) < 2 or spread < -LEANING * size:  # such letters reach over spaces, too
        return list(words)
    gaps = [right.box.left - left.box.right for left, right in pairwise(words)]
    between = spread + SPACE * size if spread > HAIR * size else _between_letters(words, gaps, size)
    limit = max(HAIR * size, between)
    if len(words) <= HEADING and len(gaps) > 1:  # next to spaces, a gap less than half as wide is none
        limit = max(limit, min(ALONE_WITHIN * size, FAR_LESS * sorted(gaps)[len(gaps) // 2]))
    out = [words[0]]
    for gap, word in zip(gaps, words[1:], strict=True):
        letters = all(_has_case(each) or each == "_" for each in (word.text[0], out[-1].text[-1]))
        near = (letters or limit > HAIR * size) and -HAIR * size < gap < limit
        short = near and gap > TOUCHING * size and _is_short_word(word.text, out[-1].text)
        if near and (between or not (short or (letters and leans_over(word.box)))):
            out[-1] = Word(out[-1].text + word.text, union((out[-1].box, word.box)))
        else:
            out.append(word)
    return out


def _is_short_word(text: str, before: str) -> bool:
    """Whether *text* is a short word by itself, and what stands *before* it no such piece."""
    return SHORT.fullmatch(text.strip(".,;:")) is not None and len(before) > 2


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


def _between_letters(words: Sequence[Word], gaps: Sequence[float], size: float) -> float:
    """Return how far letters of one word stand apart at most; 0 where the line is not letter-spaced."""
    if len(words) < FEWEST or sum(len(word.text) for word in words) > LETTERS * len(words):
        return 0.0
    if not sum(_has_case(word.text) for word in words) > 0.7 * len(words):
        return 0.0
    ordered = sorted(gaps)
    said = "".join(word.text for word in words)
    surely = len(said) == len(words) >= NAMED and said.istitle()  # a capital and small letters are no row of signs
    if HAIR * size < ordered[0] and ordered[-1] < (SPACED if surely else ALONE_WITHIN) * size:
        return SPACED * size  # one word
    # Of words of one and two letters each gap is a space; between letters they are of two kinds.
    _, within, apart = max((high - low, low, high) for low, high in pairwise(ordered))
    if not HAIR * size < ordered[0] or within > SPACED * size or apart < MORE * within:
        return 0.0
    return (within + apart) / 2 if sum(1 for gap in gaps if gap <= within) >= 0.4 * len(gaps) else 0.0

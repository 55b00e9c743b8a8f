"""
Draws the boxes of recognised lines and words in to their ink.

A detector draws its boxes wider than the ink, by as much as half the gutter between narrow columns and by another
amount on each line; and where a word ends on a line, a recogniser tells to half a letter. Gutters and the columns of
tables are told by gaps no wider than that, so `ink` measures them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve
from numpy.typing import NDArray

from ..page import Box, Line, Ruling, Word, of_words
from .connected import clear_rules, runs


__all__ = ["fitted"]

SLACK = 0.3  # of a box's height: how much wider than its ink it is drawn at either end, at most
STRAY = 1.5  # of its height: how much of the next column it may hold beyond a gap
GAP = 0.2  # of its height: what is wider may part columns
NEAR = 0.5  # of its height: how far from its true place a recogniser may tell the gap between two words
INSET = 0.1  # of its height: rows at its edges may hold the neighbours' letters
LEANING = 20.0  # degrees

Runs = list[tuple[int, int]]
"""Where each stretch of free columns begins and ends, from the left."""


def fitted(dark: NDArray[Any], lines: Sequence[Line], rulings: Sequence[Ruling]) -> list[Line]:
    """
    Return *lines* with the left and right edges of their boxes, and of their words', at the ink.

    Args:
        dark: The page, shape (height, width), not 0 where there is ink.

        rulings: Ink that is no letter's.
    """
    ink = dark.copy() if rulings else dark
    clear_rules(ink, rulings)
    upright = [ruling.box for ruling in rulings if not ruling.horizontal]
    return [_fitted(ink, _without_bars(line, upright)) if abs(line.angle) < LEANING else line for line in lines]


def _without_bars(line: Line, upright: Sequence[Box]) -> Line:
    """*line* without the rules between columns that were read as letters."""
    if "|" not in line.text or not line.words:
        return line
    words: list[Word] = []
    for word in line.words:
        ruled = any(
            rule.down(line.box) > 0.5 * line.box.height
            and word.box.left - NEAR * line.box.height < rule.middle < word.box.right + NEAR * line.box.height
            for rule in upright
        )
        said = word.text.strip("|") if ruled else word.text
        if said:
            words.append(evolve(word, text=said) if ruled else word)
    if not words or len(line.text.split()) != len(line.words):
        return line
    return of_words(line, words)


def _fitted(ink: NDArray[Any], line: Line) -> Line:
    box = line.box
    tall = box.height
    left, right = max(0, int(box.left)), min(ink.shape[1], math.ceil(box.right))
    top, bottom = max(0, int(box.top + INSET * tall)), math.ceil(box.bottom - INSET * tall)
    blank = ink[top:bottom, left:right].max(axis=0, initial=0) == 0
    free = [(begin, end) for begin, end in (runs(blank) + left).tolist()]
    if not free or free[0] == (left, right):
        return line
    ends = _parted(line.words, free, tall)
    start, end = _ends(box, ends, free)
    if start >= end:
        return line
    words = [_within(word, *each, start, end) for word, each in zip(line.words, ends, strict=True)]
    return evolve(line, box=Box(start, box.top, end, box.bottom), words=tuple(words))


def _ends(box: Box, words: Sequence[tuple[float, float]], free: Runs) -> tuple[float, float]:
    """Where the line begins and ends: at its ink, and without a piece of the next column that no word accounts for."""
    slack, stray, gap = SLACK * box.height, STRAY * box.height, GAP * box.height
    start, end = box.left, box.right
    first, last = free[0], free[-1]
    if first[0] <= box.left:
        start = min(box.left + slack, first[1])
    if last[1] >= box.right:
        end = max(box.right - slack, last[0])
    if words:
        for low, high in free:
            if high - low < gap:
                continue
            if high - box.left < stray and (low + start) / 2 < words[0][0] - gap:
                start = float(high)
            if box.right - low < stray and (high + end) / 2 > words[-1][1] + gap:
                end = float(low)
                break
    return start, end


def _parted(words: Sequence[Word], free: Runs, tall: float) -> list[tuple[float, float]]:
    """
    Return where *words* begin and end, the gaps between them moved to free stretches near where they were told, which
    are together the widest.
    """
    out = [(word.box.left, word.box.right) for word in words]
    near = NEAR * tall
    reaches: list[tuple[float, float]] = []
    for (left, end), (begin, right) in pairwise(out):
        if left > begin:
            return out  # read from the right
        place = (end + begin) / 2
        reaches.append((max(left, place - near), min(right, place + near)))
    for index, gap in enumerate(_gaps(reaches, free)):
        if gap is not None:
            out[index] = out[index][0], max(out[index][0], float(gap[0]))
            out[index + 1] = float(gap[1]), max(float(gap[1]), out[index + 1][1])
    return out


_Taken = tuple[float, tuple[int | None, ...]]
"""How wide the stretches are together that are taken, and which, or none, for each gap."""


def _gaps(reaches: Sequence[tuple[float, float]], free: Runs) -> list[tuple[int, int] | None]:
    """
    Return for each of *reaches* the stretch whose middle lies in it, each right of the one before; None for none.

    A letter that stands alone has two gaps beside it, and that behind it may be nearer to where the first was told.
    """
    best: dict[int, _Taken] = {-1: (0.0, ())}  # by the last stretch that is taken
    begin = 0
    for low, high in reaches:
        while begin < len(free) and free[begin][1] < low:
            begin += 1
        for last in [last for last in best if last < begin][:-1]:
            del best[last]  # the next one is together as wide at least, and all that follow are right of both
        following: dict[int, _Taken] = {last: (total, (*taken, None)) for last, (total, taken) in best.items()}
        for index in range(begin, len(free)):
            left, right = free[index]
            if left > high:
                break
            if not low <= (left + right) / 2 <= high:
                continue
            total, taken = next(best[last] for last in reversed(best) if last < index)
            if index not in following or total + right - left > following[index][0]:
                following[index] = total + right - left, (*taken, index)
        best, most = {}, -1.0
        for last, state in sorted(following.items()):
            if state[0] > most:  # one that takes a later stretch, and no more together, is never the better one
                best[last], most = state, state[0]
    _, taken = best[max(best)]
    return [None if index is None else free[index] for index in taken]


def _within(word: Word, left: float, right: float, start: float, end: float) -> Word:
    left, right = (min(max(edge, start), end) for edge in (left, right))
    return Word(word.text, Box(left, word.box.top, max(left, right), word.box.bottom), word.confidence)

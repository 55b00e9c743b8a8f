"""
Finds the gaps between heads of columns that a parser joined: the rows below them are parted there.

Heads are longer than the numbers below them, so they often stand no further apart than words do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...groups import in_runs
from ...page import Box, Line, union
from ..measure import ems


__all__ = ["joints_of_heads"]

EXACT = 0.6  # points: programs place the cells of one column at one x
GAP = 0.36  # of the font size: words of a phrase stand closer
ROWS = 1.8  # times the font size: white between the heads and a row, and between rows
PARTED = 2  # rows, at least, which are parted below the heads
WORDS = 4  # of them, where no number stands there
LOOKED_AT = 8  # rows
LONG = 80  # letters: no heads, which are joined by twos and threes, are longer
LARGER = 1.3  # times the size of the rows: a heading of the table
DIGIT = re.compile(r"\d")


def joints_of_heads(text_rows: Sequence[Sequence[Line]]) -> Iterator[Box]:
    """Yield the gaps between joined heads in *text_rows*: cells of rows below stand below each of the two."""
    for at, row in enumerate(text_rows[:-PARTED]):
        if any(line.mono or len(line.text) > LONG or DIGIT.search(line.text) for line in row):
            continue
        below = _below(text_rows, at)
        if len(below) < PARTED:
            continue
        for line in row:
            if " " in line.text and ems(line) <= LARGER * ems(below[0][0]):
                for before, head in pairwise(_heads(line)):
                    if _are_parted(below, before, head):
                        yield Box(before.right, line.box.centre, head.left, line.box.centre)


def _heads(line: Line) -> list[Box]:
    """Return what may be heads in *line*: its words, those in one that stand as near as words of a phrase."""
    least = GAP * ems(line)
    groups = in_runs(line.words, lambda run, word: word.box.left - run[-1].box.right < least)
    return [union(word.box for word in group) for group in groups]


def _below(text_rows: Sequence[Sequence[Line]], at: int) -> list[Sequence[Line]]:
    """Return the rows below the one *at* which stand as close as those of a table and have several parts."""
    out: list[Sequence[Line]] = []
    bottom = max(line.box.bottom for line in text_rows[at])
    for row in text_rows[at + 1 : at + 1 + LOOKED_AT]:
        if min(line.box.top for line in row) - bottom > ROWS * ems(row[0]):
            break
        bottom = max(line.box.bottom for line in row)
        if len(row) > 1:
            out.append(row)
    return out


def _are_parted(below: Sequence[Sequence[Line]], before: Box, head: Box) -> bool:
    """Whether rows *below* have cells below the head *before* and the next *head*: some with a number, or many."""
    found = numbers = 0
    for row in below:
        if any(part.box.left < before.right - EXACT and head.left + EXACT < part.box.right for part in row):
            return False
        ordered = sorted(row, key=lambda part: part.box.left)
        flush = [pair for pair in pairwise(ordered) if all(map(_is_flush, pair, (before, head)))]
        found += bool(flush)
        numbers += any(DIGIT.search(line.text) for pair in flush for line in pair)
    return numbers >= PARTED or found >= WORDS


def _is_flush(line: Line, head: Box) -> bool:
    """Whether *line* begins, ends or has its middle where *head* does."""
    box = line.box
    offs = box.left - head.left, box.right - head.right, box.middle - head.middle
    return min(map(abs, offs)) < EXACT

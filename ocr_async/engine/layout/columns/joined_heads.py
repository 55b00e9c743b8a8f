"""
Finds the gaps between heads of columns that a parser joined: the rows below them are parted there.

Heads are longer than the numbers below them, so they often stand no further apart than words do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from attrs import frozen

from ...groups import in_runs
from ...page import Box, Line, Word, union
from ..measure import ems


__all__ = ["joints_of_heads"]

EXACT = 0.6  # points: programs place the cells of one column at one x
GAP = 0.36  # of the font size: words of a phrase stand closer
ROWS = 1.8  # times the font size: white between the heads and a row, and between rows
PARTED = 2  # rows, at least, which are parted below the heads
WORDS = 4  # of them, where no number stands there
SEVERAL = 4  # heads that show it by one row
LOOKED_AT = 8  # rows
LONG = 80  # letters: no heads, which are joined by twos and threes, are longer
LARGER = 1.3  # times the size of the rows: a heading of the table
DIGIT = re.compile(r"\d")


@frozen
class _Cell:
    """What may be a head or a cell: words that stand as near as those of a phrase."""

    box: Box
    text: str
    begins: bool  # its line


def joints_of_heads(text_rows: Sequence[Sequence[Line]]) -> Iterator[Box]:
    """Yield the gaps between joined heads in *text_rows*: cells of rows below stand below each of the two."""
    for at, row in enumerate(text_rows[:-1]):
        if any(line.mono or len(line.text) > LONG or DIGIT.search(line.text) for line in row):
            continue
        below = _below(text_rows, at)
        bold = bool(below) and all(line.bold for line in row) and not any(line.bold for line in below[0])
        if len(below) < (1 if bold else PARTED):
            continue
        cells: list[list[_Cell]] | None = None
        least = PARTED
        for line in row:
            if " " not in line.text or ems(line) > LARGER * ems(below[0][0]) or len(heads := _cells([line])) < 2:
                continue
            if cells is None:
                cells = list(map(_cells, below))
                least = 1 if bold and _are_all_flush(_cells(row), cells[0]) else PARTED
            for before, head in pairwise(heads):
                if _are_parted(cells, before.box, head.box, least):
                    yield Box(before.box.right, line.box.centre, head.box.left, below[-1][0].box.centre)


def _cells(row: Iterable[Line]) -> list[_Cell]:
    """Return what the words of *row* are that stand as near as words of a phrase, from the left."""
    out: list[_Cell] = []
    for line in sorted(row, key=lambda line: line.box.left):
        least = GAP * ems(line)
        groups = in_runs(line.words, partial(_is_near, least=least))
        for number, group in enumerate(groups):
            out.append(_Cell(union(word.box for word in group), " ".join(word.text for word in group), number == 0))
    return out


def _is_near(words: Sequence[Word], word: Word, least: float) -> bool:
    return word.box.left - words[-1].box.right < least


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


def _are_all_flush(heads: Sequence[_Cell], row: Sequence[_Cell]) -> bool:
    """Whether *heads* are several, and each stands above its own cell of *row*."""
    pairs = zip(row, heads, strict=False)
    return len(heads) == len(row) >= SEVERAL and all(cell.box.shift(head.box) < EXACT for cell, head in pairs)


def _are_parted(below: Sequence[Sequence[_Cell]], before: Box, head: Box, least: int) -> bool:
    """Whether rows *below* have cells below the head *before* and the next *head*: some numbers, or many apart."""
    found = numbers = 0
    for row in below:
        if any(cell.box.left < before.right - EXACT and head.left + EXACT < cell.box.right for cell in row):
            return False
        flush = [
            (left, right) for left, right in pairwise(row) if max(left.box.shift(before), right.box.shift(head)) < EXACT
        ]
        found += any(cell.begins for _, cell in flush)
        numbers += any(DIGIT.search(cell.text) for pair in flush for cell in pair)
    return numbers >= least or found >= WORDS

"""
Joins pieces of recognised lines that fill a narrow column: detection takes words that stand far apart, as justification
puts them, for lines of their own.

The lines that were found whole show where such a column begins and ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...groups import in_groups
from ...page import Line, union
from ..measure import ems, goes_on, median, rows, with_joined


__all__ = ["mended"]

FULL = 14  # letters of a line that shows how wide its column is
COUNT = 3  # such lines
AT_ONE_X = 0.7  # times the size: lines that begin, or end, so near do so at one x; scans are turned a little
NEAR = 3.0  # times the size: a torn line is no further above or below a whole one
INDENT = 3.0  # times the size: of a first line
WIDEST = 6.0  # times the size: a gap between words
PASSES = 4  # those next to lines that were mended may be, too
EVEN = 1.2  # times the size: how far gaps of one line differ, as boxes of words are a little off


def mended(lines: Sequence[Line]) -> list[Line]:
    """Return recognised *lines*, those put together that are pieces of one line of a justified column."""
    for _ in range(PASSES):
        found = [(row, column) for column in _columns(lines) for row in _rows_within(column, lines) if len(row) > 1]
        before, lines = lines, with_joined(lines, (row for row, column in found if _fills(row, column)))
        if len(lines) == len(before):
            break
    return list(lines)


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The full lines of each column, which begin at one x and end at another."""

    def takes(column: Sequence[Line], line: Line) -> bool:
        box, last = line.box, column[-1].box
        return max(abs(last.left - box.left), abs(last.right - box.right)) < AT_ONE_X * ems(line)

    full = sorted((line for line in lines if len(line.text) >= FULL), key=lambda line: line.box.top)
    return [column for column in in_groups(full, takes) if len(column) >= COUNT]


def _rows_within(column: Sequence[Line], lines: Sequence[Line]) -> list[list[Line]]:
    """Rows of those *lines* that stand among the full ones of *column* and are shorter."""
    em = median([ems(line) for line in column], 10.0)
    box = union([line.box for line in column])
    return rows(
        line
        for line in lines
        if line.box.left > box.left - AT_ONE_X * em
        and line.box.right < box.right + AT_ONE_X * em
        and line.box.width < box.width - AT_ONE_X * em
        and box.top - NEAR * em < line.box.centre < box.bottom + NEAR * em
    )


def _fills(row: Sequence[Line], column: Sequence[Line]) -> bool:
    """Whether *row* is as wide as the line of *column* next to it, its words equally far apart and in small letters."""
    first, last = row[0].box, row[-1].box
    near = min(column, key=lambda line: abs(line.box.centre - first.centre)).box
    em = ems(row[0])
    if abs(near.right - last.right) > AT_ONE_X * em:
        return False
    if not -AT_ONE_X * em < first.left - near.left < INDENT * em:
        return False
    words = [word for line in row for word in line.words]
    gaps = [after.box.left - before.box.right for before, after in pairwise(words)]
    if max(gaps) > WIDEST * em or max(gaps) - min(gaps) > EVEN * em:
        return False
    return sum(1 for word in words[1:] if goes_on(word.text)) >= 0.5 * len(words[1:])

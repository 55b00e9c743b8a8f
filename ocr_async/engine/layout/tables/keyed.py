"""
Finds the rows of a table by a column whose cells have one line each, such as one of dates.

The cells beside are centred on them, or begin or end level with them. That holds on a scan, too, where boxes differ by
more than the space between two cells. A cell ends with the line that brings it nearest to its place, and lines that end
where the next one's first word had no room prove it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from statistics import fmean

from ...page import Line
from ..measure import first_word, median, recognised, row_by_row


__all__ = ["keyed"]

FEWEST = 3  # rows
LEVEL = 0.35  # of the font size: how far a cell is from its key
NARROW = 0.97  # of the widest line of a column: what ends before had no room for the next word
APART = 0.1  # of the font size: how much further apart two cells are than the lines of one
BLURRED = -0.2  # the same on a scan
FAR = 2.0  # times the font size, from which on it makes no difference
WORTH = 0.1  # of what cells are apart, beside what they deviate, squared
BROKEN = 0.85  # of the lines of cells end there

Cells = dict[int, tuple[Line, ...]]
"""The lines of the cell in each column of a row."""

Place = Callable[[Line, Line], float]
"""Where a cell stands, of its first line and its last one."""

PLACES: Sequence[Place] = (
    lambda first, last: (first.box.top + last.box.bottom) / 2,
    lambda first, _: first.box.centre,
    lambda _, last: last.box.centre,
)


def keyed(by_column: Mapping[int, Sequence[Line]], em: float) -> list[list[Cells]]:
    """
    Return what the rows of a table may be, the likeliest first; nothing where no column shows them.

    Args:
        by_column: The lines of each column.
    """
    ordered = {column: row_by_row(lines) for column, lines in by_column.items()}
    most = max(map(len, ordered.values()), default=0)
    found: list[tuple[float, list[Cells]]] = []
    for key, lines in ordered.items():
        if not FEWEST <= len(lines) < most:
            continue
        for place in PLACES:
            guess = _beside(key, ordered, place, em)
            if guess is not None and _are_broken(guess[1]) and (apart := _apart(guess[1], em)) is not None:
                found.append((guess[0] - WORTH * apart, guess[1]))
    return [cells for _, cells in sorted(found, key=lambda guess: guess[0])]


def _beside(
    key: int, ordered: Mapping[int, Sequence[Line]], place: Place, em: float
) -> tuple[float, list[Cells]] | None:
    """The rows by the column *key*, and how far the cells of one are from their places, in font sizes squared."""
    keys = ordered[key]
    total = 0.0
    found: list[Cells] = [{key: (line,)} for line in keys]
    places = [line.box.centre for line in keys]
    for column, lines in ordered.items():
        if column == key:
            continue
        if (found_here := _cut(lines, places, place, LEVEL * em)) is None:
            return None
        cost, cut = found_here
        total += cost
        for row, (start, end) in enumerate(pairwise(cut)):
            if end > start:
                found[row][column] = tuple(lines[start:end])
    return total / len(keys) / em**2, found


def _cut(lines: Sequence[Line], places: Sequence[float], place: Place, most: float) -> tuple[float, list[int]] | None:
    """
    Cut *lines* into a cell, or none, for each of the *places*, each as near to its own as can be.

    Returns:
        The sum of squared deviations; and how many lines stand before each cell, and of all. None where lines are left,
        as the cell that they would make deviates by *most*.
    """
    total, cut = 0.0, [0]
    for wanted, following in pairwise([*places, float("inf")]):
        start = cut[-1]
        end = bisect_left(lines, following - most, start, key=attrgetter("box.centre"))
        offs = ((abs(place(lines[start], last) - wanted), -count) for count, last in enumerate(lines[start:end], 1))
        off, count = min(offs, default=(most, 0))
        total += min(off, most) ** 2
        cut.append(start - count if off < most else start)
    return (total, cut) if cut[-1] == len(lines) else None


def _are_broken(found: Sequence[Cells]) -> bool:
    """Whether the lines of cells end where the next one's first word had no room, but for a few; there must be some."""
    widest: dict[int, float] = {}
    for row in found:
        for column, lines in row.items():
            widest[column] = max(widest.get(column, 0.0), *(line.box.width for line in lines))
    breaks = [
        high.box.width + first_word(low) > NARROW * widest[column]
        for row in found
        for column, lines in row.items()
        for high, low in pairwise(lines)
    ]
    return bool(breaks) and sum(breaks) >= BROKEN * len(breaks)


def _gaps(found: Sequence[Cells], column: int) -> tuple[list[float], list[float]]:
    """How far the lines of one cell in *column* are from one to the next; and likewise the cells."""
    cells = [row[column] for row in found if column in row]
    inside = [low.box.centre - high.box.centre for lines in cells for high, low in pairwise(lines)]
    return inside, [low[0].box.centre - high[-1].box.centre for high, low in pairwise(cells)]


def _apart(found: Sequence[Cells], em: float) -> float | None:
    """
    How much further apart cells are, one below the other, than the lines of one, on the average in font sizes.

    None where some are hardly so.
    """
    gaps = [_gaps(found, column) for column in {column for row in found for column in row}]
    inside = [gap for lines, _ in gaps for gap in lines]
    blurred = any(recognised(line) for lines in found[0].values() for line in lines)
    if min(gap for _, cells in gaps for gap in cells) <= median(inside) + (BLURRED if blurred else APART) * em:
        return None
    between = [min(gap, FAR * em) for lines, cells in gaps if lines for gap in cells]
    apart = (fmean(between) - fmean(inside)) / em if between else 0.0
    return apart if apart > APART else None

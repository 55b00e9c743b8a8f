"""
Puts the cells of a tagged table under the column in which they are printed.

Programs write the cells of a row in the order in which they drew them, and leave out the empty ones. Where a cell
stands is beyond doubt: each column is the stretch of the page that the cells of the fullest rows leave to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from attrs import evolve

from ...page import Box, Cell
from .fields import Stretch, by_row, stretches


__all__ = ["placed"]


def placed(cells: Sequence[Cell]) -> list[Cell]:
    """
    Return *cells* of a tagged table, in the columns over which they are printed.

    They stay as they are where the columns cannot be told, or where some cell stands between them.
    """
    rows = by_row(cells)
    width = max((cell.column + cell.column_span for cell in cells), default=0)
    columns = _columns(rows.values(), width) if width > 1 else []
    out: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for number, row in rows.items() if columns else ():
        free = [column for column in range(width) if (number, column) not in taken]
        starts = _starts(row, columns, free)
        if starts is None:
            return list(cells)
        for column, cell in starts.items():
            out.append(evolve(cell, column=column))
            taken.update(
                (number + down, column + right) for down in range(cell.row_span) for right in range(cell.column_span)
            )
        header = all(cell.header for cell in row)
        out.extend(Cell("", number, column, header=header) for column in free if (number, column) not in taken)
    return sorted(out, key=lambda cell: (cell.row, cell.column)) or list(cells)


def _columns(rows: Iterable[Sequence[Cell]], width: int) -> list[Stretch]:
    """Return where the *width* columns of *rows* stand, in reading order; none where that cannot be told."""
    seen = [[cell for cell in row if cell.box is not None] for row in rows]
    found = stretches(
        (cell.box.left, cell.box.right)
        for row in seen
        for cell in row
        if cell.box is not None and cell.column_span == 1
    )
    return found if len(found) == width else []


def _starts(row: Sequence[Cell], columns: Sequence[Stretch], free: Sequence[int]) -> dict[int, Cell] | None:
    """Return the cells of *row* by the first of their *columns*, of which some are *free*; None for no sure place."""
    wide = any(cell.column_span > 1 for cell in row)
    if wide and sum(cell.column_span for cell in row) == len(free):  # none is left out
        out: dict[int, Cell] = {}
        place = 0
        for cell in row:
            out[free[place]] = cell
            place += cell.column_span
        return out
    out = {}
    left = set(free)
    for cell in sorted(row, key=lambda cell: cell.column_span):
        if cell.box is None:
            continue
        start = _column(cell.box, columns) if cell.column_span == 1 else _first_of(cell, columns, left)
        own = set() if start is None else set(range(start, start + cell.column_span))
        if start is None or not own <= left:
            return None
        left -= own
        out[start] = cell
    return out


def _column(box: Box, columns: Sequence[Stretch]) -> int | None:
    """The column that *box* shares most with, the nearest where it shares with none; None where two are as near."""
    shares = [min(box.right, right) - max(box.left, left) for left, right in columns]
    best = max(range(len(columns)), key=shares.__getitem__)
    others = [share for index, share in enumerate(shares) if index != best]
    return None if max(others) > 0.5 * shares[best] > 0 else best


def _first_of(cell: Cell, columns: Sequence[Stretch], left: Set[int]) -> int | None:
    """Return the first of the columns that are *left* and over which *cell*, which spans several, stands best."""
    assert cell.box is not None
    shifts: dict[int, float] = {}
    for start in range(len(columns) - cell.column_span + 1):
        own = range(start, start + cell.column_span)
        if left >= set(own):
            over = Box(min(columns[each][0] for each in own), 0, max(columns[each][1] for each in own), 0)
            shifts[start] = cell.box.shift(over)
    return min(shifts, key=shifts.__getitem__, default=None)

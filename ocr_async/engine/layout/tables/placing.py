"""
Puts the cells of a tagged table under the column in which they are printed, and columns that are read from the right in
that order.

Programs write the cells of a row in the order in which they drew them, and leave out the empty ones. Where a cell
stands is beyond doubt: each column is the stretch of the page that the cells of the fullest rows leave to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from ...page import Box, Cell, Region
from ..join import RIGHT_TO_LEFT
from .fields import by_row


__all__ = ["mirrored", "placed"]

MISSED = 4.0  # points: a cell further than this from its column may belong to the next one
FULL = 2  # rows with a cell in every column, at least: from them the columns are learned


def placed(cells: Sequence[Cell], *, right_to_left: bool = False) -> list[Cell]:
    """
    Return *cells* of a tagged table, in the columns over which they are printed.

    They stay as they are where the columns cannot be told, or where some cell stands between them.
    """
    rows = by_row(cells)
    seen = {number: [cell for cell in row if cell.box is not None] for number, row in rows.items()}
    width = max((cell.column + cell.column_span for cell in cells), default=0)
    if width < 2 or any(cell.row_span > 1 or cell.column_span > 1 for cell in cells):
        return list(cells)
    full = [_from_left(row, right_to_left) for row in seen.values() if len(row) == width]
    if len(full) < FULL:
        return list(cells)
    columns = [
        (min(box.left for box in column), max(box.right for box in column)) for column in zip(*full, strict=True)
    ]
    ordered = [(-right, -left) for left, right in columns] if right_to_left else columns
    if any(right > left for (_, right), (left, _) in pairwise(ordered)):
        return list(cells)
    out: list[Cell] = []
    for number, row in seen.items():
        places = [_column(cell.box, columns) for cell in row if cell.box is not None]
        if None in places or len(set(places)) < len(places):
            return list(cells)
        filled = {
            place: evolve(cell, column=place) for place, cell in zip(places, row, strict=True) if place is not None
        }
        header = all(cell.header for cell in rows[number])
        out.extend(filled.get(place) or Cell("", number, place, header=header) for place in range(width))
    return out


def _from_left(row: Sequence[Cell], right_to_left: bool) -> list[Box]:
    boxes = [cell.box for cell in row if cell.box is not None]
    return sorted(boxes, key=lambda box: -box.right if right_to_left else box.left)


def _column(box: Box, columns: Sequence[tuple[float, float]]) -> int | None:
    """The column that *box* shares most with, the nearest where it shares with none; None where two are as near."""
    shares = [min(box.right, right) - max(box.left, left) for left, right in columns]
    best = max(range(len(columns)), key=shares.__getitem__)
    others = [share for index, share in enumerate(shares) if index != best]
    if shares[best] <= 0 and (-shares[best] > MISSED or max(others) > 2 * shares[best] - 1):
        return None
    return None if max(others) > 0.5 * shares[best] > 0 else best


def mirrored(region: Region) -> Region:
    """Return *region*; if it is a table in a writing that runs from the right, with its rightmost column first."""
    text = "".join(cell.text for cell in region.cells)
    if text.isascii() or 2 * len(RIGHT_TO_LEFT.findall(text)) <= sum(map(str.isalpha, text)):
        return region
    width = max(cell.column + cell.column_span for cell in region.cells)
    cells = (evolve(cell, column=width - cell.column - cell.column_span) for cell in region.cells)
    return evolve(region, cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))))

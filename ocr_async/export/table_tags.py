"""The rows of a table as tags of a PDF: each with as many fields as the others, headings with what they head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..models import OCRCell
from ..tables.fields import grid, head_rows, names_columns, size
from .parts import Said


__all__ = ["Tag", "rows_of"]

Tag = list[Any]

_MOST_FIELDS = 40_000  # 10,000 rows of four columns: each field is an object of the file


def rows_of(
    cells: Sequence[OCRCell],
    words: Mapping[int, Sequence[Said]],
    tag: Callable[..., Tag],
) -> list[Tag] | None:
    """
    Return a tag for each row; None where *cells* lie upon each other, or are too many.

    Args:
        words: Of each cell, by its number.

        tag: Makes a tag of a role, words and facts.
    """
    height, width = size(cells)
    if height * width > _MOST_FIELDS:
        return None
    owners = _owners(cells, height, width)
    if owners is None:
        return None
    heads = head_rows(cells) or int(names_columns(grid(cells, repeated=True)))
    rows = []
    for row in range(height):
        tags: list[Any] = []
        for column in range(width):
            number = owners[row][column]
            if number is None:
                tags.append(["TD", [], {}])
            elif (cells[number].row, cells[number].column) == (row, column):
                role, facts = _kind(cells[number], heads, height, width)
                tags.append(tag(role, words.get(number, ()), **facts))
        rows.append(["TR", tags, {}])
    return rows


def _owners(cells: Sequence[OCRCell], height: int, width: int) -> list[list[int | None]] | None:
    """Return the number of the cell that fills each field."""
    owners: list[list[int | None]] = [[None] * width for _ in range(height)]
    for number, cell in enumerate(cells):
        for row in owners[cell.row : cell.row + cell.row_span]:
            for column in range(cell.column, min(cell.column + cell.column_span, width)):
                if row[column] is not None:
                    return None
                row[column] = number
    return owners


def _kind(cell: OCRCell, heads: int, height: int, width: int) -> tuple[str, dict[str, Any]]:
    facts: dict[str, Any] = {}
    if (rows := min(cell.row_span, height - cell.row)) > 1:
        facts["RowSpan"] = rows
    if (columns := min(cell.column_span, width - cell.column)) > 1:
        facts["ColSpan"] = columns
    head = cell.row < heads
    if head or cell.header:
        return "TH", {**facts, "Scope": "Column" if head else "Row"}
    return "TD", facts

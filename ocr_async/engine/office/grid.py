"""Where the cells of a table stand, of the order in which a document names them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from attrs import evolve, frozen

from .content import Block, Field, plain


__all__ = ["Named", "placed", "trimmed"]

_WIDEST = 1000  # columns that one cell may span, as browsers have it


@frozen(slots=True)
class Named:
    """A cell as a document names it: with its spans, without its place."""

    blocks: tuple[Block, ...]
    row_span: int = 1
    column_span: int = 1
    header: bool = False


def placed(rows: Sequence[Sequence[Named]]) -> tuple[Field, ...]:
    """Return the cells of *rows*, each in the first place that those before it leave free."""
    fields: list[Field] = []
    free_from: dict[int, int] = {}  # the first row in which a column is free again
    for row, cells in enumerate(rows):
        column = 0
        for cell in cells:
            while free_from.get(column, 0) > row:
                column += 1
            height = min(max(1, cell.row_span), len(rows) - row)
            width = min(max(1, cell.column_span), _WIDEST)
            width = next((each for each in range(1, width) if free_from.get(column + each, 0) > row), width)
            fields.append(Field(row, column, cell.blocks, height, width, cell.header))
            if height > 1:
                free_from.update(dict.fromkeys(range(column, column + width), row + height))
            column += width
    return tuple(fields)


def trimmed(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return *fields* without empty columns, and without the empty rows around what they say."""
    said = [field for field in fields if field.blocks and (plain(field.blocks) or _shows(field))]
    if not said:
        return ()
    top = min(field.row for field in said)
    bottom = max(field.row + field.row_span for field in said)
    columns = sorted({field.column for field in said})
    right = max(field.column + field.column_span for field in fields)
    if not top and right == len(columns):
        return tuple(field for field in fields if field.row < bottom)
    kept: list[Field] = []
    for field in fields:
        left, right = bisect_left(columns, field.column), bisect_left(columns, field.column + field.column_span)
        if top <= field.row < bottom and left < right:
            kept.append(evolve(field, row=field.row - top, column=left, column_span=right - left))
    return tuple(kept)


def _shows(field: Field) -> bool:
    return any(run.photo is not None for block in field.blocks for run in getattr(block, "runs", ()))

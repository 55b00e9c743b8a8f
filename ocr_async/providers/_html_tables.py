"""Tables that a service writes as HTML, as the cells of a region; `tables.html` parses them."""

from __future__ import annotations

from ..tables import html
from ._structure import Cell


__all__ = ["cells_of"]


def cells_of(text: str) -> tuple[Cell, ...]:
    """Return the cells of the first table in the HTML *text*, by row and column; none where there is no table."""
    return tuple(
        Cell(
            text=cell.text,
            row=cell.row,
            column=cell.column,
            row_span=cell.row_span,
            column_span=cell.column_span,
            header=cell.header,
        )
        for cell in html.cells_of(text)
    )

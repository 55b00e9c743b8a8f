"""
Tables in HTML, which has rows, cells that span, and header cells: parsed to cells, and written from them.

Not by `html.parser`, which takes quadratic time over some broken HTML, and fails on other: a model writes both.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from attrs import define, evolve, field

from ..models import OCRCell
from .fields import SpanningCell, size


__all__ = ["cells_of", "first_table", "table_html"]

_MOST_COLUMNS = 300
_PART = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})((?:[\s/][^<>]{0,500})?)>|[^<]+|<")
_SPAN = re.compile(r"(rowspan|colspan)\s{0,8}=\s{0,8}[\"']?(\d{1,5})", re.IGNORECASE)
_SPACES = frozenset({"br", "p", "div", "li", "table", "tr", "td", "th"})


def cells_of(text: str) -> tuple[OCRCell, ...]:
    """
    Return the cells of the first table in the HTML *text*, by row and column; none where there is no table.

    A table inside a cell is the cell's text. Spans end with the table, as they do in browsers.
    """
    return first_table(text, 0)[0]


def first_table(text: str, start: int) -> tuple[tuple[OCRCell, ...], int]:
    """Return what `cells_of` does of *text* from *start* on, and where that table ends."""
    table = _Table()
    end = len(text)
    for found in _PART.finditer(text, start):
        if found[2] is None:
            table.say(found[0])
        elif not found[1]:
            table.open(found[2].lower(), found[3])
        elif table.close(found[2].lower()):
            end = found.end()
            break
    table.end_cell()
    rows = table.row + 1
    return tuple(evolve(cell, row_span=min(cell.row_span, rows - cell.row)) for cell in table.cells), end


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def table_html(cells: Sequence[SpanningCell], said: Callable[[str], str] = _escaped) -> str:
    """
    Return an HTML table with spans and header cells, and with empty ones where *cells* have none.

    Args:
        said: Makes HTML of a cell's text.
    """
    height, width = size(cells)
    rows: list[list[SpanningCell]] = [[] for _ in range(height)]
    for cell in sorted(cells, key=lambda cell: cell.column):
        rows[cell.row].append(cell)
    ends = [0] * width  # the row in which what fills each column from above has ended

    def empty(row: int, start: int, end: int) -> str:
        """The fields that no cell fills, for without them what follows would stand in their columns."""
        return "<td></td>" * sum(1 for column in range(start, end) if ends[column] <= row)

    lines: list[str] = []
    for number, row in enumerate(rows):
        column = 0
        line = ""
        for cell in row:
            tag = "th" if cell.header else "td"
            spans = (f' rowspan="{cell.row_span}"' if cell.row_span > 1 else "") + (
                f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
            )
            line += f"{empty(number, column, cell.column)}<{tag}{spans}>{said(cell.text)}</{tag}>"
            column = min(cell.column + cell.column_span, width)
            ends[cell.column : column] = [number + cell.row_span] * (column - cell.column)
        lines.append(f"<tr>{line}{empty(number, column, width)}</tr>")
    return f"<table>{''.join(lines)}</table>"


@define
class _Open:
    header: bool
    row_span: int
    column_span: int
    pieces: list[str] = field(factory=list)


@define
class _Table:
    """A table as far as it was read."""

    cells: list[OCRCell] = field(factory=list)
    row: int = -1
    column: int = 0
    depth: int = 0
    cell: _Open | None = None
    taken: dict[int, int] = field(factory=dict)  # columns, and the last row in which a cell from above fills them

    def say(self, text: str) -> None:
        if self.cell is not None:
            self.cell.pieces.append(text)

    def open(self, tag: str, attributes: str) -> None:
        if tag == "table":
            self.depth += 1
        if self.depth == 1 and tag == "tr":
            self.end_cell()
            self._begin_row()
        elif self.depth == 1 and tag in {"td", "th"}:
            self.end_cell()
            if self.row < 0:
                self._begin_row()
            spans = {name.lower(): max(1, int(number)) for name, number in _SPAN.findall(attributes)}
            self.cell = _Open(tag == "th", spans.get("rowspan", 1), min(spans.get("colspan", 1), _MOST_COLUMNS))
        elif tag in _SPACES:
            self.say(" ")

    def close(self, tag: str) -> bool:
        """Close *tag*; return whether that is the end of the table."""
        if self.depth == 1 and tag in {"td", "th", "tr", "table"}:
            self.end_cell()
        elif tag in _SPACES:
            self.say(" ")
        if tag == "table" and self.depth:
            self.depth -= 1
            return self.depth == 0
        return False

    def end_cell(self) -> None:
        """Put the cell that is open where it belongs."""
        cell, self.cell = self.cell, None
        if cell is None:
            return
        while self.taken.get(self.column, -1) >= self.row:
            self.column += 1
        column, self.column = self.column, min(self.column + cell.column_span, _MOST_COLUMNS)
        if column >= _MOST_COLUMNS:
            return
        if cell.row_span > 1:
            self.taken.update(dict.fromkeys(range(column, self.column), self.row + cell.row_span - 1))
        self.cells.append(
            OCRCell(
                text=" ".join(html.unescape("".join(cell.pieces)).split()),
                row=self.row,
                column=column,
                row_span=cell.row_span,
                column_span=self.column - column,
                header=cell.header,
            )
        )

    def _begin_row(self) -> None:
        self.row += 1
        self.column = 0

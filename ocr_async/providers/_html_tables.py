"""Tables that a service writes as HTML, as cells; their form is HTML's own: rows, cells that span, header cells."""

from __future__ import annotations

from html.parser import HTMLParser

from attrs import define, evolve, field

from ._structure import Cell


__all__ = ["cells_of"]

_MOST_COLUMNS = 1000
_SPACES = frozenset({"br", "p", "div", "li", "table", "tr", "td", "th"})


def cells_of(html: str) -> tuple[Cell, ...]:
    """
    Return the cells of the first table in *html*, by row and column; none where there is no table.

    A table inside a cell is the cell's text. Spans end with the table, as they do in browsers.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_cell()
    rows = reader.row + 1
    return tuple(evolve(cell, row_span=min(cell.row_span, rows - cell.row)) for cell in reader.cells)


@define
class _Open:
    header: bool
    row_span: int
    column_span: int
    pieces: list[str] = field(factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.cells: list[Cell] = []
        self.row = -1
        self.depth = 0
        self.done = False
        self._open: _Open | None = None
        self._column = 0
        self._taken: dict[int, int] = {}  # columns, and the last row in which a cell from above fills them

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.done:
            return
        if tag == "table":
            self.depth += 1
        if self.depth == 1 and tag == "tr":
            self.end_cell()
            self._begin_row()
        elif self.depth == 1 and tag in {"td", "th"}:
            self.end_cell()
            if self.row < 0:
                self._begin_row()
            given = dict(attrs)
            self._open = _Open(tag == "th", _span(given.get("rowspan")), _span(given.get("colspan")))
        elif self._open is not None and tag in _SPACES:
            self._open.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.done or self.depth == 0:
            return
        if self.depth == 1 and tag in {"td", "th", "tr", "table"}:
            self.end_cell()
        if tag == "table":
            self.depth -= 1
            self.done = self.depth == 0

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.pieces.append(data)

    def end_cell(self) -> None:
        """Put the cell that is open where it belongs."""
        cell, self._open = self._open, None
        if cell is None:
            return
        while self._taken.get(self._column, -1) >= self.row:
            self._column += 1
        column = self._column
        if column >= _MOST_COLUMNS:
            return
        self._column = min(column + cell.column_span, _MOST_COLUMNS)
        if cell.row_span > 1:
            self._taken.update(dict.fromkeys(range(column, self._column), self.row + cell.row_span - 1))
        text = " ".join("".join(cell.pieces).split())
        self.cells.append(
            Cell(
                text=text,
                row=self.row,
                column=column,
                row_span=cell.row_span,
                column_span=self._column - column,
                header=cell.header,
            )
        )

    def _begin_row(self) -> None:
        self.row += 1
        self._column = 0


def _span(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > 5:
        return 1
    return min(max(1, int(text)), _MOST_COLUMNS)

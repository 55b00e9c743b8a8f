"""Tables as an Excel workbook: a sheet a table, spans merged, numbers as numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from ..errors import missing_extra
from ..models import OCRCell, OCRTable
from ..tables import fields
from ..tables.numbers import Mark, decimal_mark, number


__all__ = ["workbook"]

_LONGEST = 32_767  # characters of a cell; limits of Excel, read 2026-11
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_WIDEST = 60  # of a column, in characters


def workbook(tables: Sequence[OCRTable]) -> bytes:
    """
    Return *tables* as a file of the form ``.xlsx``; without tables, one empty sheet says so by its name.

    Raises:
        ConfigurationError: The extra ``tables`` is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise missing_extra("the form xlsx", "tables") from error
    out = io.BytesIO()
    every = [table.cells for table in tables]
    mark = decimal_mark(cell.text for cells in every for cell in cells)
    with Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        formats = _Formats(book)
        for index, cells in enumerate(every, 1):
            _write(book.add_worksheet(f"Table {index}"), cells, formats, mark)
        if not every:
            book.add_worksheet("No tables")
    return out.getvalue()


class _Formats:
    """The cell formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[bool, bool, str], Any] = {}

    def get(self, *, header: bool, merged: bool, shown: str) -> Any:
        key = header, merged, shown
        if key not in self._made:
            facts: dict[str, Any] = {"bold": True} if header else {}
            facts |= {"valign": "top"} if merged else {}
            facts |= {"num_format": shown} if shown else {}
            self._made[key] = self._book.add_format(facts)
        return self._made[key]


def _write(sheet: Any, cells: Iterable[OCRCell], formats: _Formats, mark: Mark | None) -> None:
    taken: set[tuple[int, int]] = set()
    widths: dict[int, int] = {}
    left = fields.MOST_FIELDS  # to be looked at for merging: spans may lie upon each other
    every = list(cells)
    height, width = fields.size(every)
    for cell in every:
        if cell.row >= _MOST_ROWS or cell.column >= _MOST_COLUMNS:
            continue
        text = fields.clean(cell.text)[:_LONGEST]
        value = None if cell.header else number(text, mark)
        last_row = min(cell.row + cell.row_span, height, _MOST_ROWS) - 1
        last_column = min(cell.column + cell.column_span, width, _MOST_COLUMNS) - 1
        merged = (last_row, last_column) != (cell.row, cell.column)
        if merged:
            rows, columns = range(cell.row, last_row + 1), range(cell.column, last_column + 1)
            left -= len(rows) * len(columns)
            fills = set(product(rows, columns)) if left >= 0 else set()
            merged = left >= 0 and taken.isdisjoint(fills)  # where merged fields overlap, a workbook cannot be opened
            taken |= fills if merged else set()
        shape = formats.get(header=cell.header, merged=merged, shown=value.format if value else "")
        if merged:
            sheet.merge_range(cell.row, cell.column, last_row, last_column, "", shape)
        else:
            widths[cell.column] = max(widths.get(cell.column, 8), len(text))
        if value is not None:
            sheet.write_number(cell.row, cell.column, value.value, shape)
        elif text:
            sheet.write_string(cell.row, cell.column, text, shape)
    for column, characters in widths.items():
        sheet.set_column(column, column, min(characters + 1, _WIDEST))
    if head := fields.head_rows(every):
        sheet.freeze_panes(head, 0)

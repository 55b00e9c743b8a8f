"""The fields of a table, from its cells and their spans: rows, CSV, DataFrames."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..errors import ConfigurationError
from ..models import OCRCell


__all__ = [
    "MOST_FIELDS",
    "SpanningCell",
    "clean",
    "csv_text",
    "dataframe",
    "grid",
    "head_rows",
    "names_columns",
    "rows",
    "size",
    "told",
]

MOST_FIELDS = 4_000_000
"""Of one table: 10,000 rows of 300 columns are three million. A server may tell any span."""

_TOLD: Sequence[tuple[str, int | None, int]] = (  # name, value where none is told, and the least
    ("row", None, 0), ("column", None, 0), ("row_span", 1, 1), ("column_span", 1, 1),
)  # fmt: skip
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_DIGIT = re.compile(r"\d")
_SURROGATES = re.compile("[\ud800-\udfff]")
_FORMULA = re.compile(r"\s*[=@+\-−\t\r|%]")
_NUMBER = re.compile(r"[+\-−]?[\d.,'’ \u00a0\u202f]*\d\s*%?")


class SpanningCell(Protocol):
    """What is written of a cell."""

    @property
    def text(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def row_span(self) -> int: ...
    @property
    def column_span(self) -> int: ...
    @property
    def header(self) -> bool: ...


def told(data: Mapping[str, Any] | None) -> tuple[OCRCell, ...]:
    """Return the cells that an element's *data* tells, which may be anything; none where one of them is no cell."""
    given = (data or {}).get("cells")
    cells: list[OCRCell] = []
    for cell in given if isinstance(given, (list, tuple)) else ():
        if not isinstance(cell, Mapping) or not isinstance(cell.get("text"), str):
            return ()
        places = {name: cell.get(name, default) for name, default, _ in _TOLD}
        if not all(type(places[name]) is int and places[name] >= least for name, _, least in _TOLD):
            return ()
        cells.append(OCRCell(text=cell["text"], header=cell.get("header") is True, **places))
    height, width = (max((getattr(cell, side) for cell in cells), default=0) + 1 for side in ("row", "column"))
    return tuple(cells) if height * width <= MOST_FIELDS else ()


def rows(cells: Sequence[OCRCell]) -> tuple[tuple[OCRCell, ...], ...]:
    """Return the cells that begin in each row; a row that only cells from above fill is empty."""
    found: list[list[OCRCell]] = [[] for _ in range(size(cells)[0])]
    for cell in cells:
        found[cell.row].append(cell)
    return tuple(tuple(sorted(row, key=lambda cell: cell.column)) for row in found)


def size(cells: Sequence[SpanningCell]) -> tuple[int, int]:
    """
    Return how many rows and columns *cells* fill, no more of them than fit into `MOST_FIELDS`.

    A span may reach further than the table: rows end with the last in which a cell begins.
    """
    if not cells:
        return 0, 0
    height = max(cell.row for cell in cells) + 1
    width = max(cell.column + 1 for cell in cells)
    spanned = max(cell.column + cell.column_span for cell in cells)
    if height * spanned <= MOST_FIELDS:
        width = spanned
    return height, width


def head_rows(cells: Sequence[OCRCell]) -> int:
    """Return how many rows from the first hold headings alone."""
    return min((cell.row for cell in cells if not cell.header and cell.text), default=1 if cells else 0)


def grid(cells: Sequence[OCRCell], *, repeated: bool) -> list[list[str]]:
    """
    Return the text of each field, by row.

    Args:
        repeated: Whether the text of a cell that spans stands in each of its fields, or in the first.
    """
    height, width = size(cells)
    fields = [[""] * width for _ in range(height)]
    left = MOST_FIELDS  # to be written twice: spans may lie upon each other
    for cell in cells:
        text = clean(cell.text)
        if not repeated or cell.row_span == cell.column_span == 1 or left < 0:
            fields[cell.row][cell.column] = text
            continue
        end = min(cell.column + cell.column_span, width)
        for row in range(cell.row, min(cell.row + cell.row_span, height)):
            left -= end - cell.column
            fields[row][cell.column : end] = [text] * (end - cell.column)
    return fields


def csv_text(cells: Sequence[OCRCell], *, verbatim: bool) -> str:
    """Return *cells* as CSV; see `OCRTable.to_csv`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in grid(cells, repeated=False):
        writer.writerow(row if verbatim else [_harmless(text) for text in row])
    return out.getvalue()


def dataframe(cells: Sequence[OCRCell]) -> Any:
    """Return *cells* as a DataFrame; see `OCRTable.to_dataframe`."""
    try:
        import pandas
    except ImportError as error:
        raise ConfigurationError("a DataFrame needs pandas: pip install pandas") from error
    fields = grid(cells, repeated=True)
    head = head_rows(cells) or names_columns(fields)
    columns = [" / ".join(dict.fromkeys(filter(None, names))) for names in zip(*fields[:head], strict=True)]
    return pandas.DataFrame(fields[head:], columns=columns or None, dtype=object)


def names_columns(fields: list[list[str]]) -> bool:
    """Whether the first row, which nobody marked, reads like names: words above a column that has digits."""
    first, *others = fields or [[]]
    words = all(text and not _DIGIT.search(text) for text in first) and len(set(first)) == len(first)
    return words and len(first) > 1 and any(_DIGIT.search(text) for row in others for text in row[1:])


def clean(text: str) -> str:
    """Return *text* without what no file of text or XML may hold: control characters, halves of characters."""
    return _SURROGATES.sub("\ufffd", _UNPRINTABLE.sub("", text))


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text.strip()) else text

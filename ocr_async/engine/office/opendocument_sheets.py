"""Tables of OpenDocument files, and sheets, which are nothing else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element

from attrs import evolve, frozen

from .content import Block, Field, Heading, Leaf, Paragraph, Run, Table, seen
from .grid import trimmed
from .numerals import whole


__all__ = ["sheet_leaf", "table_of"]

_MOST_ROWS = 10_000
_MOST_FIELDS = 500_000
_MOST_COLUMNS = 1_000  # that are filled by one cell, or are hidden together
_ROWS = frozenset({"table-row-group", "table-rows", "table-header-rows"})
_COLUMNS = frozenset({"table-column-group", "table-columns", "table-header-columns"})
_HIDDEN = frozenset({"collapse", "filter"})
_VALUES = ("string-value", "date-value", "time-value", "boolean-value", "value")

Read = Callable[[Iterable[Element]], list[Block]]
"""Returns the blocks of elements."""


@frozen(slots=True)
class _Row:
    """A row, which stands there so many *times* from row *at* on; *header* is one of the table's head."""

    cells: Element
    at: int
    times: int
    header: bool


def table_of(table: Element, read: Read) -> Table:
    """Return *table* of a text or a slide."""
    return Table(_fields([row for row in _rows(table) if not _is_hidden(row.cells)], (), read))


def sheet_leaf(table: Element, read: Read, drawn: Sequence[Block]) -> Leaf:
    """
    Return a sheet as a page.

    Args:
        drawn: The pictures and charts that lie over it.
    """
    rows = [row for row in _rows(table) if any(map(_says, row.cells))]
    shown = [row for row in rows if not _is_hidden(row.cells)]
    count, hidden = (sum(row.times for row in some) for some in (shown, rows))
    hidden -= count
    columns = list(_hidden_columns(table))
    warnings: list[str] = []
    if hidden or columns:
        warnings.append(f"{hidden} hidden rows and {len(columns)} hidden columns of the sheet are left out")
    if count > _MOST_ROWS:
        warnings.append(f"{count - _MOST_ROWS} of the sheet's {count} rows are left out: it has more than are read")
    fields = _fields(shown, columns, read)
    over = [block for field in fields for block in field.blocks if _is_drawn(block)]
    if over:
        fields = tuple(
            evolve(field, blocks=tuple(block for block in field.blocks if not _is_drawn(block))) for field in fields
        )
    fields = trimmed(fields)
    name = table.get("name")
    blocks = ((Heading(1, (Run(name),)),) if name else (), (Table(fields),) if fields else (), over, drawn)
    return Leaf(tuple(block for part in blocks for block in part), warnings=tuple(warnings))


def _is_drawn(block: Block) -> bool:
    """Whether *block* is of a chart that is anchored in a cell: other cells hold no tables."""
    return isinstance(block, Table) or (isinstance(block, Paragraph) and block.kind == "caption")


def _rows(table: Element, at: int = 0, *, header: bool = False) -> Iterator[_Row]:
    for each in table:
        if each.tag in _ROWS:
            rows = list(_rows(each, at, header=header or each.tag == "table-header-rows"))
        else:
            rows = [_Row(each, at, _times(each, "rows"), header)] if each.tag == "table-row" else []
        yield from rows
        at = rows[-1].at + rows[-1].times if rows else at


def _hidden_columns(table: Element) -> Iterator[int]:
    first = 0
    for each in (column for part in table for column in (part.iter() if part.tag in _COLUMNS else (part,))):
        if each.tag == "table-column":
            count = _times(each, "columns")
            if _is_hidden(each):
                yield from range(first, first + min(count, _MOST_COLUMNS))
            first += count


def _fields(rows: Iterable[_Row], hidden: Sequence[int], read: Read) -> tuple[Field, ...]:
    fields: list[Field] = []
    numbers: list[int] = []  # those that the rows have in the file
    for row in rows:
        cells = list(_cells(row, hidden, read))
        for number in range(row.at, row.at + min(row.times, _MOST_ROWS - len(numbers))):
            fields.extend(evolve(cell, row=len(numbers)) if numbers else cell for cell in cells)
            numbers.append(number)
        if len(numbers) == _MOST_ROWS or len(fields) > _MOST_FIELDS:
            break
    return _apart([each if each.row_span == 1 else _within(each, numbers) for each in fields])


def _within(field: Field, numbers: Sequence[int]) -> Field:
    """Return *field* as high as those of its rows that are there."""
    return evolve(field, row_span=bisect_left(numbers, numbers[field.row] + field.row_span) - field.row)


def _cells(row: _Row, hidden: Sequence[int], read: Read) -> Iterator[Field]:
    """Yield the cells of *row*, as those of row 0; those that are repeated and say nothing are not there."""
    column = 0
    for cell in row.cells:
        count = _times(cell, "columns")
        if cell.tag == "table-cell" and (count == 1 or _says(cell)):
            blocks = _blocks(cell, read)
            height, width = (max(1, whole(cell.get(f"number-{each}-spanned"), 1)) for each in ("rows", "columns"))
            for each in range(column, column + min(count, _MOST_COLUMNS)):
                place = bisect_left(hidden, each)
                if place == len(hidden) or hidden[place] != each:
                    wide = width - (bisect_left(hidden, each + width) - place)
                    yield Field(0, each - place, blocks, height, min(wide, _MOST_COLUMNS), row.header)
        column += count


def _apart(fields: list[Field]) -> tuple[Field, ...]:
    """Return *fields*; if some lie over others, which no program writes, none of them spans anything."""
    size = sum(field.row_span * field.column_span for field in fields)
    if size <= 2 * _MOST_FIELDS and size == len(
        {
            (row, column)
            for field in fields
            for row in range(field.row, field.row + field.row_span)
            for column in range(field.column, field.column + field.column_span)
        }
    ):
        return tuple(fields)
    return tuple(evolve(field, row_span=1, column_span=1) for field in fields)


def _blocks(cell: Element, read: Read) -> tuple[Block, ...]:
    if cell.get("value") == "NaN":  # what a chart has for a missing value
        return ()
    if len(cell) == 1 and cell[0].tag == "p" and not len(cell[0]) and "style-name" not in cell[0].attrib:
        said = " ".join((cell[0].text or "").split())  # as in most of the cells of a large sheet
    elif len(cell):
        return tuple(read(cell))
    else:  # some programs write values alone
        said = next((cell.attrib[key] for key in _VALUES if key in cell.attrib), "")
    return (Paragraph((Run(seen(said)),)),) if said else ()


def _says(cell: Element) -> bool:
    return len(cell) > 0 or any(key in cell.attrib for key in _VALUES)


def _is_hidden(element: Element) -> bool:
    return element.get("visibility") in _HIDDEN


def _times(element: Element, of: str) -> int:
    return max(1, whole(element.get(f"number-{of}-repeated"), 1))

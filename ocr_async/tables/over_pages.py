"""
The tables of a response: from wherever its pages tell most of them, and joined where they go on over pages.

A table goes on where it is the last thing on a page and the next page begins with one of as many columns, whose heading
is the same, or missing, or looks like one more row. Running heads, feet and footnotes do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import define, evolve, field, frozen

from ..models import OCRCell, OCRPage, OCRTable
from . import fields
from .html import table_html
from .markdown import tables_in


__all__ = ["tables_of"]

_ASIDE = frozenset({"header", "footer", "footnote", "page_header", "page_footer"})


@frozen
class _Placed:
    """A table, and whether it is the first and the last thing on its page."""

    table: OCRTable
    first: bool
    last: bool


def tables_of(pages: Iterable[OCRPage]) -> tuple[OCRTable, ...]:
    """Return the tables of *pages*, which ascend; those without cells are left out."""
    found: list[_Growing] = []
    ends = -1  # the last of `found` is the last thing on this page
    for page in pages:
        for placed in _on_page(page):
            goes_on = placed.first and bool(found) and ends == page.index - 1 and found[-1].add(placed.table)
            if not goes_on:
                found.append(_Growing(placed.table))
            if placed.last:
                ends = page.index
    return tuple(each.whole() for each in found)


def _on_page(page: OCRPage) -> list[_Placed]:
    elements = [element for element in page.elements or () if element.type not in _ASIDE]
    known = [(each, cells) for each in elements if each.type == "table" and (cells := fields.told(each.data))]
    if page.tables:
        return _taken_out(page, [cells for _, cells in known])
    if known:
        return [
            _placed(page, number, cells, each is elements[0], each is elements[-1], each.text)
            for number, (each, cells) in enumerate(known)
        ]
    return [
        _placed(page, number, cells, not page.markdown[:start].strip(), not page.markdown[end:].strip(), None)
        for number, (cells, start, end) in enumerate(tables_in(page.markdown))
        if cells
    ]


def _taken_out(page: OCRPage, known: Sequence[tuple[OCRCell, ...]]) -> list[_Placed]:
    """Return the tables that the page tells as such; its elements tell their spans in Markdown too."""
    placed = []
    for number, table in enumerate(page.tables):
        before, found, after = page.markdown.partition(f"]({table.id})")
        beginning = before.rpartition("[")[0]
        cells = known[number] if len(known) == len(page.tables) else table.cells
        if cells:
            whole = evolve(table, parsed=cells, pages=(page.index,))
            placed.append(_Placed(whole, bool(found) and not beginning.strip(), bool(found) and not after.strip()))
    return placed


def _placed(
    page: OCRPage, number: int, cells: tuple[OCRCell, ...], first: bool, last: bool, markdown: str | None
) -> _Placed:
    plain = markdown is not None and all(cell.row_span == cell.column_span == 1 for cell in cells)
    table = OCRTable(
        id=f"tbl-{page.index}-{number}",
        content=(markdown or "") if plain else table_html(cells),
        format="markdown" if plain else "html",
        parsed=cells,
        pages=(page.index,),
    )
    return _Placed(table, first, last)


# --- joining ------------------------------------------------------------------------------------------------------


@define
class _Growing:
    """A table and what was found to continue it."""

    first: OCRTable
    more: list[OCRTable] = field(factory=list)
    cells: list[OCRCell] = field(init=False)
    height: int = field(init=False)
    width: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.cells = list(self.first.cells)
        self.height, self.width = fields.size(self.cells)

    def add(self, other: OCRTable) -> bool:
        """Put the rows of *other* after those that are here; return False where it is a table of its own."""
        height, width = fields.size(other.cells)
        if width != self.width or width < 2:
            return False
        head = fields.head_rows(other.cells)
        heading = _texts(other.cells, head)
        repeated = bool(heading) and heading == _texts(self.first.cells, head)
        if heading and not repeated and not _reads_like_a_row(self.first.cells, other.cells, head):
            return False
        dropped = head if repeated else 0
        self.cells.extend(
            evolve(cell, row=cell.row - dropped + self.height, header=cell.header and cell.row >= head)
            for cell in other.cells
            if cell.row >= dropped
        )
        self.height += height - dropped
        self.more.append(other)
        return True

    def whole(self) -> OCRTable:
        if not self.more:
            return self.first
        return evolve(
            self.first,
            content=table_html(self.cells),
            format="html",
            parsed=tuple(self.cells),
            pages=tuple(page for table in (self.first, *self.more) for page in table.pages),
            word_confidence_scores=None,  # their places are those of contents that are no more
        )


def _texts(cells: Sequence[OCRCell], head: int) -> list[tuple[int, int, str]]:
    return [(cell.row, cell.column, "".join(cell.text.split()).casefold()) for cell in cells if cell.row < head]


def _reads_like_a_row(first: Sequence[OCRCell], second: Sequence[OCRCell], head: int) -> bool:
    """Whether the heading of *second* is one more row: Markdown calls the first row so, whatever it is."""
    if head != 1:
        return False
    body = fields.head_rows(first)
    numbers, texts = Counter[int](), Counter[int]()
    for cell in first:
        if cell.row >= body and cell.text.strip():
            (numbers if _is_number(cell.text) else texts)[cell.column] += 1
    columns = [column for column in numbers if numbers[column] > texts[column]]
    row = {cell.column: cell.text for cell in second if cell.row == 0 and cell.text.strip()}
    shared = [column for column in columns if column in row]
    return bool(shared) and all(_is_number(row[column]) for column in shared)


def _is_number(text: str) -> bool:
    return sum(letter.isdigit() for letter in text) * 2 >= len(text.replace(" ", ""))

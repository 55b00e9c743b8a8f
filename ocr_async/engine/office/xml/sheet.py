"""The XML of one sheet: which of its cells are seen, and where they stand when the columns between them are empty."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..numerals import whole
from .parts import Edit, element_end, scan, tag_end, with_edits


__all__ = ["SheetXML"]

_NAME = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_CONTENT = frozenset({"v", "is", "f"})
_WITH_PLACES = frozenset({"mergeCell", "hyperlink"})
_TRUE = frozenset({"1", "true"})
_MOST_COLUMNS = 16_384
_NARROW = 702  # columns up to ZZ


class _Cell(NamedTuple):
    start: int
    end: int
    column: int
    row: int
    says: bool


class _Area(NamedTuple):
    start: int
    name: str
    first: tuple[int, int]  # column and row
    last: tuple[int, int]


class SheetXML:
    """
    One sheet.

    Attributes:
        is_known: Whether all of it could be read, and each cell says where it stands.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._cells: list[_Cell] = []
        self._areas: list[_Area] = []
        self._merged: dict[tuple[int, int], tuple[int, int]] = {}
        self._rows: dict[int, int] = {}  # hidden ones, with where each begins
        self._row_ends: dict[int, int] = {}
        self._row = 0
        self._columns: set[int] = set()  # hidden ones
        self._open: tuple[int, int, int] | None = None
        self._says = False
        self._placed = True
        self.is_known = scan(data, self._starts, self._ends) and self._placed

    def _starts(self, name: str, attributes: Mapping[str, str], place: int) -> None:
        if name == "c":
            found = _NAME.fullmatch(attributes.get("r", ""))
            self._placed = self._placed and found is not None
            self._open = (place, *_place(found)) if found else None
            self._says = False
        elif name in _CONTENT:
            self._says = True
        elif name == "row":
            self._row = whole(attributes.get("r"))
            if attributes.get("hidden") in _TRUE:
                self._rows[self._row] = place
        elif name == "col" and attributes.get("hidden") in _TRUE:
            last = min(whole(attributes.get("max")), _MOST_COLUMNS)
            self._columns.update(range(whole(attributes.get("min")), last + 1))
        elif name in _WITH_PLACES:
            said = attributes.get("ref", "")
            ends = [found for each in said.split(":") if (found := _NAME.fullmatch(each))]
            if ends:
                area = _Area(place, said, _place(ends[0]), _place(ends[-1]))
                self._areas.append(area)
                if name == "mergeCell":
                    self._merged[area.first] = area.last

    def _ends(self, name: str, place: int) -> None:
        if name == "c" and self._open is not None:
            start, column, row = self._open
            self._cells.append(_Cell(start, element_end(self._data, start, place), column, row, self._says))
            self._open = None
        elif name == "row" and self._row in self._rows:
            self._row_ends[self._row] = element_end(self._data, self._rows[self._row], place)

    @property
    def hidden(self) -> tuple[int, int]:
        """How many rows and columns that say something are hidden."""
        unseen = [cell for cell in self._cells if cell.says and self._hides(cell)]
        columns = {cell.column for cell in unseen} & self._columns
        return len({cell.row for cell in unseen} & self._rows.keys()), len(columns)

    def _hides(self, cell: _Cell) -> bool:
        if cell.row not in self._rows and cell.column not in self._columns:
            return False
        # of merged cells that begin where it is hidden the rest shows what they say
        column, row = self._merged.get((cell.column, cell.row), (cell.column, cell.row))
        return column in self._columns or row in self._rows

    def without_hidden(self) -> bytes:
        """Return the sheet with its hidden cells empty, and without the empty columns of a very wide one."""
        return with_edits(self._data, self._edits())

    def _edits(self) -> Iterator[Edit]:
        hidden = {cell.start for cell in self._cells if self._hides(cell)}
        seen = {cell.row for cell in self._cells if cell.start not in hidden}
        yield from (Edit(self._rows[row], end) for row, end in self._row_ends.items() if row not in seen)
        shown = sorted({cell.column for cell in self._cells if cell.says and cell.start not in hidden})
        moves = bool(shown) and shown[-1] > _NARROW
        for cell in self._cells:
            if cell.start in hidden or (moves and not cell.says):
                yield Edit(cell.start, cell.end)
            elif moves:
                name = _name(bisect_left(shown, cell.column) + 1, cell.row)
                yield self._renamed(cell.start, _name(cell.column, cell.row), name)
        for area in self._areas if moves else ():
            first, last = bisect_left(shown, area.first[0]) + 1, bisect_right(shown, area.last[0])
            if first > last:  # nothing of it is left: it goes where no cell is
                first = last = len(shown) + 1
            ends = dict.fromkeys((_name(first, area.first[1]), _name(last, area.last[1])))
            yield self._renamed(area.start, area.name, ":".join(ends))

    def _renamed(self, start: int, old: str, new: str) -> Edit:
        """Return the edit that puts *new* for the place *old* in the tag at *start*."""
        quoted = (f'"{old}"'.encode(), f"'{old}'".encode())
        tag = self._data[start : tag_end(self._data, start)]
        at = start + max(map(tag.find, quoted)) + 1
        return Edit(at, at + len(old), new.encode())


def _place(found: re.Match[str]) -> tuple[int, int]:
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - 64
    return column, int(found[2])


def _name(column: int, row: int) -> str:
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"

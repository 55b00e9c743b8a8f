"""Rosters and the like: tables whose cells are single letters and dashes."""

from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.page import Box, Line, Region, Ruling, Tag

from .sheets import cells, sheet


HEADS = [["Name", "Mo", "Tu", "We", "Th"], ["", "8", "9", "10", "11"]]
ROSTER = [
    ["Jo Lind", "–", "S", "F", ""],
    ["Eva Novak", "S", "N", "F", "S"],
    ["Leila Murph", "", "N", "", "U"],
    ["Eleni Okafo", "S", "U", "S", "U"],
    ["Erika Petro", "S", "N", "", "S"],
    ["Jan Kowal", "F", "–", "–", "S"],
]
LEFTS = [50.0, 180.0, 225.0, 270.0, 315.0]


def tables(lines: list[Line], rulings: list[Ruling] | None = None) -> list[Region]:
    return [each for each in layout.read(sheet(lines, rulings=tuple(rulings or ()))) if each.type == "table"]


def texts(table: Region) -> list[list[str]]:
    """What stands in each field, rows of equal length."""
    width = max(cell.column + cell.column_span for cell in table.cells)
    out = [[""] * width for _ in range(max(cell.row for cell in table.cells) + 1)]
    for cell in table.cells:
        out[cell.row][cell.column] = cell.text
    return out


@pytest.mark.parametrize("pitch", [13.0, 16.0])
def test_marks_keep_their_rows_and_columns(pitch: float) -> None:
    (table,) = tables(cells(ROSTER, LEFTS, 100, pitch=pitch))
    assert texts(table) == ROSTER


def test_a_line_in_which_two_cells_meet_is_cut_between_them() -> None:
    rows = [["Jo", "S", "U"], ["Eva", "N", "F"]]
    lines = cells(rows, [50, 180, 225], 100)
    marked = [
        Line(each.text, each.box, words=each.words, size=10.0, font="Times", marks=(number,))
        for number, each in enumerate(lines)
    ]
    one, other = marked[1:3]
    box = Box(one.box.left, one.box.top, other.box.right, one.box.bottom)
    joined = Line("S U", box, words=(*one.words, *other.words), size=10.0, font="Times", marks=(1, 2))
    tags = [[Tag("TD", marks=(3 * row + column,)) for column in range(3)] for row in range(2)]
    tree = Tag("Table", children=tuple(Tag("TR", children=tuple(row)) for row in tags))
    page = sheet([marked[0], joined, *marked[3:]], tags=(Tag("Document", children=(tree,)),))
    (table,) = layout.read(page)
    assert texts(table) == rows

from __future__ import annotations

from ocr_async.engine.layout.measure import rows
from ocr_async.engine.layout.tables.anchors import anchored
from ocr_async.engine.page import Line

from .sheets import cells, column, line


COLUMNS = [120.0, 300.0]


def read(lines: list[Line]) -> list[list[str]] | None:
    found = anchored(rows(lines), COLUMNS)
    return None if found is None else [sorted(each.text for text_row in row for each in text_row) for row in found]


def table(place: str) -> list[Line]:
    """Three rows, 40 apart, with one, three and two lines in the middle column, set at the *place* of their row."""
    out: list[Line] = []
    for number, count in enumerate((1, 3, 2)):
        top = 100.0 + 40 * number
        out += cells([[f"name {number}", f"{number}1"]], [50, 320], top)
        out += column(
            [f"words {number}{each}" for each in range(count)],
            130,
            top - (place == "centre") * 5.5 * (count - 1),
            pitch=11,
        )
    return out


EXPECTED = [
    ["01", "name 0", "words 00"],
    ["11", "name 1", "words 10", "words 11", "words 12"],
    ["21", "name 2", "words 20", "words 21"],
]


def test_cells_that_are_centred_on_one_y_are_a_row() -> None:
    assert read(table("centre")) == EXPECTED


def test_cells_that_begin_level_are_a_row() -> None:
    assert read(table("top")) == EXPECTED


def test_rows_of_one_line_each_are_left_to_others() -> None:
    assert read(cells([["a", "b", "1"], ["c", "d", "2"], ["e", "f", "3"]], [50, 130, 320], 100)) is None


def test_numbers_on_numbers_are_no_lines_of_one_cell() -> None:
    pairs = [
        each
        for number in range(3)
        for each in cells([["a", "b", "1"], ["c", "d", "2"]], [50, 130, 320], 100 + 40 * number, pitch=11)
    ]
    assert read([*pairs, line("more", 130, 122 + 80)]) is None

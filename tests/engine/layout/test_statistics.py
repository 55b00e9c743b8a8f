"""Tables as offices of statistics print them: dots lead to numbers, which stand beside the last line of a long name."""

from __future__ import annotations

from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.page import Line

from .sheets import cells, column, line, sheet


HEAD: list[list[str]] = [["", "1998", "1999"]]
PLACES = [50.0, 250.0, 320.0]


def told(lines: list[Line]) -> list[list[str]]:
    (table,) = [region for region in layout.read(sheet(lines)) if region.type == "table"]
    height = 1 + max(cell.row for cell in table.cells)
    return [[cell.text for cell in table.cells if cell.row == row and cell.text] for row in range(height)]


def test_dots_that_lead_to_numbers_are_in_no_cell() -> None:
    rows = [
        [f"{name} {'. ' * 12}.", str(number), str(number + 7)] for number, name in enumerate(("Corn", "Rye", "Oats"))
    ]
    assert told(cells([*HEAD, *rows], PLACES, 100)) == [
        ["1998", "1999"],
        ["Corn", "0", "7"],
        ["Rye", "1", "8"],
        ["Oats", "2", "9"],
    ]


def test_numbers_beside_the_last_line_of_a_name_belong_to_all_of_it() -> None:
    above = cells([*HEAD, ["Corn", "12", "14"], ["Rye", "15", "19"]], PLACES, 100)
    bottom = max(each.box.bottom for each in above)
    name = line("Fruit, vegetables, and", 50, bottom + 4)
    below = cells([["other garden plants", "31", "40"], ["Oats", "22", "27"]], PLACES, name.box.bottom + 1)
    assert told([*above, name, *below])[3] == ["Fruit, vegetables, and other garden plants", "31", "40"]


def test_a_heading_above_rows_of_a_table_is_no_name_of_the_first() -> None:
    rows = [
        ["Corn", "12", "14"],
        ["Rye", "15", "19"],
        ["Garden plants sold", "", ""],
        ["Figs", "3", "4"],
    ]
    assert told(cells([*HEAD, *rows, ["Plums", "5", "6"]], PLACES, 100))[3:5] == [
        ["Garden plants sold"],
        ["Figs", "3", "4"],
    ]


def test_leaders_of_a_scan_that_are_read_as_a_dot_or_two_are_no_part_of_a_name() -> None:
    names = ["Amsterdam .", "Rotterdam …", "Antwerp ..", "Hamburg . .", "Bremen"]
    lines = column(names, 60, 100, pitch=16)
    for left in (200, 300):
        lines += column([f"{number}{left}.5" for number in range(10, 15)], left, 100, pitch=16)
    (table,) = layout.read(sheet([evolve(each, font=None) for each in lines], source="ocr"))
    assert [cell.text for cell in table.cells if cell.column == 0] == [name.split()[0] for name in names]


def test_a_space_before_the_stop_of_a_sentence_is_no_leader() -> None:
    lines = [evolve(each, font=None) for each in column(["They left early .", "It rained then ."], 60, 100, pitch=40)]
    assert [region.text for region in layout.read(sheet(lines, source="ocr"))] == [each.text for each in lines]

"""Tables as offices of statistics print them: dots lead to numbers, which stand beside the last line of a long name."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Ruling, union

from .sheets import cells, column, frame, level, line, sheet


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


def tables(lines: list[Line], rulings: tuple[Ruling, ...] = ()) -> list[list[list[str]]]:
    found = [region for region in layout.read(sheet(lines, rulings=rulings)) if region.type == "table"]
    return [
        [[cell.text for cell in table.cells if cell.row == row and cell.text] for row in range(height)]
        for table in found
        for height in [1 + max(cell.row for cell in table.cells)]
    ]


ONE = [["Year", "Corn", "Rye"], ["1998", "12", "14"], ["1999", "15", "19"]]
TWO = [["Year", "Figs", "Plums"], ["1998", "3", "4"], ["1999", "5", "6"]]


@pytest.mark.parametrize("between", ["Table 2. Fruit of small farms", "Source: The farms."])
@pytest.mark.parametrize("ruled", [False, True])
def test_captions_and_sources_part_two_tables(between: str, ruled: bool) -> None:
    lines = [*cells(ONE, PLACES, 100), line(between, 50, 142), *cells(TWO, PLACES, 156)]
    rules = tuple(level(50, 350, y) for y in (98, 112, 139, 154, 168, 195)) if ruled else ()
    assert tables(lines, rules) == [ONE, TWO]


def test_who_writes_to_whom_is_no_table() -> None:
    head = [["DATE:", "March 4"], ["TO:", "All regions"], ["FROM:", "The secretary"], ["SUBJECT:", "Rules for grants"]]
    assert tables(cells(head, [50.0, 120.0], 100)) == []


def test_heads_and_names_of_several_lines_stay_whole_where_fields_say_yes_and_no() -> None:
    head = [*column(["Collects", "data"], 200, 100, pitch=11), *column(["Trains its", "staff"], 300, 100, pitch=11)]
    names = column(
        ["Department of", "Commerce", "Department of", "Justice", "Department of", "Energy"], 50, 124, pitch=11
    )
    marks = [("Yes", "No"), ("N/A", "Yes"), ("No", "No")]
    fields = [
        line(mark, left, 135 + 22 * row)
        for row, said in enumerate(marks)
        for mark, left in zip(said, (200, 300), strict=True)
    ]
    rules = tuple(level(50, 350, y) for y in (98, 122, 190))
    assert tables([*head, *names, *fields], rules) == [
        [
            ["Collects data", "Trains its staff"],
            ["Department of Commerce", "Yes", "No"],
            ["Department of Justice", "N/A", "Yes"],
            ["Department of Energy", "No", "No"],
        ]
    ]


def test_the_shaded_head_of_a_table_is_none_of_its_own() -> None:
    head = [*column(["Corn and", "maize"], 250, 100, pitch=11), *column(["Rye and", "wheat"], 320, 100, pitch=11)]
    body = cells([["1998", "12", "14"], ["1999", "15", "19"], ["2000", "8", "9"]], PLACES, 124)
    rules = (*frame(50, 98, 370, 122), level(50, 370, 166))
    ((first, *rest),) = tables([*head, *body], rules)
    assert first == ["Corn and maize", "Rye and wheat"]
    assert rest == [["1998", "12", "14"], ["1999", "15", "19"], ["2000", "8", "9"]]


def test_dots_that_begin_far_from_a_name_are_no_column() -> None:
    lines: list[Line] = []
    for row, (name, first, second) in enumerate([["1998", "12", "14"], ["1999", "15", "19"], ["2000", "8", "9"]]):
        top = 100 + 14 * row
        words = [*line(name, 50, top).words, *line(". . . . . .", 80, top).words]
        lines += [
            evolve(
                line(name, 50, top), text=f"{name} . . . . . .", box=union([word.box for word in words]), words=words
            ),
            *cells([[first, second]], PLACES[1:], top),
        ]
    assert told([*cells([["Year", "Corn", "Rye"]], PLACES, 86), *lines])[1:] == [
        ["1998", "12", "14"],
        ["1999", "15", "19"],
        ["2000", "8", "9"],
    ]

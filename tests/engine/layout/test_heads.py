"""Heads of columns: of several lines, and over the heads of several columns."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.completing import with_totals
from ocr_async.engine.layout.tables.grid import row_cells
from ocr_async.engine.layout.tables.heads import stacked
from ocr_async.engine.page import Box, Line, Ruling

from .sheets import cells, column, level, line, sheet, upright
from .test_groups import written
from .test_starts import spaced


BODY = [["Corn", "1,201", "640", "35", "7,112"], ["Rye", "912", "15", "4", "811"], ["Oats", "77", "3", "21", "5,004"]]
LEFTS = [50.0, 200.0, 290.0, 380.0, 470.0]
RIGHTS = [255.0, 345.0, 435.0, 525.0]


def to_right(texts: Iterable[str], top: float) -> list[Line]:
    """*texts* above the numbers, each ending at the end of its column; empty ones are left out."""
    return [line(text, right - 5.0 * len(text), top) for text, right in zip(texts, RIGHTS, strict=True) if text]


def body(top: float) -> list[Line]:
    lines = []
    for number, (name, *values) in enumerate(BODY):
        lines += [line(name, 50, top + 14 * number), *to_right(values, top + 14 * number)]
    return lines


def heads(lines: list[Line], rulings: Iterable[Ruling] = ()) -> list[tuple[str, int, int, int, int]]:
    (table,) = [region for region in layout.read(sheet(lines, rulings=tuple(rulings))) if region.type == "table"]
    first = next(cell.row for cell in table.cells if cell.text == "Corn")
    return [
        (cell.text, cell.row, cell.column, cell.row_span, cell.column_span)
        for cell in table.cells
        if cell.text and cell.row < first
    ]


RULES = [[], [level(40, 530, y) for y in (96, 136, 180)]]


@pytest.mark.parametrize("rules", RULES)
def test_lines_of_a_head_that_stand_close_are_one(rules: list[Ruling]) -> None:
    lines = [
        *to_right(["", "Acres of", "", "Value of all"], 100),
        *to_right(["Farms that", "land that", "", "implements"], 111),
        line("Crop", 50, 122),
        *to_right(["were sold", "was let", "Mills", "and machines"], 122),
    ]
    assert heads([*lines, *body(140)], rules) == [
        ("Crop", 0, 0, 1, 1),
        ("Farms that were sold", 0, 1, 1, 1),
        ("Acres of land that was let", 0, 2, 1, 1),
        ("Mills", 0, 3, 1, 1),
        ("Value of all implements and machines", 0, 4, 1, 1),
    ]


def test_a_head_stands_over_those_in_whose_middle_it_is() -> None:
    lines = [line("Farms", 275, 100), line("Mills", 458, 100)]
    lines += [line("Crop", 50, 120), *to_right(["1998", "1999", "1998", "1999"], 120)]
    # the numbers reach from 230 to 345, and from 415 to 525
    assert heads([*lines, *body(140)], RULES[1])[:2] == [("Farms", 0, 1, 1, 2), ("Mills", 0, 3, 1, 2)]


def test_a_rule_below_a_head_tells_which_columns_it_spans() -> None:
    lines = [line("Sold", 205, 100), line("Crop", 50, 120), *to_right(["Corn mills", "Farms", "Acres", "Nets"], 120)]
    rules = [*RULES[1], level(200, 435, 114)]
    assert heads([*lines, *body(140)], rules)[0] == ("Sold", 0, 1, 1, 3)


def test_the_name_of_the_first_group_is_no_head() -> None:
    lines = [line("Crop", 50, 100), *to_right(["Farms", "Acres", "Mills", "Value"], 100), line("All States", 50, 120)]
    assert ("All States", 1, 0, 1, 1) in heads([*lines, *body(140)], [])


def test_an_empty_column_is_not_made_by_names_of_two_lengths() -> None:
    rows = [
        ["Corn", "$ 1,201", "$ 640"],
        ["Large farms let by owners", "912", "15"],
        ["Large farms let by agents", "77", "3"],
        ["Oats", "$ 8", "$ 21"],
        ["Rye", "44", "9"],
    ]
    (table,) = [
        region
        for region in layout.read(sheet(cells([["", "1998", "1999"], *rows], [50, 300, 400], 100)))
        if region.type == "table"
    ]
    assert max(cell.column for cell in table.cells) == 2


def test_heads_set_far_apart_above_a_rule_stay_whole_and_apart_from_their_numbers() -> None:
    heads = [
        *column(["Size of", "farms"], 50, 100, pitch=15),
        *column(["Dec.", "2009"], 200, 100, pitch=15),
        *column(["90 percent", "interval"], 300, 100, pitch=15),
        *cells([["(1)", "(2)", "(3)"]], [50, 200, 300], 134),
    ]
    body = [["Small", "1,204", "12.5"], ["Large", "3,518", "10.1"], ["All", "4,722", "11.0"]]
    rules = tuple(level(45, 370, y) for y in (96, 148, 196))
    regions = layout.read(sheet([*heads, *cells(body, [50, 200, 300], 152)], rulings=rules))
    (table,) = [region for region in regions if region.type == "table"]
    rows = [[cell.text for cell in table.cells if cell.row == row] for row in range(5)]
    assert rows == [["Size of farms", "Dec. 2009", "90 percent interval"], ["(1)", "(2)", "(3)"], *body]


# boxes around heads alone: one over all rows of them, five over one, and what stands below is open
BOXED = [
    *(level(40, 530, y) for y in (96, 136, 182)),
    level(190, 530, 116),
    *(upright(x, 96, 136) for x in (190, 362)),
    *(upright(x, 116, 136) for x in (276, 446)),
]


@pytest.mark.parametrize("scanned", [False, True])
@pytest.mark.parametrize("above", [[], [level(40, 530, 40)]])
def test_heads_in_boxes_are_those_of_the_open_rows_below(above: list[Ruling], scanned: bool) -> None:
    lines = [line("Farms", 264, 101), line("Mills", 434, 101), line("Crop", 50, 112)]
    # the boxes are as wide as their columns, and the numbers stand at their right edges
    lines += [line(text, left, 121) for text, left in (("1998", 222), ("1999", 308), ("Oil", 398), ("Corn meal", 462))]
    lines += [*body(140), *([line("The year in numbers", 50, 60)] if above else [])]
    if scanned:
        lines = [evolve(each, font=None) for each in lines]
    page = sheet(lines, rulings=(*BOXED, *above), source="ocr" if scanned else "text")
    (table,) = [region for region in layout.read(page) if region.type == "table"]
    assert {(cell.text, cell.column, cell.column_span) for cell in table.cells if cell.header and cell.text} == {
        ("Crop", 0, 1),
        ("Farms", 1, 2),
        ("Mills", 3, 2),
        ("1998", 1, 1),
        ("1999", 2, 1),
        ("Oil", 3, 1),
        ("Corn meal", 4, 1),
    }


def test_what_an_invoice_is_about_is_no_head_of_its_items() -> None:
    details = [["Smith & Co.", "", "No. 17"], ["5 High Street", "", "3 May"]]
    lines = [
        *cells(details, [50, 200, 400], 60, pitch=12),
        *cells([["Goods", "Tax", "Price"], *ITEMS], [50, 200, 400], 92),
    ]
    for rules in ([level(40, 500, y) for y in (103, 134)], GRID):
        (table,) = [each for each in layout.read(sheet(lines, rulings=tuple(rules))) if each.type == "table"]
        assert [cell.text for cell in table.cells if cell.row == 0] == ["Goods", "Tax", "Price"]


ITEMS = [["apples", "7%", "24.00"], ["pears", "7%", "21.50"], ["figs", "7%", "9.00"]]
GRID = [*(level(40, 500, 90 + 14 * row) for row in range(5)), *(upright(x, 90, 146) for x in (40, 180, 380, 500))]


def test_heads_in_bold_below_white_begin_another_table() -> None:
    lefts = [50.0, 150.0, 250.0, 350.0]
    first = [["Number", "Name", "Code"], ["170", "Fischer", "1257"]]
    second = [
        ["Payments", "Units", "Rate", "Amount"],
        ["Holiday", "8", "55.38", "2,957.88"],
        ["Basic", "4", "89.88", "12.1"],
    ]
    lines: list[Line] = []
    for table, top in ((first, 100.0), (second, 139.0)):
        lines += [evolve(each, bold=True) for each in cells(table[:1], lefts[: len(table[0])], top)]
        lines += cells(table[1:], lefts[: len(table[0])], top + 14)
    found = [region for region in layout.read(sheet(lines)) if region.type == "table"]
    assert [[cell.text for cell in table.cells if cell.header] for table in found] == [first[0], second[0]]


def test_a_sum_in_bold_below_white_ends_its_own_table() -> None:
    lefts = [50.0, 150.0, 250.0]
    rows = [["Payments", "Units", "Amount"], ["Holiday", "8", "2,957.88"], ["Basic", "4", "12.10"]]
    lines = [evolve(each, bold=True) for each in cells(rows[:1], lefts, 100)] + cells(rows[1:], lefts, 114)
    lines += [evolve(each, bold=True) for each in cells([["All", "12", "2,969.98"]], lefts, 153)]
    (table,) = [region for region in layout.read(sheet(lines)) if region.type == "table"]
    assert [cell.text for cell in table.cells][-3:] == ["All", "12", "2,969.98"]


@pytest.mark.parametrize("title", ["", "Costs"])
def test_a_title_and_heads_below_white_begin_another_table_though_all_rules_are_as_wide(title: str) -> None:
    lefts = [50.0, 200.0, 350.0]
    first = [["Town", "Visits", "Share"], ["Graz", "104", "25.82"], ["Lyon", "569", "33.62"], ["All", "673", ""]]
    second = [["Account", "Owner", "Amount"], ["Rent", "Ines Garcia", "8,056"], ["Travel", "Greta Ueda", "7,999"]]
    lines = [*cells(first, lefts, 100), line(title, 50, 180), *cells(second, lefts, 194)] if title else []
    lines = lines or [*cells(first, lefts, 100), *(evolve(each, bold=True) for each in cells(second[:1], lefts, 194))]
    lines += [] if title else cells(second[1:], lefts, 208)
    rules = [level(45, 420, 111), level(45, 420, 205)]
    found = [region for region in layout.read(sheet(lines, rulings=tuple(rules))) if region.type == "table"]
    assert [[cell.text for cell in table.cells if cell.row == 0] for table in found] == [first[0], second[0]]


def test_numbers_that_the_parser_joined_below_a_table_are_those_of_its_columns() -> None:
    rows = [["Mill", "0835", "0920", "1005"], ["Harbour", "0842", "0927", "1012"], ["Park", "0856", "0941", "1026"]]
    lefts, columns = [50.0, 200.0, 230.0, 260.0], [195.0, 225.0, 255.0]
    above = [
        row_cells([cells([row], lefts, 100 + 14 * number)], number, columns) for number, row in enumerate(rows[:2])
    ]
    below = [line("Park", 50, 128), spaced(rows[2][1:], lefts[1:], 128)]
    found, _ = with_totals((*above[0], *above[1]), Box(45, 97, 290, 125), columns, below, 10.0)
    assert [cell.text for cell in found if cell.row == 2] == rows[2]


@pytest.mark.parametrize(
    ("below", "taken"),
    [
        ([["Sum", "both", ""]], 2),
        ([["7", "both", ""]], 0),
        ([["South", "", ""], ["Park", "east", "0856"]], 4),
        ([["South of the quays, and west", "", ""], ["Park", "east", "0856"]], 0),
    ],
)
def test_numbers_of_lines_and_text_over_the_columns_are_no_sums(below: list[list[str]], taken: int) -> None:
    rows = [["North", "", ""], ["Mill", "east", "0835"], ["Harbour", "east", "0842"]]
    lefts, columns = [50.0, 150.0, 250.0], [120.0, 220.0]
    above = [row_cells([cells([row], lefts, 100 + 14 * number)], number, columns) for number, row in enumerate(rows)]
    found = [cell for row in above for cell in row]
    _, own = with_totals(tuple(found), Box(45, 97, 290, 139), columns, cells(below, lefts, 142), 10.0)
    assert len(own) == taken


def test_tables_beside_each_other_have_their_own_heads() -> None:
    """Each of them stands above the first rule, level with that of the other."""
    rows = [["Ales", "12", "9"], ["Bern", "8", "31"], ["Cork", "7", "16"], ["Dax", "5", "4"]]
    lines, rules = [], []
    for left in (50.0, 330.0):
        lefts = [left, left + 100, left + 160]
        lines += [*cells([["Team", "Won", "Lost"]], lefts, 100), *cells(rows, lefts, 118, pitch=18)]
        rules += [level(left - 5, left + 200, 114.5 + 18 * number) for number in range(5)]
    assert written(lines, rules) == 2 * [[["Team", "Won", "Lost"], *rows]]


def test_open_tables_beside_each_other_with_a_rule_below_their_heads_are_two() -> None:
    """And one table whose heads stand above two rules is one: names stand left of them, or numbers below the second."""
    rows = [["Ales", "12", "9"], ["Bern", "8", "31"], ["Cork", "7", "16"], ["Dax", "5", "4"]]
    head = ["Team", "Won", "Lost"]
    lines, rules = list[Line](), list[Ruling]()
    for left, count in ((50.0, 4), (330.0, 3)):
        lines += cells([head, *rows[:count]], [left, left + 100, left + 160], 100, pitch=16)
        rules.append(level(left - 5, left + 200, 113))
    assert written(lines, rules) == [[head, *rows], [head, *rows[:3]]]
    wide = [["", "2024", "Share", "2023", "Share"], *([*row, row[2], row[1]] for row in rows)]
    one = cells(wide, [50, 150, 220, 330, 400], 100, pitch=16)
    assert len(written(one, [level(145, 260, 113), level(325, 440, 113)])) == 1
    assert len(written(one, [level(45, 260, 113), level(325, 440, 113)])) == 1


def test_numbers_that_stand_as_close_as_words_are_columns() -> None:
    lines = cells([["Ales"], ["Bern"], ["Cork"], ["Dax"]], [50], 100)
    lines += column(["16 21  3", "33  5 19", "28 14 23", " 7 18 16"], 150, 100, pitch=14)
    assert written(lines) == [
        [["Ales", "16", "21", "3"], ["Bern", "33", "5", "19"], ["Cork", "28", "14", "23"], ["Dax", "7", "18", "16"]]
    ]
    dates = cells([["Ales", "12 03 2024"], ["Bern", "19 11 2024"], ["Cork", "30 01 2025"]], [50, 150], 100)
    narrow = [
        evolve(each, words=tuple(spaced(each.text.split(), [150, 162, 174], each.box.top).words))
        if each.words[1:]
        else each
        for each in dates
    ]
    assert written(narrow) == [[["Ales", "12 03 2024"], ["Bern", "19 11 2024"], ["Cork", "30 01 2025"]]]


def test_heads_over_cells_that_all_run_over_their_edges_stay_where_they_stand() -> None:
    rows = [[line("Sex", 250, 100)], [line("Male", 205, 114), line("Female", 295, 114)]]
    found = stacked(rows, [200.0, 290.0, 380.0], {})
    assert [(cell.text, cell.row, cell.column) for cell in found] == [("Sex", 0, 1), ("Male", 1, 1), ("Female", 1, 2)]


DETAILS = [
    [("Landlord", "Hallow Estates Ltd"), ("Tenant", "Ms Ines Calloway"), ("Deposit", "998.07")],
    [("Vessel", "MV Corrie"), ("Flag", "Malta"), ("Port of loading", "Bilbao"), ("Tonnage", "4,812")],
    [
        ("Ward", "Cardiology"),
        ("Doctor", "A. Yildiz"),
        ("Rent", "Paid in full to the account"),
        ("", "that is named below"),
        ("Rooms", "4"),
    ],
]


@pytest.mark.parametrize("details", DETAILS)
@pytest.mark.parametrize("bold", [False, True])
def test_names_and_values_are_no_heads_though_the_first_values_are_words(
    details: list[tuple[str, str]], bold: bool
) -> None:
    lines = [line("Both have agreed to what is said in the lines below and in the terms.", 50, 70)]
    for number, (name, value) in enumerate(details):
        lines += [line(name, 50, 100 + 12 * number, bold=bold)] if name else []
        lines.append(line(value, 170, 100 + 12 * number))
    (table,) = [region for region in layout.read(sheet(lines)) if region.type == "table"]
    assert [name for name, _ in details if name] == [cell.text for cell in table.cells if cell.column == 0]


@pytest.mark.parametrize("second", ["Discharged", "Nationality"])
def test_names_and_values_in_groups_are_rows_each(second: str) -> None:
    rows = [("Patient", "Elke Brandt"), ("Ward", "Cardiology"), ("Admitted", "Monday"), (second, "Thursday")]
    tops = [100, 113, 135, 148]
    lines = [line("Both have agreed to what is said in the lines below and in the terms.", 50, 70)]
    for (name, value), top in zip(rows, tops, strict=True):
        lines += [line(name, 50, top), line(value, 150, top)]
    (table,) = [region for region in layout.read(sheet(lines)) if region.type == "table"]
    assert [name for name, _ in rows] == [cell.text for cell in table.cells if cell.column == 0]

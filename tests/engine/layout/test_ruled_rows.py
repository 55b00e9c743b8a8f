"""Tables whose rows are parted by level rules alone: cells of many lines, and names that stand beside several rows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Region, Ruling

from .sheets import SENTENCE, cells, column, level, line, sheet, upright


LONG = ["Small boats that are rowed by two", "Nets which the owner has mended", "Lines of hemp and hooks of steel"]
MORE = ["men or more, on lakes", "himself since the last count", "without floats"]


def tables(lines: Sequence[Line], rulings: Sequence[Ruling]) -> list[Region]:
    return [region for region in layout.read(sheet(lines, rulings=tuple(rulings))) if region.type == "table"]


def texts(table: Region) -> list[list[str]]:
    height = 1 + max(cell.row for cell in table.cells)
    return [[cell.text for cell in table.cells if cell.row == row] for row in range(height)]


def ruled(count: int, pitch: float = 30.0) -> list[Ruling]:
    return [level(40, 560, 95 + number * pitch) for number in range(count)]


def test_two_columns_of_which_one_holds_sentences_are_a_table_between_rules() -> None:
    dates = ["Filed", "May 4, 2001", "June 12, 1999", "May 30, 2003"]
    lines = [line(text, 50, 100 + 30 * row) for row, text in enumerate(dates)]
    lines.append(line("What was counted", 200, 100))
    for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1):
        lines += [line(first, 200, 98 + 30 * row), line(second, 200, 110 + 30 * row)]
    (table,) = tables([*lines, *column([SENTENCE] * 3, 50, 240)], ruled(5))
    assert texts(table) == [
        ["Filed", "What was counted"],
        *([date, f"{first} {second}"] for date, first, second in zip(dates[1:], LONG, MORE, strict=True)),
    ]


@pytest.mark.parametrize("place", [0, 6, 12])  # above, in the middle, below
def test_cells_of_many_lines_stand_in_any_height_of_their_row(place: int) -> None:
    lines = [line(text, left, 100) for text, left in (("Kind", 50), ("What was counted", 150), ("Where", 400))]
    for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1):
        lines += [line(first, 150, 98 + 30 * row), line(second, 150, 110 + 30 * row)]
        lines += [line(f"K-{row}", 50, 98 + place + 30 * row), line("Lakes", 400, 98 + place + 30 * row)]
    (table,) = tables(lines, ruled(5))
    assert texts(table)[1:] == [
        [f"K-{row}", f"{first} {second}", "Lakes"]
        for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1)
    ]


def test_words_that_cannot_go_on_are_rows_beside_the_name_of_their_group() -> None:
    rows = [["Boats", "Rowed", "Lakes"], ["", "Sailed", "Rivers"], ["", "Drawn", "Canals"]]
    more = [["Nets", "Hemp", "Lakes"], ["", "Nylon", "Rivers"], ["", "Cotton", "Ponds"]]
    lines = cells([["Kind", "How", "Where"], *rows, *more], [50, 200, 350], 100, pitch=16)
    rules = [level(40, 500, y) for y in (96, 113, 161, 209)]
    (table,) = tables(lines, rules)
    assert [[text for text in row if text] for row in texts(table)] == [
        ["Kind", "How", "Where"],
        *([text for text in row if text] for row in [*rows, *more]),
    ]


def test_paragraphs_between_rules_are_no_table() -> None:
    paragraphs = [line(f"{SENTENCE} {SENTENCE}"[:95], 50, 100 + 12 * row) for row in range(8)]
    assert tables(paragraphs, ruled(5, 24)) == []


def test_groups_of_numbers_between_rules_keep_their_rows() -> None:
    group = [["Corn", "12", "14"], ["Rye", "15", "19"], ["Fruit, vegetables and", "", ""], ["garden plants", "3", "8"]]
    lines = cells([["Crop", "1998", "1999"], *group, *group], [50, 250, 400], 100, pitch=14)
    (table,) = tables(lines, [level(40, 500, y) for y in (96, 111, 167, 224)])
    kept = [["Corn", "12", "14"], ["Rye", "15", "19"], ["Fruit, vegetables and garden plants", "3", "8"]]
    assert texts(table) == [["Crop", "1998", "1999"], *kept, *kept]


def shade(top: float, bottom: float) -> list[Ruling]:
    return [level(40, 560, top), level(40, 560, bottom), upright(40, top, bottom), upright(560, top, bottom)]


def test_every_second_row_shaded_parts_rows_and_the_last_one_is_open() -> None:
    lines = [line(text, left, 100) for text, left in (("Kind", 50), ("What was counted", 150), ("Where", 400))]
    for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1):
        lines += [line(f"K-{row}", 50, 98 + 30 * row), line("Lakes", 400, 98 + 30 * row)]
        lines += [line(first, 150, 98 + 30 * row), line(second, 150, 110 + 30 * row)]
    (table,) = tables([*lines, *column([SENTENCE] * 3, 50, 240)], [*shade(95, 125), *shade(155, 185)])
    assert texts(table)[1:] == [
        [f"K-{row}", f"{first} {second}", "Lakes"]
        for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1)
    ]


def test_the_head_and_the_first_row_may_both_be_shaded_field_by_field() -> None:
    heads = [line("Kind", 50, 100), line("1998", 300, 100), line("1999", 450, 100)]
    lines = [*heads]
    for row, (first, second) in enumerate(zip(LONG, MORE, strict=True)):
        top = 118 + 30 * row
        lines += [line(first, 50, top), line(second, 50, top + 12)]
        lines += [line(f"{row}12", 300, top + 6), line(f"{row}14", 450, top + 6)]
    rules = [*shade(97, 145), level(40, 560, 115), *shade(175, 205)]
    rules += [upright(x, *ends) for x in (290, 440) for ends in ((97, 145), (175, 205))]
    (table,) = tables(lines, rules)
    assert texts(table) == [
        ["Kind", "1998", "1999"],
        *([f"{LONG[row]} {MORE[row]}", f"{row}12", f"{row}14"] for row in range(len(LONG))),
    ]


def test_columns_whose_texts_nearly_touch_are_told_by_their_edges() -> None:
    lines = [line("Kind", 50, 100), line("What was counted", 100, 100), line("Where it was", 275, 100)]
    for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1):
        lines += [line(f"K-{row}", 50, 98 + 30 * row), line(first, 100, 98 + 30 * row)]
        lines += [line(second, 100, 110 + 30 * row), line("Lakes and canals", 275, 98 + 30 * row)]
    (table,) = tables(lines, ruled(5))
    assert {len(row) for row in texts(table)} == {3}


def test_the_last_row_above_the_closing_rule_is_none_of_what_stands_below() -> None:
    lines = [line(text, left, 100) for text, left in (("Kind", 50), ("What was counted", 150), ("Where", 400))]
    for row, (first, second) in enumerate(zip(LONG, MORE, strict=True), 1):
        lines += [line(first, 150, 98 + 30 * row), line(second, 150, 110 + 30 * row)]
        lines += [line(f"K-{row}", 50, 104 + 30 * row), line("Lakes", 400, 104 + 30 * row)]
    lines += [line("K-4", 50, 222), line("None", 150, 222), line("Ponds", 400, 222)]
    note = line("Source: a count of all lakes by their owners, 1998", 50, 245)
    (table,) = tables([*lines, note], [level(40, 560, y) for y in (95, 115, 238)])
    assert [row[0] for row in texts(table)] == ["Kind", "K-1", "K-2", "K-3", "K-4"]


def test_columns_of_times_are_columns_of_one_table() -> None:
    rows = [["Due", "Start", "Session"]]
    rows += [[f"2004-03-1{day}", f"{day}:15 p.m.", f"{day + 3}:45 a.m."] for day in range(1, 6)]
    lines = [*column([SENTENCE] * 3, 50, 50), *cells(rows, [50, 200, 350], 110), *column([SENTENCE] * 3, 50, 210)]
    (table,) = tables(lines, [])
    assert texts(table) == rows


def test_a_table_below_a_drawn_one_is_found_though_its_rules_are_as_wide() -> None:
    boxed = [["Kind", "Boats", "Nets"], ["Lakes", "12", "14"], ["Ponds", "15", "19"]]
    rules = [*(level(40, 560, y) for y in (95, 112, 140)), *(upright(x, 95, 140) for x in (190, 340))]
    lines = [*cells(boxed, [50, 200, 350], 98), line("Filed", 50, 230), line("What was counted", 200, 230)]
    for row in (1, 2, 3):
        lines += [line(f"May {row}, 2001", 50, 234 + 30 * row), line(SENTENCE.capitalize(), 200, 228 + 30 * row)]
        lines.append(line(f"into wood {row}", 200, 240 + 30 * row))
    more = [level(40, 560, 225 + 30 * row) for row in range(5)]
    found = tables([*lines, *column([SENTENCE] * 3, 50, 150)], [*rules, *more])
    rows = [[f"May {row}, 2001", f"{SENTENCE.capitalize()} into wood {row}"] for row in (1, 2, 3)]
    assert [texts(table) for table in found] == [boxed, [["Filed", "What was counted"], *rows]]


def test_heads_of_many_lines_do_not_make_a_few_rows_of_numbers_one() -> None:
    heads = [
        ["", "All of", "All of"],
        ["", "the boats", "the nets"],
        ["", "counted", "counted"],
        ["Kind", "1998", "1999"],
    ]
    body = [["Lakes", "12", "14"], ["Ponds", "15", "19"], ["Canals", "7", "3"], ["Rivers", "9", "8"]]
    lines = [*cells(heads, [50, 200, 350], 98, pitch=11), *cells(body, [50, 200, 350], 148, pitch=13)]
    rules = [*(level(40, 500, y) for y in (95, 144, 205)), *(upright(x, 95, 205) for x in (190, 340))]
    (table,) = tables(lines, rules)
    assert texts(table)[-4:] == body


@pytest.mark.parametrize("wider", [20, 40])
def test_text_wider_than_rules_ends_the_table_above_it(wider: int) -> None:
    """Only the heads of both tables stand between rules, or on a ground whose edges come as such."""
    first = [["Name", "Family", "Status"], ["LINDA", "JONES", "Owner"], ["ROBERT", "JONES", "Minor"]]
    second = [["Make", "Model", "Colour"], ["Toyota", "Camry", "Brown"], ["Toyota", "Prius", "Grey"]]
    text = [line(f"{SENTENCE} {SENTENCE}"[:104], 50, 170 + 12 * row) for row in range(3)]
    rules = [level(50 + wider, 570 - wider, y) for y in (95, 112, 225, 242)]
    lefts = [60.0 + wider, 240, 400]
    found = tables([*cells(first, lefts, 98), *text, *cells(second, lefts, 228)], rules)
    assert [texts(table) for table in found] == [first, second]


def test_rows_that_no_rule_of_full_width_parts_are_rows() -> None:
    rows = [["Name", "Depth", "Year"], ["Harbour", "12.5", "1998"], ["Pier", "7.25", "2004"], ["Quay", "9.75", "2011"]]
    lines = cells(rows, [60, 200, 300], 100, pitch=16)
    rules = [*(level(55, 360, y) for y in (96, 164)), *(level(110, 300, y) for y in (113, 129, 145))]
    assert [texts(table) for table in tables(lines, rules)] == [rows]


def test_a_text_between_two_tables_of_its_width_is_in_neither() -> None:
    """As a browser draws them: rules below the heads and below each row."""
    rows = [["Year", "Sales"], ["2023", "9.10"], ["2024", "8.40"]]
    text = column([f"{SENTENCE} {SENTENCE}", "and so on."], 50, 150)
    lines = [*cells(rows, [50, 560], 100, pitch=14), *text, *cells(rows, [50, 560], 190, pitch=14)]
    rulings = [level(45, 585, top + 12 + 14 * row) for top in (100, 190) for row in range(3)]
    assert [texts(table) for table in tables(lines, rulings)] == [rows, rows]


@pytest.mark.parametrize("behind", [True, False])
def test_amounts_with_signs_of_a_currency_before_or_behind_them_are_columns(behind: bool) -> None:
    amounts = [["17.50", "35.00"], ["9.90", "29.70"], ["120.00", "120.00"], ["4.25", "8.50"]]
    rows = [[f"{each} €" if behind else f"€ {each}" for each in pair] for pair in amounts]
    lines = [line(text, left, 100) for text, left in (("Goods", 50), ("Price", 300), ("Sum", 400))]
    for number, row in enumerate(rows, 1):
        lines += [line(LONG[number % 3], 50, 100 + 30 * number), line(MORE[number % 3], 50, 111 + 30 * number)]
        lines += [line(text, left, 100 + 30 * number) for text, left in zip(row, (300, 400), strict=True)]
    (table,) = tables(lines, ruled(6))
    assert [row[1:] for row in texts(table)[1:]] == rows


def test_columns_hardly_further_apart_than_words_are_columns_between_rules() -> None:
    lefts = [300.0, 333.8, 367.6]  # of numbers of 30 points
    rows = [["127.50", "235.00", "318.25"], ["219.90", "101.10", "129.70"], ["140.10", "120.00", "464.25"]]
    lines = [line(text, left, 100) for text, left in zip(("Monday", "Friday", "Sunday"), lefts, strict=True)]
    for number, row in enumerate(rows, 1):
        lines += [line(LONG[number % 3], 50, 98 + 30 * number), line(MORE[number % 3], 50, 110 + 30 * number)]
        lines += cells([row], lefts, 98 + 30 * number)
    (table,) = tables(lines, ruled(5))
    assert [row[-3:] for row in texts(table)[1:]] == rows

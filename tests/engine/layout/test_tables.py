from __future__ import annotations

from collections.abc import Iterable

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.line_breaks import kept
from ocr_async.engine.layout.measure import rows
from ocr_async.engine.layout.tables.completing import disjoint, joined_signs
from ocr_async.engine.layout.tables.grid import separators
from ocr_async.engine.page import Box, Cell, Line, Region, Ruling, union

from .sheets import SENTENCE, cells, column, level, line, sheet, upright


def tables(lines: Iterable[Line], rulings: Iterable[Ruling] = ()) -> list[Region]:
    return [region for region in layout.read(sheet(lines, rulings=tuple(rulings))) if region.type == "table"]


def grid(found: Iterable[Cell]) -> list[list[str]]:
    out: dict[int, list[str]] = {}
    for cell in found:
        out.setdefault(cell.row, []).append(cell.text)
    return [out[row] for row in sorted(out)]


FRUIT = [["fruit", "kilos", "price"], ["apples", "12", "24.00"], ["pears", "7", "21.50"], ["plums", "31", "40.10"]]


def test_words_that_line_up_make_a_table() -> None:
    (table,) = tables([*column([SENTENCE] * 3, 50, 50), *cells(FRUIT, [50, 200, 300], 150)])
    assert grid(table.cells) == FRUIT


@pytest.mark.parametrize("font", ["Times", None])  # on a scan no line has the name of a font
def test_headings_above_and_below_an_open_table_are_none_of_its_rows(font: str | None) -> None:
    fruit = [line(each.text, each.box.left, each.box.top, font=font) for each in cells(FRUIT, [50, 200, 300], 170)]
    title = [
        line(text, 50, top, size=16, font=font) for text, top in (("The prices of fruit", 127), ("in summer", 147))
    ]
    beside = line("Clear", 300, 150, font=font)
    next_one = [line(text, x, 240, size=14, bold=True, font=font) for text, x in (("2", 50), ("Vegetables", 75))]
    (table,) = tables([*title, beside, *fruit, *next_one, line(SENTENCE, 50, 262, font=font)])
    assert grid(table.cells) == FRUIT


def test_the_first_row_of_an_open_table_is_its_header() -> None:
    (table,) = tables(cells(FRUIT, [50, 200, 300], 150))
    assert [cell.text for cell in table.cells if cell.header] == FRUIT[0]


def test_two_columns_of_running_text_are_no_table() -> None:
    assert tables([*column([SENTENCE] * 8, 30, 100), *column([SENTENCE] * 8, 310, 100)]) == []


def test_rulings_make_cells_that_span() -> None:
    rulings = [
        *(level(40, 340, y) for y in (90, 130)),
        level(140, 340, 110),
        *(upright(x, 90, 130) for x in (40, 140, 340)),
        upright(240, 110, 130),
    ]
    lines = [line("name", 50, 105), line("amounts", 200, 95), line("net", 150, 115), line("gross", 250, 115)]
    (table,) = tables(lines, rulings)
    assert {(cell.text, cell.row, cell.column, cell.row_span, cell.column_span) for cell in table.cells} == {
        ("name", 0, 0, 2, 1),
        ("amounts", 0, 1, 1, 2),
        ("net", 1, 1, 1, 1),
        ("gross", 1, 2, 1, 1),
    }
    box = table.box
    assert all(abs(one - two) < 1 for one, two in zip((box.left, box.top, box.right), (40, 90, 340), strict=True))
    assert abs(box.bottom - 130) < 1


def test_a_body_without_upright_lines_keeps_the_columns_of_its_drawn_header() -> None:
    rulings = [*(level(40, 360, y) for y in (90, 110, 130, 150)), *(upright(x, 90, 110) for x in (40, 190, 280, 360))]
    lines = cells(
        [["fruit", "kilos", "price"], ["apples", "12", "24.00"], ["pears", "7", "21.50"]], [50, 200, 290], 95, pitch=20
    )
    (table,) = tables(lines, rulings)
    assert grid(table.cells) == [["fruit", "kilos", "price"], ["apples", "12", "24.00"], ["pears", "7", "21.50"]]


def test_a_table_between_level_rulings_has_its_columns_from_the_words() -> None:
    rulings = [level(40, 360, y) for y in (145, 162, 206)]
    (table,) = tables([*column([SENTENCE] * 3, 50, 50), *cells(FRUIT, [50, 200, 300], 148)], rulings)
    assert grid(table.cells) == FRUIT
    assert [cell.text for cell in table.cells if cell.header] == FRUIT[0]


def test_a_header_above_a_drawn_body_belongs_to_the_table() -> None:
    rulings = [*(level(40, 360, y) for y in (110, 130, 150)), *(upright(x, 110, 150) for x in (40, 190, 280, 360))]
    lines = cells(
        [["fruit", "kilos", "price"], ["apples", "12", "24.00"], ["pears", "7", "21.50"]], [50, 200, 290], 95, pitch=20
    )
    (table,) = tables(lines, rulings)
    assert grid(table.cells)[0] == ["fruit", "kilos", "price"]
    assert [cell.text for cell in table.cells if cell.header] == ["fruit", "kilos", "price"]


def test_a_frame_around_paragraphs_is_no_table() -> None:
    rulings = [*(level(40, 560, y) for y in (90, 110, 300)), *(upright(x, 90, 300) for x in (40, 560))]
    assert tables([line("A box", 50, 95), *column([f"{SENTENCE} {SENTENCE}"[:95]] * 12, 50, 120)], rulings) == []


def test_currency_signs_in_a_column_of_their_own_join_their_amounts() -> None:
    rows_ = [["cost", "$", "178"], ["sales", "$", "876"], ["total", "$", "954"]]
    (table,) = tables(cells([["item", "", "2024"], *rows_], [50, 200, 230], 100))
    assert grid(table.cells)[1:] == [["cost", "$ 178"], ["sales", "$ 876"], ["total", "$ 954"]]


def test_a_wrapped_cell_stays_one_cell() -> None:
    lines = [
        *cells([["number", "meaning", "count"], ["1", "involvement at the very", "12"]], [50, 120, 300], 100, pitch=20),
        line("beginning", 120, 131),
        *cells([["2", "none", "7"], ["3", "late", "9"]], [50, 120, 300], 150, pitch=20),
    ]
    (table,) = tables(lines)
    assert grid(table.cells)[1] == ["1", "involvement at the very beginning", "12"]


def test_a_row_that_crosses_a_gap_does_not_hide_it() -> None:
    lines = [*cells(FRUIT, [50, 200, 300], 100), line("a remark about all the fruit that runs across", 50, 170)]
    found = separators(rows(lines), 10.0)
    assert len(found) == 2
    assert 80 < found[0] < 200 < found[1] < 300


def test_one_row_alone_has_no_columns() -> None:
    assert separators(rows(cells([["a", "b"]], [50, 200], 100)), 10.0) == []


def scanned(lines: Iterable[Line]) -> list[Region]:
    """The tables of *lines* as recognition gives them, which knows no fonts."""
    page = sheet([evolve(each, font=None) for each in lines], source="ocr")
    return [region for region in layout.read(page) if region.type == "table"]


def test_a_label_that_a_scan_shows_large_beside_its_value_is_a_cell() -> None:
    rows = [["Amount", "12.50"], ["Date", "3 May"], ["Till", "4"], ["Guests", "2"]]
    tall = [line(text, left, 97, size=16.0) for text, left in zip(rows[0], (50, 200), strict=True)]
    (table,) = scanned([*tall, *cells(rows[1:], [50, 200], 114)])
    assert [cell.text for cell in table.cells if cell.row == 0] == rows[0]


def test_a_lone_dash_in_a_row_of_a_table_is_a_cell() -> None:
    (table,) = scanned(cells([*FRUIT, ["figs", "-", "9.00"]], [50, 200, 300], 150))
    assert grid(table.cells)[-1] == ["figs", "-", "9.00"]


def test_a_dashed_rule_is_no_row() -> None:
    rule = [line("-", 50 + 12 * number, 210) for number in range(8)]
    (table,) = scanned([*cells(FRUIT, [50, 200, 300], 150), *rule])
    assert grid(table.cells) == FRUIT


def test_two_columns_of_text_between_rulings_are_no_table() -> None:
    rulings = [level(30, 580, 90), level(30, 580, 220)]
    lines = [*column([SENTENCE[:44]] * 8, 40, 100), *column([SENTENCE[:44]] * 8, 320, 100)]
    assert tables(lines, rulings) == []


def test_a_row_of_sums_below_the_last_ruling_belongs_to_the_table() -> None:
    rulings = [level(40, 360, y) for y in (145, 162, 206)]
    lines = [*cells(FRUIT, [50, 200, 300], 148), line("total", 200, 212), line("85.60", 300, 212)]
    (table,) = tables(lines, rulings)
    assert grid(table.cells) == [*FRUIT, ["total", "85.60"]]


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    rulings = [*(level(40, 360, y) for y in (90, 110, 130)), *(upright(x, 90, 130) for x in (40, 190, 250, 360))]
    (table,) = tables(cells([["fruit", "price"], ["pears", "21.50"]], [50, 290], 95, pitch=20), rulings)
    assert [(cell.text, cell.column) for cell in table.cells] == [
        ("fruit", 0),
        ("price", 1),
        ("pears", 0),
        ("21.50", 1),
    ]


def test_crooked_rulings_give_no_field_to_two_cells() -> None:
    crooked = (Cell("one", 0, 0, row_span=2, column_span=2), Cell("two", 0, 1), Cell("three", 1, 1, column_span=2))
    assert [(cell.text, cell.row, cell.column, cell.column_span) for cell in disjoint(crooked)] == [
        ("one two three", 0, 0, 2)
    ]


def test_a_table_of_words_keeps_its_rows() -> None:
    names = [
        ["fruit", "colour", "taste"],
        ["an apple", "often red", "quite sour"],
        ["the pear", "all green", "so sweet"],
    ]
    rulings = [level(40, 340, y) for y in (98, 111, 138)]
    (table,) = tables(cells(names, [50, 150, 250], 100, pitch=12), rulings)
    assert grid(table.cells) == names


def texts(found: Iterable[Cell]) -> list[tuple[str, int, int]]:
    return [(cell.text, cell.row, cell.column) for cell in found]


def test_lines_of_cells_stand_closer_than_rows() -> None:
    lines = [
        *cells([["item", "kind", "sum"]], [50, 150, 300], 100),
        *cells([["New South", "Long Names", "12"], ["Wales", "Of Things", ""]], [50, 150, 300], 120, pitch=11),
        *cells([["another", "Short", "7"]], [50, 150, 300], 150),
        *cells([["third", "Middling", "9"]], [50, 150, 300], 170),
    ]
    (table,) = tables(lines)
    assert grid(table.cells)[1:] == [
        ["New South Wales", "Long Names Of Things", "12"],
        ["another", "Short", "7"],
        ["third", "Middling", "9"],
    ]


def test_groups_of_rows_that_stand_apart_stay_rows() -> None:
    lines = [
        *cells(FRUIT[:3], [50, 200, 300], 100, pitch=12),
        *cells(FRUIT[1:3], [50, 200, 300], 150, pitch=12),
        *cells(FRUIT[1:3], [50, 200, 300], 186, pitch=12),
    ]
    (table,) = tables(lines)
    assert len(grid(table.cells)) == 7


def test_a_cell_in_the_middle_of_wrapped_ones_is_in_their_row() -> None:
    lines = [
        *cells([["item", "meaning", "sum"]], [50, 150, 320], 100),
        *cells([["the long explanation of it"], ["in two lines"]], [150], 130, pitch=12),
        *cells([["one", "12"]], [50, 320], 136),
        *cells([["two", "short", "7"]], [50, 150, 320], 170),
        *cells([["three", "short", "9"]], [50, 150, 320], 190),
    ]
    (table,) = tables(lines)
    assert texts(table.cells)[3:6] == [("one", 1, 0), ("the long explanation of it in two lines", 1, 1), ("12", 1, 2)]


@pytest.mark.parametrize("pitch", [13.0, 16.0])
def test_numbers_in_the_middle_of_two_rows_stand_beside_the_upper_one(pitch: float) -> None:
    lefts, lines, y = [50.0, 110.0, 170.0, 240.0, 310.0], [], 100.0
    rulings = [upright(x, 95, 95 + 4 * 3 * pitch) for x in (45.0, 105.0, 165.0, 235.0, 305.0, 370.0)]
    for number in range(4):
        pair = (("", "", "OTSL", f"0.9{number}5", f"2.{number}3"), ("", "", "HTML", f"0.9{number}1", f"5.{number}9"))
        lines += cells(pair, lefts, y + 4, pitch=pitch)
        lines += cells([(str(number), str(number + 2), "", "", "")], lefts, y + 4 + pitch / 2)
        rulings += [level(45, 370, y - 5)]
        y += 3 * pitch
    (table,) = tables(lines, [*rulings, level(45, 370, y - 5)])
    firsts = [(cell.row, cell.text) for cell in table.cells if cell.column == 0]
    assert firsts == [(2 * number, str(number)) for number in range(4)]


def test_a_name_in_the_middle_of_its_rows_spans_them() -> None:
    rulings = [level(40, 360, y) for y in (95, 115, 180)]
    numbers = [["net", "12", "24.00"], ["gross", "7", "21.50"], ["net", "31", "40.10"], ["gross", "3", "9.10"]]
    lines = [
        *cells([["fruit", "kind", "kilos", "price"]], [50, 130, 200, 300], 100),
        *cells(numbers, [130, 200, 300], 120),
        *cells([["apples"], ["pears"]], [50], 127, pitch=28),
    ]
    (table,) = tables(lines, rulings)
    spans = [(cell.text, cell.row, cell.row_span) for cell in table.cells if cell.column == 0]
    assert spans == [("fruit", 0, 1), ("apples", 1, 2), ("pears", 3, 2)]


def test_a_line_that_leaves_out_a_column_shows_a_cell_of_several_rows() -> None:
    rulings = [level(40, 360, y) for y in (95, 115, 155, 195)] + [level(130, 360, y) for y in (135, 175)]
    lines = [
        *cells([["fruit", "kilos", "price"]], [50, 200, 300], 100),
        *cells([["12", "24.00"], ["7", "21.50"], ["31", "40.10"], ["3", "9.10"]], [200, 300], 120, pitch=20),
        *cells([["apples"], ["pears"]], [50], 120, pitch=40),
    ]
    (table,) = tables(lines, rulings)
    spans = [(cell.text, cell.row, cell.row_span) for cell in table.cells if cell.column == 0]
    assert spans == [("fruit", 0, 1), ("apples", 1, 2), ("pears", 3, 2)]


def test_a_row_of_empty_cells_does_not_end_a_ruled_table() -> None:
    rulings = [level(40, 360, y) for y in (95, 115, 135, 155, 175)]
    lines = [
        *cells([FRUIT[0], FRUIT[1]], [50, 200, 300], 100, pitch=20),
        line("imported", 50, 140),
        *cells([FRUIT[2]], [50, 200, 300], 160),
    ]
    (table,) = tables(lines, rulings)
    assert [row[0] for row in grid(table.cells)] == ["fruit", "apples", "imported", "pears"]


def test_an_address_above_an_open_table_is_no_part_of_it() -> None:
    lines = [
        *cells([["Smith & Co.", "Number: 17"], ["5 High Street", "Date: 3 May"]], [50, 300], 60, pitch=12),
        *cells(
            [["item", "kilos", "tax", "price"], ["apples", "12", "7%", "24.00"], ["pears", "7", "7%", "21.50"]],
            [50, 200, 250, 300],
            100,
            pitch=14,
        ),
    ]
    (table,) = tables(lines)
    assert grid(table.cells)[0] == ["item", "kilos", "tax", "price"]


def test_authors_side_by_side_are_no_table() -> None:
    blocks = [
        ["Ann Smith", "University of Denmark", "ann@example.org"],
        ["Benjamin Lee", "University of Rome", "b@x.org"],
    ]
    lines = [
        line(text, 150 + 250 * side - 2.5 * len(text), 60 + 12 * row)
        for side, block in enumerate(blocks)
        for row, text in enumerate(block)
    ]
    assert tables([*lines, *column([SENTENCE] * 3, 50, 150)]) == []


def test_the_boxes_of_a_scanned_tables_rows_may_overlap() -> None:
    """Five rows 12 pixels apart, whose boxes are 17 high."""
    found = cells([*FRUIT, ["figs", "9", "7.00"]], [50, 200, 300], 100, pitch=12)
    scanned = [
        evolve(each, box=Box(each.box.left, each.box.top - 3.5, each.box.right, each.box.bottom + 3.5), font=None)
        for each in found
    ]
    (table,) = tables(scanned, [level(40, 340, y) for y in (95, 111, 160)])
    assert grid(table.cells) == [*FRUIT, ["figs", "9", "7.00"]]


def test_three_rows_show_no_two_kinds_of_distances() -> None:
    rows_ = [["west", "the street", "east"], ["315", "", "309"], ["W", "Yuyuan Rd.", "E"]]
    tops = [100, 115, 140]
    lines = [
        line(text, left, top)
        for row, top in zip(rows_, tops, strict=True)
        for text, left in zip(row, (50, 150, 250), strict=True)
        if text
    ]
    assert [table.cells[0].text for table in tables(lines)] == ["west"]


def written(found: Iterable[Region]) -> list[list[str]]:
    (table,) = found
    width = 1 + max(cell.column for cell in table.cells)
    rows_of: dict[int, list[str]] = {}
    for cell in table.cells:
        rows_of.setdefault(cell.row, [""] * width)[cell.column] = cell.text
    return [rows_of[row] for row in sorted(rows_of)]


HEADS = ["voters", "ballots", "turnout"]


def turned(text: str, left: float, bottom: float) -> Line:
    return evolve(
        line(text, left, bottom), box=Box(left, bottom - 5 * len(text), left + 10, bottom), angle=90.0, words=()
    )


def test_heads_that_are_written_upwards_head_their_columns() -> None:
    body = cells([["Ashford", "963", "439", "45"], ["Brook", "923", "393", "42"]], [50, 150, 200, 250], 184)
    ward = line("Ward", 50, 165)
    heads = [turned(text, 150 + 50 * number, 176) for number, text in enumerate(HEADS)]
    rulings = [
        *(level(45, 290, y) for y in (120, 180, 195, 212)),
        *(upright(x, 120, 212) for x in (45, 140, 190, 240, 290)),
    ]
    assert written(tables([ward, *body, *heads], rulings))[0] == ["Ward", *HEADS]


def test_heads_that_are_written_upwards_make_a_table_of_one_row() -> None:
    body = cells([["Ashford", "963", "439", "45.1"]], [50, 150, 200, 250], 184)
    heads = [turned(text, 152 + 50 * number, 176) for number, text in enumerate(HEADS)]
    (table,) = tables([*column([SENTENCE] * 3, 50, 60), line("Ward", 50, 150), *body, *heads])
    assert written([table]) == [["Ward", *HEADS], ["Ashford", "963", "439", "45.1"]]
    said = {word.text: word.box for cell in table.cells for word in cell.words}
    assert [said[head.text] for head in heads] == [head.box for head in heads]
    assert said["Ward"].top == 150
    assert [each for each in table.lines if each.angle] == heads


def test_heads_that_are_written_downwards_begin_at_the_top_of_a_high_row() -> None:
    body = cells([["Ashford", "963", "439", "45"], ["Brook", "923", "393", "42"]], [50, 150, 200, 250], 184)
    # each ends where it does, far above the numbers
    heads = [
        evolve(turned(text, 150 + 50 * number, 104 + 5 * len(text)), angle=-90.0) for number, text in enumerate(HEADS)
    ]
    rulings = [
        *(level(45, 290, y) for y in (100, 180, 195, 212)),
        *(upright(x, 100, 212) for x in (45, 140, 190, 240, 290)),
    ]
    assert written(tables([*body, *heads], rulings))[0] == ["", *HEADS]


def test_letters_that_a_browser_turns_one_by_one_are_words() -> None:
    body = cells([["Ashford", "963", "439", "45"], ["Brook", "923", "393", "42"]], [50, 150, 200, 250], 184)
    said = ["men who row", "ballots", "what for"]
    heads = [
        turned(letter, 150 + 50 * number, 176 - 5 * place)
        for number, text in enumerate(said)
        for place, letter in enumerate(text)
        if letter != " "
    ]
    heads = [evolve(each, box=evolve(each.box, left=each.box.left - (each.text in "wy"))) for each in heads]
    assert written(tables([*body, *heads], [level(45, 290, y) for y in (180, 195, 212)]))[0] == ["", *said]


def test_names_along_an_axis_above_running_text_are_no_table() -> None:
    names = [turned(text, 150 + 50 * number, 176) for number, text in enumerate(HEADS)]
    assert tables([*names, *column([SENTENCE] * 5, 50, 184)]) == []


def test_a_cell_of_two_lines_with_the_others_half_way_beside_them_is_one_row() -> None:
    lines = [line(head, left, 60) for head, left in (("no", 50), ("day", 110), ("what", 180), ("sum", 360))]
    for number in range(3):
        top = 90 + 30 * number
        lines += [line(f"A{number}", 50, top), line(f"0{number}.05", 110, top), line(f"{number}9.60", 360, top)]
        lines += [line("transport", 180, top - 6), line(f"newtown to oldport {number}", 180, top + 6)]
    rulings = [*(level(40, 420, y) for y in (55, 75, 180)), *(upright(x, 55, 180) for x in (40, 100, 170, 350, 420))]
    rows_found = written(tables(lines, rulings))
    assert rows_found[1:] == [[f"A{n}", f"0{n}.05", f"transport newtown to oldport {n}", f"{n}9.60"] for n in range(3)]


HOME = [["Status:", "Single"], ["Children:", "2"], ["Language at home:", "English"]]


def test_rows_between_two_rules_stay_rows_where_both_columns_say_so() -> None:
    lines = [line("Household", 45, 92), *cells(HOME, [55, 250], 112), line("Habits", 45, 160)]
    more = cells([["Smoking:", "Never"], ["Alcohol:", "Rarely"]], [55, 250], 180)
    rulings = [level(40, 470, y) for y in (90, 104, 158, 172, 210)]
    found = written(tables([*lines, *more], rulings))
    assert [row for row in found if row[1]] == [*HOME, ["Smoking:", "Never"], ["Alcohol:", "Rarely"]]


def test_names_beside_numbers_are_a_column_though_no_rule_parts_them() -> None:
    body = [["Net profit", "233", "201"], ["Pension plans", "-23", "84"], ["Hedges", "20", "92"]]
    lines = [*cells([["2023", "2024"]], [300, 400], 94), *cells(body, [50, 300, 400], 114, pitch=20)]
    rulings = [*(level(45, 450, y) for y in (108, 128, 148, 168)), upright(380, 90, 168), upright(450, 90, 168)]
    assert written(tables(lines, rulings)) == [["", "2023", "2024"], *body]


def test_tables_of_a_head_and_one_row_stay_apart_under_their_headings() -> None:
    lines = []
    for number, title in enumerate(("Summary", "Totals")):
        top = 100 + 60 * number
        lines += [line(title, 50, top, size=13, bold=True)]
        lines += cells([["Month", "Shows", "Net"], ["May", "48", "250"]], [50, 150, 250], top + 18)
    assert [grid(table.cells) for table in tables(lines)] == [[["Month", "Shows", "Net"], ["May", "48", "250"]]] * 2


def test_the_sums_of_an_invoice_stay_in_it() -> None:
    head, item = ["What", "Count", "Price", "Amount"], ["A workshop on brands", "1.00", "250.00", "250.00"]
    lines = [*cells([head], [50, 250, 330, 420], 92), *cells([item], [50, 250, 330, 420], 118)]
    lines += [*cells([["Subtotal", "250.00"], ["TOTAL", "273.13"]], [330, 420], 144, pitch=26)]
    found = written(tables(lines, [level(50, 460, y) for y in (108, 134, 160)]))
    assert found == [head, item, ["", "", "Subtotal", "250.00"], ["", "", "TOTAL", "273.13"]]


def test_a_typewritten_page_with_numbered_lines_is_no_table() -> None:
    said = ["IN THE DISTRICT COURT", "MARTHA QUILL,", "argument before the court", "at one in the afternoon"]
    lines = [line(str(number), 60, 100 + 25 * number, mono=True) for number in range(1, 5)]
    lines += [line(text, 110 + 18 * (n % 2), 125 + 25 * n, mono=True) for n, text in enumerate(said)]
    assert tables(lines) == []


def test_answers_side_by_side_are_no_table() -> None:
    answers = [["(a) the river", "(b) the bridge"], ["(c) the harbour", "(d) the school"]]
    lines = [line("1. Which of these is old?", 50, 100), *cells(answers, [60, 300], 114)]
    more = [line("2. Which of these is new?", 50, 150), *cells(answers, [60, 300], 164)]
    assert tables([*lines, *more]) == []


@pytest.mark.parametrize("bullet", ["•", "▶"])
def test_two_lists_side_by_side_below_their_heads_are_no_table(bullet: str) -> None:
    items = [[f"{bullet} Cheaper", f"{bullet} Needs a permit"], [f"{bullet} Fast", f"{bullet} No second source"]]
    assert tables(cells([["For", "Against"], *items, [f"{bullet} Loved", f"{bullet} Ugly"]], [60, 300], 100)) == []


def test_words_that_fill_a_narrow_column_are_no_cells() -> None:
    full = column(["market the copper was", "season the old copper"], 50, 100)
    wide = [
        line("machine", 50, 124),
        line("of", 108, 124),
        line("way", 140, 124),
        line("more", 50, 136),
        line("so", 87, 136),
    ]
    assert full[0].box.right == full[1].box.right == wide[2].box.right
    assert tables([*full, *wide, line("that", 115, 136), *column(["market the copper was"], 50, 148)]) == []


def test_rows_that_only_rules_between_columns_hold_are_rows() -> None:
    body = [["Spruce Works", "47.0", "24.6"], ["Juniper Mills", "15.8", "22.8"]]
    lines = [*cells([["Paper", "Journey", "Harbour"]], [50, 200, 300], 94), *cells(body, [50, 200, 300], 114)]
    rulings = [*(level(45, 400, y) for y in (90, 108, 142)), *(upright(x, 90, 142) for x in (45, 190, 290, 400))]
    assert written(tables(lines, rulings)) == [["Paper", "Journey", "Harbour"], *body]


@pytest.mark.parametrize("sign", ["#", "//"])
def test_the_sign_of_comments_in_code_is_no_column(sign: str) -> None:
    code = ["x <- runif(10)", "plot(x, 20)", "log(x)"]
    rows_of_code = [[text, sign, said] for text, said in zip(code, ["Shown.", "Only shown.", "Only run."], strict=True)]
    expected = [[text, f"{sign} {said}"] for text, _, said in rows_of_code]
    assert written(tables([*column([SENTENCE] * 3, 50, 40), *cells(rows_of_code, [50, 200, 220], 120)])) == expected


def test_boxes_to_tick_stay_with_their_questions() -> None:
    asked = ["Was the harbour open all winter?", "Did the old school keep letters?", "Is the river under the bridge?"]
    rows_asked = [[text, "☒ Yes", "☐ No"] for text in asked]
    assert written(tables([*column([SENTENCE] * 3, 50, 40), *cells(rows_asked, [50, 350, 420], 120)])) == rows_asked


def test_rows_in_which_no_cell_says_anything_are_closed_up() -> None:
    cells = (
        Cell("", 0, 0, header=True),
        Cell("", 0, 1, header=True),
        Cell("Scale", 1, 0, row_span=3),
        Cell("Range", 1, 1),
        Cell("", 2, 1),
        Cell("VAS", 3, 1),
        Cell("", 4, 0, row_span=2),
        Cell("", 4, 1),
        Cell("NRS", 5, 1),
    )
    assert joined_signs(cells) == (
        Cell("Scale", 0, 0, row_span=2, header=True),
        Cell("Range", 0, 1, header=True),
        Cell("VAS", 1, 1),
        Cell("", 2, 0),
        Cell("NRS", 2, 1),
    )


LATIN = ["and so the engine went on", "that nobody had seen in", "a winter of the council"]
WITHOUT_CASE = ["한편 코로나 전 세계적 유행단계", "와중에 국내 보험업계에서는 과연", "병으로 보아야 할지 상해나 재해"]


@pytest.mark.parametrize("said", [LATIN, WITHOUT_CASE])
def test_columns_of_text_between_rules_are_no_table(said: list[str]) -> None:
    prose = said * 3
    page = [*column(prose, 50, 104), *column(prose, 200, 104), *column(prose, 350, 104)]
    rules = [level(45, 500, 95), level(45, 500, 220)]
    assert [region.type for region in layout.read(sheet(page, rulings=(*rules, upright(190, 95, 220))))] == ["text"] * 3


def test_a_table_of_texts_between_rules_stays_one() -> None:
    names = ["Alder Ltd", "Birch Mills", "Cedar Foods", "Dogwood Sons", "Elder Works", "Fir Media"]
    texts = ["went on with the engine", "that nobody had seen in", "a winter of the council"] * 2
    page = [*column(names, 50, 104), *column(texts, 200, 104)]
    found = layout.read(sheet(page, rulings=(level(45, 400, 95), level(45, 400, 180))))
    assert [region.type for region in found] == ["table"]


def test_the_last_lines_of_a_centred_cell_belong_to_its_table() -> None:
    lines = [*cells([["name", "what", "count"]], [50, 200, 400], 100)]
    for number in range(3):
        top = 130.0 + 50 * number
        lines += [line(f"fruit {number}", 50, top + 11), line(f"{number}2", 400, top + 11)]
        lines += column(["grown in the", "north and the", "south as well"], 200, top, pitch=11)
    (table,) = tables([*lines, *column([SENTENCE] * 3, 50, 300)])
    assert grid(table.cells)[-1] == ["fruit 2", "grown in the north and the south as well", "22"]
    assert len(grid(table.cells)) == 4


def test_a_paragraph_right_below_a_table_is_no_part_of_its_last_row() -> None:
    (table,) = tables([*cells(FRUIT, [50, 200, 300], 150), *column(["and so on, as said", "in the annex"], 50, 204)])
    assert grid(table.cells) == FRUIT


def test_rows_between_double_rules_of_columns_alone_are_rows() -> None:
    body = [["Bulgaria", "2.3", "5.5"], ["Cyprus", "0.21", "0.21"], ["Estonia", "1.1", "3.0"], ["Aid", "", "0.87"]]
    places = [45, 49, 190, 194, 280, 284, 360, 364]
    rulings = [*(level(45, 364, y) for y in (90, 110, 170)), *(upright(x, 90, 170) for x in places)]
    lines = [*cells([["country", "fund", "total"]], [55, 200, 290], 95), *cells(body, [55, 200, 290], 112)]
    assert written(tables(lines, rulings)) == [["country", "fund", "total"], *body]


def test_rows_of_words_between_rules_of_columns_alone_are_rows() -> None:
    body = [["Larch Tools", "school toward"], ["Oak Media", "account"], ["Elm Works", "river region"]]
    rulings = [*(level(45, 360, y) for y in (90, 110, 160)), *(upright(x, 90, 160) for x in (45, 190, 360))]
    lines = [*cells([["name", "what"]], [55, 200], 95), *cells(body, [55, 200], 112)]
    assert written(tables(lines, rulings)) == [["name", "what"], *body]


def joined(lines: list[Line]) -> Line:
    """*lines* side by side as the one that a parser takes them for."""
    return evolve(
        lines[0],
        text=" ".join(each.text for each in lines),
        box=union([each.box for each in lines]),
        words=tuple(word for each in lines for word in each.words),
    )


def test_a_row_whose_cells_the_parser_joined_is_a_row_below_its_head() -> None:
    head, row = ["name", "day", "what"], ["Fir Foods", "25/10/2016", "people often"]
    below = [line(text, left, 118) for text, left in zip(row, (50, 104, 162), strict=True)]
    lines = [*cells([head], [50, 104, 190], 98), joined(below)]
    (table,) = tables(lines, [level(45, 250, y) for y in (94, 112, 132)])
    assert written([table]) == [head, row]


def test_a_head_that_the_parser_joined_shows_the_columns_below_it() -> None:
    heads = [
        line(text, left, 98) for text, left in zip(["kind", "new", "old", "net"], (50, 150, 210, 270), strict=True)
    ]
    body = [line("ash", 50, 118), line("12", 210, 118), line("34", 270, 118)]
    body += [line("elm", 50, 138), line("56", 150, 138), line("78", 210, 138)]
    (table,) = tables([heads[0], joined(heads[1:]), *body], [level(45, 320, y) for y in (112, 132, 152)])
    assert written([table]) == [["kind", "new", "old", "net"], ["ash", "", "12", "34"], ["elm", "56", "78", ""]]


def test_a_head_ends_where_nothing_is_bold_any_more() -> None:
    body = [["Spruce Foods", "window cotton", ""], ["Ivy Sons", "journey between", ""], ["Alder Sons", "", "69,602"]]
    heads = [evolve(each, bold=True) for each in cells([["maker", "what", "sum"]], [50, 150, 300], 100)]
    (table,) = tables([*heads, *cells(body, [50, 150, 300], 114)])
    assert written([table]) == [["maker", "what", "sum"], *body]


def test_rows_whose_numbers_alternate_between_ruled_columns_are_rows() -> None:
    body = [["Ivy Foods", "", "(319)"], ["Poplar Media", "", "190.34"], ["Dogwood Tools", "29,889", ""]]
    body += [["Ivy Bakery", "(728)", ""], ["Alder Print", "", "607.39"], ["Dogwood Works", "39.4", ""]]
    rulings = [*(level(45, 260, y) for y in (90, 110, 198)), *(upright(x, 90, 198) for x in (45, 122, 190, 260))]
    lines = [*cells([["maker", "new", "old"]], [50, 130, 200], 95), *cells(body, [50, 130, 200], 112)]
    assert written(tables(lines, rulings)) == [["maker", "new", "old"], *body]


def test_an_amount_brought_forward_is_no_line_of_the_cell_below_it() -> None:
    """Bank statements rule off each booking, and not the amount above the first."""
    head = cells([["Day", "Details", "Paid out", "Balance"]], [50, 130, 330, 420], 62)
    forward = cells([["Brought forward", "4,210.55"]], [130, 420], 80)
    lines = [*head, *forward]
    for number in range(4):
        top = 94 + 28 * number
        lines += cells(
            [[f"0{number + 1}.10.", f"Card payment {number}", f"{number}1.20", f"3,{number}99.10"]],
            [50, 130, 330, 420],
            top,
        )
        lines.append(line(f"ref 7732{number}", 130, top + 12))
    found = written(tables(lines, [level(45, 470, y) for y in (58, 76, *(119 + 28 * number for number in range(4)))]))
    assert found[1:3] == [
        ["", "Brought forward", "", "4,210.55"],
        ["01.10.", "Card payment 0 ref 77320", "01.20", "3,099.10"],
    ]
    assert len(found) == 6


BOOKINGS = [
    ["02 Sep", "03 Sep", "Harbour cafe", "37.25"],
    ["17 Sep", "18 Sep", "Ferry", "9.46"],
    ["18 Sep", "19 Sep", "Rope", "36.21"],
]


def test_rules_above_a_table_that_are_as_wide_as_it_are_none_of_its() -> None:
    """That of a page's head, and the edges of a shaded box; an address stands between it and the table."""
    head = ["Date", "Posted", "Transaction", "Amount"]
    lines = [line("Meridian Card", 50, 40, size=16)]
    lines += cells(
        [["New balance", "Payment due", "Limit"], ["842.19", "22 Oct", "600.00"]], [60, 220, 380], 80, pitch=12
    )
    lines += column(["Tom Osei", "90 Canal Road", "Leeds LS12 2PL"], 50, 130)
    lines += cells([head, *BOOKINGS], [50, 130, 220, 420], 180)
    rulings = [level(45, 470, y) for y in (62, 76, 108, 192)]
    found = tables(lines, rulings)
    assert written([found[-1]]) == [head, *BOOKINGS]
    assert all("Osei" not in cell.text for table in found for cell in table.cells)


def test_subtotals_above_a_rule_keep_a_table_whole() -> None:
    rows_of = [["Oats", "12.00", "4.00"], ["Rye", "7.50", "2.00"], ["Subtotal", "19.50", "6.00"]]
    more = [["Plums", "31.00", "9.00"], ["Total", "50.50", "15.00"]]
    lines = [*cells([["Goods", "Net", "Tax"]], [50, 250, 400], 60), *cells(rows_of[:2], [50, 250, 400], 80)]
    lines += [*cells(rows_of[2:], [50, 250, 400], 124), *cells(more, [50, 250, 400], 144)]
    (table,) = tables(lines, [level(45, 470, y) for y in (56, 76, 138, 172)])
    assert [row for row in written([table]) if any(row)] == [["Goods", "Net", "Tax"], *rows_of, *more]


def test_heads_and_amounts_that_are_wider_than_their_columns_stay_in_them() -> None:
    """Set to the right, they reach over the left edge."""

    def right(text: str, edge: float, top: float) -> Line:
        return line(text, edge - 5.0 * len(text), top)

    rows_of = [["24.79", "21%", "30.00"], ["33.06", "21%", "40.00"], ["8.26", "21%", "10.00"]]
    lines = [line("What", 50, 60), right("Net amount", 260, 60), right("Tax", 290, 60), right("Gross amount", 365, 60)]
    for number, row in enumerate(rows_of):
        top = 80 + 14 * number
        lines.append(line(f"Line {number}", 50, top))
        lines += [right(text, edge, top) for text, edge in zip(row, (260, 290, 365), strict=True)]
    lines += [line("Sum", 50, 124), right("10,066,611.11", 365, 124)]
    found = written(tables(lines, [level(45, 370, y) for y in (56, 74, 138)]))
    assert found[0] == ["What", "Net amount", "Tax", "Gross amount"]
    assert found[-1] == ["Sum", "", "", "10,066,611.11"]


def test_the_name_of_the_first_group_of_rows_is_no_second_line_of_the_head() -> None:
    """Of a laboratory's report: where more names stand alone, the one below the head names a group, too."""
    rows_of = [["Blood", "", ""], ["Sodium", "139", "133-146"], ["Potassium", "5.6", "3.5-5.3"], ["Urine", "", ""]]
    rows_of += [["Protein", "0.1", "0-0.2"], ["Glucose after a meal", "0.3", "0-0.8"]]
    (table,) = tables(cells([["Test", "Result", "Range"], *rows_of], [50, 250, 350], 100))
    assert written([table]) == [["Test", "Result", "Range"], *rows_of]


def test_the_last_name_of_an_open_table_may_take_two_lines() -> None:
    lines = [*cells([*FRUIT, ["plums of the south", "31", "40.10"]], [50, 200, 300], 150), line("coast", 50, 217)]
    (table,) = tables(lines)
    assert written([table])[-1] == ["plums of the south coast", "31", "40.10"]


def test_names_with_prices_keep_their_lines() -> None:
    """Set to both edges they look like running text."""
    bill = [
        "Previous balance $148.20",
        "Payments we got, $148.20",
        "Charges for three $236.71",
        "Tax of 9 per cent $21.30",
    ]
    assert kept(column(bill, 50, 100)) == "\n".join(bill)


def test_names_beside_several_columns_of_numbers_are_a_column_though_no_rule_parts_them() -> None:
    """The two sides of a balance sheet, with a rule between them alone."""
    assets = [["Fixed assets", "", ""], ["Patents", "120", "140"], ["Ships", "2,310", "2,045"], ["Shares", "75", "75"]]
    owed = [["Equity", "", ""], ["Capital", "500", "500"], ["Profit", "(38)", "217"], ["Banks", "1,650", "1,500"]]
    head = ["Assets", "2024", "2023", "Owed", "2024", "2023"]
    body = [[*left, *right] for left, right in zip(assets, owed, strict=True)]
    body.append(["", "2,505", "2,260", "", "2,112", "2,217"])
    lines = cells([head, *body], [50, 150, 200, 280, 380, 430], 100)
    rulings = [level(45, 470, y) for y in (96, 112, 169, 183)] + [upright(260, 96, 183)]
    assert written(tables(lines, rulings)) == [head, *body]


def test_a_drawn_table_that_fills_the_page_keeps_its_fields() -> None:
    """Lines from edge to edge are those of a coloured ground, but for a table's columns."""
    rows = [["1", "1967", "126762", "25.4"], *([["2", "1968", "126232", "24.7"]] * 23)]
    ys = [40.0 + 28 * row for row in range(27)]
    drawn = [level(100, 500, y) for y in ys if y != 68] + [level(300, 500, 68)]
    drawn += [upright(x, 68 if x == 400 else 40, 768) for x in (100, 200, 300, 400, 500)]
    heads = [line("No.", 110, 60), line("Year", 210, 60), line("Deaths by accident", 345, 50)]
    heads += [line("All", 310, 76), line("Rate", 410, 76)]
    lines = [*heads, *cells(rows, [110.0, 210, 310, 410], 102, pitch=28)]
    (table,) = [region for region in layout.read(sheet(lines, rulings=tuple(drawn))) if region.type == "table"]
    found = [(cell.text, cell.row_span, cell.column_span) for cell in table.cells if cell.text][:6]
    assert found == [
        ("No.", 2, 1),
        ("Year", 2, 1),
        ("Deaths by accident", 1, 2),
        ("All", 1, 1),
        ("Rate", 1, 1),
        ("1", 1, 1),
    ]

"""Invoices, payslips and forms: several small tables below each other, and boxes for amounts."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine.layout.starts import parted
from ocr_async.engine.page import Line

from .sheets import cells, column, frame, level, line, upright
from .test_groups import flush, written
from .test_starts import spaced, texts


ITEMS = [["Hose", "14", "36.81", "515.34"], ["Fuse", "3", "168.68", "506.04"], ["Belt", "12", "65.91", "790.92"]]
HEAD = ["Goods", "Count", "Price", "Amount"]
SUMS = [["", "", "Net", "1,812.30"], ["", "", "Tax", "344.34"], ["", "", "Due", "2,156.64"]]
RIGHTS = [220.0, 320.0, 420.0]
BANK = [["Bank", "Account", "Code"], ["Northern", "DE698143", "NOSADE22"]]
PAY = "Please pay within fourteen days to the account below"


@pytest.mark.parametrize("ruled", [False, True], ids=["in the open", "rules between rows"])
def test_a_head_between_two_rules_begins_another_table_though_all_rules_are_as_wide(ruled: bool) -> None:
    lines = [*flush([HEAD], 50, RIGHTS, 100, bold=[0]), *flush(ITEMS, 50, RIGHTS, 116)]
    lines += [*flush(SUMS, 50, RIGHTS, 172), line(PAY, 50, 224, size=8)]
    lines += [
        *(evolve(each, bold=True) for each in cells(BANK[:1], [50, 150, 300], 250)),
        *cells(BANK[1:], [50, 150, 300], 266),
    ]
    rules = [level(45, 425, y) for y in (97, 113, *((129, 145, 161) if ruled else ()), 247, 263)]
    goods, bank = written(lines, rules)
    assert goods == [HEAD, *ITEMS, *SUMS]
    assert bank == BANK


def test_a_sum_that_is_wider_than_its_column_is_in_it() -> None:
    sums = [*SUMS[:2], ["", "Total due", "", "22,156,789,640.64 EUR (net)"]]
    lines = [*flush([HEAD], 50, RIGHTS, 100, bold=[0]), *flush(ITEMS, 50, RIGHTS, 116)]
    lines += [*flush(SUMS[:2], 50, RIGHTS, 165), line("Total due", 230, 197), line(sums[2][3], 285, 197)]
    rules = [level(45, 425, y) for y in (97, 113, 129, 145, 161)]
    (table,) = written(lines, rules)
    assert table == [HEAD, *ITEMS, *sums]


def test_names_of_sums_stand_below_any_columns_and_join_none() -> None:
    head = ["Meter", "First", "Last", "Units", "Price", "Amount"]
    used = [["Day", "14203", "14561", "358", "0.1841", "65.91"], ["Night", "8877", "9012", "135", "0.147", "19.85"]]
    sums = [["Net amount", "85.76"], ["Tax of 20 %", "17.15"], ["Tax of 5 %", "0.44"], ["Amount due", "103.35"]]
    lines = flush([head, *used], 50, [200, 250, 290, 350, 420], 100, bold=[0])
    lines += [
        each for row, (name, amount) in enumerate(sums) for each in flush([[name, amount]], 190, [420], 150 + 16 * row)
    ]
    (table,) = written(lines)
    assert table[:3] == [head, *used]
    assert [[text for text in row if text] for row in table[3:]] == sums


def test_a_sum_in_bold_that_the_parser_joined_is_a_name_and_an_amount() -> None:
    rows = [["Net total", "6,896.77"], ["VAT 19%", "1,310.39"]]
    lines = flush(rows, 300, [420], 100)
    joined = spaced(["Total due", "12,207.16"], [300, 375], 132)
    beside = line("Please pay soon", 50, 132)
    assert texts(parted([*lines, beside, joined]))[-3:] == ["Please pay soon", "Total due", "12,207.16"]
    assert joined in parted([*lines[:2], beside, joined])  # one row shows nothing


def test_names_left_of_boxes_are_those_of_their_rows() -> None:
    """As on a tax form: a box for the number of the line, and one for the amount, which may stay empty."""
    names = ["Wages and salaries", "Taxable interest", "Ordinary dividends", "Business income"]
    boxes = [["1", "43,461"], ["2", ""], ["3", "46,533"], ["4", "120"]]
    lines = [line(f"{number} {name}", 50, 103 + 16 * number) for number, name in enumerate(names, 1)]
    lines += cells(boxes, [404, 450], 119, pitch=16)
    rules = [*(level(400, 540, 116 + 16 * row) for row in range(5)), *(upright(x, 116, 180) for x in (400, 430, 540))]
    (table,) = written(lines, rules)
    assert table == [[f"{number} {name}", *row] for number, (name, row) in enumerate(zip(names, boxes, strict=True), 1)]


def test_text_beside_boxes_at_heights_of_its_own_names_none_of_their_rows() -> None:
    text = ["Who fills this in", "may ask at the town", "hall before May, and", "on the telephone", "each day"]
    lines = [
        *column(text, 50, 119, pitch=13),
        *cells([["1", "43,461"], ["2", "13"], ["3", "46,533"], ["4", "120"]], [404, 450], 119, pitch=16),
    ]
    rules = [*(level(400, 540, 116 + 16 * row) for row in range(5)), *(upright(x, 116, 180) for x in (400, 430, 540))]
    (table,) = written(lines, rules)
    assert table[0] == ["1", "43,461"]


def test_a_row_of_boxes_with_names_and_numbers_is_none_of_the_table_above() -> None:
    """As on a payslip."""
    lines = [*flush([HEAD], 50, RIGHTS, 100, bold=[0]), *flush(ITEMS, 50, RIGHTS, 116)]
    boxes = ["Earned", "1,812.30", "Deducted", "344.34", "Paid", "1,467.96"]
    places = [50.0, 115.0, 180.0, 250.0, 310.0, 370.0]
    lines += cells([boxes], places, 180)
    rules = [*frame(46, 177, 425, 193), *(upright(x, 177, 193) for x in (111, 176, 246, 306, 366))]
    goods, sums = written(lines, rules)
    assert goods == [HEAD, *ITEMS]
    assert sums == [boxes]


@pytest.mark.parametrize("names", [["Tools", "Paint"], ["Fasteners", "Packaging"]])
def test_the_first_name_of_a_group_above_the_first_rule_is_below_the_head(names: list[str]) -> None:
    """As where rules stand below rows alone."""
    body = [["7409", "Hose", "61.13"], ["4079", "Fuse", "22.10"], [names[1], "", ""], ["5073", "Belt", "83.60"]]
    head = ["Art. no.", "Goods", "31.12.2024"]
    groups = {0, 1, 4}
    table = [head, [names[0], "", ""], *body]
    rules = [level(45, 345, 129 + 16 * row) for row in range(len(table) - 1)]
    for ruled in (True, False):
        lines: list[Line] = []
        for number, row in enumerate(table):
            lines += [evolve(each, bold=number in groups) for each in cells([row], [50, 120, 280], 100 + 16 * number)]
        assert written(lines, rules if ruled else ()) == [table]


RISKS = [["R1", "paid in three parts", "high"], ["R2", "not in stock", "low"], ["R3", "only in spring", "medium"]]


@pytest.mark.parametrize("upright_rules", [False, True])
def test_text_between_two_tables_of_words_whose_rules_are_as_wide_is_in_neither(upright_rules: bool) -> None:
    """As Word's styles draw them; names may be bold in each row."""
    head = ["No.", "Risk", "Impact"]
    lines = [line("Asked in May", 50, 166)]
    rules = []
    for top, rows in ((100.0, RISKS), (182.0, [*RISKS, *RISKS])):
        lines += [evolve(each, bold=True) for each in cells([head], [50, 150, 300], top)]
        lines += [evolve(each, bold=each.box.left < 60) for each in cells(rows, [50, 150, 300], top + 16, pitch=16)]
        rules += [level(45, 425, top - 3 + 16 * row) for row in range(len(rows) + 2)]
        rules += [upright(x, top - 3, top + 13 + 16 * len(rows)) for x in (45, 140, 290, 425)] if upright_rules else []
    assert written(lines, rules) == [[head, *RISKS], [head, *RISKS, *RISKS]]


def test_columns_stand_apart_though_a_rule_stands_beside_the_first_alone() -> None:
    rows = [["1", "Relay socket", "41", "604.37"], ["2", "Fuse", "11", "4,449.83"], ["3", "Wall bracket", "8", "30.10"]]
    lines = [*flush([["Item", "Goods", "Count", "Price"]], 50, [230, 330, 430], 100)]
    lines += [*flush([[row[0], "", *row[2:]] for row in rows], 50, [230, 330, 430], 116)]
    lines += [line(row[1], 150, 116 + 16 * number) for number, row in enumerate(rows)]
    rules = [*frame(45, 97, 440, 164), level(45, 440, 113), upright(140, 113, 164)]
    (table,) = written(lines, rules)
    assert [[cell for cell in row if cell] for row in table[1:]] == rows
    assert len(table[0]) == 4


def test_details_in_two_pairs_of_columns_are_no_rows_of_the_items_below_them() -> None:
    details = [
        ["Invoice no", "F2023", "Date", "3 May"],
        ["Customer", "C7202", "Due", "2 June"],
        ["Order", "A14", "By", "post"],
    ]
    items = [["B676", "Hose", "7", "378.76", "10 %", "184.47"], ["D826", "Fuse", "8", "234.28", "20 %", "666.12"]]
    head = ["Ref.", "Goods", "Count", "Price", "VAT", "Amount"]
    lefts = [50.0, 120.0, 200.0, 260.0, 320.0, 380.0]
    lines = [*cells(details, lefts[:4], 100), *(evolve(each, bold=True) for each in cells([head], lefts, 155))]
    about, goods = written([*lines, *cells(items, lefts, 170)], [])
    assert about == details
    assert goods == [head, *items]

"""Tables of business documents: groups of rows with names, numbers that end flush, and tables right below others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Region, Ruling

from .sheets import WIDTH, cells, level, line, sheet, upright


def flush(
    table: Sequence[Sequence[str]], left: float, rights: Sequence[float], top: float, *, bold: Iterable[int] = ()
) -> list[Line]:
    """Rows whose first cell begins at *left*; the others end at *rights*. Empty texts leave their cell empty."""
    strong = set(bold)
    out: list[Line] = []
    for number, (name, *values) in enumerate(table):
        y = top + number * 16
        out += [line(name, left, y, bold=number in strong)] if name else []
        out += [
            line(text, right - WIDTH * 10 * len(text), y, bold=number in strong)
            for text, right in zip(values, rights, strict=True)
            if text
        ]
    return out


def written(lines: Iterable[Line], rulings: Iterable[Ruling] = ()) -> list[list[list[str]]]:
    """The cells of each table of a page, row by row."""
    tables: list[Region] = [
        region for region in layout.read(sheet(lines, rulings=tuple(rulings))) if region.type == "table"
    ]
    out: list[list[list[str]]] = []
    for table in tables:
        width = 1 + max(cell.column for cell in table.cells)
        rows: dict[int, list[str]] = {}
        for cell in table.cells:
            rows.setdefault(cell.row, [""] * width)[cell.column] = cell.text
        out.append([rows[row] for row in sorted(rows)])
    return out


ITEMS = [
    ["item", "qty", "price", "amount"],
    ["worktop of solid oak", "2,40", "185,00", "444,00"],
    ["fitting on the spot", "6", "52,00", "312,00"],
    ["oil", "1", "34,90", "34,90"],
    ["journey", "1", "45,00", "45,00"],
    ["rebate", "", "", "-25,00"],
]


def test_short_numbers_stay_below_the_longer_ones_that_end_where_they_do() -> None:
    assert written(flush(ITEMS, 50, [270, 370, 470], 100)) == [ITEMS]


SHARES = [
    ["holding", "units", "price"],
    ["Shares", "", ""],
    ["Ashdown Energy", "1,200", "455.20"],
    ["Merrow Foods", "350", "1,512.00"],
    ["Bonds", "", ""],
    ["Treasury 4% of 2032", "5,000", "99.81"],
    ["Cash", "", ""],
    ["Sterling", "", "2,114.87"],
    ["Total", "", "9,800.00"],
]
GROUPS = [number for number, row in enumerate(SHARES) if not any(row[1:]) or row[0] in {"holding", "Total"}]


@pytest.mark.parametrize("strong", [False, True])
@pytest.mark.parametrize("ruled", [False, True])
def test_the_name_of_a_group_is_a_row(strong: bool, ruled: bool) -> None:
    """It may be bold, and there may be a rule above it."""
    lines = flush(SHARES, 50, [270, 370], 100, bold=GROUPS if strong else ())
    rules = [level(48, 372, 97 + 16 * number) for number in GROUPS if number > 1] if ruled else []
    assert written(lines, [level(48, 372, 113), *rules]) == [SHARES]


FLOWS = [
    ["", "2024", "2023"],
    ["Operating activities", "", ""],
    ["Profit for the year", "1,204", "980"],
    ["Change in receivables", "74", "(130)"],
    ["Net cash from operating", "1,703", "1,550"],
    ["Investing activities", "", ""],
    ["Purchase of equipment", "(890)", "(475)"],
    ["Sale of equipment", "12", "35"],
]


def test_a_name_in_bold_below_the_widest_one_heads_the_rows_below_it() -> None:
    assert written(flush(FLOWS, 50, [230, 290], 100, bold=[1, 4, 5])) == [FLOWS]


def test_the_last_group_below_the_last_rule_stays_in_the_table() -> None:
    rules = [level(48, 372, 97 + 16 * number) for number in (1, 4, 6)]
    assert written(flush(SHARES[:8], 50, [270, 370], 100, bold=GROUPS), rules) == [SHARES[:8]]


RATES = [["code", "net", "tax"], ["22", "506,78", "111,49"], ["15", "6,00", "0,00"]]


def test_rows_above_a_drawn_table_that_has_a_head_are_of_another_one() -> None:
    rules = [level(48, 472, 113), *(level(48, 472, 200 + 16 * number) for number in range(4))]
    edges = [upright(x, 200, 248.5) for x in (48, 180, 330, 472)]
    lines = [*flush(ITEMS, 50, [270, 370, 470], 100), *flush(RATES, 50, [320, 460], 203)]
    assert written(lines, [*rules, *edges]) == [ITEMS, RATES]


@pytest.mark.parametrize("fields", [1, 4])
def test_a_table_with_shaded_rows_takes_neither_an_address_above_nor_names_below(fields: int) -> None:
    """Some programs shade each cell of a row, others the row."""
    xs = [48 + 424 * place / fields for place in range(fields + 1)]
    rules = [level(48, 472, y) for number in (1, 3) for y in (97 + 16 * number, 113 + 16 * number)]
    edges = [upright(x, 97 + 16 * number, 113 + 16 * number) for number in (1, 3) for x in xs]
    above = [
        line(text, left, top)
        for left, texts in (
            (50, ["Passenger: Eva Lind", "Ticket: 117 2345"]),
            (300, ["Code: X7K2PQ", "Issued: 12 Feb 2024"]),
        )
        for text, top in zip(texts, (64, 76), strict=True)
    ]
    below = [line(text, left, 196) for text, left in (("Ticket", 50), ("EUR 287.41", 120))]
    assert written([*above, *flush(ITEMS[:5], 50, [270, 370, 470], 100), *below], [*rules, *edges]) == [ITEMS[:5]]


def test_column_rules_that_leave_out_the_names_of_groups_hold_one_table() -> None:
    head = [line(text, left, 108) for text, left in zip(("Kind", "1998", "1999"), (50, 200, 280), strict=True)]
    groups = [["Grain"], ["Corn", "12", "14"], ["Rye", "15", "19"], ["Oats", "8", "9"]]
    groups += [["Fruit"], ["Figs", "3", "4"], ["Plums", "5", "6"], ["Pears", "7", "7"]]
    body = [
        line(text, left, 128 + 16 * number, bold=len(row) == 1)
        for number, row in enumerate(groups)
        for text, left in zip(row, (50, 200, 280), strict=False)
    ]
    rules = [level(45, 340, y) for y in (90, 125, 254)] + [level(190, 340, 107)]
    rules += [upright(190, *ends) for ends in ((90, 125), (141, 189), (205, 254))]
    rules += [upright(270, *ends) for ends in ((107, 125), (141, 189), (205, 254))]
    (table,) = written([line("Farms", 250, 93), *head, *body], rules)
    assert [[text for text in row if text] for row in table] == [["Farms"], ["Kind", "1998", "1999"], *groups]


def test_numbers_in_brackets_below_numbers_are_rows_though_no_name_stands_beside_them() -> None:
    rows_of = [["Variable", "(1)", "(2)"]]
    for name in ("Income", "Age", "Size"):
        rows_of += [[name, "1.204", "0.518"], ["", "(0.081)", "(0.232)"]]
    rules = [level(45, 340, y) for y in (97, 112, 198)] + [upright(x, 97, 198) for x in (45, 190, 270, 340)]
    assert written(cells(rows_of, [50, 200, 280], 100), rules) == [rows_of]


def test_rows_that_long_leaders_run_through_are_no_running_text() -> None:
    names = ("Small", "Large", "Other", "Rented", "Owned", "All")
    rows_of = [[f"{name} {'.' * 60}", "1,204", "31"] for name in names]
    head = [line("Number", 390, 100), line("of farms", 385, 112), line("Share", 475, 112), line("Size", 50, 112)]
    rules = [level(45, 560, y) for y in (97, 125, 212)]
    assert written([*head, *cells(rows_of, [50, 400, 480], 128)], rules) == [
        [["Size", "Number of farms", "Share"], *([name, "1,204", "31"] for name in names)]
    ]


def test_a_name_goes_on_with_a_small_letter_below_its_numbers_though_it_had_room() -> None:
    rows_of = [["Ages", "12", "14"], ["Under 65", "15", "19"], ["years"], ["Single women", "8", "9"], ["All", "3", "4"]]
    lines = [
        line(text, left, 114 + 12 * number)
        for number, row in enumerate(rows_of)
        for text, left in zip(row, (50, 200, 280), strict=False)
    ]
    head = ["Kind", "1998", "1999"]
    assert written([*cells([head], [50, 200, 280], 100), *lines]) == [
        [head, rows_of[0], ["Under 65 years", "15", "19"], *rows_of[3:]]
    ]

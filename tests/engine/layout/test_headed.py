"""Tables in the open whose cells hold sentences: they are told from columns of text by their heads and rows."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.measure import in_one
from ocr_async.engine.page import Line, Ruling

from .sheets import SENTENCE, cells, column, level, line, sheet


HEADS = ["Week", "Topic", "Reading"]
LEFTS = [50.0, 100.0, 330.0]
ROWS = [
    ("1", ["Boats that are rowed by two men", "or more, on lakes"], ["Nets which the owner has mended"]),
    ("2", ["Lines of hemp and hooks of steel"], ["Small boats in winter, and what", "they are built of"]),
    (
        "3",
        ["What was counted since the war", "began, and by whom", "it was"],
        ["Nets of hemp and nylon, which", "cost"],
    ),
    ("4", ["Canals and ponds"], ["Lakes"]),
]


def schedule(*, bold: bool) -> list[Line]:
    out = [evolve(each, bold=bold) for each in cells([HEADS], LEFTS, 100)]
    top = 118.0
    for number, *texts in ROWS:
        out.append(line(number, LEFTS[0], top))
        for left, said in zip(LEFTS[1:], texts, strict=True):
            out += column(said, left, top)
        top += 12 * max(map(len, texts)) + 8
    return [*out, *column([SENTENCE + " " + SENTENCE[:40]] * 4, 50, top + 20)]


@pytest.mark.parametrize(
    ("bold", "rulings"), [(True, []), (False, [level(48, 560, 113)])], ids=["heads in bold", "a rule below the heads"]
)
def test_sentences_below_heads_are_cells_and_no_columns_of_text(bold: bool, rulings: list[Ruling]) -> None:
    table, text = layout.read(sheet(schedule(bold=bold), rulings=tuple(rulings)))
    rows = [[cell.text for cell in table.cells if cell.row == row] for row in range(5)]
    assert rows == [HEADS, *([number, " ".join(topic), " ".join(reading)] for number, topic, reading in ROWS)]
    assert (table.type, text.type) == ("table", "text")


def test_heads_in_the_middle_of_wide_columns_part_none_of_them() -> None:
    lines = [evolve(line(text, left, 100), bold=True) for text, left in (("Feature", 60), ("Team", 240), ("Free", 370))]
    top = 118.0
    for names, *said in (
        (["Price for each", "month"], "4", "8"),
        (["Audits"], "Yes", "No"),
        (["Data of nets", "sold"], "No", "No"),
    ):
        lines += column(names, 50, top)
        top += 12 * len(names) + 4
        lines += [line(text, left, top - 16) for text, left in zip(said, (200, 330), strict=True)]
    table, *_ = layout.read(sheet(lines))
    assert table.type == "table"
    assert [(cell.column, cell.text) for cell in table.cells][-2:] == [(1, "No"), (2, "No")]


def test_columns_of_text_below_headings_of_their_own_are_no_table() -> None:
    lefts = [50.0, 230.0, 410.0]
    texts = [SENTENCE[:28], SENTENCE[4:30], SENTENCE[10:38]]
    lines = [evolve(each, bold=True) for each in cells([["Boats", "Nets", "Hooks"]], lefts, 100)]
    for number, left in enumerate(lefts):
        lines += column(texts * 2, left, 118)
        lines += column(texts * (number + 1), left, 202)  # of unlike length, so that the next one begins elsewhere
        lines += column(texts, left, 214 + 36 * (number + 1))
    assert [region for region in layout.read(sheet(lines)) if region.type == "table"] == []


@pytest.mark.parametrize("bold", [True, False])
def test_names_keep_what_is_said_of_them_though_one_needs_two_lines(bold: bool) -> None:
    names = ["Programs", "Tools", "Languages", "Methods", "Licence"]
    said = [
        ["Boats and nets"],
        [f"Hooks, {SENTENCE} since the winter", "of the war"],
        ["Danish, Dutch"],
        ["Counting"],
        ["B"],
    ]
    if not bold:
        names, said = [*names[2:], *names[:2]], [*said[2:], *said[:2]]
    lines: list[Line] = []
    top = 118.0
    for name, texts in zip(names, said, strict=True):
        lines += [evolve(line(name, 50, top), bold=bold), *column(texts, 190, top)]
        top += 12 * len(texts) + 4
    lines += [line("What follows", 50, top + 20, size=14), *column([SENTENCE + " " + SENTENCE[:40]] * 3, 50, top + 44)]
    table, *_ = layout.read(sheet(lines))
    assert [[cell.text for cell in table.cells if cell.row == row] for row in range(5)] == [
        [name, " ".join(texts)] for name, texts in zip(names, said, strict=True)
    ]


def test_to_whom_a_memorandum_is_makes_no_table() -> None:
    lines: list[Line] = []
    for row, (name, said) in enumerate(
        [
            ("TO:", "All who row boats"),
            ("FROM:", "The owner of the nets"),
            ("DATE:", "3 May"),
            ("RE:", "Hooks of steel"),
        ]
    ):
        lines += [evolve(line(name, 50, 100 + 16 * row), bold=True), line(said, 120, 100 + 16 * row)]
    lines += [line("and lines of hemp", 120, 160), *column([SENTENCE + " " + SENTENCE[:40]] * 4, 50, 200)]
    assert [region for region in layout.read(sheet(lines)) if region.type == "table"] == []


BOOKED: list[tuple[list[str], str, str, str]] = [
    (["Cash withdrawal", "Harbour road 14:45"], "574.52", "", "2,414.97"),
    (["Transfer from Rosa"], "", "261.94", "2,676.91"),
    (["Direct debit", "Energy ref 1808"], "483.43", "", ""),
    (["Card payment"], "", "31.80", "2,225.28"),
]


@pytest.mark.parametrize("kind", ["apart", "joined", "of two lines"])
def test_amounts_paid_out_and_in_keep_their_columns_though_no_row_fills_both(kind: str) -> None:
    """As on a bank's statement; a parser joins heads that stand close."""
    wrapped = kind == "of two lines"
    rights = (360.0, 408.0, 480.0)
    head = (
        [["Details", "Paid", "Paid", "Your"], ["", "out", "in", "balance"]]
        if wrapped
        else [["Details", "Paid out", "Paid in", "Balance"]]
    )
    lines: list[Line] = []
    for row, (name, *texts) in enumerate(head):
        top = 100.0 + 11 * row
        own = [line(text, right - 5 * len(text), top, bold=True) for text, right in zip(texts, rights, strict=True)]
        lines += [in_one(own[:2]), own[2]] if kind == "joined" else own
        lines += [line(name, 110, top, bold=True)] if name else []
    top = 128.0
    for details, *amounts in BOOKED:
        lines += column(details, 110, top, pitch=11)
        lines += [line(text, right - 5 * len(text), top) for text, right in zip(amounts, rights, strict=True) if text]
        top += 11 * len(details) + 8
    (table,) = layout.read(sheet(lines, rulings=(level(108, 482, 124 if wrapped else 113),)))
    places = {(cell.row, cell.column): cell.text for cell in table.cells}
    rows = [[places.get((row, place), "") for place in range(4)] for row in range(5)]
    heads = [" ".join(filter(None, texts)) for texts in zip(*head, strict=True)]
    assert rows == [heads, *([" ".join(details), *amounts] for details, *amounts in BOOKED)]


def test_a_column_with_a_single_amount_is_told_by_its_head_where_rules_stand_below_rows() -> None:
    rows = [["Brought forward", "", "", "8,020.69"], *([details[0], *amounts] for details, *amounts in BOOKED[:3])]
    rows += [["Paid at Leeds", "264.71", "", "3,437.68"], ["Paid at Turin", "27.46", "", ""]]
    rights = (360.0, 418.0, 480.0)
    lines: list[Line] = []
    for number, (name, *texts) in enumerate([["Details", "Paid out", "Paid in", "Balance"], *rows]):
        top = 100.0 + 17 * number
        lines.append(line(name, 110, top, bold=not number))
        lines += [
            line(text, right - 5 * len(text), top, bold=not number)
            for text, right in zip(texts, rights, strict=True)
            if text
        ]
    rules = tuple(level(105, 482, 130.0 + 17 * number) for number in range(len(rows)))
    (table,) = layout.read(sheet(lines, rulings=rules))
    places = {(cell.row, cell.column): cell.text for cell in table.cells}
    assert [[places.get((row, place), "") for place in range(4)] for row in range(1, 7)] == rows


def test_heads_that_were_cut_where_the_rows_show_it_part_columns_however_near_they_stand() -> None:
    heads = ["Quantity", "Description", "Price"]
    lefts = [50.0, 94.0, 300.0]  # four points behind the first head
    goods = [["2.75", "Carpet of wool", "70.30"], ["3", "Ladder of oak", "11.20"], ["150", "Kettle of steel", "14.10"]]
    names = [evolve(each, bold=True) for each in cells([heads], lefts, 100)]
    (table,) = layout.read(sheet([*names, *cells(goods, lefts, 116)]))
    assert [[cell.text for cell in table.cells if cell.row == row] for row in range(4)] == [heads, *goods]

"""Financial statements: rules part the amounts from their sums, and the names of the rows stand left of all of them."""

from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.drawn.framed import framed
from ocr_async.engine.layout.tables.drawn.frames import frames
from ocr_async.engine.layout.tables.drawn.row_rules import columns_between
from ocr_async.engine.page import Line, Region, Ruling

from .sheets import SENTENCE, cells, column, frame, level, line, sheet


NAMES = ["Products", "Services", "Total net sales", "Cost of sales", "Gross margin", "Taxes", "Net income"]
VALUES = [["1,204", "998"], ["310", "(42)"], ["1,514", "956"], ["420", "388"], ["1,094", "568"], ["94", "68"]]
VALUES.append(["1,000", "500"])
LEFTS = [50.0, 400.0, 500.0]


def statement() -> list[Line]:
    return cells([[name, *values] for name, values in zip(NAMES, VALUES, strict=True)], LEFTS, 114)


def tables(lines: list[Line], rulings: list[Ruling]) -> list[Region]:
    return [region for region in layout.read(sheet(lines, rulings=tuple(rulings))) if region.type == "table"]


def texts(table: Region, row: int) -> list[str]:
    return [cell.text for cell in table.cells if cell.row == row]


# below the years, above and below sums; each over all amounts, or over those of one column
@pytest.mark.parametrize(
    "reach", [[(390, 560)], [(390, 480), (490, 560)]], ids=["over all amounts", "over each column"]
)
def test_amounts_between_rules_of_sums_keep_their_names(reach: list[tuple[float, float]]) -> None:
    heads = cells([["In millions", "2023", "2022"]], LEFTS, 100)
    rulings = [level(left, right, y) for y in (112, 141, 169, 197, 211) for left, right in reach]
    (table,) = tables([*heads, *statement()], rulings)
    assert texts(table, 0) == ["In millions", "2023", "2022"]
    assert [texts(table, row) for row in range(1, 8)] == [
        [name, *values] for name, values in zip(NAMES, VALUES, strict=True)
    ]


def test_a_table_between_rules_beside_a_column_of_text_is_whole() -> None:
    text = column([SENTENCE] * 8, 50, 100, pitch=14)
    own = cells(
        [["Kind", "2023"], *([name, values[0]] for name, values in zip(NAMES, VALUES, strict=True))], [350, 500], 100
    )
    (table,) = tables([*text, *own], [level(345, 560, y) for y in (98, 112, 212)])
    assert texts(table, 1) == ["Products", "1,204"]


def test_subtotals_below_a_rule_leave_the_rows_above_it_apart() -> None:
    rows = [["Region", "Product", "2019", "2021"]]
    rows += [["North", "Bikes", "18,985", "7,673"], ["", "Parts", "22,014", "22,152"], ["", "Clothes", "27,872", ""]]
    rows += [["North total", "", "21,471", "76,719"], ["East", "Bikes", "5,497", "7,060"]]
    rows += [["", "Parts", "272", "10,948"], ["East total", "", "8,612", "43,377"], ["Total", "", "30,083", "120,096"]]
    rulings = [level(48, 280, y) for y in (111.5, 153.5, 195.5, 209.5)]
    (table,) = tables(cells(rows, [50, 120, 165, 220], 100), rulings)
    products = [cell.text for cell in table.cells if cell.column == 1 and cell.text]
    assert products == ["Product", "Bikes", "Parts", "Clothes", "Bikes", "Parts"]


def test_how_many_were_asked_stands_below_the_head_of_its_column() -> None:
    rows = [["Characteristic", "Drug A", "Placebo"], ["", "(N = 332)", "(N = 234)"]]
    rows += [["Female", "120 (36)", "97 (41)"], ["Male", "212 (64)", "137 (59)"], ["Asian", "4 (1)", "6 (3)"]]
    (table,) = tables(cells(rows, [50, 250, 400], 100, pitch=11), [level(48, 500, y) for y in (98, 122, 156)])
    assert texts(table, 0)[1:] == ["Drug A (N = 332)", "Placebo (N = 234)"]


def test_what_stands_small_below_a_name_between_rules_is_in_its_cell() -> None:
    lines: list[Line] = []
    for number, (name, said) in enumerate(
        [("Oak lamp", "Boats in winter"), ("Tray", "Nets"), ("Chair", "Hooks and hemp")]
    ):
        top = 100 + 40.0 * number
        lines += [line(name, 120, top), line(f"Art. {number}36.15", 120, top + 11, size=8)]
        lines += [line(said, 250, top), line(f"{number + 1}8.50", 450, top)]
    (table,) = tables(lines, [level(48, 500, 95 + 40 * number) for number in range(4)])
    assert [texts(table, row)[0] for row in range(3)] == [
        "Oak lamp Art. 036.15",
        "Tray Art. 136.15",
        "Chair Art. 236.15",
    ]


def test_days_above_rows_of_words_are_their_heads_though_one_field_says_nothing() -> None:
    lefts = [50.0, 150.0, 300.0]
    heads = cells([["", "Monday", "Tuesday"]], lefts, 82)
    rows = [["Lunch", "Lentils", "Porridge"], ["Snack", "Fruit", "—"], ["Dinner", "Fish", "Rice"]]
    (table,) = tables([*heads, *cells(rows, lefts, 100, pitch=20)], [level(48, 400, 95 + 20 * n) for n in range(4)])
    assert texts(table, 0) == ["Monday", "Tuesday"]


def test_rows_of_a_statement_whose_fields_are_shaded_are_one_table() -> None:
    names = ["Net sales:", *NAMES, "Per share:", "Basic"]
    values = [["", ""], *VALUES, ["", ""], ["6.10", "5.45"]]
    lines = cells([["", "2023", "2022"]], LEFTS, 88)
    rulings = [level(395, 560, 99)]
    for number, (name, amounts) in enumerate(zip(names, values, strict=True)):
        top = 100 + 14.0 * number
        lines.append(line(name, 50 + 10 * (number % 3), top + 2))
        for left, right, amount in zip((395, 485), (470, 560), amounts, strict=True):
            lines += [line("$", left, top + 2)] if number in {1, 9} else []
            lines += [line(amount, right - 5 * len(amount), top + 2)] if amount else []
        if number % 2 == 0:  # a field each
            for left, right in ((48, 392), (392, 480), (480, 565)):
                rulings += frame(left, top, right, top + 14)
    (table,) = tables(lines, rulings)
    signed = [["$ " + each for each in row] if number in {1, 9} else row for number, row in enumerate(values)]
    assert texts(table, 0) == ["2023", "2022"]
    assert [[text for text in texts(table, row + 1) if text] for row in range(10)] == [
        [name, *(each for each in row if each)] for name, row in zip(names, signed, strict=True)
    ]


def test_years_over_the_middle_of_signs_and_amounts_head_both() -> None:
    rows = [["", "", "2023", "", "2022"], ["Products", "$", "1,204", "$", "998"], ["Services", "", "310", "", "(42)"]]
    rows += [["Taxes", "", "94", "", "68"], ["Income", "$", "1,000", "$", "500"]]
    lines = cells(rows, [50, 250, 330, 400, 480], 100)
    lines[:2] = [line("2023", 275, 100), line("2022", 425, 100)]
    (table,) = tables(lines, [level(48, 520, y) for y in (98, 112, 168)])
    assert [texts(table, row) for row in (0, 1)] == [["2023", "2022"], ["Products", "$ 1,204", "$ 998"]]


def test_names_may_be_set_in() -> None:
    bands = [[line("by the disks", 52 + 20 * (row % 3), 12.0 * row), line("20", 400, 12.0 * row)] for row in range(9)]
    assert len(columns_between(bands, 10.0)) == 1


def test_headlines_below_a_table_are_no_sums_of_it() -> None:
    own = cells(
        [["18 April", "No. 1520", "2.80"], ["Gentle", "Frozen", "Hollow"], ["Page 2", "Page 4", "Page 6"]], LEFTS, 100
    )
    headlines = [line("Heavy window", 50, 146, size=20), line("Wooden anchor", 400, 150, size=12)]
    (table,) = tables([*own, *headlines, *column([SENTENCE] * 6, 50, 180)], [level(45, 560, y) for y in (98, 112, 142)])
    assert max(cell.row for cell in table.cells) == len(own) / 3 - 1


def test_numbers_of_notes_beside_rules_of_sums_stand_in_the_rows_of_their_names() -> None:
    """The notes begin so near to the rules that they stand between names and amounts."""
    rows = [
        [name, note, *values] for name, note, values in zip(NAMES, ["2", "", "", "4", "", "8", ""], VALUES, strict=True)
    ]
    heads = cells([["In millions", "Note", "2023", "2022"]], [50, 380, 400, 500], 100)
    rulings = [level(390, 560, y) for y in (141, 169, 197)]
    (table,) = tables([*heads, *cells(rows, [50, 384, 400, 500], 114)], rulings)
    said = [[text for text in texts(table, row) if text] for row in range(1, 8)]
    assert said == [[text for text in row if text] for row in rows]


def test_names_of_several_lines_beside_numbers_between_two_rules_are_those_of_their_rows() -> None:
    lines = cells(
        [["Vessels", "Awards", "Net"], ["Utah", "637", "2,628"], ["Ohio", "281", "9,369"]], [50, 250, 350], 100
    )
    lines += [*column(["Farms other", "than the large ones", "and other claims"], 50, 139.5, pitch=11.5)]
    lines += [line("553", 250, 162.5), line("5,552", 350, 162.5)]
    (between,) = frames([level(48, 400, y) for y in (98, 112, 185)], 10.0, lines)
    ((found, *_),) = framed(between, lines, 10.0)
    assert [cell.text for cell in found if cell.row == 2] == ["Ohio", "281", "9,369"]


def test_labels_and_what_they_name_within_a_frame_are_rows_whatever_a_stub_beside_them_has() -> None:
    lines = cells([["FROM", "TO"], ["Basel", "Oslo"], ["DATE", "GATE"], ["7 August", "B11"]], [50, 150], 100)
    lines += column(["PASSENGER", "Paul Jansen", "FROM", "Basel", "TO"], 250, 104.5, pitch=11.5)
    (between,) = frames([level(48, 400, y) for y in (98, 165)], 10.0, lines)
    ((found, *_),) = framed(between, lines, 10.0)
    assert [cell.text for cell in found if cell.row == 1][:2] == ["Basel", "Oslo"]

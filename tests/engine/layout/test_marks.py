"""Rosters and the like: tables whose cells are single letters and dashes; sums; heads that are said twice."""

from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.drawn.row_rules import columns_between
from ocr_async.engine.layout.tables.fields import pieces
from ocr_async.engine.layout.tables.wrapping import parts
from ocr_async.engine.page import Box, Line, Region, Ruling, Tag, Word

from .sheets import cells, frame, level, line, sheet


HEADS = [["Name", "Mo", "Tu", "We", "Th"], ["", "8", "9", "10", "11"]]
ROSTER = [
    ["Jo Lind", "–", "S", "F", ""],
    ["Eva Novak", "S", "N", "F", "S"],
    ["Leila Murph", "", "N", "", "U"],
    ["Eleni Okafo", "S", "U", "S", "U"],
    ["Erika Petro", "S", "N", "", "S"],
    ["Jan Kowal", "F", "–", "–", "S"],
]
LEFTS = [50.0, 180.0, 225.0, 270.0, 315.0]


def tables(lines: list[Line], rulings: list[Ruling] | None = None) -> list[Region]:
    return [each for each in layout.read(sheet(lines, rulings=tuple(rulings or ()))) if each.type == "table"]


def texts(table: Region) -> list[list[str]]:
    """What stands in each field, rows of equal length."""
    width = max(cell.column + cell.column_span for cell in table.cells)
    out = [[""] * width for _ in range(max(cell.row for cell in table.cells) + 1)]
    for cell in table.cells:
        out[cell.row][cell.column] = cell.text
    return out


def spaced(*words: str, gap: float) -> Line:
    """Words so many font sizes apart, in letters as wide as those of `line`."""
    whole = line("".join(words), 50, 100)
    found: list[Word] = []
    left = 50.0
    for word in words:
        right = left + 5 * len(word)
        found.append(Word(word, Box(left, 100, right, 110)))
        left = right + 10 * gap
    box = Box(50, 100, found[-1].box.right, 110)
    return Line(" ".join(words), box, words=tuple(found), size=whole.size, font=whole.font)


@pytest.mark.parametrize("pitch", [13.0, 16.0])
def test_marks_keep_their_rows_and_columns(pitch: float) -> None:
    (table,) = tables(cells(ROSTER, LEFTS, 100, pitch=pitch))
    assert texts(table) == ROSTER


def test_two_rows_of_heads_on_a_ground_are_those_of_the_open_rows_below() -> None:
    (table,) = tables(cells([*HEADS, *ROSTER], LEFTS, 100), frame(45, 97, 350, 126))
    assert texts(table)[-len(ROSTER) :] == ROSTER
    assert texts(table)[0][0] == "Name"


def test_a_line_in_which_two_cells_meet_is_cut_between_them() -> None:
    rows = [["Jo", "S", "U"], ["Eva", "N", "F"]]
    lines = cells(rows, [50, 180, 225], 100)
    marked = [
        Line(each.text, each.box, words=each.words, size=10.0, font="Times", marks=(number,))
        for number, each in enumerate(lines)
    ]
    one, other = marked[1:3]
    box = Box(one.box.left, one.box.top, other.box.right, one.box.bottom)
    joined = Line("S U", box, words=(*one.words, *other.words), size=10.0, font="Times", marks=(1, 2))
    tags = [[Tag("TD", marks=(3 * row + column,)) for column in range(3)] for row in range(2)]
    tree = Tag("Table", children=tuple(Tag("TR", children=tuple(row)) for row in tags))
    page = sheet([marked[0], joined, *marked[3:]], tags=(Tag("Document", children=(tree,)),))
    (table,) = layout.read(page)
    assert texts(table) == rows


def test_heads_that_are_said_again_begin_another_table() -> None:
    heats = [[["Pos", "Athlete", "Time"], ["1", "Rossi", "50.1"], ["2", "Haddad", "51.2"]]] * 2
    lines = [each for number, rows in enumerate(heats) for each in cells(rows, [50, 100, 220], 114 + 58 * number)]
    names = [line(f"Heat {number + 1}, wind 1.1", 50, 100 + 58 * number) for number in range(2)]
    assert [texts(table) for table in tables([*names, *lines])] == heats


def test_names_of_sums_leave_the_columns_above_them_apart() -> None:
    items = [[str(number), "Seal kit", "3 h", f"4{number}3,31", f"1.{number}72,90"] for number in range(4)]
    sums = [["", "", "Subtotal of goods", "", "3.869,85"], ["", "", "Net of all deductions", "", "866,73"]]
    lines = cells([["Pos.", "Name", "Qty", "Price", "Amount"], *items, *sums], [50, 90, 200, 240, 320], 102, pitch=20)
    (table,) = tables(lines, [level(45, 400, 98 + 20.0 * number) for number in range(8)])
    bands = [[each for each in lines if each.box.top == 102 + 20 * number] for number in range(7)]
    assert len(columns_between(bands, 10)) == 4
    assert texts(table)[1:] == [*items, *sums]


def test_heads_in_two_languages_are_one_row_above_items_and_sums() -> None:
    heads = [["Pos.", "Bezeichnung", "Menge", "Preis", "Betrag"], ["Item", "Description", "Qty", "Price", "Amount"]]
    items = [[str(number), "Dichtung", "drei", f"4{number}3,31", f"1.{number}72,90"] for number in range(4)]
    sums = [["", "", "", name, amount] for name, amount in (("Summe", "3.869,85"), ("MwSt.", "866,73"), ("Net", "736"))]
    lefts = [50.0, 100.0, 165.0, 225.0, 290.0]
    rulings = [level(45, 400, y) for y in (98, *(125 + 20.0 * number for number in range(9)))]
    lines = [*cells(heads, lefts, 101, pitch=12), *cells([*items, *sums], lefts, 130, pitch=20)]
    (table,) = tables(lines, rulings)
    assert texts(table) == [[f"{one} {other}" for one, other in zip(*heads, strict=True)], *items, *sums]


def test_lines_of_bold_heads_are_one_though_they_stand_apart() -> None:
    heads = [["Number", "Reading", "Amount"], ["of meter", "last year", "in euros"]]
    bold = [
        Line(each.text, each.box, words=each.words, size=10.0, font="Times", bold=True)
        for each in cells(heads, [50, 150, 250], 100, pitch=15)
    ]
    body = [[f"26{number}1", f"1{number}095", f"4{number},04"] for number in range(5)]
    (table,) = tables([*bold, *cells(body, [50, 150, 250], 130, pitch=15)])
    assert texts(table)[0] == [f"{one} {other}" for one, other in zip(*heads, strict=True)]


def test_words_further_apart_than_spaces_are_of_two_columns_unless_their_line_is_stretched() -> None:
    near = spaced("bank", "fee", gap=0.25)
    apart = near.words[-1].box.right + 4.5
    word = Word("12.50", Box(apart, 100, apart + 25, 110))
    joined = Line("bank fee 12.50", Box(50, 100, apart + 25, 110), words=(*near.words, word), size=10.0, font="Times")
    assert [part.text for part in parts([joined], [apart - 2]).values()] == ["bank fee", "12.50"]
    stretched = spaced("bank", "fee", "paid", gap=0.45)
    assert len(pieces(stretched, [stretched.words[2].box.left - 2])) == 1


def test_an_answer_behind_its_box_goes_on_below() -> None:
    answers = [
        ["☐ restless temple in", "☐ early letter of"],
        ["☐ frozen bridge for the", "☐ gentle orchard"],
        ["mirror", ""],
        ["☐ distant kitchen of", "☐ old orange"],
        ["☐ gentle mirror for", "☐ patient feather"],
        ["☐ southern forest of", "☐ early sailor for a"],
        ["", "pepper"],
    ]
    (table,) = tables(cells(answers, [50.0, 180.0], 100, pitch=13))
    rows = texts(table)
    assert [rows[1], rows[-1]] == [
        ["☐ frozen bridge for the mirror", "☐ gentle orchard"],
        ["☐ southern forest of", "☐ early sailor for a pepper"],
    ]

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine.layout.measure import rows
from ocr_async.engine.layout.tables.anchors import anchored
from ocr_async.engine.layout.tables.fields import pieces
from ocr_async.engine.page import Line, union

from .sheets import cells, column, line


COLUMNS = [120.0, 300.0]


def read(lines: list[Line]) -> list[list[str]] | None:
    found = anchored(rows(lines), COLUMNS)
    return None if found is None else [sorted(each.text for text_row in row for each in text_row) for row in found]


RAISED = {"top": 0, "centre": 1, "bottom": 2}


def table(place: str) -> list[Line]:
    """Three rows, 40 apart, with one, three and two lines in the middle column, set at the *place* of their row."""
    out: list[Line] = []
    for number, count in enumerate((1, 3, 2)):
        top = 100.0 + 40 * number
        out += cells([[f"name {number}", f"{number}1"]], [50, 320], top)
        out += column(
            [f"words {number}{each}" for each in range(count)],
            130,
            top - RAISED[place] * 5.5 * (count - 1),
            pitch=11,
        )
    return out


EXPECTED = [
    ["01", "name 0", "words 00"],
    ["11", "name 1", "words 10", "words 11", "words 12"],
    ["21", "name 2", "words 20", "words 21"],
]


def test_cells_that_are_centred_on_one_y_are_a_row() -> None:
    assert read(table("centre")) == EXPECTED


@pytest.mark.parametrize("place", ["top", "bottom"])
def test_cells_that_begin_or_end_level_are_a_row(place: str) -> None:
    assert read(table(place)) == EXPECTED


def test_rows_of_one_line_each_are_left_to_others() -> None:
    assert read(cells([["a", "b", "1"], ["c", "d", "2"], ["e", "f", "3"]], [50, 130, 320], 100)) is None


def test_numbers_on_numbers_are_no_lines_of_one_cell() -> None:
    pairs = [
        each
        for number in range(3)
        for each in cells([["a", "b", "1"], ["c", "d", "2"]], [50, 130, 320], 100 + 40 * number, pitch=11)
    ]
    assert read([*pairs, line("more", 130, 122 + 80)]) is None


def test_wide_gaps_between_short_cells_do_not_hide_narrow_ones_between_tall_cells() -> None:
    lines: list[Line] = []
    for number in range(3):
        top = 100.0 + 46 * number
        lines += cells([[f"name {number}", f"{number}1"]], [50, 320], top + 16.5)
        lines += column([f"words {number}{each}" for each in range(4)], 130, top, pitch=11)
    assert read(lines) == [
        sorted([f"{number}1", f"name {number}", *(f"words {number}{each}" for each in range(4))]) for number in range(3)
    ]


def test_cells_that_the_parser_joined_are_those_of_their_columns() -> None:
    lines = table("centre")
    [words, number] = [each for each in lines if each.text in ("words 00", "01")][::-1]
    one = evolve(words, text="words 00 01", box=union((words.box, number.box)), words=(*words.words, *number.words))
    assert read([one, *(each for each in lines if each not in (words, number))]) == EXPECTED


def test_two_rows_of_equal_cells_are_left_to_others() -> None:
    lines = [*column(["a", "b", "c"], 50, 100, pitch=11), *column(["d", "e", "f"], 130, 100, pitch=11)]
    assert read([*lines, line("g", 50, 150), line("h", 130, 150)]) is None


def test_check_boxes_on_check_boxes_are_no_lines_of_one_cell() -> None:
    pairs = [
        each
        for number in range(3)
        for each in cells([["a", "b", "☐ Yes"], ["c", "", "☐ Yes"]], [50, 130, 320], 100 + 40 * number, pitch=11)
    ]
    assert read(pairs) is None


def test_a_check_box_close_behind_a_question_is_a_cell_of_its_own() -> None:
    asked = line("Is the harbour open? ☐ Yes", 50, 100)
    assert [[word.text for word in piece.words] for _, _, piece in pieces(asked, [153.0])] == [
        ["Is", "the", "harbour", "open?"],
        ["☐", "Yes"],
    ]


def test_what_stands_side_by_side_in_one_column_is_read_from_left_to_right() -> None:
    lines = [evolve(each, box=evolve(each.box, top=each.box.top + 0.2)) for each in table("top") if each.box.left < 60]
    beside = [line("beside", 85, each.box.top - 0.4) for each in lines]
    found = anchored(rows([*lines, *beside, *(each for each in table("top") if each.box.left > 60)]), COLUMNS)
    assert found is not None
    assert [[each.text for each in row[0][:2]] for row in found] == [
        [f"name {number}", "beside"] for number in range(3)
    ]


def test_the_name_of_a_group_in_bold_is_no_line_of_the_name_above_it() -> None:
    lines: list[Line] = []
    top = 100.0
    for names in (["Creatinine", "(enzymes)"], ["Potassium", "*Chemistry"], ["Leucocyte", "(counted)"], ["Platelets"]):
        lines += cells([[names[0], "words of it", "11"]], [50, 130, 320], top)
        for name in names[1:]:
            top += 16 if name[0] == "*" else 12
            lines.append(line(name.strip("*"), 50, top, bold=name[0] == "*"))
        top += 16
    found = read(lines)
    assert found is None or ["Chemistry"] in found


def test_points_before_a_name_are_no_leaders_to_it() -> None:
    """As parts are set in below those that they belong to; where many points lead to a name, they are such."""
    part = line("604-8337  . . Shaft", 50, 100)
    assert [piece.text for _, _, piece in pieces(part, [95.0])] == ["604-8337", ". . Shaft"]
    led = line("Conductor   .  .  .  .  .   Rossi", 50, 100)
    assert pieces(led, [105.0])[0][2].words[:3] == led.words[:3]


@pytest.mark.parametrize(("above", "below"), [(2, 2), (4, 1), (4, 4)])
def test_small_print_between_two_names_is_said_of_the_upper_one(above: float, below: float) -> None:
    lines, expected, top = list[Line](), list[list[str]](), 100.0
    for number, count in enumerate((0, 2, 0, 2, 0, 1, 0)):
        row = [f"{number}", f"name {number}", f"{number}0.50"]
        said = ["what is said of the goods here", "in small print"][2 - count :]
        lines += cells([row], [50, 130, 320], top)
        lines += column(said, 130, top + 10 + above, pitch=9, size=8)
        expected.append(sorted([*row, *said]))
        top += 10 + above + 9 * count - 1 + below if count else 16
    assert read(lines) == expected

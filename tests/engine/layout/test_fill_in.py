"""Forms and worksheets: what is to be filled in, beside its label, is no table."""

from __future__ import annotations

from itertools import chain

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.fill_in import with_choices
from ocr_async.engine.page import Box, Line, Region, Ruling

from .sheets import cells, frame, level, line, sheet


def read(lines: list[Line], rulings: list[Ruling] | None = None) -> list[str]:
    """What is said on the page, region by region, and what is no text by its type."""
    regions = layout.read(sheet(lines, rulings=tuple(rulings or ())))
    return list(chain.from_iterable(map(said, regions)))


def said(region: Region) -> list[str]:
    if region.type == "list":
        return [f"{item.marker} {item.text}" for item in region.items]
    return [region.text] if region.type in {"text", "equation"} else [region.type]


LABELS = [["Name", "Town"], ["Street", "Country"], ["Born", "Married"], ["Work", "Pension"]]


@pytest.mark.parametrize("framed", [False, True])
def test_labels_with_lines_or_frames_to_write_on_are_no_table(framed: bool) -> None:
    lines = cells(LABELS, [50, 300], 100, pitch=22)
    lines.append(line("Oak 12", 88, 122))
    rulings = []
    for each in lines[:-1]:
        start, end = each.box.right + 5, each.box.left + 220
        rulings += frame(start, each.box.top - 1, end, each.box.bottom + 3) if framed else [level(start, end, 0)]
        if not framed:
            rulings[-1] = level(start, end, each.box.bottom + 2)
    told = ["Name", "Town", "Street Oak 12", "Country", "Born", "Married", "Work", "Pension"]
    assert read(lines, rulings) == told


def test_lines_without_thickness_are_written_on() -> None:
    lines = cells(LABELS, [50, 300], 100, pitch=22)
    drawn = [(each.box.right + 5, each.box.left + 220, each.box.bottom + 2) for each in lines]
    rulings = [Ruling(Box(left, y, right, y)) for left, right, y in drawn]
    assert read(lines, rulings) == [label for row in LABELS for label in row]


def test_frames_below_their_labels_are_read_with_them() -> None:
    lines = cells([["Name", "Town"], ["", ""], ["Street", "Country"], ["", ""]], [50, 300], 100, pitch=16)
    lines.append(line("Oak 12", 52, 150))
    rulings = [ruling for left in (50, 300) for top in (114, 148) for ruling in frame(left, top, left + 220, top + 14)]
    assert read(lines, rulings) == ["Name", "Town", "Street\nOak 12", "Country"]


def test_words_that_are_underlined_are_no_field() -> None:
    lines = [line("Read the law of 1980 before you begin", 50, 100), line("and then the other laws.", 50, 112)]
    assert read(lines, [level(90, 150, 110)]) == [f"{lines[0].text} {lines[1].text}"]


@pytest.mark.parametrize("mono", [False, True])
def test_a_rule_between_words_of_a_program_is_no_field(mono: bool) -> None:
    lines = [line("Code included", 50, 100), line("six", 182, 100, mono=mono)]
    lines += [line("Beginning of code", 50, 112), line("eight", 182, 112, mono=mono)]
    assert ("____" in " ".join(read(lines, [level(118, 180, 109)]))) is not mono


def test_frames_beside_each_other_hold_what_their_small_labels_name() -> None:
    lines = [line(text, left, 100, size=7) for text, left in zip(["Name", "Town", "Post"], [50, 220, 390], strict=True)]
    typed = [line("Ingrid Holm", 54, 112, mono=True), line("Leeds", 224, 112, mono=True)]
    rulings = [ruling for left in (50, 220, 390) for ruling in frame(left, 109, left + 155, 126)]
    assert read([*lines, *typed], rulings) == ["Name\nIngrid Holm", "Town\nLeeds", "Post"]


@pytest.mark.parametrize("under", [7.0, 8.0])
def test_what_is_written_on_a_line_stands_with_the_small_label_below_it(under: float) -> None:
    values = [line("Amara Wren", 54, 100), line("04/11/2025", 304, 100)]
    labels = [line(text, left, 113, size=under) for text, left in (("Name", 50), ("Date", 300), ("Signature", 420))]
    rulings = [level(50, 280, 111), level(300, 400, 111), level(420, 560, 111)]
    assert read([*values, *labels], rulings) == ["Amara Wren\nName", "04/11/2025\nDate", "Signature"]


def test_a_sum_below_a_rule_is_no_label_of_the_number_above_it() -> None:
    lines = [line("Cash received", 50, 100), line("100.00", 250, 100), line("92.80", 255, 113, size=8)]
    assert read(lines, [level(245, 285, 111)]) == ["Cash received 100.00", "92.80"]


def test_a_sentence_goes_on_behind_what_is_written_in_it() -> None:
    places = [(60, "Pavel Wren", 130, ", declare that on"), (223, "07/25/1967", 290, "I was away.")]
    lines = [line("I,", 46, 100)]
    rulings = []
    for left, value, right, after in places:
        lines += [line(value, left + 6, 99), line(after, right + 2, 100)]
        rulings.append(level(left, right, 110))
    assert read(lines, rulings) == ["I, Pavel Wren , declare that on 07/25/1967 I was away."]


def test_the_bars_of_a_form_are_no_rules_of_a_table() -> None:
    lines: list[Line] = []
    rulings: list[Ruling] = []
    for top, title in ((100, "Part A: You"), (230, "Part B: Payment")):
        lines.append(line(title, 54, top + 3, bold=True))
        lines += [line("Name", 50, top + 28), line("Town", 300, top + 28)]
        rulings += [*frame(50, top, 550, top + 16), level(75, 280, top + 38), level(325, 550, top + 38)]
        asked = [[question, "☐ Yes", "☒ No"] for question in ("Are you a member?", "Is it insured?", "Did you pay?")]
        lines += cells(asked, [50, 440, 500], top + 54)
    regions = layout.read(sheet(lines, rulings=tuple(rulings)))
    told = [region.text for region in regions if region.type != "table"]
    assert [text for text in told if "?" not in text] == [
        "Part A: You",
        "Name",
        "Town",
        "Part B: Payment",
        "Name",
        "Town",
    ]


def test_a_bold_title_above_a_frame_with_text_is_no_label() -> None:
    lines = [line("An example", 50, 100, bold=True), line("Make all.", 54, 115)]
    regions = layout.read(sheet(lines, rulings=tuple(frame(50, 113, 300, 127))))
    assert [region.text for region in regions] == ["An example Make all."]


def test_a_sentence_goes_on_behind_a_line_to_write_on() -> None:
    lines = cells(
        [["a) The boat came", "the harbour at night."], ["b) She has often", "of the sea since then."]],
        [50, 200],
        100,
        pitch=14,
    )
    rulings = [level(each.box.right + 4, 196, each.box.bottom - 1) for each in lines if each.box.left < 100]
    assert read(lines, rulings) == [
        "a) The boat came ____ the harbour at night.",
        "b) She has often ____ of the sea since then.",
    ]


def test_a_sentence_goes_on_behind_a_line_above_its_own_next_line() -> None:
    before, after = line("1. They had left", 50, 100), line("the gate open, but the sheep", 190, 100)
    below = line("were halfway home.", 50, 111.5)
    place = level(before.box.right + 4, 186, 111.5)
    assert read([before, after, below], [place]) == [
        "1. They had left ____ the gate open, but the sheep were halfway home."
    ]


def test_a_gap_in_brackets_is_one_place_for_an_answer() -> None:
    lines = [
        line("Which of these is a river? (", 50, 100),
        line(")", 215, 100),
        line("Which one is a town? （", 50, 116),
    ]
    assert read([*lines, line("）", 200, 116)]) == ["Which of these is a river? ( ) Which one is a town? （ ）"]


@pytest.mark.parametrize("numbered", [False, True])
def test_sums_without_results_are_no_table(numbered: bool) -> None:
    sums = [
        ["12 + 7 =", "81 + 9 =", "4 + 15 ="],
        ["31 + 6 =", "2 + 20 =", "77 + 5 ="],
        ["8 + 8 =", "1 + 9 =", "6 + 6 ="],
    ]
    if numbered:
        sums = [[f"{'abcdefghi'[3 * y + x]}) {each}" for x, each in enumerate(row)] for y, row in enumerate(sums)]
    told = " ".join(read(cells(sums, [50, 200, 350], 100, pitch=18)))
    assert told == " ".join(chain.from_iterable(sums))


def test_sums_above_rows_of_a_table_are_none_of_it() -> None:
    sums = [["12 + 7 =", "81 + 9 ="], ["31 + 6 =", "2 + 20 ="]]
    table = [["Apples", "120"], ["Pears", "84"], ["Plums", "46"], ["Cherries", "12"]]
    told = read([*cells(sums, [50, 200], 100), *cells(table, [50, 200], 128)])
    assert told == [" ".join(chain.from_iterable(sums)), "table"]


ASKED = ["Have you been there before?", "Do you go by boat or by train?", "Were the streets and houses", "Is it far?"]


def test_numbered_questions_are_read_with_their_boxes_to_tick() -> None:
    lines, top = list[Line](), 100.0
    for number, asked in enumerate(ASKED, 1):
        lines += [line(f"{number}. {asked}", 50, top), line("☐ Yes", 300, top), line("☐ No", 360, top)]
        if asked[-1] != "?":
            top += 12
            lines.append(line("cold at night?", 62, top))
        top += 16
    assert read(lines) == [
        "1. Have you been there before? ☐ Yes ☐ No",
        "2. Do you go by boat or by train? ☐ Yes ☐ No",
        "3. Were the streets and houses cold at night? ☐ Yes ☐ No",
        "4. Is it far? ☐ Yes ☐ No",
    ]


def test_rows_of_boxes_without_numbers_stay_a_table() -> None:
    assert read(cells([[asked, "☐ Yes", "☐ No"] for asked in ASKED], [50, 300, 360], 100)) == ["table"]


def test_two_rows_of_boxes_make_no_column() -> None:
    rows = [[asked, "☐ Yes", "☐ No"] for asked in ASKED[:2]]
    assert " ".join(read(cells(rows, [50, 400, 460], 100))) == " ".join(chain.from_iterable(rows))


def test_one_row_of_boxes_stands_behind_its_label() -> None:
    assert read(cells([["Colour of the car", "☐ red", "☐ blue", "☐ grey"]], [50, 200, 260, 320], 100)) == [
        "Colour of the car ☐ red ☐ blue ☐ grey"
    ]


def test_heads_of_columns_above_a_rule_are_no_value_of_what_stands_left_of_them() -> None:
    rows = [["In millions", "Note", "2023", "2022"], ["Products", "7", "1,204", "998"], ["Services", "3", "310", "42"]]
    rows += [["Taxes", "", "94", "68"], ["Income", "12", "1,000", "500"]]
    lines = cells(rows, [50, 320, 400, 500], 100)
    assert read(lines, [level(345, 560, 112), level(345, 560, 168)]) == ["table"]


def test_boxes_beside_both_lines_of_a_question_stand_behind_it() -> None:
    rows = [("1. Do you swim", 100), ("or run each week", 112)]
    said = [line(text, left, top) for asked, top in rows for text, left in ((asked, 50), ("☐ yes", 250), ("☐ no", 300))]
    assert [each.text for each in with_choices(said, 10.0)] == [
        "1. Do you swim",
        "or run each week ☐ yes ☐ no",
        "☐ yes",
        "☐ no",
    ]

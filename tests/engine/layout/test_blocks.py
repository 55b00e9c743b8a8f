from __future__ import annotations

import pytest

from ocr_async.engine.layout.columns.blocks import ordered

from .sheets import SENTENCE, cells, column, line


def test_a_name_with_a_colon_is_read_with_its_value_though_the_value_stands_under_other_text() -> None:
    """On a receipt the values touch the centred lines above them, the names do not."""
    above = [line("The shop on the harbour, at its very end", 30, 98), line("Open on all days", 130, 110)]
    names = [line("Number:", 20, 122), line("By:", 20, 134)]
    values = [line("no one", 150, 122), line("some", 150, 134)]
    groups = ordered([*above, *names, *values], 10.0)
    assert [
        [each.text for each in sorted(group, key=lambda each: (each.box.top, each.box.left))] for group in groups
    ] == [["The shop on the harbour, at its very end", "Open on all days", "Number:", "no one", "By:", "some"]]


def test_a_colon_at_the_end_of_code_names_nothing() -> None:
    code = [
        line(text, 50, 100 + 12 * row, mono=True) for row, text in enumerate(("for item in items:", "if item:", "use"))
    ]
    beside = [line(text, 300, 100 + 12 * row) for row, text in enumerate(("A text", "of short", "lines"))]
    assert ordered([*code, *beside], 10.0) == [code, beside]


def test_a_centred_address_does_not_go_on_in_the_names_below_it() -> None:
    address = [line("12 Harbour Street", 115, 100), line("03-8051 9514", 128, 112)]
    names, values = (
        column(["Bill", "Date", "Till", "Pax"], 60, 128),
        column(["01-3687", "02/02/2017", "12", "4"], 170, 128),
    )
    groups = ordered([*address, *names, *values], 10.0)
    assert [sorted(each.text for each in group) for group in groups] == [
        sorted(each.text for each in address),
        sorted(each.text for each in (*names, *values)),
    ]


def test_a_stretched_line_of_running_text_stays_with_its_neighbours() -> None:
    above, below = (
        line("The words of this line are set as usual", 50, 100),
        line("and so are those of the one below it", 50, 124),
    )
    stretched = [line("but", 50, 112), line("these", 130, 112), line("are", 230, 112)]
    assert len(ordered([above, *stretched, below], 10.0)) == 1


def test_answers_that_are_numbered_across_are_read_across() -> None:
    answers = [["(a) the river", "(b) the bridge"], ["(c) the harbour", "(d) the school"]]
    found = [each.text for group in ordered(cells(answers, [60, 300], 114), 10.0) for each in group]
    assert found == [text for row in answers for text in row]


@pytest.mark.parametrize("pitch", [12.0, 17.0, 20.0, 24.0])
def test_a_text_set_wide_apart_is_one_beside_a_formula_and_its_number(pitch: float) -> None:
    """Manuscripts are set with as much white between lines as there is elsewhere between paragraphs."""
    before, after = (
        column([SENTENCE] * 5, 50, 100, pitch=pitch),
        column([SENTENCE] * 5, 50, 100 + 6.5 * pitch, pitch=pitch),
    )
    formula = [line("h = 2 m", 150, 100 + 5.2 * pitch), line("(1)", 340, 100 + 5.2 * pitch)]
    groups = ordered([*before, *formula, *after], 10.0)
    for text in (before, after):
        (group,) = (group for group in groups if text[0] in group)
        assert group == text


def test_rows_of_names_that_stand_far_apart_are_blocks_of_their_own() -> None:
    names = column(["Bill", "Date", "Till", "Pax", "Sum"], 60, 100, pitch=24.0)
    beside = [line("open on all days", 200, 100)]
    assert [names[1]] in ordered([*names, *beside], 10.0)


@pytest.mark.parametrize("before", [0, 2])
def test_dates_beside_what_was_done_then_are_read_with_it(before: int) -> None:
    dates = ["12/2014 – 02/2019", "since 2019", "9.30 – 10 Uhr"]
    said = [["Clerk at the harbour", SENTENCE], ["Teacher in the mountains"], ["Welcome", SENTENCE]]
    over = column([SENTENCE] * before, 180, 100)
    lines, top = [*over], 100.0 + 12 * before
    for date, told in zip(dates, said, strict=True):
        lines += [line(date, 50, top), *column(told, 180, top)]
        top += 12 * len(told)
    found = [[each.text for each in group] for group in ordered(lines, 10.0)]
    entries = [[date, *told] for date, told in zip(dates, said, strict=True)]
    assert found == ([[SENTENCE] * before, *entries] if before else entries)


def test_words_beside_what_is_said_of_them_are_read_with_it() -> None:
    names, said = ["Languages", "Hobbies"], ["German, English, some Polish", "rowing, a choir"]
    found = ordered([*column(names, 50, 100), *column(said, 180, 100)], 10.0)
    assert [[each.text for each in group] for group in found] == [list(pair) for pair in zip(names, said, strict=True)]


def test_an_address_beside_the_numbers_of_a_letter_is_read_alone() -> None:
    left, right = (
        ["Ben Kowalski", "Mill Lane 91", "44549 Torino"],
        ["Your letter of May", "Our letter", "Boats"],
    )
    found = ordered([*column(left, 50, 100), *column(right, 300, 100)], 10.0)
    assert [[each.text for each in group] for group in found] == [left, right]

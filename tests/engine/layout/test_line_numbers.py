"""Numbers of lines are no text, in the margin and between columns; those of what is listed are."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout

from .sheets import SENTENCE, cells, column, line, sheet


@pytest.mark.parametrize(("left", "step"), [(30, 1), (30, 5), (560, 1)])
def test_numbers_of_lines_in_the_margin_are_no_text(left: float, step: int) -> None:
    text = [f"{SENTENCE[row % 5 * 4 :]} and goes on with it" for row in range(20)]
    lines = column(text, 60, 120)
    shown = [row for row in range(20) if step == 1 or row % step == step - 1]
    numbers = [line(str(row + 1), left, 121 + 12 * row, size=6) for row in shown]
    more = [line(str(row), left, 121 + 12 * row, size=6) for row in range(25, 50, 5)] if step > 1 else []
    lines += column([SENTENCE] * (len(more) * 5), 60, 360)
    assert [region.text.split() for region in layout.read(sheet([*lines, *numbers, *more]))] == [
        region.text.split() for region in layout.read(sheet(lines))
    ]


def test_numbers_of_lines_are_no_text_in_the_record_of_a_hearing() -> None:
    """Hardly a line begins with a small letter there, and each question and answer is a paragraph."""
    asked = ["Q. Where were you employed in March of that year?", "A. At the harbour, on the loading dock."]
    said = ["THE COURT: Thank you. Counsel, call your next witness.", *asked * 4, "MS. ORTIZ: No further questions."]
    numbers = [line(str(row + 1), 30, 120 + 24 * row) for row in range(len(said))]
    found = layout.read(sheet([*column(said, 60, 120, pitch=24), *numbers]))
    assert [text for region in found for text in ([item.text for item in region.items] or [region.text])] == [
        each.removeprefix("Q. ").removeprefix("A. ") for each in said
    ]


def test_a_number_that_a_parser_joined_with_its_line_is_no_text_either() -> None:
    text = [f"{SENTENCE[row % 5 * 4 :].lower()} and goes on with it" for row in range(12)]
    joined = [line(f"{row + 1}   {text[row]}", 40, 120 + 12 * row) for row in (5, 6)]
    alone = [row for row in range(12) if row not in (5, 6)]
    lines = [line(text[row], 60, 120 + 12 * row) for row in alone]
    numbers = [line(str(row + 1), 40 if row < 9 else 35, 120 + 12 * row) for row in alone]
    said = " ".join(region.text for region in layout.read(sheet([*lines, *joined, *numbers])))
    assert said.split() == " ".join(text).split()


def test_numbers_of_what_is_listed_stay() -> None:
    rows = [f"Harbour number {row} and how deep it is at low water" for row in range(10)]
    numbers = [line(str(row + 1), 30, 120 + 14 * row) for row in range(10)]
    said = " ".join(
        str(region.cells or region.text) for region in layout.read(sheet([*column(rows, 60, 120, pitch=14), *numbers]))
    )
    assert "10" in said.replace("number 10", "")


def test_numbers_of_lots_stay_which_stand_beside_the_first_of_several_lines() -> None:
    lots = ["Harbour at night", "oil on canvas, which was shown at the exhibition", "and sold later", "1,000 to 2,000"]
    lines = [each for lot in range(8) for each in column(lots, 60, 100 + 60 * lot)]
    lines += column([f"{SENTENCE[row % 5 * 4 :]} and goes on" for row in range(40)], 330, 100)
    said = " ".join(
        str(region.cells or region.text)
        for region in layout.read(sheet([*lines, *(line(str(260 + lot), 30, 100 + 60 * lot) for lot in range(8))]))
    )
    assert all(str(260 + lot) in said for lot in range(8))


WORDS = "the water in the harbour rose by a foot and a half and then fell again over the days"


@pytest.mark.parametrize("joined", ["alone", "left", "right"])
@pytest.mark.parametrize("source", ["text", "ocr"])
def test_numbers_of_lines_between_columns_are_no_text(source: str, joined: str) -> None:
    """Of patents, whose lines are numbered by fives; a parser takes each for a word of the line beside it."""
    text = [WORDS[number % 4 * 4 :][:50].strip() for number in range(30)]
    left, right = column(text, 50, 100), column(text[::-1], 330, 100)
    plain = sheet([*left, *right], source=source)
    for number in range(5, 31, 5):
        place, shown = number - 1, str(number)
        box = left[place].box
        if joined == "left":
            left[place] = line(f"{text[place].ljust(53)}{number:>2}", 50, box.top)
        elif joined == "right":
            right[place] = line(f"{number:<2} {text[29 - place]}", 315, box.top)
        else:
            left.append(line(shown, 320 - 2.5 * len(shown), box.top))
    said = [region.text for region in layout.read(sheet([*left, *right], source=source))]
    assert " ".join(said).split() == " ".join(region.text for region in layout.read(plain)).split()


def test_numbers_by_fives_in_the_middle_of_a_table_stay() -> None:
    rows = [["Harbour", str(number), "deep enough"] for number in range(5, 45, 5)]
    said = str([region.cells for region in layout.read(sheet(cells(rows, [50, 200, 300], 100)))])
    assert all(f"'{number}'" in said for number in range(5, 45, 5))


def test_lines_whose_words_are_not_told_stay() -> None:
    lines = [evolve(each, words=()) for each in column([f"Harbour {row} is {row}5" for row in range(1, 9)], 60, 120)]
    said = " ".join(region.text for region in layout.read(sheet(lines)))
    assert all(f"is {row}5" in said for row in range(1, 9))

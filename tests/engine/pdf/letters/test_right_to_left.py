from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage
from tests.documents import mapped_pdf


HEBREW = {chr(0x61 + index): chr(0x5D0 + index) for index in range(27)}
"""What the small letters of the Latin font below stand for."""
WORDS = "הנמל קיבל אוניות רבות בשנה שעברה"
ORDER = {letter: code for code, letter in HEBREW.items()}


def markdown(shown: Sequence[str], folder: Path, *, font: str = "Times-Roman", drawn: str = "") -> str:
    """Return what is read of a page with *shown* lines, which are as people see them from the left, and paths."""
    said = "".join(shown)
    codes = str.maketrans({letter: code for letter, code in ORDER.items() if letter in said})
    plain = {letter: letter for letter in said if letter.isascii() and letter not in HEBREW}
    told = {**plain, **{code: letter for letter, code in ORDER.items() if letter in said}}
    lines = [line.translate(codes).translate({ord("("): "\\(", ord(")"): "\\)"}) for line in shown]
    path = folder / "page.pdf"
    content = f") Tj ET {drawn} BT (" + ") Tj (".join(
        f") Tj /F1 12 Tf 1 0 0 1 60 {250 - 17 * n} Tm ({line}" for n, line in enumerate(lines)
    )
    path.write_bytes(mapped_pdf(content, told, font=font))
    ((_, page),) = read(FileOnDisk(path=path), None, "text", PageOptions())
    assert isinstance(page, OCRPage)
    return page.markdown


@pytest.mark.parametrize(
    ("seen", "read_as"),
    [
        ("NEW YORK 7", "NEW YORK 7"),  # a name and its number run from the left
        ("(2023 3,100)", "(3,100 2023)"),  # numbers one after the other do not
        ("12.3.2024", "12.3.2024"),
        ("5%", "5%"),
    ],
)
def test_names_and_numbers_in_a_line_from_the_right_are_read_in_their_order(
    seen: str, read_as: str, tmp_path: Path
) -> None:
    before, after = WORDS[:16], WORDS[17:]
    line = f"{after[::-1]} {seen} {before[::-1]}"
    assert markdown([line], tmp_path) == f"{before} {read_as} {after}"


def test_a_name_in_latin_letters_is_a_word_of_its_own_where_no_space_shows(tmp_path: Path) -> None:
    line = f"{WORDS[17:][::-1]}NAME {WORDS[:16][::-1]}"
    assert markdown([line], tmp_path) == f"{WORDS[:16]} NAME {WORDS[17:]}"


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        (WORDS[:4], ""),
        (WORDS[:16], ""),  # words of a name go on to the left
        (f"{WORDS[:4]} 2019 {WORDS[5:9]}", ""),
        (WORDS[:9], ", 2019"),  # what is at its edges does not
    ],
)
def test_a_name_within_a_line_from_the_left_is_read_from_the_right(name: str, rest: str, tmp_path: Path) -> None:
    shown = " ".join(word if word.isdecimal() else word[::-1] for word in reversed(name.split()))
    assert markdown([f"THE WORD OF {shown}{rest} AND ITS USE"], tmp_path) == f"THE WORD OF {name}{rest} AND ITS USE"


def test_a_number_in_brackets_belongs_to_the_name_on_its_right(tmp_path: Path) -> None:
    line = f"IN )2019( {WORDS[:4][::-1]} AND (2024) AS IT IS"
    assert markdown([line], tmp_path) == f"IN {WORDS[:4]} (2019) AND (2024) AS IT IS"


def test_a_line_runs_from_where_its_stop_is_not(tmp_path: Path) -> None:
    name = WORDS[5:19]
    lines = [f"A PORT ({name[::-1]}) AND ITS SHIPS.", f".IBM {name[::-1]} NEW YORK"]
    assert markdown(lines, tmp_path).split() == f"A PORT ({name}) AND ITS SHIPS. NEW YORK {name} IBM.".split()


def test_a_line_runs_as_those_do_with_which_it_is_flush(tmp_path: Path) -> None:
    first, second = WORDS[:4], WORDS[5:19]
    lines = ["ONE OF", "THE MANY", f"{first[::-1]} OR {second[::-1]}", "SHIPS THERE"]
    assert f"{first} OR {second}" in markdown(lines, tmp_path)


@pytest.mark.parametrize(("first", "last"), [("(", ")"), (")", "(")])  # as told, from the left
def test_brackets_open_before_they_close_however_they_are_told(first: str, last: str, tmp_path: Path) -> None:
    line = f"{first}{WORDS[17:][::-1]}{last} {WORDS[:16][::-1]}"
    assert markdown([line], tmp_path) == f"{WORDS[:16]} ({WORDS[17:]})"


SQUARE = "{0} {1} m {2} {1} l {2} {3} l {0} {3} l h S"
DISC = "{0} {4} m {0} {3} {2} {3} {2} {4} c {2} {1} {0} {1} {0} {4} c f"


@pytest.mark.parametrize(
    ("sign", "begins"),
    [(SQUARE, "- [ ] "), (SQUARE + " {0} {1} m {2} {3} l {0} {3} m {2} {1} l S", "- [x] "), (DISC, "- ")],
)
def test_what_is_drawn_on_the_right_begins_a_line_from_the_right(sign: str, begins: str, tmp_path: Path) -> None:
    lines = [WORDS[:16], f"{WORDS[5:]} NEW YORK", WORDS[:21]]
    shown = [line.rjust(40) for line in (WORDS[:16][::-1], f"NEW YORK {WORDS[5:][::-1]}", WORDS[:21][::-1])]
    left = 60 + 40 * 7.2 + 6
    feet = [251 - 17 * n for n in range(len(lines))]
    drawn = " ".join(sign.format(left, y, left + 6, y + 6, y + 3) for y in feet)
    read_as = markdown(shown, tmp_path, font="Other", drawn=drawn)
    assert read_as == "\n".join(f"{begins}{line}" for line in lines)


def test_a_number_in_arabic_figures_is_read_from_the_left_however_it_is_torn(tmp_path: Path) -> None:
    figures = {chr(0x41 + index): chr(0x6F0 + index) for index in range(10)}
    path = tmp_path / "page.pdf"
    pieces = "(J) Tj 1.2 0 Td 10 0 Td (B.F) Tj 1.2 0 Td 31 0 Td (A) Tj"
    path.write_bytes(mapped_pdf(f") Tj {pieces} (", {**figures, ".": "."}, font="Helvetica"))
    ((_, page),) = read(FileOnDisk(path=path), None, "text", PageOptions())
    assert isinstance(page, OCRPage)
    assert page.markdown == "۹۱.۵۰"

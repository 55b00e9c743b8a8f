from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage
from tests.documents import mapped_pdf


FIRST = "県は港の南に建てている新しい倉庫が来年の春に完成すると発表した。"
SECOND = "工事は夏に始まり、「台風」の影響で資材が遅れていた。"
CODES = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in "()\\0123456789ABab"]
Letter = tuple[float, float, float, str]
"""Left, top and size in points, and the letter, or several of a line across."""


def markdown(letters: Sequence[Letter], folder: Path) -> str:
    """Return what is read of a page with *letters*, in the order in which they are drawn."""
    said = "".join(said for *_, said in letters)
    told = dict(zip(dict.fromkeys(letter for letter in said if not letter.isascii()), CODES, strict=False))
    plain = {letter: letter for letter in said if letter.isascii()}
    codes = str.maketrans(told)
    shown = ") Tj (".join(
        f") Tj /F1 {size} Tf 1 0 0 1 {left} {300 - top - 0.88 * size} Tm ({said.translate(codes)}"
        for left, top, size, said in letters
    )
    path = folder / "page.pdf"
    said_by = {code: letter for letter, code in told.items()}
    path.write_bytes(mapped_pdf(shown, {**plain, **said_by}, font="Times-Roman"))
    ((_, page),) = read(FileOnDisk(path=path), None, "text", PageOptions())
    assert isinstance(page, OCRPage)
    return page.markdown


def column(text: str, left: float, top: float = 40, size: float = 10) -> Iterator[Letter]:
    return ((left, top + size * index, size, letter) for index, letter in enumerate(text))


def columns(text: str, right: float, top: float = 40, length: int = 10, pitch: float = 16) -> Iterator[Letter]:
    """*text* in columns from the right, the first one set in by a letter."""
    text = "\u3000" + text
    for number, start in enumerate(range(0, len(text), length)):
        yield from (
            letter
            for letter in column(text[start : start + length], right - pitch * number, top)
            if letter[3] != "\u3000"
        )


def test_columns_are_read_from_the_top_down_and_from_the_right(tmp_path: Path) -> None:
    page = [*columns(FIRST, 300), *columns(SECOND, 236)]
    assert markdown(page, tmp_path) == f"{FIRST}\n\n{SECOND}"


def test_columns_that_stand_close_are_told_apart(tmp_path: Path) -> None:
    page = [*columns(FIRST, 300, pitch=13), *columns(SECOND, 248, pitch=13)]
    assert markdown(page, tmp_path) == f"{FIRST}\n\n{SECOND}"


def test_rows_of_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = [*columns(FIRST, 300, top=20), *columns(SECOND, 300, top=150)]
    assert markdown(page, tmp_path) == f"{FIRST}\n\n{SECOND}"


def test_a_headline_across_stands_above_the_columns_below_it(tmp_path: Path) -> None:
    page = [*columns(FIRST, 300, top=50), *columns(SECOND, 236, top=50), (180, 10, 20, "新しい倉庫")]
    assert markdown(page, tmp_path) == f"# 新しい倉庫\n\n{FIRST}\n\n{SECOND}"


def test_two_digits_side_by_side_have_the_place_of_one_letter(tmp_path: Path) -> None:
    page = list(columns(FIRST.replace("来", "1"), 300))
    place = next(index for index, letter in enumerate(page) if letter[3] == "1")
    left, top, size, _ = page[place]
    page[place : place + 1] = [(left - 1, top, size, "1"), (left + 5, top, size, "2")]
    assert markdown(page, tmp_path) == FIRST.replace("来", "12")


def test_small_letters_beside_others_follow_them_in_brackets(tmp_path: Path) -> None:
    page = list(columns(FIRST, 300))
    left, top, size, _ = page[2]  # the harbour
    page.extend(column("みなと", left + size, top - 2, size / 2))
    assert markdown(page, tmp_path) == FIRST.replace("港", "港（みなと）")


def test_forms_of_marks_for_columns_are_written_as_others_are(tmp_path: Path) -> None:
    said = SECOND.translate(str.maketrans("、。「」", "︑︒﹁﹂"))
    assert markdown(list(columns(said, 300)), tmp_path) == SECOND


@pytest.mark.parametrize("apart", [4, 12])
def test_letters_set_apart_in_lines_across_are_no_columns(apart: float, tmp_path: Path) -> None:
    lines = [FIRST[start : start + 12] for start in range(0, len(FIRST) - 1, 12)]
    page = [
        (20 + (10 + apart) * place, 40 + 17 * number, 10, letter)
        for number, line in enumerate(lines)
        for place, letter in enumerate(line)
    ]
    assert "".join(markdown(page, tmp_path).replace("|", "").split()).startswith(FIRST[:6])

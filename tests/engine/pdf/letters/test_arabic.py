from __future__ import annotations

import pypdfium2
import pytest

from ocr_async.engine.page import Sheet
from ocr_async.engine.pdf.letters.arabic import mended, needs_mending
from tests.documents import mapped_pdf

from ..told import sheet_of


LAM, ALEF, KHAH = "\u0644", "\u0627", "\u062e"
SHAPES = {"C": LAM, "A": LAM + ALEF, "B": KHAH, "D": ALEF, "E": " "}
"""What each letter of the Latin font below stands for; ``A`` is the ligature."""


def arabic(shapes: str) -> tuple[Sheet, pypdfium2.PdfPage]:
    """A page that shows *shapes* from left to right, as Arabic is drawn."""
    data = mapped_pdf(shapes, SHAPES)
    sheet = sheet_of(data)
    return sheet, pypdfium2.PdfDocument(data)[0]


@pytest.mark.parametrize(
    ("shapes", "word"),
    [
        ("CAB", KHAH + LAM + ALEF + LAM),  # one shape for lam and alef
        ("CDB", KHAH + ALEF + LAM),  # an alef and a lam of their own
    ],
)
def test_a_ligature_is_put_in_order_and_two_letters_are_left(shapes: str, word: str) -> None:
    sheet, page = arabic(shapes)
    (line,) = mended(sheet, page.get_textpage()).lines
    assert line.text == word
    assert [each.text for each in line.words] == [word]


def test_only_pages_with_such_a_pair_are_looked_at() -> None:
    assert needs_mending(arabic("CDB")[0])
    assert not needs_mending(arabic("BC")[0])


def test_marks_of_direction_in_words_are_left_out() -> None:
    data = mapped_pdf("BAC", {**SHAPES, "A": ALEF + "\u202c"})
    sheet = sheet_of(data)
    assert sorted("".join(line.text for line in sheet.lines)) == [ALEF, KHAH, LAM]

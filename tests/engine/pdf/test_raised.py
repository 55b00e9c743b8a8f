from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ocr_async import ocr
from ocr_async.engine.pdf.lines import lines

from ...documents import typeset_pdf
from .told import bare


def item(*words: tuple[str, float, float, float], text: str | None = None) -> SimpleNamespace:
    """What the parser reports: words with left, top and height; letters are as wide as half of that."""
    made = [
        SimpleNamespace(text=said, x=x, y=y, width=len(said) * height / 2, height=height)
        for said, x, y, height in words
    ]
    top, bottom = min(word.y for word in made), max(word.y + word.height for word in made)
    return SimpleNamespace(
        text=text or " ".join(word.text for word in made),
        words=made,
        x=made[0].x,
        y=top,
        width=made[-1].x + made[-1].width - made[0].x,
        height=bottom - top,
        rotation=0.0,
        font_height=10.0,
        font_name="Helvetica",
        font_weight=400,
        mcid=None,
        fill_color="ff000000",
    )


def test_a_raised_mark_is_no_digit_of_the_number_before_it() -> None:
    (line,) = lines([item(("24.91", 300, 120, 10), ("2", 325.5, 119.8, 6), text="24.912")], bare())
    assert line.text == "24.91²"


def test_a_raised_mark_belongs_to_the_word_before_it() -> None:
    words = ("the", 60, 120, 10), ("period", 80, 120, 10), ("1", 110.5, 119.8, 6), ("was", 118, 120, 10)
    (line,) = lines([item(*words)], bare())
    assert line.text == "the period¹ was"


def test_digits_on_the_line_stay_as_they_are() -> None:
    (line,) = lines([item(("chapter", 60, 120, 10), ("2", 100, 120, 10), ("ends", 110, 120, 10))], bare())
    assert line.text == "chapter 2 ends"


def test_an_index_below_the_line_is_not_raised() -> None:
    (line,) = lines([item(("H", 60, 120, 10), ("2", 65.2, 125, 6), ("O", 68.5, 120, 10), text="H2O")], bare())
    assert "²" not in line.text


@pytest.mark.parametrize("before", ["Python", "log(y),", "GraphQL", "größt", "žluťoučký"])
def test_a_digit_behind_letters_that_reach_below_the_line_stands_on_it(before: str) -> None:
    (line,) = lines([item((before, 60, 120, 10.5), ("3", 60 + 5.25 * len(before) + 2.5, 120.2, 7.9))], bare())
    assert line.text == f"{before} 3"
    (line,) = lines([item((before, 60, 120, 10.5), ("3", 60 + 5.25 * len(before) + 0.5, 119.5, 5.5))], bare())
    assert line.text == f"{before}³"


def test_the_mark_of_a_note_is_no_part_of_its_first_word(tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    note = [("Times-Roman", 6.0, "5"), ("Times-Roman", 8.0, "Formerly both could make the format file for it.")]
    sure = [("Times-Roman", 8.0, "3D views and 24hour clocks are shown to those who ask.")]
    path.write_bytes(typeset_pdf([(72, 200, note), (72, 100, sure)], page=b"/MediaBox [0 0 400 300]"))
    read = ocr(path, model="local/text").pages[0].markdown
    assert "⁵ Formerly both" in read
    assert "3D views and 24hour" in read


def test_the_first_line_of_a_note_is_as_large_as_its_others(tmp_path: Path) -> None:
    """The parser tells of it the font and the size of the mark."""
    path = tmp_path / "note.pdf"
    text = [(72, 260 - 12 * row, [("Times-Roman", 10.0, "The harbour froze and was shut.")]) for row in range(4)]
    first = [("Helvetica", 6.0, "5"), ("Times-Roman", 8.0, "Formerly both could make the format file")]
    then = [("Times-Roman", 8.0, "for it.")]
    path.write_bytes(typeset_pdf([*text, (82, 60, first), (72, 50, then)], page=b"/MediaBox [0 0 400 300]"))
    read = ocr(path, model="local/text").pages[0].markdown
    assert "⁵ Formerly both could make the format file for it." in read


def test_a_line_in_small_capitals_is_as_large_as_its_first_letter() -> None:
    first, rest = item(("T", 60, 120, 10)), item(("HE", 65.2, 122.8, 7), ("WINTER", 74, 122.8, 7))
    rest.font_height = 7.0
    (line,) = lines([first, rest], bare())
    assert (line.text, line.size) == ("THE WINTER", 10.0)

from __future__ import annotations

from ocr_async.engine.layout import read
from ocr_async.engine.page import Box, Line, Region, Ruling, Sheet

from .sheets import SENTENCE, column, line


def texts(count: int) -> list[str]:
    return [f"{number} {SENTENCE[:39]}".lower() for number in range(count)]


NOTE = ["* Corresponding author at the university of", "an example, who answers by return of post."]


def regions(foot: list[Line], *rulings: Ruling) -> list[Region]:
    """A page of two columns with *foot* below the left one."""
    left, right = column(texts(20), 50, 400), column(texts(25), 320, 400)
    return list(read(Sheet(width=600, height=800, lines=(*left, *foot, *right), rulings=rulings)))


def test_a_footnote_of_the_first_column_comes_after_the_second() -> None:
    for mark in ("*", "†", "1"):
        note = [NOTE[0].replace("*", mark), NOTE[1]]
        found = regions(column(note, 50, 680, size=8))
        assert [region.type for region in found] == ["text", "text", "footnote"]
        assert found[-1].text == " ".join(note)


def test_a_short_ruling_tells_a_footnote_without_a_mark() -> None:
    plain = ["The author answers letters by return of", NOTE[1]]
    foot = column(plain, 50, 680, size=8)
    ruling = Ruling(Box(50, 670, 110, 671))
    assert [region.type for region in regions(foot)] == ["text", "text", "text"]
    assert [region.type for region in regions(foot, ruling)] == ["text", "text", "footnote"]


def test_small_print_with_more_text_below_it_is_no_footnote() -> None:
    foot = [*column(NOTE, 50, 680, size=8), *column(texts(2), 50, 720)]
    assert "footnote" not in [region.type for region in regions(foot)]


def test_what_stands_under_references_is_called_so_until_the_next_heading() -> None:
    lines = [
        line("References", 50, 100, size=14, bold=True),
        *column(["[1] A. Author, A title of some length, 2019.", "[2] B. Author, Another title, 2020."], 50, 130),
        line("Appendix", 50, 190, size=14, bold=True),
        *column(texts(4), 50, 220),
    ]
    found = read(Sheet(width=600, height=800, lines=tuple(lines)))
    assert [region.type for region in found] == ["title", "references", "title", "text"]

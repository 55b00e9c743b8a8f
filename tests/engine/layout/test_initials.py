from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.initials import with_initials
from ocr_async.engine.page import Box, Line, Word, union

from .sheets import SENTENCE, column, line, sheet


def with_letter(letter: str, other: Line, top: float) -> Line:
    """*Other* as a parser joins it with an initial of three lines left of it."""
    word = Word(letter, Box(other.box.left - 24, top, other.box.left - 2, top + 36))
    return evolve(other, text=f"{letter} {other.text}", box=union([word.box, other.box]), words=(word, *other.words))


def beside(first: str) -> list[Line]:
    """The lines of a paragraph, three of which make room for an initial."""
    return [*column([first, SENTENCE[:-5], SENTENCE[:-5]], 74, 104), *column([SENTENCE] * 3, 50, 140)]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_initial_is_the_first_letter_of_the_line_at_its_top_whichever_it_was_joined_with(place: int) -> None:
    lines = beside("alley and pillar, garden and bridge")
    lines[place] = with_letter("V", lines[place], 102)
    found = sorted(with_initials(lines), key=lambda each: each.box.top)
    assert [each.text for each in found[:3]] == ["Valley and pillar, garden and bridge", SENTENCE[:-5], SENTENCE[:-5]]


@pytest.mark.parametrize(("letter", "rest"), [("W", "ater runs"), ("“W", "ater runs"), ("A", "CROSS the river")])
def test_an_initial_that_is_a_line_of_its_own_is_part_of_the_word_beside_it(letter: str, rest: str) -> None:
    page = sheet(
        [line(letter, 74 - 18 * len(letter), 100, size=36), *beside(f"{rest} {SENTENCE}"[: len(SENTENCE) - 5])]
    )
    assert layout.read(page)[0].text.startswith(letter + rest)


@pytest.mark.parametrize(("letter", "rest"), [("A", "river runs"), ("B", "River runs")])
def test_a_large_letter_that_may_be_a_word_stays_one(letter: str, rest: str) -> None:
    assert with_initials([line(letter, 54, 100, size=36), *beside(rest)])[0].text == letter

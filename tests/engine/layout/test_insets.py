"""What stands in the middle of a page, and two columns that run around it."""

from __future__ import annotations

import pytest

from ocr_async.engine.layout.columns.beside import Piece, pieces_of
from ocr_async.engine.layout.columns.order import columns
from ocr_async.engine.page import Box, Line, Region

from .sheets import column, line


WIDE = "and {}{} of the brown fox that jumps over the dog"
SHORT = "and {}{} of the brown fox that ru"
PICTURE = Region(type="image", box=Box(232, 136, 368, 250))
QUOTED = ["they said that it", "was brown, the fox"]


def beside(side: str, numbers: range, wide: range, left: float, moved: float) -> list[Line]:
    """Lines of a column from y = 100 on; those not in *wide* are shorter, and begin *moved* points further right."""
    return [
        line((WIDE if number in wide else SHORT).format(side, number % 10), left + (0 if number in wide else moved),
             100 + 12 * (number - numbers[0]))
        for number in numbers
    ]  # fmt: skip


def read(pieces: list[Piece]) -> list[str]:
    """The first letters of what is read, one after the other."""
    sections = columns(pieces, 10.0)
    ordered = [piece for section in sections for piece in sorted(section, key=lambda piece: piece.top)]
    return [piece.thing.text[4] if isinstance(piece.thing, Line) else "picture" for piece in ordered]


def page(wide: range) -> list[Line]:
    numbers = range(10, 35)
    return [*beside("a", numbers, wide, 50, 0.0), *beside("b", numbers, wide, 308, 65.0)]


@pytest.mark.parametrize("below", [range(0), range(23, 35)], ids=["to the end", "on below it"])
def test_columns_go_on_around_a_picture(below: range) -> None:
    wide = range(10, 13) if not below else range(23, 35)
    assert read(pieces_of(page(wide), [PICTURE])) == ["a"] * 25 + ["b"] * 25 + ["picture"]


def test_columns_go_on_around_a_picture_and_what_is_said_of_it() -> None:
    lines = [*page(range(26, 35)), line("see a brown fox", 262, 254)]
    assert read(pieces_of(lines, [PICTURE])) == ["a"] * 25 + ["b"] * 25 + ["picture", "a"]


def test_columns_go_on_around_a_quotation() -> None:
    lines = [*page(range(26, 35)), *column(QUOTED, 254, 190)]
    assert read(pieces_of(lines, [])) == ["a"] * 25 + ["b"] * 25 + [QUOTED[0][4], QUOTED[1][4]]


def test_what_no_line_makes_room_for_divides_the_columns() -> None:
    """Nothing stands beside the picture."""
    lines = [each for each in page(range(10, 35)) if not 124 < each.box.top < 252]
    first, last = 3, 12
    assert read(pieces_of(lines, [PICTURE])) == [
        *["a"] * first, *["b"] * first, "picture", *["a"] * last, *["b"] * last
    ]  # fmt: skip

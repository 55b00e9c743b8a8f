"""Narrow justified columns on scans, of whose lines detection has torn some into words."""

from __future__ import annotations

from collections.abc import Sequence

from ocr_async.engine import layout
from ocr_async.engine.layout.columns.torn import mended
from ocr_async.engine.page import Line

from .sheets import level, line, sheet


WHOLE = ["the field of the village", "that a quick brown foxes", "and within the old house"]
TORN = [("Cotton", "summer"), ("was", "railway", "then"), ("rowan", "of", "later")]
WIDTH = 120  # pixels: 24 letters


def spread(texts: Sequence[str], left: float, top: float) -> list[Line]:
    """Pieces of one line as wide as the column, equally far apart."""
    letters = sum(len(text.replace(" ", "")) for text in texts) * 5.0
    count = sum(text.count(" ") for text in texts)
    gap = (WIDTH - letters - 5.0 * count) / (len(texts) - 1)
    out = []
    for text in texts:
        out.append(line(text, left, top, font=None))
        left = out[-1].box.right + gap
    return out


def column(left: float, *, torn: Sequence[int] = (1,)) -> list[Line]:
    """Nine lines of text, those of each three torn whose numbers are in *torn*."""
    out: list[Line] = []
    for number in range(9):
        y = 100.0 + 12 * number
        part = number % 3
        out += spread(TORN[number // 3], left, y) if part in torn else [line(WHOLE[part], left, y, font=None)]
    return out


def test_pieces_that_fill_a_column_are_one_line() -> None:
    found = [each.text for each in mended(column(50))]
    assert found[1:8:3] == ["Cotton summer", "was railway then", "rowan of later"]
    assert len(found) == 9


def test_a_piece_that_does_not_reach_the_edge_stays_as_it_is() -> None:
    lines = [*column(50)[:2], line("short", 50, 112, font=None), *column(50)[3:]]
    assert "Cotton short" not in [each.text for each in mended(lines)]


def test_cells_of_one_row_are_not_joined() -> None:
    cells = [line(text, left, 100 + 14 * row, font=None)
             for row in range(8) for text, left in (("Berlin", 50), ("Hamburg", 110), ("12.5", 170))]  # fmt: skip
    assert mended(cells) == cells


def test_torn_columns_between_rules_are_no_table() -> None:
    lines = [each for left in (50, 200, 350) for each in column(left, torn=(1, 2))]
    found = layout.read(sheet(lines, source="ocr", rulings=(level(50, 470, 90), level(50, 470, 220))))
    assert [region.type for region in found] == ["text"] * len(found)
    assert " ".join(region.text for region in found).startswith("the field of the village Cotton summer Cotton summer")

"""Goods of a catalogue: rows of pictures with a few lines below each."""

from __future__ import annotations

from ocr_async.engine.layout.columns.beside import pieces_of
from ocr_async.engine.layout.columns.order import columns
from ocr_async.engine.page import Box, Line, Region

from .sheets import column, line


TOLD = [
    "a{} of silver, made by hand",
    "for those who walk in the",
    "evening under the old trees",
    "No. 17, in every town",
]


def page(lower: float = 200.0, *, across: bool = False) -> list[str]:
    """Four goods in two rows, the lower row's right picture at *lower*; their names as they are read."""
    pictures: list[Region] = []
    lines: list[Line] = []
    for name, (left, top) in enumerate([(50, 50.0), (320, 50.0), (50, 200.0), (320, lower)]):
        pictures.append(Region(type="image", box=Box(left, top, left + 200, top + 60)))
        lines += [line(text.format(name), left, top + 70 + 12 * row) for row, text in enumerate(TOLD)]
    if across:  # the left column goes on beside the lower pictures' upper edge
        lines.append(line("a line", 50, 188, size=20))
    sections = columns(pieces_of(lines, pictures), 10.0)
    return [
        piece.thing.text[1]
        for section in sections
        for piece in sorted(section, key=lambda piece: piece.top)
        if isinstance(piece.thing, Line) and piece.thing.text[1].isdigit()
    ]


def test_goods_are_read_row_by_row() -> None:
    assert page() == ["0", "1", "2", "3"]


def test_pictures_on_unlike_levels_stand_in_columns() -> None:
    assert page(lower=215) == ["0", "2", "1", "3"]


def test_text_beside_where_a_row_begins_goes_on_in_its_column() -> None:
    assert page(across=True) == ["0", "2", "1", "3"]


def cards(*, ends: bool = True) -> list[str]:
    """Six goods in two rows whose pictures were not seen; their names as they are read."""
    lines: list[Line] = []
    for number in range(6):
        left, top = 50 + 180 * (number % 3), 100 + 120 * (number // 3)
        told = [
            f"{number} spoons of silver",
            *["made by hand for all who walk"] * 4,
            "in the rain." if ends else "in the",
        ]
        lines += column(told, left, top)
    sections = columns(pieces_of(lines, []), 10.0)
    return [
        piece.thing.text[0]
        for section in sections
        for piece in sorted(section, key=lambda piece: (round(piece.top), piece.left))
        if isinstance(piece.thing, Line) and piece.thing.text[:1].isdigit()
    ]


def test_rows_of_goods_are_told_without_their_pictures() -> None:
    assert cards() == list("012345")


def test_columns_that_go_on_below_a_strip_are_no_rows_of_goods() -> None:
    assert cards(ends=False) == list("031425")

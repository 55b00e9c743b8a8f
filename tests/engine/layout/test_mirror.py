from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.page import Box, Line, Region

from .sheets import cells, column, frame, line, sheet


HEBREW = str.maketrans({chr(ord("a") + number): chr(0x5D0 + number) for number in range(26)})
TEXT = "the ferry leaves at nine and comes"
WIDTH = 600.0


def mirrored(box: Box) -> Box:
    return Box(WIDTH - box.right, box.top, WIDTH - box.left, box.bottom)


def from_right(lines: list[Line]) -> list[Line]:
    """The *lines* in Hebrew letters, as they stand on a page whose script runs from the right."""
    return [
        evolve(
            each,
            text=each.text.lower().translate(HEBREW),
            box=mirrored(each.box),
            words=tuple(
                evolve(word, text=word.text.lower().translate(HEBREW), box=mirrored(word.box)) for word in each.words
            ),
        )
        for each in lines
    ]


def read(lines: list[Line], **drawn: object) -> list[Region]:
    return list(layout.read(sheet(from_right(lines), **drawn)))


def said(text: str) -> str:
    return text.lower().translate(HEBREW)


def test_a_headline_over_the_right_columns_alone_divides_all_of_them() -> None:
    above = [*column([TEXT] * 6, 50, 100), *column([TEXT] * 6, 320, 100)]
    head = line("a new bridge", 50, 190, size=16, bold=True)
    first, second = column(["first " + TEXT] * 6, 50, 215), column(["second " + TEXT] * 6, 320, 215)
    regions = read([*above, head, *first, *second])
    assert [region.text.split()[0] for region in regions[-3:]] == [said("a"), said("first"), said("second")]


def test_the_first_column_of_a_table_is_the_rightmost() -> None:
    [table] = read(cells([["name", "sort", "price"], *[["bread", "white", "7"]] * 4], [50, 200, 400], 100))
    assert [cell.text for cell in table.cells[:3]] == [said("name"), said("sort"), said("price")]
    assert [cell.box.left > 400 for cell in table.cells[:3] if cell.box is not None] == [True, False, False]


@pytest.mark.parametrize("left", [50.0, 320.0])
def test_what_is_read_stands_where_it_stood(left: float) -> None:
    lines = from_right(column([TEXT] * 6, left, 100))
    [region] = layout.read(sheet(lines))
    assert region.lines == tuple(lines)


def test_frames_side_by_side_are_read_from_the_right() -> None:
    rulings = [*frame(40, 90, 290, 200), *frame(310, 90, 560, 200)]
    lines = [*column(["one " + TEXT] * 6, 50, 100), *column(["two " + TEXT] * 6, 320, 100)]
    shown = tuple(evolve(each, box=mirrored(each.box)) for each in rulings)
    assert [region.text.split()[0] for region in read(lines, rulings=shown)] == [said("one"), said("two")]


def test_an_indent_begins_a_paragraph() -> None:
    lines = column([TEXT + " back"] * 8, 50, 100)
    lines[3:5] = [line(TEXT + " now.", 50, lines[3].box.top), line("so " + TEXT, 65, lines[4].box.top)]
    assert [len(region.lines) for region in read(lines)] == [4, 4]

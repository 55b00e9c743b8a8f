from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.columns.justified import whole
from ocr_async.engine.layout.line_breaks import kept
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


def test_the_first_column_of_a_table_is_the_rightmost_on_a_page_from_the_left_too() -> None:
    text = column([f"{TEXT} and {TEXT}"] * 12, 50, 300)
    rows = from_right(cells([["name", "sort", "price"], *[["bread", "white", "7"]] * 4], [50, 200, 400], 100))
    tables = [region for region in layout.read(sheet([*text, *rows])) if region.type == "table"]
    assert [[cell.text for cell in table.cells[:3]] for table in tables] == [
        [said("name"), said("sort"), said("price")]
    ]


def test_a_glossary_begins_with_the_words_that_run_from_the_left() -> None:
    text = column([f"{TEXT} and {TEXT}"] * 12, 50, 300)
    words = cells([["Bread", "a", "7"], ["Salt", "b", "8"], ["Oil", "c", "9"], ["Tea", "d", "6"]], [50, 200, 400], 100)
    rows = [evolve(each, text=each.text.translate(HEBREW) * 9) if len(each.text) == 1 else each for each in words]
    [table] = [region for region in layout.read(sheet([*text, *rows])) if region.type == "table"]
    assert [cell.text for cell in table.cells if cell.column == 0] == ["Bread", "Salt", "Oil", "Tea"]


def test_words_of_a_justified_line_are_one_line_in_a_script_without_capitals() -> None:
    lines = [evolve(each, text=said(each.text)) for each in column([TEXT] * 4, 50, 100)]
    words, left = [said(word) for word in ("then", "they", "all", "come", "here")], 50.0
    for word in words:
        lines.append(line(word, left, 148))
        left += lines[-1].box.width + (lines[0].box.width - 5.0 * sum(map(len, words))) / (len(words) - 1)
    assert [each.text for each in whole(lines)[4:]] == [" ".join(words)]


def test_names_with_their_prices_keep_their_lines() -> None:
    names = [said(name) for name in ("black tea 2.50", "white bread and salt 13.00", "oil 7.25", "a wool coat 40.00")]
    assert kept(column(names, 50, 100)).split("\n") == names

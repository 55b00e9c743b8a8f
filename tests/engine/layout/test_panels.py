"""What is framed, or stands on a ground, beside something else."""

from __future__ import annotations

import pytest

from ocr_async.engine.layout.columns.beside import pieces_of
from ocr_async.engine.layout.columns.order import columns
from ocr_async.engine.layout.columns.panels import panels
from ocr_async.engine.layout.reader import read
from ocr_async.engine.page import Box, Line, Ruling, union

from .sheets import SENTENCE, cells, column, frame, level, line, sheet, upright


KINDS = pytest.mark.parametrize("kind", ["framed", "tinted", "both"])


def order(lines: list[Line], rulings: list[Ruling], kind: str = "framed") -> list[str]:
    """The first words of *lines* as they are read, with the frames of *rulings*, or grounds in place of those."""
    edges = [each.box for each in rulings]
    grounds = [union(edges[place : place + 4]) for place in range(0, len(edges), 4)] if kind != "framed" else []
    shown = rulings if kind != "tinted" else []
    sections = columns(pieces_of(lines, []), 10.0, rulings=shown, grounds=grounds)
    ordered = [piece for section in sections for piece in sorted(section, key=lambda piece: piece.top)]
    return [piece.thing.text.split()[0] for piece in ordered]


def strip(names: list[str], *, lower: float = 250.0) -> tuple[list[Line], list[Ruling]]:
    """Four framed pictures in two rows, in each of which two people speak."""
    lines: list[Line] = [line("A story in pictures", 200, 50, size=16)]
    rulings: list[Ruling] = []
    for name, (left, top) in zip(names, [(50.0, 100.0), (310.0, 100.0), (50.0, 250.0), (310.0, lower)], strict=True):
        rulings += frame(left, top, left + 240, top + 140)
        lines += column([f"{name} said", "the one"], left + 20, top + 20)
        lines += column(["and so", "the other"], left + 130, top + 100)
    return lines, rulings


@KINDS
def test_pictures_of_a_strip_are_read_row_by_row_each_to_its_end(kind: str) -> None:
    told = [word for word in order(*strip(["1", "2", "3", "4"]), kind) if word.isdigit()]
    assert told == ["1", "2", "3", "4"]
    assert order(*strip(["1", "2", "3", "4"]), kind)[1:6] == ["1", "the", "and", "the", "2"]


@KINDS
def test_panels_that_are_numbered_down_are_read_so(kind: str) -> None:
    assert [word for word in order(*strip(["1", "3", "2", "4"]), kind) if word.isdigit()] == ["1", "2", "3", "4"]


def test_boxes_of_a_slide_are_read_each_behind_the_title_on_its_bar() -> None:
    lines: list[Line] = [line("What is to be said of it", 50, 40, size=16)]
    edges: list[Ruling] = [level(0, 600, 30), level(0, 600, 65), level(0, 600, 380)]
    for name, left in (("a", 50), ("b", 320)):
        lines += [line(name, left + 10, 102), *column([f"{name} {SENTENCE[:30]}"] * 6, left + 20, 124)]
        edges += [*frame(left, 100, left + 220, 210), level(left, left + 220, 118), upright(left + 224, 104, 214)]
    grounds = (Box(50, 118, 270, 210), Box(320, 118, 540, 210))
    regions = read(sheet(lines, rulings=tuple(edges), panels=grounds))
    assert [region.type for region in regions if region.type == "table"] == []
    assert [region.text[0] for region in regions[1:]] == sorted(region.text[0] for region in regions[1:])


def test_nobody_speaks_in_a_table() -> None:
    assert not [
        region for region in read(sheet(strip(list("abcd"))[0], rulings=tuple(strip(list("abcd"))[1]))) if region.cells
    ]


def beside() -> list[Line]:
    """Running text in two columns under one heading, right of a box with dates and numbers."""
    box = [line("box", 60, 110), *column(["one 7", "two 9", "three 12"], 60, 130)]
    head = line("heading over both columns", 200, 110, size=15)
    texts = [f"{side}{number} and the quick brown fox jumps" for side in "lr" for number in range(12)]
    return [*box, head, *column(texts[:12], 200, 140), *column(texts[12:], 400, 140)]


@KINDS
def test_a_box_at_the_side_is_no_part_of_the_columns_beside_it(kind: str) -> None:
    told = order(beside(), frame(50, 100, 180, 300), kind)
    assert told[:5] == ["box", "one", "two", "three", "heading"]
    assert told[5:] == [f"{side}{number}" for side in "lr" for number in range(12)]


@pytest.mark.parametrize("name", ["shaded", "plain"])
def test_a_shaded_column_of_a_table_stays_in_it(name: str) -> None:
    lines = [
        *column([f"town {number}" for number in range(8)], 60, 100),
        *column([f"{number}1.5" for number in range(8)], 260, 100),
        *column([f"{number}2.5" for number in range(8)], 400, 100),
    ]
    rulings = frame(250, 95, 330, 200) if name == "shaded" else []
    assert [len(region.cells) for region in read(sheet(lines, rulings=tuple(rulings)))] == [24]


@KINDS
def test_a_frame_around_all_of_a_page_changes_nothing(kind: str) -> None:
    lines = [*column([SENTENCE] * 10, 40, 100), *column([SENTENCE] * 10, 320, 100)]
    assert order(lines, frame(30, 90, 590, 300), kind) == order(lines, [])


def test_rules_between_columns_are_no_frame() -> None:
    """Four columns with rules beside the two in the middle, all between rules across the page: one of a newspaper."""
    texts = [[f"{name}{number} and the quick brown fox" for number in range(9)] for name in "abcd"]
    lines = [each for place, text in enumerate(texts) for each in column(text, 50 + 150 * place, 100)]
    rules = [level(50, 640, 95), level(50, 640, 220), upright(193, 95, 220), upright(493, 95, 220)]
    pieces = pieces_of(lines, [])
    assert panels(pieces, rules, [], 10.0)[0] == pieces
    assert len(panels(pieces, frame(193, 95, 493, 220), [], 10.0)[0]) == 19


def cards(round_by: float) -> tuple[list[Line], list[Ruling]]:
    """Two columns of text above two cards side by side, whose corners are *round_by*."""
    told = [f"{side}{number} and the quick brown fox jumps over the lazy" for side in "lr" for number in range(8)]
    lines = [*column(told[:8], 50, 100), *column(told[8:], 320, 100)]
    rulings: list[Ruling] = []
    for left in (45.0, 315.0):
        rulings += [level(left + round_by, left + 250 - round_by, y) for y in (220, 300)]
        rulings += [upright(x, 220 + round_by, 300 - round_by) for x in (left, left + 250)]
        lines += column([f"card{left:.0f}", *["the quick brown fox jumps over the lazy dog"] * 3], left + 10, 230)
    return lines, rulings


@KINDS
@pytest.mark.parametrize("round_by", [0.0, 7.0])
def test_cards_below_columns_are_read_after_them(round_by: float, kind: str) -> None:
    told = [word for word in order(*cards(round_by), kind) if word != "the"]
    assert told == [*(f"{side}{number}" for side in "lr" for number in range(8)), "card45", "card315"]


def test_a_box_across_the_page_has_columns_of_its_own() -> None:
    """The page has three columns, and the box, with nothing beside it, two; nothing in it is a table."""
    texts = [[f"{name}{number} and the quick brown fox" for number in range(9)] for name in "abc"]
    lines = [each for place, text in enumerate(texts) for each in column(text, 50 + 180 * place, 100)]
    inside = [f"{name}{number} and the quick brown fox jumps over" for name in "de" for number in range(4)]
    lines += [*column(inside[:4], 60, 240), *column(inside[4:], 320, 240)]
    rulings = frame(45, 230, 585, 295)
    told = " ".join(region.text for region in read(sheet(lines, rulings=tuple(rulings))))
    assert [word for word in told.split() if word[1:].isdigit()] == [
        f"{name}{number}" for name in "abcde" for number in range(4 if name in "de" else 9)
    ]
    assert not any(region.cells for region in read(sheet(lines, rulings=tuple(rulings))))


@KINDS
def test_a_box_as_wide_as_the_columns_ends_them(kind: str) -> None:
    """Ideographs: a line of few is running text."""
    texts = [[f"{name}{number} 研究小组对三百六十名学生" for number in range(9)] for name in "abc"]
    lines = [each for place, text in enumerate(texts) for each in column(text, 50 + 200 * place, 100)]
    for place, name in enumerate("def"):
        lines += column([f"{name}{number} 春天的茶园里雾气还没有" for number in range(4)], 60 + 200 * place, 240)
    told = order(lines, frame(45, 230, 640, 295), kind)
    assert told == [f"{name}{number}" for name in "abcdef" for number in range(4 if name in "def" else 9)]


@KINDS
def test_a_caption_above_a_box_stays_in_its_column(kind: str) -> None:
    """The left column is longer than the right one, and its last line, set apart, is no heading of the box."""
    texts = [[f"{name}{number} and the quick brown fox jumps over" for number in range(9)] for name in "ab"]
    lines = [*column(texts[0], 50, 100), line("caption below a picture", 50, 240), *column(texts[1], 340, 100)]
    lines += column([f"c{number} and the quick brown fox jumps over the lazy dog" for number in range(4)], 60, 270)
    told = order(lines, frame(45, 260, 600, 325), kind)
    assert told == [*(f"a{n}" for n in range(9)), "caption", *(f"b{n}" for n in range(9)), *(f"c{n}" for n in range(4))]


@pytest.mark.parametrize("lower", [0.0, 3.5])
def test_a_column_of_a_table_on_a_ground_stays_in_it_though_all_of_it_stands_lower(lower: float) -> None:
    lines = [
        *column([f"town {number}" for number in range(6)], 60, 100),
        *column([f"{number}1 GB" for number in range(6)], 260, 100 + lower),
        *column([f"{number}2 GB" for number in range(6)], 400, 100),
    ]
    pieces = pieces_of(lines, [])
    assert panels(pieces, [], [Box(250, 90, 330, 185)], 10.0)[0] == pieces


@pytest.mark.parametrize("arrow", ["→", "➔"])
def test_boxes_that_arrows_lead_between_are_read_along_them(arrow: str) -> None:
    """Above two lists, whose gutter runs through the box in the middle."""
    steps = [
        ["Plan", "what is to be done first"],
        ["Build", "as it was planned before"],
        ["Check", "whether it holds at all"],
    ]
    boxes = [each for number in range(3) for each in frame(40 + 190 * number, 90, 180 + 190 * number, 150)]
    said = [each for number, step in enumerate(steps) for each in column(step, 50 + 190 * number, 100, pitch=18)]
    arrows = [line(arrow, 197, 115), line(arrow, 387, 115)]
    lists = [column([f"• {SENTENCE[row:][:30]}" for row in range(6)], left, 200, pitch=14) for left in (40, 310)]
    regions = read(sheet([*lists[1], *arrows, *said, *lists[0]], rulings=tuple(boxes)))
    names = ("Plan", arrow, "Build", arrow, "Check")
    assert tuple(word for region in regions for word in region.text.split() if word in names) == names
    assert not any(region.type == "list" and arrow in region.text for region in regions)


def first_words(lines: list[Line], boxes: list[Box]) -> list[str]:
    scan = [Line(each.text, each.box, 1.0, size=each.size) for each in lines]
    return [region.text.split()[0] for region in read(sheet(scan, source="ocr", panels=boxes)) if region.text]


def test_what_people_say_to_each_other_now_left_now_right_is_no_table() -> None:
    """A picture of a chat: each says one to three lines, and when stands below the last on the right."""
    lines: list[Line] = []
    boxes: list[Box] = []
    top = 60.0
    for number, count in enumerate((1, 2, 3, 1, 2, 1)):
        left = 40.0 if number % 2 == 0 else 160.0
        said = [f"said{number} are we still on for", "Thursday in the place on", "the road to the mill"][:count]
        lines += column(said, left + 8, top + 4)
        lines.append(line("09:12", left + 150, top + 12 * (count - 1) + 6, size=7))
        boxes.append(Box(left, top, left + 190, top + 12 * count + 8))
        top += 12 * count + 14
    told = [word for word in first_words(lines, boxes) if word != "09:12"]
    assert told == [f"said{number}" for number in range(6)]


def test_cards_below_each_other_are_not_joined() -> None:
    names = ["Write the copy", "Choose photographs", "Book a photographer", "Tell everybody"]
    lines = [line("To do", 60, 50), *column(names, 66, 80, pitch=24)]
    boxes = [Box(60, 76 + 24 * number, 260, 96 + 24 * number) for number in range(4)]
    assert first_words(lines, boxes) == ["To", "Write", "Choose", "Book", "Tell"]


def test_a_list_whose_rows_stand_on_cards_stays_a_table() -> None:
    lines = []
    for row, (name, value) in enumerate(
        (("Network", "Home"), ("Battery", "84%"), ("Sound", "Off"), ("Update", "17.4"))
    ):
        lines += [line(name, 60, 80 + 20 * row), line(value, 300, 80 + 20 * row)]
    boxes = [Box(40, 74, 360, 116), Box(40, 116, 360, 158)]
    scan = [Line(each.text, each.box, 1.0, size=each.size) for each in lines]
    (table,) = read(sheet(scan, source="ocr", panels=boxes))
    assert len(table.cells) == 8


def test_the_panel_of_a_folded_leaflet_is_no_column_of_a_table_though_its_lines_are_level() -> None:
    rows = [
        (f"{text} of the harbour", name, hours)
        for text, name, hours in zip("abcdefgh", "ABCDEFGH", "89891019", strict=True)
    ]
    lines = [
        line(text, left, 100 + 14 * number)
        for number, row in enumerate(rows)
        for text, left in zip(row, (40, 250, 320), strict=True)
    ]
    assert order(lines, frame(200, 1, 400, 799), "tinted")[:8] == [*"abcdefgh"]
    assert order(lines, frame(200, 95, 400, 220), "tinted")[:8] != [*"abcdefgh"]


def test_a_head_of_two_lines_on_a_ground_of_its_own_stays_in_its_table() -> None:
    """As browsers draw the ground of each head."""
    heads = ["Pos", "Colour", "Delivery", "Price"]
    lefts = [50.0, 150.0, 250.0, 400.0]
    rows = [["10", "blue", "week 34", "109.13"], ["20", "grey", "week 48", "278.60"], ["30", "red", "week 9", "7.10"]]
    lines = [*cells([heads], lefts, 100), line("week", 250, 111), *cells(rows, lefts, 128)]
    sides = [
        each
        for left, right in zip(lefts, [*lefts[1:], 500.0], strict=True)
        for each in frame(left - 4, 97, right - 4, 124)
    ]
    (table,) = read(sheet(lines, rulings=tuple(sides)))
    assert [cell.text for cell in table.cells if cell.row == 0] == ["Pos", "Colour", "Delivery week", "Price"]


@KINDS
def test_a_panel_at_the_side_is_read_whole_beside_an_article_over_columns_of_its_own(kind: str) -> None:
    inside = column(["in this issue", "the harbour", "the ferry and its crew", "the market", "the school"] * 2, 60, 110)
    first = column([f"First {SENTENCE}"] * 4, 230, 112, pitch=13.0)
    left = column([f"Second {SENTENCE[:20]}"] * 5, 230, 180, pitch=13.0)
    right = column([f"Third {SENTENCE[:20]}"] * 5, 400, 180, pitch=13.0)
    told = order([*inside, *first, *left, *right], frame(50, 100, 210, 260), kind)
    assert told[-14:] == ["First"] * 4 + ["Second"] * 5 + ["Third"] * 5

from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.figures import charts, labels, with_bars
from ocr_async.engine.page import Box, Picture, Ruling

from .sheets import SENTENCE, column, level, line, sheet, upright


TEXT = column([SENTENCE] * 8, 50, 500)
CHART = Box(100, 100, 300, 250)
NUMBERS = [line(str(year), 110 + 50 * index, 253) for index, year in enumerate((2010, 2012, 2014))]
NAME = line("Year", 190, 266)


def test_the_names_of_axes_stand_beyond_their_numbers() -> None:
    found = labels(CHART, [*TEXT, *NUMBERS, NAME], 10.0)
    assert found is not None
    assert {each.text for each in found} == {"2010", "2012", "2014", "Year"}


@pytest.mark.parametrize(
    ("numbers", "axis"),
    [
        (["0,5", "1,0", "1,5"], True),
        (["2", "1", "0", "1", "2"], True),  # whose minus signs are lost
        (["1", "10", "100", "1000"], True),
        (["394,45 kr", "127,65 kr", "374,45 kr"], False),
        (["$2.50", "$2.50", "$2.50", "$2.50"], False),
    ],
)
def test_prices_below_pictures_side_by_side_are_no_axis(numbers: list[str], axis: bool) -> None:
    said = [line(number, 101 + 40 * place, 253) for place, number in enumerate(numbers)]
    found = labels(CHART, [*TEXT, *said], 10.0)
    assert found == (said if axis else [])


def test_a_listing_on_a_drawn_ground_stays_text() -> None:
    code = [line(f"gauge.read({number}, 'metres')", 110, 110 + 14 * number, mono=True) for number in range(8)]
    assert labels(CHART, [*TEXT, *code], 10.0) is None


def test_a_short_line_above_a_photograph_is_not_its_own() -> None:
    found = layout.read(sheet([*TEXT, line("Results", 100, 88)], pictures=(Picture(CHART),)))
    assert "Results" in [region.text for region in found]
    assert [region.lines for region in found if region.picture] == [()]


def test_a_badge_takes_its_lettering_and_not_the_words_beside_it() -> None:
    lettering = [line("Best", 150, 170), line("place", 150, 190), line("to work", 150, 252)]
    words = [line("Recognition", 100, 81), line("for our people", 306, 180)]
    found = labels(CHART, [*TEXT, *lettering, *words], 10.0)
    assert found == lettering


def test_a_frame_with_ticks_is_a_chart_and_a_table_is_none() -> None:
    frame = [level(100, 300, 100), level(100, 300, 250), upright(100, 100, 250), upright(300, 100, 250)]
    ticks = [upright(130 + 30 * number, 246, 250) for number in range(6)]
    (box,) = charts([*frame, *ticks], TEXT, 10.0)
    assert (round(box.left), round(box.bottom)) == (100, 250)
    fields = [level(100, 300, 150), level(100, 300, 200), upright(200, 100, 250)]
    assert charts([*frame, *fields], TEXT, 10.0) == []


def test_a_table_in_a_cell_of_another_makes_no_chart_of_it() -> None:
    outer = [*(level(100, 400, y) for y in (100, 150, 230, 280)), *(upright(x, 100, 280) for x in (100, 180, 320, 400))]
    inner = [*(level(190, 310, y) for y in (165, 190, 215)), *(upright(x, 165, 215) for x in (190, 250, 310))]
    cells = [line(sign, x, y) for x, sign in ((220, "5"), (280, "6")) for y in (172, 197)]
    assert charts([*outer, *inner], cells, 10.0) == []
    assert charts([*outer, *inner], TEXT[:0], 10.0)


@pytest.mark.parametrize("fields", [1, 2])
def test_a_card_with_fields_to_write_in_is_no_chart(fields: int) -> None:
    """As a browser prints a survey: a card around each question, and in it a field with the bar that moves its text."""
    card = [level(100, 500, 100), level(100, 500, 300), upright(100, 100, 300), upright(500, 100, 300)]
    for top in (140, 220)[:fields]:
        sides = [upright(x, top, top + 60) for x in (120, 470, 480)]
        card += [*sides, *(level(120, 480, y) for y in (top, top + 60))]
    assert charts(card, TEXT, 10.0) == []


def test_text_printed_over_a_picture_stays_text() -> None:
    # a decoration under an invoice's number and dates
    over = [line("Invoice no. 1/2024", 60, 110), line("Due: 3 May 2024", 60, 130)]
    page = sheet([*over, *column([SENTENCE] * 5, 50, 300)], pictures=(Picture(Box(50, 100, 250, 160)),))
    found = layout.read(page)
    assert [region.type for region in found if region.picture] == ["image"]
    assert all(any(each.text in region.text for region in found) for each in over)


@pytest.mark.parametrize("box", [Box(40, 0, 560, 160), Box(-5, 40, 420, 160)], ids=["top", "left"])
def test_text_on_a_drawing_that_reaches_the_edge_of_the_page_stays_text(box: Box) -> None:
    """The head of a first page: a band with a date, an address and the first line of the title on it."""
    head = [line("Issue 17", 60, 60), line("2 April 2024", 60, 80), line("www.example.org", 60, 100)]
    title = [line("What insurers pay", 60, 138, size=20), line("and what they do not", 60, 162, size=20)]
    page = sheet([*head, *title, *column([SENTENCE] * 12, 50, 300)], pictures=(Picture(box, certain=False),))
    text = " ".join(region.text for region in layout.read(page))
    assert all(each.text in text for each in (*head, *title))


def test_large_print_on_a_drawn_ground_is_a_title_and_no_label() -> None:
    lettering = [line("4 %", 130, 170), line("9 %", 190, 190)]
    found = labels(CHART, [*TEXT, *lettering, line("Results", 130, 110, size=24)], 10.0)
    assert found == lettering


def test_text_in_round_frames_is_no_lettering() -> None:
    said = [
        "IP or hostname of the oracle database",
        "perform this open on the active side",
        "Update the access to all files",
    ]
    lines = [line(text, 105, 105 + 12 * number) for number, text in enumerate([*said, *said])]
    assert labels(Box(60, 60, 500, 300), [*TEXT, *TEXT, *lines], 10.0) is None


def bars(*, turned: bool) -> list[Ruling]:
    strokes = [level(100, 300, y) for y in (150, 170, 190, 210)]
    for number, height in enumerate((40, 25, 55, 12)):
        left, top = 110 + 45 * number, 210 - height
        strokes += [level(left, left + 20, top), upright(left, top, 210), upright(left + 20, top, 210)]
    boxes = [each.box for each in strokes]
    return [Ruling(Box(box.top, box.left, box.bottom, box.right)) for box in boxes] if turned else strokes


@pytest.mark.parametrize("turned", [False, True])
def test_bars_on_rules_are_a_chart_and_no_table(turned: bool) -> None:
    values = [line(f"{value}.4", 112 + 45 * number, 212 - value) for number, value in enumerate((54, 39, 69, 26))]
    years = [line(str(year), 110 + 45 * number, 214) for number, year in enumerate(range(2001, 2005))]
    lettering = [] if turned else [*values, *years]
    regions = layout.read(sheet([*TEXT, *lettering], rulings=tuple(bars(turned=turned))))
    assert [region.type for region in regions].count("image") == 1
    assert "table" not in {region.type for region in regions}


def test_boxes_of_unlike_height_with_text_in_them_are_no_bars() -> None:
    texts = [line("12", 113 + 45 * number, 199) for number in range(4)]
    assert with_bars(bars(turned=False), texts, 10.0) == []


def test_what_people_in_a_drawing_say_is_no_lettering() -> None:
    """A sentence in a balloon, of two lines, and the name on a sign."""
    said = [line("Where does the old road", 110, 120), line("go from here?", 110, 133), line("他说桥还在。", 210, 200)]
    sign = line("Harbour", 130, 220)
    assert labels(CHART, [*TEXT, *said, sign], 10.0) == [sign]


def test_ideographs_in_round_frames_are_counted_as_wide_as_they_are() -> None:
    """Cards of sixteen ideographs a line."""
    cards = [line("的一是在不了有和人中大为上个国我", left, 120 + 13 * row) for left in (60, 260) for row in range(6)]
    text = column([SENTENCE] * 30, 50, 400)
    assert labels(Box(50, 100, 460, 360), [*text, *cards], 10.0) is None

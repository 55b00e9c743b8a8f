"""Menus: names, what is said of them, and prices that dots lead to, which a parser drops or keeps."""

from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.price_lists import ends_priced, is_led
from ocr_async.engine.page import Line

from .sheets import cells, column, line, sheet


DISHES = ["Plum soup", "Bread with salt", "Three eggs", "Pear tart", "Old cheese", "Cold milk"]


def course(left: float, top: float, *, described: bool, dots: str = "", pitch: float = 14.0) -> list[Line]:
    """Dishes with prices 150 points right of where they begin; below each may be told what is in it."""
    out: list[Line] = []
    for number, dish in enumerate(DISHES):
        out.append(line(dish + dots, left, top))
        out.append(line(f"{number + 3}.50", left + 150, top))
        top += pitch
        if described:
            out.append(line("with all that the garden gives", left, top, size=8))
            top += pitch
    return out


def texts(lines: list[Line]) -> list[str]:
    return [region.text for region in layout.read(sheet(lines)) if region.type == "text"]


def test_a_price_stays_with_its_dish_where_each_is_described() -> None:
    told = texts(course(50, 100, described=True))
    assert [text for text in told if text[-1].isdigit()] == [f"{dish} {n + 3}.50" for n, dish in enumerate(DISHES)]


POSTS = ["Clerk, Alder Ltd", "Keeper of the lighthouse", "Baker, Hazel and Sons"]
DATES = ["1998–2004", "Jan 2005 – Mar 2011", "04/2011 – today"]


def test_dates_at_the_edge_stay_with_their_post_where_each_is_described() -> None:
    lines, top = [line("Experience", 50, 80, size=14, bold=True)], 104.0
    for post, dates in zip(POSTS, DATES, strict=True):
        lines += [line(post, 50, top), line(dates, 480 - 5 * len(dates), top)]
        lines += column(
            ["the harbour was built before the town and of the stone of the hill that", "stands."], 50, top + 12
        )
        top += 44
    told = "the harbour was built before the town and of the stone of the hill that stands."
    assert texts(lines) == [
        text for post, dates in zip(POSTS, DATES, strict=True) for text in (f"{post} {dates}", told)
    ]


def test_years_of_rows_without_descriptions_are_a_column() -> None:
    rows = [[f"{name} and others", "1998", "Alder"] for name in ("Harbour", "Bridge", "Mill", "Church")]
    assert texts(cells(rows, [50, 250, 350], 100)) == []


def test_two_lists_on_unlike_levels_are_read_one_after_the_other() -> None:
    told = texts([*course(50, 100, described=False), *course(320, 105, described=False)])
    assert told == [f"{dish} {n + 3}.50" for n, dish in enumerate(DISHES)] * 2


def test_a_price_stays_with_the_dish_whose_dots_end_before_it() -> None:
    told = texts(course(50, 100, described=False, dots=" ........"))
    assert told == [f"{dish} ........ {n + 3}.50" for n, dish in enumerate(DISHES)]


def test_names_and_amounts_alone_are_a_table() -> None:
    regions = layout.read(sheet(course(50, 100, described=False)))
    assert [region.type for region in regions] == ["table"]


def test_two_columns_of_amounts_on_one_level_are_a_table() -> None:
    table = cells([[dish, "3.50", dish, "4.50"] for dish in DISHES], [50, 200, 320, 470], 100)
    assert [region.type for region in layout.read(sheet(table))] == ["table"]


@pytest.mark.parametrize(
    ("text", "led", "priced"),
    [
        ("Plum soup . . . . . . 3.50", True, True),
        ("Plum soup ......", True, False),
        ("Plum soup € 3.50", False, True),
        ("Plum soup 3.50 €", False, True),
        ("and so on... as before", False, False),
        ("in the year 1984", False, False),
        ("3.50", False, False),
    ],
)
def test_dots_that_lead_and_prices_are_told(text: str, led: bool, priced: bool) -> None:
    assert (is_led(text), ends_priced(text)) == (led, priced)

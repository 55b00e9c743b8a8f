"""What a list of contents names is a heading on the page that it gives, where a PDF has no outline."""

from __future__ import annotations

from pathlib import Path

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Sheet

from ..layout.sheets import SENTENCE, column, line, sheet
from .test_outline import BODY, plain
from .test_type_sizes import headings, saved


PAGES = [
    [
        "Contents of this book",
        "1 Harbours .................. 1",
        "1.1 Tides ................... 1",
        "1.2 Walls of stone .......... 2",
        "2 Ships ..................... 2",
        "2.1 Cargo ................... 3",
    ],
    ["1 Harbours", *BODY, "1.1 Tides", *BODY],
    [*BODY, "1.2 Walls of stone", *BODY, "2 Ships", *BODY],
    ["2.1 Cargo", *BODY, *BODY],
]


def test_what_a_list_of_contents_names_is_a_heading_where_its_pages_say_it(tmp_path: Path) -> None:
    found = headings(saved(tmp_path, plain(PAGES)), None)
    titles = ["1 Harbours", "1.1 Tides", "1.2 Walls of stone", "2 Ships", "2.1 Cargo"]
    assert [heading.lstrip("# ") for heading in found] == titles
    levels = [heading.index(" ") for heading in found]
    assert levels == [levels[0] + depth for depth in (0, 1, 1, 0, 1)]


def test_a_list_of_other_things_names_no_headings(tmp_path: Path) -> None:
    other = ["Contents", *(f"{name} ........ {page}" for page, name in enumerate(("Oak", "Elm", "Ash", "Yew"), 1))]
    bare = [[text.lstrip("0123456789. ") for text in page] for page in PAGES[1:]]  # a number tells a heading, too
    assert headings(saved(tmp_path, plain([other, *bare])), None) == []


def entries(texts: list[tuple[str, float, str]]) -> list[Line]:
    """A list of contents: what each entry says, where it begins, and its page at the right edge."""
    out: list[Line] = []
    for row, (title, left, page) in enumerate(texts):
        out += [line(title, left, 100 + 14 * row), *([line(page, 500 - 5 * len(page), 100 + 14 * row)] if page else [])]
    return out


def body(*titles: str) -> Sheet:
    lines: list[Line] = []
    for row, title in enumerate(titles):
        lines += [line(title, 50, 100 + 80 * row), *column([SENTENCE] * 4, 50, 114 + 80 * row)]
    return sheet(lines)


LISTED = [
    ("Preface", 50.0, "iii"),
    ("Harbours", 50.0, "1"),
    ("Tides", 70.0, "1"),
    ("Walls of stone and of timber and of all that", 70.0, ""),
    ("was built there", 70.0, "2"),
    ("Ships", 50.0, "2"),
]


def test_levels_are_told_by_how_far_entries_are_set_in_and_places_by_pages_of_two_systems() -> None:
    long = "Walls of stone and of timber and of all that was built there"
    pages = [sheet(entries(LISTED)), body("Preface"), body("Harbours", "Tides"), body(long, "Ships")]
    marks = layout.of_contents(list(enumerate(pages)))
    assert [[(mark.title, mark.level) for mark in page] for page in marks] == [
        [],
        [("Preface", 0)],
        [("Harbours", 0), ("Tides", 1)],
        [(long, 1), ("Ships", 0)],
    ]


def test_pages_that_were_not_asked_for_get_no_marks_and_the_others_theirs() -> None:
    pages = [(0, sheet(entries(LISTED))), (3, body("Walls of stone", "Ships")), (7, body("Cargo"))]
    assert [[mark.title for mark in page] for page in layout.of_contents(pages)][2] == []


def test_numbers_that_do_not_grow_are_of_a_table() -> None:
    listed = [("Harbours", 50.0, "7"), ("Tides", 50.0, "3"), ("Ships", 50.0, "9"), ("Cargo", 50.0, "2")]
    pages = [sheet(entries(listed)), body("Harbours", "Tides"), body("Ships", "Cargo")]
    assert layout.of_contents(list(enumerate(pages))) == [[], [], []]

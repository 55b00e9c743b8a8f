from __future__ import annotations

import random

from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ocr_async.engine.layout.tables.keyed import keyed
from ocr_async.engine.page import Box, Line

from .sheets import line


EM = 10.0
PITCH = 11.0
WORDS = ["harbour under", "railway across", "surface before", "village often"]
"""Lines of one cell: none had room for the first word of another."""


def table(counts: list[int], place: str, blur: float = 0.0, seed: int = 0) -> dict[int, list[Line]]:
    """Rows of a date, and beside it cells of as many lines as *counts* says; their boxes differ by *blur* at most."""
    chance = random.Random(seed)
    out: dict[int, list[Line]] = {0: [], 1: []}
    top = 100.0
    for number, count in enumerate(counts):
        height = count * PITCH
        middle = top + (height - PITCH) / 2 if place == "centre" else top
        out[0].append(line(f"0{number}/02/2021", 50, middle))
        out[1] += [line(WORDS[each % len(WORDS)], 130, top + each * PITCH) for each in range(count)]
        top += height + 4.0
    return {column: [blurred(each, chance, blur) for each in lines] for column, lines in out.items()}


def blurred(each: Line, chance: random.Random, blur: float) -> Line:
    """What a recogniser makes of a line: its box is a little off, and no font is known."""
    box = each.box
    top, bottom = box.top + chance.uniform(-blur, blur), box.bottom + chance.uniform(-blur, blur)
    return evolve(each, box=Box(box.left, top, box.right, bottom), font=None if blur else each.font)


def counts_of(found: list[dict[int, tuple[Line, ...]]]) -> list[int]:
    return [len(row[1]) for row in found]


@settings(max_examples=30)
@example(counts=[1, 3, 3, 1, 3], seed=1)  # their middle lines are level with the dates, too
@given(counts=st.lists(st.integers(1, 4), min_size=3, max_size=8), seed=st.integers(0, 10**6))
def test_cells_of_a_scan_that_are_centred_on_dates_are_told_apart_although_their_gaps_are_not(
    counts: list[int], seed: int
) -> None:
    guesses = keyed(table(counts, "centre", 0.8, seed), EM)

    assert [counts_of(found) for found in guesses[:1]] == ([counts] if max(counts) > 1 else [])


def test_cells_that_begin_level_with_their_dates_are_told_apart() -> None:
    assert counts_of(keyed(table([1, 3, 2, 4], "top"), EM)[0]) == [1, 3, 2, 4]


def test_a_list_beside_each_date_is_no_cell_for_its_lines_had_room_for_more() -> None:
    listed = table([3, 2, 4], "top")
    names = [
        evolve(each, text=each.text.split()[0], box=evolve(each.box, right=each.box.left + width))
        for each, width in zip(listed[1], [30, 60, 25, 28, 90, 31, 26, 33, 29], strict=True)
    ]

    assert keyed({0: listed[0], 1: names}, EM) == []


def test_lines_of_one_name_are_no_keys() -> None:
    """A name of two lines stands level with two of the three beside it, but as close as those."""
    head = [line("Name", 50, 80), line("What", 130, 80)]
    names = [head[0], line("Gorse", 50, 100), line("Print", 50, 100 + PITCH)]
    words = [head[1], *(line(text, 130, 100 + PITCH * number) for number, text in enumerate(WORDS[:3]))]

    assert keyed({0: names, 1: words}, EM) == []


def test_a_table_of_single_lines_has_no_keys() -> None:
    assert keyed(table([1, 1, 1, 1], "top"), EM) == []

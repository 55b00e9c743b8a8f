from __future__ import annotations

import pytest

from ocr_async.engine.layout.tables.evidence import SIGNS, are_rows, rooms, signs
from ocr_async.engine.page import Line

from .sheets import line


ROOM = {0: 150.0, 1: 60.0, 2: 60.0}


def row(*texts: str, top: float = 100) -> dict[int, Line]:
    lefts = (50, 220, 300)
    return {column: line(text, lefts[column], top) for column, text in enumerate(texts) if text}


@pytest.mark.parametrize(
    ("above", "below", "rows"),
    [
        (("Status:", "single"), ("Children:", "2"), True),
        (("Apples", "12", "24.00"), ("Pears", "7", "21.50"), True),
        (("Visual analog", "0.91"), ("scale (VAS)", ""), False),
        (("a long name that fills it all", "12"), ("and goes on below", "kilos"), False),
        (("Net profit", "233", "201"), ("", "12", "24"), False),
        (("Larch Tools", "wood"), ("Oak Mills", "paper"), True),
        (("Larch and Elm Trading House", "wood"), ("Tools", ""), False),
    ],
)
def test_signs_tell_two_rows_from_two_lines_of_one(above: tuple[str, ...], below: tuple[str, ...], rows: bool) -> None:
    assert are_rows([row(*above), row(*below, top=112)], ROOM) is rows


def test_one_row_without_a_first_cell_does_not_join_the_others() -> None:
    parts = [
        row("Apples", "12", "24.00"),
        row("Pears", "7", "21.50"),
        row("Plums", "9", "3.00"),
        row("Figs", "2", "1.5"),
    ]
    assert are_rows([*parts, row("Others", "", "4.00"), *parts], ROOM)


def test_small_letters_say_nothing_where_all_begin_with_them() -> None:
    above, below = row("larch", "wood"), row("oak", "paper")
    assert "goes on with a small letter" in signs(above, below, ROOM)
    assert "goes on with a small letter" not in signs(above, below, ROOM, {0, 1})


def test_every_sign_that_is_found_has_a_weight() -> None:
    found = signs(row("Net profit:", "233", "201"), row("", "12", "24"), ROOM)
    assert set(found) <= SIGNS.keys()


def test_a_column_is_as_wide_as_up_to_the_next_one() -> None:
    assert rooms([row("a", "b"), row("c", "d")]) == {0: 170.0}
    assert rooms([row("a", "b")], right=400.0) == {0: 170.0, 1: 180.0}

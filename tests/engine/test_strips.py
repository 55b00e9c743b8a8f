from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.engine.page import Box, Picture
from ocr_async.engine.strips import whole


CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=12)
"""How wide the pieces are, or how high."""


def pieces(left: float, top: float, widths: list[int], heights: list[int]) -> list[Picture]:
    """A picture cut into tiles."""
    across = [left + sum(widths[:index]) for index in range(len(widths) + 1)]
    down = [top + sum(heights[:index]) for index in range(len(heights) + 1)]
    return [Picture(Box(x1, y1, x2, y2)) for y1, y2 in pairwise(down) for x1, x2 in pairwise(across)]


@settings(max_examples=50)
@given(CUTS, CUTS)
def test_a_picture_that_is_cut_into_tiles_is_one(widths: list[int], heights: list[int]) -> None:
    tiles = pieces(30.4, -0.3, widths, heights)

    assert [(each.box.left, each.box.top, each.box.right, each.box.bottom) for each in whole([*reversed(tiles)])] == [
        (30.4, -0.3, tiles[-1].box.right, tiles[-1].box.bottom)
    ]


@settings(max_examples=50)
@given(CUTS, st.floats(1.0, 9.0))
def test_pictures_that_do_not_touch_stay_as_they_are(heights: list[int], gap: float) -> None:
    apart = [
        Picture(Box(50, 100 + sum(heights[:index]) + index * gap, 90, 100 + sum(heights[: index + 1]) + index * gap))
        for index in range(len(heights))
    ]

    assert whole(apart) == apart


def test_what_was_guessed_to_be_a_picture_goes_on_none() -> None:
    guessed = [Picture(Box(50, 100, 90, 120), certain=False), Picture(Box(50, 120, 90, 140))]

    assert whole(guessed) == guessed

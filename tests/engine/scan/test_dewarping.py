"""A page whose lines bend, as at the fold of a book, is made flat; any other is left as it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_async.engine.scan.dewarping import POINTS, Midline, dewarped


WIDE, LINES, PITCH, THICK = 900, 20, 40, 14.0
LEFT, RIGHT = 50.0, 850.0


def falls(rise: float, line: int, along: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much lower a line is drawn than it would be: more at its right end, and the more the lower it stands."""
    place = np.maximum(2 * along / WIDE - 1, 0)
    return np.asarray(rise * (0.5 + line / LINES) * place**2, np.float32)


def page(rise: float, bent: int = LINES) -> tuple[NDArray[np.uint8], list[Midline]]:
    """Return a page of rows of squares, the first *bent* of which bend, each fifth half as long, and their midlines."""
    image = np.full((PITCH * (LINES + 2), WIDE), 255, np.uint8)
    lines: list[Midline] = []
    for index in range(LINES):
        end = RIGHT if index % 5 else (LEFT + RIGHT) / 2
        amount = rise if index < bent else 0.0
        places = np.arange(LEFT, end, 20, dtype=np.float32)
        for left, fall in zip(places.tolist(), falls(amount, index, places).tolist(), strict=True):
            top = round(PITCH * (index + 1) + fall - 5)
            cv2.rectangle(image, (int(left), top), (int(left) + 10, top + 10), (0,), -1)
        points = np.linspace(LEFT, end, POINTS, dtype=np.float32)
        lines.append(Midline(LEFT, end, PITCH * (index + 1) + falls(amount, index, points), THICK))
    return image, lines


def spread(image: NDArray[np.uint8]) -> float:
    """Return by how much the squares of each row lie off its middle, at most, in pixels."""
    _, _, stats, middles = cv2.connectedComponentsWithStats((image < 128).astype(np.uint8))
    down = middles[1:][stats[1:, cv2.CC_STAT_AREA] > 20, 1]
    rows = np.split(np.sort(down), np.flatnonzero(np.diff(np.sort(down)) > PITCH / 3) + 1)
    assert len(rows) == LINES
    return max(float(np.ptp(row)) for row in rows)


@pytest.mark.parametrize("rise", [20.0, -20.0])
def test_lines_that_bend_are_made_straight(rise: float) -> None:
    image, lines = page(rise)
    flat = dewarped(image, lines)
    assert flat is not None
    assert flat.shape == image.shape
    assert spread(flat) < 5 < 12 < np.ptp(falls(rise, LINES // 2, np.array([LEFT, RIGHT], np.float32)))


@pytest.mark.parametrize(("rise", "bent"), [(0.0, LINES), (2.0, LINES), (20.0, 2), (20.0, 3)])
def test_a_page_on_which_few_lines_seem_to_bend_is_left_as_it_is(rise: float, bent: int) -> None:
    assert dewarped(*page(rise, bent)) is None


def test_a_page_that_leans_is_left_as_it_is() -> None:
    leaning = [
        Midline(LEFT, RIGHT, np.linspace(down, down + 40, POINTS, dtype=np.float32), THICK) for down in (90, 180)
    ]
    assert dewarped(np.zeros((400, WIDE), np.uint8), leaning * 4) is None
    assert dewarped(np.zeros((400, WIDE, 3), np.uint8), []) is None


def test_short_lines_do_not_tell() -> None:
    image, lines = page(20.0)
    assert dewarped(image, [Midline(each.left, each.left + 70, each.down, THICK) for each in lines]) is None


@pytest.mark.parametrize("falls_apart", [True, False])
def test_the_cells_of_a_table_tell_together_that_its_rows_fall_apart(falls_apart: bool) -> None:
    cells = [
        Midline(left, left + 120, PITCH * (line + 1) + falls_apart * (line - LINES / 2) * along / WIDE, THICK)
        for line in range(LINES)
        for left in (50.0, 200.0, 350.0, 500.0, 650.0)
        for along in [np.linspace(left, left + 120, POINTS)]
    ]
    assert (dewarped(page(0.0)[0], cells) is not None) == falls_apart


def ruled(*leans: float) -> NDArray[np.uint8]:
    """Return a page of upright rules that run to the right by so much with each pixel downwards."""
    image = np.full((PITCH * (LINES + 2), WIDE), 255, np.uint8)
    for index, lean in enumerate(leans):
        left = 100 * (index + 1)
        cv2.line(image, (left, 50), (left + round(700 * lean), 750), (0,), 2)
    return image


@pytest.mark.parametrize("lean", [0.04, -0.06])
def test_upright_rules_that_lean_are_made_upright(lean: float) -> None:
    flat = dewarped(ruled(*(lean * (1 + index / 20) for index in range(7))), page(0.0)[1])
    assert flat is not None
    *_, stats, _ = cv2.connectedComponentsWithStats((flat < 128).astype(np.uint8))
    assert len(stats) == 8
    assert max(stats[1:, cv2.CC_STAT_WIDTH]) <= 7 < 26 < 700 * abs(lean)


def test_rules_that_lean_as_their_page_does_are_left_as_they_are() -> None:
    _, lines = page(0.0)
    fall = 0.04 * np.linspace(LEFT, RIGHT, POINTS)
    leaning = [Midline(line.left, line.right, line.down - fall, THICK) for line in lines]
    assert dewarped(ruled(*[0.04] * 7), leaning) is None
    assert dewarped(ruled(*[0.0] * 7), lines) is None


@pytest.mark.parametrize("leans", [(0.08, -0.08, 0.08, -0.08, 0.08), (0.08,)])
def test_strokes_that_lean_each_in_its_own_way_are_no_rules(leans: tuple[float, ...]) -> None:
    assert dewarped(ruled(*leans), page(0.0)[1]) is None

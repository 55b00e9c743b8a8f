"""
Finds the check boxes that a PDF draws rather than writes, and which of them are ticked.

A check box is a small stroked square that stands apart from others; it is ticked if something else is drawn over it: a
cross, a tick, a black square. What is filled with a colour is a sample in a chart's legend.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

from attrs import frozen

from ...check_boxes import CheckBox
from ...page import Box


__all__ = ["MOST_DRAWN", "Drawn", "check_boxes", "may_be_check_box"]

SMALLEST, LARGEST = 5.0, 15.0  # points
UNEVEN = 1.6  # points: how much wider than high a square may seem, a tick's stroke being part of it
MOST = 400
MOST_DRAWN = 6000  # shapes of a page; more are a map or a plot, whose squares nobody ticks
BORDER = 1.0  # points
WHITE, BLACK = 235, 60  # of 255: lighter, and darker, than that

Segment = tuple[float, float, float, float, float]


@frozen
class Drawn:
    """
    A shape: where it stands, and the colours of its stroke and fill as 0xAARRGGBB; None without one.
    """

    box: Box
    stroke: int | None = None
    fill: int | None = None


def may_be_check_box(width: float, height: float) -> bool:
    """Whether a shape of that size in points may be a check box or what ticks one."""
    return SMALLEST <= height <= LARGEST and SMALLEST <= width <= LARGEST and abs(width - height) < UNEVEN


def check_boxes(shapes: Sequence[Drawn], segments: Sequence[Segment]) -> list[CheckBox]:
    """
    Return the check boxes that a page draws.

    Args:
        shapes: Those of it that `may_be_check_box`.

        segments: Its straight lines: x and y of both ends, and width.
    """
    if not shapes or len(shapes) > 4 * MOST:
        return []
    level = sorted((y1, min(x1, x2), max(x1, x2)) for x1, y1, x2, y2, _ in segments[:MOST_DRAWN] if abs(y1 - y2) < 0.5)
    groups: list[tuple[float, float, list[Drawn]]] = []
    for shape in shapes:
        x, y = shape.box.middle, shape.box.centre
        for middle, centre, group in groups:
            if abs(middle - x) < 2 and abs(centre - y) < 2:
                group.append(shape)
                break
        else:
            groups.append((x, y, [shape]))
    found = [tick for _, _, group in groups if (tick := _read(group, level)) is not None]
    apart = [box for box in found if not any(_touch(box.box, other.box) for other in found if other is not box)]
    return apart if len(apart) <= MOST else []


def _read(group: Sequence[Drawn], level: Sequence[tuple[float, float, float]]) -> CheckBox | None:
    """The check box that shapes over each other draw, None where they draw something else."""
    squares = [shape for shape in group if shape.stroke is not None and not _light(shape.stroke)]
    square = min(
        (shape for shape in squares if _has_sides(shape.box, level)), key=lambda each: each.box.area, default=None
    )
    filled = [shape for shape in group if shape.fill is not None and not _light(shape.fill)]
    if square is None:
        # a form's own: a white tick on a coloured ground
        ticks = [shape for shape in group if shape.stroke is not None and _light(shape.stroke)]
        return CheckBox(filled[0].box, True) if filled and ticks else None
    box = square.box
    if any(not _dark(shape.fill or 0) and shape.box.area > 0.6 * box.area for shape in filled):
        return None
    over = [shape for shape in squares if shape is not square and not _same(shape.box, box)]
    return CheckBox(box, bool(over or any(_dark(shape.fill or 0) for shape in filled)))


def _has_sides(box: Box, level: Sequence[tuple[float, float, float]]) -> bool:
    """Whether lines of *level*, from the top down, run along the top and the foot of *box*, as not along a cross."""
    return _has_side(box, box.top, level) and _has_side(box, box.bottom, level)


def _has_side(box: Box, edge: float, level: Sequence[tuple[float, float, float]]) -> bool:
    near = level[bisect_right(level, (edge - BORDER, inf)) : bisect_left(level, (edge + BORDER,))]
    return any(
        box.left - BORDER < left and right < box.right + BORDER and right - left > 0.5 * box.width
        for _, left, right in near
    )


def _touch(one: Box, other: Box) -> bool:
    """Whether two squares stand in one row and touch, as the fields for letters do, and no boxes of a list."""
    return one.across(other) > -BORDER and one.down(other) > 0.5 * min(one.height, other.height)


def _same(one: Box, other: Box) -> bool:
    return abs(one.width - other.width) < 0.05 and abs(one.height - other.height) < 0.05


def _light(colour: int) -> bool:
    return min(_channels(colour)) > WHITE


def _dark(colour: int) -> bool:
    return max(_channels(colour)) < BLACK


def _channels(colour: int) -> tuple[int, int, int]:
    return colour >> 16 & 255, colour >> 8 & 255, colour & 255

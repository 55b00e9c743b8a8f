"""
Finds the check boxes that a PDF draws rather than writes, and which of them are ticked.

A check box is a small stroked square that stands apart from others, or four strokes that are one; it is ticked if
something else is drawn over it: a cross, a tick, a black square. What is filled with a colour is a sample in a chart's
legend. Rings are for one answer of several where some are filled and others are not; elsewhere they are bullets.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import inf

from attrs import evolve, frozen

from ...check_boxes import BESIDE, CheckBox
from ...page import Box, union


__all__ = ["MOST_DRAWN", "Drawn", "check_boxes", "may_be_of_check_box"]

SMALLEST, LARGEST = 5.0, 15.0  # points
UNEVEN = 1.6  # points: how much wider than high a square may seem, a tick's stroke being part of it
MOST = 400
MOST_DRAWN = 6000  # shapes of a page; more are a map or a plot, whose squares nobody ticks
BORDER = 1.0  # points
THICKEST = 2.0  # likewise: the stroke of a square
THIN = 3.2  # likewise: a stroke alone, of which a parser tells twice the width
WHITE, BLACK = 235, 60  # of 255: lighter, and darker, than that
EDGE = 0.2  # of a box

Segment = tuple[float, float, float, float, float]
Level = tuple[float, float, float, float]
"""The height of a level line, its two ends, and its width."""


@frozen
class Drawn:
    """
    A shape: where it stands, the colours of its stroke and fill as 0xAARRGGBB, None without one, and if it is curved.
    """

    box: Box
    stroke: int | None = None
    fill: int | None = None
    round: bool = False


def may_be_of_check_box(width: float, height: float) -> bool:
    """Whether a shape of that size in points may be a check box, one of its sides, or what ticks one."""
    return SMALLEST / 2 <= max(width, height) <= LARGEST


def check_boxes(shapes: Sequence[Drawn], segments: Sequence[Segment], lettering: Sequence[Box] = ()) -> list[CheckBox]:
    """
    Return the check boxes that a page draws.

    Args:
        shapes: Those of it that `may_be_of_check_box`.

        segments: Its straight lines: x and y of both ends, and width.

        lettering: Where its lines of text stand.
    """
    squares = [shape for shape in shapes if _is_square(shape.box, SMALLEST / 2 if shape.round else SMALLEST)]
    strokes = _of_strokes(shapes)
    framed = [CheckBox(box, False) for box in strokes if _has_company(box, strokes, lettering)]
    if not 0 < len(squares) + len(framed) <= 4 * MOST:
        return []
    level = sorted(
        (y1, min(x1, x2), max(x1, x2), wide) for x1, y1, x2, y2, wide in segments[:MOST_DRAWN] if abs(y1 - y2) < 0.5
    )
    groups: list[tuple[float, float, list[Drawn]]] = []
    for shape in squares:
        x, y = shape.box.middle, shape.box.centre
        if any(_holds(each.box, x, y) for each in framed):
            continue
        for middle, centre, group in groups:
            if abs(middle - x) < 2 and abs(centre - y) < 2:
                group.append(shape)
                break
        else:
            groups.append((x, y, [shape]))
    read = [(group, _read([each for each in group if _is_square(each.box)], level)) for _, _, group in groups]
    found = [*framed, *(tick for _, tick in read if tick is not None)]
    found += _rings(group for group, tick in read if tick is None)
    apart = [box for box in found if not any(_touch(box.box, other.box) for other in found if other is not box)]
    if len(apart) > MOST:
        return []
    return [each if each.ticked else evolve(each, ticked=_is_marked(each.box, shapes)) for each in apart]


def _is_square(box: Box, least: float = SMALLEST) -> bool:
    smallest, largest = sorted((box.width, box.height))
    return smallest >= least and largest <= LARGEST and largest - smallest < UNEVEN


def _of_strokes(shapes: Sequence[Drawn]) -> list[Box]:
    """Return the squares that four strokes are."""
    inked = [shape.box for shape in shapes if _is_inked(shape.stroke) or _is_inked(shape.fill)]
    level = [box for box in inked if box.height < THIN and box.width >= SMALLEST]
    upright = [box for box in inked if box.width < THIN and box.height >= SMALLEST]
    if not level or not upright or max(len(level), len(upright)) > MOST:
        return []
    out: list[Box] = []
    for top, foot in itertools.permutations(level, 2):
        if not 0 < foot.top - top.top <= LARGEST:  # as nearly always
            continue
        box = union((top, foot))
        if max(box.width - top.width, box.width - foot.width) > BORDER or not _is_square(box):
            continue
        sides = [each for each in upright if max(abs(each.top - box.top), abs(each.bottom - box.bottom)) < THIN / 2]
        if all(any(abs(each.middle - x) < THIN / 2 for each in sides) for x in (box.left, box.right)):
            out.append(box)
    # cells of a table have strokes in common
    return [box for box in out if not any(box.across(one) > 0 < box.down(one) for one in out if one is not box)]


def _has_company(box: Box, boxes: Sequence[Box], lettering: Sequence[Box]) -> bool:
    """Whether text stands beside *box*, or others of *boxes* do in its row; a square alone is the end of a proof."""
    row = any(each.down(box) > 0.5 * box.height for each in boxes if each is not box)
    return row or any(each.down(box) > 0 and abs(each.across(box)) < BESIDE * each.height for each in lettering)


def _holds(box: Box, x: float, y: float, edge: float = 0.0) -> bool:
    """Whether a place is in *box*, and not in that part of it along its sides."""
    across, down = edge * box.width, edge * box.height
    return box.left + across < x < box.right - across and box.top + down < y < box.bottom - down


def _is_marked(box: Box, shapes: Iterable[Drawn]) -> bool:
    """Whether a stroke, or something filled with ink, is drawn in *box*."""
    return any(
        _holds(box, shape.box.middle, shape.box.centre, EDGE)
        and shape.box.share(box) > EDGE
        and (_is_inked(shape.stroke) or _is_inked(shape.fill))
        and not _same(shape.box, box)
        for shape in shapes
    )


def _rings(groups: Iterable[Sequence[Drawn]]) -> list[CheckBox]:
    """Return the rings in *groups* of one size of which some have a disc inside and others have not."""
    found: list[CheckBox] = []
    for group in groups:
        inked = [shape for shape in group if _is_inked(shape.stroke) or _is_inked(shape.fill)]
        rings = [shape for shape in inked if shape.round and _is_inked(shape.stroke) and not _is_inked(shape.fill)]
        discs = [shape for shape in inked if shape.round and shape.stroke is None]
        if len(rings) == 1 and len(discs) == len(inked) - 1 < 2 and rings[0].box.width >= SMALLEST:
            found.append(CheckBox(rings[0].box, bool(discs)))
    kinds = {(round(each.box.width), each.ticked) for each in found}
    return [each for each in found if (round(each.box.width), not each.ticked) in kinds]


def _read(group: Sequence[Drawn], level: Sequence[Level]) -> CheckBox | None:
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


def _has_sides(box: Box, level: Sequence[Level]) -> bool:
    """Whether lines of *level*, from the top down, run along the top and the foot of *box*, as not along a cross."""
    return _has_side(box, box.top, level) and _has_side(box, box.bottom, level)


def _has_side(box: Box, edge: float, level: Sequence[Level]) -> bool:
    near = level[bisect_right(level, (edge - THICKEST, inf)) : bisect_left(level, (edge + THICKEST,))]
    return any(
        abs(y - edge) < BORDER + wide / 2  # a shape ends by up to the width of its stroke beyond it
        and box.left - BORDER < left
        and right < box.right + BORDER
        and right - left > 0.5 * box.width
        for y, left, right, wide in near
    )


def _touch(one: Box, other: Box) -> bool:
    """Whether two squares stand in one row and touch, as the fields for letters do, and no boxes of a list."""
    return one.across(other) > -BORDER and one.is_level_with(other)


def _same(one: Box, other: Box) -> bool:
    return abs(one.width - other.width) < 0.05 and abs(one.height - other.height) < 0.05


def _is_inked(colour: int | None) -> bool:
    return colour is not None and not _light(colour)


def _light(colour: int) -> bool:
    return min(_channels(colour)) > WHITE


def _dark(colour: int) -> bool:
    return max(_channels(colour)) < BLACK


def _channels(colour: int) -> tuple[int, int, int]:
    return colour >> 16 & 255, colour >> 8 & 255, colour & 255

"""
Finds rules that are hardly seen: faint ones, and those that are no longer than letters.

A faint rule is not seen where text stands close to it, as the paper seems darker there: its pieces are joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..groups import in_runs
from ..page import Box, Line, Ruling, union
from .connected import runs


__all__ = ["between_level", "joined"]

LEVEL = 2.0  # pixels between the middles of two pieces of one rule
NEAR = 0.6  # times the height of a line: from the text to the rule
COVERED = 0.8  # of a gap: text stands along it
LOW, HIGH = 0.6, 1.8  # times the height of a line: between such rules upright ones are too short to be seen
WIDE = 6.0  # times the height of a line: what is narrower is a box to tick, or in a legend
WHOLE = 0.95  # of its height is drawn
THICK = 0.35  # times the height of a line


def joined(rulings: Sequence[Ruling], lines: Sequence[Line], tall: float) -> list[Ruling]:
    """
    Return *rulings*, level ones in one where text stands along the gap between them.

    Args:
        tall: The height of most lines, in pixels.
    """
    out: list[Ruling] = [ruling for ruling in rulings if not ruling.horizontal]
    level = sorted((ruling.box for ruling in rulings if ruling.horizontal), key=lambda box: box.centre)
    boxes = [line.box for line in lines]
    for row in in_runs(level, lambda row, box: box.centre - row[-1].centre <= LEVEL):
        row.sort(key=lambda box: box.left)
        whole = [row[0]]
        for box in row[1:]:
            gap = Box(whole[-1].right, box.top, box.left, box.bottom)
            if gap.width <= 0 or _along(gap, boxes, tall) > COVERED * gap.width:
                whole[-1] = union([whole[-1], box])
            else:
                whole.append(box)
        out.extend(Ruling(box) for box in whole)
    return out


def _along(gap: Box, boxes: Sequence[Box], tall: float) -> float:
    """Return along how many pixels of *gap* one of *boxes* stands close to it."""
    near = (box for box in boxes if box.top - NEAR * tall < gap.centre < box.bottom + NEAR * tall)
    return max((box.across(gap) for box in near), default=0.0)


def between_level(dark: NDArray[Any], rulings: Sequence[Ruling], tall: float) -> list[Ruling]:
    """
    Return the upright strokes that reach from one level ruling to the next, as between the heads of two columns.

    No letter does, but it may be as long.

    Args:
        dark: The page, shape (height, width), not 0 where there is ink.

        tall: The height of most lines, in pixels.
    """
    level = sorted((ruling.box for ruling in rulings if ruling.horizontal), key=lambda box: box.top)
    known = [ruling.box for ruling in rulings if not ruling.horizontal]
    pairs = [
        (high, low)
        for number, high in enumerate(level)
        for low in level[number + 1 :]
        if LOW * tall < low.top - high.bottom < HIGH * tall and high.across(low) > WIDE * tall
    ]
    out: list[Ruling] = []
    for high, low in sorted(pairs, key=lambda pair: pair[1].top - pair[0].bottom):
        for bar in _bars(dark, high, low, THICK * tall):
            if not any(bar.across(box) > -2 and bar.down(box) > 0.4 * bar.height for box in known):
                known.append(bar)
                out.append(Ruling(bar))
    return out


def _bars(dark: NDArray[Any], high: Box, low: Box, thick: float) -> Iterator[Box]:
    left, right = int(max(high.left, low.left)), int(min(high.right, low.right))
    field = dark[int(high.bottom) + 1 : int(low.top), left:right]
    if not field.size:
        return
    widened = cv2.dilate((field > 0).astype(np.uint8), np.ones((1, 3), np.uint8))  # it may lean by a pixel
    drawn = widened.mean(axis=0) >= WHOLE
    for start, end in runs(drawn).tolist():
        if end - start - 2 <= thick:
            yield Box(left + start + 1.0, high.top, left + end - 1.0, low.bottom)

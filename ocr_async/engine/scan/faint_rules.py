"""Joins the pieces of a faint rule, which is not seen where text stands close to it: there the paper seems darker."""

from __future__ import annotations

from collections.abc import Sequence

from ..page import Box, Line, Ruling, union


__all__ = ["joined"]

LEVEL = 2.0  # pixels between the middles of two pieces of one rule
NEAR = 0.6  # times the height of a line: from the text to the rule
COVERED = 0.8  # of a gap: text stands along it


def joined(rulings: Sequence[Ruling], lines: Sequence[Line], tall: float) -> list[Ruling]:
    """
    Return *rulings*, level ones in one where text stands along the gap between them.

    Args:
        tall: The height of most lines, in pixels.
    """
    out: list[Ruling] = [ruling for ruling in rulings if not ruling.horizontal]
    rows: list[list[Box]] = []
    for box in sorted((ruling.box for ruling in rulings if ruling.horizontal), key=lambda box: box.centre):
        if rows and box.centre - rows[-1][-1].centre <= LEVEL:
            rows[-1].append(box)
        else:
            rows.append([box])
    boxes = [line.box for line in lines]
    for row in rows:
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

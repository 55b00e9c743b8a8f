"""
Counts letters that a page draws as outlines: no text layer has them, though people read them as any others.

Programs write so what is to be printed as it stands: logos, advertisements, pages "with fonts converted to curves".
"""

from __future__ import annotations

from collections.abc import Sequence

from ...page import Box
from .vectors import Shape


__all__ = ["FEW", "outlined"]

FEW = 100  # letters; fewer are a logo, or the labels of a chart
MOST = 20_000  # shapes: more are a map
LOW, HIGH = 2.5, 60.0  # points
WIDEST = 1.6  # times as wide as high
IN_A_ROW = 8  # letters on one baseline
KINDS = 4  # widths that those of one row have, unlike the marks of a plot
CURVED = 0.4  # of them


def outlined(shapes: Sequence[Shape], texts: Sequence[Box]) -> int:
    """
    Return how many letters *shapes* are that stand in none of *texts*, in rows as writing does; 0 where they are few.

    Args:
        shapes: That are filled.
    """
    if not FEW <= len(shapes) <= MOST:
        return 0
    rows: dict[int, list[Shape]] = {}
    for shape in shapes:
        left, top, right, bottom, _ = shape
        if LOW < bottom - top < HIGH and right - left < WIDEST * (bottom - top):
            rows.setdefault(round(bottom / 1.5), []).append(shape)
    found = 0
    for row in rows.values():
        if len(row) < IN_A_ROW or sum(curved for *_, curved in row) < CURVED * len(row):
            continue
        if len({round(2 * (right - left)) for left, _, right, _, _ in row}) < KINDS:
            continue
        high, low = min(top for _, top, *_ in row), max(bottom for _, _, _, bottom, _ in row)
        beside = [box for box in texts if box.top < low and box.bottom > high]
        free = sum(1 for shape in row if not _written(shape, beside))
        found += free if free >= IN_A_ROW else 0
    return found if found >= FEW else 0


def _written(shape: Shape, texts: Sequence[Box]) -> bool:
    left, top, right, bottom, _ = shape
    x, y = (left + right) / 2, (top + bottom) / 2
    return any(box.left < x < box.right and box.top < y < box.bottom for box in texts)

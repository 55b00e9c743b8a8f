"""
Finds the dark bands of a page on which the heads of a table stand in light print.

They are looked at as if they were paper, as what is between light letters is as dark and as long as a rule; their edges
are rules, as nothing else parts these heads from the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..groups import in_groups
from ..page import Box, Line, Ruling
from .connected import pieces
from .grounds import Ground
from .reduced import reduced


__all__ = ["dark_heads", "edges"]

DETAIL, THICK = 20.0, 3  # pixels of a line's height that are looked at; of these, what rules are thinner than
DARK = 80  # of 255: how much darker than paper a band is
LOW, HIGH, LONG = 0.7, 8.0, 5.0  # heights of a line: of a band, and how wide it is at least
FULL = 0.5  # of its box, or of a row or column of that: print is the rest
STRAIGHT = 0.9  # of the pixels along an edge
BESIDE = 0.5  # heights of a line: between two cells of a band
WIDE = 3.0  # times its height: a band, not a badge
INSIDE = 0.6  # of a line


def dark_heads(grey: NDArray[Any], lines: Sequence[Line], tall: float) -> list[list[Ground]]:
    """
    Return the cells of each dark band of *grey* on which two or more of *lines* stand beside each other.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white, turned level.

        tall: The usual height of a line, in pixels.
    """
    found: list[list[Ground]] = []
    cells = sorted(_bars(grey, tall), key=lambda cell: cell.place)
    for band in in_groups(cells, lambda band, cell: _goes_on(band[-1].box, cell.box, BESIDE * tall)):
        inside = [line.box for line in lines if any(line.box.share(cell.box) > INSIDE for cell in band)]
        wide, high = band[-1].box.right - band[0].box.left, max(cell.box.height for cell in band)
        beside = any(one.is_level_with(other) and one.across(other) <= 0 for one, other in combinations(inside, 2))
        if beside and wide > max(LONG * tall, WIDE * high):
            found.append(band)
    return found


def edges(bands: Sequence[Sequence[Ground]]) -> list[Ruling]:
    """Return the upper and the lower edge of each of *bands*."""
    out: list[Ruling] = []
    for band in bands:
        left, right = band[0].box.left, band[-1].box.right
        top, bottom = min(cell.box.top for cell in band), max(cell.box.bottom for cell in band)
        out += (Ruling(Box(left, edge - 1, right, edge + 1)) for edge in (top, bottom))
    return out


def _goes_on(before: Box, after: Box, near: float) -> bool:
    """Whether *after* is the next cell of the band of *before*."""
    level = abs(before.top - after.top) < near and abs(before.bottom - after.bottom) < near
    return level and after.left - before.right < near


def _bars(grey: NDArray[Any], tall: float) -> Iterator[Ground]:
    """Yield what is dark, with straight edges, and as high as lines."""
    height, width = grey.shape
    step = max(1.0, tall / DETAIL)
    small = reduced(grey, round(width / step), round(height / step))
    most = int(np.bincount(small.ravel(), minlength=256).argmax()) - DARK
    # The rules of a table would join its head to all of it.
    thick = cv2.morphologyEx((small <= most).astype(np.uint8), cv2.MORPH_OPEN, np.ones((THICK, THICK), np.uint8))
    x, y, w, h, area = pieces(thick).T
    like = (h * step >= LOW * tall) & (h * step <= HIGH * tall) & (w * step >= tall) & (area >= FULL * w * h)
    for left, top, wide, high in np.stack([x, y, w, h], axis=1)[like].tolist():
        rows = np.s_[max(0, round((top - 1) * step)) : round((top + high + 1) * step)]
        columns = np.s_[max(0, round((left - 1) * step)) : round((left + wide + 1) * step)]
        dark = grey[rows, columns] <= most
        down, across = (np.flatnonzero(dark.mean(axis=axis) > FULL) for axis in (1, 0))
        if not len(down) or not len(across):
            continue
        own = dark[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
        sides = (own[:2].any(axis=0), own[-2:].any(axis=0), own[:, :2].any(axis=1), own[:, -2:].any(axis=1))
        if min(side.mean() for side in sides) > STRAIGHT:
            first, second = columns.start + int(across[0]), rows.start + int(down[0])
            place = first, second, first + own.shape[1], second + own.shape[0]
            yield Ground(place, np.ones_like(own))

"""
Where a smaller network may look for lines, in less than half of the time: on typed pages, plain text and its headings.

There it finds the lines that the larger one finds; in tables, receipts and photographs it finds others. The letters,
which `print_size` sees in the pixels, tell beforehand whether a page is plain text, and afterwards whether any of it
was missed.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..scan.connected import connected
from ..scan.overlooked import outside
from .line_boxes import sides
from .print_size import Letters


__all__ = ["plain_text", "was_found"]

_CALM = 4.0  # of 255: on paper with more grain the smaller network finds lines otherwise
_FEWEST = 30  # letters
_REGULAR = (0.6, 2.5)  # times the height that half of the letters' area does not reach: without dots and dust
_WIDE = 3.0  # times it: letters that touch
_APART = 2.2  # times it: words of a line are no further apart
_LONG = 12.0  # times it: a line of text, and no cell of a table
_LEVEL = 4.0  # times it: a line that leans is no higher
_ROW = 4  # letters of a row: fewer are specks of a picture
_PROSE = 0.85  # of the letters in rows are in long ones, of the length of boxes in flat ones
_FLAT = 5.0  # times as long as high
_LEFT_OUT = 0.01  # of the letters in rows
_LOST = 0.5  # of the letters of one row: a heading has few of a page's


Rows = tuple[NDArray[np.float64], NDArray[np.int32]]
"""The centres of the letters that stand in rows, shape (n, 2), and in which row each does."""


def plain_text(there: Letters) -> Rows | None:
    """Return the letters that stand in rows; None where *there* is no plain text."""
    if there.grain > _CALM or len(there.sides) < _FEWEST:
        return None
    wide, high = there.sides.T
    size = float(np.searchsorted(np.bincount(high, wide * high).cumsum(), (wide * high).sum() / 2))
    regular = (high >= _REGULAR[0] * size) & (high <= _REGULAR[1] * size) & (wide <= _WIDE * size)
    places, within = there.places[regular], there.sides[regular]
    starts = np.maximum(0, np.round(places - within / 2)).astype(int)
    ends = starts + within + (round(_APART * size), 0)
    drawn = np.zeros(ends.max(axis=0, initial=1)[::-1], np.uint8)
    for (left, top), (right, bottom) in zip(starts.tolist(), ends.tolist(), strict=True):
        drawn[top:bottom, left:right] = 1
    labelled, rows = connected(drawn)
    columns, lines = places.astype(int).T
    of_row = labelled[lines, columns]
    counts = np.bincount(of_row, minlength=len(rows))
    full = counts >= _ROW
    if counts[full].sum() < _FEWEST:
        return None
    long = (rows[:, cv2.CC_STAT_WIDTH] > _LONG * size) & (rows[:, cv2.CC_STAT_HEIGHT] < _LEVEL * size)
    if counts[full & long].sum() < _PROSE * counts[full].sum():
        return None
    kept = full[of_row]
    return places[kept], of_row[kept]


def was_found(text: Rows, boxes: NDArray[np.float32]) -> bool:
    """Whether nearly all letters of *text* are in *boxes*, of each row most, and these nearly all long as lines are."""
    if not len(boxes):
        return False
    wide, high = sides(boxes)
    flat = wide[wide > _FLAT * high].sum() >= _PROSE * wide.sum()
    places, of_row = text
    left_out = outside(places, boxes)
    lost = np.bincount(of_row, left_out) > _LOST * np.bincount(of_row)
    return bool(flat and left_out.mean() <= _LEFT_OUT and not lost.any())

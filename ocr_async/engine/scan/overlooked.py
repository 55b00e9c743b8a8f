"""
Finds single letters that no detector saw: the "1" that stands alone in a column of quantities, the mark in a cell.

A network that finds lines of text sees a stroke of three pixels as dirt. What tells such a stroke from dirt is that it
stands by itself, on the line of a text beside it, as high as that text's letters.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .connected import around, around_free, connected, ink_of
from .connected import pieces as pieces_of
from .ink import DARK


__all__ = ["outside", "overlooked"]

Boxes = NDArray[np.float32]
Places = NDArray[np.float64]
"""Left, top, right and bottom of each of several, shape (n, 4)."""

MOST = 200
MOST_PIECES = 40_000  # of ink on a page; beyond that it is a halftone or noise
REACH = 2.0  # times the height of a line: all that tells a letter from dirt is as near, but for those of its row
OFFSET = 20  # of 255: how much darker than its surroundings ink is
WIDEST = 2.2  # times the height of the row's letters: two digits
LOWEST, HIGHEST = 0.75, 1.35  # likewise
OFF_THE_LINE = 0.25  # likewise: how far its foot may stand from that of the row's letters
APART = 0.35  # likewise: nothing else stands so near
NARROW = 12.0  # times the height of the lines of text: a cell or the head of a column is no wider


def overlooked(grey: NDArray[Any], boxes: Boxes, placed: Boxes, angle: float) -> Boxes:
    """
    Return the places of letters on a page that none of *boxes* holds.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white.

        boxes: Of its lines, shape (n, 4, 2), in the pixels of *grey*.

        placed: The same on the page turned level.

        angle: Degrees by which the lines of *grey* fall to the right.

    Returns:
        Shape (m, 4, 2), in the pixels of *grey*; none where there are so many that they are dirt.
    """
    nothing = np.empty((0, 4, 2), np.float32)
    rows = np.hstack([placed.min(axis=1), placed.max(axis=1)])
    flat = rows[:, 2] - rows[:, 0] > rows[:, 3] - rows[:, 1]
    if not flat.any():
        return nothing
    tall = float(np.median((rows[:, 3] - rows[:, 1])[flat]))
    if 2 * np.count_nonzero(grey < DARK) > grey.size:
        grey = cv2.bitwise_not(grey)
    ink = ink_of(cv2.GaussianBlur(grey, (3, 3), 0), around(grey, tall), OFFSET)
    labelled, stats = connected(around_free(ink, boxes, REACH * tall))
    thick = _thick(stats, tall)
    thick[0] = False  # the paper
    pieces = _ends(stats[thick])
    if not 0 < len(pieces) <= MOST_PIECES:
        return nothing
    height, width = grey.shape
    level = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    straight = _level(pieces, level)
    size = pieces[:, 2:] - pieces[:, :2]
    like = (size[:, 1] < tall) & (size[:, 1] > 0.25 * tall) & (size[:, 0] < 2 * tall)
    like[like] = outside((pieces[like, :2] + pieces[like, 2:]) / 2, boxes)

    @functools.cache
    def letters(row: int) -> Places:
        """Return the places of the letters of a row on the level page."""
        low, high = boxes[flat][row].min(axis=0), boxes[flat][row].max(axis=0)
        (left, top), (right, bottom) = np.maximum(low - tall, 0).astype(int), (high + tall).astype(int)
        found = pieces_of(ink[top:bottom, left:right])
        return _level(_ends(found[_thick(found, tall)]) + np.array([left, top, left, top]), level)

    found = [
        index
        for index in np.flatnonzero(like).tolist()
        if (high := _height_of_row(straight[index], rows[flat], letters)) is not None
        and size[index, 0] < WIDEST * high
        and _has_column(straight[index], rows[flat], tall)
        and _stands_alone(labelled, thick, pieces[index], high)
    ]
    if not 0 < len(found) <= MOST:
        return nothing
    margin = np.maximum(2.0, 0.2 * size[found, 1:])
    first = np.maximum(pieces[found, :2] - margin, 0)
    last = np.minimum(pieces[found, 2:] + margin, (width - 1, height - 1))
    ends = np.hstack([first, last]).astype(np.float32)
    return np.stack([ends[:, [0, 2, 2, 0]], ends[:, [1, 1, 3, 3]]], axis=2)


def _thick(stats: NDArray[np.int32], tall: float) -> NDArray[np.bool_]:
    """Whether pieces are no specks."""
    return np.asarray(stats[:, 4] >= max(4.0, (0.08 * tall) ** 2))


def _ends(stats: NDArray[np.int32]) -> Places:
    """Return left, top, right and bottom of pieces."""
    return np.hstack([stats[:, :2], stats[:, :2] + stats[:, 2:4]]).astype(np.float64)


def _level(places: Places, turn: NDArray[Any]) -> Places:
    """Return where *places* are on the page that *turn* makes level, as large as they were."""
    half = (places[:, 2:] - places[:, :2]) / 2
    middle = (places[:, :2] + half) @ turn[:, :2].T + turn[:, 2]
    return np.hstack([middle - half, middle + half])


def outside(places: NDArray[Any], boxes: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Return which of the letters at *places* are in none of *boxes*."""
    size = np.ceil(places.max(axis=0, initial=0)).astype(int) + 1
    inside = np.zeros(size[::-1], np.uint8)
    for box in boxes:
        cv2.fillPoly(inside, [np.round(box).astype(np.int32)], 1)
    columns, rows = places.astype(int).T
    return np.asarray(inside[rows, columns] == 0)


def _height_of_row(
    piece: NDArray[np.float64], rows: NDArray[np.float32], letters: Callable[[int], Places]
) -> float | None:
    """Return the height of the letters beside *piece*, None where it is no letter of their row."""
    left, top, right, bottom = piece
    centre = (top + bottom) / 2
    level = (rows[:, 1] < centre) & (rows[:, 3] > centre) & ((rows[:, 2] < left + 2) | (rows[:, 0] > right - 2))
    away = np.where(level, np.maximum(rows[:, 0] - right, left - rows[:, 2]), np.inf)
    for index in np.argsort(away)[: min(3, level.sum())].tolist():
        row, own = rows[index], letters(index)
        middle = (own[:, :2] + own[:, 2:]) / 2
        own = own[((middle > row[:2]) & (middle < row[2:])).all(axis=1)]
        heights = own[:, 3] - own[:, 1]
        own = own[(heights > 0.25 * (row[3] - row[1]))]
        if not len(own):
            continue
        high = float(np.percentile(own[:, 3] - own[:, 1], 90))
        foot = float(np.median(own[:, 3]))
        if LOWEST * high < bottom - top < HIGHEST * high and abs(bottom - foot) < OFF_THE_LINE * high:
            return high
    return None


def _has_column(piece: NDArray[np.float64], rows: NDArray[np.float32], tall: float) -> bool:
    """Whether a short text stands above or below *piece*: dirt beside running text is in no column."""
    left, top, right, bottom = piece
    middle = (left + right) / 2
    short = rows[rows[:, 2] - rows[:, 0] < NARROW * tall]
    over = (short[:, 0] - tall / 2 < middle) & (short[:, 2] + tall / 2 > middle)
    return bool((over & ((short[:, 3] < top + 1) | (short[:, 1] > bottom - 1))).any())


def _stands_alone(
    labelled: NDArray[np.int32], thick: NDArray[np.bool_], piece: NDArray[np.float64], high: float
) -> bool:
    """Whether no other ink that is no speck is near *piece*, as other letters, a picture's or a rule would be."""
    left, top, right, bottom = (int(value) for value in piece)
    reach = int(APART * high)
    above = int(0.1 * high)  # a rule may run close over it
    around = thick[labelled[max(0, top - above) : bottom + above, max(0, left - reach) : right + reach]]
    return bool(around.sum() == thick[labelled[top:bottom, left:right]].sum())

"""
Finds single letters that no detector saw: the "1" that stands alone in a column of quantities, the mark in a cell.

A network that finds lines of text sees a stroke of three pixels as dirt. What tells such a stroke from dirt is that it
stands by itself, on the line of a text beside it, as high as that text's letters.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .connected import connected


__all__ = ["overlooked"]

Boxes = NDArray[np.float32]

MOST = 200
MOST_PIECES = 40_000  # of ink on a page; beyond that it is a halftone or noise
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
    rows = _uprights(placed)
    flat = rows[:, 2] - rows[:, 0] > rows[:, 3] - rows[:, 1]
    if not flat.any():
        return nothing
    tall = float(np.median((rows[:, 3] - rows[:, 1])[flat]))
    pieces, ink = _pieces(grey, tall)
    if not 0 < len(pieces) <= MOST_PIECES:
        return nothing
    height, width = grey.shape
    level = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    corners = np.stack([pieces[:, [0, 1]], pieces[:, [2, 3]]], axis=1).astype(np.float64)
    size = pieces[:, 2:] - pieces[:, :2]
    middle = corners.mean(axis=1) @ level[:, :2].T + level[:, 2]
    straight = np.hstack([middle - size / 2, middle + size / 2])  # on the level page
    free = ~_covered(pieces, boxes)
    letters = straight[~free]
    found = [
        index
        for index in np.flatnonzero(free & (size[:, 1] < tall) & (size[:, 1] > 0.25 * tall) & (size[:, 0] < 2 * tall))
        if (high := _height_of_row(straight[index], rows[flat], letters)) is not None
        and size[index, 0] < WIDEST * high
        and _has_column(straight[index], rows[flat], tall)
        and _stands_alone(ink, pieces[index], high)
    ]
    if not 0 < len(found) <= MOST:
        return nothing
    margin = np.maximum(2.0, 0.2 * size[found, 1:])
    low = np.maximum(pieces[found, :2] - margin, 0)
    high_ends = np.minimum(pieces[found, 2:] + margin, (width - 1, height - 1))
    left, top, right, bottom = low[:, 0], low[:, 1], high_ends[:, 0], high_ends[:, 1]
    around = [np.stack(corner, axis=1) for corner in ((left, top), (right, top), (right, bottom), (left, bottom))]
    return np.stack(around, axis=1).astype(np.float32)


def _uprights(boxes: Boxes) -> NDArray[np.float32]:
    """Return left, top, right and bottom of the rectangles around *boxes*."""
    return np.hstack([boxes.min(axis=1), boxes.max(axis=1)])


@frozen
class _Ink:
    """
    The ink of a page without its specks; most of a page nobody asks for.

    Attributes:
        labelled: Of which piece each pixel is.

        thick: Which pieces are no specks.
    """

    labelled: NDArray[np.int32]
    thick: NDArray[np.bool_]

    def within(self, left: int, top: int, right: int, bottom: int) -> int:
        """Return how many pixels of it are in a rectangle."""
        return int(self.thick[self.labelled[top:bottom, left:right]].sum())


def _pieces(grey: NDArray[Any], tall: float) -> tuple[NDArray[np.float64], _Ink]:
    """Return left, top, right and bottom of each piece of ink, and where on the page they are; specks left out."""
    calm = cv2.GaussianBlur(grey, (3, 3), 0)
    window = int(max(15, 2 * tall)) | 1
    dark = cv2.adaptiveThreshold(calm, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, OFFSET)
    labelled, stats = connected(dark)
    x, y, w, h, ink = stats.T
    thick = ink >= max(4.0, (0.08 * tall) ** 2)
    thick[0] = False  # the paper
    return np.stack([x, y, x + w, y + h], axis=1)[thick].astype(np.float64), _Ink(labelled, thick)


def _covered(pieces: NDArray[np.float64], boxes: Boxes) -> NDArray[np.bool_]:
    """Whether the middle of each of *pieces* lies in one of *boxes*."""
    x, y = (pieces[:, 0] + pieces[:, 2]) / 2, (pieces[:, 1] + pieces[:, 3]) / 2
    out = np.zeros(len(pieces), bool)
    for box in boxes:
        inside = np.ones(len(pieces), bool)
        for (x1, y1), (x2, y2) in zip(box, np.roll(box, -1, axis=0), strict=True):
            inside &= (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) >= 0
        out |= inside
    return out


def _height_of_row(piece: NDArray[np.float64], rows: NDArray[np.float32], letters: NDArray[np.float64]) -> float | None:
    """Return the height of the letters beside *piece*, None where it is no letter of their row."""
    left, top, right, bottom = piece
    centre = (top + bottom) / 2
    level = rows[(rows[:, 1] < centre) & (rows[:, 3] > centre) & ((rows[:, 2] < left + 2) | (rows[:, 0] > right - 2))]
    away = np.maximum(level[:, 0] - right, left - level[:, 2])
    for row in level[np.argsort(away)][:3]:
        middle = (letters[:, :2] + letters[:, 2:]) / 2
        own = letters[
            (middle[:, 0] > row[0]) & (middle[:, 0] < row[2]) & (middle[:, 1] > row[1]) & (middle[:, 1] < row[3])
        ]
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


def _stands_alone(ink: _Ink, piece: NDArray[np.float64], high: float) -> bool:
    """Whether no other ink is near *piece*, as other letters, a picture's strokes or a rule would be."""
    left, top, right, bottom = (int(value) for value in piece)
    reach = int(APART * high)
    above = int(0.1 * high)  # a rule may run close over it
    around = ink.within(max(0, left - reach), max(0, top - above), right + reach, bottom + above)
    return around == ink.within(left, top, right, bottom)

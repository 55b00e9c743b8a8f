"""
What of a page is ink, and what of that is connected: pieces, such as letters, and runs of one row or column.

Most of a page is text that is known, or blank; pieces are looked for in what is neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..page import Ruling
from .reduced import part_of


__all__ = ["FRAYED", "around", "around_free", "clear_rules", "connected", "ink_of", "pieces", "runs"]

TILE = 16  # pixels
FRAYED = 2  # pixels: how much wider a rule's ink is than what is straight of it


def around(grey: NDArray[Any], tall: float) -> NDArray[np.uint8]:
    """Return how light it is around each place of *grey*, with lines *tall* pixels high: two of them are around it."""
    window = int(max(15, 2 * tall)) | 1
    edge = cv2.BORDER_REPLICATE | cv2.BORDER_ISOLATED
    return np.asarray(cv2.boxFilter(grey, -1, (window, window), borderType=edge), np.uint8)


def ink_of(grey: NDArray[Any], lightness: NDArray[np.uint8], darker: int) -> NDArray[np.uint8]:
    """Return 255 where *grey* is *darker* than the *lightness* `around`, by so much of 255, and 0 elsewhere."""
    ink = cv2.subtract(lightness, grey)
    return np.asarray(cv2.threshold(ink, darker - 1, 255, cv2.THRESH_BINARY, dst=ink)[1], np.uint8)


def clear_rules(ink: NDArray[Any], rulings: Iterable[Ruling]) -> None:
    """Take that of *rulings*, which is no letter's, out of *ink*."""
    for ruling in rulings:
        ink[part_of(ruling.box, FRAYED)] = 0


def around_free(ink: NDArray[np.uint8], boxes: Iterable[NDArray[Any]], reach: float) -> NDArray[np.uint8]:
    """
    Return the *ink* that is no farther than *reach* pixels from such as lies in none of *boxes*, of four corners each.
    """
    (height, width), (rows, columns) = ink.shape, (-(-side // TILE) for side in ink.shape)
    free = np.zeros((rows * TILE, columns * TILE), np.uint8)
    free[:height, :width] = ink
    for box in boxes:
        cv2.fillConvexPoly(free, np.round(box).astype(np.int32), (0,))
    tiles = cv2.dilate(free.reshape(rows, TILE, -1).max(axis=1), np.ones((1, TILE), np.uint8), anchor=(0, 0))[:, ::TILE]
    if not tiles.any():
        return np.zeros_like(ink)
    side = 2 * int(-(-reach // TILE)) + 1
    near = np.repeat(cv2.dilate(tiles, np.ones((side, side), np.uint8)), TILE, axis=1)
    return np.asarray(cv2.bitwise_and(ink, np.repeat(near, TILE, axis=0)[:height, :width]), np.uint8)


def connected(mask: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return to which piece each pixel of *mask* belongs, 0 to none, and left, top, width, height and area of each."""
    places, part, stats = _connected(mask)
    if len(stats) == 1:
        return np.broadcast_to(np.int32(0), mask.shape), stats
    rows = np.full(len(mask), -1)  # of `part`, the last of which is blank
    rows[places[places >= 0]] = np.flatnonzero(places >= 0)
    return np.take(part, rows, axis=0), stats


def pieces(mask: NDArray[Any]) -> NDArray[np.int32]:
    """Return left, top, width, height and area of each piece of *mask*."""
    return _connected(mask)[2][1:]


def _connected(mask: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.int32]]:
    """
    Return the rows that have ink, -1 for blank ones between; and to which piece each pixel of them belongs, and those.

    Of OpenCV's algorithms, which find the same in the same order, this one takes six tenths of the usual one's time.
    """
    places = np.flatnonzero(mask.max(axis=1))
    places = np.insert(places, np.append(np.flatnonzero(np.diff(places) > 1) + 1, len(places)), -1)
    few = mask[places]
    few[places < 0] = 0
    _, part, found, _ = cv2.connectedComponentsWithStatsWithAlgorithm(few, 8, cv2.CV_32S, cv2.CCL_BBDT)
    stats = np.asarray(found, np.int32)
    stats[1:, 1] = places[stats[1:, 1]]
    return places, np.asarray(part, np.int32), stats


def runs(mask: ArrayLike) -> NDArray[np.intp]:
    """Return where the stretches of *mask*, of one dimension, begin and end, shape (n, 2)."""
    return np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])))).reshape(-1, 2)

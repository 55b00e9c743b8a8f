"""
The boxes of a page's lines: how large they are, how they lean, and what a picture shows in them.

A box has four corners x, y from the top left, clockwise; several have the shape (n, 4, 2).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


__all__ = ["crop", "lean", "leaning", "sides", "straightened"]

_STRAY = 0.15  # times a line's height: how far its ends lie off the page's lean, where it leans as the others do
_LONG, _SEVERAL = 12, 3  # times its height; boxes of that length that tell the lean of a page
_FAR, _PAIRS, _MOST = 12, 6, 500  # times the height between two boxes of a row; pairs that tell it; boxes looked at
_AGREED = 0.16  # degrees between the quartiles of pairs

_ASLANT = 3.0  # degrees: the lines of pages lean less from each other
_TELLING = 4.0  # times as wide as high: how a shorter box leans is chance
_USUAL = 0.9  # of the lines are those of the page


def sides(boxes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the widths and heights of *boxes*."""
    wide = np.linalg.norm(boxes[:, 0] - boxes[:, 1], axis=1)
    high = np.linalg.norm(boxes[:, 0] - boxes[:, 3], axis=1)
    return wide, high


def lean(boxes: NDArray[np.float32]) -> float:
    """
    Return the angle in degrees by which the lines fall to the right: the median of the wide boxes, by length.

    Where none is long, as on a page of cells, rows of boxes tell it better than any box.
    """
    wide, high = sides(boxes)
    flat = wide > 3 * high
    if flat.sum() < 3:
        return 0.0
    angles = _falls(boxes[flat])
    order = np.argsort(angles)
    weight = np.cumsum(wide[flat][order])
    usual = float(angles[order][np.searchsorted(weight, weight[-1] / 2)])
    return usual if (wide > _LONG * high).sum() >= _SEVERAL else _lean_of_rows(boxes, float(np.median(high)), usual)


def _lean_of_rows(boxes: NDArray[np.float32], high: float, usual: float) -> float:
    """Return the angle from box to box of a row, as far apart as they stand; *usual* where these do not agree."""
    along, across = _axes(usual)
    middles = boxes[:_MOST].mean(axis=1)
    right = np.subtract.outer(middles @ along, middles @ along)
    down = np.subtract.outer(middles @ across, middles @ across)
    pairs = (right > _FAR * high) & (np.abs(down) < 0.5 * high)
    if pairs.sum() < _PAIRS:
        return usual
    angles = np.degrees(np.arctan2(down[pairs], right[pairs]))
    low, middle, top = np.quantile(angles, (0.25, 0.5, 0.75))
    return usual + float(middle) if top - low < _AGREED else usual


def _axes(angle: float) -> NDArray[np.float32]:
    """Return the directions along lines that fall by *angle* degrees, and across them."""
    turn = np.radians(angle)
    return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]], np.float32)


def leaning(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Return the angles in degrees by which *boxes* rise to the right on a level page; 0 of those that lean as its text.

    A stamp is set aslant by hand. A sheet that is bent leans here and there, but in more than a few lines.
    """
    wide, high = sides(boxes)
    rises = np.where(wide > _TELLING * high, -_falls(boxes), np.float32(0))
    usual = float(np.quantile(np.abs(rises), _USUAL)) if len(boxes) else 0.0
    return np.where(np.abs(rises) > max(_ASLANT, 3 * usual), rises, np.float32(0))


def _falls(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    run = boxes[:, 1] - boxes[:, 0] + boxes[:, 2] - boxes[:, 3]
    return np.asarray(np.degrees(np.arctan2(run[:, 1], run[:, 0])), np.float32)


def straightened(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Return *boxes* of a page with those that lean almost as most do leaning as those.

    A box is drawn around ragged spots that tell where a line is, and leans by them, by a pixel or two from end to end.
    """
    along, across = _axes(lean(boxes))
    run = boxes[:, 1] - boxes[:, 0]
    wide, high = sides(boxes)
    near = (run @ along > 0) & (np.abs(run @ across) / 2 < _STRAY * high)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) / 2
    reach = np.stack([wide, high], axis=1)[:, None] * corners
    straight = boxes.mean(axis=1, keepdims=True) + reach @ np.stack([along, across])
    return np.where(near[:, None, None], straight, boxes).astype(np.float32)


def crop(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return what *image* shows in *box*, the box's first side up, in the pixels of *image*."""
    width = int(max(np.linalg.norm(box[0] - box[1]), np.linalg.norm(box[3] - box[2])))
    height = int(max(np.linalg.norm(box[0] - box[3]), np.linalg.norm(box[1] - box[2])))
    width, height = max(1, width), max(1, height)
    onto = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(box, np.float32), onto)
    size = (width, height)
    piece = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(piece, np.uint8)

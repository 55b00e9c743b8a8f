"""
The boxes of a page's lines: how large they are, how they lean, and what a picture shows in them.

A box has four corners x, y from the top left, clockwise; several have the shape (n, 4, 2).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


__all__ = ["crop", "lean", "sides", "straightened"]

_STRAY = 0.15  # times a line's height: how far its ends lie off the page's lean, where it leans as the others do


def sides(boxes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the widths and heights of *boxes*."""
    wide = np.linalg.norm(boxes[:, 0] - boxes[:, 1], axis=1)
    high = np.linalg.norm(boxes[:, 0] - boxes[:, 3], axis=1)
    return wide, high


def lean(boxes: NDArray[np.float32]) -> float:
    """Return the angle in degrees by which the lines fall to the right: the median of the wide boxes, by length."""
    wide, high = sides(boxes)
    flat = wide > 3 * high
    if flat.sum() < 3:
        return 0.0
    run = boxes[flat, 1] - boxes[flat, 0] + boxes[flat, 2] - boxes[flat, 3]
    angles = np.degrees(np.arctan2(run[:, 1], run[:, 0]))
    order = np.argsort(angles)
    weight = np.cumsum(wide[flat][order])
    return float(angles[order][np.searchsorted(weight, weight[-1] / 2)])


def straightened(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Return *boxes* of a page with those that lean almost as most do leaning as those.

    A box is drawn around ragged spots that tell where a line is, and leans by them, by a pixel or two from end to end.
    """
    usual = np.radians(lean(boxes))
    along, across = np.array([[np.cos(usual), np.sin(usual)], [-np.sin(usual), np.cos(usual)]], np.float32)
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

"""
Which way up a page is, and how far it leans: found from the boxes of its lines.

The classifier of single lines errs on one good line in a few; a vote of the page's longest lines does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .line_boxes import crop, sides
from .networks import Network, batch_of


__all__ = ["is_level", "level", "lies_sideways", "runs_down", "stands_on_its_head", "turn", "turned"]

_TALL = 1.5
_LETTER = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_MARK = re.compile("[、。，．！？,.!?]")
_ENOUGH = 60  # letters; fewer may have no mark
_MARKS = 0.01  # of the letters; of running text they are 0.05 and more
_VOTERS = 10
_FIRST_VOTERS = 3
_STEP = 4  # of 255: from one side of an edge to the other
_ACROSS, _BESIDE = 0.6, 0.2  # of the page's width: an edge is as long, and that much of it may be a pixel off
_BORDER = 0.03  # of the page: a scanner's edges are level whatever lies on it
_WAYS = None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE
_AGREED = 0.8  # of 1, which is a mean of votes that are all sure: the others need not be asked


def lies_sideways(boxes: NDArray[np.float32]) -> bool:
    """Whether the lines run up or down the page: most of the length of all lines is in tall boxes."""
    if not len(boxes):
        return False
    wide, high = sides(boxes)
    tall = high > _TALL * wide
    flat = wide > _TALL * high
    return float(high[tall].sum()) > float(wide[flat].sum())


def runs_down(texts: Sequence[str], quarters: int) -> bool:
    """
    Whether a page on which *texts* were read lay as it should: Chinese or Japanese that runs from the top down.

    Its columns are read as lines that were turned, of which marks and small letters are lost.

    Args:
        quarters: By how many right angles the page was turned clockwise.
    """
    text = "".join(texts)
    letters = len(_LETTER.findall(text))
    return quarters == 3 and letters >= _ENOUGH and len(_MARK.findall(text)) < _MARKS * letters


def stands_on_its_head(image: NDArray[np.uint8], boxes: NDArray[np.float32], network: Network) -> bool:
    """Whether the page is upside down: the vote of its longest flat lines, each weighed by how sure it is."""
    if not len(boxes):
        return False
    wide, high = sides(boxes)
    flat = [index for index in np.argsort(-wide) if wide[index] > _TALL * high[index]][:_VOTERS]
    if not flat:
        return False

    def votes(voters: Sequence[int]) -> NDArray[np.float32]:
        windows = [window for index in voters for window in _windows(crop(image, boxes[index]))]
        answers = network(np.concatenate(windows))
        return answers[:, 1] - answers[:, 0]

    first = votes(flat[:_FIRST_VOTERS])
    if abs(float(first.mean())) >= _AGREED or len(flat) <= _FIRST_VOTERS:
        return float(first.mean()) > 0
    return float(first.sum() + votes(flat[_FIRST_VOTERS:]).sum()) > 0


def _windows(picture: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    """
    Yield up to three pieces of a line's *picture* as the classifier takes them.

    It was trained on single words; a whole line squeezed into its field is a grey bar to it.
    """
    height, width = picture.shape[:2]
    field = 4 * height
    for left in {0, max(0, (width - field) // 2), max(0, width - field)}:
        piece = picture[:, left : left + field]
        wide = min(192, max(1, round(48 * piece.shape[1] / height)))
        small = cv2.resize(piece, (wide, 48), interpolation=cv2.INTER_AREA)
        yield batch_of(np.asarray(small, np.uint8), 192)


def is_level(grey: NDArray[np.uint8]) -> bool:
    """
    Whether an edge that runs over most of the page, or down it, stays in one row of pixels, as programs draw bars.

    Args:
        grey: The page, shape (height, width).
    """
    for rows in (grey, grey.T):
        border = round(_BORDER * len(rows))
        steps = np.diff(rows[border : len(rows) - border].astype(np.int16), axis=0)
        for long in ((steps >= _STEP).mean(axis=1), (steps <= -_STEP).mean(axis=1)):
            if ((long[1:-1] > _ACROSS) & (np.maximum(long[:-2], long[2:]) < _BESIDE)).any():
                return True
    return False


def turned(image: NDArray[np.uint8], quarters: int) -> NDArray[np.uint8]:
    """Return *image* turned clockwise by *quarters* right angles."""
    way = _WAYS[quarters % 4]
    return image if way is None else np.asarray(cv2.rotate(image, way), np.uint8)


def turn(boxes: NDArray[np.float32], quarters: int, width: int, height: int) -> NDArray[np.float32]:
    """Return *boxes* of a page of *width* by *height* as they lie after it is `turned`, corners in order again."""
    for _ in range(quarters % 4):
        boxes = np.stack([height - boxes[..., 1], boxes[..., 0]], axis=-1)
        boxes = np.roll(boxes, 1, axis=1)
        width, height = height, width
    return boxes


def level(angle: float, width: int, height: int) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return the function that turns points about the page's centre so that lines falling by *angle* lie level."""
    radians = np.radians(-angle)
    rotation = np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]], np.float32)
    centre = np.array([width / 2, height / 2], np.float32)

    def turn_points(points: NDArray[np.float32]) -> NDArray[np.float32]:
        return ((points - centre) @ rotation + centre).astype(np.float32)

    return turn_points

"""
Cuts the boxes of lines where a rule of a table runs through them, before they are read.

In a grid whose cells hold little white, a number set to the right and the word behind the rule are one line to the
detector: "3,676.73Depot", or the rule is read as a digit. A rule runs on above and below a line; a letter does not.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .connected import around, ink_of
from .ink import strokes
from .reduced import grey_of


__all__ = ["cut_at_rules"]

Boxes = NDArray[np.float32]

_OFFSET = 14  # of 255: how much darker than its surroundings ink is
_DARKER = 24  # likewise: than the paper of a line its rules are
_LONG = 2.2  # times the height of a line: a rule between cells of two rows, longer than any letter
_BEYOND = 1.6  # times the height of the line that it crosses: the letters of a heading are no longer than their box
_SHORT = 0.15  # likewise: so far from the ends of the box a rule may end, below a table's last row
_THICK = 0.3  # likewise, at most
_NARROW = 0.25  # times a line's height: a piece has no letter
_MOST = 1000  # strokes; what has more is a pattern


def cut_at_rules(image: NDArray[np.uint8], boxes: Boxes, *, sideways: bool = False) -> Boxes:
    """
    Return *boxes* without the rules that run across them: cut in two, or drawn in where one stands at an end.

    Args:
        image: Blue, green and red, shape (height, width, 3).

        boxes: Of its lines, shape (n, 4, 2): corners in its pixels, clockwise from the top left.

        sideways: Whether the lines run up or down the picture.
    """
    if not len(boxes):
        return boxes
    grey = grey_of(image)
    if sideways:
        return _flipped(cut_at_rules(np.ascontiguousarray(grey.T), _flipped(boxes)))
    ends = np.hstack([boxes.min(axis=1), boxes.max(axis=1)])
    tall = float(np.median(np.minimum(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])))
    dark = ink_of(grey, around(grey, tall), _OFFSET)
    rules = _rules(dark, tall)
    if not 0 < len(rules) <= _MOST:
        return boxes
    out: list[NDArray[np.float32]] = []
    for box, (left, top, right, bottom) in zip(boxes, ends, strict=True):
        high = bottom - top
        across = rules[
            (rules[:, 1] < top + _SHORT * high)
            & (rules[:, 3] > bottom - _SHORT * high)
            & (rules[:, 3] - rules[:, 1] > _BEYOND * high)
            & (rules[:, 2] > left)
            & (rules[:, 0] < right)
            & (rules[:, 2] - rules[:, 0] <= max(4.0, _THICK * high))
        ]
        if len(across) and right - left > high:
            part = np.s_[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
            across = across[[_is_darker(grey[part], rule - int(left)) for rule in across[:, [0, 2]]]]
        out += _pieces(box, across, dark) if len(across) and right - left > high else [box]
    return np.stack(out) if out else boxes


def _flipped(boxes: Boxes) -> Boxes:
    return boxes[..., ::-1][:, [0, 3, 2, 1]]


def _rules(dark: NDArray[Any], tall: float) -> NDArray[np.int32]:
    """Return left, top, right and bottom of the upright strokes that are longer than any letter of *tall* lines."""
    # A scanned rule leans and is ragged by a pixel.
    wider = cv2.dilate(dark, np.ones((1, 3), np.uint8))
    x, y, wide, high = strokes(wider, max(24, int(_LONG * tall)), level=False).T
    return np.stack([x, y, x + wide, y + high], axis=1)


def _is_darker(line: NDArray[np.uint8], rule: NDArray[np.int32]) -> bool:
    """Whether the columns of *rule* are darker than the paper of *line*; between light letters they are its ground."""
    inside = line[:, max(0, int(rule[0])) : max(1, int(rule[1]))]
    return bool(inside.size and np.median(inside.min(axis=1)) < np.median(line) - _DARKER)


def _pieces(box: NDArray[np.float32], rules: NDArray[np.int32], dark: NDArray[Any]) -> list[NDArray[np.float32]]:
    """Return what *rules* leave of *box*: the parts that hold ink and are wide enough for a letter."""
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    places = [left, *np.sort(rules, axis=0)[:, [0, 2]].ravel(), right]
    out = []
    for begin, end in zip(places[::2], places[1::2], strict=True):
        ink = dark[max(0, int(top)) : int(bottom), max(0, int(begin)) : max(0, int(end))]
        if end - begin < _NARROW * (bottom - top) or not ink.any():
            continue
        start, stop = (float(np.clip((place - left) / (right - left), 0, 1)) for place in (begin, end))
        upper, lower = box[1] - box[0], box[2] - box[3]
        corners = (box[0] + start * upper, box[0] + stop * upper, box[3] + stop * lower, box[3] + start * lower)
        out.append(np.stack(corners).astype(np.float32))
    return out

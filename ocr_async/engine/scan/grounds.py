"""
Finds what the lines of a page stand on, other than paper, where a program has drawn it: bars, cards and what people say
to each other in the picture of a screen have grounds of exactly one colour.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ..page import Box, Line
from .connected import connected
from .reduced import reduced


__all__ = ["Ground", "grounds", "on_paper"]

DETAIL = 10.0  # pixels of a line's height that are looked at
EVEN = 3  # of 255: how far neighbouring pixels of one colour are apart
DRAWN = 0.5  # of the page is of one colour with its neighbours
EDGE, RULE = 2, 3  # such pixels: how far out another colour begins, and what is past a rule between two of one
LOWEST = 0.7  # heights of a line, at least
LARGEST = 0.75  # of the page
FULL = 0.88  # of its box: corners may be round
INSIDE = 0.8  # of a line
FILLED = 0.25  # of a ground with one line; the bar of a chart has more room
DARK = 60  # of 255: how much darker than paper what is looked at as if it were paper


@frozen
class Ground:
    """
    What some lines of a page stand on, and no others.

    Attributes:
        place: Its left, top, right and bottom, in pixels.

        own: Which pixels of these are its, with what is printed on it.
    """

    place: tuple[int, int, int, int]
    own: NDArray[np.bool_]

    @property
    def box(self) -> Box:
        """Where it is."""
        return Box(*map(float, self.place))


def grounds(image: NDArray[Any], lines: Sequence[Line], tall: float) -> list[Ground]:
    """
    Return the rectangles of one colour, and another one around them, that *lines* stand on, the largest first; none
    where the page was not drawn by a program.

    Args:
        image: The page, shape (height, width) or (height, width, 3).

        tall: The usual height of a line, in pixels.
    """
    height, width = image.shape[:2]
    step = max(1.0, tall / DETAIL)
    small = reduced(image, round(width / step), round(height / step))
    near = np.ones((3, 3), np.uint8)
    apart = cv2.subtract(cv2.dilate(small, near), cv2.erode(small, near))
    plain = (functools.reduce(cv2.max, cv2.split(apart)) <= EVEN).astype(np.uint8)
    if plain.mean() < DRAWN:
        return []
    labelled, stats = connected(plain)
    paper = small[labelled == np.argmax(stats[1:, 4]) + 1][0].astype(np.int16)
    out: list[Ground] = []
    areas = stats[:, 2] * stats[:, 3]
    like = (stats[:, 3] * step >= LOWEST * tall) & (areas <= LARGEST * plain.size)
    like[0] = False
    for index in np.flatnonzero(like)[np.argsort(-areas[like])]:
        x, y, w, h = (int(value) for value in stats[index, :4])
        left, top = max(0, round((x - 1) * step)), max(0, round((y - 1) * step))
        right, bottom = min(width, round((x + w + 1) * step)), min(height, round((y + h + 1) * step))
        box = Box(left, top, right, bottom)
        inside = [line.box for line in lines if line.box.share(box) > INSIDE]
        if len(inside) < 2 and sum(each.area for each in inside) <= FILLED * box.area:
            continue
        own = (labelled[y : y + h, x : x + w] == index).astype(np.uint8)
        shade = np.median(small[y : y + h, x : x + w][own > 0], axis=0)
        for said in inside:  # letters may reach its edge
            rows = np.s_[max(0, round(said.top / step) - y) : round(said.bottom / step) - y]
            own[rows, max(0, round(said.left / step) - x) : round(said.right / step) - x] = 1
        outlines, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        filled = cv2.drawContours(np.zeros_like(own), outlines, -1, 1, cv2.FILLED)
        if np.count_nonzero(filled) > FULL * w * h and _stands_out(small, (x, y, w, h), shade, paper):
            shape = cv2.resize(filled, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
            out.append(Ground((left, top, right, bottom), shape > 0))
    return out


def _stands_out(
    image: NDArray[Any], place: tuple[int, int, int, int], shade: NDArray[Any], paper: NDArray[Any]
) -> bool:
    """Whether *shade* is not that of *image* around *place* (left, top, width and height), on any side."""
    x, y, w, h = place
    height, width = image.shape[:2]
    out = EDGE if np.abs(paper - shade).max() > EVEN else RULE
    around = [
        *(image[row, x : x + w] for row in (y - out, y + h + out - 1) if 0 <= row < height),
        *(image[y : y + h, column] for column in (x - out, x + w + out - 1) if 0 <= column < width),
    ]
    return all(np.abs(np.median(side, axis=0) - shade).max() > EVEN for side in around)


def on_paper(grey: NDArray[Any], found: Sequence[Ground]) -> NDArray[Any]:
    """Return *grey* with the grounds that are much darker than paper made as light, and what is printed there dark."""
    if not found:
        return grey
    paper = int(np.bincount(grey.ravel(), minlength=256).argmax())
    out = grey
    for ground in found:
        left, top, right, bottom = ground.place
        here = np.s_[top:bottom, left:right]
        shade = int(np.bincount(grey[here][ground.own], minlength=256).argmax())
        if paper - shade < DARK:
            continue
        out = grey.copy() if out is grey else out
        print_ = np.abs(grey[here].astype(np.float32) - shade) * (paper / max(shade, 255 - shade))
        out[here][ground.own] = (paper - print_[ground.own]).astype(np.uint8)
    return out

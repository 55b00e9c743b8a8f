"""
Finds the tinted panels of a scanned page: what is printed in a box of its own, such as a sidebar or a card of a slide.

A panel is a rectangle of one shade, lighter or darker than the paper, in which lines of text stand; `layout` decides
whether it parts them from what stands around.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..page import Box, Line, Picture
from .connected import connected


__all__ = ["panels"]

DETAIL = 5.0  # pixels of a line's height that are looked at
TEXT = 1.0  # heights of a line: what is dark and thinner is print and no ground
SHADE = 5  # of 255: between a panel and the paper
PLAIN = 6.0  # of 255: how far the shades of one panel are apart, as standard deviation
WIDE, HIGH = 5.0, 2.5  # heights of a line, at least
LARGEST = 0.75  # of the page
FULL = 0.88  # of its box: corners may be round
INSIDE = 0.8  # of a line
INSET = 0.4  # heights of a line: a panel's edge, over which its shade is blurred


def panels(grey: NDArray[Any], lines: Sequence[Line], pictures: Sequence[Picture], tall: float) -> tuple[Box, ...]:
    """
    Return the panels of a page, each of which has two of *lines* or more in it, and is no part of *pictures*.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white.

        tall: The usual height of a line, in pixels.
    """
    height, width = grey.shape
    step = max(1.0, tall / DETAIL)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    reach = np.ones((round(TEXT * tall / step),) * 2, np.uint8)
    ground = cv2.morphologyEx(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), cv2.MORPH_CLOSE, reach)
    ground = cv2.medianBlur(ground, 3)
    paper = int(np.bincount(ground.ravel(), minlength=256)[FAINTEST:].argmax()) + FAINTEST
    tinted = (np.abs(ground.astype(np.int16) - paper) >= SHADE).astype(np.uint8)
    if not tinted.any():
        return ()
    labelled, stats = connected(tinted)
    out: list[Box] = []
    inset = max(1, int(INSET * tall / step))
    for index in range(1, len(stats)):
        x, y, w, h, count = (int(value) for value in stats[index, :5])
        box = Box(x * step, y * step, (x + w) * step, (y + h) * step)
        if box.width < WIDE * tall or box.height < HIGH * tall or box.area > LARGEST * width * height:
            continue
        if count < FULL * w * h or sum(1 for line in lines if line.box.share(box) > INSIDE) < 2:
            continue
        inner = np.s_[y + inset : y + h - inset, x + inset : x + w - inset]
        shades = ground[inner][labelled[inner] == index]
        if shades.size and float(shades.std()) < PLAIN and not any(box.share(each.box) > 0.5 for each in pictures):
            out.append(box)
    return tuple(out)


FAINTEST = 100  # of 255: paper is lighter

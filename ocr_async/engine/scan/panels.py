"""
Finds the tinted panels of a scanned page: what is printed in a box of its own, such as a sidebar or a card of a slide.

A panel is a rectangle of one shade, lighter or darker than the paper, in which lines of text stand; `layout` decides
whether it parts them from what stands around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..page import Box, Line, Picture
from .connected import connected
from .grounds import Ground
from .reduced import reduced


__all__ = ["panels"]

DETAIL = 5.0  # pixels of a line's height that are looked at
TEXT = 1.0  # heights of a line: what is dark and thinner is print and no ground
SHADE = 5  # of 255: between a panel and the paper
DARK = 60  # likewise, of one with light print
MOST = 5  # pixels each way, of which print is the lesser part; of more the median takes ten times as long
MIXED = 16.0  # of 255: as `PLAIN`, with what is left of the print
PLAIN = 6.0  # of 255: how far the shades of one panel are apart, as standard deviation
WIDE, HIGH = 5.0, 2.5  # heights of a line, at least
LARGEST = 0.75  # of the page
FULL = 0.88  # of its box: corners may be round
RUNNING, MOSTLY = 16, 0.6  # characters of a line of running text, and the part of all that is in such
INSIDE = 0.8  # of a line
INSET = 0.4  # heights of a line: a panel's edge, over which its shade is blurred


def panels(
    grey: NDArray[Any],
    lines: Sequence[Line],
    pictures: Sequence[Picture],
    tall: float,
    drawn: Sequence[Ground] = (),
) -> tuple[Box, ...]:
    """
    Return the panels of a page, each of which has some of *lines* in it, two or more on a scan, and is no part of
    *pictures*; what was taken for a picture may be a panel of running text.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white.

        tall: The usual height of a line, in pixels.

        drawn: The grounds of a page that a program drew.
    """
    out: list[Box] = []
    for box in [each.box for each in drawn] or _tinted(grey, tall):
        small = box.width < WIDE * tall or box.height < HIGH * tall
        if not drawn and (small or any(box.share(other) > 0.5 for other in out)):
            continue
        inside = [line for line in lines if line.box.share(box) > INSIDE]
        covered = [each.box for each in pictures if box.share(each.box) > 0.5]
        if len(inside) > (not drawn) and all(_is_read(inside) and each.share(box) > INSIDE for each in covered):
            out.append(box)
    return tuple(out)


def _tinted(grey: NDArray[Any], tall: float) -> Iterator[Box]:
    """Yield the boxes of a shade other than the paper's, the light ones first."""
    height, width = grey.shape
    step = max(1.0, tall / DETAIL)
    reach = np.ones((round(TEXT * tall / step),) * 2, np.uint8)
    small = reduced(grey, round(width / step), round(height / step))
    bare = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, reach), 3)  # without dark print
    for x, y, w, h in (*_plain_boxes(bare, SHADE, PLAIN), *_plain_boxes(cv2.medianBlur(small, MOST), DARK, MIXED)):
        yield Box(x * step, y * step, (x + w) * step, (y + h) * step)


def _is_read(lines: Sequence[Line]) -> bool:
    """Whether *lines* are running text for the most part, and no lettering."""
    said = [len(line.text) for line in lines]
    return sum(count for count in said if count >= RUNNING) > MOSTLY * sum(said)


def _plain_boxes(ground: NDArray[Any], least: int, most: float) -> Iterator[tuple[int, int, int, int]]:
    """
    Yield left, top, width and height of what is of one shade, and that is not the paper's.

    Args:
        ground: A page without its print.

        least: How far the shade is from the paper's.

        most: The standard deviation of the shade.
    """
    paper = int(np.bincount(ground.ravel(), minlength=256)[FAINTEST:].argmax()) + FAINTEST
    tinted = (np.abs(ground.astype(np.int16) - paper) >= least).astype(np.uint8)
    labelled, stats = connected(tinted)
    inset = round(INSET * DETAIL)
    areas = stats[:, 2] * stats[:, 3]
    like = (areas <= LARGEST * ground.size) & (stats[:, 4] >= FULL * areas)
    for index in np.flatnonzero(like[1:]) + 1:
        x, y, w, h = (int(value) for value in stats[index, :4])
        inner = np.s_[y + inset : y + h - inset, x + inset : x + w - inset]
        shades = ground[inner][labelled[inner] == index]
        if shades.size and float(shades.std()) < most:
            yield x, y, w, h


FAINTEST = 100  # of 255: paper is lighter

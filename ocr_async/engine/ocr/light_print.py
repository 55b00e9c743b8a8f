"""
Finds light print on dark grounds that the detector overlooked: a footer over a photograph, small words on a band.

The network looks at a reduced page, on which white letters of some points melt into a photograph. In full size they
are told by being lighter than what is around them in each colour, of one height, and in a row. What is around such a
row is given to the network once more, as fine as it was scanned; most pages have no dark ground, or nothing on it.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from ..scan.connected import connected, pieces
from ..scan.overlooked import outside
from ..scan.reduced import halved, reduced, shades_at
from .detection import detect, overlap
from .networks import Network


__all__ = ["with_light_print"]

Boxes = NDArray[np.float32]

_FINE = 2600  # pixels: a longer page is looked at in half of them
_COARSE = 4  # pixels of the page in one of the picture in which grounds are looked for
_DARK = 0.62  # of the paper's brightness: a ground is darker
_LIGHT = 0.7  # likewise: light print is lighter
_LIGHTER = 50  # of 255: than what is around it
_AROUND = 31  # pixels, more than a letter's stroke is wide
_SOLID = 7  # of those pixels: what is smaller is a black letter
_HEIGHTS = (5, 60)  # pixels
_FLAT = 4  # times as wide as high: no letter
_APART = 0.8  # times their height: letters and words of a line are no further apart
_UNEVEN = 1.9  # times the height of its letters: a line is no higher
_LONG = 4  # times as long as high: a row
_FEWEST = 5  # letters of a row: fewer are spots of a photograph
_MARGIN = 3  # times a row's height, for the network to look around in
_MOST = 40  # rows; what has more is a pattern
_MUCH = 0.3  # of the page, that is looked at again at most
_SAME = 0.5


def with_light_print(image: NDArray[np.uint8], boxes: Boxes, network: Network) -> Boxes:
    """
    Return *boxes* with those of light print on dark grounds that are not among them.

    Args:
        image: Blue, green and red, shape (height, width, 3).

        boxes: Of its lines, shape (n, 4, 2), in its pixels.
    """
    finer = 1
    seen = image
    while max(seen.shape) > _FINE:
        seen, finer = halved(seen), 2 * finer
    for left, top, wide, high in _parts(seen, boxes / np.float32(finer)):
        found = detect(np.ascontiguousarray(seen[top : top + high, left : left + wide]), network)
        boxes = _joined(boxes, (found + np.array((left, top), np.float32)) * finer)
    return boxes


def _parts(image: NDArray[np.uint8], boxes: Boxes) -> list[list[int]]:
    """Return left, top, width and height of parts of *image*, apart, that seem to hold light print outside *boxes*."""
    height, width = image.shape[:2]
    coarse = _darkest(reduced(image, width // _COARSE, height // _COARSE))
    paper = shades_at(coarse, (0.9,))[0]
    calm = cv2.erode(cv2.medianBlur(coarse, 5), np.ones((3, 3), np.uint8))
    dark = (calm < _DARK * paper).astype(np.uint8)
    solid = cv2.erode(dark, np.ones((_SOLID, _SOLID), np.uint8))
    if not solid.any() or dark.mean() > 0.5:  # a page that is dark as a whole is read as it is
        return []
    low = _darkest(image)
    lighter = cv2.subtract(low, cv2.blur(low, (_AROUND, _AROUND)))
    light = ((lighter > _LIGHTER) & (low > _LIGHT * paper)).astype(np.uint8)
    light &= np.asarray(cv2.resize(dark, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    letters = _letters(light)
    if not len(letters):
        return []
    rows = _rows(letters[outside((letters[:, :2] + letters[:, 2:]) // 2, boxes)], width, height)
    if not 0 < len(rows) <= _MOST:
        return []
    around = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in rows:
        margin = _MARGIN * (bottom - top)
        around[max(0, top - margin) : bottom + margin, max(0, left - 2 * margin) : right + 2 * margin] = 1
    # rows of one block are looked at together
    parts: list[list[int]] = pieces(around)[:, :4].tolist()
    area = sum(wide * high for _, _, wide, high in parts)
    return parts if area < _MUCH * width * height else []


def _darkest(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the darkest of each pixel's colours: white is light in all of them, and colours are not."""
    return np.asarray(functools.reduce(cv2.min, cv2.split(image)), np.uint8)


def _letters(light: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return left, top, right and bottom of what is *light* and may be a letter by its size."""
    x, y, wide, high = pieces(light)[:, :4].T
    like = (high >= _HEIGHTS[0]) & (high <= _HEIGHTS[1]) & (wide <= _FLAT * high)
    return np.asarray(np.stack([x, y, x + wide, y + high], axis=1)[like], np.int32)


def _rows(letters: NDArray[np.int32], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Return left, top, right and bottom of the rows that *letters* stand in; those that stand in none are spots."""
    if len(letters) < _FEWEST:
        return []
    drawn = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in letters:
        drawn[top:bottom, left : right + int(_APART * (bottom - top))] = 1
    labelled, stats = connected(drawn)
    x, y = ((letters[:, :2] + letters[:, 2:]) // 2).T
    of_row = labelled[y, x]
    tall = letters[:, 3] - letters[:, 1]
    out = []
    for index, count in zip(*np.unique(of_row, return_counts=True), strict=True):
        left, top, wide, high = (int(side) for side in stats[index, :4])
        if count >= _FEWEST and wide > _LONG * high and high < _UNEVEN * np.median(tall[of_row == index]):
            out.append((left, top, left + wide, top + high))
    return out


def _joined(boxes: Boxes, found: Boxes) -> Boxes:
    """Return *boxes* with those *found* that are new, each in the place of those that it holds more than a half of."""
    kept = list(boxes)
    for box in found:
        same = [other for other in kept if overlap(box, other) > _SAME]
        if all(cv2.contourArea(other) < cv2.contourArea(box) for other in same):
            kept = [other for other in kept if not any(other is each for each in same)]
            kept.append(box)
    return np.stack(kept) if kept else boxes

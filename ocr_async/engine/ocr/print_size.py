"""
What the pixels of a page tell before a network looks for lines: where print is, and how large its letters are.

The network takes as long for blank paper as for print, and for large letters as for small ones, and finds both as well.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ..scan.connected import around, ink_of, pieces
from ..scan.overlooked import outside
from ..scan.reduced import grey_of


__all__ = ["Letters", "letters", "printed"]

_CLEAN = 6.0  # of 255: by how much most places differ from those beside them, at most; grain hides the letters
_DARKER = 20  # of 255: print is darker than what is around it
_AROUND = 31  # pixels, more than a letter's stroke is wide
_HEIGHTS = (4, 80)  # pixels: what is smaller may be dust, what is larger a picture or a ruling
_FLAT = 5  # times as wide as high are rulings, and words that have run into one
_FEWEST = 30
_SMALL = 7.0  # pixels: the size of letters that may not be smaller
_ENOUGH = 9.0  # pixels, of larger ones
_MOST, _LEAST = 0.84, 0.5
_LITTLE = 0.8  # above it, what is found is what is found at full size
_PLAIN = 24  # of 255: paper, and the black beside it, differ less from one pixel to the next
_BLOCK = 8  # pixels: the side of a square in which print is looked for
_SPECK = 10  # pixels of it that differ more; a single dark one makes nine
_MARGIN = 32  # pixels of paper that stay around the print, for what is at the edge of a picture is found less well
_ROOM = 640  # pixels that stay each way: the network weighs all of a picture, and parts cells better with paper beside
_WORTH = 2 / 3  # of the picture: the network finds lines a hair otherwise on another picture, for good and ill
_MISSED = 0.05  # of the letters: of pages reduced by more, up to a fortieth is in no box at either size


@frozen
class Letters:
    """
    What looks like a letter on the picture of a page.

    Attributes:
        places: Their centres, shape (n, 2): x, y in its pixels.

        sides: Their widths and heights, shape (n, 2), in its pixels.

        grain: By how much most places of it differ from those beside them, 0 to 255.
    """

    places: NDArray[np.float64]
    sides: NDArray[np.int32]
    grain: float

    @property
    def reduction(self) -> float:
        """
        By how much the picture may be reduced so that its lines are still found: 0.5 to 0.84, or 1.

        Told by the height, on a page that lies on its side the width, that a quarter of the letters do not reach; 1
        where they are small or few.
        """
        if len(self.sides) < _FEWEST:
            return 1.0
        large = float(np.quantile(self.sides, 0.25, axis=0).max())
        return max(_LEAST, min(_MOST, _ENOUGH / large)) if large > _SMALL else 1.0

    def missed(self, boxes: NDArray[np.floating[Any]]) -> bool:
        """Whether *boxes*, found on a much reduced picture, leave out letters that the whole one may show better."""
        return self.reduction <= _LITTLE and float(outside(self.places, boxes).mean()) > _MISSED


def letters(image: NDArray[np.uint8]) -> Letters:
    """Return what looks like a letter on *image*, dark on bright; none where it is noisy, for grain looks so too."""
    grey = grey_of(image)
    uneven = cv2.morphologyEx(cv2.blur(grey, (3, 3)), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    most = range(int(_CLEAN) + 1)
    grain = next((step for step in most if 2 * np.count_nonzero(uneven <= step) >= grey.size), 255)
    if grain > _CLEAN:
        return Letters(np.empty((0, 2)), np.empty((0, 2), np.int32), grain)
    found = pieces(ink_of(grey, around(grey, _AROUND / 2), _DARKER))
    width, height = found[:, 2:4].T
    found = found[(height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (width <= _FLAT * height)]
    return Letters(found[:, :2] + found[:, 2:4] / 2, found[:, 2:4], grain)


def printed(image: NDArray[np.uint8], grain: int) -> tuple[slice, slice]:
    """
    Return the rows and columns of *image* outside of which nothing is printed; all of them where that saves little.

    Args:
        grain: They begin and end at multiples of this, which the sides of *image* are.
    """
    grey = grey_of(image)
    height, width = grey.shape
    uneven = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edges = cv2.threshold(uneven, _PLAIN, 255, cv2.THRESH_BINARY)[1]
    blocks = cv2.resize(edges, (-(-width // _BLOCK), -(-height // _BLOCK)), interpolation=cv2.INTER_AREA)
    places = cv2.boundingRect((blocks >= 255 * _SPECK / _BLOCK**2).astype(np.uint8))
    left, top, wide, high = (_BLOCK * place for place in places)
    rows, columns = _around(top, top + high, height, grain), _around(left, left + wide, width, grain)
    saved = (rows.stop - rows.start) * (columns.stop - columns.start) <= _WORTH * height * width
    return (rows, columns) if wide and saved else (slice(0, height), slice(0, width))


def _around(start: int, end: int, whole: int, grain: int) -> slice:
    more = max(_MARGIN, (_ROOM - (end - start)) // 2)
    return slice(max(0, (start - more) // grain * grain), min(whole, -(-(end + more) // grain) * grain))

"""The picture of a page with fewer colours and pixels: what looks at it needs not all, and all of them take time."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..page import Box


__all__ = ["grey_of", "halved", "lit", "part_of", "reduced", "shades_at", "without_colour"]

Image = NDArray[np.uint8]
"""In blue, green and red, shape (height, width, 3), or grey, shape (height, width)."""


DIM, WHITE, FAINTEST = 150, 235, 40  # of 255: paper in little light and in much, and the darkest that is made lighter


def grey_of(image: Image) -> Image:
    """Return *image* in grey."""
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def without_colour(image: Image) -> Image:
    """Return *image* in grey if that is the same."""
    if image.ndim == 2:
        return image
    grey = grey_of(image)
    return image if cv2.norm(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), image, cv2.NORM_INF) else grey


def lit(image: Image) -> Image:
    """Return *image*, lighter if all of it is darker than paper is, as it was taken in little light."""
    (light,) = shades_at(grey_of(halved(halved(image))), (0.999,))
    if light >= DIM:
        return image
    return np.asarray(cv2.convertScaleAbs(image, alpha=WHITE / max(light, FAINTEST)), np.uint8)


def halved(image: Image) -> Image:
    """Return *image* with half as many pixels each way, which takes a tenth of the time of any other reduction."""
    return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def reduced(image: Image, width: int, height: int) -> Image:
    """Return *image* in fewer pixels, each the mean of those that it stands for; halved first as often as may be."""
    width, height = max(1, width), max(1, height)
    while 2 * width <= image.shape[1] and 2 * height <= image.shape[0]:
        image = halved(image)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def shades_at(grey: Image, parts: Sequence[float]) -> list[int]:
    """Return the shades that these *parts* of the pixels of *grey*, 0 to 1, do not exceed."""
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().cumsum()
    return [int(shade) for shade in np.searchsorted(counts, np.array(parts) * grey.size)]


def part_of(box: Box, margin: float, step: int = 1) -> tuple[slice, slice]:
    """Return the rows and columns of *box* and a *margin*, in pixels, on a picture *step* times as coarse."""
    rows, columns = (
        slice(max(0, int((start - margin) / step)), int((end + margin) / step) + 1)
        for start, end in ((box.top, box.bottom), (box.left, box.right))
    )
    return rows, columns

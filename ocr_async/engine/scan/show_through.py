"""
Takes what is printed on the other side of a sheet off its scan, where it shines through: pale, and mirrored.

Recognition finds lines in it, or words of it in the lines that it crosses, and reads them as "epelliv bodtem".
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .reduced import reduced, shades_at


__all__ = ["contrasts", "pale", "without_pale"]

PALE = 0.4  # of the print's contrast; a pen, or grey print, is darker than that
LEAST = 4  # pixels
GROUND = 8  # times as coarse as the page is what the paper's shade is told from
REACH = 9  # of its pixels
LIGHT = 0.7  # of the page's paper: what is darker far around is a picture
ROWS = 256  # of pixels at once: as numbers of 32 bits a whole page would take a gigabyte
MARGIN, RAMP = 1.25, 0.15  # of the pale lines' contrast; of black


def contrasts(grey: NDArray[Any], boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how much darker than their paper the *boxes*, of four corners each, are printed, 0 to 1."""
    found = np.zeros(len(boxes))
    for index, corners in enumerate(boxes):
        left, top = corners.min(axis=0).astype(int).clip(0).tolist()
        right, bottom = corners.max(axis=0).astype(int).clip(0).tolist()
        crop = np.ascontiguousarray(grey[top:bottom:2, left:right:2])
        if min(crop.shape) >= LEAST:
            ink, paper = shades_at(crop, (0.03, 0.8))
            found[index] = (paper - ink) / max(1.0, paper)
    return found


def pale(found: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which lines of the contrasts *found* are much paler than the third darkest of the page."""
    return np.asarray((found > 0) & (found < PALE * np.sort(found)[-3:][0]), np.bool_)


def without_pale(image: NDArray[np.uint8], contrast: float) -> NDArray[np.uint8]:
    """
    Return *image* with paper where it is as pale as ink of *contrast*.

    Args:
        image: Blue, green and red, shape (height, width, 3), or grey, shape (height, width).
    """
    height, width = image.shape[:2]
    coarse = reduced(image, width // GROUND, height // GROUND)
    lightest = cv2.blur(cv2.dilate(coarse, np.ones((REACH, REACH), np.uint8)), (REACH, REACH))
    paper = np.asarray(cv2.resize(lightest, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    light = LIGHT * float(np.percentile(coarse, 95))
    out = np.empty_like(image)
    for top in range(0, height, ROWS):
        rows = slice(top, top + ROWS)
        out[rows] = _bleached(image[rows], paper[rows], contrast, light)
    return out


def _bleached(image: NDArray[np.uint8], paper: NDArray[np.uint8], contrast: float, light: float) -> NDArray[np.uint8]:
    """Return *image* with *paper* where it is as pale as ink of *contrast*, unless the paper is darker than *light*."""
    shade, seen = (np.atleast_3d(each).mean(axis=2, dtype=np.float32) for each in (paper, image))
    dark = 1 - seen / np.maximum(shade, 1.0)
    kept = ((dark - np.float32(MARGIN * contrast)) / np.float32(RAMP)).clip(0, 1)
    kept[shade < light] = 1.0
    kept = kept if image.ndim == 2 else kept[:, :, None]
    return np.asarray(np.rint(image * kept + np.maximum(image, paper) * (1 - kept)), np.uint8)

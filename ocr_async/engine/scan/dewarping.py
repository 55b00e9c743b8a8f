"""
Makes a page flat whose lines bend: at the fold of a book, or as it did not lie flat when it was photographed.

A bent line is in no box that fits, so that its letters are read worse, or it is lost.

Lines next to each other bend alike. So of each place of the page the slope is told from the lines near it, and what the
slopes add up to along a row is by how much its pixels are too low.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray


__all__ = ["POINTS", "Midline", "dewarped"]

POINTS = 32  # of a line
LONG = 12.0  # times as long as thick: a shorter line bends by little
BENT = 0.3  # of its thickness; on any page a few lines seem to
BENDING, LEAST = 0.1, 3  # of the long lines, and how many, are those of a page that is not flat
NEAR = (1.5, 6.0)  # thicknesses along a line and across it: there lines bend alike
FAINT = 0.02  # of a line: what is farther from any is left as it is
ROWS = 256  # of pixels at once: where they come from takes eight bytes of each


@frozen
class Midline:
    """Where the middle of a line runs that is *thick* pixels high: *down* at each of `POINTS` parts of its length."""

    left: float
    right: float
    down: NDArray[np.floating[Any]]
    thick: float


def _smoothing(degree: int) -> NDArray[np.float64]:
    """Return what makes of the points of lines those of polynomials."""
    powers = np.vander(np.linspace(-1, 1, POINTS), degree + 1)
    return np.asarray(powers @ np.linalg.pinv(powers))


CURVED, STRAIGHT = _smoothing(5), _smoothing(1)


def dewarped(image: NDArray[np.uint8], midlines: Sequence[Midline]) -> NDArray[np.uint8] | None:
    """Return *image* with straight lines; None where those it has, of which *midlines* are known, do not bend."""
    long = [line for line in midlines if line.right - line.left > LONG * line.thick]
    thick = np.array([line.thick for line in long])
    heights = np.array([line.down for line in long]).reshape(-1, POINTS)
    bent = np.ptp(heights @ (CURVED - STRAIGHT), axis=1) > BENT * thick
    if bent.sum() < max(LEAST, BENDING * len(long)):
        return None
    falls = _falls(long, heights @ CURVED, image.shape[:2], step := float(np.median(thick)))
    out = np.empty_like(image)
    across = np.arange(image.shape[1], dtype=np.float32)[None]
    for top in range(0, len(image), ROWS):
        down = np.arange(top, min(top + ROWS, len(image)), dtype=np.float32)[:, None]
        along = np.repeat(across, len(down), axis=0)
        at = np.repeat(down, len(across[0]), axis=1)
        lower = at + cv2.remap(falls, along / step, at / step, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out[top : top + ROWS] = cv2.remap(image, along, lower, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return out


def _falls(
    lines: Sequence[Midline], heights: NDArray[np.float64], shape: Sequence[int], step: float
) -> NDArray[np.float32]:
    """Return by how many pixels each place of a page, one every *step* pixels each way, is too low."""
    slopes, known = np.zeros((2, int(shape[0] / step) + 1, int(shape[1] / step) + 1), np.float32)
    ends = np.array([(line.left, line.right) for line in lines])
    told = np.gradient(heights, axis=1) * (POINTS - 1) / np.ptp(ends, axis=1, keepdims=True)
    told -= np.median(told)  # how the page leans
    for (left, right), down, slope in zip(ends, heights, told, strict=True):
        places = np.arange(int(left / step) + 1, int(right / step) + 1)
        row = int(down.mean() / step)
        slopes[row, places] += np.interp(places * step, np.linspace(left, right, POINTS), slope)
        known[row, places] += 1
    near, weight = (cv2.GaussianBlur(each, (0, 0), sigmaX=NEAR[0], sigmaY=NEAR[1]) for each in (slopes, known))
    falls = np.cumsum(near / (weight + FAINT * weight.max()), axis=1) * step
    middles = (falls * weight).sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(falls - middles, np.float32)

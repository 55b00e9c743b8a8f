"""
Makes a page flat whose lines bend or fall apart, or whose upright rules lean: at the fold of a book, on a sheet that
did not lie flat when it was photographed, or was photographed from a side.

A bent line is in no box that fits, so that its letters are read worse, or it is lost; and where the rows and columns of
a table lean, they are taken for others.

Lines next to each other bend alike. So of each place of the page the slope is told from the lines near it, and what the
slopes add up to along a row is by how much its pixels are too low. Columns are told by rules alone, which are few: they
lean evenly over the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .connected import around, connected, ink_of
from .reduced import grey_of, halved


__all__ = ["POINTS", "Midline", "dewarped"]

POINTS = 32  # of a line
LENGTH, LONG = 6.0, 12.0  # times as long as thick: a shorter line tells no slope, and one not so long bends by little
LEAST = 6  # lines that tell of a page how it bends
FALL = 0.5  # of their thickness, from where lines are too high to where they are too low; on any page some seem so
BENT = 0.3  # of its thickness; on any page a few lines seem to
BENDING, SOME = 0.1, 3  # of the long lines, and how many, are those of a page that is not flat
LEANING = 0.015  # pixels to the right with each pixel downwards
UNLIKE = 0.006  # likewise: rules that run so differently are none
APART = 0.1  # of a page's width: rules so near each other tell nothing of it
STIFF = 0.001  # of what rules tell: that they run alike
STEEP = 5  # a rule is so many times as long as it is high
INK = 32  # of 255: how much darker than what is around them rules are; the pattern of a screen is paler
STROKE, PIECE = 1.6, 8.0  # times as long as lines are thick: the letters' strokes are shorter; rules may bend
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
    """
    Return *image* with straight lines, of which *midlines* are known, and upright rules; None where it has no others.
    """
    lines = [line for line in midlines if line.right - line.left > LENGTH * line.thick]
    if not lines:
        return None
    step = float(np.median([line.thick for line in lines]))
    slopes = _slopes(lines)
    slope = float(np.median(slopes))
    height, width = image.shape[:2]
    coarse = halved(grey_of(image))
    ink = ink_of(coarse, around(coarse, 1.5 * step), INK)
    falls = _falls(lines, slopes - slope, (height, width), step)
    # of a page that is flat, strokes of its pictures and writing would tell otherwise
    if falls is not None and (rules := _rules(ink, step)):
        falls = _falls([*lines, *rules], np.vstack([slopes, _slopes(rules)]) - slope, (height, width), step)
    leaning = _leaning(_rules(np.asarray(cv2.transpose(ink), np.uint8), step), slope, (height, width))
    if falls is None and leaning is None:
        return None
    out = np.empty_like(image)
    across = np.arange(width, dtype=np.float32)[None]
    for top in range(0, height, ROWS):
        down = np.arange(top, min(top + ROWS, height), dtype=np.float32)[:, None]
        lower, right = np.repeat(down, width, axis=1), np.repeat(across, len(down), axis=0)
        if falls is not None:
            place = right / step, lower / step
            lower = lower + cv2.remap(falls, *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if leaning is not None:
            middle, (lean, by_place, by_height) = leaning
            far = down - middle
            right = right + far * (lean + by_place * (across / width - 0.5) + by_height * far / height / 2)
        out[top : top + ROWS] = cv2.remap(image, right, lower, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return out


def _slopes(lines: Sequence[Midline]) -> NDArray[np.float64]:
    """Return how many pixels each of *lines* falls along one at each of its points, the short ones straight."""
    lengths = np.array([line.right - line.left for line in lines])
    long = lengths > LONG * np.array([line.thick for line in lines])
    down = np.array([line.down for line in lines])
    smooth = np.where(long[:, None], down @ CURVED, down @ STRAIGHT)
    return np.asarray(np.gradient(smooth, axis=1) * (POINTS - 1) / lengths[:, None])


def _bend(lines: Sequence[Midline]) -> bool:
    """Whether some of the long ones of *lines* bend, be it at one end, as at the fold of a book."""
    long = [line for line in lines if line.right - line.left > LONG * line.thick]
    bent = [np.ptp(line.down @ (CURVED - STRAIGHT)) > BENT * line.thick for line in long]
    return bool(sum(bent) >= max(SOME, BENDING * len(long)))


def _rules(ink: NDArray[np.uint8], step: float) -> list[Midline]:
    """
    Return the level rules of *ink*, half as fine as the page, in pieces of some letters' height, each as if it were a
    line of text *step* pixels high.
    """
    half = step / 2
    stroke = np.ones((1, max(9, int(STROKE * half))), np.uint8)
    labelled, stats = connected(cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, stroke))
    out: list[Midline] = []
    wide, high, area = stats[:, 2:].T
    for index in np.flatnonzero((wide > LENGTH * half) & (high < wide / STEEP) & (area < wide * half)):
        x, y, w, h = stats[index, :4].tolist()
        own = labelled[y : y + h, x : x + w] == index
        thick = own.sum(axis=0)
        down = y + np.arange(h) @ own / np.maximum(thick, 1)
        for part in np.array_split(np.flatnonzero(thick), max(1, round(w / (PIECE * half)))):
            if len(part) > PIECE * half / 2:
                left, right = part[[0, -1]].tolist()
                points = np.interp(np.linspace(left, right, POINTS), part, down[part])
                out.append(Midline(2.0 * (x + left), 2.0 * (x + right), 2 * points, step))
    return out


def _leaning(rules: Sequence[Midline], slope: float, shape: Sequence[int]) -> tuple[float, NDArray[np.float32]] | None:
    """
    Return how much to the right upright *rules*, which lie as on the page's transpose, run with each pixel downwards,
    beside those of a page whose lines fall by *slope*: the height where they are right, and the means for all, for the
    width and for the height; None where they run as they should.
    """
    across = np.array([rule.down.mean() for rule in rules])
    if len(rules) < LEAST or np.ptp(across) < APART * shape[1]:
        return None
    length = np.array([rule.right - rule.left for rule in rules])
    down = np.array([rule.left for rule in rules]) + length / 2
    told = _slopes(rules).mean(axis=1) + slope
    middle = float(np.average(down, weights=length))
    terms = np.stack([np.ones_like(told), across / shape[1] - 0.5, (down - middle) / shape[0]], axis=1)
    weighed = terms.T * length
    plane = np.linalg.solve(weighed @ terms + np.diag([0, 1, 1]) * STIFF * length.sum(), weighed @ told)
    fit = terms @ plane
    if np.median(np.abs(fit - told)) > UNLIKE or np.abs(fit).max() < LEANING:
        return None
    return middle, plane.astype(np.float32)


def _falls(
    lines: Sequence[Midline], falling: NDArray[np.float64], shape: Sequence[int], step: float
) -> NDArray[np.float32] | None:
    """
    Return by how many pixels each place of a page, one every *step* pixels each way, is too low; None where *lines* are
    straight and run alike.

    Args:
        falling: As `_slopes` of them, beside that of the page.
    """
    slopes, known = np.zeros((2, int(shape[0] / step) + 1, int(shape[1] / step) + 1), np.float32)
    for line, told in zip(lines, falling, strict=True):
        places = np.arange(int(line.left / step) + 1, int(line.right / step) + 1)
        row = int(line.down.mean() / step)
        slopes[row, places] += np.interp(places * step, np.linspace(line.left, line.right, POINTS), told)
        known[row, places] += 1
    near, weight = (cv2.GaussianBlur(each, (0, 0), sigmaX=NEAR[0], sigmaY=NEAR[1]) for each in (slopes, known))
    falls = np.cumsum(near / (weight + FAINT * weight.max()), axis=1) * step
    low, high = np.quantile(falls[known > 0], (0.05, 0.95))
    if (len(lines) < LEAST or high - low < FALL * step) and not _bend(lines):
        return None
    middles = (falls * weight).sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(falls - middles, np.float32)

"""
Tells how large the letters of a scanned line are, and whether they are bold.

A detector's box varies by what ascenders and descenders a line happens to have, and so does any measure of the ink that
does not know what it says. What is known is the text: of each row between the feet of the letters and their tops it
tells how much ink is to be expected there, and the size that explains the ink best is the line's.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ..page import BOX_TO_EM, Line, Ruling
from .connected import FRAYED, runs
from .even_type import with_even_type
from .reduced import shades_at


__all__ = ["weighed"]

HEAVIER = 1.28  # bold faces have strokes 1.4 to 1.8 times as thick as their regular ones; damage takes some of that
PALE = 0.5  # of the page's contrast: what is paler shines through from the other side
NOISE = 5.0  # times what the lightest pixels of a line are lighter than its paper: fainter ink is grain
SMALL, TALL, DEEP = 0.48, 0.66, 0.2  # of the size: how high small letters and capitals reach, and how far down "g" does
SMALLEST, LARGEST = 0.4, 1.3  # of a box's height
STEPS = 60  # sizes that are tried, each 2 % larger than the one before
FEET = 100  # places of the line that letters stand on that are tried
FRAMED, UNBROKEN = 0.8, 0.97  # of a row is ink, and of that from end to end: the side of a frame too short for a ruling
SHADES = np.arange(256, dtype=np.float32)
BESIDE = 0.3  # of the rows next to such a side
PIECES = 10  # of a line
LEAN = 0.2  # of a box's height, over the line
FAINT = 30  # of 255: between ink and paper
LEANING = 20.0  # degrees

INK = {
    **dict.fromkeys("acemnorsuvwxz", (0.0, 1.0, 0.0)),
    **dict.fromkeys("gpqy", (0.0, 1.0, 0.5)),
    **dict.fromkeys("bdhk", (0.45, 1.0, 0.0)),
    **dict.fromkeys("ltf", (0.45, 0.5, 0.0)),
    "i": (0.15, 0.5, 0.0),
    "j": (0.15, 0.5, 0.3),
    **dict.fromkeys("()[]%&$€£/", (0.6, 0.6, 0.2)),
    **dict.fromkeys('"“”', (0.5, 0.05, 0.0)),
    **dict.fromkeys("'‘’", (0.25, 0.05, 0.0)),
    **dict.fromkeys("?!", (0.5, 0.4, 0.0)),
}
"""About how much ink is in the rows above small letters, of small letters, and below the line."""
CAPITAL_INK, OTHER_INK = (1.05, 1.1, 0.0), (0.2, 1.0, 0.0)

AREA = {
    **dict.fromkeys("bdpq", 1.5),
    **dict.fromkeys("hk", 1.38),
    **dict.fromkeys("anoeuy", 1.17),
    **dict.fromkeys("cfjvszx", 0.94),
    **dict.fromkeys("rtlI", 0.75),
    "g": 1.67,
    "i": 0.63,
    "m": 1.82,
    "w": 1.55,
    "J": 1.02,
    "L": 1.08,
    "M": 2.38,
    "W": 2.34,
    "@": 2.56,
    **dict.fromkeys("CFVTY", 1.32),
    **dict.fromkeys("BDHNQR", 1.9),
    **dict.fromkeys("147()?", 1.0),
    **dict.fromkeys("235$€£", 1.3),
    **dict.fromkeys(".,:;'-\"/!", 0.3),
}
"""
The area of letters beside that of a usual small one, the mean of DejaVu's and Liberation's with and without serifs, of
others about that of most capitals and digits.
"""
LARGE_AREA, SMALL_AREA = 1.6, 1.2

SQUARE_INK = 0.91  # of its size: how high, and how wide, the ink of an ideograph is
MOSTLY = 0.7  # of a line's characters: square ones that tell its size by how many they are
DUST = 0.03  # of a line's height: ink of a column that is none
SET_APART = 1.25  # times as wide as high: the letters of a title that stand apart


def weighed(
    grey: NDArray[Any], lines: Sequence[Line], rulings: Sequence[Ruling], on_dark: bool = False
) -> tuple[Line, ...]:
    """
    Return *lines* with how large the letters of each are, whether it is bold and whether it is in even type.

    Bold is what has thicker strokes for its size than the page's usual lines, and more ink for what it says. The mean
    thickness of strokes is twice the ink's area over its outline's length; taken from grey values (the sum of darkness,
    and of its gradient) neither a little blur nor resolution changes it. Strokes that run into each other have no
    outline, and the dots of a half-tone one of their own; the ink stays the same there, counted by the darkest print
    of the page, for blurred strokes are the paler the thinner they are.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white.

        rulings: Ink that is no letter's.

        on_dark: Whether the paper was darker than the print.
    """
    edges = np.array([(box.left, box.top, box.right, box.bottom) for box in (each.box for each in rulings)])
    measured = [_measured(grey, line, edges.reshape(-1, 4)) for line in lines]
    known = [each for each in measured if each.stroke]
    contrast = float(np.quantile([each.contrast for each in known], 0.8)) if known else 0.0
    dark = [
        (each, len(line.text))
        for each, line in zip(measured, lines, strict=True)
        if each.stroke and each.contrast >= PALE * contrast
    ]
    usual = {}
    for square in (False, True):
        alike = [(each, count) for each, count in dark if each.square == square]
        told = alike if len(alike) >= FEWEST else dark
        usual[square] = (
            _usual((each.stroke, count) for each, count in told),
            _usual((each.covered * each.contrast, count) for each, count in told if each.covered),
        )

    def heaviness(each: _Measured) -> float:
        stroke, covered = usual[each.square]
        by_stroke = each.stroke / stroke
        return math.sqrt(by_stroke * each.covered * each.contrast / covered) if each.covered and covered else by_stroke

    sized = [
        evolve(line, size=each.size, bold=heaviness(each) > HEAVIER if each.stroke and len(dark) >= FEWEST else None)
        for each, line in zip(measured, lines, strict=True)
    ]
    return with_even_type(sized, [each.profile for each in measured], on_dark)


FEWEST = 4  # lines that tell what is usual


def _usual(known: Iterable[tuple[float, int]]) -> float:
    """Return the median of values with their weights; 0 where there are none."""
    values = sorted(known)
    half = sum(count for _, count in values) / 2
    for value, count in values:
        half -= count
        if half <= 0:
            return value
    return 0.0


@frozen
class _Measured:
    """
    What a line's pixels tell; 0 where they do not.

    Attributes:
        size: Of its font, in pixels.

        stroke: How thick strokes are, in sizes.

        covered: How much of what letters cover is ink, where the darkest of the line is black; in no unit.

        contrast: How much darker than its paper that is, 0 to 1.

        square: Whether it is of ideographs, kana or syllables, as wide as they are high.

        profile: How much ink is in each column of its pixels.
    """

    size: float
    stroke: float = 0.0
    covered: float = 0.0
    contrast: float = 0.0
    square: bool = False
    profile: NDArray[Any] | None = None


def _measured(grey: NDArray[Any], line: Line, rulings: NDArray[Any]) -> _Measured:
    tall = line.box.height
    plain = _Measured(BOX_TO_EM * tall)
    letters = [letter for letter in line.text if letter.isalnum()]
    if len(letters) < 2 or abs(line.angle) > LEANING:
        return plain
    found = _ink(grey, line, rulings)
    if found is None:
        return plain
    soft, contrast, grain = found
    least = float(np.nextafter(np.float32(NOISE * grain), np.float32(-1)))
    sharp = cv2.threshold(soft, least, 0.0, cv2.THRESH_TOZERO)[1]
    area = float(sharp.sum())
    outline = cv2.norm(sharp[1:], sharp[:-1], cv2.NORM_L1) + cv2.norm(sharp[:, 1:], sharp[:, :-1], cv2.NORM_L1)
    # the outline is measured along both axes: 4/π of its true length on average
    stroke = 2 * area / max(1e-6, outline * math.pi / 4)
    if 2 * sum(map(_is_square, letters)) >= len(letters):
        size = _square_size(soft, sharp, line.text)
        covered = area / (size * size * sum(map(_width, letters)))
        return _Measured(size, stroke / size, covered, contrast, square=True)
    cased = sum(1 for letter in letters if letter.isdigit() or letter.lower() != letter.upper())
    if 2 * cased <= len(letters):
        return _Measured(plain.size, stroke / plain.size, 0.0, contrast)
    expected = np.array([*map(_expected_of, line.text)]).sum(axis=0)
    size = _size(_rows(soft), expected, tall)
    inked = float(_above_noise(soft.sum(axis=1)).clip(0).sum())
    covered = inked / (size * size * sum(map(_area_of, line.text.replace(" ", ""))))
    return _Measured(size, stroke / size, covered, contrast, profile=sharp.sum(axis=0))


@functools.cache
def _area_of(letter: str) -> float:
    """Return how much *letter* covers at one size, in usual small ones."""
    plain = unicodedata.normalize("NFD", letter)[0]
    return AREA.get(plain, LARGE_AREA if plain.isupper() or plain.isdigit() else SMALL_AREA)


def _ink(grey: NDArray[Any], line: Line, rulings: NDArray[Any]) -> tuple[NDArray[Any], float, float] | None:
    """
    Return how dark each pixel of *line* is, 0 to 1, without rules and frames; how strong that is beside the lighter of
    both, ink and paper; and how much the paper's grain is of it. None where there is next to no ink.
    """
    box = line.box
    left, right = max(0, int(box.left)), min(grey.shape[1], math.ceil(box.right))
    top, bottom = max(0, int(box.top)), min(grey.shape[0], math.ceil(box.bottom))
    if right - left < 6 or bottom - top < 6:
        return None
    crop = grey[top:bottom, left:right]
    dark, low, middle, high, light = shades_at(crop, (0.03, 0.2, 0.5, 0.8, 0.97))
    paper, ink = (high, dark) if high - middle <= middle - low or middle - dark > light - middle else (low, light)
    if abs(paper - ink) < FAINT:
        return None
    soft = np.asarray(cv2.LUT(crop, ((paper - SHADES) / (paper - ink)).clip(0.0, 1.0)))
    near = (rulings[:, 2] > left) & (rulings[:, 0] < right) & (rulings[:, 3] > top) & (rulings[:, 1] < bottom)
    for rule in rulings[near]:
        x, y = max(0, int(rule[0]) - left - FRAYED), max(0, int(rule[1]) - top - FRAYED)
        soft[y : max(0, int(rule[3]) - top + 1 + FRAYED), x : max(0, int(rule[2]) - left + 1 + FRAYED)] = 0.0
    inked = np.zeros(len(soft) + 2 * (FRAYED + 1), np.float32)
    inked[FRAYED + 1 : -FRAYED - 1] = soft.mean(axis=1)
    for first, last in runs(inked > FRAMED).tolist():
        beside = max(inked[first - FRAYED - 1], inked[last + FRAYED])
        if beside < BESIDE and _is_unbroken(soft[(first + last) // 2 - FRAYED - 1]):
            soft[max(0, first - 2 * FRAYED - 1) : last - 1] = 0.0
    farthest = light if paper > ink else dark
    return soft, abs(paper - ink) / max(paper, ink), abs(farthest - paper) / abs(paper - ink)


def _is_unbroken(row: NDArray[Any]) -> bool:
    inked = np.flatnonzero(row > 0.5)
    return len(inked) > 0 and len(inked) > UNBROKEN * int(np.ptp(inked))


def _rows(soft: NDArray[Any]) -> NDArray[Any]:
    """Return how much ink each row of a line has, which may lean by a little: of those that it can, the sharpest."""
    high, wide = soft.shape
    count = min(PIECES, wide // (2 * high))
    if count < 2:
        return np.asarray(soft.sum(axis=1))
    starts = np.linspace(0, wide, count, endpoint=False).astype(int)
    pieces = np.zeros((3 * high, count), np.float32)
    np.add.reduceat(soft, starts, axis=1, out=pieces[high : 2 * high])
    rows = pieces[_leaning(high, count), np.arange(count)].sum(axis=2)
    return np.asarray(rows[np.argmax((rows**2).sum(axis=1))])


@functools.lru_cache
def _leaning(high: int, count: int) -> NDArray[Any]:
    """Return which row of each of *count* pieces of a line, *high* ones below where they begin, is one row of it."""
    reach = max(1, round(LEAN * high))
    falls = np.arange(-reach, reach + 1)[:, None, None] * np.linspace(-0.5, 0.5, count)
    return np.asarray(np.arange(high, 2 * high)[:, None] + np.rint(falls).astype(int))


def _above_noise(rows: NDArray[Any]) -> NDArray[Any]:
    """Return *rows* less their fifth percentile, for which `numpy.percentile` takes ten times as long."""
    whole, part = divmod(0.05 * (len(rows) - 1), 1)
    low, high = np.sort(rows)[[int(whole), min(int(whole) + 1, len(rows) - 1)]]
    return np.asarray(rows - (low + (high - low) * part))


@functools.cache
def _expected_of(letter: str) -> tuple[float, float, float]:
    """Return how much ink *letter* has above small letters, as high as they are, and below the line."""
    plain = unicodedata.normalize("NFD", letter)[0]
    if plain.isupper() or plain.isdigit():
        return CAPITAL_INK
    return INK.get(plain, OTHER_INK if plain.isalpha() else (0.0, 0.0, 0.0))


@functools.cache
def _is_square(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) == "W"


def _width(letter: str) -> float:
    """Return about how wide *letter* is, in sizes."""
    return 0.25 if letter == " " else 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.5


def _square_size(soft: NDArray[Any], sharp: NDArray[Any], text: str) -> float:
    """
    Return the size of a line most letters of which are square.

    Their number tells it by how wide the line is, and the rows that have ink by how high; the first is the finer
    measure where hardly anything else stands between them, and they are not set apart.
    """
    rows = _rows(soft)
    inked = _above_noise(rows).clip(0).cumsum()
    top, bottom = np.interp(np.array((0.01, 0.99)) * inked[-1], inked, np.arange(len(inked)))
    by_height = max(1.0, float(bottom - top + 1)) / SQUARE_INK
    columns = np.flatnonzero(sharp.sum(axis=0) > DUST * len(sharp))
    letters = text.strip()
    if not len(columns) or sum(map(_is_square, letters)) < MOSTLY * len(letters):
        return by_height
    blank = 0.5 if unicodedata.east_asian_width(letters[-1]) in "WF" and not letters[-1].isalnum() else 0.0
    across = float(columns[-1] - columns[0] + 1) / (sum(map(_width, letters)) - blank - (1.0 - SQUARE_INK))
    return across if across < SET_APART * by_height else by_height


def _size(rows: NDArray[Any], expected: NDArray[np.float64], tall: float) -> float:
    """Return the size at which what is *expected* of each row explains the *rows* of ink best."""
    before = np.concatenate([[0.0], np.cumsum(_above_noise(rows))])
    sizes = SMALLEST * tall * 1.02 ** np.arange(STEPS)[:, None]
    foot = np.linspace(0, len(rows), FEET)

    def below(reach: float) -> NDArray[Any]:
        """How much ink is above the places as many sizes below the feet."""
        return np.asarray(np.interp(foot + reach * sizes if reach else foot, np.arange(len(before)), before))

    above, middle, under = expected.tolist()
    likeness = (middle - under) * below(0.0) + (above - middle) * below(-SMALL) - above * below(-TALL)
    likeness += under * below(DEEP)
    norm = np.sqrt(sizes[:, 0] * float(expected**2 @ (TALL - SMALL, SMALL, DEEP)))
    return float(sizes[np.argmax(likeness.max(axis=1) / norm), 0])

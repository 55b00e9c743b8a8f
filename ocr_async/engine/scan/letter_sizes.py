"""
Tells how large the letters of a scanned line are, and whether they are bold.

A detector's box varies by what ascenders and descenders a line happens to have, and so does any measure of the ink that
does not know what it says. What is known is the text: of each row between the feet of the letters and their tops it
tells how much ink is to be expected there, and the size that explains the ink best is the line's.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from ..page import BOX_TO_EM, Line, Ruling


__all__ = ["weighed"]

HEAVIER = 1.14  # bold faces have strokes 1.4 to 1.8 times as thick as their regular ones; blur takes some of that
SMALL, TALL, DEEP = 0.48, 0.66, 0.2  # of the size: how high small letters and capitals reach, and how far down "g" does
SMALLEST, LARGEST = 0.4, 1.3  # of a box's height
STEPS = 60  # sizes that are tried, each 2 % larger than the one before
FEET = 100  # places of the line that letters stand on that are tried
FRAYED = 2  # pixels: how much wider a rule's ink is than what is straight of it
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
}
"""About how much ink is in the rows above small letters, of small letters, and below the line."""
CAPITAL_INK, OTHER_INK = (1.05, 1.1, 0.0), (0.2, 1.0, 0.0)


def weighed(grey: NDArray[Any], lines: Sequence[Line], rulings: Sequence[Ruling]) -> tuple[Line, ...]:
    """
    Say of each line how large its letters are and whether it is bold.

    Bold is what has thicker strokes for its size than the page's usual lines. The mean thickness of strokes is twice
    the ink's area over its outline's length; taken from grey values (the sum of darkness, and of its gradient) neither
    blur nor resolution changes it.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white.

        rulings: Ink that is no letter's.
    """
    edges = np.array([(box.left, box.top, box.right, box.bottom) for box in (each.box for each in rulings)])
    measured = [_measured(grey, line, edges.reshape(-1, 4)) for line in lines]
    known = sorted((heavy, len(line.text)) for (_, heavy), line in zip(measured, lines, strict=True) if heavy)
    usual = 0.0
    if len(known) >= 4:
        half = sum(count for _, count in known) / 2
        for heavy, count in known:
            usual = heavy
            half -= count
            if half <= 0:
                break
    return tuple(
        evolve(line, size=size, bold=heavy > HEAVIER * usual if heavy and usual else None)
        for (size, heavy), line in zip(measured, lines, strict=True)
    )


def _measured(grey: NDArray[Any], line: Line, rulings: NDArray[Any]) -> tuple[float, float]:
    """Font size in pixels, and the strokes' thickness for that size; 0 where it cannot be told."""
    tall = line.box.height
    plain = BOX_TO_EM * tall
    letters = [letter for letter in line.text if letter.isalnum()]
    if len(letters) < 2 or abs(line.angle) > LEANING:
        return plain, 0.0
    soft = _ink(grey, line, rulings)
    if soft is None:
        return plain, 0.0
    outline = float(np.abs(np.diff(soft, axis=0)).sum() + np.abs(np.diff(soft, axis=1)).sum())
    # the outline is measured along both axes: 4/π of its true length on average
    stroke = 2 * float(soft.sum()) / max(1e-6, outline * math.pi / 4)
    cased = sum(1 for letter in letters if letter.isdigit() or letter.lower() != letter.upper())
    size = _size(_rows(soft), _expected(line.text), tall) if 2 * cased > len(letters) else plain
    return size, stroke / size


def _ink(grey: NDArray[Any], line: Line, rulings: NDArray[Any]) -> NDArray[Any] | None:
    """Return how dark each pixel of *line* is, 0 to 1, without rules; None where there is next to no ink."""
    box = line.box
    left, right = max(0, int(box.left)), min(grey.shape[1], math.ceil(box.right))
    top, bottom = max(0, int(box.top)), min(grey.shape[0], math.ceil(box.bottom))
    if right - left < 6 or bottom - top < 6:
        return None
    crop = grey[top:bottom, left:right]
    shades = np.bincount(crop.ravel(), minlength=256).cumsum()
    dark, low, middle, high, light = np.searchsorted(shades, np.array((0.03, 0.2, 0.5, 0.8, 0.97)) * crop.size).tolist()
    paper, ink = (high, dark) if high - middle <= middle - low or middle - dark > light - middle else (low, light)
    if abs(paper - ink) < FAINT:
        return None
    soft: NDArray[Any] = ((paper - crop.astype(np.float32)) / (paper - ink)).clip(0.0, 1.0)
    near = (rulings[:, 2] > left) & (rulings[:, 0] < right) & (rulings[:, 3] > top) & (rulings[:, 1] < bottom)
    for rule in rulings[near]:
        x, y = max(0, int(rule[0]) - left - FRAYED), max(0, int(rule[1]) - top - FRAYED)
        soft[y : max(0, int(rule[3]) - top + 1 + FRAYED), x : max(0, int(rule[2]) - left + 1 + FRAYED)] = 0.0
    return soft


def _rows(soft: NDArray[Any]) -> NDArray[Any]:
    """Return how much ink each row of a line has, which may lean by a little: of those that it can, the sharpest."""
    high, wide = soft.shape
    count = min(PIECES, wide // (2 * high))
    if count < 2:
        return np.asarray(soft.sum(axis=1))
    starts = np.linspace(0, wide, count, endpoint=False).astype(int)
    pieces = np.pad(np.add.reduceat(soft, starts, axis=1), ((high, high), (0, 0)))
    reach = max(1, round(LEAN * high))
    falls = np.arange(-reach, reach + 1)[:, None, None] * np.linspace(-0.5, 0.5, count)
    places = np.arange(high, 2 * high)[:, None] + np.rint(falls).astype(int)
    rows = pieces[places, np.arange(count)].sum(axis=2)
    return np.asarray(rows[np.argmax((rows**2).sum(axis=1))])


def _expected(text: str) -> NDArray[np.float64]:
    """Return how much ink *text* has above small letters, as high as they are, and below the line."""
    every = np.zeros(3)
    for letter in text:
        plain = unicodedata.normalize("NFD", letter)[0]
        if plain.isupper() or plain.isdigit():
            every += CAPITAL_INK
        elif plain in INK or plain.isalpha():
            every += INK.get(plain, OTHER_INK)
    return every


def _size(rows: NDArray[Any], expected: NDArray[np.float64], tall: float) -> float:
    """Return the size at which what is *expected* of each row explains the *rows* of ink best."""
    rows = rows - np.percentile(rows, 5)  # noise
    before = np.concatenate([[0.0], np.cumsum(rows)])
    sizes = SMALLEST * tall * 1.02 ** np.arange(STEPS)[:, None]
    foot = np.linspace(0, len(rows), FEET)[None, :]
    reaches = (-TALL, -SMALL, 0.0, DEEP)
    edges = np.stack([foot + reach * sizes for reach in reaches])
    inked = np.diff(np.interp(edges, np.arange(len(before)), before), axis=0)
    likeness = np.tensordot(expected, inked, axes=1)
    norm = np.sqrt(sizes * float(expected**2 @ (TALL - SMALL, SMALL, DEEP)))
    best = int(np.argmax((likeness / norm).max(axis=1)))
    return float(sizes[best, 0])

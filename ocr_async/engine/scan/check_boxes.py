"""
Finds the check boxes of a scan, and which of them are ticked.

A recogniser reads an empty one as a square, one that is crossed as a sign of mathematics, a letter, or nothing. In the
ink it is a square whose four sides are drawn, about as high as a capital, beside a text; another of its size is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from ..check_boxes import CheckBox, with_check_boxes
from ..page import Box, Line, Word, of_words


__all__ = ["check_boxes", "with_signs", "without_boxes"]

LEAST = 12  # pixels
SMALLEST, LARGEST = 0.3, 1.0  # of the height of the page's lines
UNEVEN = 0.2  # of its side: how much wider than high it may seem
SAME = 0.15  # of its side: how much those of a page differ
DRAWN = 0.9  # of a side, where its ink is
STRAIGHT = 0.8  # of a side, where its ink is in one row of pixels
EMPTY, FULL = 0.06, 0.95  # of what is inside; a black square is a bullet
CORNER = 0.3  # of a corner, where ink is
MOST = 400
BESIDE = 1.0  # times the height of its line: how far its text stands
SQUARES = frozenset("□☐⊠☒☑⊡⊞■❑❏▢⊗")
EMPTY_SQUARES = frozenset("□❑❏▢")
ALIKE = SQUARES | frozenset("xX×✓✗口田区図囚回日目图ロ冈囗凶")
"""What a box is read as: the first of these also at the beginning of a word, the others as a word of their own."""


def check_boxes(dark: NDArray[Any], pieces: NDArray[Any], lines: Sequence[Line], tall: float) -> list[CheckBox]:
    """
    Return the check boxes that stand beside *lines*.

    Args:
        dark: The page, shape (height, width), not 0 where there is ink.

        pieces: Of that ink, see `connected.pieces`.

        tall: How high its lines are, in pixels.
    """
    wide, high = pieces[:, 2], pieces[:, 3]
    square = (high >= max(LEAST, SMALLEST * tall)) & (high < LARGEST * tall) & (abs(wide - high) <= UNEVEN * high + 1)
    found = []
    for x, y, w, h in pieces[square][:, :4].tolist():
        inside = _inside(dark[y : y + h, x : x + w] > 0) if _is_cornered(dark, x, y, w, h) else None
        if inside is not None and inside < FULL:
            found.append(CheckBox(Box(float(x), float(y), float(x + w), float(y + h)), inside > EMPTY))
    found = [each for each in found if _has_text(each.box, found, lines)]
    sides = np.array([each.box.height for each in found])
    alike = [each for each in found if (abs(sides - each.box.height) <= SAME * each.box.height + 1).sum() > 1]
    return alike if len(alike) <= MOST else []


def without_boxes(
    lines: Sequence[Line], dark: NDArray[Any], boxes: Sequence[CheckBox]
) -> tuple[list[Line], NDArray[Any]]:
    """Return *lines* without what was read of *boxes*, and the ink *dark* without theirs: it is no part of a word."""
    bare = dark.copy() if boxes else dark
    cleared = list(lines)
    for box in [each.box for each in boxes]:
        bare[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = 0
        cleared = [left for line in cleared if (left := _without(line, box)) is not None]
    return cleared, bare


def _is_cornered(dark: NDArray[Any], x: int, y: int, wide: int, high: int) -> bool:
    """Whether a piece has ink in all four corners, as few letters have."""
    size = max(3, high // 5)
    return all(
        cv2.countNonZero(dark[top : top + size, left : left + size]) >= CORNER * size * size
        for top in (y, y + high - size)
        for left in (x, x + wide - size)
    )


def _inside(ink: NDArray[np.bool_]) -> float | None:
    """Return which part of the inside of a square is *ink*, None if not all of its sides are."""
    border = max(3, round(0.2 * len(ink)))
    sides = (ink[:border], ink[-border:], ink[:, :border].T, ink[:, -border:].T)
    if any(side.any(axis=0).mean() < DRAWN or side.mean(axis=1).max() < STRAIGHT for side in sides):
        return None
    inner = max(border, round(0.28 * len(ink)))
    middle = ink[inner:-inner, inner:-inner]
    return float(middle.mean()) if middle.size >= 9 else None


def _has_text(box: Box, found: Sequence[CheckBox], lines: Sequence[Line]) -> bool:
    """Whether a text begins right of *box*, or it stands in a grid, and no letter was read in it."""
    level = [line for line in lines if line.box.top < box.centre < line.box.bottom and not line.angle]
    words = [word for line in level for word in line.words]
    letters = (word for word in words if word.text not in ALIKE and word.text[0] not in SQUARES)
    if any(word.box.across(box) > 0.5 * box.width for word in letters):
        return False
    reach = max((line.box.height for line in level), default=0.0) * BESIDE
    begins = any(-0.2 * box.width < word.box.left - box.right < reach for word in words)
    return begins or _in_grid(box, found, lines)


def _in_grid(box: Box, found: Sequence[CheckBox], lines: Sequence[Line]) -> bool:
    """Whether *box* stands in a row and a column of others, with a text on its left."""
    others = [each.box for each in found if each.box is not box and each.box.height < 1.3 * box.height]
    in_row = any(other.down(box) > 0.5 * box.height for other in others)
    in_column = any(other.across(box) > 0.7 * box.width for other in others)
    left = any(line.box.right < box.left and line.box.down(box) > -box.height and len(line.text) > 2 for line in lines)
    return in_row and in_column and left


def with_signs(lines: Sequence[Line], boxes: Sequence[CheckBox]) -> tuple[Line, ...]:
    """Return *lines* with ☐ and ☒ for *boxes*, and for squares that were read where these are."""
    signed = with_check_boxes(lines, boxes)
    squares = sum(1 for line in signed for word in line.words if word.text[0] in EMPTY_SQUARES)
    if not squares or squares + len(boxes) < 2:  # one alone may be anything
        return signed
    return tuple(map(_as_read, signed))


def _as_read(line: Line) -> Line:
    """*line* with ☐ before words that are read with a square: where the ink is torn, the recogniser still sees it."""
    if not any(word.text[0] in EMPTY_SQUARES for word in line.words):
        return line
    words: list[Word] = []
    for word in line.words:
        if word.text[0] not in EMPTY_SQUARES:
            words.append(word)
            continue
        side = min(line.box.height, word.box.width)
        words.append(Word("☐", Box(word.box.left, word.box.top, word.box.left + side, word.box.bottom)))
        if len(word.text) > 1:
            words.append(evolve(word, text=word.text[1:], box=_from(word.box, word.box.left + side)))
    return of_words(line, words)


def _without(line: Line, box: Box) -> Line | None:
    """*line* without what was read at *box*, None where that is all of it."""
    if line.angle or not line.box.top < box.centre < line.box.bottom or line.box.across(box) <= 0:
        return line
    words = list(line.words)
    for index, word in enumerate(words):
        near = box.width if word.text in SQUARES else 0.5 * box.width
        if not (word.box.left - near < box.middle < word.box.right + near):
            continue
        if word.text in ALIKE:
            del words[index]
        elif word.text[0] in SQUARES and abs(word.box.left - box.left) < box.width:
            words[index] = evolve(word, text=word.text[1:])
        else:
            continue
        break
    if not words:
        return line if line.words == () and line.text.strip() not in ALIKE else None
    if words[0].box.middle > box.middle:  # it begins the line
        start = box.right + 1
        words = [evolve(word, box=_from(word.box, start)) for word in words]
        line = evolve(line, box=_from(line.box, start))
    return of_words(line, words)


def _from(box: Box, start: float) -> Box:
    return Box(max(box.left, start), box.top, max(box.right, start + 1), box.bottom)

"""
Finds dashes that stand alone, as in empty cells of a table, and bullets of a list: detectors take both for dirt.

What tells a mark from dirt is where it stands: a dash as high as those of the row of text that it is in, a bullet as
far left of a text as another bullet above or below it, and nothing else near either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ..page import BOX_TO_EM, Box, Line, Ruling, Word
from .connected import FRAYED, around_free, clear_rules, connected, ink_of
from .reduced import shades_at


__all__ = ["Marks", "lone_marks", "with_bullets"]

MOST = 300
MOST_PIECES = 60_000  # of ink on a page; beyond that it is a halftone or noise
FINE = 24.0  # pixels: strokes of lower lines are too thin to be blurred
OFFSET = 20  # of 255: how much darker than its surroundings ink is
FEW = 6  # lines: of a page with fewer nothing is told
HIGHEST = 1.2  # times the height of a line: what is in such a box is its text
REACH = 2.0  # likewise: all that tells a mark is as near
ALONE = 0.3  # times the height of a line: nothing else stands so near
SHORTEST, LONGEST, THICKEST = 0.16, 1.4, 0.2  # likewise: of a dash
LONG = 0.55  # likewise: as long as the letters are large
FLAT = 1.5  # times its height: how wide a dash is, at least; no dot is wider
SMALLEST, LARGEST = 0.1, 0.5  # likewise: of a bullet
HALF_WAY = 0.25  # likewise: how far from the middle of its row a mark stands, at most
OUT = 2.5  # likewise: how far left of its text a bullet stands, at most
FIRST = 4.0  # likewise: nothing stands so near left of a bullet, as a colon's name does, or a leader's other dots
IN_LINE = 0.25  # likewise: how far bullets of one list stand in or out
FILLED = 0.6  # of its box that is ink
DARK = 0.3  # times the contrast of letters: thin strokes of small print are faint
SURE = 0.9


@frozen
class Marks:
    """What `lone_marks` found: dashes, and the boxes of what may be bullets."""

    dashes: Sequence[Line] = ()
    dots: Sequence[Box] = ()


def lone_marks(
    grey: NDArray[Any], lightness: NDArray[np.uint8], lines: Sequence[Line], rulings: Sequence[Ruling], tall: float
) -> Marks:
    """
    Return the small marks of a page that stand alone.

    Only the tables of `layout` make use of dashes, and `with_bullets` of dots: elsewhere they may be dirt.

    Args:
        grey: The page, shape (height, width), 0 black to 255 white, turned level.

        lightness: What is `around` each place of it.

        lines: Its text.

        tall: The usual height of its lines.
    """
    boxes = [line.box for line in lines if not line.angle]
    if len(boxes) < FEW:
        return Marks()
    level = np.array([(box.left, box.right, box.centre, min(box.height, HIGHEST * tall) / 2) for box in boxes])
    ink = ink_of(cv2.GaussianBlur(grey, (3, 3), 0) if tall > FINE else grey, lightness, OFFSET)
    clear_rules(ink, rulings)
    sides = level[:, :2] + (-FRAYED, FRAYED)  # for `fitted` has cut through the pale ends of its letters
    corners = np.stack([sides[:, [0, 1, 1, 0]], level[:, [2]] + level[:, [3]] * (-1, -1, 1, 1)], axis=2)
    labelled, stats = connected(around_free(ink, corners, REACH * tall))
    count = len(stats)
    if count > MOST_PIECES:
        return Marks()
    wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
    small = (area > FILLED * wide * high) & (area >= (0.08 * tall) ** 2) & (np.arange(count) > 0)
    dash = small & (wide > SHORTEST * tall) & (wide < LONGEST * tall) & (high < THICKEST * tall) & (wide > FLAT * high)
    dot = small & (np.minimum(wide, high) > SMALLEST * tall) & (np.maximum(wide, high) < LARGEST * tall)
    dot &= (wide < FLAT * high) & (high < FLAT * wide)
    speck = area < max(4.0, (0.06 * tall) ** 2)  # of noise
    margin = int(ALONE * tall)
    rules = [ruling.box for ruling in rulings]
    dashes: list[Line] = []
    dots: list[Box] = []
    for index in np.flatnonzero(dash | dot):
        x, y, w, h = (int(value) for value in stats[index, :4])
        box = Box(float(x), float(y), float(x + w), float(y + h))
        away = np.abs(level[:, 2] - box.centre)
        beside = away < HALF_WAY * tall
        within = (beside | (away < level[:, 3])) & (level[:, 0] < box.middle) & (level[:, 1] > box.middle)
        if not beside.any() or within.any():
            continue
        top, left = max(0, y - margin // 2), max(0, x - margin)
        around = labelled[top : y + h + margin // 2, left : x + w + margin]
        if np.any((around != 0) & (around != index) & ~speck[around]):
            continue
        if not _is_dark(grey, box, [boxes[place] for place in np.flatnonzero(beside)], margin):
            continue
        if dot[index]:
            dots.append(box)
            continue
        room = Box(box.left, box.centre - 0.4 * tall, box.right, box.centre + 0.4 * tall)
        if not any(rule.across(room) > 0 and rule.down(room) > 0.2 * tall for rule in rules):
            text = "-" if w < LONG * tall else "—"
            dashes.append(Line(text, room, SURE, size=BOX_TO_EM * tall, bold=None))
    return Marks(dashes if len(dashes) <= MOST else [], dots if len(dots) <= MOST else [])


def _is_dark(grey: NDArray[Any], mark: Box, row: Sequence[Box], margin: int) -> bool:
    """Whether *mark* stands out from the paper about as the letters of its *row* do, unlike a stain or a fold."""
    nearest = max(row, key=mark.across)
    return _contrast(grey, mark, margin) > DARK * _contrast(grey, nearest, 0)


def _contrast(grey: NDArray[Any], box: Box, margin: int) -> float:
    """Return how much darker the ink in *box* is than the paper that *margin* pixels around it show."""
    left, top, right, bottom = (round(edge) for edge in (box.left, box.top, box.right, box.bottom))
    around = grey[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
    inside = grey[max(0, top) : bottom, max(0, left) : right]
    if not around.size or not inside.size:
        return 0.0
    return shades_at(around, [0.8])[0] - shades_at(inside, [0.03])[0]


def with_bullets(lines: Sequence[Line], dots: Sequence[Box], tall: float) -> tuple[Line, ...]:
    """Return *lines* with a bullet before those that one of *dots* stands left of, two of a list at least."""
    begun: dict[int, Box] = {}
    boxes = [line.box for line in lines]
    for dot in dots:
        right = [
            index
            for index, line in enumerate(lines)
            if abs(line.box.centre - dot.centre) < HALF_WAY * tall and line.box.left > dot.right
        ]
        near = min(right, key=lambda index: lines[index].box.left, default=None)
        if (
            near is not None
            and lines[near].box.left - dot.right < OUT * tall
            and lines[near].text[:1].isalnum()
            and not any(box.down(dot) > 0 and 0 < dot.left - box.right < FIRST * tall for box in (*boxes, *dots))
        ):
            begun[near] = dot
    known = [line.box.left for line in lines if line.text[:1] == "•"]
    listed = {
        index: dot
        for index, dot in begun.items()
        if any(abs(dot.left - left) < IN_LINE * tall for left in known)
        or any(
            abs(dot.left - other.left) < IN_LINE * tall
            and abs(lines[index].box.left - lines[at].box.left) < IN_LINE * tall
            for at, other in begun.items()
            if at != index
        )
    }
    return tuple(_marked(line, listed[index]) if index in listed else line for index, line in enumerate(lines))


def _marked(line: Line, dot: Box) -> Line:
    box = line.box
    bullet = Word("•", Box(dot.left, box.top, dot.right, box.bottom), SURE)
    return evolve(
        line,
        text=f"• {line.text}",
        box=Box(dot.left, box.top, box.right, box.bottom),
        words=(bullet, *line.words) if line.words else (),
    )

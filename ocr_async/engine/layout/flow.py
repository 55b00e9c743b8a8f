"""Forms paragraphs, list items and headings out of the lines of one column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from ..page import Box, Line, union
from .lists import marker
from .measure import ems, length, recognised, rows


__all__ = ["Paragraph", "paragraphs"]

SENTENCE_END = re.compile(r"[.!?:;。！？]['\"”’)\]]*$")


@frozen(slots=True)
class Paragraph:
    """
    Lines that belong together.

    Attributes:
        lines: In reading order.

        above: Distance to what stands above in the same column, in pixels; a large number at the top.

        below: Likewise to what follows.

        column: The column's left and right edge.
    """

    lines: tuple[Line, ...]
    box: Box
    above: float
    below: float
    column: tuple[float, float]


FAR = 1e6


def paragraphs(lines: Sequence[Line], em: float, *, right_to_left: bool = False) -> list[Paragraph]:
    """Return the paragraphs of one column from the top down."""
    text_rows = rows(lines)
    if not text_rows:
        return []
    left = min(line.box.left for line in lines)
    right = max(line.box.right for line in lines)
    boxes = [union([line.box for line in row]) for row in text_rows]
    pitches = [low.bottom - high.bottom for high, low in pairwise(boxes)]
    tight = [pitch for pitch in pitches if pitch > 0.3 * em]
    usual = sorted(tight)[len(tight) * 2 // 5] if tight else 1.3 * em
    groups: list[list[int]] = [[0]]
    for index in range(1, len(text_rows)):
        if _breaks(text_rows, boxes, index, usual, left, right, right_to_left):
            groups.append([index])
        else:
            groups[-1].append(index)
    out: list[Paragraph] = []
    for number, group in enumerate(groups):
        box = union([boxes[index] for index in group])
        above = box.top - boxes[group[0] - 1].bottom if number else FAR
        below = boxes[group[-1] + 1].top - box.bottom if number + 1 < len(groups) else FAR
        members = tuple(
            line for index in group for line in (reversed(text_rows[index]) if right_to_left else text_rows[index])
        )
        out.append(Paragraph(members, box, above, below, (left, right)))
    return out


def _breaks(
    text_rows: Sequence[Sequence[Line]],
    boxes: Sequence[Box],
    index: int,
    usual: float,
    left: float,
    right: float,
    right_to_left: bool,
) -> bool:
    """Whether a new paragraph begins at row *index*."""
    above, below = text_rows[index - 1], text_rows[index]
    high, low = boxes[index - 1], boxes[index]
    big = max(ems(line) for line in above)
    size = max(ems(line) for line in below)
    step = low.bottom - high.bottom
    if step > max(1.45 * usual, 1.15 * size) and low.top - high.bottom > 0.45 * min(big, size):
        return True
    # Detected boxes vary in height by what letters they hold; sizes from a text layer are exact.
    exact = not recognised(below[0])
    ratio = max(big, size) / min(big, size)
    if ratio > (1.12 if exact else 1.3) or (ratio > 1.18 and step > 1.15 * usual):
        return True
    if _bold(above) and not _bold(below):
        # A bold line that fills the column begins a paragraph with a run-in heading; a real one ends short of it.
        if right - high.right > 0.12 * (right - left) or step > 1.2 * usual:
            return True
    elif _bold(below) and not _bold(above) and step > 0.9 * usual and _bold(above) is not None:
        return True
    if marker(below[0].text) is not None and (
        marker(above[0].text) is not None or low.left >= high.left - 0.5 * size or SENTENCE_END.search(above[-1].text)
    ):
        return marker(below[0].text) is not None and _is_marker_line(above, below, high, low, size)
    width = right - left
    em = size
    ended = bool(SENTENCE_END.search(above[-1].text))
    if right_to_left:
        short, indent = high.left - left > 0.12 * width + em, high.right - low.right
    else:
        short, indent = right - high.right > 0.12 * width + em, low.left - high.left
    if short and ended and width > 12 * em:
        return True
    # A first line is set in; the line above it is not its paragraph's first, or ended a sentence.
    return 0.7 * em < indent < 5 * em and ended and abs(high.left - left) < 0.7 * em


def _is_marker_line(above: Sequence[Line], below: Sequence[Line], high: Box, low: Box, size: float) -> bool:
    text = below[0].text
    if text[:1] in "•●▪◦‣⁃·○■□–—-*➢✓►":
        return True
    # "1964." at a line's begin may be a year: a number counts where the line above ended early or is an item too.
    if marker(above[0].text) is not None:
        return True
    return (
        bool(SENTENCE_END.search(above[-1].text))
        or high.right < low.right - 2 * size
        or low.left > high.left + 0.5 * size
    )


def _bold(row: Sequence[Line]) -> bool | None:
    known = [line.bold for line in row if line.bold is not None]
    if not known:
        return None
    return sum(length(line) for line in row if line.bold) * 2 > sum(length(line) for line in row)

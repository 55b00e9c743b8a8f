"""
Tells what is set into columns from what divides them: a picture or a quotation in the middle of a page, with its
caption, around which the lines of the columns run shorter and go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from ...groups import in_runs
from ...page import Box, Line, Region, union
from .beside import SHORTEST, Piece


__all__ = ["CROSSING", "insets"]

CROSSING = 0.2  # times the running text's size: what reaches over a gutter by less is beside it
INSIDE = 0.9  # of a line of a caption, which may have a gap where the gutter is
TOGETHER = 2.5  # times the running text's size: a caption is no further from its picture
LEAST = 3  # lines beside, fewer of which may be a caption
LETTERS = 8  # of a line on average: cells have fewer
EVEN = 0.25  # of the distance from line to line: how far the next one may be off
LONGER = 1.0  # times the running text's size: how far lines above or below reach past those that make room


def insets(crossing: Sequence[Piece], pieces: Sequence[Piece], gutter: float, em: float) -> list[Piece]:
    """
    Return those of *pieces* that columns run around.

    Args:
        crossing: Those that cross the gutter and cannot be cut there.
    """
    lines = [piece for piece in pieces if isinstance(piece.thing, Line)]
    slack = CROSSING * em
    sides = (
        [piece for piece in lines if piece.right <= gutter + slack],
        [piece for piece in lines if piece.left >= gutter - slack],
    )
    if not crossing or min(map(len, sides)) <= LEAST:
        return []
    out: list[Piece] = []
    for group in _groups(crossing, em):
        around = [_runs_around(side, group, em) for side in sides]
        box = union([piece.thing.box for piece in group])
        if around == [True, True] or (_is_picture(group, box) and True in around and None in around):
            out.extend(piece for piece in pieces if piece.thing.box.share(box) > INSIDE)
    return out


def _is_picture(group: Sequence[Piece], box: Box) -> bool:
    """Whether most of *box*, which holds *group*, is a picture or a table, so that a column may stand still for it."""
    return sum(piece.bottom - piece.top for piece in group if isinstance(piece.thing, Region)) > 0.5 * box.height


def _groups(crossing: Sequence[Piece], em: float) -> list[list[Piece]]:
    """Pieces of *crossing* with what stands closely below them: a picture and the lines of its caption."""

    def is_close(group: Sequence[Piece], piece: Piece) -> bool:
        return piece.top - max(other.bottom for other in group) < TOGETHER * em

    return in_runs(sorted(crossing, key=lambda piece: piece.top), is_close)


def _runs_around(side: Sequence[Piece], group: Sequence[Piece], em: float) -> bool | None:
    """
    Whether the lines of one *side* make room for *group*.

    They stand beside it, and the next one above or below, as far from them as they from each other, reaches to where
    it stands.

    Returns:
        None where nothing stands beside it.
    """
    top, bottom = min(piece.top for piece in group), max(piece.bottom for piece in group)
    left, right = min(piece.left for piece in group) + LONGER * em, max(piece.right for piece in group) - LONGER * em
    ordered = sorted(side, key=lambda piece: piece.bottom)
    reaching = [piece for piece in ordered if piece.left < right and piece.right > left and piece.chars >= SHORTEST]
    above = max((piece.bottom for piece in reaching if piece.bottom < top + LONGER * em), default=0.0)
    below = min((piece.bottom for piece in reaching if piece.bottom > bottom), default=inf)
    rows = [piece for piece in ordered if above < piece.bottom < below]
    if not rows:
        return None
    if len(rows) < LEAST or sum(sum(map(str.isalpha, row.thing.text)) for row in rows) < LETTERS * len(rows):
        return False
    steps = sorted(low.bottom - high.bottom for high, low in pairwise(rows))
    usual = steps[len(steps) // 2]
    return any(abs(gap - usual) < EVEN * usual for gap in (rows[0].bottom - above, below - rows[-1].bottom))

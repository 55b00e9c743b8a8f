"""
Divides a part of a page at the gutter that separates most text.

What runs across the gutter divides the part into sections that are read one after the other, each from its left column
to its right one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter

from attrs import frozen

from ...page import Box, Line, Ruling
from ..measure import cut, ems, without
from .beside import Piece, ruled_apart, worth
from .gutters import banded, gutters_of, heads_all, is_large, titles
from .insets import CROSSING, insets


__all__ = ["LEVEL", "Split", "best_split", "strips_across"]


LEVEL = 0.8  # of the running text's size: how far columns under one headline begin from each other
MUCH, ABOUT_AS_MUCH = 0.7, 0.85  # of the most text that a gutter parts: one with fewer headlines across, a wider one
WIDER = 1.8  # times as wide as another
LONG_RULE, IN_GUTTER = 6, 1.5  # times its size: rules that may part columns, and how far from a gutter's middle
MOST_RULES = 8
FOOT_APART = 0.5  # times its size: from the columns to a line below all of them
EVEN = 1.0  # times the font size: wider than a space of even type, of which other type has one of half of that
WIDE = 6  # times the font size: a free strip so high ends one part of a page and begins another

Split = tuple[float, list[list[Piece]]]
"""How much text a division of a page separates, and its sections in reading order."""


@frozen
class _Parting:
    """
    A division that may be made.

    Attributes:
        heads: How many headlines and rules its gutter crosses.

        gap: How wide that is.

        ruled: Whether a rule runs in it.
    """

    split: Split
    heads: int
    gap: float
    gutter: float
    ruled: bool

    @property
    def score(self) -> float:
        """How much text it separates."""
        return self.split[0]


_Sides = tuple[list[Piece], list[Piece]]
"""What stands left and right of a gutter."""


def best_split(pieces: Sequence[Piece], em: float, rulings: Sequence[Ruling]) -> Split | None:
    """Return the division at the gutter that separates most text; None where there is none."""
    rules = [ruling.box for ruling in rulings if not ruling.horizontal and ruling.box.height > LONG_RULE * em]
    if len(rules) > MOST_RULES:  # a table's
        rules = []
    across: list[Piece] = []
    for rule in rules:
        if _runs_along(rule, pieces, em):
            split = _split(pieces, rule.middle, em, across, [rule], ruled=True)
            if split is not None:
                return split
    gutters = [*((rule.middle, True) for rule in rules), *((gutter, False) for gutter in gutters_of(pieces, em))]
    if gutters:
        across = titles(pieces, em)
        across += [piece for piece in pieces if piece not in across and heads_all(piece, pieces, em)]
    rest = without(pieces, across) if gutters else []
    top, bottom = min(piece.top for piece in pieces), max(piece.bottom for piece in pieces)
    level = [ruling.box for ruling in rulings if ruling.horizontal and top < ruling.box.centre < bottom]
    found: list[_Parting] = []

    def at(gutter: float, across: Sequence[Piece], ruled: bool) -> Split | None:
        inside = [rule for rule in rules if abs(rule.middle - gutter) < IN_GUTTER * em]
        return _split(pieces, gutter, em, across, inside, ruled=ruled)

    for gutter, ruled in gutters:
        split = at(gutter, across, ruled)
        if split is not None:
            found.append(_Parting(split, *_crossed(rest, level, gutter, em), gutter, ruled))
    if not found:
        return None
    # Of gutters that separate about as much, that is the page's which parts its articles, or its two halves.
    most = max(each.score for each in found)
    near = [each for each in found if each.score >= min(most, MUCH * most)]
    fewest = min(each.heads for each in near)
    near = [each for each in near if each.heads == fewest]
    most = max(each.score for each in near)
    near = [each for each in near if each.score >= min(most, ABOUT_AS_MUCH * most)]
    widest = max(each.gap for each in near)
    best = max((each for each in near if each.gap >= min(widest, widest / WIDER)), key=attrgetter("score"))
    if len(found) > 1 and (foot := _foot(rest, [each.gutter for each in found], em)):
        return at(best.gutter, [*across, *foot], best.ruled) or best.split
    return best.split


def _foot(pieces: Sequence[Piece], gutters: Sequence[float], em: float) -> list[Piece]:
    """Return the lines below all columns, nothing beside them, of which one is wider than a column, at least."""
    strips = strips_across(pieces, em, FOOT_APART)
    foot = [piece for piece in pieces if strips and piece.top >= strips[-1][1]]
    one_by_one = all(
        2 * one.bottom < other.top + other.bottom for one, other in pairwise(sorted(foot, key=lambda piece: piece.top))
    )
    lines = [piece for piece in pieces if isinstance(piece.thing, Line) and not is_large(piece, em)]
    wide = (
        all(any(piece is own for own in foot) for piece in crossing)
        for gutter in gutters
        if (crossing := [piece for piece in lines if piece.left < gutter < piece.right])
    )
    return foot if one_by_one and any(wide) and all(isinstance(piece.thing, Line) for piece in foot) else []


def _crossed(pieces: Sequence[Piece], rules: Sequence[Box], gutter: float, em: float) -> tuple[int, float]:
    """Return how many headlines and level *rules* cross *gutter*, and how wide it is."""
    slack = CROSSING * em
    left = max((piece.right for piece in pieces if piece.right <= gutter + slack), default=gutter)
    right = min((piece.left for piece in pieces if piece.left >= gutter - slack), default=gutter)
    heads = sum(1 for piece in pieces if piece.left < left - em and piece.right > right + em and is_large(piece, em))
    heads += sum(1 for rule in rules if rule.left < left - em and rule.right > right + em)
    return heads, right - left


def _runs_along(rule: Box, pieces: Sequence[Piece], em: float) -> bool:
    """Whether *rule* runs along all of *pieces* but those that stand across it, such as a title above it."""
    top, bottom = rule.top - LEVEL * em, rule.bottom + LEVEL * em
    return all(
        (top < piece.top and piece.bottom < bottom) or piece.left < rule.middle < piece.right for piece in pieces
    )


def _split(
    pieces: Sequence[Piece],
    gutter: float,
    em: float,
    across: Sequence[Piece],
    rules: Sequence[Box],
    *,
    ruled: bool,
) -> Split | None:
    """
    Divide *pieces* at *gutter*: how much text it separates, and the sections in reading order.

    Args:
        across: What divides all columns though it may not cross the gutter.

        rules: Upright ones in the gutter.

        ruled: Whether it is one only where one of them runs.
    """
    slack = CROSSING * em

    def halves_of(piece: Piece) -> list[Piece]:
        """Return *piece* cut in two if it crosses the gutter and its words leave that free, or as it is."""
        if not piece.left < gutter - slack < gutter + slack < piece.right:
            return []
        if ruled and not any(rule.top < piece.top and piece.bottom < rule.bottom for rule in rules):
            return [piece]
        return _parted(piece, gutter, em)

    parts = [(piece, halves_of(piece)) for piece in without(pieces, across)]
    inset = insets([piece for piece, halves in parts if len(halves) == 1], pieces, gutter, em)
    parts = [(piece, halves) for piece, halves in parts if piece not in inset]
    crossing = [*across, *(piece for piece, halves in parts if len(halves) == 1)]
    crossing.sort(key=lambda piece: piece.top + piece.bottom)
    beside = [part for piece, halves in parts if len(halves) != 1 for part in halves or [piece]]
    bounds = [piece.top + piece.bottom for piece in crossing]
    runs: list[_Sides] = [([], []) for _ in range(len(crossing) + 1)]
    for piece in beside:
        centre = piece.top + piece.bottom
        runs[bisect_left(bounds, centre)][0 if piece.left + piece.right < 2 * gutter else 1].append(piece)
    score = 0.0
    sections: list[list[Piece]] = []
    waiting: list[Piece] = []
    for index, run in enumerate(runs):
        below = crossing[index] if index < len(crossing) else None
        heading = _heading_of(run, below) if below is not None else None
        run, other_columns = _of_other_columns(run, below, beside, em) if below is not None else (run, [])
        rule = ruled_apart(*run, rules)
        if rule is not None:  # the last line of a paragraph above the columns is none of them
            above, run = _cut_at(*run, [rule.top - LEVEL * em])
            waiting.extend([*above[0], *above[1]])
        for left, right in [run] if rule is not None else _bands(*run, em):
            height = worth(left, right, em, running=rule is not None or bool(inset))
            if height and (rule is not None or not ruled):
                score += height
                if waiting:
                    sections.append(waiting)
                    waiting = []
                sections.extend([left, right])
            else:
                waiting.extend([*left, *right])
        waiting.extend(other_columns)
        if heading is not None:
            waiting.append(heading)
        if below is not None:
            waiting.append(below)
    waiting.extend(inset)
    if waiting:
        sections.append(waiting)
    # Of two places in one gap the better is that which fewer lines reach.
    crossed = len(without(crossing, across))
    return (score - 2 * em * crossed, sections) if score else None


def _heading_of(run: _Sides, below: Piece) -> Piece | None:
    """
    Take the last line out of *run* if it is the heading of what runs across *below* it.

    It stands below everything else, and nearer to what follows than to what stands above.
    """
    other, side = sorted(run, key=lambda pieces: max((piece.bottom for piece in pieces), default=0.0))
    if len(side) < 3 or not other:
        return None
    ordered = sorted(side, key=lambda piece: piece.bottom)
    last, above = ordered[-1], ordered[-2]
    gap = below.top - last.bottom
    if (
        last.top < max(piece.bottom for piece in other)
        or gap > 0.6 * (last.top - above.bottom)
        or last.right > below.right
    ):
        return None
    side.remove(last)
    return last


def _of_other_columns(run: _Sides, below: Piece, beside: Sequence[Piece], em: float) -> tuple[_Sides, list[Piece]]:
    """
    Take out of *run* the foot that goes on beside what runs across *below* it: there the page has other columns.

    Returns:
        The rest of the run, and what was taken: all of it on one side of the gutter, under a free strip.
    """
    foot: list[Piece] = []
    for _, place in reversed(strips_across([*run[0], *run[1]], em)):
        _, (left, right) = _cut_at(*run, [place])
        if left and right:
            break
        foot = left or right
    if not foot or not any(
        min(piece.bottom, below.bottom) - max(piece.top, below.top) > 0.3 * em for piece in beside
    ):  # nothing goes on beside it
        return run, []
    left, right = ([piece for piece in side if piece not in foot] for side in run)
    return (left, right), foot


def _bands(left: list[Piece], right: list[Piece], em: float) -> list[_Sides]:
    """
    Divide what stands on both sides of a gutter where a free strip runs across both.

    A wide strip divides the page. Above a narrow one may stand what is not columns of text though it stands in two
    columns: the authors of an article above its first lines.
    """
    strips = strips_across([*left, *right], em)
    if not strips:
        return [(left, right)]
    out: list[_Sides] = []
    for part in _cut_at(left, right, [low for high, low in strips if low - high > WIDE * em]):
        bands = _cut_at(*part, [low for _, low in strips])
        bands = [band for band in bands if band[0] or band[1]]
        first = 0
        while first < len(bands) and bands[first][0] and bands[first][1] and not worth(*bands[first], em):
            first += 1
        head, rest = _gathered(bands[:first]), _gathered(bands[first:])
        # The same columns with a gap across both are no head.
        flush = all(_flush(some, others, em) for some, others in zip(head, rest, strict=True))
        out.extend([part] if first in (0, len(bands)) or flush else [head, rest])
    return out


def strips_across(pieces: Sequence[Piece], em: float, least: float = 0.9) -> list[tuple[float, float]]:
    """Where each free strip across all of *pieces*, *least* times *em* high, begins and ends, from the top down."""
    strips: list[tuple[float, float]] = []
    every = sorted(pieces, key=lambda piece: piece.top)
    reach = every[0].bottom if every else 0.0
    for piece in every:
        if piece.top > reach + least * em:
            strips.append((reach, piece.top))
        reach = max(reach, piece.bottom)
    return strips


def _cut_at(left: Sequence[Piece], right: Sequence[Piece], places: Sequence[float]) -> list[_Sides]:
    """Both sides of a gutter in bands that begin at the y *places*, besides the first."""
    return list(zip(banded(left, places), banded(right, places), strict=True))


def _gathered(bands: Sequence[_Sides]) -> _Sides:
    return [piece for band in bands for piece in band[0]], [piece for band in bands for piece in band[1]]


def _flush(some: Sequence[Piece], others: Sequence[Piece], em: float) -> bool:
    """Whether most of *some* begin where *others* do, as lines of one column do and centred names do not."""
    edges = [piece.left for piece in others]
    return sum(1 for piece in some if any(abs(piece.left - edge) < 0.6 * em for edge in edges)) >= 0.7 * len(some)


def _parted(piece: Piece, gutter: float, em: float) -> list[Piece]:
    """Cut a line that was read across *gutter* in two, where two of its words leave the gutter free."""
    line = piece.thing
    if not isinstance(line, Line):
        return [piece]
    words = line.words
    space = (EVEN if line.mono else 0.5) * max(em, ems(line))
    for index in range(1, len(words)):
        left, right = words[index - 1].box.right, words[index].box.left
        if left <= gutter + 0.3 * em and right >= gutter - 0.3 * em and right - left > space:
            return [Piece(cut(line, words[:index])), Piece(cut(line, words[index:]))]
    return [piece]

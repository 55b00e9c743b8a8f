"""Puts lines together again whose words stand so far apart, to fill a narrow column, that they look like cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...page import Line, union
from ..measure import ems, goes_on, with_joined


__all__ = ["levels_of", "whole"]

EQUAL = 0.1  # of the font size: how much the gaps of one justified line differ
WIDEST = 4.0
FULL = 14  # letters of a line that shows how wide its column is
FLUSH = 0.5  # pixels
NEAR = 3.5  # times the font size: two lines further, at most


def whole(lines: Sequence[Line]) -> list[Line]:
    """
    Return *lines*, those pieces joined that are words of one justified line.

    Justification makes all gaps of a line equal, which those between cells hardly are; and words of running text
    begin with small letters.
    """
    levels = levels_of(lines)
    if len(levels) == len(lines):
        return list(lines)
    ordered = (sorted(level, key=lambda line: line.box.left) for level in levels.values())
    chains = [chain for level in ordered for chain in _chains(level)]
    edges = _edges(lines, chains)
    return with_joined(lines, (chain for chain in chains if _is_text(chain, edges)))


def levels_of(lines: Sequence[Line]) -> dict[tuple[int, int], list[Line]]:
    """Return the *lines* of each baseline and size, to a quarter of a pixel."""
    levels: dict[tuple[int, int], list[Line]] = {}
    for line in lines:
        levels.setdefault((round(line.box.bottom * 4), round(ems(line) * 4)), []).append(line)
    return levels


def _chains(level: Sequence[Line]) -> list[list[Line]]:
    """The pieces of one level that follow each other at equal distances."""
    out: list[list[Line]] = []
    usual = 0.0
    for before, line in pairwise(level):
        gap, em = line.box.left - before.box.right, ems(line)
        if out and out[-1][-1] is before and abs(gap - usual) < EQUAL * em:
            out[-1].append(line)
        elif 0 < gap < WIDEST * em:
            out.append([before, line])
            usual = gap
    return out


_Edges = Mapping[tuple[int, int], Sequence[float]]
"""How far down lines stand that begin and end at two places, these in halves of a pixel."""


def _edges(lines: Sequence[Line], chains: Sequence[Sequence[Line]]) -> _Edges:
    """Where full lines of running text stand, by their left and right edges; words equally far apart may be such."""
    boxes = [line.box for line in lines if len(line.text) >= FULL]
    boxes += [union([line.box for line in chain]) for chain in chains if len(chain) > 2]
    out: dict[tuple[int, int], list[float]] = {}
    for box in boxes:
        out.setdefault((round(box.left / FLUSH), round(box.right / FLUSH)), []).append(box.centre)
    return out


def _filling(chain: Sequence[Line], edges: _Edges) -> int:
    """How many full lines right above or below *chain* begin and end where it does."""
    box, em = union([line.box for line in chain]), ems(chain[0])
    left, right = round(box.left / FLUSH), round(box.right / FLUSH)
    beside = ((left + x, right + y) for x in (-1, 0, 1) for y in (-1, 0, 1))
    near = (y for place in beside for y in edges.get(place, ()))
    return sum(1 for y in set(near) if 0.5 * em < abs(y - box.centre) < NEAR * em)


def _is_text(chain: Sequence[Line], edges: _Edges) -> bool:
    """
    Whether *chain* is words, equally far apart, most of which begin with a small letter.

    Four words at least, or fewer if they fill the column as the lines around do.
    """
    texts = [word for line in chain for word in line.text.split()]
    if len(texts) < 4 - min(_filling(chain, edges), 2):
        return False
    if sum(1 for word in texts if goes_on(word)) < 0.5 * len(texts):
        return False
    gap, em = chain[1].box.left - chain[0].box.right, ems(chain[0])
    inner = [after.box.left - word.box.right for line in chain for word, after in pairwise(line.words)]
    return all(abs(each - gap) < EQUAL * em for each in inner)

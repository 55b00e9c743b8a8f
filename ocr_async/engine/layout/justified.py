"""Puts lines together again whose words stand so far apart, to fill a narrow column, that they look like cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from ..page import Line, union
from .measure import ems


__all__ = ["whole"]

EQUAL = 0.1  # of the font size: how much the gaps of one justified line differ
WIDEST = 4.0


def whole(lines: Sequence[Line]) -> list[Line]:
    """
    Return *lines*, those pieces joined that are words of one justified line.

    Justification makes all gaps of a line equal, which those between cells hardly are; and words of running text
    begin with small letters.
    """
    levels: dict[tuple[int, int], list[Line]] = {}
    for line in lines:
        levels.setdefault((round(line.box.bottom * 4), round(ems(line) * 4)), []).append(line)
    if len(levels) == len(lines):
        return list(lines)
    joined: dict[int, Line | None] = {}
    for level in levels.values():
        if len(level) > 1:
            level.sort(key=lambda line: line.box.left)
            for chain in _chains(level):
                if _is_text(chain):
                    joined.update(dict.fromkeys(map(id, chain[1:])))
                    joined[id(chain[0])] = _line(chain)
    if not joined:
        return list(lines)
    return [whole for each in lines if (whole := joined.get(id(each), each)) is not None]


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


def _is_text(chain: Sequence[Line]) -> bool:
    """Whether *chain* is four words at least, equally far apart, most of which begin with a small letter."""
    texts = [word for line in chain for word in line.text.split()]
    if len(texts) < 4 or sum(1 for word in texts if word[:1].islower()) < 0.5 * len(texts):
        return False
    gap, em = chain[1].box.left - chain[0].box.right, ems(chain[0])
    inner = [after.box.left - word.box.right for line in chain for word, after in pairwise(line.words)]
    return all(abs(each - gap) < EQUAL * em for each in inner)


def _line(chain: Sequence[Line]) -> Line:
    return evolve(
        chain[0],
        text=" ".join(line.text for line in chain),
        box=union([line.box for line in chain]),
        words=tuple(word for line in chain for word in line.words),
        marks=tuple(dict.fromkeys(mark for line in chain for mark in line.marks)),
    )

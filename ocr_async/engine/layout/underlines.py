"""Tells underlines of words from rules: those of tables, and lines to write on."""

from __future__ import annotations

from collections.abc import Sequence

from ..page import Box, Line, Ruling, union
from .measure import ems


__all__ = ["without_underlines"]

ENDS = 0.2  # times the font size: how far from the ends of its words an underline ends
STRIKES, BELOW = 0.3, 0.16  # times the font size: how far above their foot it runs, and below


def without_underlines(rulings: Sequence[Ruling], lines: Sequence[Line]) -> tuple[Ruling, ...]:
    """Return *rulings* but those at the foot of words of *lines* that begin with the first and end with the last."""
    return tuple(ruling for ruling in rulings if not (ruling.horizontal and _is_underline(ruling.box, lines)))


def _is_underline(rule: Box, lines: Sequence[Line]) -> bool:
    words: list[Box] = []
    size = 0.0
    for line in lines:
        if line.box.top < rule.centre < line.box.bottom + line.box.height and line.box.across(rule) > 0:
            size = ems(line)
            words += [
                word.box
                for word in line.words
                if word.box.across(rule) > 0 and -STRIKES * size < rule.centre - word.box.bottom < BELOW * size
            ]
    if not words:
        return False
    said = union(words)
    return abs(said.left - rule.left) < ENDS * size and abs(said.right - rule.right) < ENDS * size

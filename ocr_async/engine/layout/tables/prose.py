"""Tells columns of running text from columns of a table: whether lines go on in the next one, as sentences do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...page import Line
from ..measure import ems, length
from .fields import numeric


__all__ = ["reads_on"]

LINES = 5  # of a column of which it can be told
SAME = 0.6  # of the font size: lines that begin so near begin at one x
GOES_ON = 0.5  # of the lines begin with a small letter, or one without case
FULL = 0.7  # of the lines fill the column
FILLED = 0.75  # of the column's width
LETTERS = 10  # of a line
NUMBERS = 0.15  # of the lines
MOST = 0.6  # of all letters stand in such columns


def reads_on(lines: Iterable[Line]) -> bool:
    """Whether *lines* stand in columns whose lines read on from one to the next, in all of them but for a few lines."""
    every = list(lines)
    columns = [column for column in _columns(every) if len(column) >= LINES]
    letters = sum(length(line) for column in columns for line in column)
    return letters >= MOST * sum(map(length, every)) > 0 and all(map(_is_prose, columns))


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The *lines* that begin at one x, about, for each such place."""
    out: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.left):
        if out and line.box.left - out[-1][0].box.left < SAME * ems(line):
            out[-1].append(line)
        else:
            out.append([line])
    return out


def _is_prose(column: Sequence[Line]) -> bool:
    count = len(column)
    if sum(map(length, column)) < LETTERS * count:
        return False
    width = sorted(line.box.width for line in column)[count * 4 // 5]  # two lines may have been read as one
    return (
        sum(1 for line in column if _may_go_on(line.text[:1])) >= GOES_ON * count
        and sum(1 for line in column if line.box.width >= FILLED * width) >= FULL * count
        and sum(1 for line in column if numeric(line.text)) <= NUMBERS * count
    )


def _may_go_on(letter: str) -> bool:
    """Whether a sentence may go on with *letter*: a small one, or one of a script that has no capitals."""
    return letter.islower() or (letter.isalpha() and letter == letter.upper() == letter.lower())

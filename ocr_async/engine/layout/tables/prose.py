"""Tells columns of running text from columns of a table: whether lines go on in the next one, as sentences do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...page import Line
from ..measure import ems, evenly_spaced, length
from .fields import numeric, words_of


__all__ = ["is_justified", "reads_on"]

LINES = 5  # of a column of which it can be told
SAME = 0.6  # of the font size: lines that begin so near begin at one x
INDENT = 2.5  # times the font size: of a paragraph, or of what hangs beside a number
GOES_ON = 0.5  # of the letters are in lines that begin with a small one, or one without case
FULL = 0.7  # of the letters are in lines that fill the column
FILLED = 0.75  # of the column's width
LETTERS = 10  # of a line
NUMBERS = 0.15  # of the lines
FLUSH = 0.1  # of the font size
MOST = 0.6  # of all letters stand in such columns


def reads_on(lines: Iterable[Line]) -> bool:
    """
    Whether *lines* stand in columns whose lines read on from one to the next, in all of them but for a few lines.

    Lines that run over several columns, as a title does, tell nothing.
    """
    every = list(lines)
    found = _columns(every)
    columns = [column for column in found if len(column) >= LINES]
    if len(columns) == 1 and sum(1 for column in found if _stands_beside(column, columns[0])) > 1:
        return False  # a tall cell, and those of its row
    starts = [column[0].box.left for column in columns]
    across = {id(line) for line in every if sum(1 for start in starts if _reaches_over(line, start))}
    columns = [own for column in columns if (own := [line for line in column if id(line) not in across])]
    letters = sum(length(line) for column in columns for line in column)
    return letters >= MOST * sum(length(line) for line in every if id(line) not in across) > 0 and all(
        map(_is_prose, columns)
    )


def _stands_beside(column: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether a line of *column* stands left or right of one of *other*."""
    return any(line.box.down(each.box) > 0 > line.box.across(each.box) for line in column for each in other)


def _reaches_over(line: Line, start: float) -> bool:
    """Whether *line* begins left of a column that begins at *start*, and ends in it."""
    em = ems(line)
    return line.box.left < start - INDENT * em and line.box.right > start + em


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The *lines* that begin at one x, about, for each such place; what is indented belongs to the column around."""
    out: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.left):
        if out and line.box.left - out[-1][0].box.left < SAME * ems(line):
            out[-1].append(line)
        else:
            out.append([line])
    merged: list[list[Line]] = []
    for column in out:
        if merged and column[0].box.left - merged[-1][0].box.left < INDENT * ems(column[0]):
            merged[-1].extend(column)
        else:
            merged.append(column)
    return merged


def _is_prose(column: Sequence[Line]) -> bool:
    count = len(column)
    letters = sum(map(length, column))
    if letters < LETTERS * count:
        return False
    width = sorted(line.box.width for line in column)[count * 4 // 5]  # two lines may have been read as one
    return (
        sum(length(line) for line in column if _may_go_on(line.text[:1])) >= GOES_ON * letters
        and sum(length(line) for line in column if line.box.width >= FILLED * width) >= FULL * letters
        and sum(1 for line in column if numeric(line.text)) <= NUMBERS * count
    )


def _may_go_on(letter: str) -> bool:
    """Whether a sentence may go on with *letter*: a small one, or one of a script that has no capitals."""
    return letter.islower() or (letter.isalpha() and letter == letter.upper() == letter.lower())


def is_justified(text_rows: Sequence[Sequence[Line]]) -> bool:
    """
    Whether the words of *text_rows* fill one narrow column of running text, rather than the columns of a table.

    Most rows of three words or more then begin at one x and end at another, with all words equally far apart.
    """
    left = min(line.box.left for row in text_rows for line in row)
    right = max(line.box.right for row in text_rows for line in row)
    told = filled = 0
    for row in text_rows:
        words = [word for line in row for word in words_of(line)]
        if len(words) < 3:
            continue
        told += 1
        em = ems(row[0])
        if (
            evenly_spaced(words, em)
            and abs(words[0].box.left - left) < FLUSH * em
            and abs(words[-1].box.right - right) < FLUSH * em
            and not any(numeric(word.text) for word in words)
        ):
            filled += 1
    return filled > 0.5 * told

"""Tells columns of running text from columns of a table: whether lines go on in the next one, as sentences do."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from operator import attrgetter

from ...groups import in_runs
from ...page import Line
from ..measure import ems, evenly_spaced, first_word, goes_on, length, median, recognised
from .fields import numeric, words_of


__all__ = ["are_paragraphs", "drift", "is_justified", "reads_on"]

SENTENCE = re.compile(r"[.!?…]['\"”’»)]*$")
DRIFTING = 5  # lines at least, of which it can be told whether they are level with others
LEVEL = 0.12  # of the running text's size
BESIDE = 3.5  # times that size: from line to line, where a column has no hole
OFTEN = 0.35  # of the lines
LINES = 5  # of a column of which it can be told
SAME = 0.6  # of the font size: lines that begin so near begin at one x
INDENT = 2.5  # times the font size: of a paragraph, or of what hangs beside a number
GOES_ON = 0.5  # of the letters are in lines that begin with a small one, or one without case
PARAGRAPHS = 0.3  # where other columns do
MOST_DOUBTFUL = 0.4  # of the letters
FULL = 0.7  # of the letters are in lines that fill the column
FILLED = 0.75  # of the column's width
LETTERS = 10  # of a line
FLUSH = 0.1  # of the font size
BLURRED = 3.5  # times as much: a recogniser's boxes of words are a little off
MOST = 0.6  # of all letters stand in such columns
APART = 1.25  # times the font size: more than what is read across
CLOSE = 0.7  # times the font size: lines of one paragraph
FOOT = attrgetter("box.bottom")


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
    if not letters >= MOST * sum(length(line) for line in every if id(line) not in across) > 0:
        return False
    doubtful = [column for column in columns if not _is_prose(column)]
    if not doubtful:
        return True
    # Beside columns of prose one may begin a paragraph in every other line.
    few = sum(length(line) for column in doubtful for line in column) <= MOST_DOUBTFUL * letters
    return few and len(columns) - len(doubtful) > 1 and all(_is_prose(column, PARAGRAPHS) for column in doubtful)


def _stands_beside(column: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether a line of *column* stands left or right of one of *other*."""
    return any(line.box.down(each.box) > 0 > line.box.across(each.box) for line in column for each in other)


def _reaches_over(line: Line, start: float) -> bool:
    """Whether *line* begins left of a column that begins at *start*, and ends in it."""
    em = ems(line)
    return line.box.left < start - INDENT * em and line.box.right > start + em


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The *lines* that begin at one x, about, for each such place; what is indented belongs to the column around."""
    ordered = sorted(lines, key=lambda line: line.box.left)
    columns = in_runs(ordered, lambda column, line: line.box.left - column[0].box.left < SAME * ems(line))
    around = in_runs(columns, lambda near, own: own[0].box.left - near[0][0].box.left < INDENT * ems(own[0]))
    return [list(chain.from_iterable(near)) for near in around]


def _is_prose(column: Sequence[Line], going_on: float = GOES_ON) -> bool:
    """Whether *column* is running text, so much of whose letters is in lines that are *going_on*."""
    count = len(column)
    letters = sum(map(length, column))
    if letters < LETTERS * count:
        return False
    width = sorted(line.box.width for line in column)[count * 4 // 5]  # two lines may have been read as one
    return (
        sum(length(line) for line in column if goes_on(line.text)) >= going_on * letters
        and sum(length(line) for line in column if line.box.width >= FILLED * width) >= FULL * letters
    )


def are_paragraphs(text_rows: Sequence[Sequence[Line]]) -> bool:
    """
    Whether *text_rows* are one paragraph in each column, as short news, under a row of headings or none.

    Most end as sentences do; the last line of the longest may stand below. What is nearer may be read across.
    """
    for body in (text_rows, text_rows[1:]):
        columns = _columns([*chain.from_iterable(body)])
        ended = sum(1 for column in columns if SENTENCE.search(max(column, key=FOOT).text))
        if len(body) > 1 < len(columns) and 2 * ended > len(columns) and all(map(_is_paragraph, columns)):
            edges = ((max(line.box.right for line in one), other[0].box.left) for one, other in pairwise(columns))
            return all(left - right > APART * ems(body[0][0]) for right, left in edges)
    return False


def _is_paragraph(column: Sequence[Line]) -> bool:
    """Whether the lines of *column* are long ones set close, of which none had room for the first word of the next."""
    reach = max(line.box.right for line in column)
    return sum(map(length, column)) >= LETTERS * len(column) and all(
        above.box.right + first_word(below) > reach and below.box.top - above.box.bottom < CLOSE * ems(below)
        for above, below in pairwise(sorted(column, key=FOOT))
    )


def drift(left: Sequence[float], right: Sequence[float], em: float) -> bool:
    """
    Whether lines that end so far down on the *left* and on the *right* keep to distances of their own.

    Those of a table's rows are level, or half-way between two where a cell stands centred beside two lines.
    """
    few, many = sorted((left, right), key=len)
    places = sorted(many)
    few = [place for place in few if places and places[0] - em < place < places[-1] + em]
    off: list[float] = []
    for place in few:
        index = bisect_left(places, place)
        above, below = place - places[max(index - 1, 0)], place - places[min(index, len(places) - 1)]
        nearest = min(above, below, key=abs)
        if above - below < BESIDE * em and abs(nearest) > LEVEL * em and abs(above + below) > 2 * LEVEL * em:
            off.append(nearest)
    # Letters of another size have all the same distance from those beside them.
    return len(few) >= DRIFTING and len(off) >= OFTEN * len(few) and max(off) - min(off) > 2 * LEVEL * em


def is_justified(text_rows: Sequence[Sequence[Line]]) -> bool:
    """
    Whether the words of *text_rows* fill one narrow column of running text, rather than the columns of a table.

    Most rows then begin at one x and end at another, with all words equally far apart.
    """
    em = median([ems(line) for row in text_rows for line in row], 10.0)
    slack = BLURRED if any(recognised(line) for row in text_rows for line in row) else 1.0
    told = [[word for line in row for word in words_of(line)] for row in text_rows]
    left, right = min(row[0].box.left for row in told), max(row[-1].box.right for row in told)
    filled = sum(
        1
        for row in told
        if evenly_spaced(row, slack * em)
        and abs(row[0].box.left - left) < slack * FLUSH * em
        and abs(row[-1].box.right - right) < slack * FLUSH * em
        and not any(numeric(word.text) for word in row)
    )
    return filled > 0.5 * len(told)

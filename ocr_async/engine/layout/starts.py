"""
Cuts the lines of a text layer where a column begins: touching cells, notes in the margin, boxes for yes and no.

A parser joins what stands no further apart than words do, also across a column's edge. Other rows show the edge: their
words begin at exactly one x, after a gap that is none between words. Where hardly a row shows it,
as in spreadsheets, `columns.joints` does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..groups import in_runs
from ..page import Line
from .columns.joints import DIGIT, EXACT, MEET, ROWS, SHORT, SPACE, WIDE, is_thousand, joints, torn, unjoined
from .measure import are_stacked, cut, ems, evenly_spaced, rows


__all__ = ["parted"]

LEAST = 3  # rows that begin there
STRONG = 5  # rows that begin there with one word: a gap as between words is enough
TIMES = 1.8  # times all others in its line: a wide gap
MOST_BARE = 3  # such gaps, where all are: a line that fills its column has more
TIMETABLE = 0.4  # of the font size: between two times of day
LETTER = re.compile(r"[^\W_]")
MARK = re.compile(r"\W?(?:\d{1,3}(?:\.\d{1,2})*|\w)[.)]?")  # of a list, a note or a section
MOST = 3000  # places where a column may begin: more are a map
NEAR = 5.0  # times the font size: how far the next row that begins there may be
LARGER = 1.3  # times the font size: a cell is not set in so much larger type than those below it
NUMBER = re.compile(r"[-−–+(*$]*\d[\d,.]*[%)*]*|\*")
TIME = re.compile(r"\d{1,2}[:.]\d\d")
TIMES_OF_DAY = re.compile(rf"{TIME.pattern}(?: (?:{TIME.pattern}|[-–—|]))+")
# One that does not go on behind it, as "12 500" does.
WHOLE = re.compile(r"[-−–+(*$]*(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|(?:19|20)\d\d)[%)*]*")


def parted(lines: Sequence[Line]) -> list[Line]:
    """Return *lines*, those that run across the begin of a column cut there."""
    lines = [part for line in lines for part in (_numbers_apart(line) if NUMBER.match(line.text) else [line])]
    text_rows = rows(lines)
    gaps = joints(text_rows)
    if not gaps and are_stacked(lines):
        return lines
    if gaps:
        text_rows = [unjoined(row, gaps) for row in text_rows]
        lines = [line for row in text_rows for line in row]
    if (apart := _cells_apart(text_rows)) != text_rows:
        text_rows, lines = apart, [line for row in apart for line in row]
    begins = sorted(begin for row in text_rows if len(row) > 1 for begin in _begins(row))
    if not LEAST <= len(begins) <= MOST:
        return list(lines)
    out: list[Line] = []
    for row in text_rows:
        for line in row:
            out.extend(_cut(line, begins))
    return out if len(out) > len(lines) else list(lines)


def _cells_apart(text_rows: Sequence[list[Line]]) -> list[list[Line]]:
    """Return *text_rows*, lines cut at wide gaps behind which a cell begins or ends as one does in a row beside it."""
    told = [[_pieces(line) for line in row] for row in text_rows]
    for at in (*range(len(told)), *reversed(range(len(told)))):
        if all(len(pieces) == 1 for pieces in told[at]):
            continue
        box, em = text_rows[at][0].box, ems(text_rows[at][0])
        near = [
            cell.box
            for other in (at - 1, at + 1)
            if 0 <= other < len(told) and max(len(told[at]), len(told[other])) > 1
            for cell in [piece for pieces in told[other] for piece in pieces][1:]
            if max(box.top - cell.box.bottom, cell.box.top - box.bottom) < ROWS * em
        ]
        groups: list[list[Line]] = []
        for pieces in told[at]:
            groups.append(pieces[:1])
            for piece in pieces[1:]:
                left, right = piece.box.left, piece.box.right
                if any(abs(left - cell.left) < EXACT or abs(right - cell.right) < EXACT for cell in near):
                    groups.append([])
                groups[-1].append(piece)
        told[at] = groups
    return [
        row
        if len(row) == len(groups)
        else [cut(pieces[0], [word for piece in pieces for word in piece.words]) for pieces in groups]
        for row, groups in zip(text_rows, told, strict=True)
    ]


def _pieces(line: Line) -> list[Line]:
    """Return *line* cut where gaps are much wider than the others; whole if a piece is long or the mark of a list."""
    if line.mono or len(line.words) < 2:
        return [line]
    em = ems(line)
    gaps = [after.box.left - word.box.right for word, after in pairwise(line.words)]
    if min(gaps) < 0.0 or evenly_spaced(line.words, em):  # from the right, or as a browser justifies
        return [line]
    wide = [gap for gap in gaps if gap > WIDE * em]
    narrow = [gap for gap in gaps if gap not in wide]
    if not wide or min(wide) < TIMES * max(narrow, default=0.0) or not (narrow or len(gaps) <= MOST_BARE):
        return [line]
    places = [0, *(at for at, gap in enumerate(gaps, 1) if gap in wide), len(line.words)]
    out = [cut(line, line.words[start:end]) for start, end in pairwise(places)]
    if MARK.fullmatch(out[0].text) or not all(len(each.text) <= SHORT and LETTER.search(each.text) for each in out):
        return [line]
    return out


def _numbers_apart(line: Line) -> list[Line]:
    """Return each number of *line* alone, where it holds nothing but times, or numbers that cannot be parts of one."""
    if TIMES_OF_DAY.fullmatch(line.text) and not line.mono:
        groups = in_runs(line.words, lambda run, word: word.box.left - run[-1].box.right < TIMETABLE * ems(line))
        return [cut(line, group) for group in groups]
    if not all(map(NUMBER.fullmatch, line.text.split())) or len(words := line.words) < 2:
        return [line]
    whole = sum(1 for word in words if WHOLE.fullmatch(word.text))
    if 2 * whole <= len(words) or any(is_thousand(word) for word in words[1:]):
        return [line]
    return [cut(line, [word]) for word in words]


_Begin = tuple[float, float, str, float]
"""Where a column may begin, how far down the page, with which word, and in which font size."""


def _begins(row: Sequence[Line]) -> Iterator[_Begin]:
    """Yield where a column may begin in *row*, which has several parts."""
    for line in row:
        centre = line.box.centre
        if line is not row[0]:
            yield line.box.left, centre, line.text.split(" ", 1)[0], ems(line)
        if len(line.text) < SHORT and line.words and not evenly_spaced(line.words, ems(line)):
            space = SPACE[bool(line.mono)] * ems(line)
            for before, word in pairwise(line.words):
                if word.box.left - before.box.right > space:
                    yield word.box.left, centre, word.text, ems(line)


def _cut(line: Line, begins: Sequence[_Begin]) -> list[Line]:
    if " " not in line.text and MEET.search(line.text) is None:
        return [line]  # one word, as most cells are
    em = ems(line)
    inside = begins[bisect_left(begins, (line.box.left + em,)) : bisect_left(begins, (line.box.right - 0.2 * em,))]
    if len(inside) < LEAST - 1:
        return [line]
    last = float("-inf")
    for x, _, _, _ in inside:
        if x - last < EXACT / 2:
            continue
        last = x
        words = _support(x, line, inside)
        if len(words) < LEAST - 1:
            continue
        if parts := _at(line, x, words):
            return [parts[0], *_cut(parts[1], begins)]
    return [line]


def _support(x: float, line: Line, begins: Sequence[_Begin]) -> list[str]:
    """The words with which other rows near *line*, one near the next, begin a column at *x*."""
    at_x = begins[bisect_left(begins, (x - EXACT,)) : bisect_left(begins, (x + EXACT,))]
    if len(at_x) < LEAST - 1:
        return []
    em = ems(line)
    centre, near = line.box.centre, NEAR * em
    # a heading above a table is not cut where its columns begin
    others = {round(y): word for _, y, word, size in at_x if abs(y - centre) > 1 and em < LARGER * size}
    if len(others) < LEAST - 1:
        return []
    out: list[str] = []
    for ordered in (sorted((y for y in others if y < centre), reverse=True), sorted(y for y in others if y >= centre)):
        last = centre
        for y in ordered:
            if abs(y - last) > near:
                break
            out.append(others[y])
            last = y
    return out


def _at(line: Line, x: float, others: Sequence[str]) -> tuple[Line, Line] | None:
    """
    Return *line* cut at *x* in two, if a word begins there after an unusual gap, or two stand together without any.

    Args:
        others: The words that begin there in other rows; the same word again needs no unusual gap.
    """
    words, em = list(line.words), ems(line)
    even = evenly_spaced(words, em)
    gaps = [right.box.left - left.box.right for left, right in pairwise(words)]
    for index, word in enumerate(words):
        if index and abs(word.box.left - x) < EXACT:
            gap = gaps[index - 1]
            usual = sorted(gaps)[len(gaps) // 2]
            wide = gap > SPACE[bool(line.mono)] * em
            unusual = not even and (wide if len(gaps) < LEAST else abs(gap - usual) > 0.08 * em)
            unusual |= wide and len(others) + 1 >= STRONG  # browsers space heads evenly, as justified lines are
            if not any(map(str.isalnum, "".join(before.text for before in words[:index]))):
                continue  # a bullet
            if unusual or 1 + sum(1 for other in others if other == word.text) >= STRONG:
                return cut(line, words[:index]), cut(line, words[index:])
        elif (parts := torn(word, x, em)) and not (parts[1].text[0].isalpha() and all(map(DIGIT.match, others))):
            return cut(line, [*words[:index], parts[0]]), cut(line, [parts[1], *words[index + 1 :]])
    return None

"""
Puts the lines of narrow justified columns together by their words, whichever the parser joined or tore.

In a column of five words a line the gaps of justification are as wide as the gutter beside it: a parser of gaps tears
some lines into words, and joins others across the gutter. The columns show all the same: many lines begin at one x and
end at another, and within each the words stand equally far apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from attrs import evolve

from ...groups import in_runs
from ...page import Box, Line, Word, narrowed
from ..measure import cut, ems, goes_on
from .justified import EQUAL, FLUSH, FULL, WIDEST, levels_of


__all__ = ["regrouped"]

TORN = 4  # levels with pieces of a line: fewer are cells
PROVEN = 2  # lines of a column with three words or more, equally far apart
LEAST = 4  # lines that fill it, from its left edge to its right one
BESIDE = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
NARROWEST = 5.0  # times the font size
BETWEEN = 5.0  # times the font size: how far down the next such line may be
WORDS_APART = 0.8  # of the font size: gaps in a line that is not justified, as the last one of a paragraph

OVER = 2.0  # pixels: a "j" begins left of its column
LEAST_GAP = 0.3  # of the font size
OFF_LEVEL = 0.15  # of the font size

_Placed = tuple[Word, Line]


def regrouped(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Return the lines of narrow justified columns, one for each line of a column, and the others of *lines*."""
    if not any(map(_torn, levels_of(lines).values())):  # as on most pages, whose words nobody has looked at
        return [], list(lines)
    levels = levels_of([part for line in lines for part in _level_parts(line)])
    if sum(1 for level in levels.values() if _torn(level)) < TORN:
        return [], list(lines)
    placed = [
        sorted(((word, line) for line in level for word in line.words), key=lambda each: each[0].box.left)
        for level in levels.values()
    ]
    found = _columns(placed)
    if not found:
        return [], list(lines)
    inside: list[Line] = []
    others: list[Line] = []
    for level, words in zip(levels.values(), placed, strict=True):
        for line, whole in _in_columns(level, words, found):
            (inside if whole else others).append(line)
    return inside, others


def _level_parts(line: Line) -> list[Line]:
    """Cut *line* between words of one height that stand on two levels: they are of two columns."""
    words = line.words
    if len(words) < 2 or line.box.height < 1.2 * min(word.box.height for word in words):
        return [line]
    em = ems(line)
    cuts = [
        index
        for index, (before, word) in enumerate(pairwise(words), 1)
        if word.box.left - before.box.right > LEAST_GAP * em
        and abs(word.box.bottom - before.box.bottom) > OFF_LEVEL * em
        and abs(word.box.height - before.box.height) < EQUAL * em
    ]
    if not cuts:
        return [line]
    return [cut(line, words[start:end]) for start, end in pairwise([0, *cuts, len(words)])]


def _torn(level: Sequence[Line]) -> bool:
    """Whether *level* has a piece of a line, near to another."""
    if len(level) < 2:
        return False
    ordered = sorted(level, key=lambda line: line.box.left)
    return any(
        min(len(before.text), len(after.text)) < FULL and 0 < after.box.left - before.box.right < WIDEST * ems(after)
        for before, after in pairwise(ordered)
    )


def _columns(levels: Sequence[Sequence[_Placed]]) -> list[Box]:
    """Return the columns that lines fill, those with most of them first; none overlaps another."""
    proven = Counter(
        (round(words[0].box.left / FLUSH), round(words[-1].box.right / FLUSH))
        for level in levels
        for words, em in _runs(level)
        if words[-1].box.right - words[0].box.left >= NARROWEST * em
    )
    edges = [
        (
            {round(word.box.left / FLUSH): index for index, (word, _) in enumerate(level)},
            {round(word.box.right / FLUSH): index for index, (word, _) in enumerate(level)},
        )
        for level in levels
    ]
    columns: list[tuple[int, Box]] = []  # after how many lines fill it
    for (left, right), count in proven.items():
        if count + sum(proven.get((left + x, right + y), 0) for x, y in BESIDE) < PROVEN:
            continue
        filled = sorted(
            (level[0][0].box.bottom, ems(level[0][1]))
            for level, (begins, ends) in zip(levels, edges, strict=True)
            if _fills(level, _near(begins, left), _near(ends, right))
        )
        runs = in_runs(filled, lambda run, line: line[0] - run[-1][0] <= BETWEEN * line[1])
        columns += [(len(run), Box(left * FLUSH, run[0][0], right * FLUSH, run[-1][0])) for run in runs]
    columns.sort(key=lambda column: -column[0])
    out: list[Box] = []
    for count, box in columns:
        if count >= LEAST and not any(box.across(other) > FLUSH and box.down(other) >= 0 for other in out):
            out.append(box)
    return out


def _near(places: Mapping[int, int], place: int) -> int | None:
    return next((places[each] for each in (place, place - 1, place + 1) if each in places), None)


def _fills(level: Sequence[_Placed], first: int | None, last: int | None) -> bool:
    """Whether the words from *first* to *last* stand equally far apart; two always do."""
    if first is None or last is None or last <= first:
        return False
    gaps = [after.box.left - before.box.right for (before, _), (after, _) in pairwise(level[first : last + 1])]
    return max(gaps) - min(gaps) < 2 * EQUAL * ems(level[first][1])


def _runs(level: Sequence[_Placed]) -> Iterator[tuple[list[Word], float]]:
    """Yield the words of *level* that follow each other equally far apart, as running text, and their size."""
    run: list[Word] = []
    usual = 0.0
    for word, line in level:
        em = ems(line)
        gap = word.box.left - run[-1].box.right if run else 0.0
        if len(run) > 1 and abs(gap - usual) < EQUAL * em:
            run.append(word)
            continue
        if len(run) > 2 and _reads(run):
            yield run, em
        run, usual = ([run[-1], word], gap) if run and 0 < gap < WIDEST * em else ([word], 0.0)
    if len(run) > 2 and _reads(run):
        yield run, ems(level[-1][1])


def _reads(words: Sequence[Word]) -> bool:
    return sum(1 for word in words if goes_on(word.text)) >= 0.5 * len(words)


def _in_columns(level: Sequence[Line], words: Sequence[_Placed], columns: Sequence[Box]) -> Iterator[tuple[Line, bool]]:
    """Yield the lines of *level* anew, and whether they are a column's whole ones."""
    em, bottom = ems(level[0]), level[0].box.bottom
    reach = 0.5 * BETWEEN * em  # the first and the last line of a paragraph need not fill the column
    here = [column for column in columns if column.top - reach < bottom < column.bottom + reach]
    if not here or not words or any(_crosses(word, column) for word, _ in words for column in here):
        yield from ((line, False) for line in level)
        return
    placed = [(_column_of(word, here), word, line) for word, line in words]
    # what stands in no column keeps to its own line
    for (column, _), group in groupby(placed, key=lambda each: (each[0], id(each[2]) if each[0] is None else None)):
        members = [(word, line) for _, word, line in group]
        parts = [members] if column is None else _parts(members, em)
        yield from ((_line(part), len(parts) == 1 and column is not None) for part in parts)


def _column_of(word: Word, columns: Sequence[Box]) -> int | None:
    held = (column.left - OVER <= word.box.left and word.box.right <= column.right + OVER for column in columns)
    return next((index for index, inside in enumerate(held) if inside), None)


def _crosses(word: Word, column: Box) -> bool:
    return any(word.box.left < edge - OVER and word.box.right > edge + OVER for edge in (column.left, column.right))


def _parts(words: Sequence[_Placed], em: float) -> list[Sequence[_Placed]]:
    """Return *words* of one column in one part; in several where gaps between them are none of running text."""
    gaps = [after.box.left - before.box.right for (before, _), (after, _) in pairwise(words)]
    if not gaps or max(gaps) - min(gaps) < 2 * EQUAL * em:
        return [words]
    cuts = [index for index, gap in enumerate(gaps, 1) if gap >= WORDS_APART * em]
    return [words[start:end] for start, end in pairwise([0, *cuts, len(words)])]


def _line(words: Sequence[_Placed]) -> Line:
    [(first, count), *others] = Counter(map(id, map(itemgetter(1), words))).most_common()
    most = next(line for _, line in words if id(line) == first)
    if not others and count == len(most.words):
        return most
    lines = {id(line): line for _, line in words}.values()
    marks = tuple(dict.fromkeys(mark for line in lines for mark in line.marks))
    return evolve(narrowed(most, [word for word, _ in words]), marks=marks)

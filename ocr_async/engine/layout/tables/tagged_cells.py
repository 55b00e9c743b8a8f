"""The cells of a tagged table, as the structure tree names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise

from ...page import Cell, Line, Tag
from ..measure import cut, ems, row_by_row
from .fields import cell_of, spacing


__all__ = ["cells_of", "found", "marks_of"]

GAP, WIDER = 0.34, 1.1  # of the font size: a wider gap parts cells, if it is as many times as wide as those in them
LONE = 0.45  # of the font size: such a gap where the line has no other
MOST_COLUMNS = 100  # that a cell spans


def cells_of(table: Tag, index: Mapping[int, Sequence[Line]]) -> tuple[list[Cell], list[Line]]:
    """
    Return the cells of *table*, each in the first column that those before it leave free, and the lines they hold.

    Args:
        index: Lines by their marks.
    """
    cells: list[Cell] = []
    used: dict[int, Line] = {}
    taken: set[tuple[int, int]] = set()
    every = list(found(table, "TR"))
    for number, row in enumerate(every):
        column = 0
        tags = [child for child in row.children if child.role in ("TD", "TH")]
        lines: list[list[Line]] = []
        for tag in tags:
            held = {id(line): line for mark in marks_of(tag) for line in index.get(mark, ()) if id(line) not in used}
            lines.append(list(held.values()))
            used.update(held)
        for tag, own in zip(tags, _shared_out(tags, lines), strict=True):
            while (number, column) in taken:
                column += 1
            span_rows, span_columns = min(tag.row_span, len(every) - number), min(tag.column_span, MOST_COLUMNS)
            taken.update((number + down, column + right) for down in range(span_rows) for right in range(span_columns))
            header = tag.role == "TH"
            cells.append(cell_of(row_by_row(own), number, column, span_rows, span_columns, header=header))
            column += span_columns
    return cells, list(used.values())


def _shared_out(tags: Sequence[Tag], lines: Sequence[list[Line]]) -> list[list[Line]]:
    """
    Return the *lines* of each of *tags*, the cells of one row.

    The parser joins words that stand near each other, though they are of several cells, and tells the mark of the first
    one alone: cells behind it that have a mark and no line have the words behind its widest gaps, or its further lines
    where it was cut already. Where those are the spaces of a phrase, the mark is that of a shaded cell without words.
    """
    out = list(lines)
    for place, own in enumerate(lines):
        behind = place + 1
        while behind < len(tags) and not lines[behind] and marks_of(tags[behind]):
            behind += 1
        if own and behind > place + 1:
            parts = _cut_at_gaps(own[0], behind - place) if len(own) == 1 else row_by_row(own)
            if len(own) == 1 or (len(own) == behind - place and all(map(_stands_before, parts, parts[1:]))):
                out[place : place + len(parts)] = [[part] for part in parts]
    return out


def _stands_before(line: Line, other: Line) -> bool:
    return line.box.right < other.box.left


def _cut_at_gaps(line: Line, count: int) -> list[Line]:
    """Return *line* cut at its widest gaps into *count* parts; whole, if it has fewer that part cells."""
    words = sorted(line.words, key=lambda word: word.box.left)
    if len(words) < count:
        return [line]
    gaps = [right.box.left - left.box.right for left, right in pairwise(words)]
    ends = sorted(sorted(range(1, len(words)), key=lambda place: -gaps[place - 1])[: count - 1])
    least = min(gaps[place - 1] for place in ends)
    most = max((gap for place, gap in enumerate(gaps, 1) if place not in ends), default=0.0)
    told = not line.mono and least > max(WIDER * most, (GAP if most else LONE) * ems(line))
    if not told and least < spacing(line) * ems(line):
        return [line]
    return [cut(line, words[start:end]) for start, end in pairwise([0, *ends, len(words)])]


def marks_of(tag: Tag, without: Set[str] = frozenset()) -> Sequence[int]:
    """Return the marked-content ids under *tag*, in order; not those below a tag with a role of *without*."""
    marks = [
        *tag.marks,
        *(mark for child in tag.children if child.role not in without for mark in marks_of(child, without)),
    ]
    # The parser does not tell where children, such as a link or a word in bold, stand between the marks of an element
    # itself; where those rise, as most programs count, the numbers do.
    return sorted(marks) if tag.children and list(tag.marks) == sorted(tag.marks) else marks


def found(tag: Tag, *roles: str, outside: Set[str] = frozenset()) -> Iterator[Tag]:
    """Return the topmost tags with one of *roles* under *tag*, none of them below one with a role of *outside*."""
    for child in tag.children:
        if child.role in roles:
            yield child
        elif child.role not in outside:
            yield from found(child, *roles, outside=outside)

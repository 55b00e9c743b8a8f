"""
Finds the rows of a table whose cells have several lines, by how cells of one row are set: level at the top, as in
spreadsheets at the bottom, or centred.

Each column's lines make blocks, one a cell. If the blocks of all columns fall into rows that begin or end level, or are
centred on one y, and no row has two blocks in one column, those are the table's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import filterfalse, pairwise
from operator import attrgetter

from attrs import frozen

from ...groups import in_runs
from ...page import Box, Line, union
from ..measure import ems, length, median, row_by_row
from .evidence import begins_group
from .fields import has_box, is_mark, numeric, pieces
from .keyed import keyed


__all__ = ["anchored"]

ACROSS = -1  # of what spans columns
LEVEL = 0.35  # of the font size: how far the cells of a row are from being level, or centred
PARTED = 0.12  # of the font size: how much further apart cells stand than the lines of one, at least
SMALLER, NEAR = 1.12, 0.7  # times as small; of its size, how far below a name it stands at most
PHRASE = 12  # letters of it
GUESSES = 2  # of how far apart two lines of one cell may be
FEWEST = 3  # rows: fewer do not show two kinds of distances
SEVERAL = 0.6  # of the rows have cells in two columns at least


@frozen
class _Block:
    column: int
    lines: tuple[Line, ...]
    box: Box


def anchored(text_rows: Sequence[Sequence[Line]], columns: Sequence[float]) -> list[list[list[Line]]] | None:
    """
    Return the rows of a table, each as its lines of text; None where its cells are not set so, or have one line each.

    Args:
        columns: x positions between columns.
    """
    lines = [line for row in text_rows for line in row]
    em = median([ems(line) for line in lines], 10.0)
    by_column: dict[int, list[Line]] = {}
    for line in lines:
        for first, last, part in pieces(line, columns):
            by_column.setdefault(first if first == last else ACROSS, []).append(part)
    if len(by_column.get(ACROSS, ())) > 0.1 * len(lines):
        return None
    held = list(filter(partial(_hold, em=em), _guesses(by_column, em)))
    best = next(filterfalse(_has_small_print_above, held), held[0] if held else None)
    return [[[line for block in row for line in block.lines]] for row in best] if best is not None else None


def _guesses(by_column: Mapping[int, Sequence[Line]], em: float) -> Iterator[list[list[_Block]]]:
    """Yield what the rows may be, the likeliest first."""
    for cells in keyed(by_column, em):
        yield [[_block(column, own) for column, own in sorted(row.items())] for row in cells]
    for pitch in _pitches(by_column.values(), em):
        blocks = [block for column, own in by_column.items() for block in _blocks(column, own, pitch)]
        for place in map(attrgetter, ("box.top", "box.centre", "box.bottom")):
            yield _rows(blocks, em, place)


def _has_small_print_above(rows_found: Sequence[Sequence[_Block]]) -> bool:
    """Whether a cell begins with smaller print than it goes on with: such is said of the name above, in another row."""
    return any(_is_small(block.lines[0], block.lines[-1]) for row in rows_found for block in row)


def _pitches(columns: Iterable[Sequence[Line]], em: float) -> Iterator[float]:
    """
    Yield how far apart two lines of one cell may be, the likeliest first; nothing where all lines stand equally close.

    A column of short cells beside taller ones has wide gaps alone: the widest jump from one gap to the next may be
    between those and the narrower ones between tall cells.
    """
    gaps = sorted(
        low.box.top - high.box.bottom
        for own in columns
        for high, low in pairwise(sorted(own, key=lambda line: line.box.top))
    )
    jumps = [(after - before, before, after) for before, after in pairwise(gaps) if before < 0.7 * em]
    for size, before, after in sorted(jumps, reverse=True)[:GUESSES]:
        if size > PARTED * em:
            yield (before + after) / 2


def _blocks(column: int, lines: Sequence[Line], pitch: float) -> list[_Block]:
    def goes_on(block: Sequence[Line], line: Line) -> bool:
        gap = line.box.top - block[-1].box.bottom
        if _is_small(line, block[0]):
            return gap < NEAR * ems(line)
        named = column == 0 and begins_group(line, block[-1])  # bold letters are taller
        return gap < pitch and not named and not (_is_small(block[-1], block[0]) and _is_small(block[-1], line))

    return [_block(column, own) for own in in_runs(row_by_row(lines), goes_on)]


def _is_small(line: Line, other: Line) -> bool:
    """Whether *line* is words in smaller print than the *other*, as what is said of a name below it is."""
    return (
        line.font is not None
        and line.font == other.font
        and SMALLER * ems(line) < ems(other)
        and length(line) >= PHRASE
        and " " in line.text
    )


def _block(column: int, lines: Sequence[Line]) -> _Block:
    return _Block(column, tuple(lines), union([line.box for line in lines]))


def _rows(blocks: Sequence[_Block], em: float, place: Callable[[_Block], float]) -> list[list[_Block]]:
    rows = in_runs(sorted(blocks, key=place), lambda row, block: place(block) - place(row[0]) < LEVEL * em)
    return [sorted(row, key=lambda block: block.column) for row in rows]


def _looks_stacked(row: Sequence[_Block]) -> bool:
    """Whether *row* may be several rows: a value on one, a group's name, as many lines in each."""
    kinds = (numeric, has_box, is_mark)
    if any(sum(is_one(line.text) for line in block.lines) > 1 for block in row for is_one in kinds):
        return True
    if any(begins_group(low, high) for high, low in pairwise(row[0].lines)) and not row[0].column:
        return True
    counts = {len(block.lines) for block in row}
    return len(row) > 1 and len(counts) == 1 and counts != {1}


def _hold(rows_found: Sequence[Sequence[_Block]], em: float) -> bool:
    """Whether *rows_found* are rows: no column twice in one, none reaching into the next, most with several cells."""
    if len(rows_found) < FEWEST:
        return False
    if any(len({block.column for block in row}) < len(row) for row in rows_found):
        return False
    if any(_looks_stacked(row) for row in rows_found):
        return False
    boxes = [union([block.box for block in row]) for row in rows_found]
    if any(low.top < high.bottom - LEVEL * em for high, low in pairwise(boxes)):
        return False
    return sum(1 for row in rows_found if len(row) > 1) >= SEVERAL * len(rows_found)

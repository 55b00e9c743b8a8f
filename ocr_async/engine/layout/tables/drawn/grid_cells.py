"""The cells of a drawn grid, also where its rulings leave some out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from ....page import Box, Cell, Line
from ...measure import breadth, rows
from ..anchors import anchored
from ..evidence import are_rows
from ..fields import between, by_band, numeric, stretches, words_of
from ..grid import cells_of, separators
from ..leaders import bare_length
from ..proof import proven
from ..wrapping import parts
from .framed import is_text, running
from .grids import Grid, distinct, ruled_cells


__all__ = ["divided", "grid_cells", "is_frame", "with_names"]

PROSE = 20  # letters of a line: more are no cells of a table with nothing but a frame around it
NUMBERS = 3  # rows with a number, from which on it is believed that they make a column
SPACE = 0.6  # of the font size
WHOLE = 0.9  # of a table's width, or of its letters
DOUBLE = 0.8  # of the font size: nothing is printed between the strokes of a double rule


def is_frame(grid: Grid, inside: Sequence[Line], page: Box, em: float) -> bool:
    """Whether rulings frame text rather than hold a table: a box around paragraphs, the borders of a form."""
    fields = (len(grid.xs) - 1) * (len(grid.ys) - 1)
    if fields == 1:
        text_rows = rows(inside)
        if sum(1 for row in text_rows if len(row) > 1) < 0.5 * len(text_rows):
            return True  # some of its rows may be a table, which is told as anywhere else
        if sum(map(breadth, inside)) > PROSE * len(inside):
            return True
    chars = sum(bare_length(line) for line in inside)
    if fields <= 4 and grid.box.area > 0.4 * page.area:
        return True
    last = max(_across(grid, grid.ys[:-1], em), default=0.0)
    below = [line for line in inside if line.box.centre > last]
    if sum(map(bare_length, below)) > WHOLE * chars and is_text(below, em):
        return True  # columns of text with rules between, below what heads the page
    used = len({(between(grid.xs, line.box.middle), between(grid.ys, line.box.centre)) for line in inside})
    if used < max(5, 0.5 * fields) and sum(bare_length(line) for line in inside if bare_length(line) > 25) > max(
        0.5 * chars, 150
    ):
        return True  # panels side by side, each with its own text
    return chars > 500 * fields


def divided(grid: Grid, inside: Sequence[Line], em: float) -> Grid:
    """*grid* with lines between names and the numbers beside them, where only other columns are ruled."""
    added: list[Box] = []
    for left, right in pairwise(grid.xs):
        if right - left < 8 * em:
            continue
        own = [line for line in inside if left < line.box.middle < right]
        several = [row for row in rows(own) if len(row) > 1]
        named = [row for row in several if not numeric(row[0].text)]
        if len(named) < NUMBERS or not all(_ends_in_numbers(row) for row in several):
            continue
        numbers = [line for row in several for line in row if numeric(line.text)]
        end = max(line.box.right for row in named for line in row if not numeric(line.text))
        phrases = (
            stretches(((word.box.left, word.box.right) for word in words_of(line)), SPACE * em) for line in numbers
        )
        places = stretches(place for line in phrases for place in line)
        start = places[0][0]
        if start - end < 0.5 * em or any(line.box.right > start for line in own if not numeric(line.text)):
            continue
        edges = [(end, start), *((before, after) for (_, before), (after, _) in pairwise(places))]
        added.extend(
            Box((before + after) / 2, grid.ys[0], (before + after) / 2, grid.ys[-1]) for before, after in edges
        )
    return evolve(grid, xs=tuple(sorted([*grid.xs, *(box.left for box in added)])), upright=(*grid.upright, *added))


def with_names(grid: Grid, inside: Sequence[Line], lines: Sequence[Line], em: float) -> tuple[Grid, list[Line]]:
    """
    Return *grid* with the names of its rows, and their numbers, which stand left of it in the open, and these *lines*.

    So a form has the boxes for its amounts. Each row below the head has a name, all at one height in their rows.
    """
    box = grid.box
    beside = [line for line in lines if line.box.right < box.left and box.top < line.box.centre < box.bottom]
    named = by_band(beside, grid.ys)
    if len(named) > 1 and not named[0]:
        named = named[1:]
    tops = [
        top - min(line.box.top for line in own)
        for own, top in zip(named, grid.ys[-len(named) - 1 :], strict=False)
        if own
    ]
    if (
        len(tops) < max(NUMBERS, len(named))
        or max(tops) - min(tops) > SPACE * em
        or not all(numeric(line.text) for line in inside if line.box.centre > grid.ys[-len(named) - 1])
    ):
        return grid, []
    left = min(line.box.left for line in beside)
    columns = separators(rows(beside), em)
    level = (Box(left, y, box.left, y) for y in grid.ys)
    upright = (Box(x, box.top, x, box.bottom) for x in columns)
    xs = (left, *columns, *grid.xs)
    level_strokes, upright_strokes = (*grid.level, *level), (*grid.upright, *upright)
    return evolve(grid, box=evolve(box, left=left), xs=xs, level=level_strokes, upright=upright_strokes), beside


def _ends_in_numbers(row: Sequence[Line]) -> bool:
    """Whether numbers stand at the end of *row*, and nowhere before."""
    are_numbers = [numeric(line.text) for line in row]
    return are_numbers[-1] and are_numbers == sorted(are_numbers)


def _rows_unruled(grid: Grid, inside: Sequence[Line], em: float) -> bool:
    """Whether rules part the columns of *grid* but not its rows: most of its text is in bands of several rows."""
    xs = distinct(grid.xs, DOUBLE * em)
    columns = xs[1:-1]
    if len(columns) < 1:
        return False
    room = {index: right - left for index, (left, right) in enumerate(pairwise(xs))}
    held = every = 0
    for band in map(rows, by_band(inside, grid.ys)):
        every += len(band)
        full = [places for row in band if len(places := parts(row, columns)) > 0.5 * len(room)]
        # no cell holds so many numbers, however many lines the heads above have
        counts = Counter(column for places in full for column, line in places.items() if numeric(line.text))
        if sum(1 for count in counts.values() if count > NUMBERS) > 1:
            return True
        if len(full) > 1 and (are_rows(full, room) or anchored(band, columns)):
            held += len(band)
    return held > 0.5 * every


def _across(grid: Grid, ys: Sequence[float], em: float) -> list[float]:
    """Those of *ys* at which strokes run over nearly all of *grid*."""
    reach = (sum(each.width for each in grid.level if abs(each.centre - y) < 0.2 * em) for y in ys)
    return [y for y, width in zip(ys, reach, strict=True) if width > WHOLE * grid.box.width]


def grid_cells(grid: Grid, inside: Sequence[Line], em: float) -> tuple[tuple[Cell, ...], Sequence[float]]:
    """The cells of a drawn grid, and the places between its columns; the text says where lines are missing."""
    xs: Sequence[float] = grid.xs[1:-1]
    unruled = _rows_unruled(grid, inside, em)
    # Rulings between rows but not between columns, or beside the first one alone.
    if len(grid.xs) <= 3:
        text_rows, height = rows(inside), len(grid.ys) - 1
        columns = [] if running(text_rows) else separators(text_rows, em)
        if len(columns) > len(xs) and proven(text_rows, columns):
            if not unruled:
                bands = grid.ys[1:-1] if height >= 0.6 * len(text_rows) else None
                return cells_of(inside, columns, bands, right=grid.box.right), columns
            xs = columns
    if unruled:
        bottom = min(_across(grid, grid.ys[1:-1], em), default=None)
        return cells_of(inside, xs, None, header_bottom=bottom, right=grid.box.right), xs
    return ruled_cells(grid, inside, em), xs

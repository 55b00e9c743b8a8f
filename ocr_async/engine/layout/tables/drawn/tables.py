"""Finds the tables of a page that rulings mark."""

from __future__ import annotations

from collections.abc import Sequence

from ....groups import in_runs
from ....page import Box, Cell, Line, Region, Ruling
from ...measure import cut, rows, whites, within, without
from ..completing import joined_signs, with_header, with_totals
from ..fields import numeric
from ..heads import heads_alone, holds_values
from ..proof import is_table, region
from ..prose import reads_on
from .framed import framed, shaded_rows
from .frames import Frame, as_wide, frames
from .grid_cells import divided, grid_cells, is_frame, with_names
from .grids import Grid, distinct, grids, ruled_cells


__all__ = ["drawn"]

TALL = 0.9  # of the page's height
ROWS, MOST = 3, 0.7  # rows, at least, and how many of all, have names beside rules of sums
BOXES = 4  # beside each other: two names, each before its number
COLUMNS = 4  # that so many lines of a table part, which fills the page


def drawn(
    lines: Sequence[Line], rulings: Sequence[Ruling], em: float, page: Box, *, listings: bool = False
) -> tuple[list[Region], list[Line]]:
    """
    Return the tables that rulings mark, and the lines outside them.

    Args:
        listings: Whether text in even type may be a listing, which many programs draw a frame around.
    """
    rest = list(lines)
    found: list[Region] = []
    boxes: list[Box] = []  # around text
    tall = [ruling for ruling in rulings if not ruling.horizontal and ruling.box.height >= TALL * page.height]
    if len(distinct([ruling.box.middle for ruling in tall], em)) < COLUMNS:  # edges of a page's coloured background
        rulings = [ruling for ruling in rulings if ruling not in tall]
    rulings = [ruling for ruling in rulings if _inside(ruling, page)]
    fields = sorted(grids(rulings, em), key=lambda grid: -grid.box.area)
    single = [grid.box for grid in fields if _holds_one(grid, rest)]
    stacks = _of_tables(frames(rulings, em, rest), single, rest, em)
    for heads in [grid.box for grid in fields if _boxes_heads(grid, rest)]:
        opened = [_from_heads(stack, heads, em) for stack in stacks]
        if any(opened):
            apart = (_beside_others(stack, [heads], em) for stack in stacks)
            stacks = [part for parts in zip(opened, apart, strict=True) for part in parts[0] or parts[1]]
            fields = [grid for grid in fields if grid.box is not heads]
            bars = [each.box for each in rulings if not each.horizontal and each.box.share(heads) > 0.9]
            rest = [part for line in rest for part in _cut_at(bars, line)]
    for grid in fields:
        if cells := _row_of_boxes(grid, rest, em):
            inside = [line for line in rest if line.box.share(grid.box) > 0.6]
            found.append(region(cells, inside))
            rest = without(rest, inside)
    for frame in stacks:
        if (shaded := shaded_rows(frame, fields, rest, em)) is not None:
            table, rest = _completed(*shaded, rest, em, rulings)
            found.append(table)
    for grid in fields:
        inside = [line for line in rest if line.box.share(grid.box) > 0.6]
        if _is_ground(grid, stacks, inside, rest, em):
            continue
        if len(inside) < 2 or is_frame(grid, inside, page, em):
            if len(grid.xs) == 2 == len(grid.ys) and len(rows(inside)) > 1:
                boxes.append(grid.box)
            continue
        if listings and _is_listing(inside, [*grid.xs[1:-1], *grid.ys[1:-1]]):
            continue
        grid, names = with_names(grid, inside, rest, em)
        inside.extend(names)
        cells, columns = grid_cells(divided(grid, inside, em), inside, em)
        if is_table(cells):
            table, rest = _completed(cells, columns, grid.box, inside, rest, em, rulings)
            found.append(table)
        elif len(distinct(grid.xs, em)) == 2 and len(rows(inside)) > 1:
            boxes.append(grid.box)  # as of a slide, its title on a bar
    if boxes:
        open_rules = [each for each in rulings if not any(_is_side(each.box, box, em) for box in boxes)]
        stacks = _of_tables(frames(open_rules, em, rest), single, rest, em)
    taken = [*boxes, *(table.box for table in found)]
    for frame in [part for stack in stacks for part in _beside_others(stack, taken, em)]:
        for cells, columns, part, inside in framed(frame, rest, em):
            if listings and _is_listing(inside, [y for y in frame.ys if part.top + em < y < part.bottom - em]):
                continue
            table, rest = _completed(cells, columns, part, inside, rest, em, rulings)
            found.append(table)
    return found, rest


def _of_tables(stacks: Sequence[Frame], single: Sequence[Box], lines: Sequence[Line], em: float) -> list[Frame]:
    """
    Return those of *stacks* that may be a table's.

    Others part amounts from their sums, left of which the names of the rows stand; or most of their rules are sides of
    boxes that hold a *single* line: the bars and the fields of a form.
    """
    every = [each.box for each in stacks]
    return [each for each in stacks if not (_parts_sums(each, every, lines, em) or _is_of_boxes(each, single, em))]


def _is_of_boxes(frame: Frame, single: Sequence[Box], em: float) -> bool:
    sides = [y for box in single if box.across(frame.box) > 0 for y in (box.top, box.bottom)]
    return sum(any(abs(y - side) < 0.3 * em for side in sides) for y in frame.ys) >= MOST * len(frame.ys)


def _holds_one(grid: Grid, lines: Sequence[Line]) -> bool:
    """Whether *grid* is a box with one line in it, or with nothing."""
    return len(grid.xs) == 2 == len(grid.ys) and sum(line.box.share(grid.box) > 0.6 for line in lines) < 2


def _parts_sums(frame: Frame, others: Sequence[Box], lines: Sequence[Line], em: float) -> bool:
    """Whether most rows of *frame* are numbers with names left of it, which no other frame holds."""
    box = frame.box
    beside = [line for line in lines if line.box.centre > box.top and line.box.bottom < box.bottom + em]
    inside = within(beside, box, em)
    own = set(map(id, inside))
    beside = [line for line in beside if id(line) not in own and line.box.right < box.left + em]
    names = [line for line in beside if not any(line.box.share(other) > 0.5 for other in others)]
    text_rows = [row for row in rows([*inside, *names]) if any(id(line) in own for line in row)]
    named = [row for row in text_rows if id(row[0]) not in own and holds_values(row[1:])]
    return len(named) >= max(ROWS, MOST * len(text_rows)) and not reads_on(names)


def _is_ground(grid: Grid, stacks: Sequence[Frame], inside: Sequence[Line], lines: Sequence[Line], em: float) -> bool:
    """Whether *grid* is the ground of a table's head, below which rules of its width go on, or more rows in parts."""
    box, heads = grid.box, rows(inside)
    if len(grid.xs) != 2 or not heads:
        return False
    level = [each.box for each in stacks if abs(box.top - each.box.top) < em and as_wide(box, each.box, em)]
    if any(other.bottom > box.bottom + em for other in level):
        return True
    below = rows(line for line in within(lines, box, em) if line.box.centre > box.bottom)[: len(heads) + 1]
    return len(heads) < len(below) and all(len(row) > 2 for row in below) and max(whites([heads[-1], *below])) < em


def _boxes_heads(grid: Grid, lines: Sequence[Line]) -> bool:
    """Whether *grid* holds heads without numbers, and what stands first below it has parts, a number among them."""
    inside = [line for line in lines if line.box.share(grid.box) > 0.6] if len(grid.xs) > 2 else []
    if len(inside) < 2 or not heads_alone(inside):
        return False
    below = rows(line for line in lines if line.box.centre > grid.box.bottom and line.box.across(grid.box) > 0)
    return bool(below) and len(below[0]) > 1 and holds_values(below[0])


def _row_of_boxes(grid: Grid, lines: Sequence[Line], em: float) -> tuple[Cell, ...]:
    """The cells of *grid* if it is one row in which a number stands behind each name; or nothing."""
    if len(grid.ys) != 2 or len(grid.xs) <= BOXES:
        return ()
    cells = ruled_cells(grid, [line for line in lines if line.box.share(grid.box) > 0.6], em)
    told = [numeric(cell.text) for cell in cells if cell.text]
    return cells if told == [False, True] * (len(told) // 2) and len(told) >= BOXES else ()


def _from_heads(frame: Frame, heads: Box, em: float) -> list[Frame]:
    """
    Return *frame* in two, above *heads* and from these on; nothing if it has no rule at their foot and another below.

    Boxes may be drawn around heads alone, above rows that stand in the open.
    """
    slack = 0.5 * em
    own = [y for y in frame.ys if y > heads.top - slack]
    below = [y for y in own if y > heads.bottom - slack]
    if not as_wide(frame.box, heads, em) or len(below) < 2 or below[0] > heads.bottom + slack:
        return []
    return frame.parts([frame.ys[: len(frame.ys) - len(own)], own])


def _cut_at(bars: Sequence[Box], line: Line) -> list[Line]:
    """Return *line* in pieces, where upright *bars* stand between two of its words."""
    beside = [bar.middle for bar in bars if bar.down(line.box) > 0.5 * line.box.height]
    if not beside:
        return [line]
    pieces = in_runs(
        line.words, lambda piece, word: not any(piece[-1].box.middle < bar < word.box.middle for bar in beside)
    )
    return [cut(line, words) for words in pieces] if len(pieces) > 1 else [line]


def _is_side(ruling: Box, box: Box, em: float) -> bool:
    """Whether a *ruling* across is the upper or the lower side of *box*."""
    return as_wide(ruling, box, em) and min(abs(ruling.centre - box.top), abs(ruling.centre - box.bottom)) < 0.3 * em


def _is_listing(inside: Sequence[Line], rulings: Sequence[float]) -> bool:
    """Whether lines *inside* a frame are in even type, and none of its *rulings* divides them."""
    return not rulings and all(line.mono for line in inside)


def _beside_others(frame: Frame, taken: Sequence[Box], em: float) -> list[Frame]:
    """What of *frame* stands above, between and below tables and boxes that are *taken*, whose rules may be as wide."""
    over = [box for box in taken if box.across(frame.box) > 0 and box.down(frame.box) > 0]
    if not over:
        return [frame]
    groups: dict[int, list[float]] = {}
    for y in frame.ys:
        if not any(box.top - em < y < box.bottom + em for box in over):
            groups.setdefault(sum(1 for box in over if box.centre < y), []).append(y)
    return frame.parts(groups.values())


def _completed(
    cells: tuple[Cell, ...],
    columns: Sequence[float],
    box: Box,
    inside: Sequence[Line],
    lines: Sequence[Line],
    em: float,
    rulings: Sequence[Ruling],
) -> tuple[Region, list[Line]]:
    """The table with the rows right above and below *box* that belong to it, and the lines that are left."""
    rest = without(lines, inside)
    cells, header = with_header(cells, box, columns, rest, em, [each.box for each in rulings if each.horizontal])
    rest = without(rest, header)
    cells, totals = with_totals(cells, box, columns, rest, em)
    rest = without(rest, totals)
    return region(joined_signs(cells), [*header, *inside, *totals]), rest


def _inside(ruling: Ruling, page: Box) -> bool:
    """Whether *ruling* stands on the page rather than being an edge of its coloured background."""
    box = ruling.box
    if ruling.horizontal:
        return 0.01 * page.bottom < box.top and box.bottom < 0.99 * page.bottom
    return 0.01 * page.right < box.left and box.right < 0.99 * page.right

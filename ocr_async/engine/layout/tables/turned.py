"""Puts heads that are written upwards or downwards into the table whose columns they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve

from ...page import Box, Line, Region, union
from ..measure import ems, in_one, recognised
from .completing import disjoint
from .fields import cell_of
from .heads import reaches


__all__ = ["in_order", "with_turned_heads"]

LEAST = 2  # heads; one alone is the label of an axis, or a note in the margin
NEAR = 1.5  # times the font size
ABUT = 0.17  # of the font size: letters of one word are no further apart
HIGH, LEVEL = 6.0, 0.3  # times the font size: from a head down to the rows; how far heads begin from each other


def with_turned_heads(regions: Sequence[Region], turned: Sequence[Line]) -> tuple[list[Region], list[Line]]:
    """Return *regions*, the tables among them with their *turned* heads, and the turned lines that are none."""
    every = rest = in_order(turned)
    out: list[Region] = []
    for region in regions:
        if region.type == "table" and len(rest) >= LEAST:
            region, taken = _headed(region, rest)
            rest = [line for line in rest if line not in taken]
        out.append(region)
    return out, rest if len(rest) < len(every) else list(turned)


def in_order(turned: Iterable[Line]) -> list[Line]:
    """Turned lines that go on in each other, put together in the direction in which they are read."""
    out: list[Line] = []
    for line in sorted(turned, key=lambda line: (line.angle, -line.box.bottom if _way(line) > 0 else line.box.top)):
        index = next((index for index in range(len(out) - 1, -1, -1) if _goes_on(out[index], line)), None)
        if index is None:
            out.append(line)
            continue
        last = out[index]
        text = last.text + ("" if _abut(last, line) else " ") + line.text
        out[index] = evolve(in_one([last, line]), text=text)
    return sorted(out, key=lambda line: (line.angle, line.box.left, -line.box.bottom * _way(line)))


def _goes_on(last: Line, line: Line) -> bool:
    """Whether *line* stands on one line with *last*, and begins where that ends."""
    return (
        last.angle == line.angle
        and last.box.across(line.box) > 0.7 * min(last.box.width, line.box.width)
        and -0.2 * ems(line) < -last.box.down(line.box) < ems(line)
    )


def _abut(last: Line, line: Line) -> bool:
    """Whether *line* begins right where *last* ends, as one letter of a text layer does where another one ends."""
    return not recognised(line) and -last.box.down(line.box) < ABUT * ems(line)


def _way(line: Line) -> int:
    """1 where *line* is read from the foot of the page upwards, -1 downwards."""
    return 1 if line.angle > 0 else -1


def _headed(table: Region, turned: Sequence[Line]) -> tuple[Region, list[Line]]:
    columns = reaches(table.cells)
    heads = [(line, column) for line in turned if (column := _column(line.box, columns)) is not None]
    first = [cell.box for cell in table.cells if cell.row == 0 and cell.box is not None]
    top = min((box.top for box in first), default=table.box.top)
    foot = max((box.bottom for box in first), default=table.box.top)
    own = [
        (line, column)
        for line, column in heads
        if line.box.across(table.box) > 0 and line.box.bottom < foot + NEAR * ems(line)
    ]
    # those that are read downwards begin level, in a row as high as it may be, and end where they do
    starts = [line.box.top for line, _ in own if line.box.bottom > top - HIGH * ems(line)]
    own = [
        (line, column)
        for line, column in own
        if line.box.bottom > top - NEAR * ems(line)
        or (_way(line) < 0 and any(abs(start - line.box.top) < LEVEL * ems(line) for start in starts))
    ]
    if len({column for _, column in own}) < LEAST:
        return table, []
    named: dict[int, list[Line]] = {}
    for line, column in sorted(own, key=lambda head: (head[1], head[0].box.left)):
        named.setdefault(column, []).append(line)
    filled = {cell.column for cell in table.cells if cell.row == 0 and cell.text}
    cells = list(table.cells)
    if filled & named.keys():  # the row that is there is one of the body
        cells = [evolve(cell, row=cell.row + 1, header=False) for cell in cells]
    else:
        cells = [cell for cell in cells if cell.row or cell.column not in named or cell.column_span > 1]
    cells.extend(cell_of(lines, 0, column, header=True) for column, lines in named.items())
    cells.sort(key=lambda cell: (cell.row, cell.column))
    taken = [line for lines in named.values() for line in lines]
    box = union([table.box, *(line.box for line in taken)])
    return evolve(table, cells=disjoint(cells), lines=(*taken, *table.lines), box=box), taken


def _column(box: Box, columns: dict[int, tuple[float, float]]) -> int | None:
    """The column that the middle of *box* stands over, or next to which it stands nearest."""
    gaps = {number: max(left - box.middle, box.middle - right, 0.0) for number, (left, right) in columns.items()}
    nearest = min(gaps, key=gaps.__getitem__, default=None)
    return nearest if nearest is not None and gaps[nearest] < NEAR * box.width else None

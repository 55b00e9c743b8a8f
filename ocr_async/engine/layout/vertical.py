"""
Reads pages on which text runs from the top down: its columns are laid down as lines of one text across, however many
rows of columns they stand in.

Text across, such as a headline over them, is read as on other pages, and put where it stands among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from attrs import evolve

from ..groups import in_runs
from ..page import Box, Line, Region, Sheet, Word, union
from .measure import ems, median, parted


__all__ = ["with_columns"]

Reader = Callable[[Sheet], tuple[Region, ...]]
Block = tuple[Box, Line | Region]

EDGES = ("header", "footer")
DEEPEST = 30  # cuts in one another
PITCH = 1.7  # times the font size, where a text has one column


def with_columns(sheet: Sheet, read: Reader) -> tuple[Region, ...]:
    """Return the regions of *sheet*, which has vertical lines; *read* does so of one that has none."""
    columns = [line for line in sheet.lines if line.vertical]
    across = tuple(line for line in sheet.lines if not line.vertical)
    area = union([line.box for line in columns])
    # those among the columns part them, and are no table's
    rulings = tuple(ruling for ruling in sheet.rulings if ruling.box.across(area) < 0 or ruling.box.down(area) < 0)
    level = read(evolve(sheet, lines=across, rulings=rulings, tags=()))
    grounds = [region for region in level if any(line.box.share(region.box) > 0.5 for line in columns)]
    blocks: list[Block] = [(line.box, line) for line in columns]
    blocks.extend((region.box, region) for region in level if region.type not in EDGES and region not in grounds)
    body: list[Region] = []
    standing: list[Line] = []
    for _, thing in _ordered(blocks, DEEPEST):
        if isinstance(thing, Line):
            standing.append(thing)
            continue
        body.extend(_read_laid(sheet, standing, read))
        body.append(thing)
        standing = []
    body.extend(_read_laid(sheet, standing, read))
    return (
        *(region for region in (*level, *body) if region.type == "header"),
        *grounds,
        *(region for region in body if region.type not in EDGES),
        *(region for region in (*body, *level) if region.type == "footer"),
    )


def _ordered(blocks: Sequence[Block], depth: int) -> list[Block]:
    """Return *blocks* in reading order: from the top down, and side by side from the right."""
    if len(blocks) < 2:
        return list(blocks)
    for level in (True, False):
        parts = parted(blocks, level=level)
        if len(parts) > 1 and depth:
            return [block for part in (parts if level else reversed(parts)) for block in _ordered(part, depth - 1)]
    return sorted(blocks, key=lambda block: (-block[0].right, block[0].top))


def _read_laid(sheet: Sheet, columns: Sequence[Line], read: Reader) -> list[Region]:
    """Return the regions of *columns*, which are in reading order, as *read* finds them when they are laid down."""
    if not columns:
        return []
    standing: dict[int, Line] = {}
    lines: list[Line] = []
    margin = sheet.width + sheet.height  # far from the edges of a page, where running heads stand
    floor = margin
    # side by side, each from the right
    rows = in_runs(columns, lambda row, line: line.box.down(row[-1].box) > 0 and line.box.middle < row[-1].box.left)
    for row in rows:
        pitch = median([one.box.right - other.box.right for one, other in pairwise(row)])
        floor += (pitch or PITCH * ems(row[0])) - ems(row[0])
        before, right = min(line.box.top for line in row) - margin, row[0].box.right
        for line in row:
            top = floor + right - line.box.right
            box = Box(line.box.top - before, top, line.box.bottom - before, top + line.box.width)
            laid = evolve(line, box=box, words=(Word(line.text, box, line.confidence),), vertical=False)
            lines.append(laid)
            standing[id(laid)] = line
        floor = max(line.box.bottom for line in lines)
    page = evolve(
        sheet,
        width=max(line.box.right for line in lines) + margin,
        height=floor + margin,
        lines=tuple(lines),
        pictures=(),
        rulings=(),
        panels=(),
        links=(),
    )
    return [_stood(region, standing, union([line.box for line in columns])) for region in read(page)]


def _stood(region: Region, standing: Mapping[int, Line], area: Box) -> Region:
    """Return *region* as it stands on the page, within *area*."""
    lines = tuple(standing.get(id(line), line) for line in region.lines)
    known = [line.box for line in lines if line.vertical]
    box = union(known) if known else area
    cells = tuple(evolve(cell, box=None, words=()) for cell in region.cells)
    items = tuple(evolve(item, box=box) for item in region.items)
    return evolve(region, box=box, lines=lines, cells=cells, items=items)

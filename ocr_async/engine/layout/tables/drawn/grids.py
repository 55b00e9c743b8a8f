"""Finds grids of rulings that touch, and their cells: each field, or several with no line between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from attrs import frozen

from ....disjoint_sets import DisjointSets
from ....groups import in_runs
from ....page import Box, Cell, Line, Ruling, Word, union
from ...columns.joints import torn
from ...measure import cut, ems, row_by_row
from ..fields import between, by_band, cell_of, words_of


__all__ = ["Grid", "distinct", "grids", "ruled_cells"]


NAME = 3.0  # times the font size: the height of a group's name


@frozen(slots=True)
class Grid:
    """Touching rulings: the distinct x and y of their lines, and the lines themselves."""

    box: Box
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    level: tuple[Box, ...]
    upright: tuple[Box, ...]


def grids(rulings: Sequence[Ruling], em: float) -> list[Grid]:
    """Return each set of touching rulings that has at least two lines in both directions."""
    slack = max(1.5, 0.3 * em)
    rulings = _through_names(rulings, slack, em)
    boxes = [ruling.box for ruling in rulings]
    touching = DisjointSets()

    level = [index for index, ruling in enumerate(rulings) if ruling.horizontal]
    upright = [index for index, ruling in enumerate(rulings) if not ruling.horizontal]
    if len(level) * len(upright) > 250_000:
        return []
    for one in level:
        a = boxes[one]
        for other in upright:
            b = boxes[other]
            if (
                b.left <= a.right + slack
                and b.right >= a.left - slack
                and b.top <= a.bottom + slack
                and b.bottom >= a.top - slack
            ):
                touching.join(one, other)
    groups: dict[int, tuple[list[Box], list[Box]]] = {}
    for index in level:
        groups.setdefault(touching.find(index), ([], []))[0].append(boxes[index])
    for index in upright:
        groups.setdefault(touching.find(index), ([], []))[1].append(boxes[index])
    out: list[Grid] = []
    for flat, steep in groups.values():
        if len(flat) < 2 or not steep:
            continue
        box = union([*flat, *steep])
        ys = distinct([line.centre for line in flat], slack)
        xs = distinct([line.middle for line in steep], slack)
        # Tables are often open at the sides; the ends of their level lines close them.
        ends = [line for line in flat if line.width > 0.8 * box.width]
        if ends:
            left, right = min(line.left for line in ends), max(line.right for line in ends)
            if left < xs[0] - 2 * em:
                xs = [left, *xs]
            if right > xs[-1] + 2 * em:
                xs = [*xs, right]
        ys = _reaching(ys, steep, em)
        if len(xs) >= 2 and len(ys) >= 2:
            out.append(Grid(box, tuple(xs), tuple(ys), tuple(flat), tuple(steep)))
    return out


def _through_names(rulings: Sequence[Ruling], slack: float, em: float) -> Sequence[Ruling]:
    """
    Return *rulings*, upright ones that leave out the name of a group in the same two places or more drawn through it.

    Where a level one begins below such a gap, that is another table.
    """
    upright = sorted(
        (ruling.box for ruling in rulings if not ruling.horizontal),
        key=lambda box: (round(box.middle / slack), box.top),
    )
    gaps = [
        (above, below)
        for above, below in pairwise(upright)
        if abs(above.middle - below.middle) < slack < below.top - above.bottom < NAME * em
    ]
    counts = Counter(round(above.bottom / slack) for above, _ in gaps)
    ends = [ruling.box.centre for ruling in rulings if ruling.horizontal]
    named = [
        Box(above.left, above.bottom, above.right, below.top)
        for above, below in gaps
        if counts[round(above.bottom / slack)] > 1 and not any(abs(y - below.top) < slack for y in ends)
    ]
    if not named:
        return rulings
    out = [ruling for ruling in rulings if ruling.horizontal]
    strokes: list[Box] = []
    tops = {(gap.left, gap.top) for gap in named}
    for box in upright:
        if strokes and (strokes[-1].left, strokes[-1].bottom) in tops and abs(strokes[-1].middle - box.middle) < slack:
            strokes[-1] = union([strokes[-1], box])
        else:
            strokes.append(box)
    return [*out, *map(Ruling, strokes)]


def _reaching(ys: list[float], steep: Sequence[Box], em: float) -> list[float]:
    """*ys* with the ends of upright lines that reach beyond the first and the last level one: an open row."""
    over = [line.top for line in steep if ys[0] - line.top > 0.8 * em]
    under = [line.bottom for line in steep if line.bottom - ys[-1] > 0.8 * em]
    return [
        *([min(over)] if len(over) > 1 and max(over) - min(over) < em else []),
        *ys,
        *([max(under)] if len(under) > 1 and max(under) - min(under) < em else []),
    ]


def distinct(values: Sequence[float], slack: float) -> list[float]:
    """Ascending values, near ones taken together."""
    near = in_runs(sorted(values), lambda group, value: value - group[-1] <= slack)
    return [sum(group) / len(group) for group in near]


def _drawn(
    strokes: Iterable[tuple[float, float, float]], places: Sequence[float], edges: Sequence[float]
) -> list[list[bool]]:
    """
    Return for each of *places* between which of *edges* one of *strokes* is drawn there, over most of the way.

    Args:
        strokes: The place of each, and from where to where it reaches.
    """
    out = [[False] * (len(edges) - 1) for _ in places]
    for place, start, end in strokes:
        nearest = min(range(len(places)), key=lambda index: abs(places[index] - place))
        for index, (low, high) in enumerate(pairwise(edges)):
            if min(end, high) - max(start, low) > 0.5 * (high - low):
                out[nearest][index] = True
    return out


def ruled_cells(grid: Grid, lines: Sequence[Line], em: float) -> tuple[Cell, ...]:
    """
    Return the cells of *grid*, filled with the *lines* inside it; () where it is no table.

    A frame around one field or a single line of fields with nothing in most of them is no table.
    """
    xs, ys = grid.xs, grid.ys
    width, height = len(xs) - 1, len(ys) - 1
    if width * height < 2 or width > 200 or height > 1000 or width * height > 40_000:
        return ()
    open_to = DisjointSets()

    # which fields have a line to their right, and below them
    upright = _drawn([(stroke.middle, stroke.top, stroke.bottom) for stroke in grid.upright], xs, ys)
    level = _drawn([(stroke.centre, stroke.left, stroke.right) for stroke in grid.level], ys, xs)
    _open(lines, xs, ys, upright, em)
    for row in range(height):
        for column in range(width):
            here = row * width + column
            if column + 1 < width and not upright[column + 1][row]:
                open_to.join(here, here + 1)
            if row + 1 < height and not level[row + 1][column]:
                open_to.join(here, here + width)
    fields: dict[int, tuple[int, int, int, int]] = {}
    for row in range(height):
        for column in range(width):
            key = open_to.find(row * width + column)
            top, left, bottom, right = fields.get(key, (row, column, row, column))
            fields[key] = (min(top, row), min(left, column), max(bottom, row), max(right, column))
    inside: dict[int, list[Line]] = {}
    for line in lines:
        for key, part in _shares(line, xs, ys, width, open_to.find):
            inside.setdefault(key, []).append(part)
    if len(fields) < 2 or len(inside) < 2:
        return ()
    cells: list[Cell] = []
    for key, (top, left, bottom, right) in fields.items():
        content = inside.get(key, [])
        box = Box(xs[left], ys[top], xs[right + 1], ys[bottom + 1])
        cells.append(cell_of(row_by_row(content), top, left, bottom - top + 1, right - left + 1, box=box))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return tuple(cells)


def _open(
    lines: Sequence[Line], xs: Sequence[float], ys: Sequence[float], upright: list[list[bool]], em: float
) -> None:
    """
    Part fields where the words keep to a column's edge although no line is drawn along it.

    Many tables rule their header and totals in both directions and their body by rows only.
    """
    for row, band in enumerate(by_band(lines, ys)):
        words = [word for line in band for word in words_of(line)]
        for index in range(1, len(xs) - 1):
            place = xs[index]
            before = max((word.box.right for word in words if word.box.middle < place), default=None)
            after = min((word.box.left for word in words if word.box.middle >= place), default=None)
            if before is None or after is None:
                continue
            # a phrase that runs over the edge has its words close together there
            if before < place + 0.2 * em and after > place - 0.2 * em and after - before > 0.8 * em:
                upright[index][row] = True


def _shares(
    line: Line, xs: Sequence[float], ys: Sequence[float], width: int, find: Callable[[int], int]
) -> list[tuple[int, Line]]:
    """Cut *line* where it runs over an upright ruling, and words where two cells touch; say where each part stands."""
    row = min(max(between(ys, line.box.centre) - 1, 0), len(ys) - 2)
    parts: dict[int, list[Word]] = {}

    def field(word: Word) -> int:
        return find(row * width + min(max(between(xs, word.box.middle) - 1, 0), width - 1))

    for word in words_of(line):
        crossed = xs[between(xs, word.box.left) : between(xs, word.box.right)]
        pairs = (torn(word, x, ems(line)) for x in crossed)
        apart = next((pair for pair in pairs if pair and field(pair[0]) != field(pair[1])), (word,))
        for part in apart:
            parts.setdefault(field(part), []).append(part)
    if len(parts) == 1:
        return [(next(iter(parts)), line)]
    return [(key, cut(line, words)) for key, words in parts.items()]

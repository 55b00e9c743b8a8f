"""
Finds tables that are drawn with lines, and their cells.

Rulings that touch form a grid; each of its fields is a cell, and fields between which no line is drawn are one cell
that spans rows or columns. Level lines of one length above each other frame a table whose columns are set in the
open ("booktabs"); its columns are found by `grid`. Where such lines part the rows, a cell may have many lines, and its
columns are the gaps that stay free between all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from ...page import Box, Cell, Line, Ruling, Word, union
from ..join import glue
from ..measure import median, recognised, rows
from .evidence import are_rows, rooms
from .fields import bands, between, numeric, words_of
from .wrapping import parts


__all__ = ["Frame", "Grid", "columns_between", "frames", "grids", "ruled_cells", "rules_part_rows"]

Corners = tuple[float, float, float, float]
Stretch = tuple[float, float]

FEWEST = 3  # bands with several cells
MOST = 0.75  # of the bands hold several cells, and of a column's cells begin or end at one place
GAP = 0.6  # of the font size: a space is narrower
NARROW = 0.4  # of the font size, where more columns are found by it
NUMBERS = 2  # in one cell at most: two values, or a value and its error
LEVEL = 0.4  # of the font size
TALL = 14  # lines of text in a row at most


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
    boxes = [ruling.box for ruling in rulings]
    parent = list(range(len(boxes)))

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

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
                first, second = find(one), find(other)
                if first != second:
                    parent[second] = first
    groups: dict[int, tuple[list[Box], list[Box]]] = {}
    for index in level:
        groups.setdefault(find(index), ([], []))[0].append(boxes[index])
    for index in upright:
        groups.setdefault(find(index), ([], []))[1].append(boxes[index])
    out: list[Grid] = []
    for flat, steep in groups.values():
        if len(flat) < 2 or not steep:
            continue
        box = union([*flat, *steep])
        ys = _distinct([line.centre for line in flat], slack)
        xs = _distinct([line.middle for line in steep], slack)
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


def _reaching(ys: list[float], steep: Sequence[Box], em: float) -> list[float]:
    """*ys* with the ends of upright lines that reach beyond the first and the last level one: an open row."""
    over = [line.top for line in steep if ys[0] - line.top > 0.8 * em]
    under = [line.bottom for line in steep if line.bottom - ys[-1] > 0.8 * em]
    return [
        *([min(over)] if len(over) > 1 and max(over) - min(over) < em else []),
        *ys,
        *([max(under)] if len(under) > 1 and max(under) - min(under) < em else []),
    ]


@frozen(slots=True)
class Frame:
    """
    A stack of level lines of one length.

    Attributes:
        ys: Of the lines, from the top down; two at least.

        partial: Shorter lines between them, such as those that leave out a cell of several rows.
    """

    box: Box
    ys: tuple[float, ...]
    partial: tuple[Box, ...]


def frames(rulings: Sequence[Ruling], em: float, lines: Sequence[Line] = ()) -> list[Frame]:
    """
    Return where level lines of one length stand above each other, those of one table each.

    Args:
        lines: What stands between them tells which of them belong together.
    """
    level = sorted((ruling.box for ruling in rulings if ruling.horizontal), key=lambda box: box.top)
    stacks: list[list[Box]] = []
    for box in level:
        if box.width <= 8 * em:
            continue
        for stack in stacks:
            wide = stack[0]
            same = abs(wide.left - box.left) < em and abs(wide.right - box.right) < em
            # on a scan the ends fray, and a rule may leave out the column of names
            if same or box.across(wide) > 0.8 * max(box.width, wide.width):
                stack.append(box)
                break
        else:
            stacks.append([box])
    found: list[tuple[Frame, list[Box]]] = []
    for stack in stacks:
        ys = _distinct([box.centre for box in stack], 0.4 * em)
        if len(ys) >= 2:
            whole = union(stack)
            known = set(map(id, stack))
            inner = [box for box in level if id(box) not in known and _inside(box, whole, ys, em)]
            found.append((Frame(whole, tuple(ys), tuple(inner)), stack))
    held = {id(box) for frame, _ in found for box in frame.partial}
    stacks_found = [frame for frame, stack in found if not all(id(box) in held for box in stack)]
    return [part for frame in stacks_found for part in _parted(frame, lines, em)]


def _parted(frame: Frame, lines: Sequence[Line], em: float) -> list[Frame]:
    """
    Return *frame* cut where a rule belongs to what stands below it alone, though it is as wide as those above.

    So do the rule of a page's head, and the edges of a shaded box. Between two rules of one table there is no white
    with the head of a table under it and none of its rows above.
    """
    starts = [0]
    for index, (high, low) in enumerate(pairwise(frame.ys)):
        inside = [
            line
            for line in lines
            if not recognised(line)
            and high < line.box.centre < low
            and frame.box.left - em < line.box.left < frame.box.right
        ]
        above, below = _parted_at_white(rows(inside), em)
        if (
            above
            and len(below) >= HEADS
            and all(len(row) < max(HEADS, len(below) - 1) for row in above)
            and (low < frame.ys[-1] or _has_row_below(low, frame.box, lines))  # a head has
        ):
            starts.append(index + 1)
    if len(starts) == 1:
        return [frame]
    parts = [frame.ys[start:end] for start, end in pairwise([*starts, len(frame.ys)])]
    return [evolve(frame, ys=ys, box=evolve(frame.box, top=ys[0], bottom=ys[-1])) for ys in parts if len(ys) > 1]


def _has_row_below(y: float, box: Box, lines: Sequence[Line]) -> bool:
    """Whether what stands first below *y*, in the width of *box*, has several parts."""
    below = [line for line in lines if line.box.centre > y and line.box.across(box) > 0]
    return bool(below) and len(rows(below)[0]) > 1


def _parted_at_white(text_rows: Sequence[list[Line]], em: float) -> tuple[list[list[Line]], list[Line]]:
    """Return the rows above the last of *text_rows*, and it; nothing where no white parts them."""
    if len(text_rows) < 2:
        return [], []
    tops = [min(line.box.top for line in row) for row in text_rows]
    bottoms = [max(line.box.bottom for line in row) for row in text_rows]
    *gaps, last = [top - bottom for bottom, top in zip(bottoms, tops[1:], strict=False)]
    if last < max(WHITE * em, WIDER * median(gaps)):
        return [], []
    return list(text_rows[:-1]), text_rows[-1]


def _inside(box: Box, frame: Box, ys: Sequence[float], em: float) -> bool:
    """Whether *box* is a line between two near ones of a frame that is wider."""
    index = between(ys, box.centre)
    return (
        frame.left - em < box.left
        and box.right < frame.right + em
        and 0 < index < len(ys)
        and ys[index] - ys[index - 1] < NEAR * em
    )


HEADS = 3  # parts of a table's head
WHITE, WIDER = 0.6, 1.5  # times the font size, and times that between other rows: white above such a head
NEAR = 16  # times the font size: the height of the tallest rows of a table


def _distinct(values: Sequence[float], slack: float) -> list[float]:
    """Ascending values, near ones taken together."""
    out: list[list[float]] = []
    for value in sorted(values):
        if out and value - out[-1][-1] <= slack:
            out[-1].append(value)
        else:
            out.append([value])
    return [sum(group) / len(group) for group in out]


def ruled_cells(grid: Grid, lines: Sequence[Line], em: float) -> tuple[Cell, ...]:
    """
    Return the cells of *grid*, filled with the *lines* inside it; () where it is no table.

    A frame around one field or a single line of fields with nothing in most of them is no table.
    """
    xs, ys = grid.xs, grid.ys
    width, height = len(xs) - 1, len(ys) - 1
    if width * height < 2 or width > 200 or height > 1000 or width * height > 40_000:
        return ()
    owner = list(range(width * height))

    def find(index: int) -> int:
        while owner[index] != index:
            owner[index] = owner[owner[index]]
            index = owner[index]
        return index

    # which fields have a line to their right, and below them
    upright = [[False] * height for _ in range(width + 1)]
    for stroke in grid.upright:
        column = min(range(len(xs)), key=lambda index: abs(xs[index] - stroke.middle))
        for row in range(height):
            if min(stroke.bottom, ys[row + 1]) - max(stroke.top, ys[row]) > 0.5 * (ys[row + 1] - ys[row]):
                upright[column][row] = True
    level = [[False] * width for _ in range(height + 1)]
    for stroke in grid.level:
        row = min(range(len(ys)), key=lambda index: abs(ys[index] - stroke.centre))
        for column in range(width):
            if min(stroke.right, xs[column + 1]) - max(stroke.left, xs[column]) > 0.5 * (xs[column + 1] - xs[column]):
                level[row][column] = True
    _open(lines, xs, ys, upright, em)
    for row in range(height):
        for column in range(width):
            here = row * width + column
            if column + 1 < width and not upright[column + 1][row]:
                owner[find(here + 1)] = find(here)
            if row + 1 < height and not level[row + 1][column]:
                owner[find(here + width)] = find(here)
    fields: dict[int, tuple[int, int, int, int]] = {}
    for row in range(height):
        for column in range(width):
            key = find(row * width + column)
            top, left, bottom, right = fields.get(key, (row, column, row, column))
            fields[key] = (min(top, row), min(left, column), max(bottom, row), max(right, column))
    inside: dict[int, list[Line]] = {}
    for line in lines:
        for key, part in _shares(line, xs, ys, width, find):
            inside.setdefault(key, []).append(part)
    if len(fields) < 2 or len(inside) < 2:
        return ()
    cells: list[Cell] = []
    for key, (top, left, bottom, right) in fields.items():
        content = inside.get(key, [])
        text, words = "", list[Word]()
        for text_row in rows(content):
            for line in text_row:
                text = glue(text, line.text)
                words.extend(words_of(line))
        cells.append(
            Cell(
                text=text,
                row=top,
                column=left,
                row_span=bottom - top + 1,
                column_span=right - left + 1,
                box=Box(xs[left], ys[top], xs[right + 1], ys[bottom + 1]),
                words=tuple(words),
            )
        )
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return tuple(cells)


def _open(
    lines: Sequence[Line], xs: Sequence[float], ys: Sequence[float], upright: list[list[bool]], em: float
) -> None:
    """
    Part fields where the words keep to a column's edge although no line is drawn along it.

    Many tables rule their header and totals in both directions and their body by rows only.
    """
    for row, band in enumerate(bands(lines, ys)):
        words = [word for line in band for word in words_of(line)]
        for index in range(1, len(xs) - 1):
            if upright[index][row]:
                continue
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
    """Cut *line* where it runs over an upright ruling, and say in which field each part stands."""
    row = min(max(between(ys, line.box.centre) - 1, 0), len(ys) - 2)
    parts: dict[int, list[Word]] = {}
    for word in words_of(line):
        column = min(max(between(xs, word.box.middle) - 1, 0), width - 1)
        parts.setdefault(find(row * width + column), []).append(word)
    if len(parts) == 1:
        return [(next(iter(parts)), line)]
    return [
        (
            key,
            Line(
                text=" ".join(word.text for word in words),
                box=union([word.box for word in words]),
                confidence=line.confidence,
                words=tuple(words),
                size=line.size,
                bold=line.bold,
            ),
        )
        for key, words in parts.items()
    ]


def columns_between(bands: Sequence[Sequence[Line]], em: float) -> list[float]:
    """Return the places between columns that the *bands* between rules show, from the top down; none where unsure."""
    return max((_columns(bands, em, gap) for gap in (GAP, NARROW)), key=len)


def _columns(bands: Sequence[Sequence[Line]], em: float, gap: float) -> list[float]:
    """The places between columns that stand apart by *gap* font sizes."""
    filled = [band for band in bands if band]
    held = [(band, runs) for band in filled if len(runs := _runs(band, gap * em)) > 1]
    if len(held) < max(FEWEST, MOST * len(filled)):
        return []
    if any(len(rows(band)) > TALL for band, _ in held):
        return []
    body = held[1:] if len(held) > FEWEST else held  # the words of a head may touch, or span columns
    every, free = (_free([runs for _, runs in some], gap * em) for some in (held, body))
    free = [next((own for own in every if own[0] >= place[0] and own[1] <= place[1]), place) for place in free]
    columns = [(start + end) / 2 for start, end in free]
    edges = [float("-inf"), *columns, float("inf")]
    for left, right in pairwise(edges):
        own = [inside for _, runs in body if (inside := [run for run in runs if left < run[0] and run[1] < right])]
        if len(own) < max(2, 0.25 * len(body)) or not _flush(own, em):
            return []
    return columns


def _runs(band: Iterable[Line], gap: float) -> list[Stretch]:
    """The stretches that the words of all lines of *band* cover, from left to right."""
    out: list[Stretch] = []
    for left, right in sorted((word.box.left, word.box.right) for line in band for word in words_of(line)):
        if out and left - out[-1][1] < gap:
            out[-1] = (out[-1][0], max(out[-1][1], right))
        else:
            out.append((left, right))
    return out


def _gaps(runs: Sequence[Stretch]) -> list[Stretch]:
    return [(left, right) for (_, left), (right, _) in pairwise(runs)]


def _free(bands: Sequence[Sequence[Stretch]], gap: float) -> list[Stretch]:
    """What all *bands* leave free between the first and the last of their words."""
    free = [(min(runs[0][0] for runs in bands), max(runs[-1][1] for runs in bands))]
    for runs in bands:
        free = [
            (max(start, left), min(end, right))
            for start, end in free
            for left, right in [(float("-inf"), runs[0][0]), *_gaps(runs), (runs[-1][1], float("inf"))]
            if min(end, right) - max(start, left) > gap
        ]
    return free


def _flush(cells: Sequence[Sequence[Stretch]], em: float) -> bool:
    """Whether most of the *cells* of a column begin, end or have their middle at one place."""
    lefts, rights = [cell[0][0] for cell in cells], [cell[-1][1] for cell in cells]
    middles = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
    return any(
        sum(1 for place in places if abs(place - median(places)) < LEVEL * em) >= MOST * len(places)
        for places in (lefts, rights, middles)
    )


def rules_part_rows(bands: Sequence[Sequence[Line]], columns: Sequence[float], right: float) -> bool:
    """Whether most text of *bands* stands in such as are one row each, so that the rules part rows."""
    texts = [rows(band) for band in bands if band]
    if len(texts) < FEWEST:
        return False
    places = [[parts(row, columns) for row in text] for text in texts]
    room = rooms([row for band in places for row in band], right)
    whole = sum(len(band) for band in places if not (_counts(band) or are_rows(band, room)))
    return whole >= MOST * sum(map(len, places))


def _counts(band: Sequence[Mapping[int, Line]]) -> bool:
    """Whether more numbers stand one below the other in *band* than in one cell."""
    counts = Counter(column for row in band for column, line in row.items() if numeric(line.text))
    return max(counts.values(), default=0) > NUMBERS

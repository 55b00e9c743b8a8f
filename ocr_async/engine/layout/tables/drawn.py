"""
Finds the tables of a page: drawn grids, stacks of level rulings, and rows of words that merely line up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from ...page import Box, Cell, Line, Region, Ruling, union
from ..figures import CAPTION
from ..measure import breadth, length, rows
from .anchors import anchored
from .completing import disjoint, joined_signs, with_header, with_totals
from .evidence import are_rows
from .fields import bands, between, numeric, pieces, words_of
from .grid import cells_of, separators
from .leaders import without_leaders
from .prose import reads_on
from .ruled import Frame, Grid, columns_between, frames, grids, ruled_cells, rules_part_rows
from .wrapping import parts


__all__ = ["drawn", "is_even", "is_table", "proven", "region"]


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
    rulings = [ruling for ruling in rulings if _inside(ruling, page)]
    fields = sorted(grids(rulings, em), key=lambda grid: -grid.box.area)
    stacks = frames(rulings, em, rest)
    for frame in stacks:
        if (shaded := _shaded(frame, fields, rest, em)) is not None:
            table, rest = _completed(*shaded, rest, em, rulings)
            found.append(table)
    for grid in fields:
        inside = [line for line in rest if line.box.share(grid.box) > 0.6]
        if len(inside) < 2 or _is_frame(grid, inside, page):
            if len(grid.xs) == 2 == len(grid.ys) and len(rows(inside)) > 1:
                boxes.append(grid.box)
            continue
        if listings and _is_listing(inside, [*grid.xs[1:-1], *grid.ys[1:-1]]):
            continue
        cells, columns = _grid_cells(_divided(grid, inside, em), inside, em)
        if is_table(cells):
            table, rest = _completed(cells, columns, grid.box, inside, rest, em, rulings)
            found.append(table)
    if boxes:
        stacks = frames([each for each in rulings if not any(_is_side(each.box, box, em) for box in boxes)], em, rest)
    for frame in [part for stack in stacks for part in _beside_others(stack, [region.box for region in found], em)]:
        if any(region.box.share(frame.box) > 0.3 or frame.box.share(region.box) > 0.3 for region in found):
            continue
        for cells, columns, part, inside in _framed(frame, rest, em):
            if listings and _is_listing(inside, [y for y in frame.ys if part.top + em < y < part.bottom - em]):
                continue
            table, rest = _completed(cells, columns, part, inside, rest, em, rulings)
            found.append(table)
    return found, rest


def _is_side(ruling: Box, box: Box, em: float) -> bool:
    """Whether a *ruling* across is the upper or the lower side of *box*."""
    return (
        max(abs(ruling.left - box.left), abs(ruling.right - box.right)) < em
        and min(abs(ruling.centre - box.top), abs(ruling.centre - box.bottom)) < 0.3 * em
    )


def _is_listing(inside: Sequence[Line], rulings: Sequence[float]) -> bool:
    """Whether lines *inside* a frame are in even type, and none of its *rulings* divides them."""
    return not rulings and all(line.mono for line in inside)


def _beside_others(frame: Frame, taken: Sequence[Box], em: float) -> list[Frame]:
    """What of *frame* stands above, between and below tables that are *taken*: their rules may be as wide as its."""
    over = [box for box in taken if box.across(frame.box) > 0 and box.down(frame.box) > 0]
    if not over:
        return [frame]
    groups: dict[int, list[float]] = {}
    for y in frame.ys:
        if not any(box.top - em < y < box.bottom + em for box in over):
            groups.setdefault(sum(1 for box in over if box.centre < y), []).append(y)
    return [
        evolve(frame, ys=tuple(ys), box=evolve(frame.box, top=ys[0], bottom=ys[-1]))
        for ys in groups.values()
        if len(ys) > 1
    ]


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
    rest = _without(lines, inside)
    cells, header = with_header(cells, box, columns, rest, em, [each.box for each in rulings if each.horizontal])
    rest = _without(rest, header)
    cells, totals = with_totals(cells, box, columns, rest, em)
    rest = _without(rest, totals)
    return region(joined_signs(cells), [*header, *inside, *totals]), rest


def _without(lines: Sequence[Line], taken: Sequence[Line]) -> list[Line]:
    gone = set(map(id, taken))
    return [line for line in lines if id(line) not in gone]


def _inside(ruling: Ruling, page: Box) -> bool:
    """Whether *ruling* stands on the page rather than being an edge of its coloured background."""
    box = ruling.box
    if ruling.horizontal:
        return 0.01 * page.bottom < box.top and box.bottom < 0.99 * page.bottom
    return 0.01 * page.right < box.left and box.right < 0.99 * page.right and box.height < 0.9 * page.height


def _is_frame(grid: Grid, inside: Sequence[Line], page: Box) -> bool:
    """Whether rulings frame text rather than hold a table: a box around paragraphs, the borders of a form."""
    fields = (len(grid.xs) - 1) * (len(grid.ys) - 1)
    if fields == 1:
        text_rows = rows(inside)
        if sum(1 for row in text_rows if len(row) > 1) < 0.5 * len(text_rows):
            return True  # some of its rows may be a table, which is told as anywhere else
        if sum(map(breadth, inside)) > PROSE * len(inside):
            return True
    chars = sum(length(line) for line in inside)
    if fields <= 4 and grid.box.area > 0.4 * page.area:
        return True
    if len(grid.ys) == 2 and reads_on(inside):
        return True  # columns of text with rules between
    used = len({(between(grid.xs, line.box.middle), between(grid.ys, line.box.centre)) for line in inside})
    if used < max(5, 0.5 * fields) and sum(length(line) for line in inside if length(line) > 25) > max(
        0.5 * chars, 150
    ):
        return True  # panels side by side, each with its own text
    return chars > 500 * fields


PROSE = 20  # letters of a line: more are no cells of a table with nothing but a frame around it
NUMBERS = 3  # rows with a number, from which on it is believed that they make a column


def _divided(grid: Grid, inside: Sequence[Line], em: float) -> Grid:
    """*grid* with lines between names and the numbers beside them, where only other columns are ruled."""
    added: list[Box] = []
    for left, right in pairwise(grid.xs):
        if right - left < 8 * em:
            continue
        own = [line for line in inside if left < line.box.middle < right]
        text_rows = rows(own)
        several = [row for row in text_rows if len(row) > 1]
        if len(several) < NUMBERS or not all(numeric(row[-1].text) and not numeric(row[0].text) for row in several):
            continue
        start = min(row[-1].box.left for row in several)
        end = max((line.box.right for row in several for line in row[:-1]), default=left)
        names = [line for line in own if not numeric(line.text)]
        if start - end < 0.5 * em or any(line.box.right > start for line in names):
            continue
        added.append(Box((start + end) / 2, grid.ys[0], (start + end) / 2, grid.ys[-1]))
    if not added:
        return grid
    return evolve(grid, xs=tuple(sorted([*grid.xs, *(box.left for box in added)])), upright=(*grid.upright, *added))


def _rows_unruled(grid: Grid, inside: Sequence[Line], em: float) -> bool:
    """Whether rules part the columns of *grid* but not its rows: most of its text is in bands of several rows."""
    xs = _single(grid.xs, em)
    columns = xs[1:-1]
    if len(columns) < 1:
        return False
    room = {index: right - left for index, (left, right) in enumerate(pairwise(xs))}
    held = every = 0
    for band in map(rows, bands(inside, grid.ys)):
        every += len(band)
        if len(band) < 2:
            continue
        full = [places for row in band if len(places := parts(row, columns)) > 0.5 * len(room)]
        if len(full) > 1 and (are_rows(full, room) or anchored(band, columns)):
            held += len(band)
            # no cell holds so many numbers, however many lines the heads above have
            counts = Counter(column for places in full for column, line in places.items() if numeric(line.text))
            if sum(1 for count in counts.values() if count > NUMBERS) > 1:
                return True
    return held > 0.5 * every


def _single(xs: Sequence[float], em: float) -> list[float]:
    """*xs*, one for each double rule."""
    out: list[float] = []
    for x in xs:
        if not out or x - out[-1] > DOUBLE * em:
            out.append(x)
    return out


DOUBLE = 0.8  # of the font size: nothing is printed between the strokes of a double rule


def _grid_cells(grid: Grid, inside: Sequence[Line], em: float) -> tuple[tuple[Cell, ...], Sequence[float]]:
    """The cells of a drawn grid, and the places between its columns; the text says where lines are missing."""
    xs = grid.xs[1:-1]
    if _rows_unruled(grid, inside, em):
        return cells_of(inside, xs, None, right=grid.xs[-1]), xs
    # Rulings between rows but not between columns.
    if len(grid.xs) <= 3:
        text_rows, height = rows(inside), len(grid.ys) - 1
        columns = [] if _running(text_rows) else separators(text_rows, em)
        if len(columns) > len(xs) and proven(text_rows, columns):
            bands = grid.ys[1:-1] if height >= 0.6 * len(text_rows) else None
            return cells_of(inside, columns, bands, right=grid.box.right), columns
    return ruled_cells(grid, inside, em), xs


Framed = tuple[tuple[Cell, ...], list[float], Box, list[Line]]


def _framed(frame: Frame, lines: Sequence[Line], em: float) -> list[Framed]:
    """The tables between level rulings of one length: cells, places between columns, box, and lines."""
    box, ys = frame.box, frame.ys
    inside = [
        line
        for line in lines
        if ys[0] < line.box.centre < ys[-1]
        and box.left - em < line.box.left
        and (line.box.right < box.right + em or (line.font is not None and line.box.across(box) > 0.7 * line.box.width))
    ]
    bands: list[list[Line]] = [[] for _ in range(len(ys) - 1)]
    for line in inside:
        bands[between(ys, line.box.centre) - 1].append(line)
    out: list[Framed] = []
    start = 0
    while start < len(bands):
        if (found := _rows_of_rules(frame, bands, start, em)) is not None:
            out.append(found[0])
            start = found[1]
            continue
        end = start
        while end < len(bands):
            # double rules, and rules that were found twice, leave thin bands without text
            thin = not bands[end] and ys[end + 1] - ys[end] < 1.2 * em
            single = end > start and _is_row(bands[end], ys[end + 1] - ys[end], em)
            first = end == start and len(bands) > 1 and not any(length(line) > 60 for line in bands[end])
            text = ys[end + 1] - ys[end] > 6 * em and (_running(rows(bands[end])) or reads_on(bands[end]))
            if not thin and (text or not (bands[end] and (_tabular(bands[end], em) or single or first))):
                break
            end += 1
        members = _without_heading([line for band in bands[start:end] for line in band])
        text_rows = rows(members)
        if (
            members
            and len(text_rows) >= 2
            and not _running(text_rows)
            and any(_tabular(band, em) for band in bands[start:end])
        ):
            part = Box(box.left, ys[start], box.right, ys[end])
            columns = _columns(text_rows, part, lines, em)
            if columns and proven(text_rows, columns, 0.3 if end - start > 1 else 0.7):
                inner = [y for y, band in zip(ys[start + 1 : end], bands[start:], strict=False) if band]
                cells = _ruled_off(part, inner, frame.partial, columns, members, text_rows, em)
                if is_table(cells) and is_even(cells):
                    out.append((cells, columns, part, members))
        start = max(end, start + 1)
    return out


TALLER = 1.5  # times the tallest row: what is more is two of them
SHADED = 2  # rows that are shaded, where others between them are not


def _shaded(frame: Frame, fields: Sequence[Grid], lines: Sequence[Line], em: float) -> Framed | None:
    """The table every second row of which is shaded; the last one, which is not, stands below all edges."""
    box = frame.box
    boxes = [field for field in fields if field.box.share(box) > 0.9]
    if len(boxes) < SHADED or any(len(field.xs) > 2 or field.box.width < 0.9 * box.width for field in boxes):
        return None
    beside = [line for line in lines if line.box.left > box.left - em and line.box.right < box.right + em]
    inside = [line for line in beside if frame.ys[0] < line.box.centre < frame.ys[-1]]
    ys = frame.ys
    if any(abs(field.box.bottom - ys[-1]) < em for field in boxes):
        end = _open_end(ys[-1], columns_between(bands(inside, ys), em), beside, em)
        if end - ys[-1] > TALLER * max(low - high for high, low in pairwise(ys)):
            return None  # several rows
        ys = (*ys, end) if end > ys[-1] else ys
    inside = [line for line in beside if ys[0] < line.box.centre < ys[-1]]
    found = _rows_of_rules(evolve(frame, ys=ys), bands(inside, ys), 0, em)
    return found[0] if found is not None and found[1] == len(ys) - 1 else None


def _open_end(end: float, columns: Sequence[float], lines: Sequence[Line], em: float) -> float:
    """Where the row ends that begins at *end*: as far as *lines* stand close, each in one of the *columns*."""
    first = True
    for row in rows(line for line in lines if line.box.centre > end):
        places = [piece[:2] for line in row for piece in pieces(line, columns)]
        if (
            min(line.box.top for line in row) > end + 0.9 * em
            or any(start != stop for start, stop in places)
            or (first and len(set(places)) < max(2, len(columns)))
        ):
            break
        end, first = max(line.box.bottom for line in row), False
    return end


def _rows_of_rules(frame: Frame, bands: Sequence[list[Line]], start: int, em: float) -> tuple[Framed, int] | None:
    """The table whose rows the rules of *frame* part from band *start* on, and where it ends; None where none does."""
    end = start
    while end < len(bands) and bands[end] and not CAPTION.match(bands[end][0].text):
        end += 1
    if not (columns := columns_between(bands[start:end], em)):
        return None
    box = Box(frame.box.left, frame.ys[start], frame.box.right, frame.ys[end])
    members = [line for band in bands[start:end] for line in band]
    if not rules_part_rows(bands[start:end], columns, box.right):
        return None
    cells = _ruled_off(box, frame.ys[start + 1 : end], frame.partial, columns, members, rows(members), em)
    return ((cells, columns, box, members), end) if is_table(cells) and is_even(cells) else None


def _columns(text_rows: Sequence[list[Line]], box: Box, lines: Sequence[Line], em: float) -> list[float]:
    """The places between columns of *text_rows*, in *box*; the header above it and the sums below show them, too."""
    columns = separators(text_rows, em)
    near = [
        line
        for line in lines
        if box.left - em < line.box.left
        and line.box.right < box.right + em
        and (-0.4 * em < box.top - line.box.bottom < 1.4 * em or -0.4 * em < line.box.top - box.bottom < 1.4 * em)
    ]
    around = [row for row in rows(near) if sum(len(words_of(line)) for line in row) > 2]
    if not around:
        return columns
    more = separators([*text_rows, *around], em)
    return more if len(more) > len(columns) else columns


def _without_heading(lines: list[Line]) -> list[Line]:
    """*lines* of a would-be table without a heading above it, which is bold, as nothing below it is."""
    text_rows = rows(lines)
    if len(text_rows) < 3 or len(text_rows[0]) > 1 or not text_rows[0][0].bold or len(text_rows[1]) < 2:
        return lines
    first = text_rows[0][0]
    if any(row[0].bold for row in text_rows[1:]):
        return lines
    return [line for line in lines if line is not first]


def _ruled_off(
    box: Box,
    inner: Sequence[float],
    partial: Sequence[Box],
    columns: Sequence[float],
    lines: Sequence[Line],
    text_rows: Sequence[Sequence[Line]],
    em: float,
) -> tuple[Cell, ...]:
    """
    The cells of a table that level lines divide: its rows, if there are as many lines, or only header and totals.

    Args:
        inner: The y of lines of full width inside *box*.

        partial: Shorter lines, which leave out cells of several rows or run below headings of several columns.
    """
    shorter = [each for each in partial if box.top < each.centre < box.bottom]
    places = [*inner, *(each.centre for each in shorter if each.width > 0.4 * box.width)]
    count = len(set(map(round, places))) + 1
    every = count >= 0.7 * len(text_rows) or (len(inner) >= 4 and count >= 0.35 * len(text_rows))
    every = every or rules_part_rows(bands(lines, [box.top, *inner, box.bottom]), columns, box.right)
    if every and shorter:
        ys = sorted({*map(round, places)})
        level = [*shorter, *(Box(box.left, y, box.right, y) for y in inner)]
        upright = [Box(x, box.top, x, box.bottom) for x in columns]
        grid = Grid(
            box, (box.left, *columns, box.right), (box.top, *map(float, ys), box.bottom), tuple(level), tuple(upright)
        )
        return tuple(evolve(cell, header=cell.row == 0) for cell in ruled_cells(grid, lines, em))
    header = inner[0] if inner and not every else None
    return cells_of(lines, columns, inner if every else None, header_bottom=header, right=box.right, rules=shorter)


def _is_row(lines: Sequence[Line], height: float, em: float) -> bool:
    """Whether *lines* between two rulings are a row most of whose cells are empty, or the heading of those below."""
    return height < 3.5 * em and all(length(line) < 40 and not CAPTION.match(line.text) for line in lines)


def _tabular(lines: Sequence[Line], em: float) -> bool:
    """Whether most rows of *lines* have several parts."""
    text_rows = rows(lines)
    several = sum(1 for row in text_rows if len(row) > 1)
    return bool(text_rows) and (several >= 0.4 * len(text_rows) or max(map(len, text_rows)) >= 3)


def _running(text_rows: Sequence[Sequence[Line]]) -> bool:
    """Whether much of a would-be table is long lines one below the other: running text beside something else."""
    chars = sum(length(line) for row in text_rows for line in row)
    long = 0
    for row in text_rows:
        counts = [length(line) for line in row]
        beside = sum(1 for count in counts if count > 34) > 1  # two columns of text
        long += sum(count for count in counts if count > 55 or (beside and count > 34))
    return long > 0.5 * chars


def is_table(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell.text]
    if len(filled) < 3:
        return False
    return len({cell.row for cell in filled}) >= 2 and len({cell.column for cell in filled}) >= 2


def is_even(cells: Sequence[Cell]) -> bool:
    """Whether two columns at least hold two cells or more, as must be asked where no ruling proves a table."""
    heights = Counter(cell.column for cell in cells if cell.text)
    return sum(1 for count in heights.values() if count >= 2) >= 2


def region(cells: tuple[Cell, ...], lines: Sequence[Line]) -> Region:
    cells = without_leaders(disjoint(cells))
    chars = sum(length(line) for line in lines) or 1
    return Region(
        type="table",
        box=union([*(line.box for line in lines), *(cell.box for cell in cells if cell.box is not None)]),
        cells=cells,
        lines=tuple(lines),
        confidence=sum(line.confidence * length(line) for line in lines) / chars,
    )


def proven(text_rows: Sequence[Sequence[Line]], columns: Sequence[float], share: float = 0.7) -> bool:
    """Whether a *share* of the rows with several parts have them in different columns, and two rows at least."""
    several = [row for row in text_rows if len(row) > 1]
    proven = sum(1 for row in several if len({between(columns, line.box.middle) for line in row}) >= 2)
    if 0 < len(several) < len(text_rows) == 2:  # a parser may have joined the cells of the one row that there is
        others = [row for row in text_rows if len(row) == 1]
        joined = sum(1 for row in others if len({first for first, _, _ in pieces(row[0], columns)}) > len(columns) / 2)
        return proven + joined == 2
    return proven >= max(2, share * len(several))

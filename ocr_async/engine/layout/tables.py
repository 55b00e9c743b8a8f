"""
Finds the tables of a page: drawn grids, stacks of level rulings, and rows of words that merely line up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from ..page import Box, Cell, Line, Region, Ruling, union
from .completing import disjoint, joined_signs, with_header, with_totals
from .grid import between, cells_of, numeric, separators
from .measure import length, median, rows
from .ruled import Grid, frames, grids, ruled_cells


__all__ = ["aligned", "drawn"]


def drawn(lines: Sequence[Line], rulings: Sequence[Ruling], em: float, page: Box) -> tuple[list[Region], list[Line]]:
    """Return the tables that rulings mark, and the lines outside them."""
    rest = list(lines)
    found: list[Region] = []
    rulings = [ruling for ruling in rulings if _inside(ruling, page)]
    for grid in sorted(grids(rulings, em), key=lambda grid: -grid.box.area):
        inside = [line for line in rest if line.box.share(grid.box) > 0.6]
        if len(inside) < 2 or _is_frame(grid, inside, page):
            continue
        cells, columns = _grid_cells(_finer(grid, inside, em), inside, em)
        if _is_table(cells):
            table, rest = _completed(cells, columns, grid.box, inside, rest, em)
            found.append(table)
    for box, ys in frames(rulings, em):
        if any(region.box.share(box) > 0.3 or box.share(region.box) > 0.3 for region in found):
            continue
        for cells, columns, part, inside in _framed(box, ys, rest, em):
            table, rest = _completed(cells, columns, part, inside, rest, em)
            found.append(table)
    return found, rest


def _completed(
    cells: tuple[Cell, ...],
    columns: Sequence[float],
    box: Box,
    inside: Sequence[Line],
    lines: Sequence[Line],
    em: float,
) -> tuple[Region, list[Line]]:
    """The table with the rows right above and below *box* that belong to it, and the lines that are left."""
    rest = _without(lines, inside)
    cells, header = with_header(cells, box, columns, rest, em)
    rest = _without(rest, header)
    cells, totals = with_totals(cells, box, columns, rest, em)
    rest = _without(rest, totals)
    return _region(joined_signs(cells), [*header, *inside, *totals]), rest


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
    chars = sum(length(line) for line in inside)
    if fields <= 4 and grid.box.area > 0.4 * page.area:
        return True
    used = len({(between(grid.xs, line.box.middle), between(grid.ys, line.box.centre)) for line in inside})
    if used < max(5, 0.5 * fields) and sum(length(line) for line in inside if length(line) > 25) > max(
        0.5 * chars, 150
    ):
        return True  # panels side by side, each with its own text
    return chars > 500 * fields


def _finer(grid: Grid, inside: Sequence[Line], em: float) -> Grid:
    """*grid* with lines between rows of numbers that share one drawn band."""
    added: list[float] = []
    for top, bottom in pairwise(grid.ys):
        band = rows([line for line in inside if top < line.box.centre < bottom])
        filled = [{between(grid.xs, line.box.middle) for line in row} for row in band]
        # Rows that leave a column out share its cell: "6 | 6" beside two lines of results.
        if len(band) < 2 or any(columns != filled[0] for columns in filled):
            continue
        if any(sum(1 for line in row if numeric(line.text)) < 2 for row in band):
            continue
        edges = [(max(line.box.bottom for line in row), min(line.box.top for line in row)) for row in band]
        added.extend((high + low) / 2 for (high, _), (_, low) in pairwise(edges))
    if not added:
        return grid
    lines = [Box(grid.xs[0], y, grid.xs[-1], y) for y in added]
    return evolve(grid, ys=tuple(sorted([*grid.ys, *added])), level=(*grid.level, *lines))


def _grid_cells(grid: Grid, inside: Sequence[Line], em: float) -> tuple[tuple[Cell, ...], Sequence[float]]:
    """The cells of a drawn grid, and the places between its columns; the text says where lines are missing."""
    cells = ruled_cells(grid, inside, em)
    text_rows = rows(inside)
    xs = grid.xs[1:-1]
    height = len(grid.ys) - 1
    # Rulings between columns but not between rows: a field then holds a whole column.
    if len(text_rows) >= 2 * height + 1 and len(grid.xs) >= 3:
        tall = 0
        for cell in cells:
            if cell.box is None or not cell.text:
                continue
            own = [line for line in inside if line.box.share(cell.box) > 0.5]
            if len(own) >= 3 and all(length(line) < 25 for line in own):
                tall += 1
        if tall >= 2 and tall >= (len(grid.xs) - 1) * 0.5:
            return cells_of(inside, xs, None), xs
    # Rulings between rows but not between columns.
    if len(grid.xs) <= 3:
        columns = [] if _running(text_rows) else separators(text_rows, em)
        if len(columns) > len(xs) and _proven(text_rows, columns):
            bands = grid.ys[1:-1] if height >= 0.6 * len(text_rows) else None
            return cells_of(inside, columns, bands), columns
    return cells, xs


Framed = tuple[tuple[Cell, ...], list[float], Box, list[Line]]


def _framed(box: Box, ys: Sequence[float], lines: Sequence[Line], em: float) -> list[Framed]:
    """The tables between level rulings of one length: cells, places between columns, box, and lines."""
    inside = [
        line
        for line in lines
        if box.left - em < line.box.left and line.box.right < box.right + em and ys[0] < line.box.centre < ys[-1]
    ]
    bands: list[list[Line]] = [[] for _ in range(len(ys) - 1)]
    for line in inside:
        bands[between(ys, line.box.centre) - 1].append(line)
    out: list[Framed] = []
    start = 0
    while start < len(bands):
        end = start
        while end < len(bands):
            # double rules, and rules that were found twice, leave thin bands without text
            thin = not bands[end] and ys[end + 1] - ys[end] < 1.2 * em
            if not thin and not (bands[end] and (_tabular(bands[end], em) or (end == start and len(bands) > 1))):
                break
            end += 1
        members = [line for band in bands[start:end] for line in band]
        text_rows = rows(members)
        if (
            members
            and len(text_rows) >= 2
            and not _running(text_rows)
            and any(_tabular(band, em) for band in bands[start:end])
        ):
            columns = separators(text_rows, em)
            inner = [y for index, y in enumerate(ys[start + 1 : end], start + 1) if bands[index - 1] and index > start]
            if columns and _proven(text_rows, columns):
                # As many rulings as rows: every row is ruled off, and holds the lines between two of them.
                every = len(inner) + 1 >= 0.7 * len(text_rows) or (
                    len(inner) >= 4 and len(inner) + 1 >= 0.35 * len(text_rows)
                )
                header = inner[0] if inner and not every else None
                cells = cells_of(members, columns, inner if every else None, header_bottom=header)
                if _is_table(cells) and _is_even(cells):
                    out.append((cells, columns, Box(box.left, ys[start], box.right, ys[end]), members))
        start = max(end, start + 1)
    return out


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


def _is_table(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell.text]
    if len(filled) < 3:
        return False
    return len({cell.row for cell in filled}) >= 2 and len({cell.column for cell in filled}) >= 2


def _is_even(cells: Sequence[Cell]) -> bool:
    """Whether two columns at least hold two cells or more, as must be asked where no ruling proves a table."""
    heights = Counter(cell.column for cell in cells if cell.text)
    return sum(1 for count in heights.values() if count >= 2) >= 2


def _region(cells: tuple[Cell, ...], lines: Sequence[Line]) -> Region:
    cells = disjoint(cells)
    chars = sum(length(line) for line in lines) or 1
    return Region(
        type="table",
        box=union([*(line.box for line in lines), *(cell.box for cell in cells if cell.box is not None)]),
        cells=cells,
        lines=tuple(lines),
        confidence=sum(line.confidence * length(line) for line in lines) / chars,
    )


def aligned(lines: Sequence[Line], em: float) -> tuple[list[Region], list[Line]]:
    """
    Return the tables in one column of a page that only the position of their words shows, and the other lines.

    A table is a run of rows with several parts each, short or numeric ones, that leave the same gaps free.
    """
    text_rows = rows(lines)
    if sum(1 for row in text_rows if len(row) > 1) < 2:
        return [], list(lines)
    found: list[Region] = []
    rest: list[Line] = []
    start = 0
    while start < len(text_rows):
        end = _run_end(text_rows, start, em)
        table = _aligned_table(text_rows[start:end], em) if end - start >= 2 else None
        if table is None:
            rest.extend(text_rows[start])
            start += 1
        else:
            found.append(table)
            start = end
    return found, rest


def _cellular(row: Sequence[Line]) -> bool:
    """Whether the parts of a row are short or numeric, as those of a table are."""
    if len(row) < 2:
        return False
    chars = [length(line) for line in row]
    if sum(1 for count in chars if count > 45) > len(row) / 2:
        return False
    digits = sum(sum(map(str.isdigit, line.text)) for line in row)
    return (
        sum(chars) <= 22 * len(row)
        or digits >= 0.25 * sum(chars)
        or (max(chars) <= 60 and sum(1 for count in chars if count <= 12) >= len(row) / 2)
    )


def _run_end(text_rows: Sequence[list[Line]], start: int, em: float) -> int:
    """Where the run of table rows that begins at *start* ends; *start* itself where none begins."""
    if not _cellular(text_rows[start]):
        return start
    end = last = start + 1
    left = min(line.box.left for line in text_rows[start])
    right = max(line.box.right for line in text_rows[start])
    bottom = max(line.box.bottom for line in text_rows[start])
    singles = 0
    steps: list[float] = []
    while end < len(text_rows):
        row = text_rows[end]
        top = min(line.box.top for line in row)
        gap = top - bottom
        usual = median(steps, 0.8 * em)
        if gap > max(2.2 * em, 2.0 * usual + em):
            break
        if _cellular(row):
            singles = 0
            last = end + 1
            steps.append(gap)
        elif len(row) == 1 and length(row[0]) < 40:
            # a cell's second line, a subheading between rows
            singles += 1
            if singles > 2:
                break
        else:
            break
        left = min(left, *(line.box.left for line in row))
        right = max(right, *(line.box.right for line in row))
        bottom = max(bottom, *(line.box.bottom for line in row))
        end += 1
    return last


def _proven(text_rows: Sequence[Sequence[Line]], columns: Sequence[float]) -> bool:
    """Whether rows with several parts have them in different columns, and at least two rows do."""
    several = [row for row in text_rows if len(row) > 1]
    proven = sum(1 for row in several if len({between(columns, line.box.middle) for line in row}) >= 2)
    return proven >= max(2, 0.7 * len(several))


def _aligned_table(run: Sequence[list[Line]], em: float) -> Region | None:
    """The table that a run of rows makes, None where its rows do not line up."""
    lines = [line for row in run for line in row]
    columns = separators(run, em)
    if not columns:
        return None
    several = [row for row in run if len(row) > 1]
    if len(several) < 2 or (len(columns) == 1 and len(several) < 3):
        return None
    if not _proven(run, columns):
        return None
    cells = cells_of(lines, columns, None)
    if not (_is_table(cells) and _is_even(cells)):
        return None
    height = 1 + max(cell.row for cell in cells)
    filled = sum(cell.column_span for cell in cells if cell.text)
    if filled < 0.4 * height * (len(columns) + 1):
        return None
    return _region(joined_signs(cells), lines)

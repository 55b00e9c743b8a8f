"""The tables between level rules of one length."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ....page import Box, Cell, Line
from ...measure import rows, within
from ..fields import by_band, numeric, pieces, words_of
from ..grid import cells_of, separators
from ..heads import heads_alone
from ..leaders import bare_length
from ..proof import is_even, proven
from ..prose import drift, reads_on
from .frames import Frame
from .grids import Grid, ruled_cells
from .row_rules import columns_between, rules_part_rows


__all__ = ["framed", "is_text", "running", "shaded_rows"]

Framed = tuple[tuple[Cell, ...], list[float], Box, list[Line]]
LABEL = 9  # letters
HEAD = 2.8  # times the font size: from the first rule up to a head above the first row, where rules stand below rows
SHADED = 2  # rows that are shaded, where others between them are not


def framed(frame: Frame, lines: Sequence[Line], em: float) -> list[Framed]:
    """The tables between level rulings of one length: cells, places between columns, box, and lines."""
    box, ys = frame.box, frame.ys
    inside = [
        line
        for line in lines
        if ys[0] < line.box.centre < ys[-1]
        and box.left - em < line.box.left
        and (line.box.right < box.right + em or (line.font is not None and line.box.across(box) > 0.7 * line.box.width))
    ]
    bands = by_band(inside, ys)
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
            first = end == start and len(bands) > 1 and not any(bare_length(line) > 60 for line in bands[end])
            text = ys[end + 1] - ys[end] > 6 * em and is_text(bands[end], em)
            if not thin and (text or not (bands[end] and (_tabular(bands[end], em) or single or first))):
                break
            end += 1
        members = _without_heading([line for band in bands[start:end] for line in band])
        text_rows = rows(members)
        if (
            members
            and len(text_rows) >= 2
            and not running(text_rows)
            and any(_tabular(band, em) for band in bands[start:end])
        ):
            part = Box(box.left, ys[start], box.right, ys[end])
            columns = _columns(text_rows, part, lines, em)
            if columns and proven(text_rows, columns, 0.3 if end - start > 1 else 0.7):
                inner = [y for y, band in zip(ys[start + 1 : end], bands[start:], strict=False) if band]
                cells = _ruled_off(part, inner, frame, columns, members, text_rows, em)
                if is_even(cells):
                    out.append((cells, columns, part, members))
        start = max(end, start + 1)
    return out


def shaded_rows(frame: Frame, fields: Sequence[Grid], lines: Sequence[Line], em: float) -> Framed | None:
    """The table every second row of which is shaded; the last one, which is not, stands below all edges."""
    box = frame.box
    boxes = [field for field in fields if field.box.share(box) > 0.9]
    if len(boxes) < SHADED or any(field.box.width < 0.9 * box.width for field in boxes):
        return None
    if any(len(field.ys) > 2 for field in sorted(boxes, key=lambda field: field.box.top)[1:]):
        return None  # the first one holds the head, too
    beside = within(lines, box, em)
    inside = [line for line in beside if frame.ys[0] < line.box.centre < frame.ys[-1]]
    ys = frame.ys
    if any(abs(field.box.bottom - ys[-1]) < em for field in boxes):
        end = _open_end(ys[-1], columns_between(by_band(inside, ys), em), beside, em)
        ys = (*ys, end) if end > ys[-1] else ys
    inside = [line for line in beside if ys[0] < line.box.centre < ys[-1]]
    found = _rows_of_rules(evolve(frame, ys=ys), by_band(inside, ys), 0, em)
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
    while end < len(bands) and bands[end]:
        end += 1
    if not (columns := columns_between(bands[start:end], em)):
        return None
    box = Box(frame.box.left, frame.ys[start], frame.box.right, frame.ys[end])
    members = [line for band in bands[start:end] for line in band]
    if not rules_part_rows(bands[start:end], columns, box.right):
        return None
    cells = _ruled_off(box, frame.ys[start + 1 : end], frame, columns, members, rows(members), em)
    return ((cells, columns, box, members), end) if is_even(cells) else None


def _columns(text_rows: Sequence[list[Line]], box: Box, lines: Sequence[Line], em: float) -> list[float]:
    """The places between columns of *text_rows*, in *box*; the header above it and the sums below show them, too."""
    columns = separators(text_rows, em)
    near = [
        line
        for line in within(lines, box, em)
        if (-0.4 * em < box.top - line.box.bottom < HEAD * em or -0.4 * em < line.box.top - box.bottom < 1.4 * em)
    ]
    around = [row for row in rows(near) if sum(len(words_of(line)) for line in row) > 2]
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
    frame: Frame,
    columns: Sequence[float],
    lines: Sequence[Line],
    text_rows: Sequence[Sequence[Line]],
    em: float,
) -> tuple[Cell, ...]:
    """
    The cells of a table that level lines divide: its rows, if there are as many lines, or only header and totals.

    Args:
        inner: The y of lines of full width inside *box*.

        frame: Its shorter lines leave out cells of several rows or run below headings of several columns.
    """
    shorter = [each for each in frame.partial if box.top < each.centre < box.bottom]
    places = [*inner, *(each.centre for each in shorter if each.width > 0.4 * box.width)]
    count = len(set(map(round, places))) + 1
    every = count >= 0.7 * len(text_rows) or (len(inner) >= 4 and count >= 0.35 * len(text_rows))
    every = every or rules_part_rows(by_band(lines, [box.top, *inner, box.bottom]), columns, box.right)
    if every and any(not inner or each.centre > inner[0] + 0.5 * em for each in shorter):  # others stand below heads
        ys = sorted({*map(round, places)})
        level = [*shorter, *(Box(box.left, y, box.right, y) for y in inner)]
        upright = [Box(x, box.top, x, box.bottom) for x in columns]
        grid = Grid(
            box, (box.left, *columns, box.right), (box.top, *map(float, ys), box.bottom), tuple(level), tuple(upright)
        )
        return tuple(evolve(cell, header=cell.row == 0) for cell in ruled_cells(grid, lines, em))
    rules = [*shorter, *frame.upright]
    header = None if every else _foot_of_heads(inner, lines)
    return cells_of(lines, columns, inner if every else None, header_bottom=header, right=box.right, rules=rules)


def _foot_of_heads(inner: Sequence[float], lines: Sequence[Line]) -> float | None:
    """
    The first of the rules at *inner*, or the last above which there is no number, where there are some below.

    None where several rows above the first hold numbers: it is that of a sum.
    """
    first = rows(line for line in lines if inner and line.box.centre < inner[0])
    if sum(1 for row in first if len(row) > 1 and not heads_alone(row)) > 1:
        return None
    heads = [y for y in inner if heads_alone(line for line in lines if line.box.centre < y)]
    return heads[-1] if heads and not heads_alone(lines) else next(iter(inner), None)


def _is_row(lines: Sequence[Line], height: float, em: float) -> bool:
    """Whether *lines* between two rulings are a row most of whose cells are empty, or the heading of those below."""
    return height < 3.5 * em and all(bare_length(line) < 40 for line in lines)


def _tabular(lines: Sequence[Line], em: float) -> bool:
    """Whether most rows of *lines* have several parts."""
    text_rows = rows(lines)
    several = sum(1 for row in text_rows if len(row) > 1)
    return bool(text_rows) and (several >= 0.4 * len(text_rows) or max(map(len, text_rows)) >= 3)


def is_text(lines: Sequence[Line], em: float) -> bool:
    """Whether *lines* are running text beside something else, or columns that keep to distances of their own."""
    text_rows = rows(lines)
    if running(text_rows) or reads_on(lines):
        return True
    # but for long names beside numbers, or labels and what they name
    named = sum(1 for line in lines if numeric(line.text) or bare_length(line) <= LABEL)
    return 2 * named <= len(lines) and any(
        drift(
            [line.box.bottom for line in lines if line.box.right <= place + em],
            [line.box.bottom for line in lines if line.box.left >= place - em],
            em,
        )
        for place in separators(text_rows, em)
    )


def running(text_rows: Sequence[Sequence[Line]]) -> bool:
    """Whether much of a would-be table is long lines one below the other: running text beside something else."""
    chars = sum(bare_length(line) for row in text_rows for line in row)
    long = 0
    for row in text_rows:
        counts = [bare_length(line) for line in row]
        beside = sum(1 for count in counts if count > 34) > 1  # two columns of text
        long += sum(count for count in counts if count > 55 or (beside and count > 34))
    return long > 0.5 * chars

"""
Builds the cells of one table from the lines inside it.

The columns come from drawn rulings where there are any, otherwise from the gaps that the words of most rows leave
free; the rows likewise. What crosses a boundary between columns spans them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..page import Box, Cell, Line, Word, union
from .join import glue
from .measure import ems, median, rows


__all__ = ["between", "cells_of", "numeric", "row_cells", "separators", "words_of"]


def words_of(line: Line) -> list[Word]:
    """The words of *line*; the whole of it as one where the source gives no boxes of words."""
    return list(line.words) or [Word(line.text, line.box, line.confidence)]


BIN = 0.25  # of the font size: how finely places between columns are looked for
SURPLUS = 1.5  # rows that keep a gap free for each row that crosses it


def separators(text_rows: Sequence[Sequence[Line]], em: float) -> list[float]:
    """
    Return where the columns of a table part: x positions that rows with words on both sides leave free.

    A gap counts by how many rows show it; rows that cross it (headings over several columns, totals) count against
    it. The strongest gap is taken first, and another only if a column with words of its own remains between them.

    Args:
        em: The table's font size in pixels.
    """
    runs = [_runs(row, em) for row in text_rows]
    several = [row for row in runs if len(row) > 1]
    if len(several) < 2:
        return []
    start = min(row[0][0] for row in several)
    step = BIN * em
    width = int((max(row[-1][1] for row in several) - start) / step) + 2
    if width > 20_000:
        return []
    shown, crossed = [0] * width, [0] * width
    for row in several:
        for left, right in row:
            for place in range(int((left - start) / step) + 1, int((right - start) / step)):
                crossed[place] += 1
        for (_, left), (right, _) in pairwise(row):
            for place in range(int((left - start) / step) + 1, int((right - start) / step) + 1):
                shown[place] += 1
    least = max(2, len(several) // 8)
    scores = [
        (support - SURPLUS * against, place)
        for place, (support, against) in enumerate(zip(shown, crossed, strict=True))
        if support >= least and support > SURPLUS * against
    ]
    scores.sort(key=lambda pair: (-pair[0], pair[1]))
    middles = [[(left + right) / 2 for left, right in row] for row in several]
    chosen: list[float] = []
    for score, place in scores:
        x = start + (place + 0.5) * step
        if chosen and min(abs(x - other) for other in chosen) < em:
            continue
        before = max((other for other in chosen if other < x), default=float("-inf"))
        after = min((other for other in chosen if other > x), default=float("inf"))
        own = sum(1 for row in middles if any(before < middle < x for middle in row))
        next_to = sum(1 for row in middles if any(x < middle < after for middle in row))
        if min(own, next_to) >= least:
            # the middle of the stretch that is as free as this place
            end = place
            while end + 1 < width and shown[end + 1] - SURPLUS * crossed[end + 1] >= score:
                end += 1
            chosen.append(start + (place + end + 1) / 2 * step)
    return sorted(chosen)


def _runs(row: Sequence[Line], em: float) -> list[tuple[float, float]]:
    """The stretches of a row that its words cover, narrow gaps between words filled."""
    out: list[tuple[float, float]] = []
    for line in row:
        for word in words_of(line):
            left, right = word.box.left, word.box.right
            # The gap between two words of a phrase is no place for a column to end.
            if out and left - out[-1][1] < 0.55 * em:
                out[-1] = (out[-1][0], max(out[-1][1], right))
            else:
                out.append((left, right))
    return out


def between(places: Sequence[float], value: float) -> int:
    """How many of the ascending *places* lie before *value*: the number of its column or row."""
    count = 0
    for place in places:
        if value < place:
            break
        count += 1
    return count


def cells_of(
    lines: Sequence[Line],
    columns: Sequence[float],
    bands: Sequence[float] | None,
    *,
    header_bottom: float | None = None,
) -> tuple[Cell, ...]:
    """
    Return the cells of a table.

    Args:
        lines: Everything printed inside it.

        columns: x positions between columns, ascending.

        bands: y positions between rows, ascending; None finds the rows from the lines.

        header_bottom: Cells above it are headers; None: those of the first row.
    """
    text_rows = rows(lines)
    if bands is None:
        groups = _logical(text_rows, columns, header_bottom)
    else:
        byband: dict[int, list[list[Line]]] = {}
        for row in text_rows:
            # Lines of one text row may belong to different bands where cells are centred in their height.
            parts: dict[int, list[Line]] = {}
            for line in row:
                parts.setdefault(between(bands, line.box.centre), []).append(line)
            for band, members in parts.items():
                byband.setdefault(band, []).append(members)
        groups = [byband[band] for band in sorted(byband)]
    cells: list[Cell] = []
    for number, group in enumerate(groups):
        cells.extend(row_cells(group, number, columns))
    return _headed(cells, header_bottom)


def row_cells(group: Sequence[Sequence[Line]], number: int, columns: Sequence[float]) -> list[Cell]:
    """The cells of one row of a table, which has one or more rows of text."""
    pieces: list[tuple[int, int, str, Box, list[Word]]] = []
    for row in group:
        for line in row:
            for first, last, words in _pieces(line, columns):
                text = " ".join(word.text for word in words) if line.words else line.text
                if len(words) == len(line.words) or not line.words:
                    text = line.text
                box = union([word.box for word in words])
                pieces.append((first, last, text, box, words))
    merged: list[tuple[int, int, str, Box, list[Word]]] = []
    for first, last, text, box, words in pieces:
        for index, (start, end, so_far, old, said) in enumerate(merged):
            if first <= end and last >= start:
                merged[index] = (min(first, start), max(last, end), glue(so_far, text), union([old, box]), said + words)
                break
        else:
            merged.append((first, last, text, box, list(words)))
    merged.sort(key=lambda piece: piece[0])
    return [
        Cell(text=text, row=number, column=first, column_span=last - first + 1, box=box, words=tuple(words))
        for first, last, text, box, words in merged
    ]


def _pieces(line: Line, columns: Sequence[float]) -> list[tuple[int, int, list[Word]]]:
    """Cut *line* where a column ends between two of its words; a word across the boundary spans it."""
    out: list[tuple[int, int, list[Word]]] = []
    em = ems(line)
    for word in words_of(line):
        inset = min(0.25 * em, word.box.width / 4)
        first, last = between(columns, word.box.left + inset), between(columns, word.box.right - inset)
        if last > first and len(word.text) <= 3:
            first = last = between(columns, word.box.middle)
        if out:
            start, end, words = out[-1]
            # Words set as closely as in a phrase stay together: they span the columns.
            close = word.box.left - words[-1].box.right < 0.55 * em
            if first <= end or close:
                out[-1] = (min(start, first), max(end, last), [*words, word])
                continue
        out.append((first, last, [word]))
    return out


def _logical(
    text_rows: Sequence[list[Line]], columns: Sequence[float], header_bottom: float | None
) -> list[list[list[Line]]]:
    """
    Put rows of text that belong to one row of the table together.

    A row goes on with the one above if it stands close, each of its parts lies under a part that fills its column
    (so that it had to wrap), and nothing in it is a number; where the distances between rows fall into two kinds,
    near rows that leave columns empty are lines of one cell. In the header, which ends at *header_bottom* or at the
    first numbers, each part need only lie under one of its own.
    """
    if not text_rows:
        return []
    tops = [median([line.box.top for line in row]) for row in text_rows]
    bottoms = [median([line.box.bottom for line in row]) for row in text_rows]
    gaps = [top - bottom for bottom, top in zip(bottoms, tops[1:], strict=False)]
    em = median([ems(line) for row in text_rows for line in row], 10.0)
    places = [{between(columns, line.box.middle): line for line in row} for row in text_rows]
    limit = _parting(gaps, em)
    none = len(text_rows)
    first = next((index for index, row in enumerate(text_rows) if any(numeric(line.text) for line in row)), none)
    if header_bottom is not None:
        first = min(
            first, sum(1 for top, bottom in zip(tops, bottoms, strict=True) if top + bottom < 2 * header_bottom)
        )
    elif first == none:
        first = 1  # nothing tells where the header ends
    widths = _widths(text_rows, columns)
    groups: list[list[list[Line]]] = [[text_rows[0]]]
    last: dict[int, Line] = dict(places[0])
    for index in range(1, len(text_rows)):
        gap, here = gaps[index - 1], places[index]
        joined = gap < 0.7 * em and not any(numeric(line.text) for line in text_rows[index])
        if joined and index < first and len(columns) > 1:
            joined = 0 not in here or 0 in last
            joined = joined and all(column in last and _under(line, last[column]) for column, line in here.items())
        elif joined:
            joined = all(
                column in last
                and last[column].box.width > 0.6 * widths.get(column, 0.0)
                and not numeric(last[column].text)
                for column in here
            ) and (0 not in here or len(here) < len(last) or len(here) == 1)
        if not joined and limit is not None and gap < limit:
            joined = set(here) < set(last) and 0 not in here
        if joined:
            groups[-1].append(text_rows[index])
            last.update(here)
        else:
            groups.append([text_rows[index]])
            last = dict(here)
    return groups


def _under(line: Line, above: Line) -> bool:
    """Whether *line* stands under *above* as a second line of the same cell does, rather than as one part of it."""
    return (
        line.box.across(above.box) > 0.5 * min(line.box.width, above.box.width)
        and line.box.width > 0.25 * above.box.width
    )


def _widths(text_rows: Sequence[Sequence[Line]], columns: Sequence[float]) -> dict[int, float]:
    """How wide the widest text in each column is that does not span columns."""
    out: dict[int, float] = {}
    for row in text_rows:
        for line in row:
            column = between(columns, line.box.left)
            if column == between(columns, line.box.right):
                out[column] = max(out.get(column, 0.0), line.box.width)
    return out


def _parting(gaps: Sequence[float], em: float) -> float | None:
    """The distance between rows of a table that tells them from lines of one cell, if there are two kinds."""
    ordered = sorted(gaps)
    best, place = 0.0, None
    for index, (low, high) in enumerate(pairwise(ordered)):
        if high - low > best and index + 1 >= len(ordered) * 0.15 and len(ordered) - index - 1 >= len(ordered) * 0.25:
            best, place = high - low, (low + high) / 2
    return place if best > 0.3 * em else None


def numeric(text: str) -> bool:
    """Whether most of *text* is digits and what stands with them."""
    marks = sum(1 for letter in text if letter.isdigit() or letter in "%$€£.,()-–+")
    return marks * 2 > len(text.replace(" ", ""))


def _headed(cells: list[Cell], header_bottom: float | None) -> tuple[Cell, ...]:
    """Mark the header's cells: those above *header_bottom*, or those of the first row."""
    out: list[Cell] = []
    for cell in cells:
        if cell.row == 0 if header_bottom is None else cell.box is not None and cell.box.centre < header_bottom:
            cell = Cell(cell.text, cell.row, cell.column, cell.row_span, cell.column_span, True, cell.box, cell.words)
        out.append(cell)
    return tuple(out)

"""
Builds the cells of one table from the lines inside it.

The columns come from drawn rulings where there are any, otherwise from the gaps that the words of most rows leave
free; the rows likewise. What crosses a boundary between columns spans them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from attrs import evolve

from ...page import Box, Cell, Line
from ..measure import all_bolder, ems, median, recognised, rows, whites
from .evidence import are_rows, rooms
from .fields import between, cell_of, leads, pieces, spacing, words_of
from .heads import counted, extents, stacked
from .wrapping import parts, table_rows, together


__all__ = ["cells_of", "row_cells", "separators"]


BIN = 0.125  # of the font size: how finely places between columns are looked for
AMOUNT = re.compile(r"\W{0,3}\d[\d.,'’\s]*[.,]\d\d\W{0,2}")  # of money, with a sign or that of a currency
OFF = 0.1  # of the font size
SUM = 2  # parts: its name and an amount
SURPLUS = 1.5  # rows that keep a gap free for each row that crosses it


def separators(text_rows: Sequence[Sequence[Line]], em: float) -> list[float]:
    """
    Return where the columns of a table part: x positions that rows with words on both sides leave free.

    A gap counts by how many rows show it; rows that cross it (headings over several columns, totals) count against
    it. The strongest gap is taken first, and another only if a column with words of its own remains between them.

    Args:
        em: The table's font size in pixels.
    """
    text_rows = together(text_rows)
    above_sums = _above_sums(text_rows)
    runs = list(map(_runs, text_rows))
    several = [row for row in runs if len(row) > 1]
    if len(several) < 2:
        return []
    start = min(row[0][0] for row in several)
    step = BIN * em
    width = int((max(row[-1][1] for row in several) - start) / step) + 2
    if width > 20_000:
        return []

    def at(x: float) -> int:
        return int((x - start) / step)

    covered = (stretch for row in runs[:above_sums] if len(row) > 1 for stretch in row)
    gaps = ((left, right) for row in several for (_, left), (right, _) in pairwise(row))
    crossed = _counts(((at(left) + 1, at(right)) for left, right in covered), width)
    shown = _counts(((at(left) + 1, at(right) + 1) for left, right in gaps), width)
    least = max(2, len(several) // 8)
    scores = [
        (support - SURPLUS * against, place)
        for place, (support, against) in enumerate(zip(shown, crossed, strict=True))
        if support >= least and support > SURPLUS * against
    ]
    scores.sort(key=lambda pair: (-pair[0], pair[1]))
    stretches = [(sorted(left for left, _ in row), sorted(right for _, right in row)) for row in several]
    chosen: list[float] = []
    for score, place in scores:
        x = start + (place + 0.5) * step
        if chosen and min(abs(x - other) for other in chosen) < em:
            continue
        # the middle of the stretch that is as free as this place
        end = place
        while end + 1 < width and shown[end + 1] - SURPLUS * crossed[end + 1] >= score:
            end += 1
        middle = start + (place + end + 1) / 2 * step
        if all(abs(middle - other) >= em for other in chosen) and _parts_words(stretches, chosen, middle, least):
            chosen.append(middle)
    return sorted(chosen)


def _counts(ranges: Iterable[tuple[int, int]], length: int) -> list[int]:
    """Return for each place below *length* how many of *ranges* hold it."""
    steps = [0] * (length + 1)
    for start, end in ranges:
        if start < end:
            steps[start] += 1
            steps[end] -= 1
    return list(accumulate(steps[:-1]))


def _above_sums(text_rows: Sequence[Sequence[Line]]) -> int:
    """Return how many of *text_rows* stand above sums at their foot, whose names stand below any columns."""
    names = [row[0].box.right for row in text_rows if len(row) > SUM]
    end = len(text_rows)
    while len(names) > 1 and _is_sum(text_rows[end - 1], max(names)):
        end -= 1
    return end


def _is_sum(row: Sequence[Line], left: float) -> bool:
    """Whether *row* is a name right of *left* and an amount of money."""
    return len(row) == SUM and row[0].box.left > left and AMOUNT.fullmatch(row[1].text) is not None


Stretches = tuple[list[float], list[float]]
"""Where the stretches of a row that words cover begin, and where they end, ascending."""


def _parts_words(text_rows: Sequence[Stretches], chosen: Sequence[float], x: float, least: int) -> bool:
    """
    Whether *least* rows have words between *x* and the place chosen before it, and as many up to the next one.

    What crosses *x* stands on neither side: of numbers that end flush, the longer ones begin no column of their own.
    """
    before = max((other for other in chosen if other < x), default=float("-inf"))
    after = min((other for other in chosen if other > x), default=float("inf"))
    left = right = 0
    for lefts, rights in text_rows:
        last, first = bisect_right(rights, x) - 1, bisect_left(lefts, x)
        left += last >= 0 and lefts[last] + rights[last] > 2 * before
        right += first < len(lefts) and lefts[first] + rights[first] < 2 * after
        if left >= least and right >= least:
            return True
    return False


def _runs(row: Sequence[Line]) -> list[tuple[float, float]]:
    """The stretches of a row that its words cover, narrow gaps between words filled."""
    out: list[tuple[float, float]] = []
    for line in row:
        every, space = words_of(line), spacing(line) * ems(line)
        whole = recognised(line)  # lines of a text layer that stand together were parted for a reason
        for index, word in enumerate(every):
            left, right = word.box.left, word.box.right
            # The gap between two words of a phrase is no place for a column to end.
            if out and (left - out[-1][1] < (space if whole or index else 0.0) or leads(every, index)):
                out[-1] = (out[-1][0], max(out[-1][1], right))
            else:
                out.append((left, right))
    return out


def cells_of(
    lines: Sequence[Line],
    columns: Sequence[float],
    bands: Sequence[float] | None,
    *,
    header_bottom: float | None = None,
    right: float | None = None,
    rules: Sequence[Box] = (),
) -> tuple[Cell, ...]:
    """
    Return the cells of a table.

    Args:
        lines: Everything printed inside it.

        columns: x positions between columns, ascending.

        bands: y positions between rows, ascending; None finds the rows from the lines.

        header_bottom: Cells above it are headers; None: those of the first row.

        right: Where the table ends, if rulings show it.

        rules: Level ones that are shorter than the table, and upright ones: such stand below and beside heads.
    """
    text_rows = rows(lines)
    across: list[tuple[int, list[Line]]] = []
    bottom = header_bottom if bands is None else bands[0] if bands else None
    heads, text_rows = _heads(text_rows, columns, bottom, rules)
    if bands is None:
        groups, across = table_rows(text_rows, columns, header_bottom, right)
    else:
        # Lines of one text row may belong to different bands where cells are centred in their height.
        byband: dict[int, dict[int, list[Line]]] = {}
        for number, row in enumerate(text_rows):
            for line in row:
                byband.setdefault(between(bands, line.box.centre), {}).setdefault(number, []).append(line)
        room = rooms([parts(row, columns) for row in text_rows], right)
        groups = [group for band in sorted(byband) for group in _as_rows([*byband[band].values()], columns, room)]
    cells: list[Cell] = []
    for number, group in enumerate(groups):
        cells.extend(row_cells(group, number, columns))
    for number, row in across:
        cells.extend(evolve(cell, row_span=2) for cell in row_cells([row], number, columns))
    if heads:
        height = max(cell.row + cell.row_span for cell in heads)
        cells = [*heads, *(evolve(cell, row=cell.row + height) for cell in cells)]
    return _headed(sorted(cells, key=lambda cell: (cell.row, cell.column)), header_bottom)


def _heads(
    text_rows: list[list[Line]], columns: Sequence[float], bottom: float | None, rules: Sequence[Box]
) -> tuple[list[Cell], list[list[Line]]]:
    """
    The heads of a table, if they have several lines, and the rows of text below them.

    Args:
        bottom: Where they end, if a rule shows it.
    """
    places = [parts(row, columns) for row in text_rows]
    above = sum(1 for row in text_rows if bottom is not None and median([line.box.centre for line in row]) < bottom)
    count = counted(places, columns, above)
    if count < 2:
        return [], text_rows
    *own, first = text_rows[: count + 1]
    told = above > 0 or all_bolder([line for row in own for line in row], first)
    begin = [line.text[:1] for row in own[1:] for line in row]
    if len(columns) < 2 and not told and any(letter.isalpha() and not letter.islower() for letter in begin):
        return [], text_rows  # names and their values, the first of which are words
    *gaps, last = whites([*own, first])
    stands_off = last > max(gaps) + OFF * median([ems(line) for line in own[0]])
    heads = stacked(own, columns, extents(places[count:], columns), rules, ruled=told or stands_off)
    return heads, text_rows[count:]


def _as_rows(band: list[list[Line]], columns: Sequence[float], room: Mapping[int, float]) -> list[list[list[Line]]]:
    """The rows of text in one *band* of a table: each a row of it, or all of them one but for stacked amounts."""
    places = [parts(row, columns) for row in band]
    return [[row] for row in band] if are_rows(places, room) else _parted_band(band, places)


def _parted_band(band: list[list[Line]], places: Sequence[Mapping[int, Line]]) -> list[list[list[Line]]]:
    """Return *band* parted where an amount, such as one carried forward, would stand on an amount in one cell."""
    out: list[list[list[Line]]] = []
    held: set[int] = set()
    for row, place in zip(band, places, strict=True):
        amounts = {column for column, line in place.items() if AMOUNT.fullmatch(line.text)} if len(place) > 1 else set()
        if not out or amounts & held:
            out.append([])
            held = set()
        out[-1].append(row)
        held |= amounts
    return out


def row_cells(group: Sequence[Sequence[Line]], number: int, columns: Sequence[float]) -> list[Cell]:
    """The cells of one row of a table, which has one or more rows of text."""
    found: list[tuple[int, int, Line]] = []
    for row in group:
        found.extend(piece for line in row for piece in pieces(line, columns))
        _clip(found)
    merged: list[tuple[int, int, list[Line]]] = []
    for first, last, line in found:
        for index, (start, end, own) in enumerate(merged):
            if first <= end and last >= start:
                merged[index] = (min(first, start), max(last, end), [*own, line])
                break
        else:
            merged.append((first, last, [line]))
    merged.sort(key=lambda piece: piece[0])
    return [cell_of(own, number, first, column_span=last - first + 1) for first, last, own in merged]


def _clip(found: list[tuple[int, int, Line]]) -> None:
    """Let what runs over an edge of its column span no column that something right or left of it stands in."""
    for index, (first, last, line) in enumerate(found):
        for start, end, other in found:
            if first < start <= last and line.box.right <= other.box.left:
                last = start - 1
            elif first <= end < last and other.box.right <= line.box.left:
                first = end + 1
        found[index] = (first, last, line)


def _headed(cells: list[Cell], header_bottom: float | None) -> tuple[Cell, ...]:
    """Mark the header's cells: those above *header_bottom*, or those of the first row."""
    out: list[Cell] = []
    for cell in cells:
        if cell.row == 0 if header_bottom is None else cell.box is not None and cell.box.centre < header_bottom:
            cell = evolve(cell, header=True)
        out.append(cell)
    return tuple(out)

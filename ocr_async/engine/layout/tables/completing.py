"""
Completes tables that were found by their body: the header above it, and columns that belong together.

Rulings and alignment show the body of a table best. Its header often stands above the first ruling, with cells that
span columns; and the currency signs of an amount may stand in a column of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from itertools import accumulate

from attrs import evolve

from ...page import Box, Cell, Line, union
from ..measure import digits_in, ems, length, rows, within
from .fields import between, is_mark, labelled, numeric
from .grid import row_cells
from .heads import holds_values, reaches, stacked
from .leaders import bare_length


__all__ = ["CURRENCIES", "LARGE", "disjoint", "joined_signs", "with_header", "with_totals"]

MOST_HEADER_ROWS = 5
LARGE = 1.45  # times the size of what stands beside it: a heading, no cell
STACKED = 0.5  # times the font size: lines of heads stand closer


def with_header(
    cells: tuple[Cell, ...],
    box: Box,
    columns: Sequence[float],
    lines: Sequence[Line],
    em: float,
    rules: Sequence[Box] = (),
) -> tuple[tuple[Cell, ...], list[Line]]:
    """
    Return *cells* with the header rows that stand right above *box*, and the lines those took.

    Args:
        columns: x positions between the table's columns.

        lines: What no other region holds.

        rules: Level ones, some of which may stand below heads.
    """
    above = [line for line in within(lines, box, em) if box.top - 14 * em < line.box.bottom < box.top + 0.4 * em]
    if not above or _is_headed(cells):  # what stands above it is another table, or an address
        return cells, []
    taken: list[list[Line]] = []
    pending: list[list[Line]] = []
    edge = box.top
    headed = False
    group: list[Line] = []
    for row in reversed(rows(above)):
        top = min(line.box.top for line in row)
        bottom = max(line.box.bottom for line in row)
        if edge - bottom > 1.4 * em or len(taken) + len(pending) >= MOST_HEADER_ROWS:
            break
        # over a head of each column stand heads of several, or more of these, but no names of rows
        if headed and edge - bottom > STACKED * em and any(between(columns, line.box.middle) == 0 for line in row):
            break
        if any(length(line) > 40 for line in row) or labelled([line.text for line in row]):
            break  # running text across the page, or details
        places = [between(columns, line.box.middle) for line in row]
        if group and not all(line.bold for line in row[1:]):
            break
        if len(set(places)) > 1:
            taken.extend([*pending, row])
            pending = []
            headed = headed or (len(set(places)) > len(columns) and not any(numeric(line.text) for line in row))
        elif len(row) == 1 and row[0].box.left > (columns[0] if columns else box.left) - em:
            # a heading over several columns, a unit: only together with a row of several parts, or among numbers
            pending.append(row)
        elif len(row) == 1 and not (taken or pending or group):
            group = row  # of the first rows
        else:
            break
        edge = top
    if pending and taken:
        taken.extend(pending)
    if not taken:
        return cells, []
    taken.reverse()
    header: list[Cell] = []
    if len(taken) > 1 and not any(map(holds_values, taken)):
        header = stacked(taken, columns, reaches(cells), rules)
    else:
        for number, row in enumerate(taken):
            header.extend(evolve(cell, header=True) for cell in row_cells([row], number, columns))
    height = max(cell.row + cell.row_span for cell in header)
    if group:
        header.extend(row_cells([group], height, columns))
        height += 1
    # Where the body was found without a header, its first row was taken for one.
    body = [evolve(cell, row=cell.row + height, header=False) for cell in cells]
    return (*header, *body), [line for row in (*taken, group) for line in row]


def _is_headed(cells: Sequence[Cell]) -> bool:
    """Whether the first row of *cells* is a head, as it has words over all columns and numbers stand below."""
    held = [cell for cell in cells if cell.text.strip()]
    filled = Counter(cell.row for cell in held)
    below = {column: [cell.text for cell in held if cell.column == column and cell.row] for column in range(filled[0])}
    return (
        2 < filled[0] == max(filled.values())
        and not any(numeric(cell.text) for cell in held if cell.row == 0)
        and any(texts and all(map(numeric, texts)) for texts in below.values())
    )


def with_totals(
    cells: tuple[Cell, ...], box: Box, columns: Sequence[float], lines: Sequence[Line], em: float
) -> tuple[tuple[Cell, ...], list[Line]]:
    """
    Return *cells* with the rows that stand right below the last ruling, and the lines those took.

    They are sums, or the last group of rows with its name.
    """
    below = [line for line in within(lines, box, em) if -0.4 * em < line.box.top - box.bottom < 8 * em]
    taken: list[Line] = []
    out = list(cells)
    number = max(cell.row + cell.row_span for cell in cells)
    edge = box.bottom
    name: list[Line] = []
    for row in rows(below):
        places = {between(columns, line.box.middle) for line in row}
        gap = min(line.box.top for line in row) - edge
        if not name and gap < em and _names_group(row, out, columns):
            name = row
            edge = row[0].box.bottom
            continue
        if gap > 2.2 * em or len(places) < 2 or any(bare_length(line) > 40 or ems(line) > LARGE * em for line in row):
            break
        if not _flush(row, out, columns) and (
            gap > 1.3 * em or not numeric(row[-1].text) or _below_words(row[-1], out, columns)
        ):
            break
        for own in (name, row) if name else (row,):
            out.extend(row_cells([own], number, _edges(own, out, columns)))
            taken.extend(own)
            number += 1
        name = []
        edge = max(line.box.bottom for line in row)
    return tuple(out), taken


def _flush(row: Sequence[Line], cells: Sequence[Cell], columns: Sequence[float]) -> bool:
    """
    Whether *row* is set as the rows of a table are: its last part begins, or a sum ends, where two cells do.

    What a table does not hold may begin where a column does.
    """
    line = row[-1]
    column = between(columns, line.box.middle)
    boxes = [cell.box for cell in cells if cell.column == column and cell.box is not None and cell.text]
    if numeric(line.text):
        return sum(1 for box in boxes if abs(box.right - line.box.right) < FLUSH) > 1
    begins = sum(1 for box in boxes if abs(box.left - line.box.left) < FLUSH)
    return begins > 1 and not numeric(row[0].text)


def _edges(row: Sequence[Line], cells: Sequence[Cell], columns: Sequence[float]) -> Sequence[float]:
    """Return *columns*, those that the sum at the end of *row* reaches over moved to where it begins."""
    box = row[-1].box
    column = between(columns, box.right - FLUSH)
    ends = (abs(cell.box.right - box.right) for cell in cells if cell.column == column and cell.box and cell.text)
    if len(row) < 2 or sum(1 for end in ends if end < FLUSH) < 2:
        return columns
    if sum(numeric(word.text) for word in row[-1].words) > 1:
        return columns  # the parser joined several
    return [min(edge, (row[-2].box.right + box.left) / 2) if edge < box.right - FLUSH else edge for edge in columns]


def _names_group(row: Sequence[Line], cells: Sequence[Cell], columns: Sequence[float]) -> bool:
    """Whether *row* is a name alone, as others in the first column are that head rows of *cells*."""
    line = row[0]
    if len(row) > 1 or between(columns, line.box.right):
        return False
    filled = Counter(cell.row for cell in cells if cell.text)
    return any(
        cell.column == 0
        and filled[cell.row] == 1
        and cell.box is not None
        and abs(cell.box.left - line.box.left) < FLUSH
        and abs(cell.box.height - line.box.height) < FLUSH
        for cell in cells
        if cell.text
    )


def _below_words(line: Line, cells: Sequence[Cell], columns: Sequence[float]) -> bool:
    """Whether *line* stands in a column of words alone, as no sum does."""
    column = between(columns, line.box.middle)
    return not any(numeric(cell.text) for cell in cells if cell.column == column and not cell.header)


FLUSH = 1.5  # points

CURRENCIES = frozenset("$€£¥₹") | {"US$", "USD", "EUR", "RM", "CHF"}
SIGNS = CURRENCIES | {"%", ")", "*", "#", "//"}  # those before comments in code, and numbers, among them
TRAILING = frozenset({"%", ")", "*", ")%"})


def joined_signs(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return *cells*, columns of nothing but signs, as of currencies, joined with their own, and none that is empty."""
    width = max((cell.column + cell.column_span for cell in cells), default=0)
    for column in range(width - 1, -1, -1):
        own = [cell for cell in cells if cell.column == column and cell.column_span == 1 and cell.text.strip()]
        body, texts = [cell for cell in own if not cell.header], {cell.text.strip() for cell in own}
        noted = bool(body) and body == own and all(is_mark(each) and each not in SIGNS for each in texts)
        if noted and any(digits_in(cell.text) for cell in cells if cell.column == column - 1):
            cells = _merged(cells, column - 1)
            continue
        if len(body) < 2 or not all(cell.text.strip() in SIGNS for cell in body):
            continue
        trailing = all(cell.text.strip() in TRAILING for cell in body)
        other = column - 1 if trailing else column + 1
        heads = {cell.row for cell in own if cell.header and cell.text.strip() not in SIGNS}  # over both columns
        if not 0 <= other < width or (heads and trailing):
            continue
        cells = _merged(cells, min(column, other))
    return _without_empty_rows(_without_empty_columns(cells))


def _without_empty_columns(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """
    Close up over columns in which no cell has text, such as the gaps between amounts that were ruled apart.

    What spans several columns gives none of them a text of its own, if another has one.
    """
    width = max((cell.column + cell.column_span for cell in cells), default=0)
    used = {cell.column for cell in cells if cell.text.strip() and cell.column_span == 1}
    for cell in cells:
        if cell.text.strip() and used.isdisjoint(range(cell.column, cell.column + cell.column_span)):
            used.add(cell.column)
    if len(used) == width:
        return cells
    place = _places(used, width)
    out: list[Cell] = []
    for cell in cells:
        start, end = place[cell.column], place[cell.column + cell.column_span]
        if cell.column in used or cell.text.strip():
            out.append(evolve(cell, column=start, column_span=max(1, end - start)))
    return tuple(out)


def _without_empty_rows(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Close up over rows in which no cell has text, such as the bands of shading that a row is drawn with."""
    height = max((cell.row + cell.row_span for cell in cells), default=0)
    used = {cell.row for cell in cells if cell.text.strip()}
    if len(used) == height:
        return cells
    place = _places(used, height)
    heads = {place[cell.row] for cell in cells if cell.header}
    out: list[Cell] = []
    for cell in cells:
        start, end = place[cell.row], place[cell.row + cell.row_span]
        if end > start:
            # the first row that says something is the head where an empty one was
            out.append(evolve(cell, row=start, row_span=end - start, header=cell.header or start in heads))
    return tuple(out)


def _places(used: Set[int], count: int) -> list[int]:
    """Return where each of *count* rows or columns goes, and where they end, when the *used* ones alone are left."""
    return list(accumulate((index in used for index in range(count)), initial=0))


def _merged(cells: Sequence[Cell], left: int) -> tuple[Cell, ...]:
    """Make one column of column *left* and the one after it."""
    out: list[Cell] = []
    for cell in cells:
        start, end = (place - (place > left) for place in (cell.column, cell.column + cell.column_span - 1))
        out.append(evolve(cell, column=start, column_span=end - start + 1))
    return disjoint(out)


def disjoint(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """*cells* so that no two hold the same field: what is drawn crookedly spans no further than it may."""
    owner: dict[tuple[int, int], int] = {}
    out: list[Cell] = []
    for cell in cells:
        fields = [(cell.row + y, cell.column + x) for y in range(cell.row_span) for x in range(cell.column_span)]
        if any(field in owner for field in fields):
            cell, fields = evolve(cell, row_span=1, column_span=1), fields[:1]
        if fields[0] in owner:
            index = owner[fields[0]]
            held = out[index]
            boxes = [each.box for each in (held, cell) if each.box is not None]
            out[index] = evolve(
                held,
                text=f"{held.text} {cell.text}".strip(),
                box=union(boxes) if boxes else None,
                words=(*held.words, *cell.words),
            )
            continue
        owner.update(dict.fromkeys(fields, len(out)))
        out.append(cell)
    return tuple(out)

"""
Finds tables in the open whose cells are sentences: below a row of heads, or beside names in bold.

Such columns look like those of a newspaper, and such names like notes in the margin, so they are looked for before the
page is divided into its own columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...page import Cell, Line, Region, Ruling
from ..measure import are_stacked, ems, length, median, rows, without
from .aligned import is_memorandum
from .anchors import anchored
from .completing import joined_signs
from .fields import Stretch, between, numeric, stretches, words_of
from .grid import cells_of
from .proof import is_even, region


__all__ = ["headed"]

COLUMNS = 3  # at least: two may be columns of text
LONGEST = 30  # letters of a head
GAP = 0.6  # times the font size, between columns
NEARER = 0.95  # times the gap between two heads that were cut
FAR = 3.0  # times the font size, from one row of text down to the next
ROWS = 3  # at least
LINES = 2  # of what is said of each name, on the average
FLUSH, NEAR = 0.1, 1.5  # times the font size: what begins at one place; from one line of such rows down to the next
OVER = 0.1  # times the font size: above a name, where its row begins
CLOSE = 0.36  # times the font size: lines of one head are no further apart
UNDER = 1.2  # times the font size: a rule below heads


def headed(lines: list[Line], rulings: Sequence[Ruling], em: float) -> tuple[list[Region], list[Line]]:
    """Return the tables in the open with cells of several lines, below heads or beside names in bold; and the rest."""
    found: list[Region] = []
    if are_stacked(lines):
        return found, lines
    text_rows = rows(lines)
    start = 0
    while start + 2 < len(text_rows):
        end, cells = start + 1, tuple[Cell, ...]()
        row, below = text_rows[start : start + 2]
        if _are_heads(row, below, rulings, em) and not (start and _goes_on(row, text_rows[start - 1])):
            end, cells = _below_heads(text_rows, start, em)
        elif _is_named(text_rows[start]):
            end, cells = _beside_names(text_rows, start, em)
        if is_even(cells):
            members = [line for row in text_rows[start:end] for line in row]
            found.append(region(joined_signs(cells), members))
            lines = without(lines, members)
            start = end
        else:
            start += 1
    return found, lines


def _are_heads(row: Sequence[Line], below: Sequence[Line], rulings: Sequence[Ruling], em: float) -> bool:
    """Whether *row* is short words in bold, as all *below* it are not, or above a rule."""
    if len(row) < COLUMNS or any(length(line) > LONGEST or numeric(line.text) for line in row):
        return False
    if all(line.bold for line in row) and not all(line.bold for line in below):
        return True
    left, right = row[0].box.left, row[-1].box.right
    bottom = median([line.box.bottom for line in row])
    return any(
        each.horizontal
        and -0.3 * em < each.box.centre - bottom < UNDER * em
        and each.box.left < left + em
        and each.box.right > right - em
        for each in rulings
    )


def _goes_on(row: Sequence[Line], above: Sequence[Line]) -> bool:
    """Whether *row* is the second line of heads, each below one that is *above*."""
    return (
        COLUMNS <= len(row) <= len(above)
        and min(line.box.top for line in row) - max(line.box.bottom for line in above) < CLOSE * ems(row[0])
        and all(any(line.box.across(other.box) > 0 for other in above) for line in row)
    )


def _is_named(row: Sequence[Line]) -> bool:
    """Whether *row* is a name in bold, and what is said of it beside."""
    return len(row) == 2 and bool(row[0].bold) and not row[1].bold and length(row[0]) <= LONGEST


def _beside_names(text_rows: Sequence[Sequence[Line]], start: int, em: float) -> tuple[int, tuple[Cell, ...]]:
    """Return where the rows end that go on with names in bold like that in row *start*; and their cells, if any."""
    names: list[Line] = []
    said = 0
    left, right = (line.box.left for line in text_rows[start])
    bottom = text_rows[start][0].box.bottom
    end = start
    for row in text_rows[start:]:
        flush = abs(row[-1].box.left - right) < FLUSH * em and min(line.box.top for line in row) - bottom < NEAR * em
        if not flush or (len(row) > 1 and not (_is_named(row) and abs(row[0].box.left - left) < FLUSH * em)):
            break
        if len(row) > 1:
            names.append(row[0])
        said += 1
        bottom, end = max(line.box.bottom for line in row), end + 1
    if len(names) < ROWS or not len(names) < said <= LINES * len(names) or is_memorandum(names):
        return start, ()
    tops = [line.box.top - OVER * em for line in names[1:]]
    members = [line for row in text_rows[start:end] for line in row]
    columns = [(max(line.box.right for line in names) + right) / 2]
    return end, cells_of(members, columns, tops)


def _below_heads(text_rows: Sequence[Sequence[Line]], start: int, em: float) -> tuple[int, tuple[Cell, ...]]:
    """Return where the rows end that leave the gaps free between the heads in row *start*; and their cells, if any."""
    size = median([ems(line) for line in text_rows[start]], em)
    # a parser may have joined two of the heads, and cut others that stand near
    least = min(
        [GAP * size, *(NEARER * (after.box.left - line.box.right) for line, after in pairwise(text_rows[start]))]
    )
    heads = stretches(_places(text_rows[start]), least)
    held: list[Stretch] = heads
    bottom = max(line.box.bottom for line in text_rows[start])
    end = start + 1
    while end < len(text_rows):
        row = text_rows[end]
        more = stretches([*held, *_places(row)], least)
        if len(more) < len(heads) or min(line.box.top for line in row) - bottom > FAR * size:
            break
        held, bottom, end = more, max(bottom, *(line.box.bottom for line in row)), end + 1
    columns = [(high + low) / 2 for (_, high), (low, _) in pairwise(held)]
    run = text_rows[start:end]
    bare = len(held) - len(heads)  # names may have no head
    if bare > 1 or [between(columns, (left + right) / 2) for left, right in heads] != list(range(bare, len(held))):
        return start, ()
    if len(run) < ROWS or anchored(run, columns) is None:
        return start, ()
    cells = cells_of([line for row in run for line in row], columns, None)
    said = {cell.column for cell in cells if cell.row and cell.text}
    return (end, cells) if len(said) == len(held) else (start, ())


def _places(row: Sequence[Line]) -> list[Stretch]:
    return [(word.box.left, word.box.right) for line in row for word in words_of(line)]

"""
Finds tables in the open whose cells are sentences: below a row of heads, cells of several lines fall into rows.

Such columns look like those of a newspaper, so they are looked for before the page is divided into its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...page import Line, Region, Ruling
from ..measure import ems, length, median, rows, without
from .anchors import anchored
from .completing import joined_signs
from .fields import Stretch, numeric, stretches, words_of
from .grid import cells_of
from .proof import is_even, is_table, region


__all__ = ["headed"]

COLUMNS = 3  # at least: two may be columns of text
LONGEST = 30  # letters of a head
GAP = 0.6  # times the font size, between columns
FAR = 3.0  # times the font size, from one row of text down to the next
UNDER = 1.2  # times the font size: a rule below heads


def headed(lines: list[Line], rulings: Sequence[Ruling], em: float) -> tuple[list[Region], list[Line]]:
    """Return the tables in the open with cells of several lines, below heads in bold or above a rule; and the rest."""
    text_rows = rows(lines)
    found: list[Region] = []
    start = 0
    while start + 2 < len(text_rows):
        if _are_heads(text_rows[start], text_rows[start + 1], rulings, em):
            end, columns = _end(text_rows, start, em)
            run = text_rows[start:end]
            members = [line for row in run for line in row]
            if len(run) > 2 and anchored(run, columns) is not None:
                cells = cells_of(members, columns, None)
                if is_table(cells) and is_even(cells):
                    found.append(region(joined_signs(cells), members))
                    lines = without(lines, members)
                    start = end
                    continue
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


def _end(text_rows: Sequence[Sequence[Line]], start: int, em: float) -> tuple[int, list[float]]:
    """Return where the rows end that leave the gaps free between the heads in row *start*, and where the gaps are."""
    heads = text_rows[start]
    size = median([ems(line) for line in heads], em)
    held: list[Stretch] = [(line.box.left, line.box.right) for line in heads]
    bottom = max(line.box.bottom for line in heads)
    end = start + 1
    while end < len(text_rows):
        row = text_rows[end]
        words = ((word.box.left, word.box.right) for line in row for word in words_of(line))
        more = stretches([*held, *words], GAP * size)
        if len(more) < len(heads) or min(line.box.top for line in row) - bottom > FAR * size:
            break
        held, bottom, end = more, max(bottom, *(line.box.bottom for line in row)), end + 1
    return end, [(high + low) / 2 for (_, high), (low, _) in pairwise(held)]

"""
Finds which rows of text are one row of a table: cells wrap, and stand in the middle of taller ones beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import evolve

from ...page import Line, union
from ..measure import all_bolder, ems, first_word, median
from .anchors import anchored
from .evidence import are_rows, names_group, rooms, stands_alone
from .fields import between, is_mark, is_value, numeric, pieces
from .leaders import ENDS
from .long_names import CLOSER, with_long_names


__all__ = ["parts", "table_rows", "together", "widths"]

Straddling = tuple[int, list[Line]]
"""A row of text half-way between two rows of the table, and the number of the upper one."""


def table_rows(
    text_rows: Sequence[list[Line]],
    columns: Sequence[float],
    header_bottom: float | None,
    right: float | None = None,
) -> tuple[list[list[list[Line]]], list[Straddling]]:
    """
    Return the rows of a table, each as its rows of text, and those of text that stand half-way between two of them.

    Where the distances between rows fall into two kinds, near rows are lines of the same cells, unless a number then
    stood on a number. Otherwise a row goes on with the one above if it stands close, nothing in it is a number, and
    each of its parts lies under one that had no room for its first word. In the header, which ends at *header_bottom*
    or at the first numbers, each part need only lie under one of its own.

    Args:
        right: Where the table ends, if rulings show it.
    """
    if not text_rows:
        return [], []
    if (found := anchored(text_rows, columns)) is not None:
        return found, []
    text_rows, between_rows = _apart(_centred(text_rows, columns))
    tops = [median([line.box.top for line in row]) for row in text_rows]
    bottoms = [median([line.box.bottom for line in row]) for row in text_rows]
    gaps = [top - bottom for bottom, top in zip(bottoms, tops[1:], strict=False)]
    em = median([ems(line) for row in text_rows for line in row], 10.0)
    places = [parts(row, columns) for row in text_rows]
    limit = _parting(gaps, em)
    joins = [limit is not None and gap < limit for gap in gaps]
    if limit is None or not _wraps(joins, places) or _look_like_rows(joins, places):
        head = None
        if header_bottom is not None:
            head = sum(1 for top, bottom in zip(tops, bottoms, strict=True) if top + bottom < 2 * header_bottom)
        joins = _going_on(gaps, places, em, widths(places, columns), rooms(places, right), head)
        joins = with_long_names(joins, gaps, places, em)
    return _grouped(text_rows, joins, between_rows)


def _apart(text_rows: Sequence[list[Line]]) -> tuple[list[list[Line]], dict[int, list[Line]]]:
    """
    Take out of *text_rows* those that stand between two others, as does a cell in the middle of two rows or lines.

    Returns:
        The other rows, and what stands below each of them, by its index.
    """
    kept: list[list[Line]] = []
    out: dict[int, list[Line]] = {}
    for index, row in enumerate(text_rows):
        if kept and index + 1 < len(text_rows) and len(kept) - 1 not in out:
            top, bottom = min(line.box.top for line in row), max(line.box.bottom for line in row)
            slack = 0.1 * (bottom - top)
            over = max(line.box.bottom for line in kept[-1])
            under = min(line.box.top for line in text_rows[index + 1])
            # Boxes of a scan overlap from row to row; but a row's words stand under those of the row above.
            beside = all(line.box.across(other.box) < 0 for line in row for other in (*kept[-1], *text_rows[index + 1]))
            if beside and over > top + slack and under < bottom - slack and over < under + slack:
                out[len(kept) - 1] = row
                continue
        kept.append(row)
    return kept, out


def _centred(text_rows: Sequence[list[Line]], columns: Sequence[float]) -> list[list[Line]]:
    """*text_rows*, where a row stands half-way between two lines of a cell beside it, the three as one."""
    out: list[list[Line]] = []
    index = 0
    while index < len(text_rows):
        above, *more = text_rows[index : index + 3]
        if len(more) == 2 and _in_the_middle(above, more[0], more[1], columns):
            out.append([*above, *more[0], *more[1]])
            index += 3
        else:
            out.append(above)
            index += 1
    return out


def _in_the_middle(above: Sequence[Line], row: Sequence[Line], below: Sequence[Line], columns: Sequence[float]) -> bool:
    """Whether *above* and *below* are two lines of cells that *row*, which has other cells, stands half-way between."""
    own = {between(columns, line.box.middle) for line in row}
    first, second = ({between(columns, line.box.middle) for line in part} for part in (above, below))
    if len(row) < 2 or first & own or not second <= first or len(own) <= len(first):
        return False
    em = min(map(ems, row))
    high, low = (sum(line.box.centre for line in part) / len(part) for part in (above, below))
    centre = sum(line.box.centre for line in row) / len(row)
    return abs((high + low) / 2 - centre) < 0.3 * em and low - high < 2.4 * em


def together(text_rows: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """*text_rows*, with what stands between two rows beside the upper one, which leaves the place free."""
    kept, out = _apart([list(row) for row in text_rows])
    for index, row in out.items():
        kept[index] = sorted([*kept[index], *row], key=lambda line: line.box.left)
    return kept


def _going_on(
    gaps: Sequence[float],
    places: Sequence[Mapping[int, Line]],
    em: float,
    wide: Mapping[int, float],
    room: Mapping[int, float],
    head: int | None,
) -> list[bool]:
    """
    Say of each row but the first whether it goes on with the cells of the one above.

    Args:
        head: How many rows a ruling shows to be the header; None where none does.
    """
    numbers = next(
        (index for index, row in enumerate(places) if any(numeric(line.text) for line in row.values())), None
    )
    # where nothing tells where the header ends it is the first row
    first = (
        (1 if numbers is None else numbers) if head is None else min(head, len(places) if numbers is None else numbers)
    )
    groups = sum(names_group(above, below, room) for above, below in pairwise(places))
    centres = [median([line.box.centre for line in row.values()]) for row in places]
    steps = [low - high for high, low in pairwise(centres)]  # bold letters are taller, so that gaps tell less
    usual = median([step for step, row in zip(steps, places[1:], strict=True) if len(row) > 1])
    joins: list[bool] = []
    last: dict[int, Line] = dict(places[0])
    for index, gap in enumerate(gaps, 1):
        here = places[index]
        if index < first and all_bolder(last.values(), here.values()):
            first = index  # the head has ended
        joined = gap < 0.7 * em and not any(is_value(line.text) for line in here.values())
        if joined and index < first and len(wide) > 2:
            named = groups > 1 and here.keys() == {0} and here[0].text[:1].isupper() and len(places[index + 1]) > 1
            joined = here.keys() <= last.keys() and not named
        elif joined:
            joined = all(
                (above := last.get(column, last.get(ACROSS))) is not None
                and above.box.width + first_word(line) > 0.98 * wide.get(column, 0.0)
                and not (numeric(above.text) or is_mark(above.text))
                and ENDS.search(above.text) is None
                for column, line in here.items()
            ) and not stands_alone(last, here, room)
            joined = joined and (0 not in here or 1 < len(here) < len(last) or _wrapped(here, last, wide.get(0, 0.0)))
            joined = joined and not (
                steps[index - 1] > usual - CLOSER * em and names_group(last, here, room, *places[index + 1 : index + 2])
            )
        joins.append(joined)
        last = {**last, **here} if joined else dict(here)
    return joins


ACROSS = -1


def parts(row: Sequence[Line], columns: Sequence[float]) -> dict[int, Line]:
    """What of *row* stands in each column; what runs over several stands in the middle one, and alone in none."""
    out: dict[int, Line] = {}
    for line in row:
        for first, last, part in pieces(line, columns):
            column = first if first == last else between(columns, part.box.middle) if len(row) > 1 else ACROSS
            if column in out:
                before = out[column]
                part = evolve(part, text=f"{before.text} {part.text}", box=union((before.box, part.box)))
            out[column] = part
    return out


def _wrapped(here: Mapping[int, Line], last: Mapping[int, Line], width: float) -> bool:
    """Whether the one name in *here* goes on with the one above rather than heading what follows."""
    return len(here) == 1 and (here[0].text[:1].islower() or (0 in last and last[0].box.width > 0.85 * width))


def _grouped(
    text_rows: Sequence[list[Line]], joins: Sequence[bool], between_rows: Mapping[int, list[Line]]
) -> tuple[list[list[list[Line]]], list[Straddling]]:
    """*text_rows* in groups; *joins* says of each but the first whether it belongs to the one above."""
    groups: list[list[list[Line]]] = []
    across: list[Straddling] = []
    for index, (row, joined) in enumerate(zip(text_rows, (False, *joins), strict=True)):
        middle = between_rows.get(index - 1)
        if joined:
            groups[-1].extend([middle, row] if middle else [row])
        else:
            if middle:
                across.append((len(groups) - 1, middle))
            groups.append([row])
    return groups, across


def _wraps(near: Sequence[bool], places: Sequence[Mapping[int, Line]]) -> bool:
    """
    Whether rows that stand *near* the one above are lines of the same cells.

    No number goes on with a number; and what has parts where nothing stands above it is a row below a heading.
    """
    counted: set[int] = set()
    held: set[int] = set()
    for joined, row in zip((False, *near), places, strict=True):
        numbers = {column for column, line in row.items() if is_value(line.text)}
        if not joined:
            counted, held = set(), set()
        elif numbers & counted or (len(held) > 1 and not row.keys() <= held):
            return False
        counted |= numbers
        held |= row.keys()
    return True


def _look_like_rows(near: Sequence[bool], places: Sequence[Mapping[int, Line]]) -> bool:
    """Whether half of the rows that stand *near* the one above look like rows of their own."""
    room = rooms([{column: line for column, line in row.items() if column != ACROSS} for row in places])
    pairs = [pair for joined, pair in zip(near, pairwise(places), strict=True) if joined]
    return bool(pairs) and 2 * sum(are_rows(pair, room) for pair in pairs) >= len(pairs)


def widths(places: Iterable[Mapping[int, Line]], columns: Sequence[float]) -> dict[int, float]:
    """How wide the widest text in each column is that does not span columns."""
    out: dict[int, float] = {}
    for row in places:
        for column, line in row.items():
            if column == between(columns, line.box.left) == between(columns, line.box.right):
                out[column] = max(out.get(column, 0.0), line.box.width)
    return out


def _parting(gaps: Sequence[float], em: float) -> float | None:
    """The distance between rows of a table that tells them from lines of one cell, if there are two kinds."""
    ordered = sorted(gaps)
    best, place = 0.0, None
    for index, (low, high) in enumerate(pairwise(ordered)):
        if high - low > best and index + 1 >= len(ordered) * 0.15 and len(ordered) - index - 1 >= len(ordered) * 0.25:
            best, place = high - low, (low + high) / 2
    return place if best > 0.3 * em and len(gaps) > 2 else None

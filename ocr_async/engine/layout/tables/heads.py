"""
Puts the heads of a table's columns together: heads of several lines, and heads over the heads of several columns.

Lines of one head stand close, one below the other, and the next word had no room. A head over several columns stands
over their middle, or over a rule that runs along them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from attrs import define

from ...page import Box, Cell, Line, union
from ..measure import ems, first_word, median
from .fields import between, cell_of, numeric, pieces


__all__ = ["NAMED", "OPEN_END", "counted", "extents", "heads_alone", "holds_values", "reaches", "stacked"]

YEAR = re.compile(r"(?:FY ?)?(?:1[89]|20)\d\d(?:[-–/]\d{2,4})?\W{0,2}\w?")
OPEN_END = re.compile(r"(?:[-–,&/]|\b(?:and|of|in|or|per|the|for|to|by|with|FY))$")
CLOSE, LOOSE = 0.36, 0.65  # of the font size: lines of one head are no further apart; where a rule ends the heads
ROOM = 0.8  # of the width of its column: a line that is longer with the next word was broken
FLUSH = 0.5  # of the font size
PAIRED = 0.6  # of the heads in a row that stand below just one line each
UNDER = 1.2  # times the font size: a rule below a head
WALL = 0.6  # of the height of a head: how far rules beside it reach along it
MIDDLE = 0.8  # of the font size: how far a head is from the middle of what it stands over
MOST = 9  # lines of heads
NAMED = 2  # cells of a sum: its name and the amount
VALUED = 0.8  # of the rows below hold numbers
FILLED = 0.5  # of their columns do


@define
class _Head:
    lines: list[Line]
    first: int  # rows of text
    last: int
    start: int  # columns
    end: int

    @property
    def box(self) -> Box:
        return union([line.box for line in self.lines])


def counted(places: Sequence[Mapping[int, Line]], columns: Sequence[float], ruled: int = 0) -> int:
    """
    Return how many of the rows, told by what stands in each column, are above the first that holds values.

    Args:
        ruled: How many of them a rule shows to be heads, which may hold numbers.
    """
    number = next((number for number, row in enumerate(places) if holds_values(row.values())), 0)
    while number and len(row := places[number - 1]) == 1 and min(row) < 1 and row[min(row)].box.left < columns[0]:
        number -= 1  # the name of a group, or the first line of a long one
    if places and all(line.bold for line in places[0].values()):
        lighter = (count for count, row in enumerate(places[:number]) if not any(line.bold for line in row.values()))
        number = next(lighter, number)
    number = ruled or number
    if (not ruled and number > MOST) or not _are_values(places[number:], len(columns)):
        return 0
    return number


def holds_values(row: Iterable[Line]) -> bool:
    """Whether *row* holds a number, other than years over several columns."""
    found = [text for line in row if numeric(text := line.text.strip())]
    return len(found) == 1 or not all(map(YEAR.fullmatch, found))


def heads_alone(lines: Iterable[Line]) -> bool:
    """Whether *lines* hold no number but years, as heads do."""
    return not any(numeric(text := line.text.strip()) and YEAR.fullmatch(text) is None for line in lines)


def _are_values(body: Sequence[Mapping[int, Line]], most: int) -> bool:
    """Whether the rows of *body* are numbers beside names, in most of their *most* columns, as statistics are."""
    told = [row for row in body if max(row) > 0]
    valued = [row for row in told if any(column and numeric(line.text) for column, line in row.items())]
    full = [row for row in valued if len(row) > NAMED] or valued
    filled = sum(1 for row in full for column, line in row.items() if column and numeric(line.text))
    return len(valued) >= VALUED * len(told) and filled >= FILLED * most * len(full)


def extents(places: Iterable[Mapping[int, Line]], columns: Sequence[float]) -> dict[int, tuple[float, float]]:
    """Return from where to where what stands in each column reaches, without what runs over its edges."""
    return _reaches(
        (column, line.box)
        for row in places
        for column, line in row.items()
        if column == between(columns, line.box.left) == between(columns, line.box.right)
    )


def reaches(cells: Iterable[Cell]) -> dict[int, tuple[float, float]]:
    """Return from where to where the *cells* of each column reach, without those of several columns."""
    return _reaches((cell.column, cell.box) for cell in cells if cell.column_span == 1 and cell.box and cell.text)


def _reaches(boxes: Iterable[tuple[int, Box]]) -> dict[int, tuple[float, float]]:
    out: dict[int, tuple[float, float]] = {}
    for column, box in boxes:
        left, right = out.get(column, (box.left, box.right))
        out[column] = min(left, box.left), max(right, box.right)
    return out


def stacked(
    text_rows: Sequence[Sequence[Line]],
    columns: Sequence[float],
    room: Mapping[int, tuple[float, float]],
    rules: Sequence[Box] = (),
    *,
    ruled: bool = True,
) -> list[Cell]:
    """
    Return the cells of heads in *text_rows*; their rows count from 0.

    Args:
        columns: x positions between columns.

        room: From where to where what stands below reaches in each column.

        rules: Some may stand below heads, or beside them.

        ruled: Whether a rule or white ends the heads, so that they hold no rows of text.
    """
    em = median([ems(line) for row in text_rows for line in row], 10.0)
    close = (LOOSE if ruled else CLOSE) * em
    heads: list[_Head] = []
    for number, row in enumerate(text_rows):
        found = _pieces(row, number, columns)
        for head in found:
            _walled(head, room, rules)
        above = [_above(head, heads, close) for head in found]
        pairs = list(zip(found, above, strict=True))
        joined = [_goes_on(head, over, found, heads, columns, room, rules, em) for head, over in pairs]
        alone = [over for head, over in pairs if over is not None and _one_to_one(over, head, found, rules)]
        paired = len(alone) >= max(2, PAIRED * len(found))
        for head, over, joins in zip(found, above, joined, strict=True):
            if over is not None and (joins or (paired and over in alone and over.start == over.end == head.start)):
                over.lines.extend(head.lines)
                over.last = number
                over.start, over.end = min(over.start, head.start), max(over.end, head.end)
            else:
                heads.append(head)
    for head in heads:
        _span(head, heads, room, rules, em)
    return _cells(heads, len(text_rows))


def _pieces(row: Sequence[Line], number: int, columns: Sequence[float]) -> list[_Head]:
    found = (piece for line in row for piece in pieces(line, columns))
    out = [_Head([part], number, number, first, last) for first, last, part in found]
    return sorted(out, key=lambda head: head.box.left)


def _walled(head: _Head, room: Mapping[int, tuple[float, float]], rules: Sequence[Box]) -> bool:
    """Let *head* stand over the columns between the upright *rules* beside it; return whether there are some."""
    box = head.box
    walls = [rule.middle for rule in rules if rule.width < rule.height and rule.down(box) > WALL * box.height]
    left = max((wall for wall in walls if wall < box.middle), default=float("-inf"))
    right = min((wall for wall in walls if wall > box.middle), default=float("inf"))
    own = [column for column, (start, end) in room.items() if left < (start + end) / 2 < right]
    if not 0 < len(own) < len(room):
        return False  # nor do the sides of the table tell
    head.start, head.end = min(own), max(own)
    return True


def _above(head: _Head, heads: Sequence[_Head], close: float) -> _Head | None:
    """The lowest of *heads* over *head*, where it stands as close as a line of the same head, and is not its number."""
    if numeric(text := head.lines[0].text) and not YEAR.fullmatch(text):
        return None
    over = [each for each in heads if each.start <= head.end and each.end >= head.start and each.last < head.first]
    lowest = max(over, key=lambda each: each.last, default=None)
    if lowest is None or head.box.top - lowest.box.bottom > close or lowest.lines[-1].text.endswith(":"):
        return None
    return lowest


def _one_to_one(over: _Head, head: _Head, found: Sequence[_Head], rules: Sequence[Box]) -> bool:
    """Whether *over* stands over nothing but *head* in its row, and no rule parts them."""
    box, own = over.box, head.box
    if any(each is not head and each.box.across(box) > 0 for each in found):
        return False
    return not any(
        over.lines[-1].box.centre < rule.centre < own.centre and rule.across(own) > 0.5 * min(own.width, rule.width)
        for rule in rules
    )


def _goes_on(
    head: _Head,
    over: _Head | None,
    found: Sequence[_Head],
    heads: Sequence[_Head],
    columns: Sequence[float],
    room: Mapping[int, tuple[float, float]],
    rules: Sequence[Box],
    em: float,
) -> bool:
    """Whether *head* is the next line of *over*."""
    if over is None or not _one_to_one(over, head, found, rules):
        return False
    last, own = over.lines[-1], head.lines[0]
    if numeric(last.text) or last.bold != own.bold:
        return False
    if last.box.shift(own.box) > FLUSH * em:
        return False
    small = own.text[:1].islower() and not over.lines[0].text[:1].islower()
    if small or OPEN_END.search(last.text) or own.text[:1] in "(&":
        return over.start == over.end or small
    start, end = min(over.start, head.start), max(over.end, head.end)
    left = columns[start - 1] if start else min(room.get(0, (last.box.left, 0.0))[0], last.box.left)
    right = columns[end] if end < len(columns) else max(room.get(end, (0.0, last.box.right))[1], last.box.right)
    return last.box.width + first_word(own) > ROOM * (right - left)


def _span(
    head: _Head, heads: Sequence[_Head], room: Mapping[int, tuple[float, float]], rules: Sequence[Box], em: float
) -> None:
    """Let *head* span the columns that it stands over, if others stand below it."""
    box = head.box
    below = [each for each in heads if each.first > head.last]
    if not (below and room) or 0 in (head.start, head.end):
        return
    if _walled(head, room, rules):
        return
    whole = (min(left for left, _ in room.values()), max(right for _, right in room.values()))
    for rule in rules:
        if (
            -0.3 * em < rule.centre - box.bottom < UNDER * em
            and rule.left < box.left + em
            and rule.right > box.right - em
            and rule.width < 0.9 * (whole[1] - whole[0])
        ):
            own = [column for column, (left, right) in room.items() if rule.left < (left + right) / 2 < rule.right]
            head.start, head.end = min(own), max(own)
            return
    level = [each for each in heads if each is not head and each.first <= head.last and each.last >= head.first]
    free = {
        column
        for column in room
        if column
        and not any(each.start <= column <= each.end for each in level)
        and any(each.start <= column <= each.end for each in below)
    }
    best = head.start, head.end
    for start in range(head.start, -1, -1):
        for end in range(head.end, max(room) + 1):
            if not all(column in free or head.start <= column <= head.end for column in range(start, end + 1)):
                continue
            if end - start <= best[1] - best[0]:
                continue
            own_boxes = [each.box for each in below if each.start >= start and each.end <= end]
            left = min([room[start][0], *(each.left for each in own_boxes)])
            right = max([room[end][1], *(each.right for each in own_boxes)])
            if abs((left + right) / 2 - box.middle) < MIDDLE * em:
                best = start, end
    head.start, head.end = best


def _cells(heads: Sequence[_Head], height: int) -> list[Cell]:
    """The cells that *heads* are; rows of text between which no head stands above another are one row."""
    stacks = sorted(
        (lower.first, upper.last)
        for upper in heads
        for lower in heads
        if upper.last < lower.first and upper.start <= lower.end and upper.end >= lower.start
    )
    starts: list[int] = []  # of rows, but the first: as few as part all that are stacked
    for first, last in stacks:
        if not starts or starts[-1] <= last:
            starts.append(first)
    rows = [bisect_right(starts, number) for number in range(height)]
    out: list[Cell] = []
    for head in heads:
        first, last = rows[head.first], rows[head.last]
        out.append(cell_of(head.lines, first, head.start, last - first + 1, head.end - head.start + 1, header=True))
    return sorted(out, key=lambda cell: (cell.row, cell.column))

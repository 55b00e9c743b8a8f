"""
Orders what stands side by side without being a table or columns of running text: addresses, forms, posters.

Lines below each other form blocks; blocks are ordered by cuts along free strips, across the page first. Two blocks
side by side whose lines stand level are read row by row if they look like names and values, as on a receipt, and one
after the other otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import attrgetter

from ...disjoint_sets import DisjointSets
from ...page import Box, Line, union
from ..measure import digits_in, ems, length, median, parted, rows, without
from ..tables.addresses import are_addresses, beside_details
from ..tables.fields import labelled
from ..tables.fill_in import Field, parted_at_fields


__all__ = ["ordered", "parted_at"]

WHITE = 0.75  # of the size of type: more parts blocks
WIDER = 1.2  # times the white between most lines of running text, where that is wider, up to
WIDEST = 2.0
RUNNING = 40  # letters of a line of running text
LONG = 0.6  # of the widest one
EVEN = 0.15  # of the size of type
ALIKE = 1.5  # times the size of type of a name, at most: that of its value
ENTRIES = 2
DATE, DIGITS = 32, 0.3  # letters of a date at most, and the part of them that are digits at least
OFF = 0.3  # of the size of type: how far what is level may be off
FOOT = attrgetter("box.bottom")
ENOUGH, MOSTLY = 4, 0.6  # of these lines


def parted_at(lines: Sequence[Line], blank: Sequence[Field]) -> list[tuple[list[Line], bool]]:
    """Return *lines* parted at addresses side by side and at *blank* fields; with each part whether it is one."""
    return [
        each
        for part, alone in parted_at_fields(lines, blank)
        for each in ([(part, True)] if alone else _parted_at_addresses(part))
    ]


def _parted_at_addresses(lines: Sequence[Line]) -> list[tuple[list[Line], bool]]:
    """Return *lines* above, between and below addresses side by side, and these; with each part whether it is one."""
    out: list[tuple[list[Line], bool]] = []
    rest = list(lines)
    for pair in _addresses(lines):
        top = min(part[0].box.top for part, address in pair if address)
        rest = without(rest, (line for part, _ in pair for line in part))
        out += [([line for line in rest if line.box.centre < top], False), *pair]
        rest = [line for line in rest if line.box.centre >= top]
    return [(part, address) for part, address in (*out, (rest, False)) if part]


def _addresses(lines: Sequence[Line]) -> list[list[tuple[list[Line], bool]]]:
    """
    Return the addresses among *lines* that nothing stands beside but one more address, or names and their values.

    Returns:
        Pairs from the top down, from left to right: the lines, and whether they are an address.
    """
    if len(lines) > MOST or max(line.box.left for line in lines) < min(line.box.right for line in lines):
        return []  # none stands beside another
    blocks = [sorted(block, key=lambda line: line.box.top) for block in _blocks(lines, frozenset(), {})]
    boxes = [union([line.box for line in block]) for block in blocks]
    out: list[list[tuple[list[Line], bool]]] = []
    for index, box in enumerate(boxes):
        # boxes of large letters reach into what stands below them
        beside = [number for number, other in enumerate(boxes) if box.down(other) > 0 >= box.across(other)]
        others = [line for number in beside for line in blocks[number]]
        left = all(box.right < boxes[number].left for number in beside)
        if not beside or not (left or all(box.left > boxes[number].right for number in beside)):
            continue
        if len(beside) == 1 and left and are_addresses(blocks[index], others):
            out.append([(blocks[index], True), (others, True)])
        elif beside_details(blocks[index], others):
            pair = [(blocks[index], True), (others, False)]
            out.append(pair if left else pair[::-1])
    return sorted(out, key=lambda pair: min(line.box.top for part, _ in pair for line in part))


def ordered(lines: Sequence[Line], em: float) -> list[list[Line]]:
    """Return *lines* in groups, each of which is read from the top down, in reading order."""
    out: list[list[Line]] = []
    above: list[Line] = []
    text_rows = rows(lines)
    if len(text_rows) == len(lines):  # nothing stands beside anything else
        return [list(lines)] if lines else []
    index = 0
    while index < len(text_rows):
        end, answers = _grid(text_rows, index, em)
        if answers:
            out.extend(_in_blocks(above, rows(above), em))
            out.extend(answers)
            above, index = [], end
        else:
            above.extend(text_rows[index])
            index += 1
    if not out:
        return _in_blocks(lines, text_rows, em)
    return [*out, *_in_blocks(above, rows(above), em)]


def _grid(text_rows: Sequence[Sequence[Line]], start: int, em: float) -> tuple[int, list[list[Line]]]:
    """
    Return the answers to a question that stand side by side from row *start* on, each with its lines.

    Returns:
        The row after them; and the answers in their order, none where row *start* does not begin with such.
    """
    out: list[list[Line]] = []
    side_by_side: list[list[Line]] = []
    index = start
    while index < len(text_rows):
        row = text_rows[index]
        if _numbered(row) and (not out or _next(out[-1][0], row[0])):
            side_by_side = [[line] for line in row]
            out.extend(side_by_side)
        elif not side_by_side or not _continue(side_by_side, row, em):
            break
        index += 1
    return index, out


def _numbered(row: Sequence[Line]) -> bool:
    """Whether *row* is answers side by side, numbered (a), (b) and so on."""
    return len(row) > 1 and all(_next(one, other) for one, other in pairwise(row))


def _next(one: Line, other: Line) -> bool:
    """Whether the letter or number of *other* follows that of *one*."""
    first, second = NUMBERED.match(one.text), NUMBERED.match(other.text)
    return first is not None and second is not None and ord(second[1][-1].lower()) == ord(first[1][-1].lower()) + 1


def _continue(answers: Sequence[list[Line]], row: Sequence[Line], em: float) -> bool:
    """Add the lines of *row* to the *answers* that they stand below, if all of them are further lines of such."""
    places: list[list[Line]] = []
    for line in row:
        over = [answer for answer in answers if answer[0].box.left - 0.5 * em < line.box.left]
        last = over[-1][-1].box if over else None
        beyond = min((each[0].box.left for each in answers if each[0].box.left > line.box.left + 0.5 * em), default=1e9)
        if (
            last is None
            or NUMBERED.match(line.text) is not None
            or line.box.top - last.bottom > 0.6 * em
            or line.box.right > beyond
            or (len(over) == len(answers) and line.box.left > over[-1][0].box.left + 4 * em)
        ):
            return False
        places.append(over[-1])
    for place, line in zip(places, row, strict=True):
        place.append(line)
    return True


def _in_blocks(lines: Sequence[Line], text_rows: Sequence[Sequence[Line]], em: float) -> list[list[Line]]:
    """Return *lines* in groups, in reading order; *text_rows* are these lines."""
    if all(_near(row, em) for row in text_rows):
        return [list(lines)] if lines else []
    parted = {id(line): union([each.box for each in row]) for row in text_rows if not _near(row, em) for line in row}
    blocks = _blocks(lines, _named(text_rows), parted, _white(text_rows))
    return _cut([(union([line.box for line in block]), block) for block in blocks], 30)


def _near(row: Sequence[Line], em: float) -> bool:
    """Whether the parts of a row stand no further apart than words do."""
    return all(right.box.left - left.box.right < 1.6 * em for left, right in pairwise(row))


def _named(text_rows: Sequence[Sequence[Line]]) -> frozenset[tuple[int, int]]:
    """The ids of names and the values to their right, which a colon stands between, either first."""
    pairs = [
        (id(name), id(value))
        for row in text_rows
        for name, value in pairwise(row)
        if not name.mono and (name.text.rstrip().endswith(":") or value.text.lstrip().startswith(":"))
    ]
    return frozenset((*pairs, *((value, name) for name, value in pairs)))


def _white(text_rows: Sequence[Sequence[Line]]) -> float:
    """Return how much white, in sizes of type, parts blocks: more than between the lines of a text set wide apart."""
    boxes = [(union([line.box for line in row]), ems(row[0]), sum(map(length, row))) for row in text_rows]
    widest = max((box.width for box, _, _ in boxes), default=0.0)
    gaps = [
        (low.top - high.bottom) / size
        for (high, size, count), (low, _, other) in pairwise(boxes)
        if min(count, other) >= RUNNING and min(high.width, low.width) > LONG * widest
    ]
    usual = median(gaps) if gaps else 0.0
    even = sum(1 for gap in gaps if abs(gap - usual) < EVEN)
    return WIDER * usual if WHITE < WIDER * usual < WIDEST and even >= max(ENOUGH, MOSTLY * len(gaps)) else WHITE


def _blocks(
    lines: Sequence[Line], named: frozenset[tuple[int, int]], parted: Mapping[int, Box], white: float = WHITE
) -> list[list[Line]]:
    """
    Lines of like size that follow each other closely, one below the other or side by side, and the *named* ones.

    Args:
        parted: The box of the whole row for each line, by its id, that stands apart from others beside it.

        white: Below a line, in sizes of its type: more ends a block.
    """
    every = sorted(lines, key=lambda line: line.box.top)
    close = DisjointSets()
    for index, line in enumerate(every):
        box, size = line.box, ems(line)
        for other in range(index + 1, len(every)):
            low = every[other].box
            if low.top - box.bottom > 1.6 * white * size:
                break
            small, big = sorted((size, ems(every[other])))
            if big > 1.5 * small:
                continue
            across, down = box.across(low), box.down(low)
            level = box.is_level_with(low)
            if level:
                near = across > -1.2 * small or (id(line), id(every[other])) in named
            else:
                near = across > 0 and down > -white * small
                if near and (id(line) in parted) != (id(every[other]) in parted):
                    part, whole = (line, every[other]) if id(line) in parted else (every[other], line)
                    near = _goes_on(part.box, parted[id(part)], whole.box, size)
            if near:
                close.join(index, other)
    groups: dict[int, list[Line]] = {}
    for index, line in enumerate(every):
        groups.setdefault(close.find(index), []).append(line)
    return list(groups.values())


def _goes_on(part: Box, row: Box, whole: Box, size: float) -> bool:
    """
    Whether *part* of a *row* goes on in a line that is *whole*, above or below it.

    The last line of a centred address is no part of the first column below it. Columns begin or end at one place, or
    are centred on it; and a line as long as the row shows that this is one line of a justified text.
    """
    if whole.left < row.left + size and whole.right > row.right - size:
        return True
    return part.shift(whole) < 0.7 * size


MOST = 300  # lines of a page that has addresses at its head
Block = tuple[Box, list[Line]]
NUMBERED = re.compile(r"\s*[(（]?([a-zA-Z]|\d{1,2})(?:[.)]\s+|[．、）]\s*)\S")


def _cut(blocks: list[Block], depth: int) -> list[list[Line]]:
    if len(blocks) == 1:
        return [blocks[0][1]]
    bands = parted(blocks, level=True, slack=_overlap)
    if len(bands) > 1 and depth:
        return [group for band in bands for group in _cut(band, depth - 1)]
    strips = parted(blocks, level=False, slack=_overlap)
    if len(strips) > 1 and depth:
        if _numbered_across(strips):
            return _answers([[line for _, block in strip for line in block] for strip in strips])
        if _level_with(strips):
            return [[line for _, block in blocks for line in block]]
        if entries := _entries(strips):
            return entries
        return [group for strip in strips for group in _cut(strip, depth - 1)]
    # Nothing parts them: they overlap in both directions.
    return [
        block for _, block in sorted(blocks, key=lambda block: (block[0].top + 0.3 * block[0].height, block[0].left))
    ]


def _overlap(block: Sequence[Line]) -> float:
    """Return by how much the boxes of neighbouring lines may touch."""
    return 0.2 * min(line.box.height for line in block)


def _numbered_across(strips: Sequence[Sequence[Block]]) -> bool:
    """Whether strips side by side are answers that are numbered row by row: (a) and (b), below them (c) and (d)."""
    text_rows = rows([line for strip in strips for _, block in strip for line in block])
    several = [[line for line in row if NUMBERED.match(line.text)] for row in text_rows if len(row) > 1]
    following = sum(map(_numbered, several))
    return following > 0 and following >= 0.5 * len(several)


def _answers(strips: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the answers in *strips* side by side row by row, each with the lines that it goes on in."""
    answers: list[list[Line]] = []
    for strip in strips:
        for number, line in enumerate(sorted(strip, key=lambda line: line.box.bottom)):
            if number and NUMBERED.match(line.text) is None:
                answers[-1].append(line)
            else:
                answers.append([line])
    first = {id(answer[0]): answer for answer in answers}
    return [first[id(line)] for row in rows([answer[0] for answer in answers]) for line in row]


def _entries(strips: Sequence[Sequence[Block]]) -> list[list[Line]]:
    """Return the entries that two strips side by side are, each with its date, time or word and what is said of it."""
    if len(strips) != 2:
        return []
    names, said = (sorted((line for _, block in strip for line in block), key=FOOT) for strip in strips)
    words = all(line.text.isalpha() for line in names) and sum(line.text.count(" ") for line in said) >= len(said)
    if len(names) < ENTRIES or not (words or all(_is_dated(line.text) for line in names)):
        return []
    starts = [next((at for at, line in enumerate(said) if _is_level(name, line)), -1) for name in names]
    if -1 in starts or len(set(starts)) < len(starts):
        return []
    entries = [[name, *said[at:end]] for name, (at, end) in zip(names, pairwise([*starts, len(said)]), strict=True)]
    return [said[: starts[0]], *entries] if starts[0] else entries


def _is_dated(text: str) -> bool:
    """Whether *text* is a date, a time of day or a span of such, with the name of a month, and no number of a line."""
    return len(text) <= DATE and not text.isdecimal() and digits_in(text) >= DIGITS * sum(map(str.isalnum, text))


def _is_level(line: Line, other: Line) -> bool:
    return abs(line.box.bottom - other.box.bottom) < OFF * max(ems(line), ems(other))


def _level_with(strips: Sequence[Sequence[Block]]) -> bool:
    """Whether strips side by side are names and values, whose lines stand level with each other."""
    sides = [[line for _, block in strip for line in block] for strip in strips]
    if any(labelled([line.text for line in side]) for side in sides):
        return False
    lines = [line for side in sides for line in side]
    chars = sum(length(line) for line in lines)
    digits = sum(digits_in(line.text) for line in lines)
    names = (line.text.strip() for line in lines if not line.mono)  # a colon at the end of code names nothing
    colons = sum(1 for text in names if text.endswith(":") or text.startswith(":"))
    if digits < 0.2 * chars and colons < 0.25 * len(lines):
        return False
    text_rows = rows(lines)
    several = sum(len(row) for row in text_rows if len(row) > 1 and max(map(ems, row)) < ALIKE * min(map(ems, row)))
    return several >= 0.5 * len(lines)

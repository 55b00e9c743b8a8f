"""Finds tables that only the position of their words shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile
from operator import attrgetter

from ...page import Cell, Line, Region, Ruling
from ..lists import BULLETS
from ..measure import are_stacked, digits_in, ems, first_word, length, median, rows, whites, without
from .addresses import MOST_LINES, is_address
from .completing import LARGE, joined_signs
from .fields import Stretch, between, has_box, labelled, numeric, stretches
from .fill_in import are_sums
from .grid import cells_of, separators
from .heads import heads_alone
from .leaders import bare_length
from .proof import begins_or_ends, proven, region
from .prose import are_paragraphs, is_justified


__all__ = ["aligned", "is_memorandum", "side_by_side"]

GUTTER, WIDTH = 1.5, 8.0  # times the font size: between tables beside each other, and what they have at least
HEAD = 2.0  # times the font size: from their heads down to the rules


def aligned(lines: Sequence[Line], em: float) -> tuple[list[Region], list[Line]]:
    """
    Return the tables in one column of a page that only the position of their words shows, and the other lines.

    A table is a run of rows with several parts each, short or numeric ones, that leave the same gaps free.
    """
    if are_stacked(lines):  # as running text
        return [], list(lines)
    usual = median([ems(line) for line in lines])
    large = [line for line in lines if ems(line) > LARGE * usual and _is_sized(line)]
    rest = [line for line in large if not any(_are_level(line, other) for other in lines)]
    text_rows = rows(without(lines, rest))
    if sum(1 for row in text_rows if len(row) > 1) < 2:
        return [], list(lines)
    found: list[Region] = []
    start = 0
    while start < len(text_rows):
        end = _run_end(text_rows, start, em)
        begin = start + _preamble(text_rows[start:end])
        rest.extend(line for row in text_rows[start:begin] for line in row)
        start = begin
        if end - start >= 2 and are_paragraphs(text_rows[start:end]):
            rest.extend(line for row in text_rows[start:end] for line in row)
            start = end
            continue
        table = _aligned_table(text_rows[start:end], em) if end - start >= 2 else None
        if table is None:
            rest.extend(text_rows[start])
            start += 1
        else:
            found.append(table)
            start = end
    return found, rest


def side_by_side(lines: list[Line], rulings: Sequence[Ruling], em: float) -> tuple[list[Region], list[Line]]:
    """Return the tables beside each other whose heads have rules that are level with each other; and the rest."""
    found: list[Region] = []
    by_level: dict[int, list[Stretch]] = {}
    for box in sorted((each.box for each in rulings if each.horizontal), key=TOP):
        by_level.setdefault(round(box.centre), []).append((box.left, box.right))
    for y, spans in by_level.items():
        heads = stretches(spans, GUTTER * em)
        if len(heads) < 2 or any(right - left < WIDTH * em for left, right in heads):
            continue
        near = [line for line in lines if line.box.centre > y - HEAD * em]
        edges = [(right + left) / 2 for (_, right), (left, _) in pairwise(heads)]
        sides: list[list[Line]] = [[] for _ in heads]
        for line in near:
            sides[between(edges, line.box.middle)].append(line)
        tables = [[table for table in aligned(side, em)[0] if table.box.top < y < table.box.bottom] for side in sides]
        if all(len(own) == 1 and _is_named(own[0], left, em) for own, (left, _) in zip(tables, heads, strict=True)):
            found.extend(own[0] for own in tables)
            lines = without(lines, [line for own in tables for line in own[0].lines])
    return found, lines


def _is_named(table: Region, left: float, em: float) -> bool:
    """Whether *table* begins where the rule below its head does, and names stand in its first column or the second."""
    names = [cell.text for cell in table.cells if cell.row and cell.column < 2]
    return left - em < table.box.left and 2 * sum(map(numeric, names)) <= len(names)


def _cellular(row: Sequence[Line]) -> bool:
    """Whether the parts of a row are short or numeric, as those of a table are."""
    if len(row) < 2 or are_sums(row):
        return False
    if all(has_box(line.text) for line in row[1:]):
        return True  # boxes to tick, behind what is asked
    chars = [bare_length(line) for line in row]
    digits = sum(digits_in(line.text) for line in row)
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
    bottom = max(line.box.bottom for line in text_rows[start])
    singles = 0
    pattern = text_rows[start]
    steps: list[float] = []
    while end < len(text_rows):
        row = text_rows[end]
        top = min(line.box.top for line in row)
        gap = top - bottom
        if gap > max(2.2 * em, 2.0 * median(steps, 0.8 * em) + em):
            break
        above = text_rows[start:end]
        ended = gap > APART * em and _are_heads(row) and not _are_heads(above[-1])
        again = [line.text for line in row] == [line.text for line in above[0]] and heads_alone(row)
        if again or (ended and (_are_heads(above[0]) or len(row) > max(map(len, above)))):
            break  # of another table
        if len(row) == 1 and (begins_or_ends(row[0].text) or _begins_address(text_rows, end)):
            break
        if _heads(row, text_rows[start]):
            break
        if _cellular(row) or (last == end > start + 1 and _is_like(row, pattern)):
            singles = 0
            last = end + 1
            pattern = max(pattern, row, key=len)
            steps.append(gap)
        elif last == end and gap < TIGHT * em and _is_like([pattern[0], *row], pattern) and len(text_rows[end - 1]) > 1:
            last = end + 1
        elif _lines_of_cells(row, pattern, em) and min([gap, *whites(text_rows[end : end + 2])]) < 0.7 * ems(row[0]):
            beside = row[0].box.left > pattern[0].box.right  # the last row's cells are centred beside more lines
            if last == end and gap < TIGHT * em and (beside or _reads_on(row, text_rows[start:end])):
                last = end + 1
        elif len(row) == 1 and length(row[0]) < 40:
            # a subheading between rows
            singles += 1
            if singles > 2:
                break
        else:
            break
        bottom = max(bottom, *(line.box.bottom for line in row))
        end += 1
    return last


def is_memorandum(names: Iterable[Line]) -> bool:
    """Whether *names* say from whom a memorandum is, and to whom."""
    return sum(1 for line in names if ADDRESSED.match(line.text)) >= LEAST


ANSWER = re.compile(r"\s*[(（]?(?:[a-zA-Z]|\d{1,2}|[ivx]{1,4})(?:[.)]\s+|[．、）]\s*)\S")
ADDRESSED = re.compile(r"(?:date|to|from|through|thru|subject|re|cc)\s*:$", re.IGNORECASE)
LEAST = 3
NAMED = 30  # letters of a name
FLUSH = 0.25  # of a line's height
TIGHT = 0.35  # times the font size: lines of one paragraph or cell
SIZED = 6  # letters
EVEN = 0.8  # times the size and the height
HEADING, SCANNED = 1.15, 1.25
SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?|[A-Z]\.?")
APART = 0.8  # times the font size: white above the heads of another table
SMALL, NOTE = 0.93, 20  # times the running text's size, and letters on the average: footnotes


def _is_like(row: Sequence[Line], pattern: Sequence[Line]) -> bool:
    """Whether *row* is a short name and what is said of it, which begin where both parts of *pattern* do."""
    return (
        len(row) == len(pattern) == 2
        and bare_length(row[0]) <= NAMED
        and all(
            abs(line.box.left - other.box.left) < FLUSH * line.box.height
            for line, other in zip(row, pattern, strict=True)
        )
    )


def _are_heads(row: Sequence[Line]) -> bool:
    """Whether *row* is words in bold alone, over several columns."""
    return len(row) > 1 and all(line.bold for line in row) and heads_alone(row)


def _heads(row: Sequence[Line], first: Sequence[Line]) -> bool:
    """Whether *row* is the heading of what follows rather than of rows of the table that *first* begins."""
    line = row[-1]
    return (
        (len(row) == 1 or (len(row) == 2 and SECTION.fullmatch(row[0].text) is not None))
        and _is_sized(line)
        and bool(line.bold)
        and not any(other.bold for other in first)
        and ems(line) > (HEADING if line.font is not None else SCANNED) * max(map(ems, first))
    )


def _is_sized(line: Line) -> bool:
    """Whether the size of *line* is known: on a scan, letters tell it."""
    return line.font is not None or sum(map(str.isalpha, line.text)) >= SIZED


def _are_level(line: Line, other: Line) -> bool:
    """Whether *line* stands beside an *other* that is about as large, as the cells of one row do."""
    box = line.box
    return other is not line and ems(other) > EVEN * ems(line) and other.box.down(box) > EVEN * box.height


def _numbered(run: Sequence[Sequence[Line]]) -> bool:
    """Whether the rows of *run* merely have the numbers of lines before them, one more in each."""
    numbers = [int(row[0].text) for row in run if row[0].text.isdecimal() and len(row[0].text) < 4]
    return len(numbers) > 0.8 * len(run) and all(low == high + 1 for high, low in pairwise(numbers))


def _are_notes(run: Sequence[Sequence[Line]], em: float) -> bool:
    """Whether the rows of *run* are footnotes: set small, numbered one after the other, with phrases behind."""
    told = [row for row in run if len(row) == 2 and row[0].text.isdecimal()]
    numbers = [int(row[0].text) for row in told]
    return (
        len(told) >= 2
        and all(low == high + 1 for high, low in pairwise(numbers))
        and max(ems(line) for row in run for line in row) < SMALL * em
        and sum(length(row[1]) for row in told) >= NOTE * len(told)
    )


def _preamble(run: Sequence[Sequence[Line]]) -> int:
    """How many rows stand apart above a table of many more columns: addresses above the items of an invoice."""
    gaps = whites(run)
    most = max(map(len, run), default=0)
    usual = median(gaps)
    for index in range(len(gaps) - 1, -1, -1):
        if gaps[index] > 1.5 * usual and max(map(len, run[: index + 1])) <= 0.6 * most:
            return index + 1
    return 0


def _begins_address(text_rows: Sequence[Sequence[Line]], index: int) -> bool:
    """Whether an address begins in row *index*, whose lines have nothing beside them."""
    block = [row[0] for row in takewhile(lambda row: len(row) == 1, text_rows[index : index + MOST_LINES])]
    return any(is_address(block[:count]) for count in range(3, len(block) + 1))


def _lines_of_cells(row: Sequence[Line], pattern: Sequence[Line], em: float) -> bool:
    """Whether each part of *row* stands under one part of *pattern* as another line of the same cell does."""
    if any(bare_length(line) > (50 if len(pattern) < 4 else 90) for line in (*row, *pattern)):
        return False  # columns of text
    for line in row:
        under = [other for other in pattern if line.box.across(other.box) > -0.5 * em]
        if len(under) != 1 or line.box.shift(under[0].box) > 0.5 * em:
            return False
    return True


def _reads_on(row: Sequence[Line], run: Sequence[Sequence[Line]]) -> bool:
    """Whether *row* goes on with the name in the last row of *run*, which had no room for its first word."""
    if len(row) > 1 or not row[0].text[:1].islower() or len(run[-1]) < 2:
        return False
    reach = max(line.box.right for line, *others in run if others)
    above = run[-1][0].box
    return (
        above.right + first_word(row[0]) > reach > row[0].box.right
        and abs(row[0].box.left - above.left) < FLUSH * above.height
    )


def _in_lists(row: Sequence[Line]) -> bool:
    """Whether *row* is items of two lists side by side, and nothing to tick."""
    if row[0].text[:1] == "□" or has_box(row[0].text):
        return False
    return row[0].text[:1] in BULLETS and any(line.text[:1] in BULLETS for line in row[1:])


def _names(cells: Sequence[Cell], em: float) -> bool:
    """Whether *cells* are words one below the other's middle, from the first column on: authors side by side."""
    if any(numeric(cell.text) for cell in cells):
        return False
    boxes = [cell.box for cell in cells if cell.column == 0 and cell.box is not None]
    lefts, rights, middles = ([edge(box) for box in boxes] for edge in (LEFT, RIGHT, MIDDLE))
    return min(_spread(lefts), _spread(rights)) > 0.5 * em > 2 * _spread(middles)


LEFT, RIGHT, MIDDLE, TOP = map(attrgetter, ("left", "right", "middle", "top"))


def _spread(places: Sequence[float]) -> float:
    return max(places, default=0.0) - min(places, default=0.0)


def _aligned_table(run: Sequence[list[Line]], em: float) -> Region | None:
    """The table that a run of rows makes, None where its rows do not line up."""
    lines = [line for row in run for line in row]
    columns = separators(run, em)
    if not columns:
        return None
    several = [row for row in run if len(row) > 1]
    two_sided = len(columns) == 1
    if len(several) < (3 if two_sided else 2):
        return None
    if all(row[0].text[:1] in BULLETS for row in run) or sum(map(_in_lists, several)) >= 0.5 * len(several):
        return None
    if sum(1 for row in several if all(ANSWER.match(line.text) for line in row)) >= 0.5 * len(several):
        return None  # answers to a question, side by side
    if two_sided and all(line.mono for line in lines) and _numbered(run):
        return None
    if two_sided and _are_notes(run, em):
        return None
    if two_sided and is_memorandum(row[0] for row in several):
        return None
    if two_sided and any(labelled([row[side].text for row in several]) for side in (0, -1)):
        return None
    if not proven(run, columns) or is_justified(run):
        return None
    cells = cells_of(lines, columns, None)
    return None if _names(cells, em) else region(joined_signs(cells), lines)

"""What sets lines off besides their type: where they stand in their column, rules above or below them, a number."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter

from attrs import evolve

from ...page import Box, Line, Ruling, Sheet, union
from ..join import RIGHT_TO_LEFT
from .type_sizes import letters_of


__all__ = [
    "CAPITALS",
    "FEWEST",
    "FLUSH_RIGHT",
    "LONG",
    "NUMBERED",
    "SEVERAL",
    "STOPPED",
    "WHERE",
    "with_looks",
    "without_underlines",
]

LONG = 30  # characters of a line of running text, with its spaces
SEVERAL = 3  # lines that begin at one place
STEP = 3.0  # points: lefts that are nearer are one place
MOST_STROKES = 200  # of a page that is no drawing
MOST_RULES = 40  # of a page that is no table as a whole
AWAY = 2.0  # times the size: from both edges of a column, where a line stands in its middle
MIDDLE = 0.5  # times the size: how far off it that may be
NEAR = 0.9  # times the size: from a line to the rule that goes with it
SLACK = 0.3  # times the size: by how much that may be shorter, or strike its letters
RAGGED = 0.5  # times the size: how far from the right edge of a column a line that is set flush with it may end
HALF = 0.5  # of the width of its column: where such a line begins at the earliest
SHORT = 0.75  # of the width of its column: a longer line is one of running text
FEWEST = 4  # letters of a line in capitals
ABOVE, BELOW = " above", " below"
CAPITALS, CENTRED, FLUSH_RIGHT, NUMBERS, STOPPED = " capitals", " centred", " right", " numbered", " stopped"
WHERE = re.compile(f"{ABOVE}|{BELOW}|{CAPITALS}|{CENTRED}|{FLUSH_RIGHT}|{NUMBERS}|{STOPPED}")
SIDES = re.compile(f"{ABOVE}|{BELOW}")
ENDS = 0.2  # times the size: how far from the ends of its words an underline ends
STRIKES, UNDER = 0.3, 0.16  # times the size: how far above the foot of these it runs, and below
HANGING = 3.0  # times the size: from the number of a heading to its name
STOPS = frozenset(".,;:)")
NUMBERED = re.compile(r"(?:§\s?\d{1,3}|\d{1,2}(?:\.\d{1,2}){0,3}[.)]?|[IVX]{1,5}\.|[A-Z]\.)\s+[^\W\d_]")


def with_looks(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return *sheets*, the pages of one document, with lines that say how they are set off from its running text."""
    columns = _columns(line for sheet in sheets for line in sheet.lines if line.size)
    colours: Counter[str] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            colours[line.look] += len(line.text)
    usual = colours.most_common(1)[0][0] if colours else ""
    return [evolve(sheet, lines=tuple(_with_look(sheet, columns, usual))) for sheet in sheets]


def _columns(lines: Iterable[Line]) -> list[tuple[float, float]]:
    """Return where the columns of running text begin and end in which the *lines* of a document are set."""
    lefts: Counter[int] = Counter()
    reach: dict[int, float] = defaultdict(float)
    for line in lines:
        if len(line.text) >= LONG:
            left = round(line.box.left / STEP)
            lefts[left] += 1
            reach[left] = max(reach[left], line.box.right)
    return [(left * STEP, reach[left]) for left, count in lefts.items() if count >= SEVERAL]


def _with_look(sheet: Sheet, columns: Sequence[tuple[float, float]], usual: str) -> Iterable[Line]:
    rules = [ruling.box for ruling in sheet.rulings if ruling.horizontal]
    ruled = _ruled(sheet.lines, rules) if len(rules) <= MOST_RULES else {}
    for line in sheet.lines:
        look = "" if line.look == usual else line.look
        box, size, begins, centred = line.box, line.size, False, False
        for left, right in columns:
            if left - STEP < box.left < right:
                if box.right - box.left >= SHORT * (right - left):
                    break  # a line of running text, as most are
                begins = begins or box.left - left < STEP
                centred = centred or (size is not None and _is_centred(box, left, right, size))
        else:
            look += ruled.get(id(line), "")
            if centred:
                look += CENTRED
            elif size and not begins and _is_flush_right(box, columns, size) and not RIGHT_TO_LEFT.search(line.text):
                look += FLUSH_RIGHT
            if line.text.isupper() and letters_of(line.text) >= FEWEST:
                look += CAPITALS
            if NUMBERED.match(line.text):
                look += NUMBERS
            if line.text.rstrip()[-1:] in STOPS:
                look += STOPPED
        yield evolve(line, look=look) if look != line.look else line


def _is_centred(box: Box, left: float, right: float, size: float) -> bool:
    before, after = box.left - left, right - box.right
    return min(before, after) > AWAY * size and abs(before - after) < MIDDLE * size


def _is_flush_right(box: Box, columns: Sequence[tuple[float, float]], size: float) -> bool:
    """Whether *box* ends where one of *columns* does, and begins in its right half."""
    return any(
        abs(right - box.right) < RAGGED * size and box.left > left + HALF * (right - left) for left, right in columns
    )


def _ruled(lines: Sequence[Line], rules: Sequence[Box]) -> dict[int, str]:
    """Return for those of *lines* that one of *rules* goes with, as it runs nearest to them, on which side it does."""
    out: dict[int, str] = {}
    for rule in rules:
        near: list[tuple[float, str, Line]] = []
        for line in lines:
            box, size = line.box, line.size or 1.0
            if not box.top - NEAR * size < rule.top < box.bottom + NEAR * size:
                continue
            if rule.left < box.left + SLACK * size and rule.right > box.right - SLACK * size:
                below, above = rule.top - box.bottom, box.top - rule.bottom
                gap, side = (below, BELOW) if abs(below) < abs(above) else (above, ABOVE)
                if -SLACK * size < gap < NEAR * size:
                    near.append((gap, side, line))
        if near:
            _, side, line = min(near, key=itemgetter(0))
            out[id(line)] = "".join(sorted({*SIDES.findall(out.get(id(line), "")), side}))
    return out


def without_underlines(rulings: Sequence[Ruling], lines: Sequence[Line]) -> tuple[Ruling, ...]:
    """Return *rulings* but those at the foot of words of *lines* that begin with the first and end with the last."""
    few = len(rulings) <= MOST_STROKES
    return tuple(each for each in rulings if not (few and each.horizontal and _is_underline(each.box, lines)))


def _is_underline(rule: Box, lines: Sequence[Line]) -> bool:
    across = (line for line in lines if line.box.across(rule) > 0)
    near = [line for line in across if line.box.top < rule.centre < line.box.bottom + line.box.height]
    size = max((line.size or line.box.height for line in near), default=0.0)
    beside = (word.box for line in near for word in line.words if word.box.across(rule) > 0)
    words = [box for box in beside if -STRIKES * size < rule.centre - box.bottom < UNDER * size]
    words.sort(key=lambda word: word.left)
    if not words or any(after.left - before.right > HANGING * size for before, after in pairwise(words)):
        return False  # cells of a row
    said = union(words)
    return abs(said.left - rule.left) < ENDS * size and abs(said.right - rule.right) < ENDS * size

"""
Tells the numbers of lines from the lines: down a margin, as in drafts and court papers, or between two columns, as in
patents.

The text beside them reads on from line to line, which what is said of the numbers of a table or a list does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ..page import Line, Word
from .flow import SPEECH
from .measure import cut, ems, length, median, without


__all__ = ["without_line_numbers"]

LINE = 35  # letters of a line of running text, at least
FEWEST = 6  # lines that are numbered in a margin
STEPS = frozenset({1, 2, 5, 10})  # from one number to the next
MOST_STEPS = 0.8  # of them
FURTHEST = 3.5  # times the font size, from a line to the next: lots and entries are further apart
READ_ON = 0.25  # of the lines begin with a small letter
SPOKEN = 0.25  # of them say who speaks
STEP, FEWEST_STEPS = 5, 3  # of the numbers between columns
AT_ONE_END = re.compile(r"\d?[05](?!\S)|.*\s\d?[05]$")
FEWEST_BETWEEN = 3.5  # lines from one of them to the next
ONE_PLACE = 0.4  # times the font size: how far their middles are off


def without_line_numbers(lines: list[Line]) -> list[Line]:
    """Return *lines* without the numbers of lines of text."""
    return _without_those_between(_without_those_in_margin(lines))


def _without_those_in_margin(lines: list[Line]) -> list[Line]:
    numbers = [line for line in lines if line.text.isdecimal()]
    long = [line for line in lines if length(line) >= LINE] if len(numbers) >= FEWEST else []
    others = [line for line in long if not line.text[0].isdecimal()]
    if not others:
        return lines
    left, right = min(line.box.left for line in others), max(line.box.right for line in others)
    for found in (
        [line for line in numbers if line.box.right < left],
        [line for line in numbers if line.box.left > right],
    ):
        found.sort(key=lambda line: line.box.top)
        steps = Counter(int(low.text) - int(high.text) for high, low in pairwise(found))
        step, often = steps.most_common(1)[0] if steps else (0, 0)
        beside = [line for line in others if any(line.box.down(each.box) > 0.5 * each.box.height for each in found)]
        counts = step in STEPS and often >= max(FEWEST - 1, MOST_STEPS * (len(found) - 1))
        usual = median([low.box.top - high.box.top for high, low in pairwise(found)])
        if counts and usual < FURTHEST * step * ems(others[0]) and (_read_on(beside) or _is_record(lines, found)):
            joined = {id(line): line.words[0] for line in lines if _is_joined(line, found)}
            return [
                rest for line in without(lines, found) if (rest := _without(line, joined.get(id(line)))) is not None
            ]
    return lines


def _is_joined(line: Line, numbers: Sequence[Line]) -> bool:
    """Whether a parser joined *line* with a number that stands between these *numbers*, and counts on from them."""
    if len(line.words) < 2 or not (word := line.words[0]).text.isdecimal():
        return False
    box, slack = word.box, ONE_PLACE * ems(line)
    flush = any(min(abs(box.left - each.box.left), abs(box.right - each.box.right)) < slack for each in numbers)
    return flush and all((each.box.top < box.top) == (int(each.text) < int(word.text)) for each in numbers)


def _read_on(lines: Sequence[Line]) -> bool:
    return sum(1 for line in lines if line.text[:1].islower()) > READ_ON * len(lines)


def _is_record(lines: Sequence[Line], numbers: Sequence[Line]) -> bool:
    """Whether *lines* beside some of the *numbers* begin with who speaks, as in the record of a hearing."""
    said = [line.box for line in lines if SPEECH.match(line.text)]
    beside = [each for each in numbers if any(each.box.down(box) > 0.5 * each.box.height for box in said)]
    return len(beside) > SPOKEN * len(numbers)


def _without_those_between(lines: list[Line]) -> list[Line]:
    """Return *lines* without each fifth line's number, which may have been read as a word of the text beside it."""
    ends = [line for line in lines if line.text[-1:] in "05" or line.text[:1].isdecimal()]  # few, told faster
    found = [line for line in ends if AT_ONE_END.match(line.text)]
    if len(found) <= FEWEST_STEPS:
        return lines
    numbers = [
        (word, line)
        for line in found
        for word in (*line.words[:1], *line.words[-1:])
        if word.text.isdecimal() and int(word.text) % STEP == 0
    ]
    numbers.sort(key=lambda each: each[0].box.top)
    for first in [each for each in numbers if int(each[0].text) == STEP]:
        run = _run_from(first, numbers)
        own = {id(line): word for word, line in run}
        beside = [
            _without(line, word) if (word := own.get(id(line))) is not None else line
            for line in lines
            if any(line.box.down(word.box) > 0.5 * word.box.height for word, _ in run)
        ]
        text = [line for line in beside if line is not None and length(line) >= LINE]
        middle = first[0].box.middle
        sides = [sum(1 for line in text if (line.box.middle < middle) == side) for side in (True, False)]
        if len(run) > FEWEST_STEPS and min(sides) > 0 and _read_on(text):
            return [rest for line in lines if (rest := _without(line, own.get(id(line)))) is not None]
    return lines


def _run_from(first: tuple[Word, Line], numbers: Sequence[tuple[Word, Line]]) -> list[tuple[Word, Line]]:
    """Return those of *numbers* that go on from the *first* one at one place."""
    out = [first]
    size = ems(first[1])
    for word, line in numbers:
        last = out[-1][0]
        step = word.box.centre - last.box.centre
        if int(word.text) != int(last.text) + STEP or abs(word.box.middle - last.box.middle) > ONE_PLACE * size:
            continue
        if step > FEWEST_BETWEEN * size:
            out.append((word, line))
    return out


def _without(line: Line, number: Word | None) -> Line | None:
    """Return *line* without the *number* at one of its ends, if it has one; None where nothing is left."""
    if number is None:
        return line
    rest = line.words[1:] if line.words[0] is number else line.words[:-1]
    return cut(line, rest) if rest else None

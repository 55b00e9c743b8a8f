"""Combs of forms: boxes in a row for the letters of one value, which are a word in a frame and no cells of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import evolve

from ....groups import in_groups
from ....page import Box, Line, Ruling, Word, narrowed, union
from ...measure import in_one, median, recognised, rows, without
from ..fields import words_of


__all__ = ["with_combs"]

FEWEST, MOST = 4, 0.75  # boxes; of the distances between their sides, narrow gaps left out, that are a box's width
LOW, HIGH = 0.4, 2.6  # times the font size: the height of a box
NARROW, WIDE, FAR = 0.6, 2.4, 4.0  # likewise: the width of a box, and from one side to the next at most
EVEN = 0.2  # of the width of a box, and of the font size
GAP = 1.2  # times the width of a box: from letter to letter where a box is empty
EDGE = 3.0  # pixels
SIDES = 500  # upright strokes; more are a drawing's


def with_combs(lines: list[Line], rulings: Sequence[Ruling], em: float) -> tuple[list[Line], Sequence[Ruling]]:
    """Return *lines* with the letters in each comb as one word, and *rulings* with one frame around it."""
    for comb, wide in _combs([each.box for each in rulings if not each.horizontal], em):
        place = union(comb)
        own = [each for each in rulings if _beyond(each.box, place) < EDGE]
        ys = [each.box.centre for each in own if each.horizontal]
        closed = all(any(abs(y - edge) < EDGE for y in ys) for edge in (place.top, place.bottom))
        inside: list[Line] = []
        rest: list[Line] = []
        for line in lines:
            words = words_of(line)
            level = [word for word in words if word.box.is_level_with(place)]
            held = [word for word in level if place.left < word.box.middle < place.right]
            inside += [narrowed(line, held)] if held else []
            others = [word for word in words if word not in held]
            rest += [narrowed(line, others) if held else line] if others else []
        value = _value(sorted(inside, key=lambda line: line.box.left), wide) if inside else None
        if value is None and (inside or not closed):  # no letters, or the ticks of an axis
            continue
        lines = [*rest, value] if value else lines
        rulings = without(rulings, own)
        if closed:
            rulings += [Ruling(evolve(place, top=y, bottom=y)) for y in (place.top, place.bottom)]
            rulings += [Ruling(evolve(place, left=x, right=x)) for x in (place.left, place.right)]
    return lines, rulings


def _combs(upright: Sequence[Box], em: float) -> Iterator[tuple[list[Box], float]]:
    """Yield the sides of the boxes of each comb among *upright* strokes, from left to right, and how wide a box is."""
    if len(upright) > SIDES:
        return

    def takes(run: Sequence[Box], box: Box) -> bool:
        ends = max(abs(run[-1].top - box.top), abs(run[-1].bottom - box.bottom))
        return ends < EVEN * em and box.left - run[-1].left < FAR * em

    sides = sorted((box for box in upright if LOW * em < box.height < HIGH * em), key=lambda box: box.left)
    for run in in_groups(sides, takes):
        steps = [right.middle - left.middle for left, right in pairwise(run)]
        wide = median([step for step in steps if step > NARROW * em])
        steps = [step for step in steps if step > 0.5 * wide]  # the rest are gaps between boxes
        even = sum(1 for step in steps if abs(step - wide) < EVEN * wide)
        place = union(run)
        stacked = (place.left < box.middle < place.right and -EDGE < box.down(place) < EDGE for box in upright)
        if even >= max(FEWEST, MOST * len(steps)) and wide < WIDE * em and not any(stacked):
            yield run, wide


def _value(inside: Sequence[Line], wide: float) -> Line | None:
    """Return the letters *inside* a comb as one line; None where they are a scale, marks, or words typed over it."""
    words = [word for line in inside for word in words_of(line)]
    letters = [word for word in words if len(word.text) == 1]
    text = words[0].text
    for before, word in pairwise(words):
        text += " " * (word.box.left - before.box.right > GAP * wide) + word.text
    counted = len(text) > 2 and all(ord(after) - ord(before) == 1 for before, after in pairwise(text))
    alike = max(map(text.count, text)) > MOST * len(text)
    if counted or alike or len(rows(inside)) > 1 or not (recognised(inside[0]) or len(letters) > MOST * len(words)):
        return None
    whole = in_one(inside)
    return evolve(whole, text=text, mono=False, words=(Word(text, whole.box, min(word.confidence for word in words)),))


def _beyond(box: Box, place: Box) -> float:
    """Return how many pixels *box* reaches beyond *place*."""
    return max(place.left - box.left, box.right - place.right, place.top - box.top, box.bottom - place.bottom)

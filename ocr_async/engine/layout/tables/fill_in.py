"""
Finds what a form or a worksheet leaves to fill in: lines to write on, empty frames, sums, and boxes to tick.

A label beside a line to write on makes no table, however well such lines stand below each other; neither do sums
without results, or numbered questions with boxes to tick beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from ...page import Box, Line, Ruling, Word, of_words, union
from ..lists import marker
from ..measure import ems, in_one, left_of, with_one, without
from .fields import has_box, words_of


__all__ = [
    "BLANK",
    "MARKS",
    "Field",
    "are_sums",
    "captioned",
    "ends_in_choice",
    "fields",
    "lines_to_write_on",
    "parted_at_fields",
    "standing_alone",
    "with_blanks",
    "with_choices",
]

MOST = 200  # rulings: more are a table's, or a drawing's
SHORTEST = 1.8  # times the font size: a line to write on, which is longer than the stroke of a fraction
NEAR = 12.0  # times the font size: a label that far left of a frame names it, and none above
BESIDE = 1.2  # times the font size: how far it begins from its label
BASELINE = 0.35  # of a line's height: how far from its foot
FREE = 1.5  # times the font size: what is left to write on behind a value, while underlined words end with their line
LOW, HIGH = 0.8, 2.6  # times the font size: the height of a frame to write in
EVEN = 1.0  # pixels between the ends of the strokes of one frame
UNDER = 0.8  # times the font size: from a label down to its frame
SMALL = 0.9  # times the size of a value: that of a label below it
LARGE = 1.3  # times the font size: a title, whose rule is below it
LONGEST = 34  # letters of an answer, and of a label above a frame
APART = 2.0  # times the font size: columns
NEXT = 4.0  # times the font size: from one question down to the next
ROWS = 3  # of a table of answers
FAR = 1e6
BLANK = "____"
OPENING, CLOSING = frozenset("(（[［【"), frozenset(")）]］】")
WIDEST = 6.0  # times the font size: a gap in brackets for an answer
SUM = re.compile(r".*[\w)]\s*[-+−–×÷·*/:^]\s*[\w(].*=[\s_.…?]*")

CHOICE = re.compile(rf".*[☐☑☒] ?[^☐☑☒]{{0,{LONGEST}}}")
UNIT = r"(?:marks?|points?|pts?\.?|Punkte|P\.?)"
# what a question of an exam is worth
MARKS = re.compile(rf"(?:\[\s?\d{{1,2}}\s?{UNIT}?\s?\]|\(\s?\d{{1,2}}\s?{UNIT}\s?\)|\d{{1,2}}\s{UNIT})$", re.IGNORECASE)


@frozen
class Field:
    """Where to write, the label left of it, above it or below it, and what is written there."""

    box: Box
    label: Line
    value: tuple[Line, ...] = ()

    @property
    def lines(self) -> list[Line]:
        below = self.label.box.centre > self.box.bottom
        return [*self.value, self.label] if below else [self.label, *self.value]


def are_sums(row: Sequence[Line]) -> bool:
    """Whether all of *row* are sums without results, such as "12 + 7 ="."""
    return all("=" in line.text and SUM.fullmatch(line.text) is not None for line in row)


def ends_in_choice(line: Line) -> bool:
    """Whether *line* ends in a box to tick with its answer, or in what a question is worth, at the edge."""
    text, words = line.text.rstrip(), line.words
    if not text.isascii() and CHOICE.fullmatch(text) is not None:
        return True
    if (worth := MARKS.search(text[-len("[10 points ]") :])) is None:
        return False
    first = len(words) - len(worth[0].split())
    return first <= 0 or words[first].box.left - words[first - 1].box.right > BESIDE * ems(line)


def fields(lines: Sequence[Line], places: Sequence[Box], rulings: Sequence[Ruling], em: float) -> list[Field]:
    """Return what is to be filled in: labels with lines or frames to write on beside, or below, them."""
    ruled = [field for place in places if (field := _beside(place, lines, em)) is not None]
    boxes = standing_alone(rulings, em, LOW, HIGH) if len(rulings) <= MOST else []
    framed = [field for box in boxes if (field := _framed(box, lines, em, boxes)) is not None]
    return [*ruled, *framed]


def captioned(lines: Sequence[Line], places: Sequence[Box], em: float) -> list[Field]:
    """Return what is filled in on *places* with small labels below them, and what stands at others like them."""
    told = [each for place in places if (each := _captioned(place, lines, em)) is not None]
    sure = [field.box for field in told if field.value]
    return [
        each
        for each in told
        if any(min(abs(each.box.centre - box.centre), abs(each.box.left - box.left)) < EVEN for box in sure)
    ]


def _captioned(place: Box, lines: Sequence[Line], em: float) -> Field | None:
    """Return the field whose value is written on the line *place*, with the small label that alone stands below it."""
    near = [line for line in lines if line.box.across(place) > 0]
    value = _lines_of(_words_at(place, near))
    below = [line for line in near if -0.3 * em < line.box.top - place.bottom < UNDER * em]
    both = [*below, *value]
    if (
        len(value) > 1
        or len(below) > 1
        or not both
        or any(line.bold or ems(line) > LARGE * em for line in both)
        or (below and (below[0].mono or ems(below[0]) > SMALL * (ems(value[0]) if value else em)))
        or not _is_name(both[0])
        or any(line.box.left < place.left - 0.5 * em or line.box.right > place.right + 0.5 * em for line in both)
    ):
        return None
    return Field(place, both[0], tuple(both[1:]))


def with_blanks(lines: Sequence[Line], places: Sequence[Box], em: float) -> list[Line]:
    """Return *lines*, those that go on behind one of *places*, or a gap in brackets, joined with what is before."""
    out = _with_gaps(lines, em)
    for place in places:
        if (found := _around(place, out, em)) is None:
            continue
        pieces, is_blank = found
        words = sorted((word for line in pieces for word in words_of(line)), key=lambda each: each.box.left)
        index = sum(1 for word in words if word.box.middle < place.right)
        last = words[index - 1]
        if is_blank:
            words.insert(index, Word(BLANK, evolve(last.box, left=place.left, right=place.right)))
        else:  # no column ends between what is written and the end of its line
            words[index - 1] = evolve(last, box=evolve(last.box, right=max(place.right, last.box.right)))
        whole = of_words(in_one(pieces), words)
        out = [whole if line is pieces[0] else line for line in without(out, pieces[1:])]
    return out


def _with_gaps(lines: Sequence[Line], em: float) -> list[Line]:
    """Return *lines*, those that end in an opening bracket joined with the closing one behind the gap."""
    out = list(lines)
    for closing in [line for line in lines if line.text[:1] in CLOSING]:
        level = left_of(closing, out, level=0.3)
        opening = max(level, key=lambda line: line.box.right, default=None)
        if opening is None or opening.text[-1:] not in OPENING or closing.box.left - opening.box.right > WIDEST * em:
            continue
        *before, last = words_of(opening)
        first, *after = words_of(closing)
        gap = Word(f"{last.text} {first.text}", union([last.box, first.box]))  # one word, for no column ends here
        whole = evolve(in_one([opening, closing]), words=(*before, gap, *after))
        out = [whole if line is opening else line for line in out if line is not closing]
    return out


def with_choices(lines: Sequence[Line], em: float) -> list[Line]:
    """
    Return *lines*, boxes to tick at the end of the numbered questions that they stand beside.

    Three rows or more without numbers are a table.
    """
    ticks = [line for line in lines if has_box(line.text)]
    found: dict[int, tuple[Line, list[Line]]] = {}
    for tick in ticks:
        asked = _left_of(tick, lines)
        if asked is not None:
            found.setdefault(id(asked), (asked, []))[1].append(tick)
    rows = [(asked, sorted(own, key=lambda each: each.box.left)) for asked, own in found.values() if len(own) > 1]
    rest = list(lines)
    for asked, own in rows:
        below = [others[0] for _, others in rows if abs(others[0].box.left - own[0].box.left) < em]
        near = (abs(other.box.centre - own[0].box.centre) < NEXT * em for other in below if other is not own[0])
        if len(below) >= ROWS and marker(asked.text) is None and any(near):
            continue
        last = _last_line(asked, rest, own[0].box.left)
        if any(line is last for line in rest):  # else it went to a question itself
            rest = with_one(rest, [last, *own], like=last)
    return rest


def parted_at_fields(lines: Sequence[Line], found: Sequence[Field]) -> list[tuple[list[Line], bool]]:
    """Return *lines* above, between and below the fields *found*, and those of each; with each whether it is one."""
    known = set(map(id, lines))
    own = sorted((field for field in found if id(field.label) in known), key=lambda field: field.box.centre)
    out: list[tuple[list[Line], bool]] = []
    rest = list(lines)
    while own:
        place = own[0].box  # of no height, if a line as thin as can be is drawn
        level = [field for field in own if field.box.down(place) > 0 or field.box.centre == place.centre]
        own = without(own, level)
        parts = [field.lines for field in {id(field.label): field for field in reversed(level)}.values()]
        taken = [line for part in parts for line in part]
        row = union([line.box for line in taken])
        rest = without(rest, taken)
        out.append(([line for line in rest if line.box.centre < row.top], False))
        parts += [[line] for line in rest if row.top <= line.box.centre <= row.bottom]
        rest = [line for line in rest if line.box.centre > row.bottom]
        out.extend((part, True) for part in sorted(parts, key=lambda part: part[0].box.left))
    return [(part, field) for part, field in (*out, (rest, False)) if part]


def lines_to_write_on(rulings: Sequence[Ruling], em: float) -> list[Box]:
    """Return the level *rulings* that no upright one touches, from left to right."""
    if len(rulings) > MOST:
        return []
    upright = [ruling.box for ruling in rulings if not ruling.horizontal]
    level = [ruling.box for ruling in rulings if ruling.horizontal and ruling.box.width > SHORTEST * em]
    level.sort(key=lambda box: box.left)
    return [box for box in level if not any(_touch(box, other) for other in upright)]


def _touch(one: Box, other: Box) -> bool:
    return one.across(other) > -2 * EVEN and one.down(other) > -2 * EVEN


def _words_at(place: Box, lines: Iterable[Line]) -> list[tuple[Word, Line]]:
    """Return the words of the *lines* whose foot is level with the line *place*, from left to right."""
    level = [
        (word, line)
        for line in lines
        if abs(line.box.bottom - place.centre) < BASELINE * line.box.height
        for word in words_of(line)
    ]
    return sorted(level, key=lambda each: each[0].box.left)


def _lines_of(words: Iterable[tuple[Word, Line]]) -> list[Line]:
    return list({id(line): line for _, line in words}.values())


def _is_name(line: Line) -> bool:
    return sum(map(str.isalpha, line.text)) > 1


def _label(place: Box, words: Sequence[tuple[Word, Line]], em: float) -> int | None:
    """Return which of *words* ends right before *place*."""
    for index in range(len(words) - 1, -1, -1):
        word, line = words[index]
        if word.box.right < place.left + 0.2 * em:
            return index if place.left - word.box.right < BESIDE * em and any(map(str.isalpha, line.text)) else None
    return None


def _beside(place: Box, lines: Sequence[Line], em: float) -> Field | None:
    """Return the field whose value is written on the line *place*, with the label left of it."""
    words = _words_at(place, lines)
    index = _label(place, words, em)
    if index is None or not _is_name(label := words[index][1]):
        return None
    on = [(word, line) for word, line in words[index + 1 :] if word.box.left < place.right]
    end = max((word.box.right for word, _ in on), default=place.left)
    after = next((word for word, _ in words[index + 1 :] if word.box.left >= place.right), None)
    if label.text.rstrip().endswith("=") or place.right - end < FREE * em:
        return None
    if after is not None and after.box.left - place.right < BESIDE * em:
        return None  # a sentence that goes on
    value = without(_lines_of(on), [label])
    if any(right.box.left - left.box.right > APART * em for left, right in pairwise(value)):
        return None  # the heads of columns
    return Field(place, label, tuple(value))


def _around(place: Box, lines: Sequence[Line], em: float) -> tuple[list[Line], bool] | None:
    """Return the line before the line *place*, those on it, and the one after it; and whether nothing is on it."""
    words = _words_at(place, lines)
    if (index := _label(place, words, em)) is None:
        return None
    after = next((each for each in range(index + 1, len(words)) if words[each][0].box.middle > place.right), None)
    if after is None or not -0.2 * em < words[after][0].box.left - place.right < BESIDE * em:
        return None
    pieces = _lines_of(words[index : after + 1])
    is_blank = after == index + 1
    if pieces[-1].mono:  # a rule within a program's text
        return None
    return pieces, is_blank


def standing_alone(rulings: Sequence[Ruling], em: float, low: float, high: float) -> list[Box]:
    """Return the rectangles that stand alone among *rulings*, and are *low* to *high* times the font size high."""
    level = sorted((ruling.box for ruling in rulings if ruling.horizontal), key=lambda box: box.top)
    upright = [ruling.box for ruling in rulings if not ruling.horizontal]
    out: list[Box] = []
    for index, top in enumerate(level):
        if top.width < 2 * SHORTEST * em:
            continue
        alike = (box for box in level[index + 1 :] if max(abs(top.left - box.left), abs(top.right - box.right)) < EVEN)
        foot = next(alike, None)
        if foot is None or not low * em < foot.centre - top.centre < high * em:
            continue
        box = Box(top.left, top.top, top.right, foot.bottom)
        sides = [side for side in upright if _touch(side, box)]
        ends = (max(abs(side.top - box.top), abs(side.bottom - box.bottom)) for side in sides)
        if len(sides) == 2 and max(ends) < 2 * EVEN:
            out.append(box)
    return out


def _framed(box: Box, lines: Sequence[Line], em: float, boxes: Sequence[Box]) -> Field | None:
    """Return the field that is the frame *box*, one of *boxes*, with its label left of it or above it, in none."""
    others = [other for other in boxes if other is not box]
    level = [line for line in lines if line.box.down(box) > 0.5 * line.box.height]
    words = sorted(((word, line) for line in level for word in words_of(line)), key=lambda each: each[0].box.left)
    inside = [(word, line) for word, line in words if box.left < word.box.middle < box.right]
    after = min((word.box.left for word, _ in words if word.box.middle > box.right), default=FAR)
    if any(box.right - word.box.right < FREE * em or has_box(word.text) for word, _ in inside):
        return None
    value = _lines_of(inside)
    bare = [(word, line) for word, line in words if not any(word.box.share(other) > 0.5 for other in others)]
    before = next(((word, line) for word, line in reversed(bare) if word.box.middle < box.left), None)
    if before is not None and box.left - before[0].box.right < NEAR * em:
        word, label = before
        if (
            not -0.3 * em < box.left - word.box.right < BESIDE * em
            or label.mono
            or after - box.right < BESIDE * em
            or not _is_name(label)
        ):
            return None
        return Field(box, label, tuple(without(value, [label])))
    above = [
        line
        for line in lines
        if abs(line.box.left - box.left) < 0.5 * em
        and -0.3 * em < box.top - line.box.bottom < UNDER * em
        and line.box.right < box.right
        and len(line.text) < LONGEST
        and not (line.text.endswith(".") or any(line.box.share(other) > 0.5 for other in others))
    ]
    label_above = max(above, key=lambda line: line.box.bottom, default=None)
    if label_above is None or label_above.mono or any(line.bold for line in (label_above, *value)):
        return None  # a title of what is framed
    several = any(box.down(other) > 0 for other in others)  # a frame alone may hold a listing
    return Field(box, label_above, tuple(value)) if several or not any(line.mono for line in value) else None


def _left_of(tick: Line, lines: Iterable[Line]) -> Line | None:
    """Return the question that stands left of the box *tick*, with nothing but such boxes between them."""
    level = [line for line in left_of(tick, lines, level=0.3) if not has_box(line.text)]
    # beside the middle of two lines stands what is asked in both
    return max(level, key=lambda line: (round(line.box.left / line.box.height), line.box.bottom), default=None)


def _last_line(asked: Line, lines: Iterable[Line], edge: float) -> Line:
    """Return the last line of the question that *asked* is a line of, left of *edge*."""
    last, left = asked, asked.box.left - 0.5 * ems(asked)
    for line in sorted(lines, key=lambda line: line.box.top):
        if (
            left < line.box.left < last.box.right
            and 0.5 * last.box.height < line.box.bottom - last.box.bottom < 1.4 * last.box.height
            and line.box.right <= edge
            and not (marker(line.text) or has_box(line.text))
            and last.text.rstrip()[-1:] not in "?:"
        ):
            last = line
    return last

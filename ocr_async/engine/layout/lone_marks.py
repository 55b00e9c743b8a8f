"""
Joins marks that stand alone with the text beside them: bullets and numbers of items, clauses and verses, what a
question is worth, numbers of formulas; and gives back bullets that recognition took for letters, or overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from attrs import evolve

from ..page import Box, Line, union
from .flow import BARE
from .lists import ALONE, ARROWS, BULLETS, CLAUSE, NEAR, follows, marker
from .measure import are_stacked, ems, first_word, left_of, recognised, with_one
from .numbering import is_bare
from .tables.fill_in import MARKS


__all__ = ["attached", "with_circles", "with_numbers"]

DASHES = frozenset("-–—")
NUMBER_ALONE = re.compile(r"\s*\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s*$")
CLAUSE_ALONE = re.compile(r"\s*(?:\d{1,2}(?:\.\d{1,2}){1,3}\.?|[A-Z]{1,3}-?\d{1,3}[.:]?)\s*$")  # 1.1, A1
SHORT = 12  # letters
LONG, MOST = 25, 0.6  # letters of a line of running text; of the lines beside clauses
VERSES, VERSE = 3, 3.0  # verses, and times the text's size: from one to the next
LARGE = 1.08  # times the text's size: a heading
LARGER = 1.4  # times the size of the verse
MIDWAY = 2.5  # times as far from what stands left of it as from what is right of it: an arrow between two


def attached(lines: Sequence[Line], em: float) -> list[Line]:
    """Return *lines*, bullets and numbers that stand alone joined with what is right of them, marks with questions."""
    lines = _with_circles(lines, em)
    if are_stacked(lines):  # nothing stands beside another line
        return _with_lost_bullets(lines, em)
    lines = _with_formula_numbers(_with_marks(lines, em), em)
    alone = [
        line
        for line in lines
        if len(line.text.strip()) <= len("(xviii)") and (ALONE.match(line.text) or NUMBER_ALONE.match(line.text))
    ]
    alone += [*_clause_numbers(lines, em), *_verse_numbers(lines, em)]
    if not alone:
        return _with_lost_bullets(lines, em)
    out = list(lines)
    for mark in alone:
        box, said = mark.box, mark.text.strip()
        beside = [
            line
            for line in out
            if line is not mark
            and -0.2 * em < line.box.left - box.right < 4 * em
            and line.box.down(box) >= 0.4 * min(box.height, line.box.height)
        ]
        best = min(beside, key=lambda line: line.box.left, default=None)
        if best is None or marker(best.text) is not None or (said in ARROWS and _leads(mark, best, lines)):
            continue
        if _is_short(best, lines, em) and not (
            ALONE.match(mark.text) or is_bare(mark.text) or _is_numbered_on(mark, out, em)
        ):
            continue
        if said in DASHES and not any(map(str.isalpha, best.text)):
            continue  # an empty cell, and the number in the next one
        out = with_one(out, [mark, best], like=best)
    return _with_lost_bullets(out, em)


def with_numbers(lines: Sequence[Line], em: float) -> list[Line]:
    """Return *lines*, numbers that are set apart put before their headings: bold or large, with running text below."""
    out = list(lines)
    numbers = [] if are_stacked(lines) else [line for line in lines if BARE.fullmatch(line.text) and not line.mono]
    for number in numbers:
        name = min(_right_of(number, out), key=lambda line: line.box.left, default=None)
        if (
            name is None
            or name.box.left - number.box.right > 4 * em
            or not (name.text[0].isupper() or name.text > "\x7f")
        ):
            continue
        near = (other for other in numbers if abs(other.box.top - number.box.top) < VERSE * em)
        if any(other is not number and other.box.across(number.box) > 0 for other in near):
            continue  # a column
        head = union([number.box, name.box])
        below = [line for line in out if line.box.top > name.box.centre and line.box.across(head) > 0]
        text = min(below, key=lambda line: line.box.top, default=None)
        if (
            (number.bold or name.bold or ems(name) > LARGE * em)
            and text is not None
            and 2 * sum(map(str.isalpha, text.text)) > len(text.text) >= LONG  # no entry of contents
            and text.box.top - name.box.bottom < VERSE * em
            and min(abs(text.box.left - line.box.left) for line in (number, name)) < NEAR * em
        ):
            out = with_one(out, [number, name], like=name)
    return out


def _is_short(line: Line, lines: Sequence[Line], em: float) -> bool:
    """Whether *line* is a cell, and not the first words of a longer line that was torn at its spaces."""
    return len(line.text) < SHORT and not any(
        0 < other.box.left - line.box.right < em and other.box.down(line.box) > 0.5 * line.box.height for other in lines
    )


def _is_numbered_on(mark: Line, lines: Iterable[Line], em: float) -> bool:
    """Whether one of *lines* begins with the number before *mark*, at its left edge."""
    return any(
        abs(line.box.left - mark.box.left) < NEAR * em
        and (before := marker(line.text)) is not None
        and len(line.text) > len(before)
        and follows(mark.text.strip(), before)
        for line in lines
    )


def _leads(arrow: Line, behind: Line, lines: Sequence[Line]) -> bool:
    """Whether an *arrow* leads to what is *behind* it from one of *lines*, between which it is about midway."""
    box, far = arrow.box, MIDWAY * (behind.box.left - arrow.box.right)
    return any(0 < box.left - each.box.right < far and each.box.down(box) > -each.box.height for each in lines)


def _clause_numbers(lines: Sequence[Line], em: float) -> list[Line]:
    """Return numbers such as 1.1 and Article 1 left of the clauses or names of parts, that are no column of a table."""
    bare = {id(line): is_bare(line.text) for line in lines if len(line.text) < 2 * SHORT}
    alone = [line for line in lines if id(line) in bare and (bare[id(line)] or CLAUSE_ALONE.match(line.text))]
    rows = {id(mark): sorted(_right_of(mark, lines), key=lambda line: line.box.left) for mark in alone}
    out: list[Line] = []
    for mark in alone:
        if any(mark is each for each in out):
            continue
        part, of_parts = mark.text.split(".")[0] + ".", bare[id(mark)]
        at_one_x = [other for other in alone if abs(other.box.left - mark.box.left) < 0.3 * em]
        column = [other for other in at_one_x if bare[id(other)] == of_parts]
        several = len(column) > 1 or any(line.text.startswith(part) and CLAUSE.match(line.text) for line in lines)
        beside = [rows[id(other)] for other in column]
        # of the next column of text, and behind letters, which cells have, too
        further = [line for row in beside for line in row[of_parts or not mark.text.lstrip()[:1].isalpha() :]]
        named = of_parts and all(row and _is_name_of(each, row[0]) for each, row in zip(column, beside, strict=True))
        in_prose = sum(len(line.text) >= LONG for line in further) >= MOST * len(further)
        if in_prose and (named or (several and all(beside))):
            out.extend(column)
    return out


def _is_name_of(number: Line, name: Line) -> bool:
    """Whether *name* is set as the *number* of a part beside it is."""
    return (
        name.bold == number.bold
        and abs(ems(name) - ems(number)) < 0.1 * ems(number)
        and any(map(str.isalpha, name.text))
    )


def _verse_numbers(lines: Sequence[Line], em: float) -> list[Line]:
    """Return the numbers of verses that hang left of them, one below the other, with nothing else beside the verses."""
    alone = [line for line in lines if len(line.text) < 3 and line.text.isdecimal()]
    if len(alone) < VERSES:
        return []
    numbers = set(map(id, alone))
    out: list[Line] = []
    for first in [line for line in alone if line.text == "1"]:
        run = [first]
        for line in sorted(alone, key=lambda line: line.box.top):
            if (
                line.box.top > run[-1].box.top
                and int(line.text) == len(run) + 1
                and abs(line.box.left - first.box.left) < 0.6 * em
            ):
                run.append(line)
        if len(run) < VERSES or any(low.box.top - high.box.top <= VERSE * em for high, low in pairwise(run)):
            continue
        beside = [[number, *_right_of(number, lines)] for number in run]
        if (
            all(2 * sum(1 for line in row if id(line) in numbers) == len(row) for row in beside)
            # larger ones are of what is in two lines
            and all(ems(row[0]) < LARGER * min(map(ems, row)) for row in beside)
        ):
            out.extend(run)
    return out


def _right_of(mark: Line, lines: Sequence[Line]) -> list[Line]:
    box = mark.box
    return [
        line
        for line in lines
        if line.box.left > box.right and line.box.down(box) > 0.4 * min(box.height, line.box.height)
    ]


def with_circles(lines: Sequence[Line]) -> list[Line]:
    """Return *lines*, with circles for "o" in even type or set in below a bullet, as Word marks items within items."""
    said = [line for line in lines if not line.mono]
    return [
        evolve(line, text=f"○{line.text[1:]}", words=(evolve(line.words[0], text="○"), *line.words[1:]))
        if line.text[:2] in LETTER and line.words and _is_circle(line, lines, said)
        else line
        for line in lines
    ]


def _is_circle(line: Line, lines: Sequence[Line], said: Sequence[Line]) -> bool:
    """Whether the "o" with which *line* begins stands apart from what is *said* behind it, as a mark does."""
    size = ems(line)
    if len(line.words) > 1:
        return line.words[1].box.left - line.words[0].box.right > APART * size and _set_in(line, lines, size)
    behind = (other.box.left - line.box.right < 4 * size for other in _right_of(line, said))
    return any(behind) and (bool(line.mono) or _set_in(line, lines, size))


LETTER = frozenset({"o", "o "})
APART = 0.6  # times the size: more than a space
CIRCLE = re.compile(r"(?:。\s*|o\s+)(?=[A-ZÀ-Þ\u4e00-\u9fff])")


def _with_circles(lines: Sequence[Line], em: float) -> Sequence[Line]:
    """Put a circle, the mark of items within items, where a scan's was read as "o" or as a Chinese full stop."""
    if not any(map(recognised, lines)):
        return lines
    out: list[Line] = []
    for line in lines:
        read = CIRCLE.match(line.text) if recognised(line) else None
        if read is None or not (read.group()[0] == "。" or _set_in(line, lines, em)):
            out.append(line)
            continue
        words = line.words
        if words:
            first = words[0].text.removeprefix(read.group().strip())
            words = (evolve(words[0], text="○"), *([evolve(words[0], text=first)] if first else []), *words[1:])
        out.append(evolve(line, text=f"○ {line.text[read.end() :]}", words=words))
    return out


def _set_in(line: Line, lines: Sequence[Line], em: float) -> bool:
    """Whether *line* stands right of where an item above it begins, or level with another circle."""
    return any(
        (
            other.text[:1] in BULLETS
            and 0.5 * em < line.box.left - other.box.left < 6 * em
            and other.box.top < line.box.top
        )
        or (other is not line and abs(other.box.left - line.box.left) < 0.3 * em and CIRCLE.match(other.text))
        for other in lines
        if other.text
    )


def _with_marks(lines: Sequence[Line], em: float) -> list[Line]:
    """Put what a question of an exam is worth, which stands at the edge beside its first line, at its end."""
    worth = [line for line in lines if MARKS.fullmatch(line.text.strip())]
    out = list(lines)
    for mark in worth:
        if not any(other is not mark and abs(other.box.right - mark.box.right) < em for other in worth):
            continue
        last = max(left_of(mark, out, level=0.5), key=lambda line: line.box.right, default=None)
        if last is None or MARKS.fullmatch(last.text.strip()):
            continue
        left = last.box.left - 0.5 * em
        for line in sorted(out, key=lambda line: line.box.top):
            if last.text.rstrip()[-1:] in ".?!:":
                break
            if (
                left < line.box.left < last.box.right
                and 0.5 * em < line.box.bottom - last.box.bottom < 1.6 * last.box.height
                and line.box.right <= mark.box.right
                and marker(line.text) is None
            ):
                last = line
        out = with_one(out, [last, mark], like=last)
    return out


FORMULA_NUMBER = re.compile(r"\s*\((?:\d{1,2}|[A-Z])(?:\.\d{1,2})?[a-z]?\)\s*")
RELATIONS = frozenset("=≠<>≤≥≈≡∝∼→∈")


def _with_formula_numbers(lines: Sequence[Line], em: float) -> list[Line]:
    """Put the number of a formula, which stands at the right edge, behind it."""
    numbers = [line for line in lines if line.text.rstrip()[-1:] == ")" and FORMULA_NUMBER.fullmatch(line.text)]
    out = list(lines)
    left = min((line.box.left for line in lines), default=0.0) if numbers else 0.0
    for number in numbers:
        before = max(left_of(number, out, level=0.5), key=lambda line: line.box.right, default=None)
        if before is None or _right_of(number, out):
            continue
        if before.box.left < left + 2 * em or RELATIONS.isdisjoint(before.text):
            continue
        out = with_one(out, [before, number], like=before)
    return out


def _with_lost_bullets(lines: Sequence[Line], em: float) -> list[Line]:
    """
    Give a line between two bulleted ones their bullet, which recognition now and then overlooks.

    It begins where their bullets or their texts stand, and does not go on with the item above: its first word would
    have fitted there.
    """
    bulleted = [line for line in lines if line.text[:1] in BULLETS]
    out = list(lines)
    for number, line in enumerate(lines if bulleted else ()):
        box = line.box
        if marker(line.text) is not None:
            continue
        beside = [
            other
            for other in bulleted
            if min(abs(left - box.left) for left in _begins(other)) < 0.3 * em
            and 0.7 * box.height < other.box.height < 1.4 * box.height
        ]
        above = [other for other in beside if -0.3 * em < box.top - other.box.bottom < em]
        if not above or not any(-0.3 * em < other.box.top - box.bottom < em for other in beside):
            continue
        set_in = box.left > above[0].box.left + 0.3 * em
        if set_in and (line.text[:1].islower() or above[0].text.rstrip()[-1:] not in ".!?;"):
            continue  # the second line of the item above
        edge = max(other.box.right for other in lines if other.box.left < box.left + 0.5 * em)
        if above[0].box.right + first_word(line) < edge:
            whole = Box(min(above[0].box.left, box.left), box.top, box.right, box.bottom)
            out[number] = evolve(line, text=f"{marker(above[0].text)} {line.text}", box=whole)
    return out


def _begins(item: Line) -> tuple[float, ...]:
    """Return where an *item* begins, and where its text does, if its bullet was read by itself."""
    apart = len(item.words) > 1 and ALONE.match(item.words[0].text)
    return (item.box.left, item.words[1].box.left) if apart else (item.box.left,)

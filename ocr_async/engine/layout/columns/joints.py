"""
Finds the gaps between columns that a parser did not see, as what stands there is no further apart than words are.

Where numbers are set to the right against words that are set to the left, as in spreadsheets, all rows may be joined;
then the numbers end at one x. So they do where the column behind them is set to the right, too, and its words begin
anywhere. And where a spreadsheet's columns are as narrow as what is in them, only their heads stand apart. Heads that
are joined above rows that are not finds `joined_heads`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from ...groups import in_runs
from ...page import Box, Line, Word
from ..measure import cut, ems
from .joined_heads import joints_of_heads


__all__ = ["DIGIT", "EXACT", "MEET", "ROWS", "SHORT", "SPACE", "WIDE", "is_thousand", "joints", "torn", "unjoined"]

EXACT = 0.6  # points: programs place the cells of one column at one x
HEADS = 3  # columns, at least, whose heads tell where they begin
OVER = 0.25  # of the font size: by how much a cell may run into the next one
JOINED = 4  # rows in which a number ends and a word begins at the edge of two columns
CROSSED = 0.25  # of these rows: those between them that run across the edge
GAP = 0.45  # of the font size: words of a phrase stand closer
WIDE = 0.55  # of the font size: no gap between words
ROWS = 1.5  # times the font size: white between two rows of a table
DIGIT = re.compile(r"\d")
THOUSAND = 3  # digits
THOUSANDS = 0.4  # of the font size: a space within a number is narrower
BEGUN = re.compile(r"\D{0,3}\d{1,3}")
GROUP = re.compile(r"\d{3}(?!\d)")
HEAD = 3.0  # times the font size: from the first row up to the head, and from line to line in it
SHORT = 40  # letters: longer lines in a row of several are columns of running text
SPACE = {False: 0.8, True: 1.2}  # of the font size: gaps between words are narrower, in even type the wider
BEHIND = frozenset("%)€$£")  # what may stand behind a number
AMOUNT = re.compile(r"[-−–+(€$£]*(?:\d[\d.,'’]*[.,]\d\d|\d{4,}|[\d.,]+[%€$£])\)?")  # no number of a section
MEET = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z0-9$€£(])|(?<=[^\W\d_][.,;:)])(?=[^\W_])|(?<=[0-9%)])(?=[A-Za-z])")


def joints(text_rows: Sequence[Sequence[Line]]) -> list[Box]:
    """Return the gaps between columns that a parser did not see in *text_rows*, each from its first row to its last."""
    numbers = (*_joints_after_numbers(text_rows), *_joints_of_ends(text_rows))
    out = (*numbers, *_joints_below_heads(text_rows), *joints_of_heads(text_rows))
    return sorted(out, key=lambda gap: gap.left)


def _joints_after_numbers(text_rows: Sequence[Sequence[Line]]) -> list[Box]:
    """Return the gaps between numbers set to the right and words set to the left."""
    found = sorted(_after_numbers(text_rows), key=lambda joint: joint[1].box.left)
    out: list[Box] = []
    for group in in_runs(found, lambda run, joint: joint[1].box.left - run[-1][1].box.left < EXACT / 2):
        right = sorted(number.box.right for number, _, _ in group)[len(group) // 2]
        level = [joint for joint in group if abs(joint[0].box.right - right) < EXACT / 2]
        if len(level) < JOINED:
            continue
        heights = [centre for _, _, centre in level]
        gap = Box(right, min(heights), level[0][1].box.left, max(heights))
        top, headed = _head_of(text_rows, gap)
        if not _in_columns(level, headed=headed):
            continue
        gap = evolve(gap, top=top)
        across = sum(1 for row in text_rows if any(_runs_across(line, gap) for line in row))
        if across <= CROSSED * len(level):
            out.append(gap)
    return out


def _joints_below_heads(text_rows: Sequence[Sequence[Line]]) -> Iterator[Box]:
    """Yield the gaps before columns whose heads stand apart, where rows are joined: words begin or end at one x."""

    def is_next(block: Sequence[Sequence[Line]], row: Sequence[Line]) -> bool:
        last = block[-1][0]
        return row[0].box.top - last.box.bottom <= ROWS * ems(last)

    for block in in_runs(text_rows, is_next):
        numbered = [any(DIGIT.search(line.text) for line in row) for row in block]
        for at, row in enumerate(block[:-JOINED], 1):
            if not numbered[at - 1] and all(numbered[at : at + JOINED]) and _are_heads(row):
                yield from _joints_below(row, block[at:])
                break


def _joints_below(heads: Sequence[Line], text_rows: Sequence[Sequence[Line]]) -> Iterator[Box]:
    words = [word.box for line in heads for word in line.words]
    begins = [word.left for before, word in pairwise(words) if word.left - before.right > WIDE * ems(heads[0])]
    if len(begins) + 1 < HEADS:
        return
    for x, end in pairwise([*begins, float("inf")]):
        if gap := _joint_at(x, end, text_rows):
            yield gap


def _are_heads(row: Sequence[Line]) -> bool:
    """Whether *row*, which has no digit, may be the heads of a table's columns."""
    if any(len(line.text) > SHORT or line.mono for line in row):
        return False
    words = [word for line in row for word in line.words]
    if sum(1 for word in words if len(word.text) > 1) < HEADS:
        return False
    # no gap of a phrase is so wide, not even in even type
    return max(after.box.left - before.box.right for before, after in pairwise(words)) > SPACE[False] * ems(row[0])


@frozen
class _End:
    """A word behind which a column may end, what stands next in its row, and how far down the page."""

    word: Word
    next: Word
    centre: float
    em: float
    joined: bool


def _gap(ends: Sequence[_End]) -> Box:
    """Return what is free behind all of *ends*; it is narrower than nothing where one reaches over what stands next."""
    heights = [end.centre for end in ends]
    return Box(
        max(end.word.box.right for end in ends), min(heights), min(end.next.box.left for end in ends), max(heights)
    )


def _joint_at(x: float, end: float, text_rows: Sequence[Sequence[Line]]) -> Box | None:
    """Return the gap at *x* between two columns, of which the second ends before *end*, if *text_rows* are joined."""
    found: list[_End] = []
    rights: list[float] = []
    for row in text_rows:
        em = ems(row[0])
        words = [part for line in row for word in line.words for part in torn(word, x, ems(line)) or (word,)]
        first = next((index for index, word in enumerate(words) if word.box.left > x - EXACT / 2), len(words))
        if not 0 < first < len(words):
            continue
        if words[first - 1].box.right > x + OVER * em:
            return None
        joined = any(line.box.left < x - EXACT and x + EXACT < line.box.right for line in row)
        found.append(_End(words[first - 1], words[first], row[0].box.centre, em, joined))
        own = [words[first], *(word for word in words[first + 1 :] if word.box.left < end - EXACT)]
        rights.append(own[-1].box.right)
    if len(found) < JOINED or sum(each.joined for each in found) < 2 or len({each.next.text for each in found}) < 2:
        return None
    gap = _gap(found)
    lefts = [each.next.box.left for each in found]
    if gap.width < -EXACT / 2 or min(max(lefts) - min(lefts), max(rights) - min(rights)) > EXACT:
        return None
    return evolve(gap, left=min(gap.left, gap.right), top=gap.top - EXACT, bottom=gap.bottom + EXACT)


def _joints_of_ends(text_rows: Sequence[Sequence[Line]]) -> list[Box]:
    """Return the gaps between two columns that are set to the right, of whose rows some are joined, others not."""
    ordered = sorted(_word_ends(text_rows), key=lambda end: end.word.box.right)
    out: list[Box] = []
    for level in in_runs(ordered, lambda run, end: end.word.box.right - run[-1].word.box.right < EXACT / 2):
        if len(level) < JOINED or not any(end.joined for end in level) or not _are_set_right(level):
            continue
        gap = _gap(level)
        if gap.width > 0 and not any(_runs_across(line, gap) for row in text_rows for line in row):
            out.append(evolve(gap, top=_head_of(text_rows, gap)[0]))
    return out


def _word_ends(text_rows: Sequence[Sequence[Line]]) -> Iterator[_End]:
    """Yield the ends of words, where in some row of several parts a number stands left or right, joined with a word."""
    told = [
        row
        for row in text_rows
        if len(row) > 1 and any(len(line.text) < SHORT for line in row) and any(DIGIT.search(line.text) for line in row)
    ]
    places = {
        round(before.box.right) + step
        for row in told
        for line in row
        if not line.mono
        for before, word in pairwise(line.words)
        if before.text[-1:].isdigit() or word.text[-1:].isdigit()
        for step in (-1, 0, 1)
    }
    for row in told if places else ():
        last: Word | None = None
        for line in row:
            for number, word in enumerate(() if line.mono else line.words):
                if last is not None and round(last.box.right) in places:
                    yield _End(last, word, line.box.centre, ems(line), joined=number > 0)
                last = word


def _are_set_right(ends: Sequence[_End]) -> bool:
    """Whether words that end at one x are a column, and what stands behind them is one too."""
    lefts, nexts = [end.word.box.left for end in ends], [end.next.box.left for end in ends]
    if max(lefts) - min(lefts) < EXACT or 2 * len({end.next.text for end in ends}) <= len(ends):
        return False  # units
    if any(is_thousand(end.next) for end in ends if end.joined):
        return False
    if all(end.next.box.left - end.word.box.right > GAP * end.em for end in ends):
        return True
    numbers = sum(1 for end in ends if end.word.text[-1:].isdigit())
    return 2 * numbers > len(ends) and max(nexts) - min(nexts) > EXACT


def is_thousand(word: Word) -> bool:
    """Whether *word* may be a group of three digits of the number before it, as in "12 500"."""
    return len(word.text) == THOUSAND and word.text.isdecimal()


def _is_one_number(before: Word, word: Word, em: float) -> bool:
    """Whether *word* goes on with the number *before* it behind a space for thousands, as in "12 500,00"."""
    near = word.box.left - before.box.right < THOUSANDS * em
    return near and BEGUN.fullmatch(before.text) is not None and GROUP.match(word.text) is not None


def _head_of(text_rows: Sequence[Sequence[Line]], gap: Box) -> tuple[float, bool]:
    """
    Return how far up the columns left and right of *gap* reach, and whether the one on the right has a head of its own.

    They reach to a line of the head above that ends, or goes on, where they do.
    """
    top = last = gap.top
    headed = False
    for row in reversed(text_rows):
        centre = row[0].box.centre
        if row[0].box.bottom > gap.top:
            continue
        if last - centre > HEAD * ems(row[0]) or any(_crosses(line, gap) for line in row):
            break
        last = centre
        for before, word in pairwise(word for line in row for word in line.words):
            ends, begins = abs(before.box.right - gap.left) < EXACT, abs(word.box.left - gap.right) < EXACT
            named = (ends or begins) and DIGIT.search(before.text) is None
            headed |= named
            if ends or named:
                top = centre
    return top, headed


def _after_numbers(text_rows: Sequence[Sequence[Line]]) -> Iterator[tuple[Word, Word, float]]:
    """Yield the numbers in rows of several parts, with the word behind each and how far down the page they are."""
    for row in text_rows:
        for line in row if len(row) > 1 else ():
            for number, word in () if line.mono else pairwise(line.words):
                last = number.text[-1:]  # a word may be empty
                if word.text[:1].isalnum() and (last.isdigit() or last in BEHIND):
                    yield number, word, line.box.centre


def _in_columns(joints: Sequence[tuple[Word, Word, float]], *, headed: bool) -> bool:
    """Whether numbers and the words behind them are of two columns, of which the second may be *headed*."""
    words = {word.text for _, word, _ in joints}
    if all(len(number.text) <= THOUSAND and is_thousand(word) for number, word, _ in joints):
        return False
    if headed and len(words) > 1 and all(word[0].isalpha() for word in words):
        return True
    if 2 * len(words) <= len(joints):
        return False  # units
    if len({round(number.box.left) for number, _, _ in joints}) > 1:
        return True
    # Numbers of one width are set to the left as well, as those of sections and of telephones.
    return all(AMOUNT.fullmatch(number.text) and not word.text.isdecimal() for number, word, _ in joints)


def _runs_across(line: Line, gap: Box) -> bool:
    return gap.top <= line.box.centre <= gap.bottom and _crosses(line, gap)


def _crosses(line: Line, gap: Box) -> bool:
    """Whether a word of *line* runs over *gap*, other than two that the parser joined there."""
    middle = (gap.left + gap.right) / 2
    return any(
        word.box.left < middle < word.box.right and torn(word, gap.right, ems(line)) is None for word in line.words
    )


def unjoined(row: Sequence[Line], joints: Sequence[Box]) -> list[Line]:
    """Return the lines of *row*, cut at *joints*."""
    out: list[Line] = []
    for line in row:
        for gap in joints:
            if gap.top <= line.box.centre <= gap.bottom and line.box.left < gap.left and gap.right < line.box.right:
                words = [part for word in line.words for part in torn(word, gap.right, ems(line)) or (word,)]
                at = next((at for at, (before, word) in enumerate(pairwise(words), 1) if _parts(before, word, gap)), 0)
                if at and not _is_one_number(words[at - 1], words[at], ems(line)):
                    out.append(cut(line, words[:at]))
                    line = cut(line, words[at:])
        out.append(line)
    return out


def _parts(before: Word, word: Word, gap: Box) -> bool:
    """Whether *gap* parts *word* from the one before it."""
    if before.box.right < gap.left + EXACT / 2 and gap.right - EXACT / 2 < word.box.left:
        return True
    return abs(word.box.left - gap.right) < EXACT or abs(before.box.right - gap.left) < EXACT / 2


def torn(word: Word, x: float, em: float) -> tuple[Word, Word] | None:
    """Return *word* in two at *x*, within it, if letters of two kinds meet about there, as where cells touch."""
    if not word.box.left + 0.3 * em < x < word.box.right - 0.3 * em:
        return None
    each = word.box.width / len(word.text)
    for found in MEET.finditer(word.text):
        place = word.box.left + found.start() * each
        if abs(place - x) < max(0.6, 0.35 * em):
            box = word.box
            first = evolve(word, text=word.text[: found.start()], box=Box(box.left, box.top, x, box.bottom))
            return first, evolve(word, text=word.text[found.start() :], box=Box(x, box.top, box.right, box.bottom))
    return None

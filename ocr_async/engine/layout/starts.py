"""
Cuts the lines of a text layer where a column begins: touching cells, notes in the margin, boxes for yes and no.

A parser joins what stands no further apart than words do, also across a column's edge. Other rows show the edge: their
words begin at exactly one x, after a gap that is none between words. Where numbers are set to the right against words
that are set to the left, as in spreadsheets, all rows may be joined; then the numbers end at one x as well. So they do
where the column behind them is set to the right, too, and its words begin anywhere. And where a spreadsheet's columns
are as narrow as what is in them, only their heads stand apart.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from ..page import Box, Line, Word
from .measure import are_stacked, cut, ems, evenly_spaced, rows


__all__ = ["parted", "torn"]

EXACT = 0.6  # points: programs place the cells of one column at one x
LEAST = 3  # rows that begin there
HEADS = 3  # columns, at least, whose heads tell where they begin
OVER = 0.25  # of the font size: by how much a cell may run into the next one
JOINED = 4  # rows in which a number ends and a word begins at the edge of two columns
CROSSED = 0.25  # of these rows: those between them that run across the edge
STRONG = 5  # rows that begin there with one word: a gap as between words is enough
GAP = 0.45  # of the font size: words of a phrase stand closer
WIDE, TIMES = 0.55, 1.8  # of the font size, and times all others in its line: no gap between words
MOST_BARE = 3  # such gaps, where all are: a line that fills its column has more
ROWS = 1.5  # times the font size: white between two rows of a table
LETTER = re.compile(r"[^\W_]")
MARK = re.compile(r"\W?(?:\d{1,3}(?:\.\d{1,2})*|\w)[.)]?")  # of a list, a note or a section
DIGIT = re.compile(r"\d")
THOUSAND = 3  # digits
HEAD = 3.0  # times the font size: from the first row up to the head, and from line to line in it
MOST = 3000  # places where a column may begin: more are a map
NEAR = 5.0  # times the font size: how far the next row that begins there may be
SHORT = 40  # letters: longer lines in a row of several are columns of running text
LARGER = 1.3  # times the font size: a cell is not set in so much larger type than those below it
SPACE = {False: 0.8, True: 1.2}  # of the font size: gaps between words are narrower, in even type the wider
BEHIND = frozenset("%)€$£")  # what may stand behind a number
AMOUNT = re.compile(r"[-−–+(€$£]*(?:\d[\d.,'’]*[.,]\d\d|\d{4,}|[\d.,]+[%€$£])\)?")  # no number of a section
NUMBER = re.compile(r"[-−–+(*$]*\d[\d,.]*[%)*]*|\*")
# One that does not go on behind it, as "12 500" does.
WHOLE = re.compile(r"[-−–+(*$]*(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|(?:19|20)\d\d)[%)*]*")
MEET = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z0-9$€£(])|(?<=[^\W\d_][.,;:)])(?=[^\W_])|(?<=[0-9%)])(?=[A-Za-z])")


def parted(lines: Sequence[Line]) -> list[Line]:
    """Return *lines*, those that run across the begin of a column cut there."""
    lines = [part for line in lines for part in (_numbers_apart(line) if NUMBER.match(line.text) else [line])]
    text_rows = rows(lines)
    stacked = are_stacked(lines)
    joints = list(_joints_below_heads(text_rows)) if stacked else _joints(text_rows)
    if stacked and not joints:
        return lines
    if joints:
        text_rows = [_unjoined(row, joints) for row in text_rows]
        lines = [line for row in text_rows for line in row]
    if (apart := _cells_apart(text_rows)) != text_rows:
        text_rows, lines = apart, [line for row in apart for line in row]
    begins = sorted(begin for row in text_rows if len(row) > 1 for begin in _begins(row))
    if not LEAST <= len(begins) <= MOST:
        return list(lines)
    out: list[Line] = []
    for row in text_rows:
        for line in row:
            out.extend(_cut(line, begins))
    return out if len(out) > len(lines) else list(lines)


def _cells_apart(text_rows: Sequence[list[Line]]) -> list[list[Line]]:
    """Return *text_rows*, lines cut at wide gaps behind which a cell begins or ends as one does in a row beside it."""
    told = [[_pieces(line) for line in row] for row in text_rows]
    for at in (*range(len(told)), *reversed(range(len(told)))):
        if all(len(pieces) == 1 for pieces in told[at]):
            continue
        box, em = text_rows[at][0].box, ems(text_rows[at][0])
        near = [
            cell.box
            for other in (at - 1, at + 1)
            if 0 <= other < len(told) and max(len(told[at]), len(told[other])) > 1
            for cell in [piece for pieces in told[other] for piece in pieces][1:]
            if max(box.top - cell.box.bottom, cell.box.top - box.bottom) < ROWS * em
        ]
        groups: list[list[Line]] = []
        for pieces in told[at]:
            groups.append(pieces[:1])
            for piece in pieces[1:]:
                left, right = piece.box.left, piece.box.right
                if any(abs(left - cell.left) < EXACT or abs(right - cell.right) < EXACT for cell in near):
                    groups.append([])
                groups[-1].append(piece)
        told[at] = groups
    return [
        row
        if len(row) == len(groups)
        else [cut(pieces[0], [word for piece in pieces for word in piece.words]) for pieces in groups]
        for row, groups in zip(text_rows, told, strict=True)
    ]


def _pieces(line: Line) -> list[Line]:
    """Return *line* cut where gaps are much wider than the others; whole if a piece is long or the mark of a list."""
    if line.mono or len(line.words) < 2:
        return [line]
    em = ems(line)
    gaps = [after.box.left - word.box.right for word, after in pairwise(line.words)]
    if min(gaps) < 0.0 or evenly_spaced(line.words, em):  # from the right, or as a browser justifies
        return [line]
    wide = [gap for gap in gaps if gap > WIDE * em]
    narrow = [gap for gap in gaps if gap not in wide]
    if not wide or min(wide) < TIMES * max(narrow, default=0.0) or not (narrow or len(gaps) <= MOST_BARE):
        return [line]
    places = [0, *(at for at, gap in enumerate(gaps, 1) if gap in wide), len(line.words)]
    out = [cut(line, line.words[start:end]) for start, end in pairwise(places)]
    if MARK.fullmatch(out[0].text) or not all(len(each.text) <= SHORT and LETTER.search(each.text) for each in out):
        return [line]
    return out


def _numbers_apart(line: Line) -> list[Line]:
    """Return each number of *line* alone, where it holds nothing but numbers that cannot be parts of one."""
    if not all(map(NUMBER.fullmatch, line.text.split())) or len(words := line.words) < 2:
        return [line]
    whole = sum(1 for word in words if WHOLE.fullmatch(word.text))
    if 2 * whole <= len(words) or any(_is_thousand(word) for word in words[1:]):
        return [line]
    return [cut(line, [word]) for word in words]


def _joints(text_rows: Sequence[Sequence[Line]]) -> list[Box]:
    """Return the gaps between numbers set to the right and words set to the left, from the first row to the last."""
    found = sorted(_after_numbers(text_rows), key=lambda joint: joint[1].box.left)
    out: list[Box] = []
    first = 0
    for end in range(1, len(found) + 1):
        if end < len(found) and found[end][1].box.left - found[end - 1][1].box.left < EXACT / 2:
            continue
        group, first = found[first:end], end
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
    out += (*_joints_of_ends(text_rows), *_joints_below_heads(text_rows))
    return sorted(out, key=lambda gap: gap.left)


def _joints_below_heads(text_rows: Sequence[Sequence[Line]]) -> Iterator[Box]:
    """Yield the gaps before columns whose heads stand apart, where rows are joined: words begin or end at one x."""
    start = 0
    for at, row in enumerate(text_rows, 1):
        if at < len(text_rows) and text_rows[at][0].box.top - row[0].box.bottom <= ROWS * ems(row[0]):
            continue
        block, start = text_rows[start:at], at
        numbered = [any(DIGIT.search(line.text) for line in each) for each in block]
        first = next(
            (
                index
                for index, each in enumerate(block[:-JOINED])
                if all(numbered[index + 1 : index + 1 + JOINED]) and not numbered[index] and _are_heads(each)
            ),
            None,
        )
        if first is None:
            continue
        heads = [word.box for line in block[first] for word in line.words]
        begins = [
            head.left for before, head in pairwise(heads) if head.left - before.right > WIDE * ems(block[first][0])
        ]
        for x, end in zip(begins, [*begins[1:], float("inf")], strict=True) if len(begins) + 1 >= HEADS else ():
            if gap := _joint_at(x, end, block[first + 1 :]):
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


def _joint_at(x: float, end: float, text_rows: Sequence[Sequence[Line]]) -> Box | None:
    """Return the gap at *x* between two columns, of which the second ends before *end*, if *text_rows* are joined."""
    before: list[Box] = []
    behind: list[Word] = []
    rights: list[float] = []
    heights: list[float] = []
    joined = 0
    for row in text_rows:
        words = [part for line in row for word in line.words for part in torn(word, x, ems(line)) or (word,)]
        at = next((index for index, word in enumerate(words) if word.box.left > x - EXACT / 2), len(words))
        if 0 < at < len(words):
            if words[at - 1].box.right > x + OVER * ems(row[0]):
                return None
            before.append(words[at - 1].box)
            behind.append(words[at])
            rights.append(
                [word.box.right for word in words[at:] if word is words[at] or word.box.left < end - EXACT][-1]
            )
            heights.append(row[0].box.centre)
            joined += any(line.box.left < x - EXACT and x + EXACT < line.box.right for line in row)
    lefts = [word.box.left for word in behind]
    if joined < 2 or len(behind) < JOINED or len({word.text for word in behind}) < 2:
        return None
    left, right = max(box.right for box in before), min(lefts)
    if left > right + EXACT / 2 or min(max(lefts) - right, max(rights) - min(rights)) > EXACT:
        return None
    return Box(min(left, right), heights[0] - EXACT, right, heights[-1] + EXACT)


@frozen
class _End:
    """A word behind which a column may end, what stands next in its row, and how far down the page."""

    word: Word
    next: Word
    centre: float
    em: float
    joined: bool


def _joints_of_ends(text_rows: Sequence[Sequence[Line]]) -> list[Box]:
    """Return the gaps between two columns that are set to the right, of whose rows some are joined, others not."""
    ordered = sorted(_word_ends(text_rows), key=lambda end: end.word.box.right)
    out: list[Box] = []
    first = 0
    for last in range(1, len(ordered) + 1):
        if last < len(ordered) and ordered[last].word.box.right - ordered[last - 1].word.box.right < EXACT / 2:
            continue
        level, first = ordered[first:last], last
        if len(level) < JOINED or not any(end.joined for end in level) or not _are_set_right(level):
            continue
        heights = [end.centre for end in level]
        gap = Box(
            max(end.word.box.right for end in level),
            min(heights),
            min(end.next.box.left for end in level),
            max(heights),
        )
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
    if any(_is_thousand(end.next) for end in ends if end.joined):
        return False
    if all(end.next.box.left - end.word.box.right > GAP * end.em for end in ends):
        return True
    numbers = sum(1 for end in ends if end.word.text[-1:].isdigit())
    return 2 * numbers > len(ends) and max(nexts) - min(nexts) > EXACT


def _is_thousand(word: Word) -> bool:
    """Whether *word* may be a group of three digits of the number before it, as in "12 500"."""
    return len(word.text) == THOUSAND and word.text.isdecimal()


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
    if all(len(number.text) <= THOUSAND and _is_thousand(word) for number, word, _ in joints):
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


def _unjoined(row: Sequence[Line], joints: Sequence[Box]) -> list[Line]:
    """Return the lines of *row*, cut at *joints*."""
    out: list[Line] = []
    for line in row:
        for gap in joints:
            if gap.top <= line.box.centre <= gap.bottom and line.box.left < gap.left and gap.right < line.box.right:
                words = [part for word in line.words for part in torn(word, gap.right, ems(line)) or (word,)]
                at = next((at for at, (before, word) in enumerate(pairwise(words), 1) if _parts(before, word, gap)), 0)
                if at:
                    out.append(cut(line, words[:at]))
                    line = cut(line, words[at:])
        out.append(line)
    return out


def _parts(before: Word, word: Word, gap: Box) -> bool:
    """Whether *gap* parts *word* from the one before it."""
    if before.box.right < gap.left + EXACT / 2 and gap.right - EXACT / 2 < word.box.left:
        return True
    return abs(word.box.left - gap.right) < EXACT or abs(before.box.right - gap.left) < EXACT / 2


_Begin = tuple[float, float, str, float]
"""Where a column may begin, how far down the page, with which word, and in which font size."""


def _begins(row: Sequence[Line]) -> Iterator[_Begin]:
    """Yield where a column may begin in *row*, which has several parts."""
    for line in row:
        centre = line.box.centre
        if line is not row[0]:
            yield line.box.left, centre, line.text.split(" ", 1)[0], ems(line)
        if len(line.text) < SHORT and line.words and not evenly_spaced(line.words, ems(line)):
            space = SPACE[bool(line.mono)] * ems(line)
            for before, word in pairwise(line.words):
                if word.box.left - before.box.right > space:
                    yield word.box.left, centre, word.text, ems(line)


def _cut(line: Line, begins: Sequence[_Begin]) -> list[Line]:
    if " " not in line.text and MEET.search(line.text) is None:
        return [line]  # one word, as most cells are
    em = ems(line)
    inside = begins[bisect_left(begins, (line.box.left + em,)) : bisect_left(begins, (line.box.right - 0.2 * em,))]
    if len(inside) < LEAST - 1:
        return [line]
    last = float("-inf")
    for x, _, _, _ in inside:
        if x - last < EXACT / 2:
            continue
        last = x
        words = _support(x, line, inside)
        if len(words) < LEAST - 1:
            continue
        if parts := _at(line, x, words):
            return [parts[0], *_cut(parts[1], begins)]
    return [line]


def _support(x: float, line: Line, begins: Sequence[_Begin]) -> list[str]:
    """The words with which other rows near *line*, one near the next, begin a column at *x*."""
    at_x = begins[bisect_left(begins, (x - EXACT,)) : bisect_left(begins, (x + EXACT,))]
    if len(at_x) < LEAST - 1:
        return []
    em = ems(line)
    centre, near = line.box.centre, NEAR * em
    # a heading above a table is not cut where its columns begin
    others = {round(y): word for _, y, word, size in at_x if abs(y - centre) > 1 and em < LARGER * size}
    if len(others) < LEAST - 1:
        return []
    out: list[str] = []
    for ordered in (sorted((y for y in others if y < centre), reverse=True), sorted(y for y in others if y >= centre)):
        last = centre
        for y in ordered:
            if abs(y - last) > near:
                break
            out.append(others[y])
            last = y
    return out


def _at(line: Line, x: float, others: Sequence[str]) -> tuple[Line, Line] | None:
    """
    Return *line* cut at *x* in two, if a word begins there after an unusual gap, or two stand together without any.

    Args:
        others: The words that begin there in other rows; the same word again needs no unusual gap.
    """
    words, em = list(line.words), ems(line)
    even = evenly_spaced(words, em)
    gaps = [right.box.left - left.box.right for left, right in pairwise(words)]
    for index, word in enumerate(words):
        if index and abs(word.box.left - x) < EXACT:
            gap = gaps[index - 1]
            usual = sorted(gaps)[len(gaps) // 2]
            wide = gap > SPACE[bool(line.mono)] * em
            unusual = not even and (wide if len(gaps) < LEAST else abs(gap - usual) > 0.08 * em)
            unusual |= wide and len(others) + 1 >= STRONG  # browsers space heads evenly, as justified lines are
            if not any(map(str.isalnum, "".join(before.text for before in words[:index]))):
                continue  # a bullet
            if unusual or 1 + sum(1 for other in others if other == word.text) >= STRONG:
                return cut(line, words[:index]), cut(line, words[index:])
        elif (parts := torn(word, x, em)) and not (parts[1].text[0].isalpha() and all(map(DIGIT.match, others))):
            return cut(line, [*words[:index], parts[0]]), cut(line, [parts[1], *words[index + 1 :]])
    return None


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

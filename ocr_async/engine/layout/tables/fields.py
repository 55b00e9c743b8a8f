"""Says in which rows and columns of a table lines and their words stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ...page import Box, Cell, Line, Word, union
from ..join import glue
from ..measure import cut, ems, recognised, signs_in


__all__ = [
    "Stretch",
    "between",
    "by_band",
    "by_row",
    "cell_of",
    "has_box",
    "is_mark",
    "is_value",
    "labelled",
    "leads",
    "numeric",
    "pieces",
    "spacing",
    "stretches",
    "words_of",
]


NO_NUMBER = re.compile(r"\s*(?:N/?A|n\.?/?a\.?|n\.d\.|[—†‡#*✓✔]+|X|\([A-Zsz]\)|[Yy]es|[Nn]o)\s*")
ASKED = re.compile(r"\W*[Nn]\s*=\s*\d")
EVEN = 0.1  # of the font size: how much gaps of one line differ
DOTS = ".…·․"
BOXES = ("☐", "☑", "☒")

Stretch = tuple[float, float]
"""Left and right."""


def words_of(line: Line) -> list[Word]:
    """The words of *line*; the whole of it as one where the source gives no boxes of words."""
    return list(line.words) or [Word(line.text, line.box, line.confidence)]


def spacing(line: Line) -> float:
    """
    How many times the font size two words of a phrase stand apart at most.

    A space of even width is 0.6, another one at most 0.35, unless all of the line's are stretched to fill its column.
    """
    if line.mono:
        return 0.75
    if recognised(line):
        return 0.55
    gaps = (word.box.left - last.box.right for last, word in pairwise(line.words))
    return min(0.55, max(0.4, min(gaps, default=0.0) / ems(line) + EVEN))


def leads(words: Sequence[Word], index: int) -> bool:
    """Whether one of *words* is dots of a leader, which belong to what they lead from; few may begin a name."""
    text = words[index].text
    if text == "" or text.strip(DOTS):
        return False
    after = (word.text for word in words[index + 1 : index + 4])
    return len(text) > 1 or not next((word for word in after if word.strip(DOTS)), "")[:1].isalpha()


def between(places: Sequence[float], value: float) -> int:
    """How many of the ascending *places* lie before *value*: the number of its column or row."""
    return bisect_right(places, value)


def by_band(lines: Iterable[Line], ys: Sequence[float]) -> list[list[Line]]:
    """Return those of *lines* that stand between each two of the ascending *ys* that follow each other."""
    out: list[list[Line]] = [[] for _ in ys]
    for line in lines:
        out[between(ys, line.box.centre) - 1].append(line)  # above and below all of them: in the last one
    return out[:-1]


def stretches(spans: Iterable[Stretch], gap: float = 0.0) -> list[Stretch]:
    """Return what *spans* cover, from the left, those in one that are less than *gap* apart."""
    out: list[Stretch] = []
    for left, right in sorted(spans):
        if out and left - out[-1][1] < gap:
            out[-1] = (out[-1][0], max(out[-1][1], right))
        else:
            out.append((left, right))
    return out


def by_row(cells: Iterable[Cell]) -> dict[int, list[Cell]]:
    """Return the *cells* of each row by its number."""
    out: dict[int, list[Cell]] = {}
    for cell in cells:
        out.setdefault(cell.row, []).append(cell)
    return out


def cell_of(
    lines: Sequence[Line],
    row: int,
    column: int,
    row_span: int = 1,
    column_span: int = 1,
    *,
    header: bool = False,
    box: Box | None = None,
) -> Cell:
    """Return the cell that holds *lines*, which fill its *box* if none is drawn."""
    text, words = "", list[Word]()
    for line in lines:
        text = glue(text, line.text)
        words.extend(words_of(line))
    box = union([line.box for line in lines]) if box is None and lines else box
    return Cell(text, row, column, row_span, column_span, header, box, tuple(words))


def numeric(text: str) -> bool:
    """
    Whether most of *text* is digits and what stands with them, or it says what a field without a number does.

    How many were asked, "(N = 332)", stands in heads.
    """
    if NO_NUMBER.fullmatch(text):
        return True
    if "=" in text and ASKED.match(text):
        return False
    if text.isascii():
        marks = signs_in(text, b"0123456789%$.,()-+")
    else:
        marks = sum(1 for letter in text if letter.isdigit() or letter in "%$€£.,()-−–+")
    return marks * 2 > len(text.replace(" ", ""))


def is_mark(text: str) -> bool:
    """Whether *text* is a mark, such as one behind an amount: a dash for debit, ``CR``, ``EX``, an asterisk."""
    text = text.strip()
    return len(text) <= 2 and not any(map(str.isdigit, text)) and (text.isupper() or not text.isalpha())


def is_value(text: str) -> bool:
    """Whether *text* is a number, a mark or a check box: no line of a longer cell."""
    return numeric(text) or has_box(text) or is_mark(text)


def has_box(text: str) -> bool:
    """Whether *text* begins or ends with a check box, as a cell does and no second line of one."""
    return text.startswith(BOXES) or text.endswith(BOXES)


def pieces(line: Line, columns: Sequence[float]) -> list[tuple[int, int, Line]]:
    """
    Cut *line* where a column ends between two of its words; a word across the boundary spans it.

    Returns:
        The first and the last column that each piece stands in, and the piece.
    """
    out: list[tuple[int, int, list[Word]]] = []
    em = ems(line)
    every = words_of(line)
    space = spacing(line) * em
    for index, word in enumerate(every):
        inset = min(0.25 * em, word.box.width / 4)
        first, last = between(columns, word.box.left + inset), between(columns, word.box.right - inset)
        if last > first and (len(word.text) <= 3 or _in_one_column(word, columns[last - 1])):
            first = last = between(columns, word.box.middle)
        if out:
            start, end, words = out[-1]
            # Words set as closely as in a phrase stay together: they span the columns.
            close = leads(every, index) or (word.box.left - words[-1].box.right < space and not has_box(word.text))
            if not close and first <= end < last:  # what reaches back over the edge of its column
                first = end + 1
            if first <= end or close:
                out[-1] = (min(start, first), max(end, last), [*words, word])
                continue
        out.append((first, last, [word]))
    return [(first, last, cut(line, words) if len(out) > 1 else line) for first, last, words in out]


def _in_one_column(word: Word, edge: float) -> bool:
    """Whether *word* is a number that only reaches over the *edge* of its column, as large amounts do."""
    box = word.box
    return numeric(word.text) and max(edge - box.left, box.right - edge) > MOSTLY * box.width


MOSTLY = 0.65
LABELLED = re.compile(r"[^\W\d][^:：]{1,30}(?::\s+|：\s*)\S")


def labelled(texts: Sequence[str]) -> bool:
    """Whether most of *texts* are such as "Date: 3 May", with a name and its value in one."""
    return 2 * sum(1 for text in texts if LABELLED.match(text)) > len(texts)

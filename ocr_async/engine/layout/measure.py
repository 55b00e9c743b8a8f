"""Sizes and rows of lines: what all other questions about a page's layout are asked with."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from attrs import evolve

from ..page import BOX_TO_EM, Box, Line, Word, union


__all__ = [
    "UNPARTED",
    "all_bolder",
    "are_stacked",
    "body_size",
    "breadth",
    "cut",
    "digits_in",
    "ems",
    "ends_in_stop",
    "evenly_spaced",
    "first_word",
    "goes_on",
    "in_one",
    "left_of",
    "length",
    "median",
    "parted",
    "pitch",
    "recognised",
    "row_by_row",
    "rows",
    "signs_in",
    "whites",
    "with_joined",
    "with_one",
    "within",
    "without",
]


_T = TypeVar("_T")

SENTENCE_END = frozenset(".!?:;。！？")
CLOSING = "'\"”’)]⁰¹²³⁴⁵⁶⁷⁸⁹"  # behind the stop, the marks of notes among them


def ems(line: Line) -> float:
    """Font size in pixels: as the source says, otherwise estimated from the height of the box."""
    if line.size:
        return line.size
    box = line.box
    return max(1.0, (box.bottom - box.top) * BOX_TO_EM)


def recognised(line: Line) -> bool:
    """Whether *line* was read from a picture: its box is wider than its ink, and its size estimated."""
    return line.font is None


def length(line: Line) -> int:
    """Characters without spaces."""
    text = line.text
    return len(text) - text.count(" ")


def all_bolder(lines: Iterable[Line], others: Iterable[Line]) -> bool:
    """Whether all *lines* are bold, and none of the *others*."""
    return all(line.bold for line in lines) and not any(line.bold for line in others)


def digits_in(text: str) -> int:
    """Return how many digits *text* has."""
    return signs_in(text, b"0123456789") if text.isascii() else sum(map(str.isdigit, text))


def signs_in(text: str, signs: bytes) -> int:
    """Return how many characters of *text*, which is ASCII, are one of *signs*, without a look at each in Python."""
    return len(text) - len(text.encode().translate(None, signs))


WIDE = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff60]")


UNPARTED = re.compile(r"\W*[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def breadth(line: Line) -> int:
    """Characters without spaces, as wide as those of an alphabet: an ideograph, kana or a syllable counts for two."""
    count = length(line)
    return count if line.text.isascii() else count + len(WIDE.findall(line.text))


def first_word(line: Line) -> float:
    """
    About how wide the first word of *line* is, with a space; its letters are taken to be equally wide.

    Where words are not parted by spaces it is one letter, and the mark that may not begin a line.
    """
    text, box = line.text, line.box
    letters = 1 if not text.isascii() and UNPARTED.match(text) else len(text.split(" ", 1)[0])
    return (box.right - box.left) * (letters + 1) / (len(text) or 1)


def ends_in_stop(line: Line) -> bool:
    """Whether *line* ends in a sign that ends a sentence or a clause."""
    return line.text.rstrip(CLOSING)[-1:] in SENTENCE_END


def goes_on(text: str) -> bool:
    """Whether a sentence may go on with *text*: it begins with a small letter, or a letter without case."""
    first = text.lstrip()[:1]
    return first.isalpha() and first == first.lower()


def cut(line: Line, words: Sequence[Word]) -> Line:
    """Return the part of *line* that *words* are."""
    left, right = words[0].box.left, words[-1].box.right
    top, bottom = line.box.top, line.box.bottom
    if not recognised(line):  # a parser joins what stands half a line higher
        top, bottom = min(word.box.top for word in words), max(word.box.bottom for word in words)
    return evolve(
        line,
        text=" ".join(word.text for word in words),
        box=Box(min(left, right), top, max(left, right), bottom),
        words=tuple(words),
    )


def in_one(pieces: Sequence[Line], like: Line | None = None) -> Line:
    """
    Return *pieces* of one line, from left to right, as that line.

    Args:
        like: The piece whose type, height and confidence it has, where the others are marks; of the others' it has the
            type of the first, and the least confidence.
    """
    box = union([line.box for line in pieces])
    return evolve(
        like or pieces[0],
        text=" ".join(line.text.strip() for line in pieces),
        box=evolve(box, top=like.box.top, bottom=like.box.bottom) if like else box,
        confidence=like.confidence if like else min(line.confidence for line in pieces),
        words=tuple(word for line in pieces for word in line.words) if all(line.words for line in pieces) else (),
        marks=(like and like.marks) or tuple(dict.fromkeys(mark for line in pieces for mark in line.marks)),
    )


def with_one(lines: Iterable[Line], pieces: Sequence[Line], like: Line) -> list[Line]:
    """Return *lines* with *pieces* of one line, from left to right, in the place of the piece that it is *like*."""
    others = {id(piece) for piece in pieces if piece is not like}
    whole = in_one(pieces, like)
    return [whole if line is like else line for line in lines if id(line) not in others]


def with_joined(lines: Sequence[Line], found: Iterable[Sequence[Line]]) -> list[Line]:
    """Return *lines*, the pieces of each line that is *found* as that line, in the place of the first."""
    whole: dict[int, Line | None] = {}
    for pieces in found:
        if id(pieces[0]) not in whole:
            whole.update({**dict.fromkeys(map(id, pieces)), id(pieces[0]): in_one(pieces)})
    return [line for each in lines if (line := whole.get(id(each), each)) is not None]


def median(values: Sequence[float], default: float = 0.0) -> float:
    """The middle value; of an even number of them the upper one."""
    return sorted(values)[len(values) // 2] if values else default


def body_size(lines: Iterable[Line], default: float = 10.0) -> float:
    """The font size that the median character of *lines* has: that of the running text."""
    letters: dict[float, int] = defaultdict(int)
    for line in lines:
        letters[ems(line)] += len(line.text)
    half = sum(letters.values()) / 2
    for size, count in sorted(letters.items()):
        half -= count
        if half <= 0:
            return size
    return default


def rows(lines: Iterable[Line]) -> list[list[Line]]:
    """
    Return *lines* in rows, from the top down, those that stand side by side in one, from left to right.

    A line joins the row above if they share more than half of the lower one's height.
    """
    every = list(lines)
    if are_stacked(every):  # as running text
        return [[line] for line in every]
    every.sort(key=lambda line: line.box.top + line.box.bottom)
    out: list[list[Line]] = []
    floors: list[float] = []  # how far each row reaches down
    lowest = float("-inf")  # most lines lie below all rows and need no closer look
    for line in every:
        box = line.box
        top, bottom = box.top, box.bottom
        below = lowest <= top
        if bottom > lowest:
            lowest = bottom
        if below:
            out.append([line])
            floors.append(bottom)
            continue
        for index in range(len(out) - 1, max(-1, len(out) - 4), -1):
            if floors[index] <= top:
                continue
            row = out[index]
            across, near = _nearest(box, row)
            if box.down(near) > 0.5 * min(bottom - top, near.height) and across <= 0.3 * min(near.width, box.width):
                row.append(line)
                floors[index] = max(floors[index], bottom)
                break
        else:
            out.append([line])
            floors.append(bottom)
    if len(out) < len(every):
        for row in out:
            if len(row) > 1:
                row.sort(key=lambda line: line.box.left)
    return out


def whites(text_rows: Sequence[Sequence[Line]]) -> list[float]:
    """Return how far below the bottom of each of *text_rows* the next one begins."""
    return [
        min(line.box.top for line in low) - max(line.box.bottom for line in high) for high, low in pairwise(text_rows)
    ]


def row_by_row(lines: Iterable[Line]) -> list[Line]:
    """Return *lines* from the top down, those of one row from left to right."""
    return [line for row in rows(lines) for line in row]


def are_stacked(lines: Sequence[Line]) -> bool:
    """Whether each of *lines* stands below all before it."""
    lowest = float("-inf")
    for line in lines:
        box = line.box
        if not lowest <= box.top <= box.bottom:
            return False
        lowest = box.bottom
    return True


def _nearest(box: Box, row: Sequence[Line]) -> tuple[float, Box]:
    """
    Return the part of *row* that is nearest to *box*, after how much of its width both share.

    It decides whether both are on one level: on a leaning or bent page distant parts drift.
    """
    left, right = box.left, box.right
    most, near = float("-inf"), box
    for line in row:
        other = line.box
        # `Box.across`, asked of all cells of a table about each other: calls would take twice as long
        across = (right if right < other.right else other.right) - (left if left > other.left else other.left)  # noqa: FURB136
        if across > most:
            most, near = across, other
    return most, near


EVEN = 0.1  # of the font size: how much the gaps between the words of a justified line differ


def parted(
    blocks: Sequence[tuple[Box, _T]], *, level: bool, slack: Callable[[_T], float] = lambda _: 0.0
) -> list[list[tuple[Box, _T]]]:
    """
    Return the parts of *blocks* between which a free strip runs, from the top down or from left to right.

    Args:
        level: Whether the strips are level ones; upright ones otherwise.

        slack: By how many pixels a block may reach into what is before it.
    """

    def ends(box: Box) -> tuple[float, float]:
        return (box.top, box.bottom) if level else (box.left, box.right)

    out: list[list[tuple[Box, _T]]] = []
    reach = 0.0
    for block in sorted(blocks, key=lambda block: ends(block[0])[0]):
        start, end = ends(block[0])
        if out and start < reach - slack(block[1]):
            out[-1].append(block)
        else:
            out.append([block])
        reach = max(reach, end)
    return out


def within(lines: Iterable[Line], box: Box, slack: float) -> list[Line]:
    """Return those of *lines* that reach over neither side of *box* by *slack* pixels or more."""
    left, right = box.left - slack, box.right + slack
    return [line for line in lines if left < line.box.left and line.box.right < right]


def left_of(line: Line, lines: Iterable[Line], *, level: float) -> list[Line]:
    """Return those of *lines* left of *line* and beside it, for more than *level* of the height of the lower one."""
    box = line.box
    return [
        other
        for other in lines
        if other is not line
        and other.box.right <= box.left
        and other.box.down(box) > level * min(other.box.height, box.height)
    ]


def evenly_spaced(words: Sequence[Word], em: float) -> bool:
    """Whether *words*, three at least, are equally far apart, as in a line that fills its column."""
    gaps = [after.box.left - before.box.right for before, after in pairwise(words)]
    return len(gaps) > 1 and max(gaps) - min(gaps) < EVEN * em


def pitch(lines: Sequence[Line]) -> float:
    """The usual distance from one baseline to the next, 0 where there is but one line."""
    bottoms = sorted(line.box.bottom for line in lines)
    steps = [low - high for high, low in pairwise(bottoms) if low - high > 0.5 * ems(lines[0])]
    return sorted(steps)[len(steps) // 3] if steps else 0.0


def without(things: Sequence[_T], taken: Iterable[_T]) -> list[_T]:
    """Return *things* but those that are *taken*: these very ones, not others that say the same."""
    gone = set(map(id, taken))
    return [thing for thing in things if id(thing) not in gone] if gone else list(things)

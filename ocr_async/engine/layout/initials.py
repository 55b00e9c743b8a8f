"""Gives large initials, which reach down beside the first lines of a paragraph, back to their words."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ..page import Line, Word, union
from .measure import ems


__all__ = ["with_initials"]

TALL = 1.7  # times the height of the words behind it
NEAR = 0.8  # times the size of the text: white between an initial and its word
WORDS = frozenset("AIOÀ")  # letters that may be a word: only capitals behind them tell that they are none
QUOTES = "“\"'«„‘"


def with_initials(lines: Sequence[Line]) -> list[Line]:
    """
    Return *lines* of a text layer, each initial as the first letter of the word to its right, in that one's box.

    The parser gives an initial as a line of its own, or as the first word of any of the lines beside it.
    """
    out = list(lines)
    for line in lines:
        if line.text[1:2] != " " and len(line.text) > 2:
            continue  # as nearly all
        initial, rest = _parted(line)
        if initial is None:
            continue
        others = [*(other for other in out if other is not line), *([] if rest is None else [rest])]
        first = min(
            (other for other in others if _is_beside(initial, other)), key=lambda line: line.box.top, default=None
        )
        if first is not None and _is_part(initial.text, first.text):
            out = [_with(initial.text, other) if other is first else other for other in others]
    return out


def _parted(line: Line) -> tuple[Line | None, Line | None]:
    """Return the letter that *line* is, or begins with and that stands out, and what follows it."""
    words = line.words
    letter = line.text.split(" ", 1)[0]
    if not letter.strip(QUOTES).isupper() or len(letter.strip(QUOTES)) != 1:
        return None, None
    if letter == line.text:
        return line, None
    if len(words) < 2 or words[0].text != letter or words[0].box.height < TALL * words[1].box.height:
        return None, None
    initial = evolve(line, text=letter, box=words[0].box, words=words[:1], size=words[0].box.height)
    rest = evolve(
        line, text=line.text[len(letter) :].lstrip(), box=union([word.box for word in words[1:]]), words=words[1:]
    )
    return initial, rest


def _is_beside(initial: Line, line: Line) -> bool:
    size, box = ems(line), initial.box
    return (
        size <= ems(initial) / TALL
        and -NEAR * size < line.box.left - box.right < NEAR * size
        and box.top - 0.5 * size < line.box.top < box.bottom - 0.5 * size
        and line.text[:1].isalpha()
    )


def _is_part(initial: str, text: str) -> bool:
    word = text.split(" ", 1)[0]
    return (word[:1].islower() and initial.strip(QUOTES) not in WORDS) or (len(word) > 1 and word.isupper())


def _with(initial: str, line: Line) -> Line:
    words = line.words
    if words:
        words = (Word(initial + words[0].text, words[0].box, words[0].confidence), *words[1:])
    return evolve(line, text=initial + line.text, words=words)

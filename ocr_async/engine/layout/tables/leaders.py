"""Dots that lead from a name to what stands in its row: they hold both together, and are no part of a cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from attrs import evolve

from ...page import Box, Cell, Line, Word
from ..measure import ems, length


__all__ = ["ENDS", "bare_length", "reaching", "with_whole_leaders", "without_leaders"]

DOT = frozenset(".…·․")
DOTS = r"(?:\s*[.…·․]){4,}|(?:\s+\.){2,}|…{2,}"
ENDS = re.compile(rf"(?<=[\w)\]/*%+†])(?:{DOTS})\s*$")
REST = re.compile(r"(?<=[\w)\]/*%+†])(?:\s*\.{2,}|(?:\s+\.)+)\s*$")  # what is left of them behind a long name
FAINT = re.compile(r"(?<=[\w)\]/*%+†])\s+[.…·․](?:\s*[.…·․])*\s*$")  # what is read of fine dots on a scan
BEGINS = re.compile(rf"^(?:{DOTS})\s*(?=\S)")
LEAST = 2  # cells of a column that show them
SHORT = 16  # letters of what they lead to
LEVEL = 0.5  # of the font size


def bare_length(line: Line) -> int:
    """How many letters *line* has without leaders at its end."""
    return length(evolve(line, text=ENDS.sub("", line.text))) if ENDS.search(line.text) else length(line)


def reaching(lines: Sequence[Line]) -> list[Line]:
    """Return *lines*, those that end in leaders as wide as up to what these lead to, so that no gutter parts them."""
    led = [line for line in lines if _ends_in_dots(line.text) and ENDS.search(line.text)]
    if len(led) < LEAST:
        return list(lines)
    wider: dict[int, Line] = {}
    for line in led:
        if (found := _led_to(line, lines)) is not None and found.box.left > line.box.right:
            box = line.box
            wider[id(line)] = evolve(line, box=Box(box.left, box.top, found.box.left - 0.1, box.bottom))
    return [wider.get(id(line), line) for line in lines]


def with_whole_leaders(lines: list[Line]) -> list[Line]:
    """Return *lines* of a scan; where several end in a space and a few dots, as leaders are read, in leaders."""
    faint = [line for line in lines if line.text[-1:] in DOT and FAINT.search(line.text)]
    led = {id(line) for line in faint if _led_to(line, lines) is not None}
    if len(led) < LEAST:
        return lines
    return [evolve(line, text=FAINT.sub(" ....", line.text)) if id(line) in led else line for line in lines]


def _led_to(line: Line, lines: Sequence[Line]) -> Line | None:
    """Return what stands next to the right of *line*, level with it, where that is short."""
    slack = LEVEL * ems(line)
    beside = [
        other
        for other in lines
        if other.box.left > line.box.right - slack and abs(other.box.centre - line.box.centre) < slack
    ]
    nearest = min(beside, key=lambda other: other.box.left, default=None)
    return nearest if nearest is not None and len(nearest.text) < SHORT else None


def _ends_in_dots(text: str) -> bool:
    """Whether *text* ends in two dots, of the same kind or not, as one look tells: no sentence does."""
    return text.endswith((".", "…", "·")) and text[:-1].rstrip()[-1:] in DOT


def without_leaders(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return *cells* without leaders, where several of a column have them."""
    shown = Counter(cell.column for cell in cells if ENDS.search(cell.text))
    columns = {column for column, count in shown.items() if count >= LEAST}
    return tuple(_bare(cell, columns) for cell in cells)


def _bare(cell: Cell, columns: set[int]) -> Cell:
    text = BEGINS.sub("", cell.text) if cell.column - 1 in columns else cell.text
    if cell.column in columns:
        text = REST.sub("", ENDS.sub("", text))
    return cell if text == cell.text else evolve(cell, text=text, words=tuple(filter(_said, cell.words)))


def _said(word: Word) -> bool:
    return any(map(str.isalnum, word.text)) or word.text.strip(".…·․ ") != ""

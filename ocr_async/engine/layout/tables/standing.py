"""
Lays heads of columns that are written upwards down, so that tables are found with the row that they make.

Nothing else shows where a table of one row begins, or which numbers below are a column. What was laid down is stood up
again in the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from attrs import evolve, frozen

from ...groups import in_groups
from ...page import Box, Cell, Line, Region, Word, union
from ..measure import ems, rows
from .fields import words_of
from .turned import in_order


__all__ = ["Laid", "laid_down"]

LEAST = 2  # heads; one alone is the label of an axis, or a note in the margin
MOST = 60
LEVEL = 0.6  # of the font size: how far their ends are from one y
NEAR = 2.2  # times the font size: how far below their cells begin
OVER = 0.6  # of the heads stand over a cell
LONG = 40  # letters: more are no head
PLACES = tuple(map(attrgetter, ("bottom", "top", "centre")))


@frozen
class Laid:
    """
    Lines among which heads were laid down.

    Attributes:
        turned: The turned lines that are no heads.

        heads: The words of those that were laid down.

        stood: Words as they stand on the page, by the id of what was made of them.

        printed: Likewise lines.
    """

    lines: list[Line]
    turned: list[Line]
    heads: list[Word]
    stood: Mapping[int, Sequence[Word]]
    printed: Mapping[int, Line]

    def whole(self, regions: Iterable[Region]) -> bool:
        """Whether each head stands in a cell of one of the *regions*."""
        held = {id(word) for region in regions for cell in region.cells for word in cell.words}
        return all(id(head) in held for head in self.heads)

    def back(self, region: Region) -> Region:
        """Return *region* with its lines, and the words of its cells, where they stand on the page."""
        lines = tuple(self.printed.get(id(line), line) for line in region.lines)
        cells = tuple(map(self._cell, region.cells))
        if not cells:
            return (
                region
                if lines == region.lines
                else evolve(region, lines=lines, box=union([line.box for line in lines]))
            )
        return evolve(region, lines=lines, cells=cells, box=union([region.box, *(line.box for line in lines)]))

    def _cell(self, cell: Cell) -> Cell:
        words = tuple(word for each in cell.words for word in self.stood.get(id(each), (each,)))
        if all(one is other for one, other in zip(words, cell.words, strict=False)):
            return cell
        boxes = [word.box for word in words]
        return evolve(cell, words=words, box=union([cell.box, *boxes] if cell.box is not None else boxes))


def laid_down(level: Sequence[Line], turned: Sequence[Line]) -> Laid | None:
    """Return the lines of a page with those of the *turned* that head columns laid down; None where none does."""
    if len(turned) < LEAST:
        return None
    lines, rest, heads = list(level), list(turned), list[Word]()
    stood: dict[int, Sequence[Word]] = {}
    printed: dict[int, Line] = {}
    for group in _rows_of_heads(in_order(turned)):
        box, em = union([line.box for line in group]), max(map(ems, group))
        if not _head_cells(group, lines, box, em):
            continue
        beside = [line for line in lines if _is_beside(line, group, box, em)]
        floor = max((line.box.bottom for line in beside), default=box.bottom)
        for line in beside:
            moved = _moved(line, box.bottom - floor, stood)
            printed[id(moved)] = line
            lines[next(index for index, each in enumerate(lines) if each is line)] = moved
        for line in group:
            flat = Box(line.box.left, box.bottom - em, line.box.right, box.bottom)
            word = Word(line.text, flat, line.confidence)
            stood[id(word)] = line.words or [Word(line.text, line.box, line.confidence)]
            heads.append(word)
            lines.append(evolve(line, box=flat, words=(word,), angle=0.0))
            printed[id(lines[-1])] = line
        inside = [line for line in rest if line.box.share(box) > 0.9]
        rest = [line for line in rest if not any(line is each for each in inside)]
    return Laid(lines, rest, heads, stood, printed) if heads else None


def _rows_of_heads(turned: Sequence[Line]) -> list[list[Line]]:
    """Turned lines side by side that begin, end or have their middle level."""

    def takes(group: Sequence[Line], line: Line) -> bool:
        box, last = line.box, group[-1].box
        level = last.down(box) > 0 and any(abs(place(box) - place(last)) < LEVEL * ems(line) for place in PLACES)
        return level and group[-1].angle == line.angle and box.left > last.right

    found = in_groups(sorted(turned, key=lambda line: line.box.left), takes)
    return [group for group in found if LEAST <= len(group) <= MOST and all(len(line.text) <= LONG for line in group)]


def _head_cells(group: Sequence[Line], lines: Sequence[Line], box: Box, em: float) -> bool:
    """Whether what stands below most of *group* is cells: parts of one row, or of the few that are nearest."""
    below = [line for line in lines if -0.3 * em < line.box.top - box.bottom < 3 * NEAR * em]
    text_rows = rows(below)
    if not text_rows or min(line.box.top for line in text_rows[0]) - box.bottom > NEAR * em:
        return False
    near = [line for row in text_rows[:4] if len(row) > 1 for line in row]
    over = sum(
        1 for head in group if any(word.box.across(head.box) > -0.5 * em for line in near for word in words_of(line))
    )
    return over >= max(LEAST, OVER * len(group))


def _is_beside(line: Line, group: Sequence[Line], box: Box, em: float) -> bool:
    """Whether *line* is a head that is written level, in the row of *group*."""
    return (
        box.top - 0.3 * em < line.box.centre < box.bottom + 0.3 * em
        and len(line.text) <= LONG
        and all(line.box.across(head.box) < 0 for head in group)
    )


def _moved(line: Line, down: float, stood: dict[int, Sequence[Word]]) -> Line:
    words = []
    for word in words_of(line):
        words.append(evolve(word, box=_lower(word.box, down)))
        stood[id(words[-1])] = [word]
    return evolve(line, box=_lower(line.box, down), words=tuple(words))


def _lower(box: Box, down: float) -> Box:
    return Box(box.left, box.top + down, box.right, box.bottom + down)

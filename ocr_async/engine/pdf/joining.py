"""Puts the runs of words that follow each other on one line together, but for what stands in the margin beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType

from attrs import frozen

from ..groups import in_runs
from ..page import Box, union
from .letters.ligatures import in_ligature
from .runs import GAP, Run, Whole
from .spaces import differ


__all__ = ["JOIN", "NO_CELLS", "joined"]

# Between two long pieces a gap half as wide may be a gutter; a justified line's gaps are all alike.
GUTTER = 0.6
LONG = 14.0
# The contents of two tags that a wider gap parts stand side by side, as the cells of a tagged table do.
APART = 0.5
# Runs nearer than this belong to one word: a ligature in another font, a raised index.
JOIN = 0.12
# Three lines of notes in the margin begin within a pixel; from each to the next they are further off the text beside.
AT_ONE_X = 1.0
NOTED = 3
NEXT = 2.0  # times the height of the letters
OFF_LEVEL = 0.05  # of that height
ALIKE = 0.02
MOSTLY = 0.6  # of the steps, as each note begins anew
NO_CELLS: Mapping[int, int] = MappingProxyType({})
MANY = 10  # runs on one level: more are a wide table's, or a map's


def joined(runs: list[Run], cells: Mapping[int, int] = NO_CELLS) -> list[Run]:
    """
    Put runs together that follow each other on one line.

    Args:
        cells: Numbers of the cells of tagged tables, by their marks: two of them are no line, however near they are.
    """
    runs.sort(key=attrgetter("left"))
    if _stacked(runs):
        return runs
    rows: dict[int, list[Run]] = {}
    out: list[Run] = []
    for run in runs:
        centre = (run.top + run.bottom) / 2
        height = run.bottom - run.top
        best: Run | None = None
        nearest = 1e9
        for row in range(int(centre - 8) >> 3, (int(centre + 8) >> 3) + 1):
            near: Sequence[Run] = rows.get(row, ())
            if len(near) > MANY:  # runs come from the left: what ends too far before this one ends so before all others
                rows[row] = near = [line for line in near if run.left - line.right < GAP * line.size]
            for line in near:
                gap = run.left - line.right
                small, big = (line.size, run.size) if line.size < run.size else (run.size, line.size)
                if not -0.6 * big < gap < GAP * small and not (-big < gap < 0 and _in_one_sign(line, run)):
                    continue  # as nearly all of a map
                if gap >= GUTTER * small and _long(line) and _long(run):
                    continue
                if gap > APART * small or cells:
                    before, after = _marks(line, -1), _marks(run, 0)
                    if before != after and (gap > APART * small or _are_apart(before, after, cells)):
                        continue
                overlap = min(run.bottom, line.bottom) - max(run.top, line.top)
                if overlap < 0.5 * min(height, line.bottom - line.top):
                    continue
                if abs(gap) < nearest:
                    best, nearest = line, abs(gap)
        if best is None:
            out.append(run)
            rows.setdefault(int(centre) >> 3, []).append(run)
        else:
            best.spelt().extend(run.spelt())
            best.right = max(best.right, run.right)
            # The body of the line decides its height, not a raised index.
            if run.size >= best.size * 0.8:
                best.top, best.bottom = min(best.top, run.top), max(best.bottom, run.bottom)
            best.size = max(best.size, run.size)
    return [part for run, places in _at_margins(out) for part in _cut(run, places)]


@frozen
class _Seam:
    """Where the words of a *run* go on in another piece of text, or in letters of another height."""

    run: Run
    place: int
    """Of the part behind it."""

    @property
    def box(self) -> Box:
        return self.run.parts[self.place][1]

    @property
    def off(self) -> float:
        """How much lower the letters behind it end than those before it."""
        return self.box.bottom - self.run.parts[self.place - 1][1].bottom


def _seams(run: Run) -> Iterator[_Seam]:
    for place, (before, (text, box, item, spaced)) in enumerate(pairwise(run.parts), 1):
        other = before[2] is not item or (spaced and text[0].isalpha() and differ(before[1].height, box.height))
        if other and box.left - before[1].right > JOIN * run.size:
            yield _Seam(run, place)


def _at_margins(runs: Sequence[Run]) -> list[tuple[Run, list[int]]]:
    """
    Return each of *runs* with the seams where a column with lines of its own begins, such as one of notes.

    The fonts of one line differ in how deep they reach, but all its words keep to one height. The lines of a note are
    further off from one to the next, by the same each time.
    """
    found = {id(run): list[int]() for run in runs}
    seams = sorted((seam for run in runs for seam in _seams(run)), key=lambda seam: seam.box.left)
    for column in in_runs(seams, lambda column, seam: seam.box.left - column[-1].box.left < AT_ONE_X):
        column.sort(key=lambda seam: seam.box.bottom)
        em = column[0].box.height
        steps = [low.off - high.off for high, low in pairwise(column) if low.box.bottom - high.box.bottom < NEXT * em]
        usual = sorted(steps)[len(steps) // 2] if steps else 0.0
        alike = sum(1 for step in steps if abs(step - usual) < ALIKE * em)
        if not alike or alike < MOSTLY * len(steps) or abs(usual) < OFF_LEVEL * em:
            continue
        left = column[0].box.left
        if alike + sum(1 for run in runs if abs(run.left - left) < AT_ONE_X) >= NOTED - 1:
            for seam in column:
                found[id(seam.run)].append(seam.place)
    return [(run, found[id(run)]) for run in runs]


def _cut(run: Run, places: Sequence[int]) -> Iterator[Run]:
    """Yield the parts of *run* between *places*."""
    if not places:
        yield run
        return
    for start, end in pairwise([0, *sorted(places), len(run.parts)]):
        parts = run.parts[start:end]
        box, item = parts[0][1], parts[0][2]
        if any(other[2] is item for other in (*run.parts[:start], *run.parts[end:])):
            item = item.at(box)
            parts = [(text, box, item, spaced) for text, box, _, spaced in parts]
        part = Run(union([box for _, box, _, _ in parts]), item.size)
        part.parts = parts
        yield part


def _in_one_sign(run: Run, after: Run) -> bool:
    """Whether *after* begins with a letter of the ligature that *run* ends in."""
    return in_ligature(_word(run, -1), _word(after, 0))


def _word(run: Run, index: int) -> str:
    """The first or the last word of *run*."""
    if isinstance(run, Whole) and run.item is not None:
        return run.item.pieces[index]
    return run.parts[index][0] if run.parts else ""


def _long(run: Run) -> bool:
    """Whether *run* is much of a line of running text, as stands on both sides of a gutter."""
    return run.right - run.left > LONG * run.size


def _marks(run: Run, index: int) -> int | None:
    """The marked-content id of the first or the last part of *run*."""
    if isinstance(run, Whole) and run.item is not None:
        mark: int | None = run.item.mark
    else:  # an item whose words say nothing that can be seen has no parts
        mark = run.parts[index][2].mark if run.parts else None
    return mark


def _are_apart(before: int | None, after: int | None, cells: Mapping[int, int]) -> bool:
    """Whether two marks are of two of the *cells*."""
    one, other = (cells.get(mark, 0) if mark is not None else 0 for mark in (before, after))
    return 0 != one != other != 0


def _stacked(runs: Sequence[Run]) -> bool:
    """Whether no run begins where another ends, as in one column of running text. *runs* are sorted."""
    if len(runs) < 2:
        return True
    return runs[-1].left <= min(run.right for run in runs) - max(run.size for run in runs)

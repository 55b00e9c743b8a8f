"""Finds level rules of one length above each other: they frame a table whose columns are set in the open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from ....groups import in_groups
from ....page import Box, Line, Ruling, union
from ...measure import length, median, recognised, rows, whites
from ..fields import between
from ..heads import holds_values
from ..proof import begins_or_ends
from .grids import distinct


__all__ = ["Frame", "as_wide", "frames"]

RULES_OF_HEAD, LINES_OF_HEAD = 2, 3
HEADS = 3  # parts of a table's head
WHITE, WIDER = 0.6, 1.5  # times the font size, and times that between other rows: white above such a head
WHOLE, SENTENCE = 0.8, 55  # of a table's width, and letters: the first line of a text between two tables
NEAR = 16  # times the font size: the height of the tallest rows of a table


@frozen(slots=True)
class Frame:
    """
    A stack of level lines of one length.

    Attributes:
        ys: Of the lines, from the top down; two at least.

        partial: Shorter lines between them, such as those that leave out a cell of several rows.

        upright: Lines between columns, or heads.
    """

    box: Box
    ys: tuple[float, ...]
    partial: tuple[Box, ...]
    upright: tuple[Box, ...] = ()

    def parts(self, groups: Iterable[Sequence[float]]) -> list[Frame]:
        """Return the frames that *groups* of its lines are, told by their ys; one line alone is none."""
        return [
            evolve(self, ys=tuple(ys), box=evolve(self.box, top=ys[0], bottom=ys[-1])) for ys in groups if len(ys) > 1
        ]


def as_wide(box: Box, other: Box, em: float) -> bool:
    """Whether both begin and end at the same places, as the lines of one table do."""
    return abs(box.left - other.left) < em and abs(box.right - other.right) < em


def frames(rulings: Sequence[Ruling], em: float, lines: Sequence[Line] = ()) -> list[Frame]:
    """
    Return where level lines of one length stand above each other, those of one table each.

    Args:
        lines: What stands between them tells which of them belong together.
    """
    level = sorted((ruling.box for ruling in rulings if ruling.horizontal), key=lambda box: box.top)

    def takes(stack: Sequence[Box], box: Box) -> bool:
        # on a scan the ends fray, and a rule may leave out the column of names
        return as_wide(box, stack[0], em) or box.across(stack[0]) > 0.8 * max(box.width, stack[0].width)

    found: list[tuple[Frame, list[Box]]] = []
    for stack in in_groups((box for box in level if box.width > 8 * em), takes):
        ys = distinct([box.centre for box in stack], 0.4 * em)
        if len(ys) >= 2:
            whole = union(stack)
            known = set(map(id, stack))
            inner = [box for box in level if id(box) not in known and _inside(box, whole, ys, em)]
            bars = [ruling.box for ruling in rulings if not ruling.horizontal and ruling.box.share(whole) > 0.9]
            found.append((Frame(whole, tuple(ys), tuple(inner), tuple(bars)), stack))
    held = {id(box) for frame, _ in found for box in frame.partial}
    stacks_found = [frame for frame, stack in found if not all(id(box) in held for box in stack)]
    return [part for frame in stacks_found for part in _parted(frame, lines, em)]


def _parted(frame: Frame, lines: Sequence[Line], em: float) -> list[Frame]:
    """
    Return *frame* cut where a rule belongs to what stands below it alone, though it is as wide as those above.

    So do the rule of a page's head, and the edges of a shaded box. Between two rules of one table there is no white
    with the head of a table under it that has a title, or is bold as few rows above, or none of its rows above; nor
    does such a head stand between two rules of its own.
    """
    groups: list[list[float]] = [[frame.ys[0]]]
    body: list[list[Line]] = []  # of what stands last above
    for high, low in pairwise(frame.ys):
        beside = [line for line in lines if high < line.box.centre < low and line.box.across(frame.box) > 0]
        inside = [line for line in beside if frame.box.left - em < line.box.left < frame.box.right]
        text_rows = rows(inside)
        above, below = _parted_at_white(text_rows, em)
        titled = not above and len(text_rows) > 2 and len(text_rows[-2]) == 1
        if titled:
            above, _ = _parted_at_white(text_rows[:-1], em)
            below = text_rows[-1]
        ended = _are_paragraph(text_rows, frame.box) or any(_reaches_over(line.box, frame.box, em) for line in beside)
        ended |= any(len(row) == 1 and begins_or_ends(row[0].text) for row in text_rows)
        if body and 0 < len(text_rows) <= LINES_OF_HEAD and _are_heads(text_rows[0]) and _is_bolder(inside, body):
            # below the last rule of other rows than a head are sums, or the text between both tables
            open_rows = [max(line.box.bottom for row in body for line in row)]
            groups[-1][-1:] = open_rows if len(groups[-1]) == RULES_OF_HEAD + 1 else []
            groups.append([high])
        if ended or (
            above and _are_heads(below) and (titled or _is_bolder(below, above) or _are_no_rows(above, len(below), em))
        ):
            groups.append([])
        groups[-1].append(low)
        body = [row for row in text_rows if len(row) > 1] or body
    return frame.parts(groups) if len(groups) > 1 else [frame]


def _are_paragraph(text_rows: Sequence[Sequence[Line]], frame: Box) -> bool:
    """Whether *text_rows* begin with two lines of a text, the first of them as wide as *frame*."""
    if len(text_rows) < 2 or len(text_rows[0]) + len(text_rows[1]) > 2:
        return False
    first = text_rows[0][0]
    return first.box.width > WHOLE * frame.width and length(first) > SENTENCE


def _reaches_over(line: Box, frame: Box, em: float) -> bool:
    """Whether *line* is one of a text that is wider than *frame*."""
    return (
        line.left < frame.left + em
        and line.right > frame.right - em
        and max(frame.left - line.left, line.right - frame.right) > em
    )


def _are_heads(row: Sequence[Line]) -> bool:
    return len(row) >= HEADS and not holds_values(row)


def _is_bolder(row: Sequence[Line], above: Sequence[Sequence[Line]]) -> bool:
    """Whether *row* is bold, and most rows *above* are not."""
    return all(line.bold for line in row) and 2 * sum(1 for each in above if each[-1].bold) < len(above)


def _are_no_rows(above: Sequence[Sequence[Line]], heads: int, em: float) -> bool:
    """Whether what is *above* the white is no rows of a table of so many *heads*, or right above it single lines."""
    if not recognised(above[-1][0]) and all(len(row) < max(HEADS, heads - 1) for row in above):
        return True
    block = [above[-1]]
    for row in reversed(above[:-1]):
        if min(line.box.top for line in block[-1]) - max(line.box.bottom for line in row) > WHITE * em:
            break
        block.append(row)
    return len(block) > 1 and all(len(row) == 1 for row in block)


def _parted_at_white(text_rows: Sequence[list[Line]], em: float) -> tuple[list[list[Line]], list[Line]]:
    """Return the rows above the last of *text_rows*, and it; nothing where no white parts them."""
    if len(text_rows) < 2:
        return [], []
    *gaps, last = whites(text_rows)
    if last < max(WHITE * em, WIDER * median(gaps)):
        return [], []
    return list(text_rows[:-1]), text_rows[-1]


def _inside(box: Box, frame: Box, ys: Sequence[float], em: float) -> bool:
    """Whether *box* is a line between two near ones of a frame that is wider."""
    index = between(ys, box.centre)
    return (
        frame.left - em < box.left
        and box.right < frame.right + em
        and 0 < index < len(ys)
        and ys[index] - ys[index - 1] < NEAR * em
    )

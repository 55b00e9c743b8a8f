"""
Tells the panels of a page: what is framed, or stands on a ground, beside something else, is read by itself, be it a
box in a newspaper, a column at the side, an advertisement, a card of a slide, or a picture of a comic strip with what
is said in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import evolve

from ...groups import in_runs
from ...page import Box, Line, Region, Ruling, union
from ..measure import breadth, rows, without
from ..tables.drawn.frames import as_wide
from .beside import Piece


__all__ = ["boxes", "in_rows", "opened", "panels"]

NUMBER = re.compile(r"\d{1,3}(?=\D)")
MOST_RULINGS = 400  # more are a drawing's, or a large table's
NARROWEST, LOWEST = 5.0, 2.5  # times the running text's size
SLACK, ROUND = 0.5, 0.9  # times that size: how far off the ends of its sides may be, where corners are round
INSIDE, OUTSIDE = 0.5, 0.1  # of a piece
RUNNING = 16  # letters of a line of running text, without its spaces
SAME = 0.8  # of two boxes that are one
MOST = 0.8  # of the pieces: such a frame stands around the page
FEWEST, BAND = 2, 4.0  # rows of text; times the running text's size: the height of one with nothing beside it
LEVEL_ROWS = 0.6  # of the rows: such a frame stands around a column of a table
HEAD, HEADS = 3, 2  # lines of a column's head; other heads in its row
REACH = 2.0  # times that size: text that goes further may go on beside a panel
EVEN = 0.3  # of the text's size: how far a row of a table is off
FEWEST_SAID, MOSTLY_SAID = 2, 0.6  # grounds with what somebody says; of what stands from the first to the last
OFF, TOGETHER = 0.4, 0.1  # of that size: how far all rows may be off, if they are as far as each other


def panels(
    pieces: Sequence[Piece], rulings: Sequence[Ruling], grounds: Sequence[Box], em: float
) -> tuple[list[Piece], dict[int, list[Piece]], list[Ruling]]:
    """
    Return *pieces* with one in place of all that a panel holds.

    Args:
        grounds: Tinted boxes with text in them.

    Returns:
        The pieces; what each of the panels holds, by the id of its region; and *rulings* without those of panels.
    """
    rest = list(pieces)
    held: dict[int, list[Piece]] = {}
    taken: list[Box] = []
    every = boxes(rulings, grounds, em)
    said = _said(grounds, pieces, em)
    for box in every:
        if any(box.share(other) > OUTSIDE for other in taken):
            continue
        box = _with_bar(box, rulings, em)
        inside = [piece for piece in rest if _is_inside(piece, box)]
        if box in said or _is_apart(box, inside, pieces, every, em):
            taken.append(box)
            region = Region(type="text", box=union([box, *(piece.thing.box for piece in inside)]))
            held[id(region)] = inside
            rest = [*without(rest, inside), Piece(region)]
    if not held:
        return rest, held, list(rulings)
    return rest, held, [ruling for ruling in rulings if not any(_along(ruling.box, box, em) for box in taken)]


def boxes(rulings: Sequence[Ruling], grounds: Sequence[Box], em: float) -> list[Box]:
    """Return *grounds* and frames, the largest first."""
    out: list[Box] = []
    frames = _frames(rulings, em) if len(rulings) <= MOST_RULINGS else []
    for box in sorted([*frames, *grounds], key=lambda box: -box.area):
        if not any(min(box.share(other), other.share(box)) > SAME for other in out):  # a ground may have a frame
            out.append(box)
    return out


def _with_bar(box: Box, rulings: Sequence[Ruling], em: float) -> Box:
    """Return *box* with the bar right above it, which its title stands on."""
    level = (ruling.box for ruling in rulings if ruling.horizontal and as_wide(ruling.box, box, SLACK * em))
    return evolve(box, top=min((rule.top for rule in level if 0 < box.top - rule.top < LOWEST * em), default=box.top))


def _said(grounds: Sequence[Box], pieces: Sequence[Piece], em: float) -> list[Box]:
    """
    Return which of *grounds* are read one after the other, as cards and what people say to each other are: none has
    anything beside it, and what it holds is no row of cells, or it hangs left where others hang right. Most of what
    stands between the first and the last of them is on one.
    """
    alone: list[tuple[Box, list[Piece]]] = []
    for box in grounds:
        inside = [piece for piece in pieces if piece.thing.box.share(box) > INSIDE]
        beside = [piece for piece in without(pieces, inside) if piece.thing.box.down(box) > SLACK * em]
        if inside and len(inside) < MOST * len(pieces) and not beside:
            alone.append((box, inside))
    said = [
        box
        for box, inside in alone
        if not _has_cells(inside, em) or any(_hang_apart(box, other, em) for other, _ in alone)
    ]
    if len(said) < FEWEST_SAID:
        return []
    top, bottom = min(box.top for box in said), max(box.bottom for box in said)
    within = [piece for piece in pieces if top < piece.thing.box.centre < bottom]
    on_one = sum(1 for piece in within if any(piece.thing.box.share(box) > INSIDE for box in said))
    return said if on_one >= MOSTLY_SAID * len(within) else []


def _has_cells(inside: Sequence[Piece], em: float) -> bool:
    """Whether some pieces stand side by side."""
    boxes = [piece.thing.box for piece in inside]
    return any(box.down(other) > SLACK * em for number, box in enumerate(boxes) for other in boxes[:number])


def _hang_apart(box: Box, other: Box, em: float) -> bool:
    """Whether one of both boxes is left of the other, at both ends."""
    left, right = box.left - other.left, box.right - other.right
    return min(abs(left), abs(right)) > em and (left > 0) == (right > 0)


def _frames(rulings: Sequence[Ruling], em: float) -> list[Box]:
    """Return the rectangles that four of *rulings* are the sides of and no other one divides."""
    slack, corner = SLACK * em, ROUND * em
    level = [ruling.box for ruling in rulings if ruling.horizontal and ruling.box.width > NARROWEST * em]
    upright = [ruling.box for ruling in rulings if not ruling.horizontal and ruling.box.height > LOWEST * em]
    out: list[Box] = []
    for left in upright:
        beside = [
            right
            for right in upright
            if right.left - left.right >= NARROWEST * em
            and abs(left.top - right.top) <= slack
            and abs(left.bottom - right.bottom) <= slack
        ]
        from_left = [
            line
            for line in (level if beside else ())
            if line.left < left.left + corner and left.top - corner < line.centre < left.bottom + corner
        ]
        for right in beside:
            box = Box(left.left, left.top, right.right, left.bottom)
            reaching = [line for line in from_left if line.right > box.right - corner]
            ends = [line for line in reaching if min(line.centre - box.top, box.bottom - line.centre) < slack]
            closed = any(line.centre < box.centre for line in ends) and any(line.centre > box.centre for line in ends)
            if not closed or len(ends) < len(reaching):
                continue
            # rules between the columns of a page end at its rules, which go on
            whole = any(
                all(any(abs(each.middle - end) < corner for each in upright) for end in (line.left, line.right))
                for line in ends
            )
            between = (line for line in upright if left.right < line.left and line.right < right.left)
            if whole and not any(line.top < box.top + slack and line.bottom > box.bottom - slack for line in between):
                out.append(box)
    return out


def _is_inside(piece: Piece, box: Box) -> bool:
    """Whether *piece* stands in *box*; what is said in a picture may hang over its upper or lower edge."""
    share = piece.thing.box.share(box)
    return share > INSIDE or (share > OUTSIDE and piece.left >= box.left and piece.right <= box.right)


def _is_apart(box: Box, inside: Sequence[Piece], pieces: Sequence[Piece], boxes: Sequence[Box], em: float) -> bool:
    """Whether what is *inside* a frame is text, with something else beside it that is no row of its table."""
    lines = [piece.thing for piece in inside if isinstance(piece.thing, Line)]
    if len(inside) > MOST * len(pieces) or len(rows(lines)) < FEWEST:
        return False
    others = without(pieces, inside)
    if any(piece.thing.box.share(box) > OUTSIDE for piece in others):
        return False
    beside = [piece for piece in others if piece.thing.box.down(box) > SLACK * em]
    running = sum(1 for line in lines if breadth(line) >= RUNNING) > 0.5 * len(lines)
    if not beside:  # a band of the page, whose columns may be others; of a table there would be several
        like = [other for other in boxes if abs(other.left - box.left) + abs(other.right - box.right) < em]
        return running and len(like) == 1 and box.height > BAND * em
    if running or all(box.top + em < piece.top and piece.bottom < box.bottom - em for piece in pieces):
        return True  # as high as a page that is folded
    first = min(line.box.bottom for line in lines)
    heads = sum(1 for piece in beside if abs(piece.bottom - first) < EVEN * em)
    if len(lines) <= HEAD and heads >= max(HEADS, MOST * len(beside)):
        return False  # a head of several lines, on the ground of its row
    open_ones = [piece for piece in beside if not any(piece.thing.box.share(other) > INSIDE for other in boxes)]
    places = [piece.bottom for piece in open_ones if isinstance(piece.thing, Line)]
    offsets = [min((place - line.box.bottom for place in places), key=abs, default=em) for line in lines]
    level = sum(1 for offset in offsets if abs(offset) < EVEN * em)
    together = max(offsets) - min(offsets) < TOGETHER * em and abs(offsets[0]) < OFF * em
    return level < LEVEL_ROWS * len(lines) and not (together and len(lines) > FEWEST)


def _along(ruling: Box, box: Box, em: float) -> bool:
    """Whether *ruling* is inside *box*, or one of its sides."""
    slack = SLACK * em
    within = box.left - slack < ruling.left and ruling.right < box.right + slack
    return within and box.top - slack < ruling.top and ruling.bottom < box.bottom + slack


def in_rows(pieces: Sequence[Piece], held: Mapping[int, list[Piece]], em: float) -> list[list[Piece]]:
    """
    Return *pieces* in bands: panels as wide as the page, and rows of such, that have nothing else beside them, and what
    is between those; none where the panels are numbered otherwise.
    """
    out: list[list[Piece]] = []
    rest = list(pieces)
    every = _rows([piece for piece in pieces if id(piece.thing) in held])
    if _in_order(shown := [panel for row in every for panel in row], held) != shown:
        return []
    for row in every:
        box = union([panel.thing.box for panel in row])
        level = [piece for piece in pieces if piece.thing.box.down(box) > SLACK * em]
        wide = not any(piece.left < box.left - REACH * em or piece.right > box.right + REACH * em for piece in pieces)
        signs = [piece for piece in level if piece.thing.text and not any(map(str.isalnum, piece.thing.text))]
        if len(level) > len(row) + len(signs) or not (wide or len(row) > 1):
            continue
        row = [*row, *signs]  # such as arrows from one to the next
        out += [[piece for piece in rest if piece.top + piece.bottom < box.top + box.bottom and piece not in row], row]
        rest = [piece for piece in rest if piece.top + piece.bottom > box.top + box.bottom and piece not in row]
    return [band for band in (*out, rest) if band]


def _in_order(shown: Sequence[Piece], held: Mapping[int, list[Piece]]) -> list[Piece]:
    """Return the panels *shown* as they are numbered, or as they are where not all are."""
    numbers = {id(panel): _number(held[id(panel.thing)]) for panel in shown}
    return sorted(shown, key=lambda panel: numbers[id(panel)]) if all(numbers.values()) else list(shown)


def _number(inside: Sequence[Piece]) -> int:
    """Return the number that begins what a panel holds, 0 without one."""
    first = min(inside, key=lambda piece: piece.top).thing
    found = NUMBER.match(first.text)
    return int(found[0]) if found is not None else 0


def _rows(panels: Sequence[Piece]) -> list[list[Piece]]:
    """Return *panels* that stand level in rows, from the top down, each from left to right."""
    ordered = sorted(panels, key=lambda piece: piece.top)
    rows = in_runs(ordered, lambda row, panel: panel.thing.box.is_level_with(row[0].thing.box))
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def opened(section: Sequence[Piece], held: Mapping[int, list[Piece]]) -> list[tuple[list[Piece], bool]]:
    """Return *section* parted at its panels, with what they hold in their place; and whether each part is a panel."""
    every = _rows([piece for piece in section if id(piece.thing) in held])
    shown = _in_order([panel for row in every for panel in row], held)
    rest = [piece for piece in section if id(piece.thing) not in held]
    out: list[tuple[list[Piece], bool]] = []
    for panel in shown:
        above = [
            piece
            for piece in rest
            if piece.top + piece.bottom < 2 * panel.top
            or (piece.top + piece.bottom < 2 * panel.bottom and piece.left < panel.left)
        ]
        rest = without(rest, above)
        out += [(above, False), (held[id(panel.thing)], True)]
    return [part for part in (*out, (rest, False)) if part[0]]

"""
Reads what is printed on tinted panels apart from what stands around: sidebars, boxes between columns, cards of a slide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from ...page import Box, Line, union
from ..measure import breadth, in_one, rows
from .beside import Piece


__all__ = ["with_panels"]

INSIDE, OUTSIDE = 0.7, 0.2  # of a piece: it stands on a panel; it does not
MOST = 0.85  # of a page's pieces: one that holds more is the page's ground
FILLING = 0.4  # of a panel's width: a line that is no cell
RUNNING, ENOUGH = 24, 3  # letters of a line of running text; of such lines
BESIDE = 2.0  # times the size of the running text: text that reaches further goes on beside a panel
LEVEL = 0.5  # of the lines: cells of a table whose other columns stand beside the panel

Sections = list[list[Piece]]
_Panel = tuple[Box, list[Piece]]
"""A panel, and what stands on it."""


def with_panels(
    pieces: Sequence[Piece], panels: Sequence[Box], em: float, divided: Callable[[list[Piece]], Sections]
) -> Sections:
    """
    Return the sections of *pieces* in reading order, those on each of *panels* together.

    Args:
        divided: Divides pieces into sections, in reading order.
    """
    rest = list(pieces)
    told: list[_Panel] = []
    for panel in sorted(panels, key=lambda box: -box.area):
        on = [piece for piece in rest if piece.thing.box.share(panel) > INSIDE]
        if _parts(panel, on, rest, panels, len(pieces), em):
            told.append((panel, on))
            taken = set(map(id, on))
            rest = [piece for piece in rest if id(piece) not in taken]
    if not told:
        return divided(rest)
    cards = _cards(told, rest, em)
    for row in cards:
        own_pieces = {id(piece) for _, on in row for piece in on}
        others = [piece for piece in pieces if id(piece) not in own_pieces]
        box = union([panel for panel, _ in row])
        if _is_band(box, others, em):
            above = [piece for piece in others if piece.thing.box.centre < box.centre]
            below = [piece for piece in others if piece.thing.box.centre >= box.centre]
            own_sections = [part for _, on in row for part in divided(on)]
            return [
                *with_panels(above, panels, em, divided),
                *own_sections,
                *with_panels(below, panels, em, divided),
            ]
    standing = [_standing(row) for row in cards]
    place = {id(piece): number for number, pieces_of_row in enumerate(standing) for piece in pieces_of_row}
    own = [[part for _, on in row for part in divided(on)] for row in cards]
    out: Sections = []
    for section in divided([*rest, *(piece for each in standing for piece in each)]):
        found = sorted({place[id(piece)] for piece in section if id(piece) in place and own[place[id(piece)]]})
        section = [piece for piece in section if id(piece) not in place]
        for number in sorted(found, key=lambda number: _middle(standing[number])):
            middle = _middle(standing[number])
            out.extend(([piece for piece in section if piece.thing.box.centre < middle], *own[number]))
            section = [piece for piece in section if piece.thing.box.centre >= middle]
            own[number] = []
        out.append(section)
    return [section for section in out if section]


def _standing(row: Sequence[_Panel]) -> list[Piece]:
    """Return what stands for panels side by side while the page is divided: a line for each row."""
    lines = [piece.thing for _, on in row for piece in on if isinstance(piece.thing, Line)]
    return [Piece(evolve(in_one(each), words=())) for each in rows(lines)]


def _middle(pieces: Sequence[Piece]) -> float:
    return (min(piece.top for piece in pieces) + max(piece.bottom for piece in pieces)) / 2


def _is_band(panel: Box, others: Sequence[Piece], em: float) -> bool:
    """Whether a *panel* divides the page: it is as wide as all text, and none stands beside it."""
    return not any(
        isinstance(piece.thing, Line)
        and (
            piece.thing.box.down(panel) > 0
            or piece.left < panel.left - BESIDE * em
            or piece.right > panel.right + BESIDE * em
        )
        for piece in others
    )


def _cards(told: Sequence[_Panel], others: Sequence[Piece], em: float) -> list[list[_Panel]]:
    """Return panels in rows from the left: those that begin and end at one height, with nothing between them."""
    out: list[list[_Panel]] = []
    for panel in sorted(told, key=lambda each: each[0].left):
        box = panel[0]
        for row in out:
            first = row[0][0]
            both = union([first, box])
            level = abs(first.top - box.top) < em and abs(first.bottom - box.bottom) < em
            if level and not any(piece.thing.box.share(both) > OUTSIDE for piece in others):
                row.append(panel)
                break
        else:
            out.append([panel])
    return out


def _parts(
    panel: Box, on: Sequence[Piece], others: Sequence[Piece], panels: Sequence[Box], every: int, em: float
) -> bool:
    """Whether the pieces *on* a *panel* are read by themselves: text, and no cells that *others* stand beside."""
    lines = [piece.thing for piece in on if isinstance(piece.thing, Line)]
    if len(lines) < 2 or len(on) > MOST * every:
        return False
    if any(OUTSIDE < piece.thing.box.share(panel) <= INSIDE for piece in others):
        return False
    filling = sum(breadth(line) for line in lines if line.box.width > FILLING * panel.width)
    running = [line for line in lines if breadth(line) >= RUNNING]
    if filling < 0.5 * sum(map(breadth, lines)) and len(running) < ENOUGH:
        return False
    if len(running) >= 0.5 * len(lines):
        return True
    outside = [
        piece.thing.box
        for piece in others
        if isinstance(piece.thing, Line) and not any(piece.thing.box.share(each) > INSIDE for each in panels)
    ]
    level = [line for line in lines if any(abs(line.box.centre - box.centre) < 0.3 * em for box in outside)]
    return len(level) < LEVEL * len(lines)

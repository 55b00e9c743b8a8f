"""What a PDF draws without text: which strokes rule tables, and which are charts."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ...disjoint_sets import DisjointSets
from ...page import Box, Line, Word, union


__all__ = ["bulleted", "drawings", "off_grounds", "panels", "rulings"]

Segment = tuple[float, float, float, float, float]  # x1, y1, x2, y2, stroke width
Shape = tuple[float, float, float, float, bool]  # left, top, right, bottom, whether it has curves
Corners = tuple[float, float, float, float]
_Piece = tuple[float, float, float, float, float]

MOST_OF_PAGE = 0.5  # of the page: no cell of a table is so large
THIN = 2.5  # points: a filled rectangle no thicker than this is a line
SHORTEST = 6.0
WIDE, HIGH = 50.0, 25.0  # points: a panel, at least
MOST_PANELS = 120  # of a page, a ground and an outline each
ALIKE, NEAR = 1.0, 3.0  # points
STRAIGHT = 0.4  # of its width
ON_PANEL, LINES = 0.8, 2  # of a line; lines
MOST = 4000  # strokes beyond this are a map or a plot, never a table


def off_grounds(segments: Sequence[Segment], filled: Sequence[Shape], area: float) -> Sequence[Segment]:
    """
    Return *segments* without the sides of a coloured ground on which most of a page of *area* stands.

    Args:
        filled: Shapes that are.
    """
    grounds = [
        (left, top, right, bottom)
        for left, top, right, bottom, curved in filled
        if not curved and (right - left) * (bottom - top) > MOST_OF_PAGE * area
    ]
    if not grounds:
        return segments
    return [segment for segment in segments if not any(_is_side(segment, ground) for ground in grounds)]


def panels(shapes: Sequence[Shape], segments: Sequence[Segment], words: Sequence[Box], area: float) -> tuple[Box, ...]:
    """
    Return the grounds and frames with round corners on which text stands; the sides of others come with `rulings`.

    One line is enough where another such is as wide or as high.

    Args:
        segments: Among which their straight sides are.

        words: The boxes of lines.

        area: Of the page.
    """
    boxes = [Box(*shape[:4]) for shape in shapes if shape[4] and _may_be_panel(*shape[:4], area)]
    if len(boxes) > MOST_PANELS:  # a drawing's
        return ()
    counts = {box: sum(1 for word in words if word.share(box) > ON_PANEL) for box in boxes}
    said = [box for box, count in counts.items() if count]
    out: list[Box] = []
    for box in said:
        held = counts[box] >= LINES or any(_is_like(box, other) for other in said)
        if held and _has_sides(box, segments[:MOST]) and not any(_is_same(box, other) for other in out):
            out.append(box)
    return tuple(out)


def _may_be_panel(left: float, top: float, right: float, bottom: float, area: float) -> bool:
    wide, high = right - left, bottom - top
    return wide > WIDE and high > HIGH and wide * high < MOST_OF_PAGE * area


def _is_same(box: Box, other: Box) -> bool:
    """Whether both are one panel, such as its ground and its outline."""
    return min(box.share(other), other.share(box)) > ON_PANEL


def _are_joined(panels: Sequence[Box], shapes: Sequence[Shape]) -> bool:
    """Whether strokes lead from some of *panels* to others, as in the drawing of a process."""
    joined = 0
    for left, top, right, bottom, _ in shapes:
        reach = Box(left - NEAR, top - NEAR, right + NEAR, bottom + NEAR)
        joined += sum(1 for panel in panels if reach.across(panel) > 0 < reach.down(panel)) == 2
    return joined > 1


def _has_sides(box: Box, segments: Sequence[Segment]) -> bool:
    """Whether *box* is straight above and below, as a curve that runs through it is not."""
    level = [
        (y1 + y2) / 2 for x1, y1, x2, y2, _ in segments if abs(y1 - y2) < 1 and abs(x1 - x2) > STRAIGHT * box.width
    ]
    return all(any(abs(y - side) < NEAR for y in level) for side in (box.top, box.bottom))


def _is_like(box: Box, other: Box) -> bool:
    """Whether *other* stands elsewhere, and is as wide or as high as *box*."""
    alike = abs(box.width - other.width) < ALIKE or abs(box.height - other.height) < ALIKE
    return alike and box.share(other) == 0


def _is_side(segment: Segment, ground: Corners) -> bool:
    x1, y1, x2, y2, _ = segment
    left, top, right, bottom = ground
    upright = abs(x1 - x2) < 1 and min(abs(x1 - left), abs(x1 - right)) < 1 and abs(abs(y1 - y2) - (bottom - top)) < 2
    level = abs(y1 - y2) < 1 and min(abs(y1 - top), abs(y1 - bottom)) < 1 and abs(abs(x1 - x2) - (right - left)) < 2
    return upright or level


def rulings(segments: Sequence[Segment], shapes: Sequence[Shape]) -> list[Corners]:
    """
    Return the upright straight lines, pieces of one line put together.

    Thin filled rectangles count, and so do strokes; both are how programs draw the lines of tables.
    """
    flat: list[Corners] = []
    steep: list[Corners] = []
    for x1, y1, x2, y2, _ in segments[:MOST]:
        left, right = (x1, x2) if x1 <= x2 else (x2, x1)
        top, bottom = (y1, y2) if y1 <= y2 else (y2, y1)
        if bottom - top < 1.0 and right - left >= 1:
            flat.append((left, top, right, bottom))
        elif right - left < 1.0 and bottom - top >= 1:
            steep.append((left, top, right, bottom))
    for left, top, right, bottom, curved in shapes[:MOST]:
        if curved:
            continue
        if bottom - top < THIN and right - left > 2 * THIN:
            flat.append((left, top, right, bottom))
        elif right - left < THIN and bottom - top > 2 * THIN:
            steep.append((left, top, right, bottom))
    turned = [(top, left, bottom, right) for left, top, right, bottom in steep]
    return [
        *(box for box in _strung(flat) if box[2] - box[0] >= SHORTEST),
        *((left, top, right, bottom) for top, left, bottom, right in _strung(turned) if bottom - top >= SHORTEST),
    ]


def _strung(pieces: list[Corners]) -> list[Corners]:
    """Join level pieces that lie on one line and touch."""
    out: list[Corners] = []
    rows: dict[int, list[Corners]] = {}
    for piece in sorted(pieces, key=lambda piece: (piece[1] + piece[3]) / 2):
        rows.setdefault(round((piece[1] + piece[3]) / 4), []).append(piece)
    merged: list[list[Corners]] = []
    last = None
    for key in sorted(rows):
        if last is not None and key == last + 1 and abs(_centre(rows[key][0]) - _centre(merged[-1][-1])) < 1.2:
            merged[-1].extend(rows[key])
        else:
            merged.append(list(rows[key]))
        last = key
    for row in merged:
        row.sort()
        left, top, right, bottom = row[0]
        for piece in row[1:]:
            if piece[0] <= right + 2.0:
                right, top, bottom = max(right, piece[2]), min(top, piece[1]), max(bottom, piece[3])
            else:
                out.append((left, top, right, bottom))
                left, top, right, bottom = piece
        out.append((left, top, right, bottom))
    return out


def _centre(piece: Corners) -> float:
    return (piece[1] + piece[3]) / 2


BULLET = 0.2  # of the font size: how high what browsers draw for bullets is, at least
HIGHEST = {True: 0.65, False: 0.6}  # at most: discs and circles, and squares, as larger ones are boxes to tick


def bulleted(lines: Sequence[Line], shapes: Sequence[Shape], *, from_right: bool = False) -> tuple[Line, ...]:
    """Return *lines*, which may run *from_right*, those with a bullet that is drawn rather than written."""
    small = [
        (left, top, right, bottom, HIGHEST[curved])
        for left, top, right, bottom, curved in shapes[:MOST]
        if 1.5 < bottom - top < 12 and abs((right - left) - (bottom - top)) < 1
    ]
    if not small:
        return tuple(lines)
    out = list(lines)
    for *sides, most in small:
        mark = Box(*sides)
        for index, line in enumerate(out):
            box = line.box
            size = line.size or box.height
            if (
                box.top < mark.centre < box.bottom
                and 0 < (mark.left - box.right if from_right else box.left - mark.right) < 1.5 * size
                and BULLET * size < mark.height < most * size
                and not any(_is_apart(Box(*shape[:4]), mark, box) for shape in shapes[:MOST])
            ):
                words = (Word("•", mark), *line.words)
                out[index] = evolve(line, text=f"• {line.text}", box=union((box, mark)), words=words)
                break
    return tuple(out)


def _is_apart(ground: Box, mark: Box, line: Box) -> bool:
    """Whether *mark* is on a *ground* beside a *line*, higher than that: part of something that is drawn there."""
    return ground.height > line.height and ground.across(line) < 0 and mark.share(ground) == 1


def drawings(
    segments: Sequence[Segment],
    shapes: Sequence[Shape],
    words: Sequence[Box],
    width: float,
    height: float,
    panels: Sequence[Box] = (),
) -> list[Box]:
    """
    Return where charts and drawings stand.

    Strokes and shapes that lie near each other form one drawing. It is a chart rather than a table or a frame if
    much of it is curved or slanted, or so dense that no text fits between.

    Args:
        panels: Round ones with text on them, which make no drawing of what they stand beside, or hold.
    """
    pieces: list[_Piece] = []
    inner: list[_Piece] = []
    if panels and (len(shapes) > MOST or _are_joined(panels, shapes)):
        panels = ()
    for left, top, right, bottom, curved in shapes:
        if right - left > 0.9 * width and bottom - top > 0.5 * height:
            continue  # a page's background
        on = _words_on(left, top, right, bottom, words) if curved and len(shapes) <= MOST else None
        if on is not None and right - left < BADGE * (on.right - on.left):
            continue  # what stands around such a line would be taken for one drawing
        around = panels and [panel for panel in panels if Box(left, top, right, bottom).share(panel) > ON_PANEL]
        own = any(_is_same(Box(left, top, right, bottom), panel) for panel in around)
        odd = 0.0 if on is not None or own or not curved else 1.0
        (inner if around and not own else pieces).append((left, top, right, bottom, odd))
    for x1, y1, x2, y2, _ in segments:
        slanted = abs(x1 - x2) > 1 and abs(y1 - y2) > 1
        pieces.append((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), 1.0 if slanted else 0.0))
    return [box for group in (pieces, inner) for box in _drawn(group, words, width, height)]


def _drawn(pieces: Sequence[_Piece], words: Sequence[Box], width: float, height: float) -> list[Box]:
    """Return where *pieces*, of which the last number says whether they are curved or slanted, form drawings."""
    if sum(piece[4] for piece in pieces) < 3:
        return []
    return [
        Box(left, top, right, bottom)
        for left, top, right, bottom, count, odd in _clusters(pieces, width, height)
        if odd >= 3
        and (odd >= 0.04 * count or odd >= 12)
        and right - left > 40
        and bottom - top > 30
        and _inked(words, Box(left, top, right, bottom)) < 0.35
    ]


GROUND = 2.2  # times as high as the text on it, at most
BADGE = 0.5  # of the width of a line, whose number stands on it


def _words_on(left: float, top: float, right: float, bottom: float, lines: Sequence[Box]) -> Box | None:
    """Return the line of which a curved shape is the rounded ground, or that of some words, as of buttons."""
    middle, centre = (left + right) / 2, (top + bottom) / 2
    return next(
        (
            line
            for line in lines
            if line.top < centre < line.bottom
            and bottom - top < GROUND * (line.bottom - line.top)
            and line.left - 2 < middle < line.right + 2
        ),
        None,
    )


CELL = 12.0  # points: strokes in touching squares of this size belong together


def _clusters(
    pieces: Sequence[_Piece], width: float, height: float
) -> list[tuple[float, float, float, float, int, float]]:
    columns, rows = int(width / CELL) + 1, int(height / CELL) + 1
    squares: set[int] = set()
    connected = DisjointSets()
    together = _by_squares(pieces)
    firsts: list[int] = []
    for x0, y0, x1, y1 in together:
        first = -1
        x0, x1 = max(0, x0), min(columns - 1, x1)
        y0, y1 = max(0, y0), min(rows - 1, y1)
        for y in range(y0, y1 + 1):
            # Of a big frame only the border counts, or it would swallow what stands inside it.
            xs = range(x0, x1 + 1) if y in (y0, y1) or x1 - x0 < 4 else (x0, x1)
            for x in xs:
                key = y * 10_000 + x
                squares.add(key)
                if first < 0:
                    first = key
                else:
                    connected.join(first, key)
        firsts.append(first)
    for key in squares:
        for other in (key + 1, key + 10_000, key + 10_001, key + 9_999):
            if other in squares:
                connected.join(key, other)
    groups: dict[int, list[float]] = {}
    for (left, top, right, bottom, count, odd), first in zip(together.values(), firsts, strict=True):
        if first < 0:
            continue
        group = groups.setdefault(connected.find(first), [1e9, 1e9, -1e9, -1e9, 0, 0.0])
        group[0], group[1] = min(group[0], left), min(group[1], top)
        group[2], group[3] = max(group[2], right), max(group[3], bottom)
        group[4] += count
        group[5] += odd
    return [(g[0], g[1], g[2], g[3], int(g[4]), g[5]) for g in groups.values()]


def _by_squares(pieces: Sequence[_Piece]) -> dict[tuple[int, ...], list[float]]:
    """Return *pieces*, those in the same squares put together; of these there are few, however full a map is."""
    out: dict[tuple[int, ...], list[float]] = {}
    for left, top, right, bottom, odd in pieces:
        key = int(left / CELL), int(top / CELL), int(right / CELL), int(bottom / CELL)
        if (found := out.get(key)) is None:
            out[key] = [left, top, right, bottom, 1, odd]
            continue
        if left < found[0]:
            found[0] = left
        if top < found[1]:
            found[1] = top
        if right > found[2]:
            found[2] = right
        if bottom > found[3]:
            found[3] = bottom
        found[4] += 1
        found[5] += odd
    return out


def _inked(words: Sequence[Box], box: Box) -> float:
    """Which part of *box* is covered by text."""
    return sum(word.area for word in words if word.share(box) > 0.5) / box.area if box.area else 1.0

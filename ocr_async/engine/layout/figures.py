"""Decides which pictures of a page are figures, which text belongs to them, and which to their captions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from ..page import Box, Line, Picture, Ruling, Sheet, union
from .measure import breadth, ems, length, recognised, without
from .tables.drawn.grids import Grid, grids


__all__ = ["CAPTION", "charts", "figures", "labels", "with_bars"]

CAPTION = re.compile(
    r"\s*(?:fig(?:ure|s?\.|\b)|table\b|tab\.|abb(?:ildung|\.)|bild\b|tabelle\b|tableau\b|listing\b|scheme\b|plate\b|chart\b|"
    r"exhibit\b|figura\b|tabla\b|tabela\b|图|圖|表|図)\s*\.?\s*(?:[\dIVX]+[.:a-z]?|[A-Z]\.\d)",
    re.IGNORECASE,
)


def figures(sheet: Sheet, em: float, bars: Sequence[Box] = ()) -> list[Picture]:
    """Return the pictures that count, *bars* among them: no specks, nor grounds of the page, none inside another."""
    page = Box(0.0, 0.0, sheet.width, sheet.height)
    kept: list[Picture] = []
    least = 0.03 * min(sheet.width, sheet.height)
    drawn = [Picture(box, certain=False) for box in (*charts(sheet.rulings, sheet.lines, em), *bars)]
    for picture in sorted((*sheet.pictures, *drawn), key=lambda picture: -picture.box.area):
        box = picture.box
        box = Box(max(0.0, box.left), max(0.0, box.top), min(page.right, box.right), min(page.bottom, box.bottom))
        if box.width < least or box.height < least or box.area > 0.85 * page.area:
            continue
        if any(box.share(other.box) > 0.7 for other in kept):
            continue
        kept.append(Picture(box, picture.certain, picture.name))
    return kept


FIELD = 0.6  # of the width of a frame: so wide is a field to write in, whose sides are no pieces of a curve
TICKS = 6
BARS = 3  # of unlike lengths
NUMBERS = 3  # along the axes of the smallest chart
TOUCHING = 0.5  # times the size of lettering: how far a badge's lines stand apart


def charts(rulings: Sequence[Ruling], lines: Sequence[Line], em: float) -> list[Box]:
    """
    Return the frames of charts: rulings that meet, with ticks along them or loose strokes between, and little text.

    The lines of a table end at each other; what looks like a ruling inside a chart is a piece of a curve.
    """
    out: list[Box] = []
    found = grids(rulings, em)
    for grid in found:
        box = grid.box
        # an axis has its ticks, shorter than any field of a table
        ticks = sum(1 for stroke in (*grid.level, *grid.upright) if max(stroke.width, stroke.height) < 0.8 * em)
        if box.width < 6 * em or box.height < 6 * em or (len(grid.xs) > 12 and ticks < TICKS):
            continue
        fields = [
            each for each in found if each is grid or each.box.width > FIELD * box.width or _holds_cells(each, lines)
        ]
        own = {id(stroke) for each in fields for stroke in (*each.level, *each.upright)}
        loose = sum(1 for ruling in rulings if id(ruling.box) not in own and ruling.box.share(box) > 0.95)
        text = sum(line.box.area for line in lines if line.box.share(box) > 0.6)
        if (loose >= 3 or ticks >= TICKS) and text < 0.25 * box.area:
            out.append(box)
    return out


def _holds_cells(grid: Grid, lines: Sequence[Line]) -> bool:
    """Whether *grid* is a table in a field of another: it has rows and columns, and text in most of its cells."""
    count = (len(grid.xs) - 1) * (len(grid.ys) - 1)
    inside = sum(1 for line in lines if line.box.share(grid.box) > 0.6)
    return len(grid.xs) > 2 and len(grid.ys) > 2 and 2 * inside > count


def with_bars(rulings: Sequence[Ruling], lines: Sequence[Line], em: float) -> list[Box]:
    """
    Return where bars of unlike lengths begin at one line, upright or level, with the rules that run behind them.

    The fields of a table are no bars, for they have text in them.
    """
    if not rulings:
        return []
    level = [ruling.box for ruling in rulings if ruling.horizontal]
    upright = [ruling.box for ruling in rulings if not ruling.horizontal]
    said = [line.box for line in lines]
    out = _bars(level, upright, said, em)
    turned = _bars(list(map(_turned, upright)), list(map(_turned, level)), list(map(_turned, said)), em)
    return [*out, *map(_turned, turned)]


def _turned(box: Box) -> Box:
    """Return *box* with its axes exchanged."""
    return Box(box.top, box.left, box.bottom, box.right)


def _bars(level: Sequence[Box], upright: Sequence[Box], said: Sequence[Box], em: float) -> list[Box]:
    by_base: dict[int, list[Box]] = {}
    for stroke in upright:
        by_base.setdefault(round(stroke.bottom / (0.2 * em)), []).append(stroke)
    out: list[Box] = []
    for sides in by_base.values():
        sides.sort(key=lambda side: side.left)
        bars = [
            Box(one.middle, one.top, other.middle, one.bottom)
            for one, other in pairwise(sides)
            if abs(one.top - other.top) < 0.1 * em < other.middle - one.middle
        ]
        bars = [
            bar for bar in bars if not any(bar.left < text.middle < bar.right and text.down(bar) > 0 for text in said)
        ]
        if len({round(bar.top / (0.2 * em)) for bar in bars}) < BARS:
            continue
        box = union(bars)
        behind = [stroke for stroke in level if stroke.across(box) > 0.9 * box.width and stroke.down(box) > -2 * em]
        out.append(union([box, *behind]))
    return out


def labels(box: Box, lines: Sequence[Line], em: float) -> list[Line] | None:
    """
    Return the lines that belong to a picture that is guessed to stand in *box*: labels of a chart's axes, lettering.

    Returns:
        None where it is a background of running text, which then stays text.
    """
    inside = [line for line in lines if line.box.share(box) > 0.6]
    titles = [line for line in inside if not _is_small(line, inside, em)]
    inside, lines = without(inside, titles), without(lines, titles)
    if not inside:
        return _with_axes(box, [], lines)
    chars = sum(map(breadth, lines))
    typed = sum(breadth(line) for line in inside if line.mono)
    if typed > max(LISTING, 0.5 * sum(map(breadth, inside))):
        return None  # a listing, whose ground and buttons are drawn: as labels its text would be lost
    if sum(map(breadth, inside)) > 0.4 * chars:
        return None  # a poster, a label, a sheet of coloured paper: the text is what the page is about
    if sum(breadth(line) for line in lines if length(line) > 24) < 0.5 * chars:
        return None  # a form or an invoice, which has coloured fields rather than figures
    if _reads_on(inside):
        return None  # text in round frames
    long = [line for line in inside if breadth(line) > 40]
    if sum(breadth(line) for line in long) > max(0.45 * sum(breadth(line) for line in inside), 120):
        return None
    covered = sum(line.box.area for line in inside)
    # a logo or a badge may be full of letters, a chart is not
    if covered > (0.6 if box.area < 150 * em * em else 0.33) * box.area:
        return None
    said = _said(inside)
    return _with_axes(box, without(inside, said), without(lines, said))


def _said(lines: Sequence[Line]) -> list[Line]:
    """Return those of *lines* that are whole sentences, as people in a picture say them, with all lines of each."""
    out: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.box.bottom):
        goes_on = any(
            line.box.across(low.box) > 0 and -TOUCHING * ems(line) < low.box.top - line.box.bottom < ems(line)
            for low in out
        )
        if goes_on or SAID.search(line.text):
            out.append(line)
    return out


def _reads_on(lines: Sequence[Line]) -> bool:
    """Whether nearly all of *lines* is lines as long as those of a text, as no lettering is."""
    long = [line for line in lines if breadth(line) >= SENTENCE]
    return len(long) >= SENTENCES and sum(map(breadth, long)) > 0.7 * sum(map(breadth, lines))


def _with_axes(box: Box, inside: list[Line], lines: Sequence[Line]) -> list[Line]:
    """
    *inside* with what stands along the sides of *box*, where these are numbers as a chart has them, in even steps.

    A photograph, a drawing or a badge has no axes: a short line beside it is a heading, or the last one of a paragraph,
    unless it is lettering of a picture that reaches further than was found.
    """
    around = _around(box, inside, lines)
    if sum(1 for line in inside if any(map(str.isdigit, line.text))) >= NUMBERS or _has_axis(box, inside, lines):
        return around
    own = set(map(id, inside))
    out = [line for line in around if id(line) in own]
    for line in (line for line in around if id(line) not in own and inside):
        if _touches(line, box):
            out.append(line)
            box = union([box, line.box])
    return out


def _has_axis(box: Box, inside: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether numbers in even steps stand along a side of *box*, unlike prices below pictures of what is sold."""
    sides: dict[tuple[bool, bool], list[tuple[float, str]]] = {}
    for line in _beside(box, inside, lines):
        if (number := NUMBER.search(line.text)) is not None:
            place = line.box
            level = box.left < place.middle < box.right
            side = (level, place.centre < box.centre if level else place.middle < box.middle)
            sides.setdefault(side, []).append((place.left if level else place.top, number[0]))
    return any(_in_steps([number for _, number in sorted(side)]) for side in sides.values())


def _in_steps(numbers: Sequence[str]) -> bool:
    """Whether most of *numbers*, which may have lost their signs, are as far apart or as many times as large."""
    values = [float(number.replace(",", ".")) for number in numbers]
    steps = sorted(abs(other - one) for one, other in pairwise(values))
    ratios = sorted(max(one, other) / min(one, other) for one, other in pairwise(values) if min(one, other) > 0)
    return len(values) >= NUMBERS and (_are_alike(steps, 0.0) or _are_alike(ratios, 1.0))


def _are_alike(steps: Sequence[float], least: float) -> bool:
    """Whether *steps*, in order and larger than *least*, are the same but for one."""
    usual = steps[len(steps) // 2] if steps else least
    alike = sum(1 for step in steps if math.isclose(step, usual, rel_tol=0.02))
    return usual > least and alike >= max(NUMBERS - 1, len(steps) - 1)


def _touches(line: Line, box: Box) -> bool:
    """Whether *line* stands right over or under *box*, and nowhere beside it."""
    return line.box.across(box) > 0.9 * line.box.width and line.box.down(box) > -TOUCHING * ems(line)


def _around(box: Box, inside: list[Line], lines: Sequence[Line]) -> list[Line]:
    """*inside* with what stands along the sides of *box*: the numbers of its axes, and beyond them their names."""
    out = list(inside)
    for _ in range(2):
        beside = _beside(box, out, lines)
        if not beside:
            break
        out.extend(beside)
        box = union([box, *(line.box for line in beside)])
    return [line for line in out if not CAPTION.match(line.text)]


def _is_small(line: Line, inside: Sequence[Line], em: float) -> bool:
    """Whether *line* may be lettering by its size, or is one of many; on scans a short one may be of any size."""
    return ems(line) < 1.2 * em or _one_of_many(line, inside) or (recognised(line) and length(line) < 12)


def _one_of_many(line: Line, lines: Sequence[Line]) -> bool:
    """
    Whether some of *lines* are as large as *line*: the legend of a chart, whose print is as large as it pleases.

    Large print that stands alone in what only looks like a picture is a title on a coloured ground.
    """
    size = ems(line)
    return sum(1 for other in lines if 0.85 * size < ems(other) < 1.15 * size) >= LEGEND


SENTENCE, SENTENCES = 24, 6  # letters of a line of a text; of such lines
LEGEND = 4
LISTING = 40  # letters in even type: a chart has fewer, if any

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
SAID = re.compile(r"[。！？]\W?$|\w\W+\w+\W+\w+[.!?]\W?$")  # lettering is no sentence
UNIT = re.compile(r"[(\[][^()\[\]]{1,12}[)\]]$")  # of an axis: "time (h)"


def _beside(box: Box, inside: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """The numbers and names along the axes of a chart, which stand just outside it."""
    out: list[Line] = []
    known = set(map(id, inside))
    for line in lines:
        unit = UNIT.search(line.text) is not None and length(line) < 30
        if id(line) in known or (length(line) > 14 and not unit) or CAPTION.match(line.text):
            continue
        size = (1.8 if unit else 1.0) * ems(line)
        across, down = line.box.across(box), line.box.down(box)
        if (across > 0.3 * line.box.width and down > -1.1 * size) or (
            # the first and the last number stand at the corners
            down > 0.3 * line.box.height and across > -1.5 * size
        ):
            out.append(line)
    return out

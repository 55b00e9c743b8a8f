"""
Looks at a scan's pixels for what recognition does not tell: rulings, pictures, and how heavy each line is set.

Rulings and pictures come from one binarisation; a page of two megapixels takes some tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ..page import Box, Line, Picture, Ruling
from .check_boxes import check_boxes, with_signs, without_boxes
from .connected import around, connected, ink_of, pieces, runs
from .dark_heads import dark_heads, edges
from .edges import fitted
from .faint_rules import between_level, joined
from .grounds import grounds, on_paper
from .letter_sizes import weighed
from .lone_marks import lone_marks, with_bullets
from .panels import panels
from .reduced import grey_of, part_of, reduced


__all__ = ["Ink", "look", "strokes"]

Grey = NDArray[Any]


@frozen
class Ink:
    """What `look` found: lines with their weight, rulings, pictures, tinted panels, and whether paper is dark."""

    lines: tuple[Line, ...]
    rulings: tuple[Ruling, ...] = ()
    pictures: tuple[Picture, ...] = ()
    panels: tuple[Box, ...] = ()
    dark: bool = False


def look(image: NDArray[Any], lines: Sequence[Line], *, angle: float = 0.0) -> Ink:
    """
    Find the rulings and pictures of a page, and which of its lines are bold.

    Args:
        image: The page in blue, green and red, shape (height, width, 3), or grey.

        lines: Its text, boxes in the pixels of *image* after that was turned level about its middle.

        angle: Degrees by which the text rises to the right in *image*.
    """
    height, width = image.shape[:2]
    grey: Grey = grey_of(image)
    on_dark = bool(2 * np.count_nonzero(grey < DARK) > grey.size)
    if on_dark:
        grey = cv2.bitwise_not(grey)
    if abs(angle) > 0.2:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
        grey = cv2.warpAffine(grey, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    tall = float(np.median([line.box.height for line in lines])) if lines else height / 60
    coloured = [] if abs(angle) > 0.2 else grounds(image, lines, tall)
    heads = dark_heads(grey, lines, tall)
    shaded, grey = grey, on_paper(grey, [*coloured, *chain.from_iterable(heads)])
    lightness = around(grey, tall)
    dark = ink_of(grey, lightness, DARKER)
    drawn = joined(_rulings(grey, dark, lines, tall), lines, tall)
    drawn += edges(heads)
    drawn += between_level(dark, drawn, tall)
    # Salt and pepper would join to pictures; letters, which a median thins, do not matter there.
    calm = ink_of(cv2.medianBlur(grey, 3), lightness, DARKER)
    pictures = _pictures(grey, calm, lines, drawn, tall)
    # What looks like a ruling inside a picture is part of it.
    ruled = [ruling for ruling in drawn if not any(ruling.box.share(picture.box) > 0.7 for picture in pictures)]
    boxes = check_boxes(dark, pieces(dark), lines, tall)
    lines, bare = without_boxes(lines, calm, boxes)
    read = fitted(bare, weighed(grey, lines, drawn, on_dark), drawn)
    marks = lone_marks(grey, lightness, read, drawn, tall)
    signed = with_signs(read, boxes)
    tinted = panels(shaded, read, pictures, tall, coloured)
    return Ink((*with_bullets(signed, marks.dots, tall), *marks.dashes), tuple(ruled), tuple(pictures), tinted, on_dark)


DARKER = 14  # of 255: than what is around it ink is
DARK = 96  # likewise: the paper of a negative, or a screen with light letters, is darker


def _rulings(grey: Grey, dark: Grey, lines: Sequence[Line], tall: float) -> list[Ruling]:
    """Straight strokes longer than any letter's: what an opening with a long thin element leaves."""
    out: list[Ruling] = []
    least = int(max(24, 1.8 * tall))
    boxes = np.array([(b.left, b.top, b.right, b.bottom) for b in (line.box for line in lines)]).reshape(-1, 4)
    for level in (True, False):
        # A scanned line is ragged by a pixel: widen it across its direction before it is asked to be straight.
        widened = cv2.dilate(dark, np.ones((2, 1) if level else (1, 2), np.uint8))
        found = strokes(widened, least, level=level)[:MOST_STROKES]
        for x, y, w, h in _apart(found, grey, widened, least // 4) if level else found:
            long, thick = (w, h) if level else (h, w)
            if long < least or thick > max(7.0, 0.35 * tall) or long < 6 * thick:
                continue
            # a letter's bar, an underlined or struck-out word
            shared = (np.minimum(boxes[:, 2], x + w) - np.maximum(boxes[:, 0], x)).clip(0) * (
                np.minimum(boxes[:, 3], y + h) - np.maximum(boxes[:, 1], y)
            ).clip(0)
            if level:  # not what merely touches a box from above or below
                shared = shared * (boxes[:, 1] + 0.12 * tall < y) * (boxes[:, 3] - 0.12 * tall > y + h)
            if float(shared.sum()) > 0.5 * w * h and (level or h < 2.2 * tall):
                continue
            out.append(Ruling(Box(float(x), float(y), float(x + w), float(y + h))))
    return out


def strokes(ink: Grey, least: int, *, level: bool) -> NDArray[np.int32]:
    """
    Return left, top, width and height of the level strokes of *ink*, or the upright ones.

    Args:
        least: How long they are, in pixels; shorter gaps in them are closed.
    """
    along = np.ones((1, least) if level else (least, 1), np.uint8)
    middles = cv2.erode(ink, along)
    # Most rows (or columns) of most pages have no such stroke: those that have some are looked at without the others,
    # a blank one where these were.
    kept = np.flatnonzero(middles.max(axis=1 if level else 0))
    if not len(kept):
        return np.empty((0, 4), np.int32)
    places = np.insert(kept, np.flatnonzero(np.diff(kept) > 1) + 1, -1)
    few = np.take(middles, places, axis=0 if level else 1)
    few[np.s_[places < 0] if level else np.s_[:, places < 0]] = 0
    few = cv2.morphologyEx(cv2.dilate(few, along), cv2.MORPH_CLOSE, along)
    found = pieces(few)[:, :4]
    start = 1 if level else 0
    found[:, start] = places[found[:, start]]
    return found


MOST_STROKES = 4000


def _apart(found: Iterable[Sequence[int]], grey: Grey, ink: Grey, gap: int) -> Iterator[tuple[int, int, int, int]]:
    """
    Yield level strokes, cut where nothing is drawn over a *gap*: between the rules of two columns, or of two heads.

    A rule that is broken shows some *ink* there, and one that is too pale for that is darker than what is around.
    """
    for x, y, w, h in found:
        free = ~ink[max(0, y - 1) : y + h + 1, x : x + w].any(axis=0)
        gaps = [(left, right) for left, right in runs(free).tolist() if right - left >= gap]
        start = 0
        if gaps:
            near = grey[max(0, y - 2) : y + h + 3, x : x + w].astype(np.float32)
            depth = (near[0] + near[-1]) / 2 - near[1:-1].min(axis=0)
            drawn = float(np.median(depth[~free]))
            for left, right in gaps:
                if float(np.median(depth[left:right])) < PALE * drawn:
                    yield x + start, y, left - start, h
                    start = right
        yield x + start, y, w - start, h


PALE = 0.3  # of a rule's darkness: what is left of it where it is broken


def _pictures(grey: Grey, dark: Grey, lines: Sequence[Line], drawn: Sequence[Ruling], tall: float) -> list[Picture]:
    """Large clusters of ink that is neither text nor ruling."""
    height, width = grey.shape
    step = max(1, int(tall / 8))
    small = reduced(dark, width // step, height // step)
    # Flat dark areas vanish in a local threshold: compare them with the paper, the lightest in wide surroundings.
    shrunk = cv2.medianBlur(reduced(grey, width // step, height // step), 3)
    reach = int(6 * tall / step) | 1
    paper = cv2.blur(cv2.dilate(shrunk, np.ones((reach, reach), np.uint8)), (reach, reach))
    shade = cv2.subtract(paper, shrunk)
    band = 4 * tall / step  # the height of a table's row, at most
    rest = ((small > 40) | _blots(shade > 60, band)).astype(np.uint8)
    margin = 0.15 * tall
    text = np.zeros_like(rest)
    for box in [line.box for line in lines]:
        text[part_of(box, margin, step)] = 1
    rest[text > 0] = 0
    for ruling in drawn:
        rest[part_of(ruling.box, 2, step)] = 0
    labelled, stats = connected(rest)
    large = stats[:, 4] >= max(4.0, (0.35 * tall / step) ** 2)
    rest = np.take(large & (np.arange(len(stats)) > 0), labelled).astype(np.uint8)
    near = np.ones((3, 3), np.uint8)
    rim = (rest > 0) & (cv2.erode(rest | text, near) == 0)
    sharp = rim & (cv2.morphologyEx(shrunk, cv2.MORPH_GRADIENT, near) > SOFT)
    # The axes of a chart hold its curves together; a table's rulings hold nothing but text.
    held = rest.copy()
    for box in _crossed([ruling.box for ruling in drawn], tall):
        held[part_of(box, 0, step)] = 1
    out: list[Picture] = []
    for (x, y, w, h), inked in _clusters(held, rest, lines, step, 2.0 * tall):
        box = Box(float(x * step), float(y * step), float((x + w) * step), float((y + h) * step))
        if box.width < 2.5 * tall or box.height < 2.5 * tall or box.area < 0.008 * width * height:
            continue
        if box.width < 0.12 * width and box.height > 0.95 * height:  # what is beside a page, or its fold
            continue
        # A chart is mostly white, but its curves and axes are much more than the dirt of a page.
        outer = box.left < 4 or box.top < 4 or box.right > width - 4 or box.bottom > height - 4
        if inked < (0.25 if outer or box.width > 0.7 * width else 0.012) * w * h:
            continue
        part = np.s_[y : y + h, x : x + w]
        if 4 * sharp[part].sum() < rim[part].sum():  # a shadow fades
            continue
        shown, stained, said = shrunk[part], rest[part], text[part]
        if said.any():
            is_ground = _is_striped(stained, said, band) or _is_flat(shown, stained, said)
        else:  # between two columns of a table; photographs above each other may be as wide
            is_ground = _is_of_one_shade(shown[stained > 0]) and _is_striped(stained, said, band)
        if not _is_ruled(box, lines, drawn) and not is_ground:
            out.append(Picture(box, certain=False))
    return out


Place = tuple[int, int, int, int]
"""Left, top, width and height."""


def _clusters(held: Grey, ink: Grey, lines: Sequence[Line], step: int, reach: float) -> Iterator[tuple[Place, int]]:
    """
    Yield where ink lies together, and how much of it.

    The photographs of neighbouring columns are nearer to each other than the strokes of a chart; but between those
    runs no text.

    Args:
        held: The ink, and what holds it together.

        reach: Pixels of the page over which ink belongs together.
    """
    side = max(3, int(reach / step)) | 1
    closed = cv2.morphologyEx(held, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    labelled, stats = connected(closed)
    inked = np.bincount(labelled[ink > 0], minlength=len(stats))
    for index in range(1, len(stats)):
        x, y, w, h = (int(value) for value in stats[index, :4])
        box = Box(x * step, y * step, (x + w) * step, (y + h) * step)
        inside = [line for line in lines if line.box.share(box) > 0.8] if side > 3 else []
        if not inside:
            yield (x, y, w, h), int(inked[index])
            continue
        part = np.s_[y : y + h, x : x + w]
        own = labelled[part] == index
        parts = [
            ((x + left, y + top, wide, high), amount)
            for (left, top, wide, high), amount in _clusters(held[part] * own, ink[part] * own, (), step, reach / 4)
        ]
        running = sum(line.box.area for line in inside if len(line.text) > RUNNING)
        if running > 0.1 * box.area or _stands_between(inside, parts, step, reach):
            yield from parts
        else:
            yield (x, y, w, h), int(inked[index])


def _stands_between(lines: Sequence[Line], parts: Sequence[tuple[Place, int]], step: int, reach: float) -> bool:
    """Whether some of *lines* stand between solid pictures, of which *parts* are two or more, and in none of them."""
    solid = [
        Box(x * step, y * step, (x + w) * step, (y + h) * step)
        for (x, y, w, h), inked in parts
        if min(w, h) * step > reach and inked > SOLID * w * h
    ]
    if len(solid) < 2:
        return False
    said = [line for line in lines if len(line.text) >= SAID and not any(line.box.share(box) > 0.5 for box in solid)]
    return len(said) > 1


SOFT = 16  # of 255: from one side to the other of a shadow's rim
SOLID = 0.4  # of a photograph's box, or of somebody drawn
SAID = 12  # characters of a line
RUNNING = 24  # characters of a line: the labels of a chart are shorter


def _is_ruled(box: Box, lines: Sequence[Line], drawn: Sequence[Ruling]) -> bool:
    """Whether *box* holds rows of text between rulings: a table whose shading and overlooked letters are the ink."""
    within = [ruling for ruling in drawn if ruling.box.share(box) > 0.8]
    level = sum(1 for ruling in within if ruling.horizontal and ruling.box.width > 0.8 * box.width)
    upright = sum(1 for ruling in within if not ruling.horizontal and ruling.box.height > 0.8 * box.height)
    inside = [line.box for line in lines if line.box.share(box) > 0.6]
    return (level >= 4 and len(inside) >= 2 * level) or (level + upright >= 2 and _rows(inside) >= ROWS)


def _rows(boxes: Sequence[Box]) -> int:
    """How many rows of several *boxes* there are, told by those with others right of them, and none left."""
    beside = [
        [other.left > box.left for other in boxes if other is not box and other.down(box) > 0.5 * box.height]
        for box in boxes
    ]
    return sum(1 for others in beside if others and all(others))


ROWS = 5  # of several texts, as the lettering of a chart has none but along an axis


def _is_striped(ink: Grey, text: Grey, band: float) -> bool:
    """
    Whether *ink* is nothing but level stripes of one length, as the shaded rows of a table are around its *text*.

    Args:
        band: The greatest height of one.
    """
    room = (text == 0).sum(axis=1)
    filled = ink.sum(axis=1) / np.maximum(room, 1)
    full = filled > 0.7
    heights = np.ptp(runs(full), axis=1)
    told = full | (filled < 0.3)
    if len(heights) < 2 or heights.max() >= band or told.mean() < 0.7:
        return False
    # the bars of a chart differ in length
    reach = ink.shape[1] - np.argmax((ink | text)[full, ::-1] > 0, axis=1)
    return bool((reach > 0.93 * reach.max()).mean() > 0.8)


def _is_flat(grey: Grey, ink: Grey, text: Grey) -> bool:
    """Whether *ink* fills nearly all of *grey* beside its *text*, in one shade: a bar with a name, a button."""
    beside = text == 0
    if not beside.any() or ink[beside].mean() < FLAT:
        return False
    return _is_of_one_shade(grey[beside])


def _is_of_one_shade(grey: Grey) -> bool:
    shades = grey.astype(np.float32)
    return bool(np.mean(np.abs(shades - np.median(shades)) < PLAIN / 2) > FLAT)


PLAIN = 24  # of 255
FLAT = 0.9  # of what is beside a text


def _blots(shaded: NDArray[np.bool_], band: float) -> NDArray[np.bool_]:
    """Dark areas without those that are bands across the page, the shaded rows of a table."""
    labelled, stats = connected(shaded.astype(np.uint8))
    kept = (stats[:, 2] < 0.5 * shaded.shape[1]) | (stats[:, 3] > band)
    kept[0] = False
    return np.take(kept, labelled)


def _crossed(boxes: Sequence[Box], tall: float) -> list[Box]:
    """Rulings that meet one of the other direction, as axes do and the rules between paragraphs do not."""
    return [
        box
        for box in boxes
        if any(
            (box.width > box.height) != (other.width > other.height)
            and box.across(other) > -0.5 * tall
            and box.down(other) > -0.5 * tall
            and not _passes(box, other, tall)
            and not _passes(other, box, tall)
            for other in boxes
        )
    ]


def _passes(ruling: Box, other: Box, tall: float) -> bool:
    """Whether *ruling* runs on both ways where *other* ends at it, as the rule between columns beside a photograph."""
    if ruling.height > ruling.width:
        before, behind = other.centre - ruling.top, ruling.bottom - other.centre
        ends = min(abs(other.left - ruling.middle), abs(other.right - ruling.middle))
    else:
        before, behind = other.middle - ruling.left, ruling.right - other.middle
        ends = min(abs(other.top - ruling.centre), abs(other.bottom - ruling.centre))
    return min(before, behind) > tall and ends < tall

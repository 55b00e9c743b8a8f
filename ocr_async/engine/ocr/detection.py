"""
Finding the lines of text on a page: differentiable binarisation, its map turned into slanted boxes.

Source: Liao et al., "Real-time scene text detection with differentiable binarization", AAAI 2020; thresholds as in
rapidocr 3.10's configuration of PP-OCRv6. A box is grown by moving the sides of its rectangle, which gives the
rectangle around the polygon that rapidocr grows with a clipping library.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..scan.connected import runs
from ..scan.dewarping import POINTS, Midline
from ..scan.reduced import grey_of, halved
from .line_boxes import straightened
from .networks import Network, batch_of
from .plain_text import plain_text, was_found
from .print_size import letters, printed


__all__ = ["detect", "detect_with_midlines", "overlap"]

_LONGEST = 1600  # where letters are small; how much less others need is told by their size
_SHORTEST = 736
_LARGEST = 3.0
_STEP = 32
_THRESHOLD = 0.3
_BOX_THRESHOLD = 0.5
_GROWTH = 1.6
_SMALLEST = 3.0
_LONG, _TOUCHED = 6.0, 1.5  # times its thickness: how long a line is, and how thick where something touches it
_MOST = 1000
_MOST_PIECES = 40
_OVERLAP = 8  # of a piece, one part in so many is in the next one as well
_SAME = 0.5
_HALF = 0.5
_BLANK = 40  # of 255: what differs less from the paper is no print
_FAR = 480  # pixels: the longer side, where letters may fill the picture

_Boxes = NDArray[np.float32]


def detect(image: NDArray[np.uint8], network: Network, quick: Network | None = None) -> _Boxes:
    """Return the boxes of *image*'s lines, as `detect_with_midlines` does."""
    return detect_with_midlines(image, network, quick)[0]


def detect_with_midlines(
    image: NDArray[np.uint8], network: Network, quick: Network | None = None
) -> tuple[_Boxes, list[Midline]]:
    """
    Return the boxes of *image*'s lines in its own pixels, and where the long ones of a page run.

    A picture much longer than a page, such as that of a whole chat, is looked at piece by piece: shrunk to one field
    of the network, its letters would be specks.

    Args:
        image: Blue, green and red, shape (height, width, 3), or grey, shape (height, width).

        quick: A smaller network, whose word is taken on plain text.

    Returns:
        Boxes, shape (n, 4, 2): the corners x, y from the top left, clockwise; and midlines.
    """
    height, width = image.shape[:2]
    long, short = max(height, width), min(height, width)
    piece = max(_LONGEST, 2 * short)
    if not 2 * piece < long <= _MOST_PIECES * piece:
        boxes, midlines = _detect(image, network, quick)
        return (boxes, midlines) if len(boxes) else (_second_look(image, network), [])
    along = 1 if height > width else 0
    step = piece - piece // _OVERLAP
    boxes = np.empty((0, 4, 2), np.float32)
    for start in range(0, long - piece // _OVERLAP, step):
        part = image[start : start + piece] if along else image[:, start : start + piece]
        found, _ = _detect(np.ascontiguousarray(part), network)
        found[..., along] += start
        boxes = _joined(boxes, found, start, along)
    return boxes, []


def _joined(before: NDArray[np.float32], found: NDArray[np.float32], start: int, along: int) -> NDArray[np.float32]:
    """
    Return the boxes *before* and those *found* in the next piece, each line once: both see what lies in their overlap.

    Args:
        start: Where the next piece begins.

        along: The axis on which the pieces follow each other, 0 for x.
    """
    kept = [box for box in before if box[:, along].max() < start]
    shared = [box for box in before if box[:, along].max() >= start]
    for box in found:
        same = [other for other in shared if overlap(box, other) > _SAME]
        if same:
            around = cv2.minAreaRect(np.concatenate([box, *same]))
            shared = [other for other in shared if not any(other is each for each in same)]
            box = _clockwise(np.asarray(cv2.boxPoints(around), np.float32))
        # A line that runs through both pieces goes on here where it ended there: whole, it would be too long to read.
        ends = [other[:, along].max() for other in shared if _abreast(box, other, along)]
        kept.append(_beginning(box, max(ends), along) if ends else box)
    kept.extend(shared)
    return np.stack(kept) if kept else before


def overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return which part of the smaller of two boxes lies in the other, 0 to 1."""
    shared, _ = cv2.intersectConvexConvex(one, other)
    return float(shared / max(1.0, min(cv2.contourArea(one), cv2.contourArea(other))))


def _abreast(one: NDArray[np.float32], other: NDArray[np.float32], along: int) -> bool:
    """Whether two boxes, both longer *along* that axis than across it, lie at the same height of it."""
    (low, high), (below, above) = ((box[:, 1 - along].min(), box[:, 1 - along].max()) for box in (one, other))
    thick = min(high - low, above - below)
    flat = thick < min(np.ptp(one[:, along]), np.ptp(other[:, along]))
    return bool(flat and min(high, above) - max(low, below) > _SAME * thick)


def _beginning(box: NDArray[np.float32], place: float, along: int) -> NDArray[np.float32]:
    """Return *box* from *place* on."""
    part = box.copy()
    part[:, along] = np.maximum(part[:, along], min(place, part[:, along].max() - 1))
    return part


def _second_look(image: NDArray[np.uint8], network: Network) -> NDArray[np.float32]:
    """
    Look at what is not blank of *image*, and then at the whole of it from afar, where nothing was found.

    One line on a large empty page is too small for the network, letters as high as a third of it are too large.
    """
    grey = grey_of(image)
    other = cv2.medianBlur(cv2.absdiff(grey, np.full_like(grey, np.median(grey))), 3) > _BLANK
    if not other.any():
        return np.empty((0, 4, 2), np.float32)
    left, top, width, height = cv2.boundingRect(other.astype(np.uint8))
    if width * height < 0.5 * grey.size:
        start = np.maximum((left - _STEP, top - _STEP), 0)
        part = image[start[1] : top + height + _STEP, start[0] : left + width + _STEP]
        found, _ = _detect(np.ascontiguousarray(part), network)
        if len(found):
            return np.asarray(found + start, np.float32)
    scale = _FAR / max(grey.shape)
    if scale >= 1:
        return np.empty((0, 4, 2), np.float32)
    far = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(_detect(far, network, shortest=_STEP)[0] / scale, np.float32)


def _detect(
    image: NDArray[np.uint8], network: Network, quick: Network | None = None, shortest: int = _SHORTEST
) -> tuple[_Boxes, list[Midline]]:
    height, width = image.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    if min(height, width) * scale < shortest:
        # Small pictures are blown up so that small letters are found, narrow ones not to more than a page's pixels.
        scale = min(shortest / min(height, width), _LARGEST, max(scale, 2 * _LONGEST / max(height, width)))
    near = image
    while scale <= _HALF:
        near, scale = halved(near), 2 * scale
    rough = _resized(near, scale, cv2.INTER_LINEAR)
    there = letters(rough)
    less = _resized(near, scale * there.reduction)
    finer = np.divide(rough.shape[1::-1], (width, height), dtype=np.float32)
    text = plain_text(there) if quick is not None else None
    if quick is not None and text is not None:
        boxes, midlines = _found(image, less, quick)
        if was_found(text, boxes * finer):
            return straightened(boxes), midlines
    boxes, midlines = _found(image, less, network)
    return _found(image, _resized(near, scale), network) if there.missed(boxes * finer) else (boxes, midlines)


def _resized(image: NDArray[np.uint8], scale: float, way: int = cv2.INTER_AREA) -> NDArray[np.uint8]:
    height, width = (max(_STEP, round(side * scale / _STEP) * _STEP) for side in image.shape[:2])
    way = way if scale < 0.7 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), np.uint8)


def _found(image: NDArray[np.uint8], seen: NDArray[np.uint8], network: Network) -> tuple[_Boxes, list[Midline]]:
    """Return boxes and midlines of *image* that *network* finds on *seen*, the same in another size."""
    (height, width), (seen_height, seen_width) = image.shape[:2], seen.shape[:2]
    rows, columns = printed(seen, _STEP)
    likely = network(batch_of(seen[rows, columns]))[0, 0]
    mask = cv2.dilate((likely > _THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [box for contour in contours[:_MOST] for box in _boxes(np.asarray(contour, np.int32), likely)]
    start = np.array([columns.start, rows.start], np.float32)
    finer = width / seen_width, height / seen_height
    midlines = [_midline(contour, start, finer) for contour in contours[:_MOST] if _is_long(contour)]
    if not boxes:
        return np.empty((0, 4, 2), np.float32), midlines
    found = np.asarray((np.stack(boxes) + start) * finer, np.float32)
    return np.clip(found, 0, np.array([width - 1, height - 1], np.float32)).astype(np.float32), midlines


def _is_long(contour: cv2.typing.MatLike) -> bool:
    _, _, width, height = cv2.boundingRect(contour)
    return width >= _LONG * height


def _filled(contour: cv2.typing.MatLike) -> tuple[int, int, NDArray[np.uint8]]:
    """Return left and top of *contour*, and 1 where it is, from there on."""
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour - (left, top)], -1, (1,), cv2.FILLED)
    return left, top, inside


def _midline(contour: cv2.typing.MatLike, start: NDArray[np.float32], finer: tuple[float, float]) -> Midline:
    """Return where the line of *contour* runs, which is told from *start* on, in pixels so much *finer*."""
    left, top, inside = _filled(contour)
    thick = inside.sum(axis=0)
    middles = np.arange(len(inside)) @ inside / thick
    down = cv2.resize(middles[None], (POINTS, 1), interpolation=cv2.INTER_AREA)[0] + top + start[1]
    first, last = ((edge + float(start[0])) * finer[0] for edge in (left, left + len(thick)))
    return Midline(first, last, down * finer[1], float(np.median(thick)) * finer[1])


def _boxes(contour: NDArray[np.int32], likely: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """
    Return the box of *contour*; of a long line that a stamp touches, which would be a box with hardly anything in it,
    those of its pieces that are no thicker than it mostly is.
    """
    box = _box(contour, likely)
    if box is not None or not _is_long(contour):
        return [] if box is None else [box]
    left, top, inside = _filled(contour)
    thick = inside.sum(axis=0)
    usual = float(np.median(thick))
    boxes: list[NDArray[np.float32]] = []
    for start, end in runs(thick < _TOUCHED * usual).tolist():
        if end - start < _LONG * usual:
            continue
        place = np.array((left + start, top), np.int32)
        pieces, _ = cv2.findContours(inside[:, start:end], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found = (_box(np.asarray(piece, np.int32) + place, likely) for piece in pieces)
        boxes += [each for each in found if each is not None]
    return boxes


def _box(contour: NDArray[np.int32], likely: NDArray[np.float32]) -> NDArray[np.float32] | None:
    centre, (width, height), angle = cv2.minAreaRect(contour)
    if min(width, height) < _SMALLEST:
        return None
    corners = np.asarray(cv2.boxPoints((centre, (width, height), angle)), np.float32)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = likely[top:bottom, left:right]
    if not part.size:
        return None
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(corners - (left, top)).astype(np.int32)], 1)
    if cv2.mean(part, inside)[0] < _BOX_THRESHOLD:
        return None
    grow = 2 * width * height * _GROWTH / (2 * (width + height))
    return _clockwise(np.asarray(cv2.boxPoints((centre, (width + grow, height + grow), angle)), np.float32))


def _clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Return *corners*, which go round clockwise, from the top left: the first side is that which runs most to the right.

    The leftmost corners will not do: of a long line that runs up the page and leans, both may be at one end.
    """
    run = corners[[1, 2, 3, 0]] - corners
    first = int(np.argmax(run[:, 0] / (np.hypot(run[:, 0], run[:, 1]) + 1e-6)))
    return np.concatenate([corners[first:], corners[:first]])

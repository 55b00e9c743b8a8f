"""The lines of a page's picture, turned one way or another, and how they read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ..page import Box, Line, Word
from ..scan.reduced import grey_of, halved
from ..values import Engine
from . import networks, tesseract
from .cascade import Cascade
from .line_boxes import crop, sides
from .line_threads import each_line
from .lines import Reading, read_line
from .orientation import turn, turned


__all__ = [
    "CLEARLY",
    "TRIED",
    "UPWARDS",
    "WRITING",
    "PageReader",
    "Read",
    "Turned",
    "as_line",
    "reader_of",
    "reads_better_on_its_head",
    "sureness",
    "unread_part",
    "with_minus_signs",
]

UNSURE = 0.5
"""Lines read with less confidence are noise: textures, stamps, half of a picture (rapidocr's own threshold)."""

TALL = 1.5
ONE_LETTER = 1.2  # times the height of the page's lines: what is no higher is a narrow letter, and no line on its side
INITIAL = 8.0  # likewise: no letter is higher beside lines of that height
UPWARDS = 0.9  # how sure a line that stands on end is read for it to run up the page: on its head it is read at .8
SPARSE = 0.15  # letters a length of one height; print has more than one
WRITING = 4.0  # times as long as high
TRIED = 10
CLEARLY = 0.05
STOP = re.compile(r"\.(?=[$€£¥]\d|\d+[.,]\d\d(?!\d))")  # no amount begins so, but for a fraction
HALF_WAY = 0.25  # times the height of letters: how far from their middle a minus sign stands
UNREADABLE = Reading("", 0.0, ())
NO_LINE = np.full((8, 64, 3), 255, np.uint8)


@frozen
class Read:
    """A line of a page, read."""

    reading: Reading
    angle: float  # as a line's: 90 reads upwards, -90 downwards
    length: float  # in times its height

    @property
    def legible(self) -> bool:
        """Whether the text is that of the line: noise is read unsurely, an unknown script as a dot here and there."""
        return self.reading.confidence >= UNSURE and self.reading.letters > SPARSE * self.length


PageReader = Callable[[Sequence[NDArray[np.uint8]]], list[Reading]]
"""Reads the pictures of a page's lines."""


def reader_of(
    languages: tuple[str, ...], sign: Callable[[], None] = lambda: None, engine: Engine = "auto"
) -> PageReader:
    """Return what reads lines: tesseract in *languages*; the networks where there are none, or the one of *engine*."""
    each = each_line(sign)
    if languages:
        return lambda pictures: each(lambda picture: tesseract.read_line(picture, languages), pictures, UNREADABLE)
    tiny = networks.tiny_recogniser()
    alone = tiny if engine == "tiny" else networks.recogniser() if tiny is None else None
    if alone is not None:
        return lambda pictures: each(lambda picture: read_line(picture, alone), pictures, UNREADABLE)
    assert tiny is not None
    cascade = Cascade(tiny, networks.recogniser())
    return lambda pictures: cascade.read(pictures, each)


class Turned:
    """
    A picture and the boxes of its lines, turned by *quarters* right angles clockwise.

    Attributes:
        upright: The picture.

        placed: The boxes on it.

        letter: How high a box is of one letter, in pixels, at most; 0 where that cannot be told.
    """

    def __init__(self, image: NDArray[np.uint8], boxes: NDArray[np.float32], quarters: int) -> None:
        self._given = image, boxes
        self.quarters = quarters % 4
        height, width = image.shape[:2]
        self.upright, self.placed = turned(image, quarters), turn(boxes, quarters, width, height)
        wide, high = sides(self.placed)
        flat = wide > TALL * high
        self.letter = ONE_LETTER * float(np.median(high[flat])) if flat.any() else 0.0

    def over(self) -> Turned:
        """Return it upside down."""
        return Turned(*self._given, self.quarters + 2)

    def halved(self) -> Turned:
        """Return it in half as many pixels each way."""
        image, boxes = self._given
        return Turned(halved(image), boxes / np.float32(2), self.quarters)

    def read(self, reader: PageReader, boxes: NDArray[np.float32] | None = None) -> list[Read]:
        """Read each of the lines in *boxes*, or in all; one on which that fails is unread, unless all fail."""
        lines = each_line()(self.line_picture, list(self.placed if boxes is None else boxes), (NO_LINE, False))
        readings = reader([picture for picture, _ in lines])
        reads = [
            Read(reading, 90.0 if sideways else 0.0, picture.shape[1] / picture.shape[0])
            for reading, (picture, sideways) in zip(readings, lines, strict=True)
        ]
        return _either_way_up(_upright(reads, lines, reader), [picture for picture, _ in lines], reader)

    def is_drawing(self, read: Read, box: NDArray[np.float32]) -> bool:
        """Whether what was read in *box* as one letter is too large beside the lines of the page to be any."""
        if len(read.reading.text.strip()) != 1:
            return False
        return 0 < INITIAL * self.letter / ONE_LETTER < float(sides(box[None])[1][0])

    def line_picture(self, box: NDArray[np.float32]) -> tuple[NDArray[np.uint8], bool]:
        """Return what the page shows in *box*, and whether it had to be turned for its letters to stand upright."""
        picture = crop(self.upright, box)
        height, width = picture.shape[:2]
        sideways = height >= TALL * width and height > self.letter
        return (turned(picture, 1), True) if sideways else (picture, False)


def _upright(reads: list[Read], lines: Sequence[tuple[NDArray[np.uint8], bool]], reader: PageReader) -> list[Read]:
    """Return *reads* with the letters upright that stand alone: on its side, "l" is a dash."""
    alone = [index for index, read in enumerate(reads) if read.angle and len(read.reading.text) == 1]
    if not alone:
        return reads
    for index, reading in zip(alone, reader([turned(lines[index][0], -1) for index in alone]), strict=True):
        reads[index] = Read(reading, 0.0, 1 / reads[index].length)
    return reads


def _either_way_up(reads: list[Read], pictures: Sequence[NDArray[np.uint8]], reader: PageReader) -> list[Read]:
    """Return *reads* with the lines that run down the page read so: one that is not read surely upwards may do."""
    doubtful = [index for index, read in enumerate(reads) if read.angle and read.reading.confidence < UPWARDS]
    if not doubtful:
        return reads
    over = reader([turned(pictures[index], 2) for index in doubtful])
    for index, reading in zip(doubtful, over, strict=True):
        if reading.confidence > reads[index].reading.confidence + CLEARLY:
            reads[index] = evolve(reads[index], reading=reading, angle=-90.0)
    return reads


def reads_better_on_its_head(page: Turned, readings: Sequence[Read], reader: PageReader) -> bool:
    """Whether a page that is hard to read says more upside down; the classifier of lines knows print alone."""
    longest = sorted(range(len(readings)), key=lambda index: -readings[index].length)[:TRIED]
    others = page.read(reader, np.roll(page.placed[longest], 2, axis=1))
    return sureness(others) > sureness([readings[index] for index in longest]) + CLEARLY


def with_minus_signs(page: Turned, reads: Sequence[Read]) -> list[Read]:
    """Return *reads* of *page* with the minus signs that were read as full stops, as blurred and cut ones are."""
    out = list(reads)
    for index, read in enumerate(reads):
        text = read.reading.text
        if not read.angle and STOP.match(text) and _is_half_way_up(page.line_picture(page.placed[index])[0]):
            out[index] = evolve(read, reading=read.reading.rewritten(f"-{text[1:]}"))
    return out


def _is_half_way_up(picture: NDArray[np.uint8]) -> bool:
    """Whether what a line begins with stands in the middle of its letters, and not at their feet."""
    blurred = cv2.GaussianBlur(grey_of(picture), (3, 3), 0)
    _, ink = cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(ink, np.uint8))
    pieces = stats[1:][stats[1:, 4] >= 4]
    letters = pieces[pieces[:, 3] > 0.4 * len(picture)]
    if not len(letters):
        return False
    first = pieces[pieces[:, 0].argmin()]
    top, high = float(np.median(letters[:, 1])), float(np.median(letters[:, 3]))
    return bool(first[3] < high / 2 and abs(first[1] + first[3] / 2 - top - high / 2) < HALF_WAY * high)


def sureness(lines: Sequence[Read]) -> float:
    """Return the mean confidence over the length of *lines*, 0 to 1; what is not legible counts as 0."""
    whole = sum(line.length for line in lines)
    return sum(line.reading.confidence * line.length for line in lines if line.legible) / whole if whole else 1.0


def unread_part(lines: Sequence[Read]) -> float:
    """Return the part of the length of *lines* that is not legible; short ones may be stains and do not count."""
    long = [line for line in lines if line.legible or line.length > WRITING]
    whole = sum(line.length for line in long)
    return sum(line.length for line in long if not line.legible) / whole if whole else 0.0


def as_line(read: Read, corners: NDArray[np.float32], rise: float = 0.0) -> Line:
    """
    Return what was *read* in the box with *corners* as a line.

    Args:
        rise: Degrees by which it rises to the right on a level page, if it does not stand on end.
    """
    reading = read.reading
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    box = Box(left, top, right, bottom)
    words = tuple(
        Word(text, _part(box, begin, end, read.angle), confidence) for text, confidence, begin, end in reading.words
    )
    return Line(reading.text, box, reading.confidence, read.angle or rise, words, size=None)


def _part(box: Box, begin: float, end: float, angle: float) -> Box:
    if angle < 0:
        return Box(box.left, box.top + begin * box.height, box.right, box.top + end * box.height)
    if angle:
        return Box(box.left, box.bottom - end * box.height, box.right, box.bottom - begin * box.height)
    return Box(box.left + begin * box.width, box.top, box.left + end * box.width, box.bottom)

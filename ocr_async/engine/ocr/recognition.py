"""
The recogniser's task: from the picture of a page to its lines, and on to the page.

All pages of the process share the networks and one pool of threads that read lines, as many as there are processors:
pages side by side fill it, and a page alone has it for itself. Lines are looked for on one page at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ...errors import DocumentError
from ...models import OCRPage
from ..fallbacks import attempt
from ..page import Box, Sheet
from ..result import page_of
from ..scan import ink
from ..scan.cut_at_rules import cut_at_rules
from ..scan.dewarping import dewarped
from ..scan.overlooked import overlooked
from ..scan.reduced import grey_of, halved, lit, without_colour
from ..scan.show_through import contrasts, pale, without_pale
from ..values import PageOptions, Raster, Recogniser
from . import networks, scripts
from .detection import detect, detect_with_midlines
from .light_print import with_light_print
from .line_boxes import lean, leaning, sides
from .line_threads import line_readers
from .look_alikes import with_look_alikes, without_stray_accents
from .orientation import is_level, level, lies_sideways, runs_down, stands_on_its_head, turned
from .shapes import with_known_shapes
from .turned import (
    CLEARLY,
    TRIED,
    UPWARDS,
    WRITING,
    PageReader,
    Read,
    Turned,
    as_line,
    reader_of,
    reads_better_on_its_head,
    sureness,
    unread_part,
    with_minus_signs,
)


__all__ = ["Seen", "recognise", "see"]

_SURE_OF_ONE = 0.4  # 1, I and l look alike, and nothing beside such a letter tells which it is
_LARGE = 88.0  # pixels: lines that halved are still about as high as the networks take them
_FINE = 56.0  # likewise: what is drawn is told as well from half as many pixels each way, in a quarter of the time
_WORTH_LEVELLING = 0.1  # degrees
_BY_CHANCE = 0.5  # degrees: the boxes of a few short lines seem to lean so
_SURE_OF_COLUMNS = 0.5
_DOWN = (
    "the text seems to run from the top down: marks and small letters of such columns are lost where it is recognised"
)
_MUCH = 0.2
_DOUBTFUL = 0.85
_AUTO = Recogniser()

Boxes = NDArray[np.float32]


def recognise(
    raster: Raster,
    index: int,
    wanted: PageOptions,
    recogniser: Recogniser = _AUTO,
    sign: Callable[[], None] = lambda: None,
) -> OCRPage:
    """
    Return the page that *raster* shows.

    Args:
        sign: Called after each line.

    Raises:
        DocumentError: There is writing on it, and none of it can be read.

        ConfigurationError: What *recogniser* names is not installed.
    """
    image = pixels_of(raster)
    raster.pixels.close()
    seen = see(image, dpi=raster.dpi or 200.0, recogniser=recogniser, sign=sign)
    if seen.unread and not seen.sheet.lines:
        raise DocumentError(
            f"page {index} (from 0): there is writing, but none that could be read: "
            f"it is in a script that the engine does not know, or too blurred{seen.advice and f'; {seen.advice}'}"
        )
    warnings = [f"{seen.unread:.0%} of the writing could not be read"] if seen.unread > _MUCH else []
    warnings += [*([seen.advice] if seen.advice else []), *seen.warnings]
    sheet = seen.sheet
    if runs_down([line.text for line in sheet.lines], seen.quarters):
        warnings.append(_DOWN)
        lines = tuple(evolve(line, confidence=min(line.confidence, _SURE_OF_COLUMNS)) for line in sheet.lines)
        sheet = evolve(sheet, lines=lines)
    page = page_of(index, sheet, wanted, scale=seen.finer, cut=seen.cut, warnings=warnings)
    extra = dict(page.extra)
    if seen.languages:
        extra["languages"] = list(seen.languages)
    if recogniser.engine == "tiny" and seen.sheet.lines:
        extra["recogniser"] = "tiny"
    if seen.rotation:
        # Coordinates are those of the page turned upright: whoever shows it beside them turns its picture alike.
        extra["rotation"] = seen.rotation
    return evolve(page, extra=extra) if extra else page


def pixels_of(raster: Raster) -> NDArray[np.uint8]:
    """Return the pixels in blue, green and red, shape (height, width, 3), or grey, shape (height, width)."""
    flat = np.frombuffer(raster.pixels.map(), np.uint8)
    image = flat[: raster.width * raster.height * raster.channels].reshape(raster.height, raster.width, -1)
    return image[:, :, 0] if raster.channels == 1 else image


@frozen
class Seen:
    """
    A page after recognition.

    Attributes:
        unread: The part of its lines, by length, that could not be read, 0 to 1.

        quarters: Right angles by which the picture was turned clockwise to `image`.

        angle: Degrees by which the lines of `image` fall to the right; those of `sheet` are level.

        finer: Pixels of `image` along one of `sheet`.

        languages: In which tesseract read lines of it.

        advice: What to do so that more of it is read.

        warnings: What of the reading failed, and what that costs.
    """

    sheet: Sheet
    unread: float
    image: NDArray[np.uint8]
    quarters: int
    angle: float
    finer: float = 1.0
    languages: tuple[str, ...] = ()
    advice: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def rotation(self) -> float:
        """Degrees clockwise from the picture that was given to the sheet."""
        return round(90 * self.quarters - self.angle, 2)

    def cut(self, box: Box) -> bytes | None:
        """Return what the page, turned level, shows in *box* of `sheet`, as a JPEG."""
        left, top, width, height = (self.finer * side for side in (box.left, box.top, box.width, box.height))
        width, height = round(width), round(height)
        if width < 1 or height < 1:
            return None
        turn_level = cv2.getRotationMatrix2D((self.image.shape[1] / 2, self.image.shape[0] / 2), self.angle, 1.0)
        turn_level[:, 2] -= np.array((left, top))
        part = cv2.warpAffine(self.image, turn_level, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return bytes(cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def see(
    image: NDArray[np.uint8],
    *,
    dpi: float,
    recogniser: Recogniser = _AUTO,
    look: Callable[..., ink.Ink] = ink.look,
    sign: Callable[[], None] = lambda: None,
) -> Seen:
    """
    Read *image*: its lines, in the pixels of the page turned upright and level; in half of them where print is large.

    Args:
        image: Blue, green and red, shape (height, width, 3), or grey, shape (height, width).

        dpi: Its pixels an inch.

        look: Finds what is drawn beside the lines.

        sign: Called after each line.
    """
    warnings: list[str] = []
    languages = scripts.languages_of_all(recogniser)
    reader = reader_of(languages, sign, recogniser.engine)
    flat, boxes = _flat(image)
    page, readings, finer = _read(flat, boxes, reader)
    through = _shown_through(page, readings, reader)
    if through:  # pictures are cut from the page as it was, so what is read lies as that does
        page, readings, finer = _read(without_colour(without_pale(flat, through)), None, reader)
    page, readings, finding = _in_its_script(page, readings, recogniser, reader, warnings)
    readings = _mended(page, readings, warnings)
    whole = turned(flat, page.quarters)
    read_on, ratio = page, _finer(page.placed, _FINE)
    if ratio > 1:
        page, finer = page.halved(), finer * ratio
    height, width = page.upright.shape[:2]
    angle = _angle(page)
    turn_level = level(angle, width, height)
    found = list(zip(readings, turn_level(page.placed), strict=True))
    found += attempt(
        lambda: _overlooked(page, turn_level, angle, lambda boxes: read_on.read(reader, boxes * np.float32(ratio))),
        list,
        warnings,
        "letters that stand alone on this page could not be looked for",
    )
    rises = leaning(np.array([box for _, box in found], np.float32).reshape(-1, 4, 2)).tolist()
    lines = tuple(
        as_line(reading, box, rise)
        for (reading, box), rise in zip(found, rises, strict=True)
        if reading.legible and not page.is_drawing(reading, box)
    )
    drawn = attempt(
        lambda: look(page.upright, lines, angle=-angle),
        lambda: ink.Ink(lines),
        warnings,
        "rulings and pictures of this page could not be told",
    )
    sheet = Sheet(
        width=whole.shape[1] / finer,
        height=whole.shape[0] / finer,
        dpi=dpi / finer,
        lines=drawn.lines,
        rulings=drawn.rulings,
        pictures=drawn.pictures,
        panels=drawn.panels,
        source="ocr",
        proportional=drawn.dark,
    )
    known = tuple(dict.fromkeys((*languages, *finding.languages)))
    unread = unread_part(readings)
    return Seen(sheet, unread, whole, page.quarters, angle, finer, known, finding.advice or "", tuple(warnings))


def _flat(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Boxes | None]:
    """Return *image* as light and flat as a page is, and the boxes of its lines; None where it was not flat."""
    image = lit(without_colour(image))
    boxes, midlines = detect_with_midlines(image, networks.find_lines, networks.tiny_detector())
    flat = dewarped(image, midlines)
    return (image, boxes) if flat is None else (flat, None)


def _read(image: NDArray[np.uint8], boxes: Boxes | None, reader: PageReader) -> tuple[Turned, list[Read], float]:
    """
    Read the lines of *image* in *boxes*, found now where these are None; return it as it is read best, the lines, and
    how much finer it is than that.
    """
    if boxes is None:
        boxes = detect(image, networks.find_lines, networks.tiny_detector())
    boxes = with_light_print(image, boxes, networks.find_lines)
    finer = _finer(boxes, _LARGE)
    coarse = image if finer == 1.0 else halved(image)
    sideways = lies_sideways(boxes)
    page = Turned(coarse, cut_at_rules(coarse, boxes / np.float32(finer), sideways=sideways), 1 if sideways else 0)
    if stands_on_its_head(page.upright, page.placed, networks.classifier()):
        page = page.over()
    readings = page.read(reader)
    if sureness(readings) < _DOUBTFUL and reads_better_on_its_head(page, readings, reader):
        page = page.over()
        readings = page.read(reader)
    return page, readings, finer


def _finer(boxes: NDArray[np.float32], large: float) -> float:
    """Return how many times as fine as needed a page with lines in *boxes* is: 2, where nearly all print is *large*."""
    return 2.0 if len(boxes) and np.quantile(np.minimum(*sides(boxes)), 0.1) >= large else 1.0


def _shown_through(page: Turned, readings: Sequence[Read], reader: PageReader) -> float:
    """Return the contrast of what shines through from the other side, which reads better in a mirror; 0 for none."""
    if len(readings) < TRIED:
        return 0.0
    found = contrasts(grey_of(page.upright), page.placed)
    is_pale = pale(found)
    tried = sorted(
        (index for index in np.flatnonzero(is_pale).tolist() if readings[index].length > WRITING),
        key=lambda index: -readings[index].length,
    )[:TRIED]
    if not tried or sureness([readings[index] for index in tried]) > UPWARDS:
        return 0.0
    mirrored = reader([np.ascontiguousarray(page.line_picture(page.placed[index])[0][:, ::-1]) for index in tried])
    seen = [Read(reading, 0.0, readings[index].length) for reading, index in zip(mirrored, tried, strict=True)]
    if sureness(seen) <= sureness([readings[index] for index in tried]) + CLEARLY:
        return 0.0
    return float(np.quantile(found[is_pale], 0.9))


def _in_its_script(
    page: Turned, readings: list[Read], recogniser: Recogniser, reader: PageReader, warnings: list[str]
) -> tuple[Turned, list[Read], scripts.Finding]:
    """
    Return *page* and *readings* as they are read best where the networks do not know the script, or the one that
    *recogniser* names, and what was found of it.
    """
    hard = scripts.hard_language([read.reading for read in readings])
    share = 1.0 if hard else scripts.doubtful([read.reading for read in readings], [read.length for read in readings])
    if not share:
        return page, readings, scripts.Finding()
    finding = attempt(
        lambda: scripts.look(_poor(page, readings), recogniser, line_readers(), share=share, hard=hard),
        scripts.Finding,
        warnings,
        "the script of this page could not be told",
    )
    if finding.upside_down:
        page = page.over()
        readings = page.read(reader)
    if finding.languages and finding.languages != scripts.languages_of_all(recogniser):
        readings = attempt(
            lambda: _read_again(page, readings, finding.languages),
            lambda: readings,
            warnings,
            "the lines of this page could not be read a second time",
        )
        finding = evolve(finding, advice=scripts.maybe_another([read.reading for read in readings], finding.languages))
    return page, readings, finding if share > _MUCH else evolve(finding, advice="")


def _mended(page: Turned, readings: Sequence[Read], warnings: list[str]) -> list[Read]:
    """Return *readings* with minus signs and what looks alike as the shapes of *page*, and the words, tell them."""
    readings = with_minus_signs(page, readings)
    told = without_stray_accents([read.reading for read in readings])
    told = attempt(
        lambda: with_known_shapes(told, lambda index: _picture_of(page, page.placed[index], readings[index])),
        lambda: told,
        warnings,
        "characters that look alike on this page could not be told by their shapes",
    )
    return [evolve(read, reading=reading) for read, reading in zip(readings, with_look_alikes(told), strict=True)]


def _angle(page: Turned) -> float:
    """Return by how many degrees the lines of *page* fall to the right; 0 where it lies level or is drawn so."""
    angle = lean(page.placed)
    if abs(angle) < _WORTH_LEVELLING or (abs(angle) < _BY_CHANCE and is_level(grey_of(page.upright))):
        return 0.0
    return angle


def _overlooked(
    page: Turned, turn_level: Callable[[Boxes], Boxes], angle: float, read: Callable[[Boxes], list[Read]]
) -> list[tuple[Read, Boxes]]:
    """Return what the letters say that the detector did not find, and where they stand on the level page."""
    boxes = overlooked(grey_of(page.upright), page.placed, turn_level(page.placed), angle)
    if not len(boxes):
        return []
    reads = read(boxes)
    sure = [each.reading.confidence >= _SURE_OF_ONE and each.reading.text.isalnum() for each in reads]
    if 2 * sum(sure) <= len(sure):  # where most are no letters, the others look like some by chance
        return []
    return [
        found for found, is_letter in zip(zip(reads, turn_level(boxes), strict=True), sure, strict=True) if is_letter
    ]


def _read_again(page: Turned, before: Sequence[Read], languages: tuple[str, ...]) -> list[Read]:
    """Read the poor ones of *page* by tesseract, all lines if most are in its script; return the better ones."""

    def poor(box: NDArray[np.float32], first: Read) -> Read:
        if not scripts.weak(first.reading, first.length, strict=True):
            return first
        return evolve(first, reading=scripts.read_again(_picture_of(page, box, first), first.reading, languages))

    def other(box: NDArray[np.float32], first: Read, second: Read) -> Read:
        if second.reading is not first.reading:
            return second
        reading = scripts.read_on_such_a_page(_picture_of(page, box, first), first.reading, languages)
        return evolve(first, reading=reading)

    after = list(line_readers().map(poor, page.placed, before))
    hard = scripts.hard_language([read.reading for read in before])
    if hard == languages[0] or scripts.mostly([read.reading for read in after], languages):
        after = list(line_readers().map(other, page.placed, before, after))
    return after


def _picture_of(page: Turned, box: NDArray[np.float32], read: Read) -> NDArray[np.uint8]:
    """Return the line in *box* as it was read."""
    picture, _ = page.line_picture(box)
    return turned(picture, 2) if read.angle < 0 else picture


def _poor(page: Turned, readings: Sequence[Read]) -> list[NDArray[np.uint8]]:
    return [
        page.line_picture(box)[0]
        for box, read in zip(page.placed, readings, strict=True)
        # what stands sideways is the lettering of a chart
        if read.length > WRITING and not read.angle and scripts.weak(read.reading, read.length)
    ]

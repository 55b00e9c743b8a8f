"""
The parser's tasks that show a page: to people, small and upright, to services that read pictures, and parts of it.

All begin with the picture that recognition sees.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import PIL.Image

from ..errors import DocumentError
from ..models import FileOnDisk
from .reading import raster


__all__ = ["crop", "draw", "picture"]

_QUALITY = 72  # type stays clean, and an A4 page of 1000 pixels' width takes some 100 KB
_FINE = 90  # for services that read: letters keep their edges
_SMALLEST = 200  # pixels of the longer side, below which no page can be read
_TALLEST = 4  # times the width; a till roll is drawn narrower instead
_QUARTERS = (None, PIL.Image.Transpose.ROTATE_270, PIL.Image.Transpose.ROTATE_180, PIL.Image.Transpose.ROTATE_90)


def picture(document: FileOnDisk, page: int, width: int, rotation: float = 0.0) -> bytes:
    """
    Return what *page* (from 0) looks like, as a JPEG.

    Args:
        width: Of the upright picture, in pixels. A coarser source is not blown up, and a very tall page gets less.

        rotation: Degrees clockwise that set the page upright and level, as ``OCRPage.extra["rotation"]`` says. Right
            angles swap the sides; the rest turns about the centre within them, as the coordinates of recognition do.

    Raises:
        DocumentError: There is no such page, or it cannot be drawn.
    """
    image, _ = _drawn(document, page)
    size, grey = image.size, image.mode == "L"
    quarters = round(rotation / 90)
    across, down = size if quarters % 2 == 0 else (size[1], size[0])
    scale = min(1.0, width / across, width * _TALLEST / down)
    # made small first: turning is then cheap
    image = image.resize(_scaled(size, scale), PIL.Image.Resampling.BOX)
    if (quarter := _QUARTERS[quarters % 4]) is not None:
        image = image.transpose(quarter)
    if rest := rotation - 90 * quarters:
        paper = 255 if grey else (255, 255, 255)
        image = image.rotate(-rest, PIL.Image.Resampling.BICUBIC, fillcolor=paper)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def draw(
    document: FileOnDisk, page: int, mime: str, longest_side: int | None = None, max_bytes: int | None = None
) -> tuple[bytes, str, int, int, int | None]:
    """
    Return *page* (from 0) for a service that reads pictures: the file, its type, width, height and dots an inch.

    Args:
        mime: ``image/png`` or ``image/jpeg``.

        longest_side: Pixels; a larger page is drawn smaller.

        max_bytes: Of the file. A PNG that is larger becomes a JPEG, and a larger JPEG is drawn smaller.

    Raises:
        DocumentError: There is no such page, it cannot be drawn, or not so small.
    """
    image, dpi = _drawn(document, page)
    scale = 1.0 if longest_side is None else min(1.0, longest_side / max(image.size))
    while True:
        small = image if scale == 1.0 else image.resize(_scaled(image.size, scale), PIL.Image.Resampling.BOX)
        data = _file(small, mime)
        if max_bytes is None or len(data) <= max_bytes:
            return data, mime, *small.size, None if dpi is None else round(dpi * scale)
        if mime == "image/jpeg":
            scale *= min(0.9, (max_bytes / len(data)) ** 0.5)
            if max(_scaled(image.size, scale)) < _SMALLEST:
                raise DocumentError(f"page {page} (from 0) has no legible picture of at most {max_bytes:,} bytes")
        mime = "image/jpeg"


def crop(document: FileOnDisk, boxes: Sequence[tuple[float, float, float, float]], width: int) -> tuple[bytes, ...]:
    """
    Return what a picture (a file of one page) shows in each of *boxes*, as JPEGs.

    Args:
        boxes: Left, top, right and bottom, in pixels of a picture that is *width* wide; what lies outside is left out,
            and an empty one shows one pixel.

    Raises:
        DocumentError: It cannot be drawn.
    """
    image, _ = _drawn(document, 0)
    scale = image.width / width
    shown = []
    for box in boxes:
        left, top = (min(max(0, int(at * scale)), most - 1) for at, most in zip(box[:2], image.size, strict=True))
        right, bottom = (min(math.ceil(at * scale), most) for at, most in zip(box[2:], image.size, strict=True))
        shown.append(_file(image.crop((left, top, max(left + 1, right), max(top + 1, bottom))), "image/jpeg"))
    return tuple(shown)


def _drawn(document: FileOnDisk, page: int) -> tuple[PIL.Image.Image, float | None]:
    """Return the picture that recognition sees, and its dots an inch, where they are known."""
    drawn = raster(document, page)
    size, grey = (drawn.width, drawn.height), drawn.channels == 1
    pixels = np.frombuffer(drawn.pixels.map(), np.uint8)
    drawn.pixels.close()
    return PIL.Image.frombuffer("L" if grey else "RGB", size, pixels, "raw", "L" if grey else "BGR", 0, 1), drawn.dpi


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _file(image: PIL.Image.Image, mime: str) -> bytes:
    buffer = io.BytesIO()
    if mime == "image/png":
        image.save(buffer, "PNG", compress_level=3)  # a third of the time of 6, for a twentieth more bytes
    else:
        image.save(buffer, "JPEG", quality=_FINE)
    return buffer.getvalue()

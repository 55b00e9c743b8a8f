"""The parser's task that shows a page to people: the picture that recognition sees, small, upright and as a JPEG."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image

from ..models import FileOnDisk
from .reading import raster


__all__ = ["picture"]

_QUALITY = 72  # type stays clean, and an A4 page of 1000 pixels' width takes some 100 KB
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
    drawn = raster(document, page)
    size, grey = (drawn.width, drawn.height), drawn.channels == 1
    pixels = np.frombuffer(drawn.pixels.map(), np.uint8)
    drawn.pixels.close()
    image = PIL.Image.frombuffer("L" if grey else "RGB", size, pixels, "raw", "L" if grey else "BGR", 0, 1)
    quarters = round(rotation / 90)
    across, down = size if quarters % 2 == 0 else (size[1], size[0])
    scale = min(1.0, width / across, width * _TALLEST / down)
    # made small first: turning is then cheap
    image = image.resize(tuple(max(1, round(side * scale)) for side in size), PIL.Image.Resampling.BOX)  # type: ignore[arg-type]
    if (quarter := _QUARTERS[quarters % 4]) is not None:
        image = image.transpose(quarter)
    if rest := rotation - 90 * quarters:
        paper = 255 if grey else (255, 255, 255)
        image = image.rotate(-rest, PIL.Image.Resampling.BICUBIC, fillcolor=paper)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()

"""Pictures of pages for people: their size, and that boxes of a turned page frame what they name."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr_async.engine.ocr.recognition import recognise
from ocr_async.engine.preview import picture
from ocr_async.engine.reading import raster
from ocr_async.engine.values import PageOptions
from ocr_async.errors import DocumentError
from ocr_async.models import FileOnDisk

from ..documents import drawn_page, image_pdf, png, text_pdf


def written(folder: Path, data: bytes) -> FileOnDisk:
    path = folder / "document"
    path.write_bytes(data)
    return FileOnDisk(path=path)


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg), formats=["JPEG"])


def test_a_page_has_the_width_that_was_asked_for(tmp_path: Path) -> None:
    document = written(tmp_path, text_pdf([["one"], ["two"]]))
    assert opened(picture(document, 1, 850)).size == (850, 1100)
    assert opened(picture(document, 1, 850, 90)).size == (850, 657)


def test_a_coarse_picture_is_not_blown_up_and_a_till_roll_stays_bounded(tmp_path: Path) -> None:
    assert opened(picture(written(tmp_path, png(drawn_page(width=300, height=200))), 0, 900)).size == (300, 200)
    assert opened(picture(written(tmp_path, png(drawn_page(width=300, height=3000))), 0, 300)).size == (120, 1200)


def test_a_page_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="page 2 does not exist"):
        picture(written(tmp_path, text_pdf([["one"]])), 2, 900)


@pytest.mark.parametrize(("turned", "rotation"), [(0, 0), (90, 90), (180, 180), (270, 270), (-3, -3), (183, 183)])
def test_boxes_frame_the_ink_of_the_turned_picture(tmp_path: Path, turned: int, rotation: int) -> None:
    scan = drawn_page(height=1000).rotate(turned, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    document = written(tmp_path, image_pdf([scan]))
    page = recognise(raster(document, 0), 0, PageOptions())
    said = page.extra.get("rotation", 0.0)
    assert abs(said - rotation) < 0.4, said
    image = opened(picture(document, 0, 1200, said)).convert("L")
    ink = np.asarray(image) < 128
    assert page.dimensions is not None
    assert page.dimensions.width
    scale = image.width / page.dimensions.width
    framed = np.zeros_like(ink)
    for element in page.elements or ():
        assert element.bbox is not None
        left, top = element.bbox["x"] * scale - 3, element.bbox["y"] * scale - 3
        right, bottom = left + element.bbox["width"] * scale + 6, top + element.bbox["height"] * scale + 6
        framed[round(top) : round(bottom), round(left) : round(right)] = True
    assert ink.sum() > 1000
    assert (ink & framed).sum() > 0.98 * ink.sum()

"""Tinted panels of a scan: found in its pixels, and read apart from what stands around."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from ocr_async.engine import layout
from ocr_async.engine.page import Box, Line, Picture
from ocr_async.engine.scan.panels import panels

from ..layout.sheets import SENTENCE, column, line, sheet
from .test_ink import TEXT, grey, page, write


TALL = 26.0


def tinted(shade: int, *boxes: tuple[int, int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image, draw = page()
    for box in boxes:
        draw.rounded_rectangle(box, 8, fill=shade)
    return image, draw


def text(draw: ImageDraw.ImageDraw, left: int, top: int) -> list[Line]:
    return [write(draw, row[:24], left, top + 34 * number, 20) for number, row in enumerate(TEXT)]


def noisy(clean: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((clean + np.random.default_rng(2).normal(0, 8, clean.shape)).clip(0, 255), np.uint8)


def compressed(clean: NDArray[Any]) -> NDArray[Any]:
    _, data = cv2.imencode(".jpg", clean, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize("shade", [150, 215, 243])
@pytest.mark.parametrize("damage", [np.asarray, noisy, compressed])
def test_panels_are_found_side_by_side(shade: int, damage: Any) -> None:
    image, draw = tinted(shade, (40, 100, 400, 300), (430, 100, 850, 300))
    lines = [*text(draw, 60, 120), *text(draw, 450, 120), *text(draw, 60, 400)]
    found = sorted(panels(damage(grey(image)), lines, (), TALL), key=lambda box: box.left)
    assert [(box.left, box.top, box.right, box.bottom) for box in found] == [
        pytest.approx((40, 100, 400, 300), abs=12),
        pytest.approx((430, 100, 850, 300), abs=12),
    ]


@pytest.mark.parametrize("damage", [np.asarray, noisy, compressed])
def test_a_dark_panel_with_light_print_is_found_and_no_picture(damage: Any) -> None:
    image, draw = page()
    lines = text(draw, 40, 140)
    inverted = ImageOps.invert(image)
    image.paste(inverted.crop((20, 120, 420, 320)), (20, 120))
    draw = ImageDraw.Draw(image)
    lines += text(draw, 40, 400)
    picture = Picture(Box(20, 120, 420, 320), certain=False)
    (box,) = panels(damage(grey(image)), lines, (picture,), TALL)
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((20, 120, 420, 320), abs=12)


def test_what_is_no_panel() -> None:
    image, draw = tinted(215, (40, 40, 400, 70), (40, 300, 400, 500))  # the head of a table; a picture
    lines = [write(draw, TEXT[0][:24], 50, 44, 20), *text(draw, 450, 320)]
    assert panels(grey(image), lines, (), TALL) == ()
    lines += text(draw, 60, 320)
    assert len(panels(grey(image), lines, (), TALL)) == 1
    assert panels(grey(image), lines, (Picture(Box(40, 240, 400, 560), certain=False),), TALL) == ()
    assert panels(np.full((200, 300), 255, np.uint8), [], (), TALL) == ()


def read(lines: list[Line], *boxes: Box) -> list[str]:
    """Return the first word of each region, in reading order."""
    scan = sheet([Line(each.text, each.box, 1.0, size=each.size) for each in lines], source="ocr", panels=boxes)
    return [(region.text.split() or [region.type])[0] for region in layout.read(scan)]


def test_cards_of_a_slide_are_read_one_after_the_other() -> None:
    lines = [line("Title of the slide", 50, 40, size=24)]
    boxes = []
    for number, left in enumerate((50, 230, 410)):
        lines += column([f"{name}{number} is what we do" for name in ("first", "second", "third")], left + 8, 110)
        boxes.append(Box(left, 100, left + 165, 160))
    lines.append(line("Below them stands a line", 50, 190))
    order = ["Title", "first0", "first1", "first2", "Below"]
    assert read(lines, *boxes) == order
    assert read(lines) != order


def test_a_panel_below_columns_is_read_after_them() -> None:
    lines = []
    for number, left in enumerate((50, 320)):
        lines += column([f"above{number} {SENTENCE[:40]}", *[SENTENCE[:46]] * 6, f"{SENTENCE[:30]}."], left, 100)
        lines += column([f"panel{number} {SENTENCE[:40]}", *[SENTENCE[:46]] * 3, f"{SENTENCE[:30]}."], left, 220)
    assert read(lines, Box(40, 210, 570, 290)) == ["above0", "above1", "panel0", "panel1"]


def test_a_tinted_column_of_a_table_stays_in_it() -> None:
    names = ["Amsterdam", "Rotterdam", "Antwerp", "Hamburg", "Bremen"]
    lines = column(names, 60, 100, pitch=16)
    for left in (200, 300):
        lines += column([f"{number}{left}.5" for number in range(10, 15)], left, 100, pitch=16)
    scan = [Line(each.text, each.box, 1.0, size=each.size) for each in lines]
    (table,) = layout.read(sheet(scan, source="ocr", panels=(Box(50, 95, 150, 180),)))
    assert table.type == "table"
    assert len(table.cells) == 15

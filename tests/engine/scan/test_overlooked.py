"""Letters that stand alone on a scan, such as the "1" in a column of quantities, and dirt that looks like some."""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from numpy.typing import NDArray

from ocr_async.engine.ocr.recognition import see
from ocr_async.engine.page import Line
from ocr_async.engine.scan.overlooked import overlooked

from ...documents import PARAGRAPHS


Image = NDArray[np.uint8]
ITEMS = ("Harbour fees", "Letter paper", "Copper wire", "Winter report", "Garden tools")
RIGHT = 900  # where the column of quantities ends
STEP = 40


def invoice(
    *, quantity: str = "1", size: int = 22, rules: bool = False, lean: float = 0.0, noise: float = 0.0
) -> Image:
    """Return the scan of a page with a column of quantities."""
    image = PIL.Image.new("L", (1654, 2339), 255)
    draw = PIL.ImageDraw.Draw(image)
    font = PIL.ImageFont.load_default(size)
    for row, cells in enumerate([("Item", "Qty", "Price"), *((item, quantity, "120.50") for item in ITEMS)]):
        y = 300 + row * STEP
        draw.text((200, y), cells[0], fill=0, font=font)
        for right, text in ((RIGHT, cells[1]), (1400, cells[2])):
            draw.text((right - draw.textlength(text, font=font), y), text, fill=0, font=font)
    for row, text in enumerate(PARAGRAPHS):
        draw.text((200, 700 + row * STEP), text, fill=0, font=font)
    if rules:
        for row in range(len(ITEMS) + 2):
            draw.line((190, 294 + row * STEP, 1410, 294 + row * STEP), fill=0, width=2)
        for x in (190, 800, RIGHT + 10, 1410):
            draw.line((x, 294, x, 294 + (len(ITEMS) + 1) * STEP), fill=0, width=2)
    page = np.asarray(image)
    turn = cv2.getRotationMatrix2D((827, 1169), lean, 1.0)
    page = np.asarray(cv2.warpAffine(page, turn, (1654, 2339), borderValue=(255,)), np.uint8)
    page = np.clip(page + np.random.default_rng(1).normal(0, noise, page.shape), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), np.uint8)


def quantities(image: Image) -> list[Line]:
    found = see(image, dpi=200).sheet.lines
    lines = [
        line for line in found if 840 < line.box.middle < RIGHT + 20 and line.box.bottom < 660 and line.box.width < 90
    ]
    return sorted(lines, key=lambda line: line.box.centre)[1:]


@pytest.mark.parametrize(("size", "lean", "noise"), [(20, 0.0, 0.0), (22, 0.5, 12.0)])
def test_each_one_in_a_column_of_quantities_is_read(size: int, lean: float, noise: float) -> None:
    found = quantities(invoice(size=size, lean=lean, noise=noise))
    assert [line.text for line in found] == ["1"] * len(ITEMS)


def test_a_narrow_letter_in_a_ruled_cell_does_not_lie_on_its_side() -> None:
    found = quantities(invoice(size=26, rules=True, noise=10.0))
    assert [(line.text, line.angle) for line in found] == [("1", 0.0)] * len(ITEMS)


PLACED = np.array(
    [[[100, 100], [400, 100], [400, 140], [100, 140]], [[580, 40], [640, 40], [640, 70], [580, 70]]], np.float32
)
"""A row, and the head of a column beside it."""


def speckled(*strokes: tuple[int, int, int, int]) -> Image:
    """Return a page of one row of letters, 20 pixels high with their feet at 130, and *strokes* beside it."""
    image = np.full((300, 800), 255, np.uint8)
    for left in range(110, 390, 20):
        cv2.rectangle(image, (left, 110), (left + 8, 129), (0,), -1)
    for left, top, wide, high in strokes:
        image[top : top + high, left : left + wide] = 0
    return image


@pytest.mark.parametrize(
    ("stroke", "letter"),
    [
        ((600, 110, 4, 20), True),
        ((600, 126, 4, 4), False),  # a full stop, or dirt
        ((600, 120, 4, 20), False),  # below the line
        ((600, 90, 4, 60), False),  # a rule between columns
        ((600, 110, 80, 20), False),  # a bar
        ((600, 200, 4, 20), False),  # beside no text
        ((200, 110, 4, 20), False),  # in a line that was found
        ((480, 110, 4, 20), False),  # in no column
    ],
)
def test_a_letter_is_what_stands_on_the_line_of_a_text_as_high_as_its_letters(
    stroke: tuple[int, int, int, int], letter: bool
) -> None:
    page = speckled(stroke)
    assert len(overlooked(page, PLACED, PLACED, 0.0)) == letter
    on_a_screen = (230 - page // 255 * 200).astype(np.uint8)  # light on dark
    assert len(overlooked(on_a_screen, PLACED, PLACED, 0.0)) == letter


def test_a_stroke_among_others_is_a_drawing() -> None:
    hatched = [(600 + 7 * index, 110, 3, 20) for index in range(9)]
    assert len(overlooked(speckled(*hatched), PLACED, PLACED, 0.0)) == 0


def test_what_is_noise_from_edge_to_edge_has_no_letters() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (1200, 1600)).astype(np.uint8)
    assert len(overlooked(noise, PLACED, PLACED, 0.0)) == 0

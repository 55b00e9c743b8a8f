"""Light print on dark grounds, too small for the detector's reduced view of a page."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.ocr import networks
from ocr_async.engine.ocr.detection import detect
from ocr_async.engine.ocr.light_print import _parts, with_light_print
from ocr_async.engine.ocr.recognition import see


WIDTH, HEIGHT = 1654, 2339
FOOT = ("Harbour office, annual report", "Return to the table of contents")


def page(*, written: bool = True, photograph: bool = True) -> NDArray[np.uint8]:
    """Return an A4 page at 200 dpi: large black print, and a photograph at its foot with six points of white on it."""
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    chance = np.random.default_rng(3)
    if photograph:
        shades = np.full((250, WIDTH), 75.0, np.float32)
        for size, strength in ((32, 45.0), (8, 29.0), (3, 25.0)):
            grain = chance.normal(0, strength, (250 // size + 2, WIDTH // size + 2)).astype(np.float32)
            shades += cv2.resize(grain, (WIDTH, 250), interpolation=cv2.INTER_CUBIC)
        image[-250:] = np.clip(shades[..., None] * (0.6, 1.0, 0.8), 0, 255)
    drawn = Image.fromarray(image)
    draw = ImageDraw.Draw(drawn)
    for row in range(14):
        line = "of every vessel that enters or leaves the harbour"
        draw.text((150, 200 + 120 * row), line, fill=0, font=ImageFont.load_default(50))
    if written:
        for place, text in enumerate(FOOT):
            draw.text((120 + 850 * place, HEIGHT - 100), text, fill=(250, 250, 250), font=ImageFont.load_default(19))
    return np.array(drawn)


def said(image: NDArray[np.uint8]) -> set[str]:
    return {line.text for line in see(image, dpi=200).sheet.lines}


def test_small_white_words_on_a_photograph_are_read() -> None:
    assert said(page()) >= set(FOOT)


@pytest.mark.parametrize("facts", [{"written": False}, {"written": True, "photograph": False}], ids=["photo", "blank"])
def test_nothing_is_looked_at_twice_where_no_light_print_is(facts: dict[str, Any]) -> None:
    image = page(**facts)
    assert _parts(image, detect(image, networks.detector())) == []


def test_print_that_was_found_is_not_looked_for() -> None:
    image = page()
    whole = np.array([[0, 0], [WIDTH - 1, 0], [WIDTH - 1, HEIGHT - 1], [0, HEIGHT - 1]], np.float32)
    assert _parts(image, whole[None]) == []


def test_a_line_of_which_a_piece_was_found_is_found_once() -> None:
    image = page()
    piece = np.array([[150, 2235], [260, 2235], [260, 2265], [150, 2265]], np.float32)
    found = with_light_print(image, np.stack([*detect(image, networks.detector()), piece]), networks.detector())
    foot = sorted(box[:, 0].min() // 100 for box in found if box[:, 1].mean() > HEIGHT - 250)
    assert foot == [1, 9]

"""Pages that a program drew are level, however the boxes of a few short lines lean."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr_async.engine.ocr.orientation import is_level

from ..scan.test_ink import TEXT, grey, page, write


def bar(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 80, 899, 130), fill=230)


def rule(draw: ImageDraw.ImageDraw) -> None:
    draw.line((40, 300, 860, 300), fill=200)


def sidebar(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 180, 699), fill=30)


def screen(drawn: Any) -> Image.Image:
    image, draw = page()
    drawn(draw)
    for number, text in enumerate(TEXT):
        write(draw, text, 220, 140 + 50 * number, 22)
    return image


def leaning(clean: NDArray[Any], degrees: float) -> NDArray[np.uint8]:
    turn = cv2.getRotationMatrix2D((450, 350), degrees, 1.0)
    return np.asarray(cv2.warpAffine(clean, turn, (900, 700), borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("drawn", [bar, rule, sidebar])
def test_an_edge_in_one_row_of_pixels_tells_that_a_page_is_level(drawn: Any) -> None:
    assert is_level(grey(screen(drawn)))
    assert not any(is_level(leaning(grey(screen(drawn)), degrees)) for degrees in (0.15, -0.3, 0.45))


def test_text_and_the_border_of_a_scan_do_not_tell() -> None:
    image = screen(lambda draw: draw.line((0, 5, 899, 5), fill=0, width=6))
    assert not is_level(grey(image))
    noise = np.random.default_rng(2).normal(0, 8, (700, 900))
    assert not is_level(np.asarray((grey(screen(rule)) + noise).clip(0, 255), np.uint8))

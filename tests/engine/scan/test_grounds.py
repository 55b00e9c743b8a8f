"""What the lines of a drawn page stand on, such as the picture of a screen."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from ocr_async.engine.page import Line
from ocr_async.engine.scan.grounds import grounds
from ocr_async.engine.scan.ink import look

from .test_ink import TEXT, grey, page, write


TALL = 26.0
BEIGE, GREEN = (239, 234, 226), (217, 253, 211)  # no grey tells one from the other


def screen(paper: str | tuple[int, int, int] = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", page()[0].size, paper)
    return image, ImageDraw.Draw(image)


def coloured(image: Image.Image) -> NDArray[Any]:
    return np.asarray(image)[:, :, ::-1].copy()


def corners(image: NDArray[Any], lines: list[Line]) -> list[tuple[int, ...]]:
    return sorted((ground.place for ground in grounds(image, lines, TALL)), key=itemgetter(1))


def test_what_is_said_on_a_screen_stands_on_grounds_of_its_own() -> None:
    image, draw = screen(BEIGE)
    places = [(40, 60, 300, 110), (300, 116, 700, 190), (40, 196, 300, 240)]
    for number, place in enumerate(places):
        draw.rounded_rectangle(place, 10, fill=GREEN if number == 1 else "white")
    lines = [write(draw, TEXT[0][:20], left + 16, top + 10, 20) for left, top, _, _ in places]
    lines.append(write(draw, TEXT[1][:20], 316, 154, 20))
    for found, place in zip(corners(coloured(image), lines), places, strict=True):
        assert found == pytest.approx(place, abs=6)


def test_cards_in_a_column_are_found_in_it() -> None:
    image, draw = screen()
    draw.rectangle((40, 40, 400, 400), fill=(235, 236, 240))
    lines = [write(draw, "To do", 60, 50, 20)]
    for top in (90, 140, 190):
        draw.rounded_rectangle((50, top, 390, top + 40), 4, fill="white")
        lines.append(write(draw, TEXT[0][:20], 60, top + 6, 22))
    assert len(corners(coloured(image), lines)) == 4


def test_cells_between_rules_a_long_bar_and_a_noisy_page_are_no_grounds() -> None:
    image, draw = page()
    lines = []
    for row in range(4):
        for left in (40, 300):
            draw.rectangle((left, 40 + 60 * row, left + 260, 100 + 60 * row), outline=180, width=2)
            lines.append(write(draw, "harbour", left + 20, 56 + 60 * row, 22))
    draw.rectangle((40, 400, 800, 440), fill=90)
    lines.append(write(draw, "harbour", 50, 406, 22))
    assert corners(grey(image), lines) == []
    draw.rectangle((40, 500, 400, 600), fill=215)
    lines += [write(draw, TEXT[0][:20], 60, top, 22) for top in (510, 550)]
    assert len(corners(grey(image), lines)) == 1
    noise = np.random.default_rng(2).normal(0, 8, grey(image).shape)
    assert corners(np.asarray((grey(image) + noise).clip(0, 255), np.uint8), lines) == []


def test_a_dark_sidebar_is_a_panel_and_no_picture_whatever_stands_in_it() -> None:
    """Its words are a list of places to go to, and no running text; its edge and its letters are as those on paper."""
    image, draw = page()
    names = [write(draw, name, 30, 40 + 60 * row, 22) for row, name in enumerate(("Home", "Invoices", "Reports"))]
    bold = write(draw, "Customers", 30, 220, 22, bold=1)
    image.paste(ImageOps.invert(image.crop((0, 0, 220, image.height))), (0, 0))
    draw = ImageDraw.Draw(image)
    lines = [*names, bold, *(write(draw, row, 260, 40 + 60 * number, 22) for number, row in enumerate(TEXT))]
    found = look(grey(image), lines)
    assert found.pictures == ()
    (box,) = found.panels
    assert (box.left, box.right, box.bottom) == pytest.approx((0, 220, image.height), abs=4)
    assert [line.text for line in found.lines[: len(lines)] if line.bold] == ["Customers"]

"""Lines of large letters are looked for on a smaller picture, and none is lost by it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.ocr import networks
from ocr_async.engine.ocr.detection import detect
from ocr_async.engine.ocr.print_size import letters, printed

from ...documents import PARAGRAPHS, drawn_page


Pixels = NDArray[np.uint8]


class Noting:
    """The network that finds lines, and the size of what it was shown."""

    facts: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.shown: list[int] = []

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.shown.append(max(batch.shape))
        return networks.detector()(batch)


def pixels(page: Image.Image) -> Pixels:
    return np.asarray(page.convert("RGB"), np.uint8)


@pytest.mark.parametrize(("size", "longest"), [(16, 1600), (20, 1344), (40, 1000)])
def test_the_larger_the_letters_the_smaller_the_picture_that_is_looked_at(size: int, longest: int) -> None:
    image = pixels(drawn_page(PARAGRAPHS * 4, width=1130, height=1600, size=size))
    network = Noting()
    boxes = detect(image, network)
    assert len(network.shown) == 1
    assert network.shown[0] <= longest
    tops = sorted(float(box[:, 1].mean()) for box in boxes)
    lines = min(16, (1600 - 80) // round(1.6 * size))
    assert len(tops) == lines
    expected = [80 + row * round(1.6 * size) + 0.6 * size for row in range(lines)]
    assert max(abs(one - other) for one, other in zip(tops, expected, strict=True)) < size / 3


def test_small_and_noisy_print_is_looked_at_as_it_is() -> None:
    small = pixels(drawn_page(PARAGRAPHS * 8, width=1130, height=1600, size=9))
    assert letters(small).reduction == 1.0
    large = pixels(drawn_page(PARAGRAPHS * 4, width=1130, height=1600, size=40))
    assert letters(large).reduction < 0.8
    grain = np.random.default_rng(5).normal(0, 25, large.shape[:2])[..., None]
    assert letters(np.clip(large + grain, 0, 255).astype(np.uint8)).reduction == 1.0


def test_a_page_of_few_letters_is_looked_at_as_it_is() -> None:
    assert letters(np.full((1600, 1130, 3), 255, np.uint8)).reduction == 1.0
    assert letters(pixels(drawn_page(("Fog",), width=1130, height=1600, size=60))).reduction == 1.0


def test_small_print_below_large_print_is_found() -> None:
    page = drawn_page(PARAGRAPHS * 3, width=1130, height=1600, size=30)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(9)
    for row, line in enumerate(PARAGRAPHS):
        draw.text((60, 1480 + 15 * row), line, fill=0, font=font)
    network = Noting()
    boxes = detect(pixels(page), network)
    assert network.shown[0] < 1000 < network.shown[1]
    assert sum(float(box[:, 1].min()) > 1400 for box in boxes) == len(PARAGRAPHS)


def test_lines_are_not_looked_for_in_margins_and_found_all_the_same() -> None:
    wide = pixels(drawn_page(PARAGRAPHS * 2, width=1130, height=1600, size=20))
    blank = np.full((1600, 1130, 3), 255, np.uint8)
    blank[500:1100, 100:1030] = wide[50:650, 50:980]
    blank[1570, 60] = blank[200, 1110] = 0  # dust
    network = Noting()
    boxes = detect(blank, network)
    whole = detect(wide, networks.detector())
    assert max(network.shown) <= 700  # where the whole is 1,344 pixels high
    assert len(boxes) == len(whole) > 4
    centres, expected = (each.mean(axis=1)[np.argsort(each[:, :, 1].mean(axis=1))] for each in (boxes, whole))
    assert np.abs(centres - expected - np.array((50, 450))).max() < 4


def test_what_is_printed_anywhere_is_looked_at() -> None:
    page = np.full((1280, 1600, 3), 255, np.uint8)
    assert printed(page, 32) == (slice(0, 1280), slice(0, 1600))
    page[500:520, 700:860] = 0
    middle = printed(page, 32)
    assert [part.stop - part.start for part in middle] == [672, 672]
    assert all(32 < part.start < 500 and 700 < part.stop < 1250 for part in middle)
    page[1240:1254, 1570:1576] = 190  # a pale page number in the corner
    rows, columns = printed(page, 32)
    assert (rows.stop, columns.stop) == (1280, 1600)
    assert 400 <= rows.start < 500
    assert 600 <= columns.start < 700

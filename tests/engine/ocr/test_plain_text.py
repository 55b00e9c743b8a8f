"""The lines of plain text are looked for by a smaller network, and none is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.ocr import networks, tiny
from ocr_async.engine.ocr.detection import detect
from ocr_async.engine.ocr.line_boxes import straightened

from ...documents import PARAGRAPHS, drawn_page


Pixels = NDArray[np.uint8]


class Noting:
    """The network that finds lines, and how often it was asked; it sees nothing above a height of the page."""

    facts: Mapping[str, str] = {}

    def __init__(self, network: networks.Network | None = None, *, blind: float = 0.0) -> None:
        self.asked = 0
        self._network = network or networks.detector()
        self._blind = blind

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.asked += 1
        likely = self._network(batch).copy()
        likely[:, :, : int(self._blind * likely.shape[2])] = 0
        return likely


def pixels(page: Image.Image) -> Pixels:
    return np.asarray(page.convert("RGB"), np.uint8)


def prose(size: int = 20) -> Pixels:
    return pixels(drawn_page(PARAGRAPHS * 4, width=1130, height=1600, size=size))


def table() -> Pixels:
    """Return a page of nothing but numbers in six columns."""
    page = Image.new("L", (1130, 1600), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(20)
    for row in range(40):
        for column in range(6):
            draw.text((60 + 180 * column, 80 + 36 * row), f"{1000 + 37 * row * column}", fill=0, font=font)
    return pixels(page)


def grainy() -> Pixels:
    grain = np.random.default_rng(5).normal(0, 12, (1600, 1130, 1))
    return np.clip(prose() + grain, 0, 255).astype(np.uint8)


def on_its_side() -> Pixels:
    return np.ascontiguousarray(np.rot90(prose()))


def with_a_heading() -> Pixels:
    page = drawn_page(("", "", *PARAGRAPHS * 4), width=1130, height=1600, size=20)
    ImageDraw.Draw(page).text((60, 60), "Notices", fill=0, font=ImageFont.load_default(36))
    return pixels(page)


def one_word() -> Pixels:
    return pixels(drawn_page(("Fog",), width=1130, height=1600, size=60))


@pytest.mark.parametrize("draw", [prose, with_a_heading])
def test_plain_text_is_looked_for_by_the_quick_network_alone(draw: Callable[[], Pixels]) -> None:
    careful, quick = Noting(), Noting()
    boxes = detect(draw(), careful, quick)
    assert (careful.asked, quick.asked) == (0, 1)
    assert boxes == pytest.approx(detect(draw(), careful), abs=1.0)


@pytest.mark.parametrize("draw", [table, grainy, on_its_side, one_word])
def test_what_is_no_plain_text_is_not_shown_to_the_quick_network(draw: Callable[[], Pixels]) -> None:
    quick = Noting()
    detect(draw(), Noting(), quick)
    assert quick.asked == 0


@pytest.mark.parametrize(("draw", "blind"), [(prose, 0.5), (with_a_heading, 0.14)])
def test_what_the_quick_network_overlooks_is_found_by_the_careful_one(draw: Callable[[], Pixels], blind: float) -> None:
    careful, quick = Noting(), Noting(blind=blind)
    boxes = detect(draw(), careful, quick)
    assert (careful.asked, quick.asked) == (1, 1)
    assert boxes.tolist() == detect(draw(), careful).tolist()


@pytest.mark.skipif(not tiny.available(), reason="needs the tiny networks (the extra fast-ocr)")
@pytest.mark.parametrize("size", [16, 20, 40])
def test_the_tiny_network_finds_the_lines_of_plain_text_where_the_small_one_does(size: int) -> None:
    careful = Noting()
    found, expected = detect(prose(size), careful, networks.tiny_detector()), detect(prose(size), networks.detector())
    assert careful.asked == 0
    middles, others = (np.sort(boxes[:, :, 1].mean(axis=1)) for boxes in (found, expected))
    assert len(middles) == len(others)
    assert np.abs(middles - others).max() < size / 3


def test_a_box_that_leans_a_hair_otherwise_than_the_page_is_straightened() -> None:
    def box(top: float, fall: float, *, wide: float = 900, high: float = 40) -> list[list[float]]:
        return [[80, top], [80 + wide, top + fall], [80 + wide, top + fall + high], [80, top + high]]

    boxes = np.array([box(80, 9), box(160, 9), box(240, 12), box(320, 60), box(400, 2, wide=200)], np.float32)
    found = straightened(boxes)
    falls = found[:, 1, 1] - found[:, 0, 1]
    assert falls == pytest.approx([9, 9, 9, 60, 2], abs=0.1)
    assert found.mean(axis=1) == pytest.approx(boxes.mean(axis=1))
    assert found[2, 3] - found[2, 0] == pytest.approx([-0.4, 40], abs=0.2)

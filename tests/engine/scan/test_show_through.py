from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_async.engine.ocr.recognition import see
from ocr_async.engine.page import Line
from ocr_async.engine.scan.show_through import contrasts, pale, without_pale

from .test_ink import TEXT, grey, page, write


def corners(line: Line) -> list[tuple[float, float]]:
    box = line.box
    return [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]


def test_what_shines_through_goes_and_print_and_photographs_stay() -> None:
    image, draw = page()
    lines = [write(draw, row, 60, 60 + 50 * number, 26) for number, row in enumerate(TEXT)]
    draw.rectangle((500, 400, 800, 600), fill=90)
    sheet = grey(image)
    shown = np.asarray(sheet - 0.2 * (255.0 - np.roll(sheet[:, ::-1], 25, axis=0)), np.uint8)
    behind = np.roll(sheet[:, ::-1], 25, axis=0)
    alone = (behind < 50) & (sheet == 255)
    cleared = without_pale(np.dstack([shown] * 3), 0.2)[:, :, 0]
    assert shown[alone].max() < 230
    assert cleared[alone].min() > 240
    assert np.array_equal(cleared[sheet < 50], shown[sheet < 50])
    assert cleared[450:550, 600:700].max() < 100
    boxes = np.array([corners(line) for line in lines], np.float32)
    mirrored = boxes.copy()
    mirrored[:, :, 0] = sheet.shape[1] - mirrored[:, :, 0]
    mirrored[:, :, 1] += 25
    assert not pale(contrasts(shown, boxes)).any()
    lowest = np.concatenate([boxes, mirrored[-1:]])
    assert pale(contrasts(shown, lowest)).tolist() == [False] * 4 + [True]


def with_another_side(*, mirrored: bool = True) -> NDArray[np.uint8]:
    """Return a page of eight lines through which three of its other side show."""
    image, draw = page()
    for number, row in enumerate((*TEXT, *TEXT[::-1])):
        write(draw, row, 60, 30 + 84 * number, 26)
    other, draw = page()
    for number, row in enumerate(("under the bridge a boat", "with timber and copper", "goes to the market")):
        write(draw, row, 500, 72 + 84 * number, 26)
    back = grey(other)[:, ::-1] if mirrored else grey(other)
    return np.asarray(grey(image) - 0.25 * (255.0 - back), np.uint8)


@pytest.mark.parametrize("mirrored", [True, False])
def test_pale_lines_are_dropped_where_they_are_another_sides(mirrored: bool) -> None:
    shown = with_another_side(mirrored=mirrored)
    sheet = see(np.dstack([shown] * 3), dpi=150.0).sheet
    texts = " ".join(line.text for line in sheet.lines)
    assert texts.count("harbour") == 2
    assert ("bridge" in texts, len(sheet.lines)) == ((False, 8) if mirrored else (True, 11))


def test_a_page_in_grey_is_cleared_as_one_in_colours_is() -> None:
    shown = np.random.default_rng(1).integers(0, 256, (300, 200), np.uint8)
    assert np.array_equal(without_pale(shown, 0.2), without_pale(np.dstack([shown] * 3), 0.2)[:, :, 0])


def test_a_page_that_bends_is_read_where_its_picture_shows_it() -> None:
    shown = with_another_side()
    height, width = shown.shape
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent = cv2.remap(shown, across, down + 40 * (across / width - 0.5) ** 2, cv2.INTER_CUBIC, borderValue=(255,))
    seen = see(np.asarray(bent, np.uint8), dpi=150.0)
    assert "bridge" not in " ".join(line.text for line in seen.sheet.lines)
    for line in seen.sheet.lines:
        part = seen.image[int(line.box.top) : int(line.box.bottom), int(line.box.left) : int(line.box.right)]
        rows = np.asarray((part < 100).any(axis=1), np.bool_)
        assert 0.5 < rows.mean() < 1
        assert not rows[[0, -1]].all()

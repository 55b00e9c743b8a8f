"""Lines that run through the rules of a table, and what looks like that and is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.ocr.recognition import see
from ocr_async.engine.scan.cut_at_rules import cut_at_rules


ROWS = (("3,676.73", "Depot Anchor"), ("6,207.09", "Ferry"), ("5,957.64", "Depot South"), ("7273", "2026-08-06"))
LEFT, RULE, RIGHT, TOP, HIGH = 100, 400, 700, 100, 40


def grid() -> NDArray[np.uint8]:
    """Return a picture of two columns with hardly any white beside the rule between them."""
    drawn = Image.new("RGB", (800, 400), "white")
    draw = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(28)
    for row, (number, word) in enumerate(ROWS):
        top = TOP + HIGH * row
        draw.rectangle((LEFT, top, RIGHT, top + HIGH), outline="black", width=2)
        draw.line((RULE, top, RULE, top + HIGH), fill="black", width=2)
        draw.text((RULE - 3 - draw.textlength(number, font=font), top + 2), number, fill="black", font=font)
        draw.text((RULE + 4, top + 2), word, fill="black", font=font)
    return np.array(drawn)


def box(left: float, top: float, right: float, bottom: float) -> NDArray[np.float32]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def spans(boxes: NDArray[np.float32]) -> list[tuple[int, int]]:
    return sorted((int(each[:, 0].min()), int(each[:, 0].max())) for each in boxes)


def test_cells_that_touch_the_rule_between_them_are_read_apart() -> None:
    lines = {line.text for line in see(grid(), dpi=200).sheet.lines}
    assert lines == {cell for row in ROWS for cell in row}


@pytest.mark.parametrize("row", [0, 2, 3])
def test_a_line_is_cut_at_the_rule_that_runs_on(row: int) -> None:
    top = TOP + HIGH * row
    (left, first), (second, right) = spans(cut_at_rules(grid(), box(280, top + 3, 600, top + 37)[None]))
    assert (left, right) == (280, 600)
    assert RULE - 4 <= first <= RULE <= second <= RULE + 5


def test_a_box_is_drawn_in_to_the_rule_at_its_end() -> None:
    ((left, right),) = spans(cut_at_rules(grid(), box(280, 103, 406, 137)[None]))
    assert left == 280
    assert RULE - 4 <= right <= RULE


def test_lines_that_run_up_the_picture_are_cut_too() -> None:
    turned = np.ascontiguousarray(np.rot90(grid()))  # what was at x is at 799 - x from the top
    cut = cut_at_rules(turned, box(103, 799 - 600, 137, 799 - 280)[None], sideways=True)
    assert sorted(int(each[:, 1].min()) for each in cut) == [199, pytest.approx(799 - RULE, abs=5)]


def test_letters_are_no_rules() -> None:
    drawn = Image.new("RGB", (800, 300), "white")
    draw = ImageDraw.Draw(drawn)
    draw.text((60, 40), "HILL III", fill="black", font=ImageFont.load_default(90))
    for row in range(3):
        draw.text((60, 160 + 36 * row), "all the hills are still", fill="black", font=ImageFont.load_default(26))
    boxes = np.stack([box(50, 40, 460, 140), *(box(50, 158 + 36 * row, 400, 194 + 36 * row) for row in range(3))])
    assert np.array_equal(cut_at_rules(np.array(drawn), boxes), boxes)


def test_the_ground_between_light_letters_is_no_rule() -> None:
    drawn = Image.new("RGB", (800, 300), "white")
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((40, 40, 760, 260), fill=(20, 60, 120))
    boxes = []
    for row in range(4):
        draw.text((60, 60 + 44 * row), "MINIMUM HILL III", fill="white", font=ImageFont.load_default(30))
        boxes.append(box(56, 60 + 44 * row, 360, 98 + 44 * row))
    assert np.array_equal(cut_at_rules(np.array(drawn), np.stack(boxes)), np.stack(boxes))

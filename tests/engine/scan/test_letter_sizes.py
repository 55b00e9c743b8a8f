from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageDraw import ImageDraw

from ocr_async.engine.page import Box, Line, Ruling
from ocr_async.engine.scan.letter_sizes import weighed

from .test_ink import TEXT, grey, page, write


def size_of(line: Line) -> float:
    return line.size or 0.0


@pytest.mark.parametrize(
    "text", ["HARBOUR OFFICE", "12/04/2019", "(4,871.50)", "Yes", "Ship Foods", '"Who dah?"', '"Yes!"']
)
def test_capitals_numbers_and_short_words_are_as_large_as_their_text(text: str) -> None:
    image, draw = page()
    lines = [write(draw, row, 60, 60 + 50 * number, 26) for number, row in enumerate(TEXT)]
    lines.append(write(draw, text, 60, 300, 26))
    *usual, other = weighed(grey(image), lines, [])
    assert size_of(other) == pytest.approx(sum(map(size_of, usual)) / len(usual), rel=0.09)


def test_a_rule_in_the_box_is_no_letter() -> None:
    image, draw = page()
    line = write(draw, "Season 21", 60, 60, 26)
    (plain,) = weighed(grey(image), [line], [])
    box = line.box
    rules = [Box(20, y, 400, y + 2) for y in (box.top - 2, box.bottom)]
    for rule in rules:
        draw.rectangle((rule.left, rule.top, rule.right - 1, rule.bottom - 1), fill=0)
    (ruled,) = weighed(grey(image), [line], [Ruling(rule) for rule in rules])
    assert size_of(ruled) == pytest.approx(size_of(plain), rel=0.05)


def test_the_frame_around_a_word_is_no_letter() -> None:
    image, draw = page()
    line = write(draw, "Season", 60, 60, 26)
    (plain,) = weighed(grey(image), [line], [])
    box = line.box
    draw.rectangle((box.left - 3, box.top - 3, box.right + 3, box.bottom + 3), outline=0, width=2)
    framed = Line(line.text, Box(box.left - 5, box.top - 6, box.right + 5, box.bottom + 5))
    (found,) = weighed(grey(image), [framed], [])
    assert size_of(found) == pytest.approx(size_of(plain), rel=0.05)


def test_a_word_with_sides_of_two_frames_close_to_each_other_has_a_size() -> None:
    image, draw = page()
    line = write(draw, "Season", 60, 60, 26)
    box = line.box
    for top in (box.bottom + 1, box.bottom + 3):
        draw.rectangle((box.left - 6, top, box.right + 6, top), fill=0)
    framed = Line(line.text, Box(box.left - 6, box.top, box.right + 6, box.bottom + 8))
    (found,) = weighed(grey(image), [framed], [])
    assert 0.5 * box.height < size_of(found) < 2 * box.height


def test_a_long_line_that_leans_by_a_hair_is_no_larger() -> None:
    image, draw = page()
    line = write(draw, "the harbour office keeps a record of every vessel that enters", 60, 60, 26)
    (level,) = weighed(grey(image), [line], [])
    turn = cv2.getRotationMatrix2D((450, 75), 0.4, 1.0)
    leaning = np.asarray(cv2.warpAffine(grey(image), turn, (900, 700), borderValue=255.0))
    (leant,) = weighed(leaning, [line], [])
    assert size_of(leant) == pytest.approx(size_of(level), rel=0.04)


def test_letters_of_no_height_are_as_large_as_their_box_says() -> None:
    image, draw = page()
    line = write(draw, "harbour office", 60, 60, 26)
    (found,) = weighed(grey(image), [Line("משרד הנמל", line.box)], [])
    assert size_of(found) == pytest.approx(0.8 * line.box.height)


def square(draw: ImageDraw, text: str, left: int, top: int, size: int, *, stroke: int = 1, apart: float = 0.0) -> Line:
    """Draw as many square letters of one size as *text* has, and return the line as a detector may box it."""
    for number in range(len(text)):
        x, side = left + round(number * size * (1 + apart)) + 1, round(0.87 * size)
        draw.rectangle((x, top, x + side, top + side), outline=0, width=stroke)
        for part in (1, 2):
            y = top + part * side // 3
            draw.line((x, y, x + side, y), fill=0, width=stroke)
            draw.line((x + part * side // 3, top, x + part * side // 3, top + side), fill=0, width=stroke)
    right = left + len(text) * size * (1 + apart)
    return Line(text, Box(left - 3, top - size // 4, right + 3, top + size + size // 3))


@pytest.mark.parametrize("text", ["港务局", "港务局统计", "港务局第三号公告"])
@pytest.mark.parametrize("apart", [0.0, 0.5])
def test_ideographs_are_as_large_as_their_number_and_height_say(text: str, apart: float) -> None:
    image, draw = page()
    line = square(draw, text, 60, 60, 24, apart=apart)
    (found,) = weighed(grey(image), [line], [])
    assert size_of(found) == pytest.approx(24, rel=0.1)


@pytest.mark.parametrize("heads", [(20, 3), (30, 4)])
def test_bold_ideographs_are_told_beside_others_and_beside_letters(heads: tuple[int, int]) -> None:
    image, draw = page()
    lines = [square(draw, "港务局公布本年度统计数据", 60, 60 + 40 * number, 20) for number in range(5)]
    lines.append(square(draw, "港务局统计", 60, 300, heads[0], stroke=heads[1]))
    lines.append(square(draw, "统计", 60, 350, heads[0]))
    lines += [write(draw, row, 60, 420 + 40 * number, 20) for number, row in enumerate(TEXT)]
    lines.append(write(draw, "Harbour office", 60, 600, 20, bold=1))
    found = weighed(grey(image), lines, [])
    assert [line.bold for line in found] == [False] * 5 + [True] + [False] * 5 + [True]


def blurred(clean: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(cv2.GaussianBlur(clean, (0, 0), 2.0))


def half_toned(clean: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(Image.fromarray((20 + clean * (215 / 255)).astype(np.uint8)).convert("1").convert("L"))


def photographed(clean: NDArray[Any]) -> NDArray[Any]:
    light = np.linspace(0.5, 0.95, clean.shape[1])
    grain = np.random.default_rng(4).normal(0, 16, clean.shape)
    return np.asarray((clean * light + grain).clip(0, 255), np.uint8)


def shown_through(clean: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(clean - 0.2 * (255.0 - np.roll(clean[:, ::-1], 20, axis=0)), np.uint8)


@pytest.mark.parametrize("damage", [blurred, half_toned, photographed, shown_through])
def test_bold_print_is_told_on_bad_scans(damage: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
    image, draw = page()
    lines = [write(draw, row, 60, 60 + 45 * number, 20) for number, row in enumerate(TEXT)]
    lines += [write(draw, text, 60, 260 + 45 * at, 20, bold=1) for at, text in enumerate(("Harbour office", "TIDES"))]
    lines += [write(draw, text, 60, 350 + 45 * at, 20) for at, text in enumerate(("Wind 14.5", "WEST"))]
    found = weighed(damage(grey(image)), lines, [])
    assert [line.bold for line in found] == [False] * 4 + [True] * 2 + [False] * 2

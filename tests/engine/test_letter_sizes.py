from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr_async.engine.page import Box, Line, Ruling
from ocr_async.engine.scan.letter_sizes import weighed

from .test_ink import TEXT, grey, page, write


def size_of(line: Line) -> float:
    return line.size or 0.0


@pytest.mark.parametrize("text", ["HARBOUR OFFICE", "12/04/2019", "(4,871.50)", "Yes", "Ship Foods"])
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
    ideographs = Line("港口办公室", line.box)
    (found,) = weighed(grey(image), [ideographs], [])
    assert size_of(found) == pytest.approx(0.8 * line.box.height)

"""Check boxes on scans: which of them are ticked, where a recogniser reads a square, a letter or nothing."""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from numpy.typing import NDArray

from ocr_async.engine.ocr.recognition import see
from ocr_async.engine.page import Box, Line, Word, union
from ocr_async.engine.scan.check_boxes import check_boxes, with_signs, without_boxes
from ocr_async.engine.scan.connected import pieces
from ocr_async.engine.scan.ink import look

from ...documents import PARAGRAPHS
from ..layout.sheets import line


Grey = NDArray[np.uint8]
ASKED = ("Was the harbour open?", "Was there any fog?", "Was the pilot on duty?")


def form(*, noise: float, cross: bool = True) -> Grey:
    """Return the scan of a form: of each question the second box is ticked, of the second one the first."""
    image = PIL.Image.new("L", (1654, 1200), 255)
    draw = PIL.ImageDraw.Draw(image)
    font = PIL.ImageFont.load_default(30)
    for row, text in enumerate(PARAGRAPHS):
        draw.text((150, 700 + 50 * row), text, fill=0, font=font)
    for row, text in enumerate(ASKED):
        y = 200 + 60 * row
        draw.text((150, y), text, fill=0, font=font)
        for column, answer in enumerate(("Yes", "No")):
            x = 800 + 250 * column
            draw.rectangle((x, y + 8, x + 22, y + 30), outline=0, width=2)
            if column != row % 2:
                draw.line((x, y + 8, x + 22, y + 30) if cross else (x + 4, y + 18, x + 10, y + 26), fill=0, width=2)
                draw.line((x + 22, y + 8, x, y + 30) if cross else (x + 10, y + 26, x + 18, y + 12), fill=0, width=2)
            draw.text((x + 36, y), answer, fill=0, font=font)
    page = np.asarray(image) + np.random.default_rng(2).normal(0, noise, (1200, 1654))
    return page.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("noise", "cross"), [(0.0, False), (10.0, True)])
def test_the_boxes_of_a_form_are_read_with_which_of_them_are_ticked(noise: float, cross: bool) -> None:
    image = np.asarray(cv2.cvtColor(form(noise=noise, cross=cross), cv2.COLOR_GRAY2BGR), np.uint8)
    answers = [each for each in see(image, dpi=200).sheet.lines if each.box.bottom < 600 and each.box.left > 700]
    read = [each.text for each in sorted(answers, key=lambda each: (round(each.box.centre / 60), each.box.left))]
    assert read == ["☐ Yes", "☒ No", "☒ Yes", "☐ No", "☐ Yes", "☒ No"]


def inked(*squares: tuple[int, int], wide: int = 20, filled: bool = False) -> Grey:
    """Return the ink of squares that are *wide* and high at these places."""
    ink = np.zeros((400, 800), np.uint8)
    for x, y in squares:
        cv2.rectangle(ink, (x, y), (x + wide, y + 20), (255,), -1 if filled else 2)
    return ink


BESIDE = [line("Yes", 140, 90, size=25), line("No", 140, 190, size=25)]


def test_two_squares_beside_texts_are_check_boxes() -> None:
    ink = inked((100, 95), (100, 195))
    assert [each.ticked for each in check_boxes(ink, pieces(ink), BESIDE, 30)] == [False, False]


def test_squares_in_the_rows_and_columns_of_a_scale_are_check_boxes() -> None:
    """Behind statements, with no text on their right; what was read of them are signs."""
    places = [(x, y) for y in (95, 195, 295) for x in (400, 500, 600)]
    ink = inked(*places)
    cv2.line(ink, (503, 198), (517, 212), (255,), 2)
    cv2.line(ink, (517, 198), (503, 212), (255,), 2)
    lines = [line("The rooms were clean", 50, y - 5, size=25) for y in (95, 195, 295)]
    lines += [line(sign, x, 190, size=25) for sign, x in (("口", 398), ("冈", 498))]
    found = check_boxes(ink, pieces(ink), lines, 30)
    assert len(found) == 9
    assert [(each.box.left, each.box.top) for each in found if each.ticked] == [(499.0, 194.0)]
    read = [each.text for each in with_signs(without_boxes(lines, ink, found)[0], found)]
    assert sum(text.count("☐") for text in read) == 8
    assert not any(sign in text for text in read for sign in "口冈")


@pytest.mark.parametrize(
    "ink",
    [
        inked((600, 95), (700, 95)),  # in a row alone
        inked((100, 95)),  # the only one of its page: a logo, a letter
        inked((600, 95), (600, 195)),  # beside no text
        inked((100, 95), (100, 195), filled=True),  # bullets
        inked((100, 95), (100, 195), wide=38),  # frames
    ],
)
def test_other_squares_are_none(ink: Grey) -> None:
    assert check_boxes(ink, pieces(ink), BESIDE, 30) == []


def test_what_was_read_of_a_box_gives_way_to_it() -> None:
    read = [line("X Yes", 100, 90, size=25), line("□ No", 100, 190, size=25)]
    ink = inked((100, 95), (100, 195))
    boxes = check_boxes(ink, pieces(ink), read, 30)
    assert [each.text for each in with_signs(without_boxes(read, ink, boxes)[0], boxes)] == ["☐ Yes", "☐ No"]


def test_boxes_within_a_line_that_were_not_read_are_no_part_of_its_words() -> None:
    """The words of a line are drawn in to their ink, and the box beside one is ink, too."""
    image = PIL.Image.new("L", (900, 300), 255)
    draw = PIL.ImageDraw.Draw(image)
    lines = []
    for y in (60, 160):
        words = []
        for text, x in (("Which do you need:", 60), ("garage", 350), ("garden", 500), ("cellar", 650)):
            draw.text((x, y), text, fill=0, font=PIL.ImageFont.load_default(26))
            end = draw.textbbox((x, y), text, font=PIL.ImageFont.load_default(26))[2]
            words.append(Word(text, Box(x - 3.0, y - 2.0, end + 3.0, y + 34.0)))
            if x > 60:
                draw.rectangle((x - 32, y + 8, x - 12, y + 28), outline=0, width=2)
        draw.line((470, y + 10, 486, y + 26), fill=0, width=2)
        draw.line((486, y + 10, 470, y + 26), fill=0, width=2)
        box = union([word.box for word in words])
        lines.append(Line(" ".join(word.text for word in words), box, words=tuple(words)))
    read = [each.text for each in look(np.asarray(image), lines).lines]
    assert read == ["Which do you need: ☐ garage ☒ garden ☐ cellar"] * 2


def test_squares_that_are_read_where_no_box_is_found_are_boxes() -> None:
    read = [line("□Yes", 100, 100), line("□ No", 200, 100), line("a) Was it open?", 20, 100)]
    assert [each.text for each in with_signs(read, [])] == ["☐ Yes", "☐ No", "a) Was it open?"]


def test_a_lone_square_is_left_as_it_is_read() -> None:
    assert [each.text for each in with_signs([line("□ engine", 100, 100)], [])] == ["□ engine"]

from __future__ import annotations

import re

import cv2
import pytest
from attrs import evolve
from PIL import ImageFont
from PIL.ImageDraw import ImageDraw

from ocr_async.engine.page import Box, Line, Word
from ocr_async.engine.scan.ink import look

from .test_ink import grey, page, write


TEXT = (
    "the harbour office keeps a record of every vessel",
    "that enters or leaves, with the height of the tide",
    "and wind and the name of the pilot who brings it in",
)
CODE = ("for vessel in harbour.vessels():", "if vessel.height > tide:", "report(vessel.name)", "}", "total += 12.75")


def typed(draw: ImageDraw, text: str, left: int, top: int, size: int, pitch: float = 13.4) -> Line:
    """Draw each letter of *text* in the middle of a room as wide as any other's."""
    font = ImageFont.load_default(size)
    for place, letter in enumerate(text):
        draw.text((left + pitch * (place + 0.5), top), letter, fill=0, font=font, anchor="ma")
    return Line(text, Box(left - 2, top, left + len(text) * pitch + 2, top + 1.3 * size))


@pytest.mark.parametrize("lean", [0.0, 0.15])
def test_code_between_text_is_in_even_type(lean: float) -> None:
    image, draw = page()
    lines = [write(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate(TEXT)]
    code = [typed(draw, text, 60, 200 + 32 * row, 22) for row, text in enumerate(CODE)]
    turn = cv2.getRotationMatrix2D((450, 200), lean, 1.0)
    scan = cv2.GaussianBlur(cv2.warpAffine(grey(image), turn, (900, 700), borderValue=(255.0,)), (0, 0), 0.8)
    found = look(scan, [*lines, *code]).lines
    assert [line.mono for line in found] == [False] * len(TEXT) + [True] * len(CODE)


def test_a_page_that_was_typed_holds_no_code() -> None:
    image, draw = page()
    lines = [typed(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate((*TEXT, *CODE))]
    assert not any(line.mono for line in look(grey(image), lines).lines)


def test_nobody_types_on_dark_paper_but_a_terminal() -> None:
    image, draw = page()
    lines = [typed(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate((*TEXT, *CODE))]
    found = look(255 - grey(image), lines)
    assert found.dark
    assert all(line.mono for line in found.lines)
    image, draw = page()
    lines = [write(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate(TEXT)]
    assert not any(line.mono for line in look(255 - grey(image), lines).lines)


def test_figures_of_one_width_are_no_even_type() -> None:
    image, draw = page()
    lines = [write(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate(TEXT)]
    lines += [typed(draw, "1,204.50 3,870.25 9,113.00", 40, 200 + 32 * row, 22) for row in range(6)]
    assert not any(line.mono for line in look(grey(image), lines).lines)


def torn(line: Line, text: str, wide: float) -> Line:
    """Return *line* with the words of *text*, in which spaces were put, each where *wide* letters of it stand."""
    words, place, said = [], 0, line.text.replace(" ", "")
    letters = [at for at, letter in enumerate(line.text) if letter != " "]
    for word in text.split():
        left, right = letters[place], letters[place + len(word) - 1] + 1
        box = Box(line.box.left + 2 + left * wide, line.box.top, line.box.left + 2 + right * wide, line.box.bottom)
        words.append(Word(word, box, 0.9))
        place += len(word)
    assert text.replace(" ", "") == said
    return evolve(line, text=text, words=tuple(words))


def test_words_in_even_type_are_not_torn_beside_narrow_letters() -> None:
    image, draw = page()
    lines = [write(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate(TEXT)]
    read = ("list.title", "tab leof contents", "bo ldface (fill)", "sti (split, ti led)", "a li st of utils")
    meant = ("list.title", "tableof contents", "boldface (fill)", "sti(split, tiled)", "a list of utils")
    for row, (text, right) in enumerate(zip(read, meant, strict=True)):
        lines.append(torn(typed(draw, right, 60, 200 + 32 * row, 22, 15.0), text, 15.0))
    assert [line.text for line in look(grey(image), lines).lines] == [*TEXT, *meant]


def test_words_in_letters_of_different_widths_keep_their_spaces() -> None:
    image, draw = page()
    code = [typed(draw, text, 60, 200 + 32 * row, 22) for row, text in enumerate(CODE)]
    lines = [write(draw, text, 40, 40 + 40 * row, 22) for row, text in enumerate(TEXT)]
    font = ImageFont.load_default(22)
    worded = []
    for line in lines:
        starts = [found.span() for found in re.finditer(r"\S+", line.text)]
        words = [
            Word(
                line.text[a:b],
                evolve(line.box, left=40 + font.getlength(line.text[:a]), right=40 + font.getlength(line.text[:b])),
            )
            for a, b in starts
        ]
        worded.append(evolve(line, words=tuple(words)))
    assert [line.text for line in look(grey(image), [*worded, *code]).lines] == [*TEXT, *CODE]

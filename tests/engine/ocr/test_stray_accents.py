"""Accents on scans: those of the language are read, a descender of the line above is none."""

from __future__ import annotations

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from ocr_async.engine.ocr.lines import Characters, Reading, accented
from ocr_async.engine.ocr.look_alikes import without_stray_accents
from ocr_async.engine.ocr.recognition import see

from ...documents import PARAGRAPHS


def reading(text: str, accents: float) -> Reading:
    scores = np.array([accents if accented(each) else 0.99 for each in text], np.float32)
    places = np.arange(len(text)) / len(text)
    return Characters(tuple(text), scores, places, 0.5 / len(text)).reading()


PLAIN = [reading(text, 0.0) for text in PARAGRAPHS * 2]


def test_accents_of_which_none_is_sure_are_taken_away_on_a_page_that_has_few() -> None:
    stray = [reading("press MUTÉ or LOCÃTE. Now", 0.87), reading("an öld one", 0.4)]
    found = without_stray_accents([*PLAIN, *stray])
    assert [each.text for each in found] == [*PARAGRAPHS * 2, "press MUTE or LOCATE. Now", "an old one"]
    assert [text for text, *_ in found[-2].words] == ["press", "MUTE", "or", "LOCATE.", "Now"]
    assert [rest for _, *rest in found[-2].words] == [rest for _, *rest in stray[0].words]


def test_a_word_with_one_that_stands_in_every_row_counts_once() -> None:
    found = without_stray_accents([*PLAIN, *[reading("01Auğ2018", 0.92)] * 20])
    assert {each.text for each in found[len(PLAIN) :]} == {"01Aug2018"}


@pytest.mark.parametrize(
    "kept",
    [
        [reading("the café near Genève", 0.6), reading("a résumé", 0.98)],
        [reading("Zażółć gęślą jaźń", 0.6)] * 3,
        [Reading("the café", 0.9, (("the", 0.9, 0.0, 0.4), ("café", 0.9, 0.5, 1.0)))],
        [reading("Øre Straße łza 東京 ガ", 0.5)],
    ],
    ids=["one is sure", "many", "read by tesseract", "letters of their own"],
)
def test_other_accents_stay(kept: list[Reading]) -> None:
    assert without_stray_accents([*PLAIN, *kept]) == [*PLAIN, *kept]


def test_accents_stay_on_a_line_alone() -> None:
    assert [each.text for each in without_stray_accents([reading("À Paris", 0.6)])] == ["À Paris"]


def last_line(text: str, *, stroke: bool = False) -> str:
    """Return what is read of *text* below plain English, of "LOCATE" with a stroke above its A."""
    size = 24
    image = PIL.Image.new("RGB", (1654, 1000), "white")
    draw = PIL.ImageDraw.Draw(image)
    try:
        font = PIL.ImageFont.truetype("DejaVuSans.ttf", size, layout_engine=PIL.ImageFont.Layout.BASIC)
    except OSError:
        pytest.skip("the font DejaVu Sans is not installed")
    for row, line in enumerate([*PARAGRAPHS, text]):
        draw.text((120, 100 + 2 * size * row), line, fill="black", font=font)
    if stroke:
        left = 120 + draw.textlength(text[: text.index("ATE")], font=font)
        wide, top = draw.textlength("A", font=font), 100 + 2 * size * len(PARAGRAPHS)
        draw.line((left + 0.3 * wide, top, left + 0.7 * wide, top + 0.05 * size), fill="black", width=2)
    return max(see(np.asarray(image), dpi=200).sheet.lines, key=lambda line: line.box.centre).text


def test_a_stroke_above_a_capital_is_no_accent_on_a_page_without() -> None:
    assert last_line("Press LOCATE and wait", stroke=True) == "Press LOCATE and wait"


def test_the_one_accent_of_a_page_is_read() -> None:
    assert last_line("Closed: the old café") == "Closed: the old café"

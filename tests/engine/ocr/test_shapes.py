"""Characters that look alike, told apart by what a page shows of both; the lines are drawn here, and misread."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr_async.engine.ocr.lines import Reading
from ocr_async.engine.ocr.shapes import with_known_shapes


Picture = NDArray[np.uint8]
PAGE = (("Milch still", "Milch still"), ("Olivenöl Orange", "Olivenöl Orange"), ("10.50 1.204", "10.50 1.204"),
        ("INVOICE TO", "INVOICE TO"), ("0017 1105", "0017 1105"))  # fmt: skip


def drawn(text: str, *, size: int = 30, light: bool = False) -> Picture:
    font = ImageFont.load_default(size)
    paper, ink = ("black", "white") if light else ("white", "black")
    known = text.translate(str.maketrans("ıİğ", "iIg"))  # the fount has no Turkish letters
    image = Image.new("RGB", (round(font.getlength(known)) + size, 2 * size), paper)
    draw = ImageDraw.Draw(image)
    draw.text((size // 2, size // 2), known, fill=ink, font=font)
    for place, letter in enumerate(text):
        left = size // 2 + round(font.getlength(known[:place]))
        right = left + round(font.getlength(known[place])) - 1
        if letter == "ı":
            draw.rectangle((left, 0, right, size // 2 + font.getbbox("x")[1] - 2), fill=paper)
        if letter == "İ":
            foot = size // 2 + int(font.getbbox("I")[1]) - 3
            draw.rectangle((left + 2, foot - 3, right - 2, foot), fill=ink)
    return np.asarray(image, np.uint8).copy()


def reading(text: str) -> Reading:
    """Return *text* as it is read of a line whose characters are about equally wide."""
    words, begin = [], 0
    for word in text.split(" "):
        words.append((word, 0.9, begin / len(text), (begin + len(word)) / len(text)))
        begin += len(word) + 1
    return Reading(text, 0.9, tuple(words))


def last(*lines: tuple[str, str], light: bool = False) -> str:
    """Return what is made of the last of *lines*, each given as it was read and as it is printed."""
    pictures = [drawn(printed, light=light) for _, printed in lines]
    return with_known_shapes([reading(read) for read, _ in lines], pictures.__getitem__)[-1].text


MISREAD = [
    ("0,51", "0,5l"),
    ("1,5 1", "1,5 l"),
    ("Fass 201", "Fass 20l"),
    ("(0,33|", "(0,33l"),
    ("10 !", "10 l"),
    ("1", "l"),
    ("Ö1 5W-30", "Öl 5W-30"),
    ("5 m1", "5 ml"),
    ("D0R-417", "DOR-417"),
    ("LO2O5", "LO205"),
    ("71X4", "7IX4"),
    ("0livenöl", "Olivenöl"),
    ("(0hne Salz", "(Ohne Salz"),
]


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize(("read", "printed"), MISREAD)
def test_a_character_is_what_it_is_nearer_to_of_those_that_are_known(read: str, printed: str, light: bool) -> None:
    assert last(*PAGE, (read, printed), light=light) == printed


@pytest.mark.parametrize(
    "text", [read for read, _ in MISREAD if "!" not in read and "|" not in read] + ["D0R-4I7", "A | B"]
)
def test_what_was_read_right_stays(text: str) -> None:
    assert last(*PAGE, (text, text)) == text


@pytest.mark.parametrize(("read", "printed"), MISREAD)
def test_what_a_page_does_not_show_stays_as_it_was_read(read: str, printed: str) -> None:
    assert last((read, printed)) == read


def test_one_known_character_of_what_was_read_tells_little() -> None:
    lines = (PAGE[0], ("10", "10"), ("0,51", "0,5l"))
    assert last(*lines) == "0,51"
    assert last(*lines[:2], *lines[1:2] * 2, lines[2]) == "0,5l"


def test_what_is_broken_stays_as_it_was_read() -> None:
    picture = drawn("DOR-417")
    picture[:33, 58:76] = 255  # the upper half of "R"
    pictures = [*(drawn(printed) for _, printed in PAGE), picture]
    readings = [*(reading(read) for read, _ in PAGE), reading("D0R-417")]
    assert with_known_shapes(readings, pictures.__getitem__)[-1].text == "D0R-417"


TURKISH = (("değil", "değil"), ("ağaç", "ağaç"), ("yağ", "yağ"))


@pytest.mark.parametrize(
    ("read", "printed"),
    [("isitici", "ısıtıcı"), ("iskonto", "İskonto"), ("lade edilen", "İade edilen"), ("indirimli", "indirimli")],
)
def test_the_dots_of_turkish_letters_are_looked_at(read: str, printed: str) -> None:
    assert last(*TURKISH, (read, printed)) == printed
    assert last((read, printed)) == read  # on a page in another language


def test_a_pale_dot_is_one() -> None:
    picture = drawn("iki sene")
    dots = picture[: 15 + 13]
    dots[dots < 128] = 160
    pictures = [*(drawn(printed) for _, printed in TURKISH), picture]
    readings = [*(reading(read) for read, _ in TURKISH), reading("iki sene")]
    assert with_known_shapes(readings, pictures.__getitem__)[-1].text == "iki sene"


def test_ink_of_the_line_below_is_no_part_of_a_letter() -> None:
    picture = drawn("tarih sene")
    stem = np.flatnonzero(picture[40, :, 0] < 128)
    pictures = [*(drawn(printed) for _, printed in TURKISH), picture]
    readings = [*(reading(read) for read, _ in TURKISH), reading("tarih sene")]
    for left in stem:
        pictures[-1] = picture.copy()
        pictures[-1][50:54, left : left + 3] = 0
        assert with_known_shapes(readings, pictures.__getitem__)[-1].text == "tarih sene"

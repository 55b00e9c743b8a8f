"""Digits that stand raised within a word, which a text layer tells as any others."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine.pdf.letters.exponents import WITH_DIGIT

from ....documents import mapped_pdf, shown_pdf, stream


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>"
Part = tuple[str, float, float]
"""What is written, in letters of which size, how far above the line."""


def read(tmp_path: Path, shown: str, *fonts: bytes, quarters: int = 0) -> str:
    path = tmp_path / "raised.pdf"
    objects = [FONT % font for font in fonts or (b"Helvetica",)]
    data = shown_pdf(shown.encode("cp1252"), *objects, fonts=len(objects))
    path.write_bytes(data.replace(b"/MediaBox", b"/Rotate %d /MediaBox" % (90 * quarters)))
    return ocr(path, model="local/text").pages[0].markdown


def shown(*parts: Part, x: float = 72, y: float = 400, scaled: bool = False) -> str:
    """Return the operators of a line; *scaled* are those of programs that size letters by the matrix."""
    out = [f"1 0 0 1 {x} {y} Tm"]
    for text, size, rise in parts:
        said = text.replace("(", "\\(").replace(")", "\\)")
        if scaled:
            wide = sum(0.278 if letter in " .,-/()" else 0.556 for letter in text) * size
            out.append(f"{size} 0 0 {size} {x} {y + rise} Tm /F1 1 Tf ({said}) Tj")
            x += wide
        else:
            out.append(f"/F1 {size} Tf {rise} Ts ({said}) Tj")
    return " ".join(out)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(("size", "rise"), [(8, 4), (7, 4), (9.9, 3), (6.5, 3.3), (6, 5)])
@pytest.mark.parametrize(
    ("before", "mark", "after", "expected"),
    [
        ("24.91", "2", " 250", "24.91² 250"),
        ("250 10", "-3", " 250", "250 10⁻³ 250"),
        ("250 10", "12", ", 250", "250 10¹², 250"),
        ("2024 17.5", "1)", "", "2024 17.5¹)"),
        ("18", "1,2", " 250", "18¹,² 250"),
        ("2 5", "2", "/4 2", "2 5 2/4 2"),
    ],
)
def test_raised_digits_are_told_within_a_word(
    tmp_path: Path, before: str, mark: str, after: str, expected: str, size: float, rise: float, scaled: bool
) -> None:
    assert read(tmp_path, shown((before, 12, 0), (mark, size, rise), (after, 12, 0), scaled=scaled)) == expected


def test_a_power_is_told_that_pdfium_takes_for_a_line_of_its_own(tmp_path: Path) -> None:
    lines = (
        [("E = mc", 12, 0), ("2", 10, 7), (" and 2.5 xm", 12, 0), ("-3", 10, 7), (", nm", 12, 0), ("2+", 10, 7)],
        [("of the column cm", 12, 0), ("       2 of the next one", 10, 7)],
        [("the new room", 12, 0)],
        [("12 is on another line", 10, 0)],
    )
    said = " ".join(shown(*line, y=400 - 30 * row) for row, line in enumerate(lines))
    told = "E = mc² and 2.5 xm⁻³, nm²⁺ of the column cm 2 of the next one the new room 12 is on another line"
    assert " ".join(read(tmp_path, said).split()) == told


def test_raised_digits_are_told_behind_letters_beyond_the_first_65536_characters(tmp_path: Path) -> None:
    codes = "x + x + x = 24.91) Tj /F1 12 Tf 8 Ts (2) Tj /F1 20 Tf 0 Ts ( of 15"
    path = tmp_path / "formula.pdf"
    path.write_bytes(mapped_pdf(codes, {**{code: code for code in "+=0123456789.of"}, "x": "\U0001d465"}, font="CMath"))
    assert ocr(path, model="local/text").pages[0].markdown == "x + x + x = 24.91² of 15"


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_raised_digits_are_told_on_a_page_that_lies_otherwise(tmp_path: Path, quarters: int) -> None:
    turn = {1: "0 1 -1 0 400 0", 2: "-1 0 0 -1 500 500", 3: "0 -1 1 0 0 500"}[quarters]
    line = f"ET q {turn} cm BT {shown(('Sold 24.91', 12, 0), ('2', 8, 4), (' of 15', 12, 0))} ET Q BT"
    assert read(tmp_path, line, quarters=quarters) == "Sold 24.91² of 15"


def test_what_is_no_raised_digit_stays(tmp_path: Path) -> None:
    lines = (
        [("H", 12, 0), ("2", 8, -3), ("O and log", 12, 0), ("10", 8, -3), (" 5", 12, 0)],
        [("the 1", 12, 0), ("st", 8, 4), (" of May 2024", 12, 0)],
        [("it has 1", 12, 0), ("2 of the small digits.", 8, 0)],
    )
    said = " ".join(shown(*line, y=400 - 40 * row) for row, line in enumerate(lines))
    assert read(tmp_path, said).split("\n\n") == [
        "H2O and log10 5",
        "the 1st of May 2024",
        "it has 12 of the small digits.",
    ]


def test_a_word_may_begin_with_raised_digits(tmp_path: Path) -> None:
    line = shown(("so", 12, 0), ("1", 8, 4), (" the ", 12, 0), ("14", 8, 4), ("C and", 12, 0))
    assert read(tmp_path, line) == "so¹ the ¹⁴C and"


def test_digits_of_fonts_that_differ_in_depth_stand_on_one_line(tmp_path: Path) -> None:
    line = "1 0 0 1 72 400 Tm /F1 12 Tf (Sold 24) Tj /F2 12 Tf (17 of 15) Tj /F1 12 Tf (3 more) Tj"
    assert read(tmp_path, line, b"Helvetica", b"Courier") == "Sold 2417 of 153 more"


def test_a_prime_of_symbols_is_no_raised_zero(tmp_path: Path) -> None:
    line = "1 0 0 1 72 400 Tm /F1 12 Tf (so f) Tj /F2 8 Tf 4 Ts (0) Tj /F1 12 Tf 0 Ts ( and m) Tj /F1 8 Tf 4 Ts (0) Tj"
    assert read(tmp_path, line, b"Helvetica", b"txsy") == "so f′ and m⁰"


def superiors() -> list[bytes]:
    """The objects of a font in which the codes from 0x80 on are small digits of its own, high above the line."""
    names = " ".join(f"/c{code}" for code in range(33, 138))
    procs = " ".join(f"/c{code} {6 if code < 128 else 7} 0 R" for code in range(33, 138))
    unicode = b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 2 beginbfrange" + (
        b" <20> <7e> <0020> <80> <89> <0030> endbfrange endcmap"
    )
    return [
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 -200 500 800] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 32"
        b" /LastChar 137 /Widths [%b] /Encoding << /Differences [33 %b] >> /CharProcs << %b >> /ToUnicode 8 0 R >>"
        % (b"500 " * 106, names.encode(), procs.encode()),
        stream(b"500 0 50 0 450 700 d1 50 0 400 700 re f"),
        stream(b"500 0 50 400 450 700 d1 50 400 400 300 re f"),
        stream(unicode),
    ]


@pytest.mark.parametrize("quarters", [0, 1])
def test_small_digits_of_a_font_are_raised_though_all_are_of_one_size(tmp_path: Path, quarters: int) -> None:
    """Those of Typst's own font are so: the marks of notes became digits of a year."""
    texts = [
        rb"Made in 2019\201 of 25 m\202 with 'them'.\203 Sold 24.917 in 3 of 2024",
        rb"\201The note of page 4",
    ]
    lines = b" ".join(b"1 0 0 1 72 %d Tm /F1 12 Tf (%b) Tj" % (300 - 40 * row, text) for row, text in enumerate(texts))
    path = tmp_path / "raised.pdf"
    turned = b"ET q 0 1 -1 0 400 0 cm BT %b ET Q BT" % lines if quarters else lines
    path.write_bytes(shown_pdf(turned, *superiors()).replace(b"/MediaBox", b"/Rotate %d /MediaBox" % (90 * quarters)))
    assert ocr(path, model="local/text").pages[0].markdown.split("\n\n") == [
        "Made in 2019¹ of 25 m² with 'them'.³ Sold 24.917 in 3 of 2024",
        "¹ The note of page 4",
    ]


def test_a_digit_beside_another_sign_is_found_wherever_it_stands() -> None:
    simply, chance = re.compile(r"\S[0-9]|[0-9]\S"), random.Random(3)
    for _ in range(3000):
        text = "".join(chance.choices("12a \t²", (1, 1, 1, 4, 1, 1), k=chance.randint(0, 6)))
        assert (WITH_DIGIT.search(text) is None) == (simply.search(text) is None), text

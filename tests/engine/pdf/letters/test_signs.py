from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async.engine.pdf.letters.signs import seen, shows_signs
from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage

from ....documents import pdf, stream


@pytest.mark.parametrize(
    ("text", "font", "shown"),
    [
        ("\uf0a7", "ABCDEF+Wingdings-Regular", "▪"),
        ("l", "Wingdings", "●"),
        ("\uf0e0", "Wingdings", "→"),
        ("\uf0b7", "Symbol", "•"),
        ("\uf0a3", "SymbolMT", "≤"),
        ("→", "Wingdings", "→"),
        ("\uf0ff", "Webdings", "•"),
        ("\uf00c", "BAAAAA+FontAwesome", "✓"),
        ("\uf005\uf005", "FontAwesome5Free-Regular-400", "☆☆"),
        ("\uf005", "FontAwesome5Free-Solid-900", "★"),
        ("þ", "FontAwesome5Free-Solid", "þ"),
        ("T", "KCXMNX+MarVoSym", "☎"),
        ("2", "wasy10", "☐"),
        ("12", "wasy10", "12"),
        ("♂", "wasy10", "♂"),
    ],
)
def test_letters_of_a_symbol_font_are_the_signs_that_it_shows(text: str, font: str, shown: str) -> None:
    assert shows_signs(font)
    assert seen(text, font, 10.0, 10.0, first=True) == shown


def test_a_letter_too_wide_to_be_one_is_a_bullet_at_a_lines_begin_and_else_nothing() -> None:
    assert seen("y", "", 10.0, 10.0, first=True) == "•"
    assert seen("¨", "", 10.0, 10.0, first=False) == ""


def test_letters_of_a_font_without_a_name_stay() -> None:
    assert [seen(letter, "", 9.9, 10.0, first=True) for letter in "mM—"] == ["m", "M", "—"]
    assert seen("y", "", 5.0, 10.0, first=True) == "y"
    assert not shows_signs("Helvetica")


def test_signs_that_are_as_wide_as_high_by_nature_stay() -> None:
    assert [seen(sign, "", 10.0, 10.0, first=False) for sign in "（）。→●√"] == list("（）。→●√")
    assert seen("\uf0b7", "", 10.0, 10.0, first=False) == ""


WIDE = b"[%b]" % b" ".join([b"1000"] * 224)
FONTS = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    b"<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+Wingdings-Regular /FirstChar 32 /LastChar 255 /Widths "
    + WIDE
    + b" /FontDescriptor 7 0 R >>",
    b"<< /Type /FontDescriptor /FontName /ABCDEF+Wingdings-Regular /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
    b"/Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>",
)


def read_as(
    tmp_path: Path, *pieces: tuple[int, bytes], font: bytes = b"Wingdings-Regular", wide: bytes = b"1000"
) -> str:
    """Return what is read of a line of *pieces*, each with its font: 0 is Helvetica, 1 *font*, *wide* letters."""
    fonts = [each.replace(b"Wingdings-Regular", font).replace(b"1000 1000", b"%b %b" % (wide, wide)) for each in FONTS]
    row = b" ".join(b"/F%d 10 Tf (%b) Tj" % piece for piece in pieces)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F0 5 0 R /F1 6 0 R >> >> >>"
    )
    content = stream(
        b"BT 1 0 0 1 72 700 Tm %b 1 0 0 1 72 686 Tm /F0 10 Tf (and so on, as it goes on here.) Tj ET" % row
    )
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    path = tmp_path / "signs.pdf"
    path.write_bytes(pdf([*catalog, page, content, *fonts]))
    ((_, answer),) = read(FileOnDisk(path=path), None, "text", PageOptions())
    assert isinstance(answer, OCRPage)
    return answer.markdown


def test_an_arrow_in_the_middle_of_a_line_is_the_sign_that_its_own_font_shows(tmp_path: Path) -> None:
    said = read_as(tmp_path, (0, b"Choose File "), (1, b"\xe0"), (0, b" Open or Save in the menu of the window"))
    assert said.startswith("Choose File → Open or Save in the menu of the window and so on")


def test_a_sign_that_nobody_knows_leaves_its_line_whole(tmp_path: Path) -> None:
    said = read_as(tmp_path, (0, b"Choose File "), (1, b"\xd0"), (0, b" Open or Save in the menu of the window"))
    assert said.startswith("Choose File Open or Save in the menu of the window and so on")


def test_letters_after_a_sign_that_begins_their_line_stay_letters(tmp_path: Path) -> None:
    said = read_as(tmp_path, (1, b"\xe0"), (0, b" Choose Open or Save in the menu of the window"))
    assert said.startswith("→ Choose Open or Save in the menu of the window")


def test_a_letter_with_an_accent_that_stands_alone_is_no_sign(tmp_path: Path) -> None:
    assert "va \xe0 Rome, \xd0 et \xc6 aussi" in read_as(
        tmp_path, (0, b"il va \xe0 Rome, \xd0 et \xc6 aussi, dit-il ici")
    )


@pytest.mark.parametrize("font", [b"TeX-feymr10", b"MarVoSym"])
def test_an_e_of_a_font_of_euros_is_a_euro(tmp_path: Path, font: bytes) -> None:
    """Beside an amount or as part of it; an "e" of another font stays."""
    row = (0, b"Fee 25,00 "), (1, b"e"), (0, b" and 4"), (1, b"e"), (0, b" in all, and 4 e 5")
    assert read_as(tmp_path, *row, font=font, wide=b"444").startswith("Fee 25,00 € and 4€ in all, and 4 e 5 and so on")
    assert read_as(tmp_path, (1, b"e"), (0, b" 9,50 in all"), font=font, wide=b"444").startswith(
        "€ 9,50 in all and so on"
    )

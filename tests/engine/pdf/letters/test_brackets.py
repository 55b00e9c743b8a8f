"""Angle brackets of TeX's symbols around words, whose codes are letters."""

from __future__ import annotations

from pathlib import Path

from ocr_async import ocr

from ....documents import shown_pdf


def read(tmp_path: Path, symbols: bytes) -> str:
    """Return what is read of lines in two fonts, the second of which has the name *symbols*."""
    shown = (
        rb"/F1 10 Tf (print[) Tj /F2 10 Tf (h) Tj /F1 10 Tf (options) Tj /F2 10 Tf (i) Tj /F1 10 Tf (] takes ) Tj"
        rb" /F2 10 Tf (h) Tj /F1 10 Tf (a few) Tj /F2 10 Tf (i) Tj /F1 10 Tf ( of them in a hurry) Tj"
    )
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /FirstChar 104 /LastChar 105 /Widths [389 389] >>" % symbols
    path = tmp_path / "page.pdf"
    roman = b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"
    path.write_bytes(shown_pdf(b"72 300 Td %b" % shown, roman, font, fonts=2))
    return ocr(path, model="local/text").pages[0].markdown.replace("\\", "")


def test_brackets_of_tex_are_none_of_the_letters_they_have_the_codes_of(tmp_path: Path) -> None:
    assert read(tmp_path, b"KGZZOK+CMSY10") == "print[⟨options⟩] takes ⟨a few⟩ of them in a hurry"


def test_letters_of_other_fonts_stay(tmp_path: Path) -> None:
    assert read(tmp_path, b"Times-Italic") == "print[hoptionsi] takes ha fewi of them in a hurry"

"""Dashes, quotation marks and primes come as the page has them, not as a typewriter's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.models import FileOnDisk

from ....documents import mapped_pdf, shown_pdf


WINDOWS = b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>"
SIGNS = "‘’‚′“”„″‒–—―−"


def read(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return ocr(path, model="local/text").pages[0].markdown


def printed(tmp_path: Path, *lines: str, font: str = "Times-Roman") -> str:
    """Return what is read of *lines*."""
    shown = b"".join(b"(%b) ' " % line.encode("cp1252") for line in lines)
    return read(tmp_path / "page.pdf", shown_pdf(b"/F1 11 Tf 14 TL 60 300 Td " + shown, WINDOWS % font.encode()))


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("codes", ["He saidWand went", "He said W and went", "a WquoteW", "5W 3 W"])
def test_a_sign_is_the_one_of_the_page(tmp_path: Path, sign: str, codes: str) -> None:
    told = {letter: letter for letter in codes if letter != "W"} | {"W": sign}
    assert read(tmp_path / "page.pdf", mapped_pdf(codes, told, font="Times-Roman")) == codes.replace("W", sign)


@pytest.mark.parametrize("hyphen", "‐‑-")
def test_hyphens_are_plain(tmp_path: Path, hyphen: str) -> None:
    told = {letter: letter for letter in "as well known"} | {"W": hyphen, "X": "’"}
    assert read(tmp_path / "page.pdf", mapped_pdf("as wellWknownX", told, font="Times-Roman")) == "as well-known’"


def test_a_word_that_the_page_has_in_two_ways_is_told_by_its_place(tmp_path: Path) -> None:
    both = "The pages 10-12 and 10–12 – or 'so' - are “these”, and 'so' and ‘so’ is told."
    assert printed(tmp_path, both) == both


def test_code_keeps_what_a_machine_reads(tmp_path: Path) -> None:
    assert "print('a', -1)" in printed(tmp_path, "print(‘a’, –1)", "print(‘b’, –2)", font="Courier")


def test_a_dash_without_spaces_needs_none_at_the_end_of_a_line(tmp_path: Path) -> None:
    said = printed(
        tmp_path, "It was so in all of the years 1990–", "1995, as they said — and they knew—", "until it was over."
    )
    assert said == "It was so in all of the years 1990–1995, as they said — and they knew—until it was over."


def test_the_words_of_a_line_have_its_signs(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(shown_pdf(b"/F1 11 Tf 60 300 Td (It\x92s \x93so\x94 \x96 or not) Tj", WINDOWS % b"Times-Roman"))
    (page,) = text_layer.parser().parse(str(path)).pages
    document = Pdf(FileOnDisk(path=path))
    (line,) = text_layer.sheet(page, (), document.fonts(0)).lines
    document.close()
    assert [word.text for word in line.words] == ["It’s", "“so”", "–", "or", "not"]

"""The maps of codes to characters that Ghostscript 10.00 writes, and which of them are right as they are."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.models import OCRPage

from ...documents import pdf, stream


HEAD = b"%%PDF-1.7\n%%%%Invocation: gs\n%% GPL Ghostscript %b\n"


def read(path: Path, codes: bytes, letters: dict[int, str], version: bytes) -> OCRPage:
    """Return a page that shows *codes* of a font that says that they are *letters*, as a *version* makes it."""
    entries = "\n".join(f"<{code:02x}><{code:02x}><{ord(letter):04x}>" for code, letter in letters.items())
    told = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(letters)} beginbfrange\n{entries}\nendbfrange\nendcmap end end"
    )
    data = pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 300] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            stream(b"BT /F1 12 Tf 50 200 Td <%b> Tj ET" % codes.hex().encode()),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Letters /ToUnicode 6 0 R"
            b" /FirstChar 1 /LastChar 255 /Widths [%b] >>" % (b"600 " * 255),
            stream(told.encode()),
        ]
    )
    path.write_bytes(re.sub(rb"^%PDF-...\n", HEAD % version, data))
    return ocr(path, model="local/text").pages[0]


def set_in(text: str, first: str) -> tuple[bytes, dict[int, str]]:
    """Return the codes of *text* in a font that has all letters from *first* on from code 0x80 on, and their map."""
    order = [chr(code) for code in range(ord(first), 0x10000) if unicodedata.category(chr(code)) != "Cn"]
    codes = {letter: ord(letter) if letter.isascii() else 0x80 + order.index(letter) for letter in text}
    return bytes(map(codes.__getitem__, text)), {code: letter for letter, code in sorted(codes.items())}


def joined(letters: dict[int, str]) -> dict[int, str]:
    """Return what the program makes of a map of *letters*."""
    out: dict[int, str] = {}
    for _, group in groupby(letters.items(), lambda each: each[0] - ord(each[1])):
        for _, run in groupby(enumerate(group), lambda each: each[1][0] - each[0]):
            codes = [code for _, (code, _) in run]
            first = ord(letters[codes[0]])
            wrong = (first >> 8 | first & 0xFF) if len(codes) > 1 else first
            out.update((code, chr(wrong + code - codes[0])) for code in codes)
    return out


TEXTS = {
    "Russian": ("Съешь же ещё этих мягких французских булок, да выпей чаю: 12 500 рублей", "А"),
    "Greek": ("Ξεσκεπάζω την ψυχοφθόρα βδελυγμία: Σύνολο πληρωμής 12.500 ευρώ", "Ά"),
    "Polish": ("Łatwy źdźbło gęś jaźń, śnieg: łąka, ćma", "Ą"),
    "Turkish": ("güneş ışığı, İnşaat ve Şirket, öğrenci", "ç"),
    "signs": ("the “first” one, and it isn’t the ‘last’ of 12 pages…", "‐"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_letters_whose_bytes_were_joined_are_told_by_those_beside_them(name: str, tmp_path: Path) -> None:
    text, first = TEXTS[name]
    codes, letters = set_in(text, first)
    wrong = joined(letters)
    assert wrong != letters
    page = read(tmp_path / "a.pdf", codes, wrong, b"10.00.0")
    assert page.markdown == text
    assert "warnings" not in page.extra
    assert read(tmp_path / "b.pdf", codes, letters, b"10.00.0").markdown == text  # what is right stays
    assert read(tmp_path / "c.pdf", codes, wrong, b"10.03.1").markdown != text  # of others nothing is known


def test_letters_that_nothing_stands_beside_are_told_to_be_unknown(tmp_path: Path) -> None:
    codes, letters = set_in("Țara și limba ei", "Ș")
    page = read(tmp_path / "a.pdf", codes, joined(letters), b"10.00.0")
    assert page.markdown == "\ufffdara \ufffdi limba ei"
    assert "\ufffd" in page.extra["warnings"][0]


@pytest.mark.parametrize("others", ["abcdefgh", "0123456789", "()", "[\\]", "ÀÁÂ", "¼½¾"])
def test_letters_of_other_shapes_stay_what_they_are(others: str, tmp_path: Path) -> None:
    text = "plain text – then €: " + others
    codes = {letter: ord(letter) for letter in text if letter.isascii()} | {"–": 0x81, "€": 0x90}
    told = {code: letter for letter, code in codes.items()} | dict(enumerate(others, 0xA0))
    said = bytes(codes[letter] for letter in text[: -len(others)]) + bytes(range(0xA0, 0xA0 + len(others)))
    assert read(tmp_path / "a.pdf", said, told, b"10.00.0").markdown == text.replace("\\", "\\\\")

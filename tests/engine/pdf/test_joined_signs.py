"""The maps of Ghostscript 10.00 in whose fonts letters are numbered by first use: signs are told by their shapes."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.models import OCRPage

from ...documents import pdf, stream


HEAD = b"%%PDF-1.7\n%%%%Invocation: gs\n%% GPL Ghostscript %b\n"
SIGNS = {
    "–": (240, 300),
    "−": (300, 360),
    "’": (480, 720),
    "‘": (480, 720),
    "„": (-110, 110),
    "”": (480, 720),
    "•": (200, 500),
}
SIGNS |= {
    "€": (-10, 720),
    "≤": (0, 650),
    "…": (0, 110),
    " ": (0, 0),
    "[": (-150, 760),
    "=": (200, 450),
    ",": (-110, 110),
}
SIGNS |= {"/": (-100, 720), ".": (0, 110), ":": (0, 500), "-": (230, 290), "ß": (-10, 740), "{": (-150, 760)}


def box(letter: str) -> tuple[int, int, int, int, int]:
    """Return how wide *letter* is and where it begins and ends, in thousandths of an em."""
    tall = 720 if letter.isupper() or letter.isdigit() else 740 if letter in "bdfhklti" else 530
    bottom, top = SIGNS.get(letter, (-200 if letter in "gjpqyąę" else 0, tall))
    return 500, 20, bottom, 460, top


def truetype(letters: str) -> bytes:
    """Return a font whose glyphs from 1 on are boxes in the places of *letters*."""
    widths, glyphs, places = struct.pack(">Hh", 500, 0), b"", [0, 0]
    for letter in letters:
        width, left, bottom, right, top = box(letter)
        widths += struct.pack(">Hh", width, left)
        if top > bottom:
            glyphs += struct.pack(">5h2H", 1, left, bottom, right, top, 3, 0) + b"\1" * 4
            wide, high = right - left, top - bottom
            glyphs += struct.pack(">8h", left, wide, 0, -wide, bottom, 0, high, 0)
        places.append(len(glyphs))
    tables = {
        b"glyf": glyphs,
        b"head": struct.pack(
            ">4I2H2Q4h2H3h", 0x10000, 0, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, -300, 1000, 1000, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">I3hH11hH", 0x10000, 800, -200, 0, 1000, *[0] * 11, len(letters) + 1),
        b"hmtx": widths,
        b"loca": struct.pack(f">{len(places)}I", *places),
        b"maxp": struct.pack(">I14H", 0x10000, len(letters) + 1, 4, 1, *[0] * 11),
    }
    out, rest = struct.pack(">I4H", 0x10000, len(tables), 64, 2, 32), b""
    for name, data in tables.items():
        out += name + struct.pack(">3I", 0, 12 + 16 * len(tables) + len(rest), len(data))
        rest += data + bytes(-len(data) % 4)
    return out + rest


def read(path: Path, text: str, *, version: bytes = b"10.00.0") -> OCRPage:
    """Return a page with *text* in a font whose letters are numbered by first use."""
    letters = "".join(dict.fromkeys(text))
    codes = "".join(f"{letters.index(letter) + 1:04x}" for letter in text)
    told = [ord(letter) >> 8 | ord(letter) & 0xFF for letter in letters]
    entries = "\n".join(f"<{code:04x}><{code:04x}><{letter:04x}>" for code, letter in enumerate(told, 1))
    widths = " ".join(str(box(letter)[0]) for letter in letters)
    data = pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 300] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            stream(b"BT /F1 12 Tf 50 200 Td <%b> Tj ET" % codes.encode()),
            b"<</BaseFont/ABCDEF+Letters/ToUnicode 6 0 R/Type/Font\n"
            b"/Encoding /Identity-H/DescendantFonts[7 0 R]/Subtype/Type0>>",
            stream(
                b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
                b"1 begincodespacerange <0000> <ffff> endcodespacerange\n"
                b"%d beginbfrange\n%b\nendbfrange\nendcmap end end" % (len(letters), entries.encode())
            ),
            b"<</BaseFont/ABCDEF+Letters/FontDescriptor 8 0 R/Type/Font/CIDToGIDMap /Identity/DW 500\n"
            b"/W[1[%b]]/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/Subtype/CIDFontType2>>"
            % widths.encode(),
            b"<</Type/FontDescriptor/FontName/ABCDEF+Letters/FontBBox[0 -300 1000 1000]/Flags 4\n"
            b"/Ascent 800/CapHeight 720/Descent -200/ItalicAngle 0/StemV 80/FontFile2 9 0 R>>",
            stream(truetype(letters)),
        ]
    )
    path.write_bytes(re.sub(rb"^%PDF-...\n", HEAD % version, data))
    return ocr(path, model="local/text").pages[0]


@pytest.mark.parametrize(
    "text",
    [
        "l’eau d’une ville − 197,13 € et 2013–2014… • 93 ≤ 245 not at all of it: DEFH",
        "„Stal” – 12 dni, 14:30–21:10 and 9 or 8 of the ‘lot’",
    ],
)
def test_signs_with_both_bytes_joined_are_told_by_where_they_stand(text: str, tmp_path: Path) -> None:
    page = read(tmp_path / "a.pdf", text)
    assert page.markdown == text
    assert "warnings" not in page.extra
    assert read(tmp_path / "b.pdf", text, version=b"10.03.1").markdown != text  # of others nothing is known


@pytest.mark.parametrize("text", ["Cabin 14 El Cid QANTAS a line 1, 239 = {up} [in] / 5", "größe: iß, LA zns E1 8"])
def test_letters_that_are_what_their_map_says_stay_so(text: str, tmp_path: Path) -> None:
    assert read(tmp_path / "a.pdf", text).markdown == text


def test_letters_that_come_as_controls_are_told_to_be_unknown(tmp_path: Path) -> None:
    page = read(tmp_path / "a.pdf", "są tu i będą")
    assert page.markdown == "s\ufffd tu i b\ufffdd\ufffd"
    assert "\ufffd" in page.extra["warnings"][0]

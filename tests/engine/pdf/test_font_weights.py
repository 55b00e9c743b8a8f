"""Bold type is told by a font's name, and by the width of its stems only where the name says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine.pdf.letters.fonts import face

from ...documents import pdf, stream
from .told import sheet_of


def page(fonts: list[tuple[str, int]], lines: list[tuple[int, str]]) -> bytes:
    """Return a page whose *lines* are set in one of the *fonts*, each of a name and the width of its stems."""
    content = "BT 14 TL 72 700 Td " + " ".join(f"/F{font} 10 Tf ({text}) ' " for font, text in lines) + "ET"
    names = b" ".join(b"/F%d %d 0 R" % (number, 5 + 2 * number) for number in range(len(fonts)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << %s >> >> >>"
        % names,
        stream(content.encode()),
    ]
    widths = b" ".join(b"500" for _ in range(95))
    for number, (name, stem) in enumerate(fonts):
        objects += [
            b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /FirstChar 32 /LastChar 126 /Widths [%s]"
            b" /FontDescriptor %d 0 R >>" % (name.encode(), widths, 6 + 2 * number),
            b"<< /Type /FontDescriptor /FontName /%s /Flags 32 /ItalicAngle 0 /Ascent 700 /Descent -200"
            b" /CapHeight 650 /StemV %d >>" % (name.encode(), stem),
        ]
    return pdf(objects)


TEXT = [(0, "The vessel is filled with water up to the mark, and")] * 4


@pytest.mark.parametrize(
    ("fonts", "bold"),
    [
        ([("ABCDEF+Times-Roman", 139), ("ABCDEF+Times-Bold", 140)], True),  # as Ghostscript tells them
        ([("Times-Roman", 80), ("Times-Italic", 139)], False),
        ([("DejaVuSans", 45), ("NotoSansMono-Regular", 141)], False),
        ([("GulliverRM", 96), ("GulliverBL", 169)], True),
        ([("CMR7", 168), ("CMTT8", 135)], False),
        ([("CMR7", 168), ("F7", 168)], False),
    ],
)
def test_bold_is_what_is_so_named_or_heavier_than_the_text(fonts: list[tuple[str, int]], bold: bool) -> None:
    sheet = sheet_of(page(fonts, [(1, "The vessel"), *TEXT]))
    assert [line.bold for line in sheet.lines] == [bold, *[False] * len(TEXT)]


@pytest.mark.parametrize(
    ("font", "even"),
    [
        ("CMTT9", True),
        ("CMSLTT10", True),
        ("CMITT10", True),
        ("SFTT1000", True),
        ("SFST1095", True),
        ("SFIT0900", True),
        ("ECIT1000", True),
        ("t1xtt", True),
        ("txbtt", True),
        ("SourceCodePro-Regular", True),
        ("TeXGyreCursor-Regular", True),
        ("LMMono10-Regular", True),
        ("SFTI1095", False),  # the italics of running text
        ("SFBX1000", False),
        ("MonotypeCorsiva", False),
        ("Monotype-GillSans", False),
        ("BitstreamVeraSans", False),
    ],
)
def test_a_typewriter_is_told_by_its_name_whichever_way_it_leans(font: str, even: bool) -> None:
    assert face(font)[2] == even


def test_fonts_of_which_a_browser_draws_the_letters_have_the_names_of_their_descriptors(tmp_path: Path) -> None:
    """The parser reads none, so that bold headings were not told, and dashes, wide as signs are, came as none."""
    rows = ["Known problems", *["The vessel is filled with water ~ up to the mark ~ and then"] * 4]
    content = "BT 14 TL 72 700 Td " + " ".join(f"/F{row > 0:d} 10 Tf ({text}) '" for row, text in enumerate(rows))
    codes = b"1 begincodespacerange <20> <7e> endcodespacerange 2 beginbfrange <20><7d><0020> <7e><7e><2014> endbfrange"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Producer (Skia/PDF m156) >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F0 7 0 R /F1 9 0 R >> >> >>",
        stream(f"{content} ET".encode()),
        stream(b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def %b endcmap end" % codes),
        stream(b"500 0 0 0 400 500 d1 0 0 400 500 re f"),
    ]
    for name in (b"OldStyle-SemiboldOfAnEndlessFamily-Bold", b"OldStyle-Roman"):
        objects += [
            b"<</Type /Font\n/Subtype /Type3\n/FontMatrix [.001 0 0 .001 0 0]\n/FirstChar 32\n/LastChar 126\n"
            b"/FontBBox [0 0 1000 700]\n/CIDToGIDMap /Identity\n/ToUnicode 5 0 R\n/FontDescriptor %d 0 R\n/Widths [%b]"
            b"/Encoding <</Type /Encoding\n/Differences [32 %b]>>\n/CharProcs <</g 6 0 R>>>>"
            % (len(objects) + 2, b"500 " * 94 + b"1000", b"/g " * 95),
            b"<</Type /FontDescriptor\n/FontName /AAAAAA+%b\n/Flags 4>>" % name,
        ]
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(objects))
    (page,) = ocr(path, model="local/text").pages
    assert page.markdown.startswith("## Known problems")
    assert page.markdown.count("\u2014") == 8

"""Ligatures, quotation marks and dashes of TeX's bitmap fonts, which have neither a name nor a map to characters."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr

from ....documents import shown_pdf, stream


def read(tmp_path: Path, *lines: str) -> str:
    """
    Return what is read of *lines* of codes, in a font whose letters are boxes half as wide as high.

    Words behind an "@" are in another font of the same kind.
    """
    path = tmp_path / "page.pdf"
    codes = b" ".join(b"/a%d" % code for code in range(256))
    shapes = b" ".join(b"/a%d 7 0 R" % code for code in range(256))
    drawn = b" T* ".join(
        b" ".join(
            b"/F%d 10 Tf <%s> Tj 3 0 Td"
            % (1 + word.startswith("@"), word.removeprefix("@").encode("latin-1").hex().encode())
            + _back(word.removeprefix("@"))
            for word in line.split(" ")
        )
        for line in lines
    )
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 500 700] /FontMatrix [.001 0 0 .001 0 0]"
        b" /FirstChar 0 /LastChar 255 /Widths [%b] /CharProcs << %b >>"
        b" /Encoding << /Type /Encoding /Differences [0 %b] >> >>" % (b"500 " * 256, shapes, codes)
    )
    shape = stream(b"500 0 0 0 450 700 d1 0 0 450 700 re f")
    path.write_bytes(shown_pdf(b"14 TL 20 300 Td %b" % drawn, font, font, shape, fonts=2))
    return ocr(path, model="local/text").pages[0].markdown


def _back(word: str) -> bytes:
    """Move on to where the next word begins: `Td` counts from the start of the line."""
    return b" %g 0 Td" % (5 * len(word))


@pytest.mark.parametrize(
    ("codes", "meant"),
    [
        ("an e\x1bect of \x1cve con\x1dicting su\x1eciency", "an effect of five conflicting sufficiency"),
        ("the tide \x15 if it comes \x15 is \x10high\x11", "the tide – if it comes – is “high”"),
        ("\x15 if it comes", "- if it comes"),
        ("no e\x0bect in the de\x0cned \x0cle", "no effect in the defined file"),
        ("a su\x0ecient e\x0bort", "a sufficient effort"),
        (
            "\xbalu\xb4ou\xa3k\xfd k\xb7\xac \x8ad\xb9 \x10\x9b\xf3\xb3\x11",
            "žluťoučký kůň Łdź “Żóş”",
        ),
        ("\x10Das\x11 gro\xffe Ma\xff", "“Das” große Maß"),
        ("der \rletzte\x10 \xd6\x1bner war gro\xff", "der ‚letzte“ Öffner war groß"),
        ("\x10Er\x11 zahlt \xbf300 nach \x9f3", "“Er” zahlt £300 nach §3"),
        ("Er zahlt 300 @\xbf o\x1ben", "Er zahlt 300 € offen"),
        ("der Flu\x19 ist o\x0ben", "der Fluß ist offen"),
        ("\x10\x19l\x19k\x11 ki\xb3i", "“ılık” kişi"),
        ("the area of 10 m\xb2 here", "the area of 10 m² here"),  # in a font that does not show that it is TeX's
        ("di\x1berent at 5 \xb0 and 3 \xd7 4", "different at 5 ° and 3 × 4"),
    ],
)
def test_codes_of_fonts_without_a_name_are_those_of_tex(tmp_path: Path, codes: str, meant: str) -> None:
    assert read(tmp_path, codes) == meant

"""
The font of invisible text: one glyph without ink, half an em wide, and what each of its codes means.

The glyph of `glyphless.ttf` is a line from (0, 0) to (500, 1000), in 1000 units: it has a box, without which pdfium
passes over words of one letter, and no area. The font was made with fontTools' FontBuilder.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any


__all__ = ["Codes", "embedded"]

_MOST = 0xFFFE  # codes of two bytes; 0 is no character
_AT_ONCE = 100  # lines of a CMap's section
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{sections}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class Codes:
    """The codes of a document's characters, in the order in which they come."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, text: str) -> str:
        """Return the codes of *text* in hexadecimal; a 65,535th character is told as the replacement character."""
        return "".join(f"{self._code(character):04X}" for character in text)

    def _code(self, character: str) -> int:
        code = self._codes.get(character)
        if code is None:
            if len(self._codes) >= _MOST - 1 and character != "\ufffd":
                return self._code("\ufffd")
            code = self._codes[character] = len(self._codes) + 1
        return code

    def to_unicode(self) -> bytes:
        """Return the CMap that tells what the codes mean."""
        lines = [
            f"<{code:04X}> <{character.encode('utf-16-be', 'replace').hex().upper()}>"
            for character, code in self._codes.items()
        ]
        sections = [
            f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar"
            for part in (lines[start : start + _AT_ONCE] for start in range(0, len(lines), _AT_ONCE))
        ]
        return _CMAP.format(sections="\n".join(sections)).encode("ascii")


def embedded(pdf: Any, font: Any, codes: Codes) -> None:
    """Make *font*, a dictionary of *pdf*, the font of *codes*."""
    from pikepdf import Array, Dictionary, Name, Stream, String

    def packed(data: bytes, **facts: Any) -> Any:
        return pdf.make_indirect(Stream(pdf, zlib.compress(data), Filter=Name.FlateDecode, **facts))

    file = Path(__file__).with_name("glyphless.ttf").read_bytes()
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name.Glyphless,
        Flags=5,  # of one width, with characters of its own
        FontBBox=Array([0, 0, 500, 1000]),
        ItalicAngle=0,
        Ascent=1000,
        Descent=0,
        CapHeight=1000,
        StemV=80,
        FontFile2=packed(file, Length1=len(file)),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.Glyphless,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=500,
        CIDToGIDMap=packed(b"\0\1" * 0x10000),  # all codes are that glyph
    )
    font.Type = Name.Font
    font.Subtype = Name.Type0
    font.BaseFont = Name.Glyphless
    font.Encoding = Name("/Identity-H")
    font.DescendantFonts = Array([pdf.make_indirect(descendant)])
    font.ToUnicode = packed(codes.to_unicode())

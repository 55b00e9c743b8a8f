"""Ligatures of which a PDF tells the two bytes of each letter the wrong way round."""

from __future__ import annotations

import pytest

from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.ligatures import straightened

from ..documents import pdf, stream


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("certi昀椀ed", "certified"),
        ("昀椀nancial", "financial"),
        ("o昀昀椀ce", "office"),
        ("re昀氀ect", "reflect"),
        ("Geh琀琀e", "Gehtte"),
        ("昀椀", "昀椀"),
        ("A昀型", "A昀型"),
        ("栀子花 tea", "栀子花 tea"),
    ],
)
def test_ligatures_are_letters(told: str, meant: str) -> None:
    assert straightened(told) == meant


def test_a_page_with_such_a_map_is_read() -> None:
    unicode = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <FF> " + (
        "endcodespacerange 1 beginbfchar <40> <66006900> endbfchar 1 beginbfrange <61> <7A> <0061> endbfrange "
        "endcmap end end"
    )
    data = pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            stream(b"BT /F1 20 Tf 100 200 Td (certi@ed) Tj ET"),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode 6 0 R >>",
            stream(unicode.encode()),
        ]
    )
    ((_, sheet),) = text_layer.sheets(text_layer.parser().parse_bytes(data))
    assert [line.text for line in sheet.lines] == ["certified"]

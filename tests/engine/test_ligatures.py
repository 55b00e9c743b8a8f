"""Ligatures of which a PDF tells the two bytes of each letter the wrong way round."""

from __future__ import annotations

import pytest

from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.letters.ligatures import straightened

from ..documents import mapped_pdf


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
    data = mapped_pdf("certi@ed", {"@": "昀椀", **{letter: letter for letter in "certid"}})
    ((_, sheet),) = text_layer.sheets(text_layer.parser().parse_bytes(data))
    assert [line.text for line in sheet.lines] == ["certified"]

"""Ligatures of which a PDF tells the letters one by one, or the two bytes of each letter the wrong way round."""

from __future__ import annotations

import pytest

from ocr_async.engine.pdf.letters.ligatures import straightened

from ....documents import mapped_pdf, shown_pdf
from ..told import sheet_of


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("certi昀椀ed", "certified"),
        ("昀椀nancial", "financial"),
        ("o昀昀椀ce", "office"),
        ("re昀氀ect", "reflect"),
        ("o昀케ce", "office"),
        ("wa昀툀e", "waffle"),
        ("¿儀甀é", "¿Qué"),
        ("愀挀tion", "action"),
        ("5 뀀䌀", "5 °C"),
        ("A最一", "A最一"),
        ("Geh琀琀e", "Gehtte"),
        ("昀椀", "昀椀"),
        ("A昀型", "A昀型"),
        ("栀子花 tea", "栀子花 tea"),
        ("respecɵvely", "respectively"),
        ("Ɵtles", "titles"),
        ("aƩack", "attack"),
        ("soŌware", "software"),
        ("Ōsaka", "Ōsaka"),
        ("fɵt", "fɵt"),
        ("⽇本⻘⻑⻔", "日本青長门"),
        ("⺡", "⺡"),
        ("\uf731\uf738\uf739\uf735", "1895"),
        ("N\uf761\uf773\uf761, \uf7e9t\uf7ff", "NASA, ÉtŸ"),
        ("\uf8f4\uf8f21,\uf8f3", "1,"),
    ],
)
def test_ligatures_are_letters(told: str, meant: str) -> None:
    assert straightened(told) == meant


def test_a_page_with_such_a_map_is_read() -> None:
    data = mapped_pdf("certi@ed", {"@": "昀椀", **{letter: letter for letter in "certid"}})
    sheet = sheet_of(data)
    assert [line.text for line in sheet.lines] == ["certified"]


def test_private_letters_of_adobe_are_plain_ones_on_a_page() -> None:
    names = b"<< /Differences [97 /oneoldstyle /sixoldstyle 91 /bracketlefttp] >>"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding %b >>" % names
    sheet = sheet_of(shown_pdf(b"/F1 10 Tf 72 300 Td (in abba, x [) Tj 0 -40 Td ([) Tj", font))
    assert [line.text for line in sheet.lines] == ["in 1661, x"]


@pytest.mark.parametrize("letters", ["ft", "tt", "fi", "ffi"])
@pytest.mark.parametrize("above", ["", "it is at rest"])
def test_a_line_that_begins_with_a_ligature_is_whole(letters: str, above: str) -> None:
    """W is as wide as any; the second letter begins where the first does, and seems to be a line of its own."""
    told = {**{letter: letter for letter in "aservdiwtT "}, "W": letters}
    data = mapped_pdf(f"{above}) Tj 0 -24 Td (aWer it is as it was", told, font="Times-Roman")
    sheet = sheet_of(data)
    assert [line.text for line in sheet.lines if line.text != above] == [f"a{letters}er it is as it was"]

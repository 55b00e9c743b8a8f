"""Accents that a page draws over letters, as TeX does, are one with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from ocr_async import ocr
from ocr_async.engine.page import Line, Sheet, Word, of_words, union
from ocr_async.engine.pdf.char_fonts import CharFonts
from ocr_async.engine.pdf.letters.accents import composed
from ocr_async.engine.pdf.letters.places import FAR, sides_of

from ....documents import shown_pdf


# Times-Roman by its own encoding, whose accents are a third of its size wide.
ACUTE, GRAVE, DIERESIS, CEDILLA, OGONEK, DOTLESS = b"\\302", b"\\301", b"\\310", b"\\313", b"\\316", b"\\365"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"


def read(tmp_path: Path, shown: bytes, quarters: int = 0) -> str:
    """Return what is read of a page with the operators *shown*, which lies on its side by so many *quarters*."""
    path = tmp_path / "page.pdf"
    turn = (b"1 0 0 1 0 0", b"0 1 -1 0 500 0", b"-1 0 0 -1 500 500", b"0 -1 1 0 0 500")[quarters]
    data = shown_pdf(b"ET q %b cm BT /F1 10 Tf 14 TL 72 300 Td %b ET Q BT" % (turn, shown), FONT)
    path.write_bytes(data.replace(b"/MediaBox", b"/Rotate %d /MediaBox" % (90 * quarters)))
    return ocr(path, model="local/text").pages[0].markdown


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (b"[(le moment cin) -55 (%b) 388 (etique d'un solide)] TJ" % ACUTE, "le moment cinétique d’un solide"),
        (b"[(voil) -55 (%b) 388 (a une le) -20 (%b) 420 (con)] TJ" % (GRAVE, CEDILLA), "voilà une leçon"),
        (b"[(g) 0 (%b) 333 (es i dzi) -111 (%b) 333 (ekuj)] TJ" % (OGONEK, OGONEK), "gęs i dziękuj"),
        (b"[(pel) 28 (%b) 305 (%bcula del mar)] TJ" % (ACUTE, DOTLESS), "película del mar"),
    ],
)
def test_an_accent_drawn_over_a_letter_is_one_with_it(tmp_path: Path, shown: bytes, meant: str, quarters: int) -> None:
    assert read(tmp_path, shown, quarters) == meant


def test_an_accent_raised_over_a_capital_is_one_with_it(tmp_path: Path) -> None:
    shown = b"[(die )] TJ 2 Ts [-194 (%b)] TJ 0 Ts [527 (Ubersicht des Hafens)] TJ" % DIERESIS
    assert read(tmp_path, shown) == "die Übersicht des Hafens"


def test_a_word_that_an_accent_parts_is_whole(tmp_path: Path) -> None:
    shown = b"(eine Hilfe ) Tj (f) Tj [-83 (%b) 416 (ur)] TJ ( die Erstellung) Tj" % DIERESIS
    assert read(tmp_path, shown) == "eine Hilfe für die Erstellung"


def test_an_accent_apart_from_its_line_is_no_other_one_of_it(tmp_path: Path) -> None:
    shown = b"(all that is told auch fur andere Antr) Tj [-55 (%b) 388 (age)] TJ 1 0 0 1 154.7 299.5 Tm (%b) Tj" % (
        DIERESIS,
        DIERESIS,
    )
    assert read(tmp_path, shown) == "all that is told auch für andere Anträge"


def test_a_word_that_goes_on_in_a_line_of_its_own_behind_its_accent_is_whole() -> None:
    data = shown_pdf(b"/F1 10 Tf 72 300 Td [(by \\(G) -100 (%b) 460 (odel\\))] TJ" % DIERESIS, FONT)
    fonts = CharFonts(PdfDocument(data)[0])
    spans = {"by": (0, 2), "(G¨": (3, 6), "odel)": (6, 11)}
    words = [Word(said, union(char.box for char in fonts.chars(range(*span)))) for said, span in spans.items()]
    torn = [
        Line(" ".join(spans), union(word.box for word in part), words=tuple(part)) for part in (words[:2], words[2:])
    ]
    lines = tuple(of_words(line, line.words) for line in torn)
    found = composed(Sheet(500, 500, lines=lines), fonts)
    assert [line.text for line in found.lines] == ["by (Gödel)"]


@pytest.mark.parametrize("shown", [b"(run `echo a` and l%bamour) Tj" % ACUTE, b"(a `a` is typed) Tj"])
def test_signs_between_letters_stay(tmp_path: Path, shown: bytes) -> None:
    assert set("áà").isdisjoint(read(tmp_path, shown))


def test_a_letter_larger_than_any_page_costs_no_more_than_others() -> None:
    data = shown_pdf(b"/F1 10 Tf 72 300 Td (cin%betique) Tj /F1 50000000 Tf (ab e) Tj" % ACUTE, FONT)
    page = PdfDocument(data)[0].get_textpage()
    assert max(abs(side) for index in range(page.count_chars()) for side in sides_of(page, index)) == FAR

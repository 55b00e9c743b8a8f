"""Spaces of a PDF's text that show and are not written, and those that are written where none shows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest

from ocr_async import ocr
from ocr_async.engine.pdf.char_fonts import CharFonts
from ocr_async.engine.pdf.spaces import has_torn_words

from ...documents import pdf, shown_pdf, stream


UPRIGHT = {0: b"1 0 0 1 0 0", 90: b"0 1 -1 0 792 0", 180: b"-1 0 0 -1 792 792", 270: b"0 -1 1 0 0 792"}
ACROSS_AND_UP = (0, 90)


def read(tmp_path: Path, shown: bytes, turned: int = 0, font: bytes = b"Times-Roman") -> str:
    """Return what is read of a line in *font* that the operators *shown* set, 10 points high."""
    path = tmp_path / "page.pdf"
    content = b"%s cm BT /F1 10 Tf 72 700 Td 14 TL %s T* (And then the page goes on for a while.) Tj ET"
    path.write_bytes(
        pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 792 792] /Rotate %d /Contents 4 0 R"
                b" /Resources << /Font << /F1 5 0 R >> >> >>" % turned,
                stream(content % (UPRIGHT[turned], shown)),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /%b >>" % font,
            ]
        )
    )
    return ocr(path, model="local/text").pages[0].markdown.partition(" And then")[0]


@pytest.mark.parametrize("turned", UPRIGHT)
@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (
            b"(It looks for files in that order)Tj 2.8 Tc [(,a) 280] TJ 0 Tc (nd reads the first one.)Tj",
            "order, and reads",
        ),
        (
            b"(It looks for files in that order)Tj 5.6 Tc [(.T) 560] TJ 0 Tc (he first one is read.)Tj",
            "order. The first",
        ),
        (b"(It takes a list \\(all of them)Tj 2.8 Tc [(\\)a) 280] TJ 0 Tc (nd reads it.)Tj", "them) and reads"),
        (b"(It takes all of the names)Tj 2.4 Tc [(:n) 240] TJ 0 Tc (othing is left out of it.)Tj", "names: nothing"),
    ],
)
def test_a_space_that_shows_behind_a_sign_is_one(tmp_path: Path, shown: bytes, meant: str, turned: int) -> None:
    assert meant in read(tmp_path, shown, turned)


@pytest.mark.parametrize("turned", UPRIGHT)
@pytest.mark.parametrize("tracking", [0.0, 0.3, 0.6, 0.7])
@pytest.mark.parametrize("said", ["All who came by sea, 16 of us, stayed in the town.", "Annual accounts of 2026"])
def test_letters_that_reach_over_each_other_leave_spaces_between_words(
    tmp_path: Path, said: str, tracking: float, turned: int
) -> None:
    """A space is tracked as its letters are, and browsers write none, but move on."""
    words = b" ".join(b"(%b) %f" % (word.encode(), 100 * tracking - 250) for word in said.split())
    found = read(tmp_path, b"%f Tc [%b] TJ 0 Tc" % (-tracking, words), turned)
    assert found.lstrip("# ").partition("\n")[0] == said


@pytest.mark.parametrize("turned", UPRIGHT)
def test_a_space_that_no_room_is_left_for_is_none(tmp_path: Path, turned: int) -> None:
    shown = b"[(The name of the file is giv ) 265 (en by its first line, as neg ) 255 (ative ones.)] TJ"
    said = read(tmp_path, shown, turned)
    assert said == "The name of the file is given by its first line, as negative ones."


@pytest.mark.parametrize(
    "text", ["see www.example.org/a,b for more", "units are K,M,G and so on", "the U.S.A. and e.g. its f(x)"]
)
def test_signs_without_a_space_behind_them_stay_so(tmp_path: Path, text: str) -> None:
    escaped = text.replace("(", "\\(").replace(")", "\\)")
    assert read(tmp_path, f"({escaped}, all of it.)Tj".encode()).startswith(text)


def test_words_whose_widths_are_wrong_stay_apart(tmp_path: Path) -> None:
    words = "all of these words stand beside each other as they are"
    shown = " 250 ".join(f"({word} )" for word in words.split())
    assert read(tmp_path, f"[{shown}] TJ".encode()) == words


@pytest.mark.parametrize("turned", UPRIGHT)
@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (b"/F1 22 Tf [(GreenGrid) -114] TJ /F1 10 Tf (energy for all) Tj", "GreenGrid energy for all"),
        (b"/F1 9 Tf [(credit at) -300] TJ /F1 30 Tf (4.9) Tj /F1 12 Tf (% a year) Tj", "credit at 4.9% a year"),
        (b"/F1 18 Tf (N) Tj /F1 10 Tf (ever a large initial) Tj", "Never a large initial"),
    ],
)
def test_a_space_between_larger_and_smaller_letters_is_one(
    tmp_path: Path, shown: bytes, meant: str, turned: int
) -> None:
    assert meant in read(tmp_path, shown, turned)


@pytest.mark.parametrize("turned", ACROSS_AND_UP)
@pytest.mark.parametrize("apart", [0.8, 1.2, 1.6, 1.8, 2.0, 2.5, 3.0])
@pytest.mark.parametrize(
    "text", ["The office of the board has plans", "NOTES TO THE ACCOUNTS", "It is so in a box", "Notes"]
)
def test_words_whose_letters_stand_apart_are_whole(tmp_path: Path, text: str, apart: float, turned: int) -> None:
    assert read(tmp_path, b"%g Tc (%b) Tj 0 Tc" % (apart, text.encode()), turned).startswith(text)


@pytest.mark.parametrize("shown", [b"(allegro ma non troppo)", b"(allegro) -250 (ma) -250 (non) -250 (troppo)"])
@pytest.mark.parametrize("wide", [400, 720, 750, 800, 900])
def test_a_space_that_leaning_letters_reach_over_stays(tmp_path: Path, wide: int, shown: bytes) -> None:
    """A browser makes a font of letters that lean: drawings, whose boxes are wider than their places."""
    codes = range(97, 123)
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 %d 700] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 32"
        b" /LastChar 122 /Widths [250 %b] /CharProcs << /space 7 0 R %b >>"
        b" /Encoding << /Differences [32 /space 97 %b] >> >>"
        % (
            wide,
            b"500 " * 90,
            b" ".join(b"/%c 6 0 R" % code for code in codes),
            b" ".join(b"/%c" % code for code in codes),
        )
    )
    shape, space = stream(b"500 0 0 0 %d 700 d1 0 0 %d 700 re f" % (wide, wide)), stream(b"250 0 0 0 0 0 d1")
    path = tmp_path / "page.pdf"
    path.write_bytes(shown_pdf(b"20 300 Td /F1 12 Tf [%b] TJ" % shown, font, shape, space))
    assert ocr(path, model="local/text").pages[0].markdown == "allegro ma non troppo"


@pytest.mark.parametrize("turned", ACROSS_AND_UP)
@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("font", [b"Times-Italic", b"Times-BoldItalic"])
@pytest.mark.parametrize(
    "text",
    [
        "Let F be a field of functions of finite type, of half jokes.",
        "The first fjord is a chef of beef juice, of leaf flavour.",
        "If it flows, put it of five, if for half of X.",
    ],
)
def test_a_letter_that_leans_over_a_space_leaves_it_one(
    tmp_path: Path, text: str, font: bytes, written: bool, turned: int
) -> None:
    spaces = b" " if written else b") -250 ("
    assert read(tmp_path, b"[(%b)] TJ" % text.encode().replace(b" ", spaces), turned, font).strip("*") == text


def test_gaps_are_known_between_letters_that_the_file_parts() -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"
    document = pypdfium2.PdfDocument(shown_pdf(b"/F1 10 Tf 72 400 Td [(FI) -350 (R) -350 (ST)] TJ", font))
    fonts = CharFonts(document[0])
    assert "FI R ST" in fonts.said
    gaps = fonts.gaps("FIRST", 74, 97)
    assert [round(after - before, 1) for before, after in gaps] == [0.0, 3.5, 3.5, 0.0]


@pytest.mark.parametrize(
    ("places", "pieces", "torn"),
    [
        ([(36.0, 5.67), (41.67, 7.55), (51.58, 13.22), (64.8, 4.73)], 3, True),  # "B er Olg a"
        ([(36.0, 5.67), (41.67, 7.55), (51.58, 13.22), (67.2, 4.73)], 3, False),  # "Ber Olg a", a word
        ([(36.0, 12.0), (48.0, 7.5), (55.5, 13.2)], 3, False),  # words whose widths are wrong
        ([(318.0, 50.5), (368.7, 20.8), (424.0, 63.4), (487.0, 70.6)], 3, False),  # letters reach over each other
    ],
)
def test_letters_that_come_one_by_one_may_touch_across_a_space(
    places: list[tuple[float, float]], pieces: int, torn: bool
) -> None:
    words = [SimpleNamespace(x=x, width=width) for x, width in places]
    assert has_torn_words(words, pieces, 8.5) is torn


def test_digits_that_come_one_by_one_stand_together_though_such_are_parted_elsewhere(tmp_path: Path) -> None:
    apart = b"0 -90 Td (Room 3 6) Tj 0 90 Td (3) Tj 0 -60 Td (River) Tj 5 60 Td (6) Tj"
    assert read(tmp_path, apart) == "36"

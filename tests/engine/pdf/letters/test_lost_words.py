"""Words that the parser of text layers leaves out without a word: what they are of stays as the page shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine.page import union
from ocr_async.engine.pdf.letters.lost import with_lost
from ocr_async.engine.pdf.letters.pieces import Piece
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.models import FileOnDisk

from ....documents import Run, mapped_pdf, shown_pdf, stream, typeset_pdf


PAGE = b"/MediaBox [0 0 612 792]"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>"
Placed = tuple[float, float, str]


def read(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    return ocr(path, model="local/text").pages[0].markdown


def typed(*lines: Placed) -> bytes:
    """Return a page with *lines*, in the order in which it draws them."""
    runs: list[tuple[float, float, list[Run]]] = [(x, y, [("Helvetica", 12, text)]) for x, y, text in lines]
    return typeset_pdf(runs, page=PAGE)


@pytest.mark.parametrize("letters", ["ff", "fi", "ffi", "fl", "ft"])
@pytest.mark.parametrize("codes", ["OWce", "aWer", "aW", "1W", "Wnal", "OWce for all", "an oWce", "so oWce", "sherW"])
def test_a_short_line_that_begins_with_a_ligature_is_whole(tmp_path: Path, letters: str, codes: str) -> None:
    """W is as wide as any; what the parser takes for two pieces covers most of the first."""
    told = {**{letter: letter for letter in "Oacefhlnors 1"}, "W": letters}
    assert read(tmp_path, mapped_pdf(codes, told, font="Times-Roman")) == codes.replace("W", letters)


@pytest.mark.parametrize("codes", ["OWce", "OWce hours", "an oWce"])
def test_a_line_in_white_that_begins_with_a_ligature_is_whole_on_black(tmp_path: Path, codes: str) -> None:
    told = {**{letter: letter for letter in "Oacehnorsu "}, "W": "ffi"}
    drawn = f") Tj ET 0 0 400 300 re f 1 g BT /F1 24 Tf 72 150 Td ({codes}"
    assert read(tmp_path, mapped_pdf(drawn, told, font="Times-Roman")) == codes.replace("W", "ffi")


@pytest.mark.parametrize("typed_first", [False, True])
def test_the_label_of_a_blank_stays_where_somebody_typed_on_it(tmp_path: Path, typed_first: bool) -> None:
    lines: list[Placed] = [
        (72, 500, "Name: ____________________"),
        (120, 501, "Ada King"),
        (72, 470, "Signed in London."),
    ]
    if typed_first:
        lines = [lines[1], lines[0], lines[2]]
    said = read(tmp_path, typed(*lines))
    assert said.count("Name:") == said.count("Ada King") == 1


@pytest.mark.parametrize("over", ["______________", "--------------"])
def test_words_under_or_over_a_row_of_signs_stay(tmp_path: Path, over: str) -> None:
    said = read(tmp_path, typed((72, 500, "Date of birth:"), (72, 498, over), (72, 470, "Signed in London.")))
    assert said.count("Date of birth:") == 1


ROWS = ("North", "including the isles", "South", "including the coast", "West", "including the hills")


def test_numbers_of_cells_half_way_across_a_page_stay(tmp_path: Path) -> None:
    """Each stands beside the middle of a name of two lines, on a level of its own."""
    rows: list[Placed] = [(72, 600 - 14 * index, text) for index, text in enumerate(ROWS)]
    cells: list[Placed] = [(300, 593 - 28 * index, number) for index, number in enumerate(("42", "4", "420"))]
    last: list[Placed] = [(480, y, number) for (_, y, _), number in zip(cells, ("17", "18", "19"), strict=True)]
    said = read(tmp_path, typed(*rows, *cells, *last, (72, 400, "All of them are counted in spring.")))
    assert [number for number in ("42 ", "4 ", "420 ") if f"| {number}" not in said] == []


def test_the_number_of_a_page_and_those_of_lines_do_not_come(tmp_path: Path) -> None:
    text: list[Placed] = [(x, 700 - 12 * row, "the claim that was made first") for x in (72, 330) for row in range(30)]
    numbers: list[Placed] = [(300, 706 - 60 * count, str(5 * count)) for count in range(1, 6)]
    said = read(tmp_path, typed(*text, *numbers, (302, 40, "7")))
    assert not any(map(str.isdigit, said))


def test_what_is_printed_twice_for_bold_type_is_read_once(tmp_path: Path) -> None:
    said = read(tmp_path, typed((72, 500, "Total of 1"), (72.3, 500, "Total of 1"), (72, 470, "Signed in London.")))
    assert said.count("Total of 1") == 1


def test_a_short_quotation_stays_before_a_full_stop_under_its_mark(tmp_path: Path) -> None:
    said = read(
        tmp_path, shown_pdf(b"/F1 11 Tf 60 300 Td (\x93R\x94) Tj 15.2 0 Td (.) Tj -15.2 -40 Td (So it is.) Tj", FONT)
    )
    assert "“R”." in said


def test_words_that_are_clipped_away_do_not_come_back(tmp_path: Path) -> None:
    shown = (
        b"/F1 12 Tf 60 300 Td (Signed in London.) Tj ET q 0 0 10 10 re W n BT /F1 12 Tf 60 250 Td"
        b" (Name: ____________) Tj ET Q BT /F1 12 Tf 100 250 Td (Ada King) Tj"
    )
    assert "Name" not in read(tmp_path, shown_pdf(shown, FONT))


@pytest.mark.parametrize("leading", [30, 36, 44])
@pytest.mark.parametrize("title", [("First", "among", "Equals"), ("The tide", "at night", "is low"), ("One", "Two")])
def test_lines_set_closer_than_their_letters_are_high_are_whole(
    tmp_path: Path, leading: int, title: tuple[str, ...]
) -> None:
    """The box of a letter reaches from the foot of the one line to the head of the next."""
    shown = " ".join(
        f"1 0 0 1 {100 + 5 * len(line)} {400 - leading * row} Tm ({line}) Tj" for row, line in enumerate(title)
    )
    font = (
        b"<< /Type /Font /Subtype /TrueType /BaseFont /Tall /Encoding /WinAnsiEncoding /FirstChar 32 /LastChar 126 "
        b"/Widths [%b] /FontDescriptor 6 0 R >>" % (b"500 " * 95)
    )
    tall = (
        b"<< /Type /FontDescriptor /FontName /Tall /Flags 32 /FontBBox [-100 -700 1200 1000] /ItalicAngle 0 "
        b"/Ascent 1000 /Descent -700 /CapHeight 700 /StemV 80 >>"
    )
    said = read(tmp_path, shown_pdf(f"/F1 48 Tf {shown}".encode(), font, tall))
    assert said.replace("#", "").split() == " ".join(title).split()


DASH = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 240 500 250] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 1"
    b" /LastChar 1 /Widths [500] /CharProcs << /endash 7 0 R >> /Encoding << /Differences [1 /endash] >>"
    b" /ToUnicode 8 0 R >>"
)


@pytest.mark.parametrize("dash", ["–", "—", "−"])
@pytest.mark.parametrize(
    "said", ["9.00-17.00", "open 9.00-17.00 daily", "It is 12 - or so", "18-19-20", "at -5 degrees"]
)
def test_a_dash_of_a_font_that_has_no_other_letter_stays(tmp_path: Path, said: str, dash: str) -> None:
    """A browser makes such fonts of those that it cannot embed, 256 letters each."""
    shown = b"20 300 Td " + b"/F2 12 Tf <01> Tj ".join(
        b"/F1 12 Tf (%b) Tj " % part.encode() for part in said.split("-")
    )
    code = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <01> <%04x> endbfchar" % ord(dash)
    told = stream(b"/CIDInit /ProcSet findresource begin begincmap %b endcmap end" % code)
    shape = stream(b"500 0 0 240 500 250 d1 0 240 500 10 re f")
    assert read(tmp_path, shown_pdf(shown, FONT, DASH, shape, told, fonts=2)) == said.replace("-", dash)


def test_dashes_that_are_told_come_once_though_another_one_is_lost(tmp_path: Path) -> None:
    told = stream(b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <01> <2013> endbfchar")
    shape = stream(b"500 0 0 240 500 250 d1 0 240 500 10 re f")
    shown = b"20 300 Td /F1 12 Tf (It is 12 ) Tj /F2 12 Tf <01> Tj /F1 12 Tf ( or so.) Tj 0 -14 Td (This \\226 too.) Tj"
    said = read(tmp_path, shown_pdf(shown, FONT, DASH, shape, told, fonts=2))
    assert " ".join(said.split()) == "It is 12 – or so. This – too."


def test_a_formula_that_a_word_reaches_into_stays(tmp_path: Path) -> None:
    """The parser tells no words of a formula; pdfium takes its first letter for the end of the word before it."""
    path = tmp_path / "page.pdf"
    path.write_bytes(typed((72, 500, "10000X"), (72, 470, "Signed in London.")))
    pdf = Pdf(FileOnDisk(path=path))
    fonts = pdf.fonts(0)
    box = fonts.spelt("10000X", 74, 288)[-1].box
    formula = Piece("$X_{0}$", (), box.left, box.top, box.width, box.height, "", 400, 12.0, None)
    assert with_lost([formula], fonts)[0] is formula
    pdf.close()


@pytest.mark.parametrize(
    ("formula", "lost"),
    [
        (r"$\mathcal{L}=\sum _{k=1}^{n}B_{k}$.", []),
        (r"$B_{k}=\frac{a}{b}$", []),
        (r"$C_{k}=\frac{a}{b}$", ["Bk."]),  # others: the word is none of its letters
    ],
)
def test_letters_of_a_tall_formula_are_not_told_twice(tmp_path: Path, formula: str, lost: list[str]) -> None:
    """Its box is as high as the sum in it, so that none of its letters stands half-way down."""
    path = tmp_path / "page.pdf"
    path.write_bytes(typed((72, 500, "Bk."), (72, 300, "Signed in London.")))
    pdf = Pdf(FileOnDisk(path=path))
    fonts = pdf.fonts(0)
    box = union(char.box for char in fonts.spelt("Bk.", 74, 288))
    told = Piece(formula, (), box.left - 1, box.top - 1, box.width + 2, 3 * box.height, "", 400, 12.0, None)
    elsewhere = Piece("Signed in London.", (), 72, 480, 90, 12, "", 400, 12.0, None)
    _, _, *found = with_lost([told, elsewhere], fonts)
    assert [one.text for one in found] == lost
    pdf.close()

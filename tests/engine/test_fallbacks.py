"""A stage of reading a page that fails costs what it adds, never the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.engine import layout
from ocr_async.engine.ocr.recognition import see
from ocr_async.engine.page import Box, Line, Link, Picture, Region, Ruling, Sheet, Tag, Word
from ocr_async.engine.pdf import digital, text_layer
from ocr_async.engine.pdf.char_fonts import CharFonts
from ocr_async.engine.pdf.letters.places import said_on
from ocr_async.engine.pdf.lines import lines as lines_of
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.result import page_of
from ocr_async.engine.values import PageOptions, UncertainPage
from ocr_async.engine.whole_document import Running
from ocr_async.errors import DocumentError
from ocr_async.models import FileOnDisk, OCRPage

from ..documents import PARAGRAPHS, drawn_page, image_pdf, shown_pdf, stream, text_pdf
from .pdf.told import bare


EVERYTHING = PageOptions(images=True, blocks=True, confidence="word", table_format="html")


def fail(*_: object, **__: object) -> NoReturn:
    raise IndexError("a secret of the document")


def warnings_of(page: OCRPage) -> str:
    return "\n".join(page.extra.get("warnings", ()))


def letter(**more: Any) -> Sheet:
    lines = tuple(
        Line(text, Box(72, top, 72 + 6 * len(text), top + 10), size=10, marks=(number,))
        for number, (text, top) in enumerate((("Dear harbour", 72), ("master,", 84), ("the tide is high.", 140)))
    )
    return Sheet(width=612, height=792, lines=lines, **more)


def test_what_the_tags_break_is_read_without_them() -> None:
    def read(sheet: Sheet, running: Running) -> Sequence[Region]:
        return fail() if sheet.tags else layout.read(sheet, running)

    page = page_of(0, letter(tags=(Tag("P", (0,)),)), EVERYTHING, read=read)
    assert page.markdown == page_of(0, letter(), EVERYTHING).markdown
    assert "without its tags" in warnings_of(page)
    assert "IndexError in tests.engine.test_fallbacks, line" in warnings_of(page)
    assert "secret" not in warnings_of(page)


def test_what_the_drawings_break_is_read_without_them() -> None:
    def read(sheet: Sheet, running: Running) -> Sequence[Region]:
        return fail() if sheet.rulings else layout.read(sheet, running)

    page = page_of(0, letter(rulings=(Ruling(Box(0, 0, 100, 1)),)), EVERYTHING, read=read)
    assert page.markdown == page_of(0, letter(), EVERYTHING).markdown
    assert "tables and figures" in warnings_of(page)


def test_a_page_without_any_layout_is_its_lines_from_the_top() -> None:
    page = page_of(0, letter(), EVERYTHING, read=fail)
    assert page.markdown.split() == ["Dear", "harbour", "master,", "the", "tide", "is", "high."]
    assert len(page.blocks or ()) == 2  # a gap of a line and more parts paragraphs
    (warning,) = page.extra["warnings"]
    assert "from the top down" in warning


def test_a_page_that_cannot_be_written_as_markdown_is_its_text() -> None:
    page = page_of(0, letter(), EVERYTHING, write=fail)
    assert page.markdown == "Dear harbour master,\n\nthe tide is high."
    assert "its text comes without it" in warnings_of(page)


def test_a_picture_that_cannot_be_cut_out_keeps_its_place() -> None:
    page = page_of(0, letter(pictures=(Picture(Box(100, 300, 300, 500)),)), EVERYTHING, cut=fail)
    (picture,) = page.images
    assert picture.image_base64 is None
    assert "img-0.jpeg could not be cut out" in warnings_of(page)


def test_an_error_that_a_stage_means_to_say_is_no_fault() -> None:
    def refuse(*_: object) -> NoReturn:
        raise DocumentError("no")

    with pytest.raises(DocumentError, match="no"):
        page_of(0, letter(), EVERYTHING, read=refuse)


def opened(tmp_path: Path, data: bytes, name: str = "document.pdf") -> Pdf:
    path = tmp_path / name
    path.write_bytes(data)
    return Pdf(FileOnDisk(path=path))


def test_a_text_layer_that_breaks_the_reader_is_read_as_plain_text(tmp_path: Path) -> None:
    """Of 23 pages, 21 were lost with one."""

    def sheet_of(told: Any, pictures: list[Picture], fonts: CharFonts) -> Sheet:
        return fail() if told.page_num == 2 else text_layer.sheet(told, pictures, fonts)

    pdf = opened(tmp_path, text_pdf([["The first page."], [*PARAGRAPHS], ["The third page."]]))
    pages = dict(digital.read(pdf, range(3), always=False, wanted=EVERYTHING, sheet_of=sheet_of))
    first, second, third = (pages[index] for index in range(3))
    assert isinstance(first, OCRPage)
    assert isinstance(second, OCRPage)
    assert isinstance(third, OCRPage)
    assert (first.markdown, third.markdown) == ("The first page.", "The third page.")
    assert "warnings" not in first.extra
    assert second.markdown.split() == " ".join(PARAGRAPHS).split()
    assert "the text layer of this page could not be read with its fonts" in warnings_of(second)


def test_a_text_layer_of_which_nothing_can_be_read_is_recognised(tmp_path: Path) -> None:
    pdf = opened(tmp_path, image_pdf([drawn_page()], hidden=""))
    ((_, page),) = digital.read(pdf, [0], always=False, wanted=EVERYTHING, sheet_of=fail)
    assert isinstance(page, UncertainPage)
    assert page.why == "broken"
    seen = OCRPage(index=0, markdown="what is seen", extra={"warnings": ["it is faint"]})
    assert page.better(seen).extra["warnings"] == [*page.warnings, "it is faint"]
    ((_, lost),) = digital.read(pdf, [0], always=True, wanted=EVERYTHING, sheet_of=fail)
    assert isinstance(lost, DocumentError)


def test_of_a_large_file_the_parser_gets_the_pages_that_are_asked_for(tmp_path: Path) -> None:
    pdf = opened(tmp_path, text_pdf([["one"], ["two"], ["three"]]))
    found = dict(digital.read(pdf, [2, 0], always=False, wanted=EVERYTHING, most_copied=100))
    assert {index: page.markdown for index, page in found.items() if isinstance(page, OCRPage)} == {
        2: "three",
        0: "one",
    }


@pytest.mark.parametrize("name", ["document.pdf", "document"])
@pytest.mark.parametrize("junk", [b"begin\n", b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n"])
def test_what_stands_before_the_head_of_a_pdf_costs_nothing(tmp_path: Path, junk: bytes, name: str) -> None:
    pdf = opened(tmp_path, junk + text_pdf([["one"], ["two"]]), name)
    found = [page for _, page in digital.read(pdf, [0, 1], always=False, wanted=EVERYTHING)]
    assert [(page.markdown, warnings_of(page)) for page in found if isinstance(page, OCRPage)] == [
        ("one", ""),
        ("two", ""),
    ]


def test_a_code_that_is_no_character_is_an_unknown_one() -> None:
    """Where a font says nothing of a code, pdfium tells the code, which may be of any number of bytes."""
    codes = (
        b"/CMapType 1 def /CMapName /X def 2 begincodespacerange <00> <7f> <e08080> <efbfbf> endcodespacerange "
        b"1 begincidrange <00> <7f> 0 endcidrange"
    )
    data = shown_pdf(
        b"/F2 20 Tf 50 400 Td (Sign: ) Tj /F1 20 Tf <e0a0a063> Tj",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding 7 0 R /DescendantFonts [8 0 R] >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        stream(codes, b"/Type /CMap /CMapName /X /CIDSystemInfo << /Registry (A) /Ordering (B) /Supplement 0 >>"),
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
        b"/Supplement 0 >> /FontDescriptor 9 0 R >>",
        b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 900 900] /Ascent 800 /Descent -200 >>",
        fonts=2,
    )
    page = pypdfium2.PdfDocument(data)[0]
    assert said_on(page.get_textpage()) == "Sign: \ufffdc"
    fonts = CharFonts(page)
    assert (first := fonts.char(0)) is not None
    assert fonts.run(first.box, 8) == "Sign: \ufffdc"


def test_a_scan_whose_drawings_cannot_be_told_keeps_its_lines() -> None:
    image = np.asarray(drawn_page(PARAGRAPHS[:1], height=300).convert("RGB"))
    seen = see(image, dpi=150, look=fail)
    assert [line.text for line in seen.sheet.lines] == [line.text for line in see(image, dpi=150).sheet.lines]
    assert "rulings and pictures" in seen.warnings[0]


# --- what nobody thought of -------------------------------------------------------------------------------------

LETTERS = st.sampled_from([*"aB7 .-•$\\}\n\x01\x88\xad\u200b\ufffe\u0627\u0644\u05d0漢字\ufb01\U0001f600", "_{"])
TEXTS = st.lists(LETTERS, max_size=12).map("".join)
PLACES = st.sampled_from([0.0, 50.0, 57.0, 58.0, 66.0, 74.0, 100.0, 104.0, 300.0, 611.0, -5.0])
SIZES = st.sampled_from([0.0, 0.5, 8.0, 8.0, 12.0, 40.0, 400.0])
WORDS = st.builds(
    lambda text, x, y, width, height: SimpleNamespace(text=text, x=x, y=y, width=width, height=height),
    TEXTS, PLACES, PLACES, SIZES, SIZES,
)  # fmt: skip


@st.composite
def items(draw: Callable[[Any], Any]) -> SimpleNamespace:
    words = draw(st.lists(WORDS, max_size=4))
    said = " ".join(word.text for word in words) if draw(st.booleans()) else draw(TEXTS)
    return SimpleNamespace(
        text=said, words=words, x=draw(PLACES), y=draw(PLACES), width=draw(SIZES), height=draw(SIZES),
        font_height=draw(SIZES), font_weight=draw(st.sampled_from([None, 400, 700])),
        font_name=draw(st.sampled_from([None, "", "CMR10", "Arial,BoldItalic"])),
        rotation=draw(st.sampled_from([None, 0, 0, 0, 90, 359.5, -90, 45])), mcid=draw(st.sampled_from([None, 0, 1])),
        fill_color=draw(st.sampled_from([None, "ff000000", "ff1f4e9c"])),
    )  # fmt: skip


BOXES = st.builds(lambda x, y, wide, high: Box(x, y, x + wide, y + high), PLACES, PLACES, SIZES, SIZES)
LINES = st.builds(
    Line, TEXTS, BOXES, st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.0, 0.0, 0.0, 3.0, 90.0, -90.0, 180.0]),
    st.lists(st.builds(Word, TEXTS, BOXES), max_size=3).map(tuple), st.sampled_from([None, 0.0, 8.0, 12.0]),
    st.sampled_from([None, True, False]), st.none(), st.sampled_from([None, True, False]), st.none(),
    st.sampled_from([(), (0,), (1, 2)]),
)  # fmt: skip
TAGS = st.recursive(
    st.builds(
        Tag, st.sampled_from(["P", "Span", "TD", "Lbl", "Figure", ""]), st.sampled_from([(), (0,), (1,), (2, 9)])
    ),
    lambda inner: st.builds(
        Tag,
        st.sampled_from(["Document", "Table", "TR", "TD", "TH", "L", "LI", "LBody", "H1", "P", "Note", "Sect"]),
        st.sampled_from([(), (0,), (2,)]),
        st.lists(inner, max_size=4).map(tuple),
        st.sampled_from([None, "shown"]),
        st.sampled_from([1, 1, 3]),
        st.sampled_from([1, 1, 3]),
    ),
    max_leaves=12,
)
SHEETS = st.builds(
    lambda lines, pictures, rulings, source, tags: Sheet(
        width=612, height=792, lines=tuple(lines), pictures=tuple(map(Picture, pictures)),
        rulings=tuple(map(Ruling, rulings)), links=(Link(Box(0, 0, 1, 1), "https://example.org/"),),
        source=source, tags=tuple(tags),
    ),
    st.lists(LINES, max_size=14), st.lists(BOXES, max_size=2), st.lists(BOXES, max_size=8),
    st.sampled_from(["text", "ocr"]), st.lists(TAGS, max_size=2),
)  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(items(), max_size=8))
def test_no_run_of_text_ends_its_page(found: list[SimpleNamespace]) -> None:
    lines = tuple(lines_of(found, bare()))
    page = page_of(0, Sheet(width=612, height=792, lines=lines), EVERYTHING)
    assert "Error" not in warnings_of(page)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(SHEETS, st.sampled_from(["markdown", "html", "text", "json"]))
def test_no_sheet_needs_a_fallback(sheet: Sheet, form: Any) -> None:
    page = page_of(0, sheet, PageOptions(blocks=True, confidence="word", form=form), cut=lambda box: None)
    assert "Error" not in warnings_of(page)


def test_a_map_of_thousands_of_letters_comes_as_it_stands_with_a_warning() -> None:
    pieces = tuple(
        Line("D", Box(x * 10, y * 10, x * 10 + 5, y * 10 + 8), size=8.0) for y in range(80) for x in range(75)
    )
    page = page_of(0, Sheet(width=800, height=820, lines=pieces), PageOptions())
    assert page.markdown.count("D") == 6000
    assert "6,000 pieces of text" in warnings_of(page)

"""Word, PowerPoint and Excel files as pages."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from ocr_async.engine.reading import count, cut, raster, read
from ocr_async.engine.values import PageOptions, UncertainPage
from ocr_async.errors import DocumentError
from ocr_async.models import FileOnDisk, OCRPage

from ...documents import png
from ...offices import (
    HYPERLINK,
    WORD,
    docx,
    item,
    paragraph,
    picture,
    pptx,
    relation,
    shape,
    sheet,
    word_table,
    xlsx,
    zipped,
)
from .reading import pages_of


PICTURE = png(Image.new("RGB", (60, 40), (200, 30, 30)))


def cell(text: str, facts: str = "") -> str:
    return f"<w:tc><w:tcPr>{facts}</w:tcPr>{paragraph(text)}</w:tc>"


# --- Word -------------------------------------------------------------------------------------------------------


def test_headings_have_their_levels_and_words_their_emphasis(tmp_path: Path) -> None:
    body = (
        paragraph("Report", style="Title")
        + paragraph("Harbour", style="Heading1")
        + paragraph("Cranes", style="Heading2")
        + "<w:p><w:r><w:t>One </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space='preserve'>bold </w:t></w:r>"
        "<w:r><w:rPr><w:i/></w:rPr><w:t>slanted</w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>gone</w:t></w:r>"
        "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>2</w:t></w:r>"
        "<w:r><w:br/><w:t>next</w:t></w:r></w:p>"
    )
    (page,) = pages_of(tmp_path, docx(body))
    assert page.markdown == ("# Report\n\n# Harbour\n\n## Cranes\n\nOne **bold** *slanted*~~gone~~<sup>2</sup>  \nnext")
    assert [(element.type, element.data) for element in page.elements or ()] == [
        ("title", {"level": 1}),
        ("title", {"level": 1}),
        ("title", {"level": 2}),
        ("text", None),
    ]
    assert all(element.bbox is None for element in page.elements or ())
    assert page.dimensions is None
    assert page.blocks is None


def test_lines_that_are_set_in_behind_an_empty_one_are_no_code(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:t>a:</w:t><w:br/><w:br/><w:t xml:space="preserve">     b_c_d</w:t></w:r></w:p>'
    assert pages_of(tmp_path, docx(body))[0].markdown == "a:  \n  \n   b_c_d"


def test_what_is_set_in_even_type_is_code(tmp_path: Path) -> None:
    even = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/>'

    def run(text: str, facts: str = "") -> str:
        return f'<w:r><w:rPr>{facts}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'

    line = f"<w:p>{run('Call ')}{run('f(x)', even)}{run(' and nothing else of it all, which is all there is.')}</w:p>"
    code = f"<w:p>{run('def', f'<w:b/>{even}')}{run(' f():', even)}</w:p><w:p>{run('    pass', even)}</w:p>"
    cells = word_table([[f"<w:tc><w:p>{run('a', even)}</w:p></w:tc>", f"<w:tc>{code}</w:tc>"]])
    heading = paragraph("g()", style="Heading1", run=even)
    body = line + code + paragraph("Between.") + heading + cells
    (page,) = pages_of(tmp_path, docx(body))
    assert page.markdown == (
        "Call `f(x)` and nothing else of it all, which is all there is.\n\n```\ndef f():\n    pass\n```\n\nBetween.\n\n"
        "# g()\n\n| `a` | `def f(): pass` |\n| --- | --- |"
    )
    # a typescript is none
    (page,) = pages_of(tmp_path, docx(paragraph("All of it is typed.", run=even) + paragraph("But this.")))
    assert page.markdown == "All of it is typed.\n\nBut this."


def test_lists_nest(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, docx(item("a") + item("b", 1) + item("c", 2) + item("d", 1) + item("e")))
    assert page.markdown == "- a\n  1. b\n     - c\n  2. d\n- e"
    assert page.elements is not None
    assert page.elements[0].data == {
        "items": [
            {"text": "a", "level": 0, "marker": "-"},
            {"text": "b", "level": 1, "marker": "1."},
            {"text": "c", "level": 2, "marker": "-"},
            {"text": "d", "level": 1, "marker": "2."},
            {"text": "e", "level": 0, "marker": "-"},
        ]
    }


MERGED = docx(
    word_table(
        [
            [cell("wide", '<w:gridSpan w:val="2"/>'), cell("x | y")],
            [cell("tall", '<w:vMerge w:val="restart"/>'), cell("b"), cell("<br>")],
            [cell("", "<w:vMerge/>"), cell("d"), cell("e")],
        ]
    ).replace("<br>", "&lt;br&gt;")
)


def test_merged_cells_keep_their_spans_in_html(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, MERGED, table_format="html")
    assert page.markdown == "[tbl-0.html](tbl-0.html)"
    (table,) = page.tables
    assert (table.id, table.format) == ("tbl-0.html", "html")
    assert table.content == (
        '<table><tr><td colspan="2">wide</td><td>x | y</td></tr>'
        '<tr><td rowspan="2">tall</td><td>b</td><td>&lt;br&gt;</td></tr><tr><td>d</td><td>e</td></tr></table>'
    )
    assert page.elements is not None
    assert (page.elements[0].data or {})["cells"][:2] == [
        {"text": "wide", "row": 0, "column": 0, "column_span": 2},
        {"text": "x | y", "row": 0, "column": 2},
    ]


def test_a_merged_cell_stands_once_in_markdown(tmp_path: Path) -> None:
    table = "| wide |  | x \\| y |\n| --- | --- | --- |\n| tall | b | \\<br> |\n|  | d | e |"
    (inline,) = pages_of(tmp_path, MERGED)
    assert (inline.markdown, inline.tables) == (table, ())
    (apart,) = pages_of(tmp_path, MERGED, table_format="markdown")
    assert (apart.markdown, apart.tables[0].content) == ("[tbl-0.md](tbl-0.md)", table)


def test_rows_begin_in_the_column_they_say_and_deleted_ones_are_gone(tmp_path: Path) -> None:
    def cell(text: str) -> str:
        return f"<w:tc>{paragraph(text)}</w:tc>"

    inner = word_table([[cell("i"), cell("j")], ['<w:trPr><w:gridBefore w:val="1"/></w:trPr>', cell("k")]])
    was = '<w:trPrChange><w:trPr><w:gridBefore w:val="1"/></w:trPr></w:trPrChange>'
    table = word_table(
        [
            [cell("a"), cell("b"), cell("c")],
            ['<w:trPr><w:gridBefore w:val="2"/></w:trPr>', f"<w:tc>{inner}<w:p/></w:tc>"],
            ["<w:trPr><w:del/></w:trPr>", "<w:tc><w:p><w:del><w:r><w:delText>x</w:delText></w:r></w:del></w:p></w:tc>"],
            [f"<w:trPr>{was}</w:trPr>", cell("d")],
        ]
    )
    (page,) = pages_of(tmp_path, docx(table), table_format="html")
    inner = "<table><tr><td>i</td><td>j</td></tr><tr><td></td><td>k</td></tr></table>"
    assert page.tables[0].content == (
        "<table><tr><td>a</td><td>b</td><td>c</td></tr>"
        f'<tr><td colspan="2"></td><td>{inner}</td></tr><tr><td>d</td><td></td><td></td></tr></table>'
    )


def test_cells_hold_lists_and_tables_in_one_line(tmp_path: Path) -> None:
    inner = word_table([[cell("in"), cell("side")]])
    data = docx(
        word_table([[cell("A"), cell("B")], [f"<w:tc>{item('one')}{item('two')}</w:tc>", f"<w:tc>{inner}</w:tc>"]])
    )
    (page,) = pages_of(tmp_path, data)
    assert page.markdown.splitlines()[-1] == "| - one<br>- two | in side |"
    (page,) = pages_of(tmp_path, data, table_format="html")
    assert page.tables[0].content.endswith(
        "<td><ul><li>one</li><li>two</li></ul></td><td><table><tr><td>in</td><td>side</td></tr></table></td></tr></table>"
    )


def test_links_lead_outside_or_are_mere_text(tmp_path: Path) -> None:
    body = "".join(
        f'<w:p><w:hyperlink r:id="r{number}"><w:r><w:t>link {number}</w:t></w:r></w:hyperlink></w:p>'
        for number in range(3)
    )
    relations = [
        relation("r0", HYPERLINK, "https://example.org/a b(c)"),
        relation("r1", HYPERLINK, "javascript://alert(1)"),
        relation("r2", HYPERLINK, "https://example.org/a b(c)"),
    ]
    (page,) = pages_of(tmp_path, docx(body, relations))
    shown = "[link {}](https://example.org/a%20b%28c%29)"
    assert page.markdown == f"{shown.format(0)}\n\nlink 1\n\n{shown.format(2)}"
    assert page.hyperlinks == ("https://example.org/a b(c)",)


def test_text_stays_text_in_markdown(tmp_path: Path) -> None:
    lines = ["# no heading", "1. no item", "*no stress*", "[no](link)", "a &lt;b&gt; `c`", "[^1] [x]: y"]
    (page,) = pages_of(tmp_path, docx("".join(map(paragraph, lines))))
    assert page.markdown.split("\n\n") == [
        "\\# no heading",
        "1\\. no item",
        "\\*no stress\\*",
        "[no]\\(link)",
        "a \\<b> \\`c\\`",
        "\\[^1] [x]: y",
    ]


def with_pictures(*pictures: bytes) -> bytes:
    return docx(
        "".join(picture(f"rI{number}", "a red box") for number in range(len(pictures))),
        [relation(f"rI{number}", "image", f"media/image{number}.png") for number in range(len(pictures))],
        {f"media/image{number}.png": data for number, data in enumerate(pictures)},
    )


def test_pictures_are_cut_out_as_the_document_holds_them(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, with_pictures(PICTURE), images=True)
    assert page.markdown == "![img-0.png](img-0.png)"
    (image,) = page.images
    assert image.image_base64 is not None
    assert base64.b64decode(image.image_base64.removeprefix("data:image/png;base64,")) == PICTURE
    assert (image.id, image.bbox) == ("img-0.png", None)
    assert [(element.type, element.data) for element in page.elements or ()] == [("image", {"id": "img-0.png"})]
    (page,) = pages_of(tmp_path, with_pictures(PICTURE))
    assert page.images[0].image_base64 is None


def test_what_browsers_do_not_show_is_drawn_anew(tmp_path: Path) -> None:
    bitmap = png(Image.new("RGB", (6, 4), (200, 30, 30)), "BMP")
    (page,) = pages_of(tmp_path, with_pictures(bitmap), images=True)
    (image,) = page.images
    assert image.id == "img-0.png"
    drawn = Image.open(io.BytesIO(base64.b64decode((image.image_base64 or "").partition(",")[2])))
    assert (drawn.format, drawn.size, drawn.getpixel((0, 0))) == ("PNG", (6, 4), (200, 30, 30))


def test_pictures_are_limited_in_number_and_size(tmp_path: Path) -> None:
    small = png(Image.new("RGB", (60, 5)))
    data = with_pictures(small, PICTURE, PICTURE)
    (page,) = pages_of(tmp_path, data, image_min_size=20)
    assert len(page.images) == 2
    (page,) = pages_of(tmp_path, data, image_limit=1)
    assert (len(page.images), page.markdown.count("img-")) == (1, 2)
    assert pages_of(tmp_path, data, image_limit=0)[0].markdown == ""


def test_a_picture_of_an_unread_kind_is_told(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, with_pictures(b"\x01\x00\x00\x00" + bytes(60)), images=True)
    assert page.images == ()
    assert "not read" in page.extra["warnings"][0]


def test_a_page_begins_where_the_author_began_one(tmp_path: Path) -> None:
    body = (
        '<w:p><w:r><w:t>one</w:t><w:br w:type="page"/><w:t>two</w:t></w:r></w:p>'
        + paragraph("three", facts="<w:pageBreakBefore/>")
        + '<w:p><w:pPr><w:sectPr><w:type w:val="nextPage"/></w:sectPr></w:pPr></w:p>'
        + paragraph("four")
        + '<w:p><w:pPr><w:sectPr><w:type w:val="nextPage"/></w:sectPr></w:pPr></w:p>'
        + paragraph("four too")
        + '<w:sectPr><w:type w:val="continuous"/></w:sectPr>'
    )
    pages = pages_of(tmp_path, docx(body))
    assert [page.markdown for page in pages] == ["one", "two", "three", "four\n\nfour too"]
    assert [page.index for page in pages] == [0, 1, 2, 3]


RUNNING = docx(
    paragraph("body", facts='<w:sectPr><w:headerReference w:type="default" r:id="rH"/></w:sectPr>')
    + paragraph("end")
    + '<w:sectPr><w:footerReference w:type="default" r:id="rF"/></w:sectPr>',
    [relation("rH", "header", "header1.xml"), relation("rF", "footer", "footer1.xml")],
    {
        "header1.xml": f"<w:hdr {WORD}>{paragraph('Head')}</w:hdr>",
        "footer1.xml": f"<w:ftr {WORD}>{paragraph('Foot')}</w:ftr>",
    },
)


def test_heads_and_feet_stand_apart_unless_they_are_wanted_in_the_text(tmp_path: Path) -> None:
    first, second = pages_of(tmp_path, RUNNING)
    assert (first.markdown, first.header, first.footer) == ("body", "Head", None)
    assert (second.markdown, second.header, second.footer) == ("end", "Head", "Foot")  # a section goes on with its head
    assert [element.type for element in second.elements or ()] == ["header", "text", "footer"]
    first, second = pages_of(tmp_path, RUNNING, running_heads=True)
    assert (second.markdown, second.header, second.footer) == ("Head\n\nend\n\nFoot", None, None)


def test_footnotes_stand_under_the_page_that_calls_them(tmp_path: Path) -> None:
    call = '<w:p><w:r><w:t>{}</w:t></w:r><w:r><w:footnoteReference w:id="{}"/></w:r></w:p>'
    body = call.format("late", 9) + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' + call.format("early", 2)
    notes = "".join(f'<w:footnote w:id="{number}">{paragraph(f"note {number}")}</w:footnote>' for number in (2, 9))
    data = docx(
        body,
        [relation("rN", "footnotes", "footnotes.xml")],
        {"footnotes.xml": f"<w:footnotes {WORD}>{notes}</w:footnotes>"},
    )
    first, second = pages_of(tmp_path, data)
    assert first.markdown == "late[^1]\n\n[^1]: note 9"
    assert second.markdown == "early[^2]\n\n[^2]: note 2"
    assert [(element.type, element.text) for element in first.elements or ()] == [
        ("text", "late"),
        ("footnote", "note 9"),
    ]


def test_what_is_deleted_is_gone_and_what_is_inserted_is_there(tmp_path: Path) -> None:
    body = (
        '<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>new</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="x"><w:r><w:delText>old</w:delText></w:r></w:del></w:p>'
    )
    assert pages_of(tmp_path, docx(body))[0].markdown == "new"


def test_an_empty_file_is_one_empty_page(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, docx(""))
    assert page.markdown == ""


# --- PowerPoint -------------------------------------------------------------------------------------------------


def test_a_slide_is_a_page_with_its_speakers_notes(tmp_path: Path) -> None:
    data = pptx(
        [
            shape("Second box", top=900_000) + shape("First box") + shape("Title", role="title", top=99),
            "",
            shape("Left out"),
            shape("No title"),
        ],
        notes={0: "Say hello"},
        hidden=[2],
    )
    pages = pages_of(tmp_path, data)
    assert [page.markdown for page in pages] == [
        "# Title\n\nFirst box\n\nSecond box\n\n> Say hello",
        "",
        "No title",
    ]
    assert [element.type for element in pages[0].elements or ()] == ["title", "text", "text", "aside_text"]


def test_what_every_slide_repeats_stands_apart(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, pptx([shape("Say", role="title") + shape("Company", role="ftr", top=9_000_000)]))
    assert (page.markdown, page.footer) == ("# Say", "Company")


def test_slides_have_nested_lists_and_tables(tmp_path: Path) -> None:
    bullets = "".join(
        f'<a:p><a:pPr lvl="{level}"><a:buChar char="•"/></a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>'
        for text, level in (("a", 0), ("b", 1), ("c", 0))
    )
    rows = "".join(
        "<a:tr>"
        + "".join(
            f"<a:tc{facts}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>" for text, facts in row
        )
        + "</a:tr>"
        for row in (
            (("wide", ' gridSpan="2"'), ("", ' hMerge="1"')),
            (("x", ""), ("y", "")),
        )
    )
    table = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="t"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="9000000"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table">'
        f'<a:tbl><a:tblGrid><a:gridCol w="1"/><a:gridCol w="1"/></a:tblGrid>{rows}</a:tbl>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    (page,) = pages_of(tmp_path, pptx([shape(bullets, role="body") + table]), table_format="html")
    assert page.markdown == "- a\n  - b\n- c\n\n[tbl-0.html](tbl-0.html)"
    assert '<t{} colspan="2">wide</t{}>'.format(*("hh" if "<th" in page.tables[0].content else "dd")) in (
        page.tables[0].content
    )


# --- Excel ------------------------------------------------------------------------------------------------------


def test_a_sheet_is_a_page_without_the_emptiness_around_it(tmp_path: Path) -> None:
    data = xlsx(
        {
            "Sums": sheet(
                {"C3": "Name", "D3": "Sum", "C4": "crane", "D4": 12.5, "C5": "both"},
                after='<mergeCells count="1"><mergeCell ref="C5:D6"/></mergeCells>',
            ),
            "Secret": sheet({"A1": "x"}),
            "Empty": "<sheetData/>",
        },
        hidden=["Secret"],
    )
    first, second = pages_of(tmp_path, data)
    assert first.markdown == "# Sums\n\n| Name | Sum |\n| --- | --- |\n| crane | 12.5 |\n| both |  |"
    assert second.markdown == "# Empty"
    (html, _) = pages_of(tmp_path, data, table_format="html")
    assert '<tr><td colspan="2">both</td></tr>' in html.tables[0].content or 'rowspan="2"' in html.tables[0].content
    assert html.tables[0].content.startswith("<table><tr><th>Name</th><th>Sum</th></tr>")


def test_rows_that_are_left_out_are_told(tmp_path: Path) -> None:
    data = xlsx({"Long": sheet({f"A{number}": float(number) for number in range(1, 10_051)})})
    (page,) = pages_of(tmp_path, data)
    assert page.extra["warnings"] == ["50 of the sheet's 10050 rows are left out: it has more than are read"]
    assert page.markdown.endswith("| 10000 |")


# --- all of them ------------------------------------------------------------------------------------------------


def on_disk(folder: Path, data: bytes) -> FileOnDisk:
    path = folder / "document"
    path.write_bytes(data)
    return FileOnDisk(path=path)


def test_the_pages_that_are_asked_for_come_in_that_order(tmp_path: Path) -> None:
    document = on_disk(tmp_path, pptx([shape(f"slide {number}") for number in range(5)]))
    assert count(document) == 5
    found = dict(read(document, [3, 1], "text", PageOptions()))
    assert [(index, getattr(page, "markdown", None)) for index, page in found.items()] == [
        (3, "slide 3"),
        (1, "slide 1"),
    ]
    with pytest.raises(DocumentError, match="page 5 does not exist"):
        list(read(document, [5], "auto", PageOptions()))


def test_only_scans_can_be_looked_at(tmp_path: Path) -> None:
    document = on_disk(tmp_path, docx(paragraph("x")))
    ((_, error),) = read(document, None, "ocr", PageOptions())
    assert isinstance(error, DocumentError)
    assert 'model="local" reads' in str(error)
    with pytest.raises(DocumentError, match="no picture to recognise"):
        raster(document, 0)
    with pytest.raises(DocumentError, match="only a PDF"):
        cut(document, [0])


@pytest.mark.parametrize(("side", "words", "recognised"), [(400, "", True), (200, "", False), (400, "x", False)])
def test_a_page_that_is_a_picture_is_recognised_like_a_scan(
    tmp_path: Path, side: int, words: str, recognised: bool
) -> None:
    scan = with_pictures(png(Image.new("RGB", (side, 500), (200, 30, 30))))
    data = scan if not words else docx(paragraph(words) + picture("rI0"))
    document = on_disk(tmp_path, data)
    for mode, kind in (("auto", UncertainPage), ("ocr", type(None)), ("text", OCRPage)):
        ((_, page),) = read(document, None, mode, PageOptions())  # type: ignore[arg-type]
        assert isinstance(page, kind) == (recognised or mode == "text")
    if recognised:
        drawn = raster(document, 0)
        assert (drawn.width, drawn.height) == (side, 500)
        drawn.pixels.close()


def test_confidence_is_certain_where_it_is_asked_for(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, docx(paragraph("x")), confidence="page")
    assert page.confidence_scores is not None
    assert page.confidence_scores.average_page_confidence_score == 1.0
    assert pages_of(tmp_path, docx(paragraph("x")))[0].confidence_scores is None


COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
WHOLE = docx(item("x"))
WITHOUT_ITS_BEGINNING = WHOLE[:30] + WHOLE[430:]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (COMPOUND, r"Office 97-2003.*save it as \.docx"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "save it without a password"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}), "are damaged"),
        (zipped({"xl/workbook.bin": "x"}), "binary workbook"),
        (zipped({"readme.txt": "x"}), "no document"),
        (zipped({"word/document.xml": "x"}), "DOCX file cannot be read"),
        (docx(paragraph("x"))[:-30], "damaged or cut off"),
        (WITHOUT_ITS_BEGINNING, "damaged or cut off"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        pages_of(tmp_path, data)

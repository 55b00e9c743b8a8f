"""OpenDocument: texts, sheets, slides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr_async.errors import DocumentError, PasswordRequired

from ...documents import png
from ...offices import open_document
from .reading import pages_of


STYLES = (
    '<style:style style:name="T2" style:family="text" style:parent-style-name="Source_20_Text"/>'
    '<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="P9" style:family="paragraph"><style:text-properties text:display="none"/></style:style>'
)


def styled(name: str, **facts: str) -> str:
    said = " ".join(f'{key.replace("_", ":", 1).replace("_", "-")}="{value}"' for key, value in facts.items())
    return (
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties {said}/></style:style>'
    )


def markdown(folder: Path, body: str, *, styles: str = "", **wanted: Any) -> str:
    return pages_of(folder, open_document(body, styles=styles), **wanted)[0].markdown


def test_text_has_its_marks(tmp_path: Path) -> None:
    body = (
        '<text:h text:outline-level="2">A  heading</text:h>'
        '<text:p>Plain, <text:span text:style-name="T1">bold</text:span>,<text:s text:c="2"/>'
        '<text:a xlink:href="https://example.org/">a link</text:a>, <text:span text:style-name="T2">f(x)</text:span>.'
        "<text:line-break/>New line</text:p>"
        '<text:p text:style-name="Title">Named</text:p>'
        "<office:annotation><text:p>a remark</text:p></office:annotation>"
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        '<text:section text:display="none"><text:p>hidden</text:p></text:section>'
        '<text:p text:style-name="P9">hidden</text:p>'
    )
    assert markdown(tmp_path, body, styles=STYLES) == (
        "## A heading\n\nPlain, **bold**,  [a link](https://example.org/), `f(x)`.  \nNew line\n\n# Named"
    )


def test_lines_of_fixed_type_are_one_code(tmp_path: Path) -> None:
    lines = ("def f():", "", '<text:s text:c="4"/>return 1')
    body = "".join(f'<text:p text:style-name="Preformatted_20_Text">{line}</text:p>' for line in lines)
    assert markdown(tmp_path, f"{body}<text:p>After</text:p>") == "```\ndef f():\n\n    return 1\n```\n\nAfter"


NUMBERED = (
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-suffix="."'
    ' style:num-format="1"/><text:list-level-style-number text:level="2" style:num-suffix=")" style:num-format="1"'
    ' text:display-levels="2"/></text:list-style>'
    '<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/>'
    "</text:list-style>"
)


def listed(name: str, *items: str, rest: str = "") -> str:
    return f'<text:list text:style-name="{name}" {rest}>{"".join(items)}</text:list>'


def item(text: str, inside: str = "", rest: str = "") -> str:
    return f"<text:list-item {rest}><text:p>{text}</text:p>{inside}</text:list-item>"


def test_lists_are_numbered_as_their_styles_say(tmp_path: Path) -> None:
    nested = "<text:list>" + item("deep") + item("deeper") + "</text:list>"
    body = (
        listed("L1", item("one", nested), item("two"))
        + "<text:p>Between.</text:p>"
        + listed("L1", item("three"), rest='text:continue-numbering="true"')
        + listed("L1", item("nine", rest='text:start-value="9"'))
        + listed("L2", item("dot"))
    )
    assert markdown(tmp_path, body, styles=NUMBERED) == (
        "1. one\n   - 1.1) deep\n   - 1.2) deeper\n2. two\n\nBetween.\n\n3. three\n9. nine\n\n- dot"
    )


def test_what_an_item_says_further_is_within_it(tmp_path: Path) -> None:
    further = '<text:p>More</text:p><text:p text:style-name="Quotations">Q</text:p>'
    further += '<text:p text:style-name="Quotations">R</text:p><table:table>' + row(cell("a")) + "</table:table>"
    body = listed("L1", item("one", further + listed("", item("deep"))), item("two"))
    assert markdown(tmp_path, body, styles=NUMBERED) == (
        "1. one\n\n   More\n\n   > Q\n   >\n   > R\n\n   | a |\n   | --- |\n\n   - 1.1) deep\n\n2. two"
    )


def test_headings_are_numbered_by_their_levels(tmp_path: Path) -> None:
    outline = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="I"/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>'
    )
    heads = "".join(
        f'<text:h text:outline-level="{level}">{name}</text:h>'
        for level, name in ((1, "a"), (2, "b"), (2, "c"), (1, "d"))
    )
    unnumbered = '<text:h text:outline-level="1" text:is-list-header="true">e</text:h>'
    assert markdown(tmp_path, heads + unnumbered, styles=outline) == "# I a\n\n## I.1 b\n\n## I.2 c\n\n# II d\n\n# e"


def test_a_note_stands_under_the_page_that_calls_it(tmp_path: Path) -> None:
    note = (
        "<text:note><text:note-citation>*</text:note-citation>"
        "<text:note-body><text:p>Its text.</text:p></text:note-body></text:note>"
    )
    body = f'<text:p>Called{note} here.</text:p><text:p text:style-name="P1">Next page</text:p>'
    first, second = pages_of(tmp_path, open_document(body, styles=styled("P1", fo_break_before="page")))
    assert first.markdown == "Called[^1] here.\n\n[^1]: Its text."
    assert second.markdown == "Next page"


def test_pages_have_the_heads_of_their_kind(tmp_path: Path) -> None:
    masters = "".join(
        f'<style:master-page style:name="{name}" style:next-style-name="{then}"><style:header><text:p>{head}</text:p>'
        f"</style:header><style:footer><text:p>Foot</text:p></style:footer></style:master-page>"
        for name, then, head in (("First", "Others", "Cover"), ("Others", "Others", "Inside"))
    )
    styles = (
        '<style:style style:name="P1" style:family="paragraph" style:master-page-name="First"/>'
        + styled("P2", fo_break_before="page") + styled("P3", fo_break_after="page")
    )  # fmt: skip
    body = "".join(f'<text:p text:style-name="{name}">{name}</text:p>' for name in ("P1", "P2", "P3", "P4"))
    pages = pages_of(tmp_path, open_document(body, styles=styles, masters=masters))
    assert [page.markdown for page in pages] == ["P1", "P2\n\nP3", "P4"]
    assert [page.header for page in pages] == ["Cover", "Inside", "Inside"]
    assert {page.footer for page in pages} == {"Foot"}


def test_a_kind_of_page_has_a_head_for_its_first(tmp_path: Path) -> None:
    masters = (
        '<style:master-page style:name="Standard"><style:header><text:p>Others</text:p></style:header>'
        "<style:header-first><text:p>First</text:p></style:header-first><style:footer><text:p>Foot</text:p>"
        '</style:footer><style:footer-first style:display="false"/></style:master-page>'
    )
    body = '<text:p>a</text:p><text:p text:style-name="P1">b</text:p>'
    pages = pages_of(tmp_path, open_document(body, styles=styled("P1", fo_break_before="page"), masters=masters))
    assert [(page.header, page.footer) for page in pages] == [("First", "Foot"), ("Others", "Foot")]


def test_shapes_that_float_stand_apart_from_the_text(tmp_path: Path) -> None:
    picture = '<draw:frame text:anchor-type="{}"><draw:image xlink:href="a.png"/></draw:frame>'
    box = '<draw:frame text:anchor-type="char"><draw:text-box><text:p>Box</text:p></draw:text-box></draw:frame>'
    floating, inline = map(picture.format, ("paragraph", "as-char"))
    body = f"<text:p>Lies <text:span>{floating}</text:span>{inline}{box} in.</text:p>"
    parts: dict[str, str | bytes] = {"a.png": png(Image.new("RGB", (60, 40), (200, 30, 30)))}
    (page,) = pages_of(tmp_path, open_document(body, parts=parts))
    assert page.markdown == "![img-0.png](img-0.png)\n\nLies ![img-1.png](img-1.png) in.\n\nBox"


def test_formulas_pictures_and_boxes_stand_where_they_are_anchored(tmp_path: Path) -> None:
    formula = (
        '<math:math xmlns:math="http://www.w3.org/1998/Math/MathML"><math:msup><math:mi>x</math:mi>'
        "<math:mn>2</math:mn></math:msup></math:math>"
    )
    body = (
        '<text:p>So <draw:frame><draw:object xlink:href="./Object 1"/><draw:image xlink:href="x.svm"/></draw:frame>'
        " is</text:p>"
        '<text:p><draw:frame><draw:image xlink:href="Pictures/a.svg"/><draw:image xlink:href="Pictures/a.png"/>'
        "<svg:desc>A line</svg:desc></draw:frame></text:p>"
        "<text:p>Beside<draw:frame><draw:text-box><text:p>In a box</text:p></draw:text-box></draw:frame></text:p>"
    )
    parts: dict[str, str | bytes] = {
        "Object 1/content.xml": formula,
        "Pictures/a.png": png(Image.new("RGB", (60, 40), (200, 30, 30))),
        "Pictures/a.svg": "<svg/>",
    }
    (page,) = pages_of(tmp_path, open_document(body, parts=parts), images=True)
    assert page.markdown == "So $x^{2}$ is\n\n![img-0.png](img-0.png)\n\nBeside\n\nIn a box"
    assert page.images[0].image_base64


def cell(text: str, rest: str = "") -> str:
    return f"<table:table-cell {rest}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, rest: str = "") -> str:
    return f"<table:table-row {rest}>{''.join(cells)}</table:table-row>"


COVERED = "<table:covered-table-cell/>"


def test_a_table_has_its_head_and_spans(tmp_path: Path) -> None:
    body = (
        "<table:table><table:table-header-rows>"
        + row(cell("Year", 'table:number-columns-spanned="2"'), COVERED)
        + "</table:table-header-rows>"
        + row(cell("a", 'table:number-rows-spanned="2"'), cell("1"))
        + row(COVERED, cell("2"))
        + "</table:table>"
    )
    assert markdown(tmp_path, body) == "| Year |  |\n| --- | --- |\n| a | 1 |\n|  | 2 |"
    assert markdown(tmp_path, body, table_format="html") == "[tbl-0.html](tbl-0.html)"
    (page,) = pages_of(tmp_path, open_document(body), table_format="html")
    assert page.tables[0].content == (
        '<table><tr><th colspan="2">Year</th></tr><tr><td rowspan="2">a</td><td>1</td></tr><tr><td>2</td></tr></table>'
    )


def sheet(*rows: str, columns: str = "", name: str = "Sheet", rest: str = "") -> str:
    return f'<table:table table:name="{name}" {rest}>{columns}{"".join(rows)}</table:table>'


def test_the_head_of_a_table_is_no_emphasis(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="Table_20_Heading" style:family="paragraph">'
        '<style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Table_20_Heading"/>'
    )
    cells = "".join(
        f'<table:table-cell><text:p text:style-name="{name}">x</text:p></table:table-cell>' for name in ("P1", "")
    )
    table = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    assert markdown(tmp_path, table, styles=styles + STYLES) == "| x | x |\n| --- | --- |"


def test_a_sheet_shows_what_its_reader_sees(tmp_path: Path) -> None:
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
    value = '<table:table-cell office:value-type="float" office:value="7"/>'
    body = sheet(
        row(cell("Name"), cell("secret"), cell("1,50 €", 'office:value="1.5"')),
        row(cell("x"), cell("secret"), value, rest='table:number-rows-repeated="2"'),
        row(cell("filtered"), rest='table:visibility="filter"'),
        row('<table:table-cell table:number-columns-repeated="16384"/>', rest='table:number-rows-repeated="1048000"'),
        columns=columns,
        name="Prices",
    ) + sheet(row(cell("no")), name="Out", rest='table:style-name="ta1"')
    hidden = (
        '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    (page,) = pages_of(tmp_path, open_document(body, kind="spreadsheet", styles=hidden))
    assert page.markdown == "# Prices\n\n| Name | 1,50 € |\n| --- | --- |\n| x | 7 |\n| x | 7 |"
    assert page.extra["warnings"] == ["1 hidden rows and 1 hidden columns of the sheet are left out"]


def test_spans_end_with_the_rows_that_are_shown(tmp_path: Path) -> None:
    tall = 'table:number-rows-spanned="{}" table:number-columns-spanned="2"'
    body = sheet(
        row(cell("Title", tall.format(2)), COVERED),
        row(COVERED, COVERED),
        row(cell("a"), cell("b")),
        row(cell("c", 'table:number-rows-spanned="3"'), cell("d")),
        row(COVERED, cell("hidden"), rest='table:visibility="collapse"'),
        row(COVERED, cell("e")),
        row(cell("f"), cell("g")),
        name="",
    )
    (page,) = pages_of(tmp_path, open_document(body, kind="spreadsheet"), table_format="html")
    assert page.tables[0].content == (
        '<table><tr><td colspan="2">Title</td></tr><tr><td>a</td><td>b</td></tr><tr><td rowspan="2">c</td><td>d</td>'
        "</tr><tr><td>e</td></tr><tr><td>f</td><td>g</td></tr></table>"
    )


def test_a_foot_that_is_said_once_stands_on_the_slides_that_show_it(tmp_path: Path) -> None:
    def slide(style: str) -> str:
        frame = f"<draw:frame><draw:text-box><text:p>On {style}</text:p></draw:text-box></draw:frame>"
        return f'<draw:page draw:style-name="{style}" presentation:use-footer-name="f1">{frame}</draw:page>'

    styles = "".join(
        f'<style:style style:name="{name}" style:family="drawing-page"><style:drawing-page-properties '
        f'presentation:display-footer="{shown}"/></style:style>'
        for name, shown in (("shown", "true"), ("bare", "false"))
    )
    body = '<presentation:footer-decl presentation:name="f1">ACME\n2026</presentation:footer-decl>'
    pages = pages_of(tmp_path, open_document(body + slide("shown") + slide("bare"), kind="presentation", styles=styles))
    assert [page.footer for page in pages] == ["ACME 2026", None]


def test_numbered_paragraphs_are_items_of_their_lists(tmp_path: Path) -> None:
    def item(text: str, level: int, of: str) -> str:
        facts = f'text:list-id="{of}" text:level="{level}" text:style-name="L1"'
        return f"<text:numbered-paragraph {facts}><text:p>{text}</text:p></text:numbered-paragraph>"

    body = item("One", 1, "a") + item("Deep", 2, "a") + "<text:p>Between</text:p>" + item("Two", 1, "a")
    (page,) = pages_of(tmp_path, open_document(body + "<text:p>Other</text:p>" + item("New", 1, "b"), styles=NUMBERED))
    assert page.markdown == "1. One\n   - 1.1) Deep\n\nBetween\n\n2. Two\n\nOther\n\n1. New"


def test_pictures_are_found_by_their_addresses_and_those_elsewhere_are_not(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {"P/a b.png": png(Image.new("RGB", (60, 40), (200, 30, 30)))}
    for address, found in (("./P/a%20b.png", 1), ("P/a b.png", 1), ("http://x/P/a b.png", 0), ("//[/P/a b.png", 0)):
        body = f'<text:p>A <draw:frame><draw:image xlink:href="{address}"/></draw:frame></text:p>'
        (page,) = pages_of(tmp_path, open_document(body, parts=parts))
        assert len(page.images) == found, address


def test_a_chart_is_a_table_of_its_numbers(tmp_path: Path) -> None:
    names = "<table-cell><p>US NY</p><list><list-item><p>US</p></list-item></list></table-cell>"
    line = f"<table-row>{names}<table-cell><p>7</p></table-cell></table-row>"
    parts: dict[str, str | bytes] = {"O/content.xml": f"<chart><table>{line}</table></chart>"}
    frame = '<draw:page><draw:frame><draw:object xlink:href="./O"/></draw:frame></draw:page>'
    (page,) = pages_of(tmp_path, open_document(frame, kind="presentation", parts=parts))
    assert page.markdown == "| US NY | 7 |\n| --- | --- |"


def test_an_object_elsewhere_is_not_the_document_itself(tmp_path: Path) -> None:
    table = "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    for address in ("http://x/O", "", ".", "/"):
        frame = f'<text:p>A<draw:frame><draw:object xlink:href="{address}"/></draw:frame></text:p>'
        assert markdown(tmp_path, f"{table}</table:table>{frame}") == "| x |\n| --- |\n\nA", address


def test_a_sheet_that_is_too_long_says_what_is_left_out(tmp_path: Path) -> None:
    body = sheet(row(cell("x"), rest='table:number-rows-repeated="1048576"'))
    (page,) = pages_of(tmp_path, open_document(body, kind="spreadsheet"))
    assert page.markdown.count("| x |") == 10_000
    assert page.extra["warnings"] == ["1038576 of the sheet's 1048576 rows are left out: it has more than are read"]


def test_spans_that_lie_over_other_cells_lose_none(tmp_path: Path) -> None:
    wide = 'table:number-columns-spanned="999999999" table:number-rows-spanned="999999999"'
    body = sheet(row(cell("a", wide), cell("b")), row(cell("c"), cell("d")), name="")
    (page,) = pages_of(tmp_path, open_document(body, kind="spreadsheet"))
    assert page.markdown == "| a | b |\n| --- | --- |\n| c | d |"


def test_a_slide_has_its_title_its_notes_and_its_foot(tmp_path: Path) -> None:
    def frame(kind: str, text: str) -> str:
        box = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
        return f'<draw:frame presentation:class="{kind}">{box}</draw:frame>'

    number = "<text:page-number>&lt;number&gt;</text:page-number>"
    picture = "<table:table>" + row(cell("a"), cell("b")) + '</table:table><draw:image xlink:href="preview.svm"/>'
    body = (
        '<draw:page draw:style-name="dp1">' + frame("title", "Out") + "</draw:page><draw:page>"
        + frame("outline", f"Said on {number}") + frame("title", "The title") + frame("footer", "ACME")
        + f"<draw:frame>{picture}</draw:frame>"
        + "<draw:g><draw:custom-shape><text:p>In a shape</text:p></draw:custom-shape></draw:g>"
        + f"<presentation:notes>{frame('notes', 'Spoken')}</presentation:notes></draw:page>"
    )  # fmt: skip
    hidden = (
        '<style:style style:name="dp1" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    (page,) = pages_of(tmp_path, open_document(body, kind="presentation", styles=hidden))
    assert page.markdown == ("# The title\n\nSaid on 1\n\n| a | b |\n| --- | --- |\n\nIn a shape\n\n> Spoken")
    assert page.footer == "ACME"
    assert not page.extra


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(PasswordRequired, match="without a password"):
        pages_of(tmp_path, open_document("", parts={"META-INF/manifest.xml": manifest}))
    with pytest.raises(DocumentError, match="damaged"):
        pages_of(tmp_path, open_document("<text:p>"))
    deep = 3_000
    with pytest.raises(DocumentError, match="nested too deeply"):
        pages_of(tmp_path, open_document("<text:section>" * deep + "<text:p>x</text:p>" + "</text:section>" * deep))


def test_a_text_is_read_without_its_styles(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, open_document("<text:p>There</text:p>", parts={"styles.xml": "<broken"}))
    assert page.markdown == "There"


def test_facts_that_say_nothing_cost_no_text(tmp_path: Path) -> None:
    for odd in ("", " ", "x", "-1", "0", "1e9", "99999999999", "٣"):
        styles = (
            f'<style:style style:name="T1" style:family="text" style:parent-style-name="T1"><style:text-properties'
            f' style:text-position="{odd}" fo:font-weight="{odd}"/></style:style>'
            f'<text:list-style style:name="L1"><text:list-level-style-number text:level="{odd}"'
            f' style:num-format="{odd}"'
            f' text:display-levels="{odd}" text:start-value="{odd}"/></text:list-style>'
        )
        body = (
            f'<text:h text:outline-level="{odd}" text:start-value="{odd}">Head</text:h>'
            f'<text:p><text:span text:style-name="T1">some</text:span><text:s text:c="{odd}"/>text</text:p>'
            + listed("L1", item("item", rest=f'text:start-value="{odd}"'), rest=f'text:continue-list="{odd}"')
            + "<table:table>"
            + row(cell("cell", f'table:number-columns-spanned="{odd}" table:number-columns-repeated="{odd}"'))
            + "</table:table>"
        )
        (page,) = pages_of(tmp_path, open_document(body, styles=styles))
        assert all(word in page.markdown for word in ("Head", "some", "text", "item", "cell")), odd

"""Word, PowerPoint, Excel, OpenDocument and EPUB files of our own for the tests: ZIPs of XML written by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote


__all__ = [
    "HYPERLINK",
    "WORD",
    "docx",
    "epub",
    "item",
    "open_document",
    "paragraph",
    "picture",
    "pptx",
    "relation",
    "shape",
    "sheet",
    "slide_picture",
    "word_table",
    "xlsx",
    "zipped",
]

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_TYPES = "application/vnd.openxmlformats-officedocument"
HYPERLINK = f"{_OFFICE}/hyperlink"

WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{_OFFICE}" xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture" '
    f'xmlns:wp="{_DRAWING}/wordprocessingDrawing"'
)
_POINT = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:r="{_OFFICE}" xmlns:a="{_DRAWING}/main"'
)
_HIDDEN = 'state="hidden"'
_EXCEL = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_OFFICE}"'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP of *parts* by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def relation(name: str, kind: str, target: str) -> str:
    """Return one relationship; what has an address of the web leads out of the file."""
    outside = ' TargetMode="External"' if "://" in target else ""
    kind = kind if "://" in kind else f"{_OFFICE}/{kind}"
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"{outside}/>'


def _relations(relations: Iterable[str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(relations)}</Relationships>'


def _package(main: str, kind: str, parts: Mapping[str, str | bytes], kinds: Mapping[str, str] = {}) -> bytes:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPES}.{type}+xml"/>'
        for name, type in {main: kind, **kinds}.items()
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="png" ContentType="image/png"/>{overrides}</Types>',
            "_rels/.rels": _relations([relation("rId1", "officeDocument", main)]),
            **parts,
        }
    )


# --- Word -------------------------------------------------------------------------------------------------------

_STYLES = f"""<w:styles {WORD}>
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:rPr><w:sz w:val="56"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>
<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/>
<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>"""
_NUMBERING = f"""<w:numbering {WORD}><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="-"/></w:lvl>
</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""


def paragraph(text: str, *, style: str = "", facts: str = "", run: str = "") -> str:
    """Return a Word paragraph; *facts* go into its properties and *run* into those of its text."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:p><w:pPr>{named}{facts}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def item(text: str, level: int = 0) -> str:
    """Return an item of a Word list: bullets, within them numbers, within those bullets."""
    return paragraph(text, facts=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


def word_table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Word table of cells that each are a string of XML."""
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def picture(relation: str, alternate: str = "") -> str:
    """Return a Word paragraph with a picture."""
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:extent cx="9525" cy="9525"/>'
        f'<wp:docPr id="1" name="x" descr="{alternate}"/>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture"><pic:pic><pic:blipFill><a:blip r:embed="{relation}"/>'
        "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def docx(body: str, relations: Sequence[str] = (), parts: Mapping[str, str | bytes] = {}) -> bytes:
    """Return a Word file of *body*, with *parts* by their names within ``word/``."""
    own = [relation("rStyles", "styles", "styles.xml"), relation("rNumbers", "numbering", "numbering.xml")]
    return _package(
        "word/document.xml",
        "wordprocessingml.document.main",
        {
            "word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": _relations([*own, *relations]),
            "word/styles.xml": _STYLES,
            "word/numbering.xml": _NUMBERING,
            **{f"word/{name}": content for name, content in parts.items()},
        },
    )


# --- PowerPoint -------------------------------------------------------------------------------------------------


def shape(text: str, *, role: str = "", top: int = 0) -> str:
    """Return a shape of a slide; *text* is one paragraph, or XML of several."""
    body = text if text.startswith("<") else f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
    place = f'<p:ph type="{role}"/>' if role else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/><p:cNvSpPr/><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:spPr><a:xfrm>'
        f'<a:off x="0" y="{top}"/><a:ext cx="900000" cy="90000"/></a:xfrm></p:spPr><p:txBody>{body}</p:txBody></p:sp>'
    )


def _slide(content: str, tag: str = "sld", facts: str = "") -> str:
    return f"<p:{tag} {_POINT}{facts}><p:cSld><p:spTree>{content}</p:spTree></p:cSld></p:{tag}>"


def slide_picture(relation: str) -> str:
    """Return a picture of a slide."""
    return (
        '<p:pic><p:nvPicPr><p:cNvPr id="3" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill>'
        f'<a:blip r:embed="{relation}"/></p:blipFill><p:spPr><a:xfrm><a:off x="0" y="0"/>'
        '<a:ext cx="9" cy="9"/></a:xfrm></p:spPr></p:pic>'
    )


def pptx(
    slides: Sequence[str],
    *,
    notes: Mapping[int, str] = {},
    hidden: Sequence[int] = (),
    relations: Mapping[int, Sequence[str]] = {},
    parts: Mapping[str, str | bytes] = {},
) -> bytes:
    """
    Return a presentation.

    Args:
        slides: Each the XML of its shapes.

        notes: By the slide's number from 0.

        relations: Likewise.

        parts: By their names within ``ppt/``.
    """
    numbers = range(len(slides))
    own: dict[str, str | bytes] = {
        **{f"ppt/{name}": content for name, content in parts.items()},
        "ppt/presentation.xml": f"<p:presentation {_POINT}><p:sldIdLst>"
        + "".join(f'<p:sldId id="{256 + number}" r:id="r{number}"/>' for number in numbers)
        + '</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _relations(
            relation(f"r{number}", "slide", f"slides/slide{number}.xml") for number in numbers
        ),
    }
    kinds = {}
    for number, content in enumerate(slides):
        facts = ' show="0"' if number in hidden else ""
        own[f"ppt/slides/slide{number}.xml"] = _slide(content, facts=facts)
        kinds[f"ppt/slides/slide{number}.xml"] = "presentationml.slide"
        related = list(relations.get(number, ()))
        if number in notes:
            related.append(relation("rN", "notesSlide", f"../notesSlides/notes{number}.xml"))
            own[f"ppt/notesSlides/notes{number}.xml"] = _slide(shape(notes[number], role="body"), "notes")
            kinds[f"ppt/notesSlides/notes{number}.xml"] = "presentationml.notesSlide"
        own[f"ppt/slides/_rels/slide{number}.xml.rels"] = _relations(related)
    return _package("ppt/presentation.xml", "presentationml.presentation.main", own, kinds)


# --- Excel ------------------------------------------------------------------------------------------------------


def sheet(cells: Mapping[str, str | float], *, after: str = "") -> str:
    """Return the XML of a sheet of *cells* by their names such as ``B2``, which stand row by row."""
    rows: dict[str, list[str]] = {}
    for name, value in cells.items():
        number = name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        rows.setdefault(number, []).append(
            f'<c r="{name}" t="inlineStr"><is><t>{value}</t></is></c>'
            if isinstance(value, str)
            else f'<c r="{name}"><v>{value}</v></c>'
        )
    data = "".join(f'<row r="{number}">{"".join(row)}</row>' for number, row in rows.items())
    return f"<sheetData>{data}</sheetData>{after}"


def xlsx(
    sheets: Mapping[str, str], *, hidden: Sequence[str] = (), shared: str = "", charts: Mapping[int, str] = {}
) -> bytes:
    """Return a workbook of *sheets*, XML by title, with the *shared* strings, and *charts* by their sheets from 0."""
    listed = "".join(
        f'<sheet name="{title}" sheetId="{number + 1}" r:id="r{number}" {_HIDDEN if title in hidden else ""}/>'
        for number, title in enumerate(sheets)
    )
    parts = {
        "xl/workbook.xml": f"<workbook {_EXCEL}><sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            [relation(f"r{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in range(len(sheets))]
            + [relation("rS", "sharedStrings", "sharedStrings.xml")]
        ),
        "xl/sharedStrings.xml": f"<sst {_EXCEL}>{shared}</sst>",
    }
    kinds = {}
    for number, content in enumerate(sheets.values()):
        parts[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {_EXCEL}>{content}</worksheet>"
        kinds[f"xl/worksheets/sheet{number}.xml"] = "spreadsheetml.worksheet"
    for number, chart in charts.items():
        drawing = relation("r0", "drawing", f"../drawings/drawing{number}.xml")
        parts[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = _relations([drawing])
        parts[f"xl/drawings/drawing{number}.xml"] = "<wsDr/>"
        inside = relation("r0", "chart", f"../charts/chart{number}.xml")
        parts[f"xl/drawings/_rels/drawing{number}.xml.rels"] = _relations([inside])
        parts[f"xl/charts/chart{number}.xml"] = chart
        kinds[f"xl/charts/chart{number}.xml"] = "drawingml.chart"
    return _package("xl/workbook.xml", "spreadsheetml.sheet.main", parts, kinds)


# --- EPUB -------------------------------------------------------------------------------------------------------


def epub(chapters: Mapping[str, str], *, parts: Mapping[str, str | bytes] = {}, package: str = "") -> bytes:
    """Return a book of *chapters*, XHTML by name in the order of the spine, with *parts* beside them."""
    items = "".join(
        f'<item id="c{number}" href="text/{quote(name)}" media-type="application/xhtml+xml"/>'
        for number, name in reversed(list(enumerate(chapters)))  # the manifest's order means nothing
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    container = '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">{container}'
            "</container>",
            "OEBPS/book.opf": package
            or f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>',
            **{f"OEBPS/text/{name}": content for name, content in chapters.items()},
            **parts,
        }
    )


# --- OpenDocument -----------------------------------------------------------------------------------------------

_OASIS = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name if long is None else long}:1.0"'
    for name, long in (
        ("office", None), ("text", None), ("table", None), ("style", None), ("draw", "drawing"),
        ("svg", "svg-compatible"), ("fo", "xsl-fo-compatible"), ("presentation", None), ("number", "datastyle"),
    )
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:math="http://www.w3.org/1998/Math/MathML"'  # fmt: skip


def open_document(
    body: str,
    *,
    kind: str = "text",
    styles: str = "",
    masters: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """
    Return an OpenDocument file.

    Args:
        body: What stands in its body, which is one of *kind*: ``text``, ``spreadsheet``, ``presentation``, ``drawing``.

        styles: Automatic styles of the content.

        masters: Its kinds of pages.

        parts: Further files inside.
    """
    content = (
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    )
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {_OASIS}>{content}</office:document-content>",
            "styles.xml": f"<office:document-styles {_OASIS}><office:master-styles>{masters}</office:master-styles>"
            "</office:document-styles>",
            **(parts or {}),
        }
    )

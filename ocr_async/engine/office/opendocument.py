"""
OpenDocument: the texts, sheets, slides and drawings of LibreOffice and its like.

A slide is a page, and so is a sheet. A text knows its pages only where its author began one.

Source: OpenDocument 1.3, https://docs.oasis-open.org/office/OpenDocument/v1.3/ (read 2026-11).
"""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from xml.etree.ElementTree import Element

from attrs import evolve

from ...errors import DocumentError, PasswordRequired
from .content import BREAK, Block, Code, Heading, Leaf, Note, Paragraph, Photo, Quote, Rule, Run, alone, plain, seen
from .formulas import latex
from .lists import Labelled, joined
from .numerals import whole
from .opendocument_sheets import sheet_leaf, table_of
from .opendocument_styles import Counts, Styles
from .xml.charts import chart_blocks
from .xml.marks import Label
from .zipped import Zipped, inside


__all__ = ["leaves"]

_MANIFEST = "META-INF/manifest.xml"
_SPACE = re.compile(r"[ \t\n\r]+")
_SHOWN = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
_UNSEEN = frozenset(
    {"annotation", "annotation-end", "tracked-changes", "forms", "hidden-text", "script", "note-citation"}
    | {"desc", "event-listeners", "glue-point", "enhanced-geometry", "variable-decls", "sequence-decls"}
    | {"user-field-decls", "dde-connection-decls", "index-entry-link-start"}
)
_SHAPES = frozenset(
    {"frame", "g", "custom-shape", "rect", "ellipse", "circle", "polygon", "polyline", "path", "line", "connector"}
    | {"caption", "measure", "regular-polygon", "a"}
)
_REPEATED = frozenset({"footer", "header", "date-time", "page-number"})  # placeholders that are on every slide


def leaves(archive: zipfile.ZipFile) -> list[Leaf]:
    """
    Return the pages of an OpenDocument file.

    Raises:
        PasswordRequired: It is encrypted.

        DocumentError: It is damaged, or holds more than is read.
    """
    files = Zipped(archive, "OpenDocument")
    if _MANIFEST in files and b"encryption-data" in files.file(_MANIFEST):
        raise PasswordRequired(
            "the OpenDocument file is encrypted, and the embedded engine cannot decrypt it: save it without a password"
        )
    content = files.xml("content.xml")
    try:
        styles = Styles(files.xml("styles.xml"), content)
    except DocumentError:  # the text is there without them
        styles = Styles(content)
    flow = _Flow(files, styles)
    body = next((part for each in content.findall("body") for part in each), None)
    if body is None:
        raise files.damaged()
    match body.tag:
        case "spreadsheet":
            tables = _visible(body.findall("table"), lambda table: styles.fact("table", _style(table), "display"))
            return [sheet_leaf(table, flow.blocks, flow.blocks(table.find("shapes") or ())) for table in tables]
        case "presentation" | "drawing":
            slides = _visible(
                body.findall("page"), lambda page: styles.fact("drawing-page", _style(page), "visibility")
            )
            feet = {each.get("name"): each.text or "" for each in body.findall("footer-decl")}
            return [
                flow.slide(slide, number, feet.get(slide.get("use-footer-name"), ""))
                for number, slide in enumerate(slides, 1)
            ]
        case _:
            return list(flow.pages(body))


class _Flow:
    """Reads elements as blocks, in the order of the document: numbers of lists and of notes go on."""

    def __init__(self, files: Zipped, styles: Styles) -> None:
        self._files = files
        self._styles = styles
        self._lists: dict[str, Counts] = {}
        self._outline = Counts(styles.outline)
        self._notes: list[Note] = []  # of the page that is read
        self._called = 0
        self._number = ""  # of the slide that is read

    # --- pages

    def pages(self, body: Iterable[Element]) -> Iterator[Leaf]:
        master = "Standard"
        parts: list[tuple[str, bool, list[Element]]] = [(master, True, [])]
        ended = False
        for element in _unsectioned(body):
            first = next((each for each in element.iter() if each.tag in ("p", "h", "table")), element)
            family = "table" if first.tag == "table" else "paragraph"
            name = self._styles.fact(family, _style(first), "master-page-name")
            if name or ended or self._styles.fact(family, _style(first), "break-before") == "page":
                head = self._styles.masters.get(master)
                last, master = master, name or ("" if head is None else head.get("next-style-name")) or master
                parts.append((master, bool(name) or master != last, []))
            parts[-1][2].append(element)
            ended = self._styles.fact(family, _style(first), "break-after") == "page"
        parts = [part for part in parts if part[2]] or parts[:1]
        for master, is_first, elements in parts:
            blocks = tuple(self.blocks(elements))
            above, below = (
                tuple(self.blocks(self._running(master, (f"{tag}-first", tag) if is_first else (tag,))))
                for tag in ("header", "footer")
            )
            yield Leaf((*blocks, *self._notes), above if plain(above) else (), below if plain(below) else ())
            self._notes.clear()

    def _running(self, master: str, tags: Iterable[str]) -> Iterable[Element]:
        page = self._styles.masters.get(master)
        found = (each for tag in tags for each in (() if page is None else page.findall(tag)))
        return next((each for each in found if each.get("display") != "false"), ())

    def slide(self, page: Element, number: int, foot: str) -> Leaf:
        """Return the slide *page*; *foot* is said once for many, and stands there if its style shows it."""
        self._number = str(number)
        blocks: list[Block] = []
        placeholders: list[Block] = []
        for shape in sorted(page, key=lambda shape: shape.get("class") != "title"):
            kind = shape.get("class")
            found = self.blocks((shape,)) if shape.tag in _SHAPES else []
            if kind == "title":
                found = [Heading(1, each.runs) if isinstance(each, Paragraph) else each for each in found]
            (placeholders if kind in _REPEATED else blocks).extend(found)
        if foot.strip() and self._styles.fact("drawing-page", _style(page), "display-footer") == "true":
            placeholders.append(Paragraph((Run(" ".join(foot.split())),)))
        said = [shape for shape in page.findall("notes/*") if shape.get("class") == "notes"]
        notes = tuple(self.blocks(said))
        if plain(notes):
            blocks.append(Quote(notes, aside=True))
        leaf = Leaf((*blocks, *self._notes), footer=tuple(placeholders) if plain(placeholders) else ())
        self._notes.clear()
        return leaf

    # --- blocks

    def blocks(self, elements: Iterable[Element]) -> list[Block]:
        """Return the blocks of *elements*."""
        return list(joined(self._found(elements)))

    def _found(self, elements: Iterable[Element]) -> Iterator[Block | Labelled]:
        for element in elements:
            tag = element.tag
            if tag in ("p", "h"):
                yield from self._paragraph(element)
            elif tag == "list":
                yield from self._list(element)
            elif tag == "numbered-paragraph":
                yield from self._numbered(element)
            elif tag == "table":
                yield table_of(element, self.blocks)
            elif tag in _SHAPES:
                yield from self._shape(element)
            elif tag not in _UNSEEN and element.get("display") != "none":
                yield from self._found(element)

    def _paragraph(self, element: Element, label: Label | None = None) -> Iterator[Block | Labelled]:
        style = _style(element)
        if self._styles.fact("paragraph", style, "display") == "none":
            return
        beside: list[Block] = []

        def is_a(name: str) -> bool:
            return self._styles.is_based_on("paragraph", style, name)

        is_heading = element.tag == "h" or is_a("Title")
        is_plain = is_heading or is_a("Table_20_Heading")  # but for what is said of single words
        styled = Run() if is_plain else self._styles.styled("paragraph", style, Run())
        runs = tuple(self._runs(element, styled, beside))
        floating = list(_floating(element))
        for shape in floating:
            if shape.find("image") is not None:
                yield from self._shape(shape)
        block: Block | None = None
        if is_a("Preformatted_20_Text"):
            block = Code("".join(run.text for run in runs))
        elif not any(run.says for run in runs):
            block = Rule() if is_a("Horizontal_20_Line") else None
        elif is_heading:
            level = min(max(1, whole(element.get("outline-level"), 1)), 6)
            block = Heading(level, (*self._before(element, label), *runs))
        elif is_a("Quotations"):
            block = Quote((Paragraph(alone(runs)),))
        else:
            block = Paragraph(alone(runs), "caption" if label is None and is_a("Caption") else "text")
        if block is not None:
            yield block if label is None or label.text == "" or is_heading else Labelled(label, (block,))
        yield from beside
        for shape in floating:
            if shape.find("image") is None:
                yield from self._shape(shape)

    def _before(self, heading: Element, label: Label | None) -> Iterator[Run]:
        """Yield what stands before *heading*, as the item of a list or by its level in the document."""
        said = None if label is None else label.text
        if heading.tag == "h" and label is None and heading.get("is-list-header") != "true":
            said = self._outline.label(whole(heading.get("outline-level"), 1) - 1, _start(heading))
        if said:
            yield Run(f"{said} ")

    def _list(self, element: Element, counts: Counts | None = None, level: int = 0) -> Iterator[Block | Labelled]:
        style = _style(element)
        if counts is None:
            goes_on = element.get("continue-numbering") == "true" and style in self._lists
            counts = self._lists.get(element.get("continue-list", "")) or (self._lists[style] if goes_on else None)
            counts = counts or Counts(self._styles.levels(style))
            self._lists[style] = self._lists[element.get("id", style)] = counts
        elif style and (levels := self._styles.levels(style)):
            counts.levels = {**counts.levels, **{each: found for each, found in levels.items() if each >= level}}
        for item in element:
            is_first = item.tag == "list-item"
            for is_list, children in groupby(item, lambda child: child.tag == "list"):
                own: list[Block | Labelled] = []
                for child in children:
                    if is_list:
                        yield from self._list(child, counts, level + 1)
                    elif is_first and child.tag in ("p", "h"):
                        own.extend(self._paragraph(child, Label(level, counts.label(level, _start(item)))))
                        is_first = False
                    else:
                        own.extend(self._found((child,)))
                if own and isinstance(own[0], Labelled):  # the rest is of its item
                    own = [evolve(own[0], blocks=tuple(joined((*own[0].blocks, *own[1:]))))]
                yield from own

    def _numbered(self, element: Element) -> Iterator[Block | Labelled]:
        """Yield a paragraph that is an item of the list that it names."""
        style, level = _style(element), max(0, whole(element.get("level"), 1) - 1)
        counts = self._lists.setdefault(element.get("list-id", style), Counts(self._styles.levels(style)))
        for child in element:
            if child.tag in ("p", "h"):
                yield from self._paragraph(child, Label(level, counts.label(level, _start(element))))

    def _shape(self, shape: Element) -> Iterator[Block]:
        blocks: list[Block] = []
        runs = tuple(self._drawn(shape, Run(), blocks))
        if runs:
            yield Paragraph(alone(runs))
        yield from blocks

    # --- runs

    def _runs(self, element: Element, style: Run, beside: list[Block]) -> Iterator[Run]:
        """Yield the runs of *element*; blocks that are anchored in it come to *beside*."""
        if element.text:
            yield evolve(style, text=seen(_SPACE.sub(" ", element.text)))
        for child in element:
            yield from self._run(child, style, beside)
            if child.tail:
                yield evolve(style, text=seen(_SPACE.sub(" ", child.tail)))

    def _run(self, child: Element, style: Run, beside: list[Block]) -> Iterator[Run]:
        match child.tag:
            case "s":
                yield evolve(style, text=" " * min(whole(child.get("c"), 1), 1000))
            case "tab":
                yield evolve(style, text=" ")
            case "page-number" if self._number:  # the file has a word for it
                yield evolve(style, text=self._number)
            case "line-break":
                yield BREAK
            case "span":
                if self._styles.fact("text", _style(child), "display") != "none":
                    yield from self._runs(child, self._styles.styled("text", _style(child), style), beside)
            case "a":
                yield from self._runs(child, evolve(style, link=child.get("href")), beside)
            case "note":
                self._called += 1
                label = str(self._called)
                yield Run(note=label)
                self._notes.append(Note(label, tuple(self.blocks(child.find("note-body") or ()))))
            case "ruby-text":
                yield evolve(style, text="(")
                yield from self._runs(child, style, beside)
                yield evolve(style, text=")")
            case tag if tag in _SHAPES:
                if not _floats(child):
                    yield from self._drawn(child, style, beside)
            case tag if tag not in _UNSEEN:
                yield from self._runs(child, style, beside)

    def _drawn(self, shape: Element, style: Run, beside: list[Block]) -> Iterator[Run]:
        """Yield the picture or formula of *shape*; its text and tables come to *beside*."""
        if shape.tag != "frame":
            for child in shape:
                if child.tag in _SHAPES:
                    yield from self._drawn(child, style, beside)
                else:
                    beside.extend(self.blocks((child,)))
            return
        objects = map(self._embedded, shape.findall("object"))
        embedded = next((each for each in objects if each is not None and len(each)), None)
        if embedded is not None and embedded.tag == "math":
            if said := latex(embedded):
                yield evolve(style, text=f"${said}$", formula=True)
        elif embedded is not None:  # a chart, or a sheet, by its numbers
            charts = embedded.findall("body/chart/chart")
            titles = [each for chart in charts for each in chart.iter() if each.tag in ("title", "subtitle")]
            beside.extend(chart_blocks([[[" ".join(plain(self.blocks(title)).split()) for title in titles]]]))
            beside.extend(table_of(table, self._said) for table in embedded.iter("table"))
        else:
            inside = [each for each in shape if each.tag in ("text-box", "table")]
            images = [] if inside else shape.findall("image")  # beside a table, they are pictures of it
            image = next((each for each in images if each.get("href", "").lower().endswith(_SHOWN)), None)
            alternate = shape.findtext("desc") or shape.findtext("title") or ""
            for each in images[:1] if image is None else (image,):
                photo = self._photo(each)
                if photo is not None:
                    yield evolve(style, photo=evolve(photo, alternate=" ".join(alternate.split())))
            beside.extend(self.blocks(inside))

    def _said(self, cell: Iterable[Element]) -> list[Block]:
        """Return the paragraphs of a chart's *cell*: lists say the parts of its name again."""
        return self.blocks(each for each in cell if each.tag == "p")

    def _photo(self, image: Element) -> Photo | None:
        """Return the picture that *image* names or holds; None if it is elsewhere."""
        if (data := image.findtext("binary-data")) is not None:
            return Photo("".join(data.split()))
        name = inside("", image.get("href", ""))
        return Photo(base64.b64encode(self._files.file(name)).decode()) if name in self._files else None

    def _embedded(self, element: Element) -> Element | None:
        """Return the formula, chart or sheet that *element* names or holds; None if it is elsewhere."""
        name = f"{inside('', element.get('href', ''))}/content.xml"
        return self._files.xml(name) if name in self._files else element.find("math")


def _unsectioned(body: Iterable[Element]) -> Iterator[Element]:
    for element in body:
        if element.tag in _UNSEEN or element.get("display") == "none":
            continue
        if element.tag == "section" or element.tag.endswith(("-index", "-of-content", "index-body")):
            yield from _unsectioned(element)
        else:
            yield element


def _floats(shape: Element) -> bool:
    return shape.get("anchor-type", "as-char") != "as-char"


def _floating(element: Element) -> Iterator[Element]:
    """Yield the shapes that are anchored in the paragraph *element*, and stand elsewhere than its text."""
    for child in element:
        if child.tag in _SHAPES and _floats(child):
            yield child
        elif child.tag in ("span", "a"):
            yield from _floating(child)


def _visible(elements: list[Element], shown: Callable[[Element], str]) -> list[Element]:
    """Return those of *elements* that are not hidden; all of them if all are."""
    return [each for each in elements if shown(each) not in ("false", "hidden")] or elements


def _style(element: Element) -> str:
    return element.get("style-name", "")


def _start(element: Element) -> int | None:
    return whole(element.get("start-value"), 1) if element.get("start-value") else None

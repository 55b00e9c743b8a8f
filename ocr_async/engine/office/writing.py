"""
From what a flowing document says to the page that callers get: Markdown, tables, pictures, links, elements.

Such a page has no picture of its own, so it has neither dimensions nor blocks, and nothing on it has a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from attrs import evolve

from ...models import OCRElement, OCRImage, OCRPage, OCRPageConfidence, OCRTable
from ...tables.html import table_html
from ..assembly import element_of
from ..legible import legible
from ..markdown import beginning_lines, code_markdown, inline, table_markdown
from ..output_format import formed
from ..page import Box, Cell, Item, Region, RegionType
from ..values import PageOptions
from . import photos
from .content import (
    BREAK,
    Block,
    Code,
    Entry,
    Heading,
    Leaf,
    Listing,
    Markdown,
    Note,
    Paragraph,
    Photo,
    Quote,
    Rule,
    Run,
    Table,
    plain,
)


__all__ = ["page_of"]

_NOWHERE = Box(0, 0, 0, 0)
_style = attrgetter("bold", "italic", "struck", "code", "script", "link")
_SET_IN = re.compile(r"(\n[ ]*\n) {4,}")  # behind an empty line that would be code
_SCHEMES = ("http://", "https://", "mailto:", "tel:", "ftp://")


def page_of(index: int, leaf: Leaf, wanted: PageOptions) -> OCRPage:
    """Return *leaf* as page *index*."""
    return _Writer(wanted).page(index, leaf)


class _Writer:
    """Writes one page; pictures, tables and links are numbered in the order in which they are met."""

    def __init__(self, wanted: PageOptions) -> None:
        self.wanted = wanted
        self.images: list[OCRImage] = []
        self.tables: list[OCRTable] = []
        self.links: dict[str, None] = {}
        self.unread = 0

    def page(self, index: int, leaf: Leaf) -> OCRPage:
        """Return *leaf* as page *index*, counted from 0."""
        pieces: list[str] = []
        elements: list[OCRElement] = []

        def add(blocks: Iterable[Block], running_heads: RegionType | None = None) -> None:
            for block in blocks:
                first = len(self.images)
                if running_heads is None or self.wanted.running_heads:
                    pieces.append(self.block(block))
                elements.extend(element_of(region, None) for region in _regions(block, running_heads))
                elements.extend(_shown(image) for image in self.images[first:])

        add(leaf.header, "header")
        add(leaf.blocks)
        add(leaf.footer, "footer")
        markdown = "\n\n".join(filter(None, pieces))
        warnings = list(leaf.warnings)
        if self.unread:
            warnings.append(f"{self.unread} picture(s) of this page are of a kind that is not read, such as EMF or SVG")
        outside = not self.wanted.running_heads
        page = OCRPage(
            index=index,
            markdown=markdown,
            images=tuple(self.images),
            tables=tuple(self.tables),
            hyperlinks=tuple(self.links),
            header=plain(leaf.header) or None if outside else None,
            footer=plain(leaf.footer) or None if outside else None,
            confidence_scores=OCRPageConfidence(average_page_confidence_score=1.0, minimum_page_confidence_score=1.0)
            if markdown and self.wanted.confidence is not None
            else None,
            elements=tuple(elements),
            extra={"warnings": warnings} if warnings else {},
        )
        return legible(formed(page, self.wanted.form))

    # --- blocks

    def block(self, block: Block) -> str:
        """Return the Markdown of *block*; nothing for one that shows nothing."""
        match block:
            case Heading(level=level, runs=runs):
                text = self.runs([evolve(run, bold=False) if run.bold else run for run in runs], " ")
                return f"{'#' * level} {text}" if text else ""
            case Paragraph(runs=runs):
                return _SET_IN.sub(r"\1   ", beginning_lines(self.runs(runs)))
            case Listing():
                return self.listing(block)
            case Table():
                return self.table(block)
            case Code(text=text, language=language):
                return code_markdown(text, language)
            case Quote(blocks=blocks):
                return _indented(self.blocks(blocks), "> ")
            case Note(label=label, blocks=blocks):
                return f"[^{label}]: " + _indented(self.blocks(blocks), "    ").lstrip()
            case Markdown(text=text):
                return text
            case Rule():
                return "---"
            case _:
                return ""

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "\n\n".join(filter(None, map(self.block, blocks)))

    def listing(self, listing: Listing) -> str:
        entries: list[str] = []
        loose = any(sum(not isinstance(each, Listing) for each in entry.blocks) > 1 for entry in listing.entries)
        for number, entry in enumerate(listing.entries, listing.start or 0):
            mark = _mark(entry, number, numbered=listing.start is not None)
            parts = filter(None, map(self.block, entry.blocks))
            entries.append(mark + _indented(("\n\n" if loose else "\n").join(parts), " " * _depth(mark)).lstrip())
        return ("\n\n" if loose else "\n").join(entries)

    def table(self, table: Table) -> str:
        form = self.wanted.table_format
        if form == "html" or (form is None and self.wanted.form == "html"):
            content = table_html(_cells(table, self.html), said=str)
        else:
            content = table_markdown(_cells(table, self.in_cell), said=str)
        if form is None or not content:
            return content
        name = f"tbl-{len(self.tables)}.{'html' if form == 'html' else 'md'}"
        self.tables.append(OCRTable(id=name, content=content, format=form))
        return f"[{name}]({name})"

    def in_cell(self, blocks: Iterable[Block]) -> str:
        """Return *blocks* as the one line that a Markdown table's cell has."""
        return "<br>".join(filter(None, map(self._line, blocks))).replace("|", "\\|")

    def _line(self, block: Block) -> str:
        match block:
            case Heading(runs=runs) | Paragraph(runs=runs):
                return self.runs(runs, "<br>")
            case Listing(entries=entries, start=start):
                return "<br>".join(
                    _mark(entry, number, numbered=start is not None)
                    + "<br>".join(filter(None, map(self._line, entry.blocks)))
                    for number, entry in enumerate(entries, start or 0)
                )
            case Table(fields=fields):
                rows = groupby(fields, key=lambda field: field.row)
                lines = (
                    " ".join(filter(None, (self._line(each) for field in row for each in field.blocks)))
                    for _, row in rows
                )
                return "<br>".join(filter(None, lines))
            case Quote(blocks=blocks) | Note(blocks=blocks):
                return "<br>".join(filter(None, map(self._line, blocks)))
            case Code(text=text):
                return self.runs([Run(" ".join(text.split()), code=True)])
            case _:
                return ""

    def html(self, blocks: Iterable[Block]) -> str:
        """Return *blocks* as the content of an HTML table's cell."""
        pieces: list[str] = []
        last: Block | None = None
        for block in blocks:
            match block:
                case Heading(runs=runs) | Paragraph(runs=runs):
                    # paragraphs need no tags of their own: what stands between two of them is a line break
                    if isinstance(last, (Heading, Paragraph)):
                        pieces.append("<br>")
                    pieces.extend(map(self._run_html, _joined(runs)))
                case Listing(entries=entries, start=start):
                    items = "".join(f"<li>{_before(entry)}{self.html(entry.blocks)}</li>" for entry in entries)
                    first = f' start="{start}"' if start not in (None, 1) else ""
                    pieces.append(f"<ul>{items}</ul>" if start is None else f"<ol{first}>{items}</ol>")
                case Table():
                    pieces.append(table_html(_cells(block, self.html), said=str))
                case Quote(blocks=inner) | Note(blocks=inner):
                    pieces.append(f"<blockquote>{self.html(inner)}</blockquote>")
                case Code(text=text):
                    pieces.append(f"<pre>{escape(text, quote=False)}</pre>")
            last = block
        return "".join(pieces)

    # --- runs

    def runs(self, runs: Sequence[Run], line: str = "  \n") -> str:
        """Return *runs* as Markdown; *line* stands where a line ends."""
        if len(runs) == 1 and runs[0].link is None:  # as in most of the cells of a large sheet
            return "" if runs[0] is BREAK else self._run(runs[0]).strip()
        pieces: list[str] = []
        for link, linked in groupby(_joined(runs), key=lambda run: run.link):
            text = "".join(line if run is BREAK else self._run(run, among=len(runs) > 1) for run in _apart([*linked]))
            target = _target(link)
            if target is None or not text.strip():
                pieces.append(text)
                continue
            assert link is not None
            self.links[link] = None
            before, core, after = _trimmed(text)
            pieces.append(f"{before}[{core}]({target}){after}")
        return "".join(pieces).strip()

    def _run(self, run: Run, *, among: bool = False) -> str:
        if run.photo is not None:
            name = self.picture(run.photo)
            return inline(run.photo.alternate) if name is None else f"![{name}]({name})" if name else ""
        if run.note is not None:
            return f"[^{run.note}]"
        before, core, after = _trimmed(run.text)
        if not core or run.formula:
            return run.text
        if run.code:
            # longer than any run of them within, or the rest would not be code
            fence = "`" * (1 + max(map(len, re.findall("`+", core)), default=0))
            gap = " " if "`" in core else ""
            return f"{before}{fence}{gap}{core}{gap}{fence}{after}"
        core = inline(core, among=among)
        if run.script:
            core = f"<{run.script}>{core}</{run.script}>"
        for mark, wanted in (("~~", run.struck), ("*", run.italic), ("**", run.bold)):
            if wanted:
                core = f"{mark}{core}{mark}"
        return f"{before}{core}{after}"

    def _run_html(self, run: Run) -> str:
        if run is BREAK:
            return "<br>"
        if run.photo is not None:
            name = self.picture(run.photo)
            return escape(run.photo.alternate) if name is None else f'<img src="{name}" alt="">' if name else ""
        if run.note is not None:
            return f"<sup>{escape(run.note)}</sup>"
        text = escape(run.text, quote=False)
        tags = (run.script, "code" if run.code else None, "del" if run.struck else None)
        for tag in (*tags, "em" if run.italic else None, "strong" if run.bold else None):
            if tag:
                text = f"<{tag}>{text}</{tag}>"
        if run.link is not None and (target := _target(run.link)) is not None:
            self.links[run.link] = None
            text = f'<a href="{escape(target)}">{text}</a>'
        return text

    def picture(self, photo: Photo) -> str | None:
        """Return the name of *photo* on this page; none if it is not wanted, None if it cannot be read."""
        kind = photos.kind_of(photo)
        if kind is None:
            self.unread += 1
            return None
        limit, smallest = self.wanted.image_limit, self.wanted.image_min_size
        if limit is not None and len(self.images) >= limit:
            return ""
        if smallest is not None and photos.shortest_side(photo) < smallest:
            return ""
        name = f"img-{len(self.images)}.{kind}"
        self.images.append(OCRImage(id=name, image_base64=photos.data_uri(photo) if self.wanted.images else None))
        return name


def _cells(table: Table, said: Any) -> list[Cell]:
    return [
        Cell(
            text=said(field.blocks),
            row=field.row,
            column=field.column,
            row_span=field.row_span,
            column_span=field.column_span,
            header=field.header,
        )
        for field in table.fields
    ]


def _mark(entry: Entry, number: int, *, numbered: bool) -> str:
    """Return what begins *entry* in Markdown, which knows dashes and numbers: other labels are text behind a dash."""
    if entry.label is None:
        return f"{number}. " if numbered else "- "
    return f"{entry.label} " if re.fullmatch(r"\d{1,9}[.)]", entry.label) else f"- {inline(entry.label)} "


def _depth(mark: str) -> int:
    """Return by how much what belongs to an entry with *mark* is set in."""
    return 2 if mark[0] == "-" else len(mark)


def _before(entry: Entry) -> str:
    return f"{escape(entry.label, quote=False)} " if entry.label else ""


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Return *runs* with neighbours of one style made one."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else BREAK
        alike = run is not BREAK and last is not BREAK and run.photo is None and run.note is None and not run.formula
        if alike and last.photo is None and last.note is None and not last.formula and _style(last) == _style(run):
            joined[-1] = evolve(run, text=last.text + run.text)
        else:
            joined.append(run)
    return joined


def _apart(runs: Sequence[Run]) -> Iterable[Run]:
    """
    Yield *runs* with signs at the end of an emphasis outside of it where a letter follows, and likewise before it.

    There marks of emphasis would be none: in "**Note:**text" the second two do not end what the first begin.
    """
    for at, run in enumerate(runs):
        if not (run.bold or run.italic or run.struck) or run.code or run.formula or not run.text:
            yield run
            continue
        before = runs[at - 1].text[-1:] if at else ""
        after = runs[at + 1].text[:1] if at + 1 < len(runs) else ""
        first = _signs(run.text) if before.isalnum() else 0
        last = len(run.text) - (_signs(run.text[first:][::-1]) if after.isalnum() else 0)
        upright = evolve(run, bold=False, italic=False, struck=False)
        if {"*", "_"} & {*run.text[:first], *run.text[last:]}:  # outside they would be marks themselves
            yield upright
            continue
        pieces = ((run.text[:first], upright), (run.text[first:last], run), (run.text[last:], upright))
        yield from (evolve(style, text=text) for text, style in pieces if text)


def _signs(text: str) -> int:
    """Return how many signs, neither letters nor spaces, *text* begins with."""
    return next((at for at, letter in enumerate(text) if letter.isalnum() or letter.isspace()), len(text))


def _trimmed(text: str) -> tuple[str, str, str]:
    """Return the space before *text*, the text, and the space after it: marks of emphasis must touch the text."""
    core = text.strip()
    before, _, after = text.partition(core) if core else (text, "", "")
    return before, core, after


def _target(link: str | None) -> str | None:
    """Return *link* as it stands in Markdown; None where it leads nowhere outside of the document."""
    if link is None or not link.lower().startswith(_SCHEMES):
        return None
    return quote(link, safe="!#$%&'*+,/:;=?@[]~-._")


def _indented(text: str, by: str) -> str:
    return "\n".join(by + line if line else by.rstrip() for line in text.split("\n"))


# --- elements ---------------------------------------------------------------------------------------------------


def _regions(block: Block, running_heads: RegionType | None) -> Iterable[Region]:
    """Yield *block* as the region of a page that elements are made of."""
    if running_heads is not None:
        kind: RegionType = running_heads
    else:
        match block:
            case Heading(level=level):
                yield Region("title", _NOWHERE, plain((block,)), level=level)
                return
            case Table():
                yield Region("table", _NOWHERE, cells=tuple(_cells(block, plain)))
                return
            case Listing():
                yield Region("list", _NOWHERE, items=tuple(_items(block, 0)))
                return
            case Code(language=language):
                yield Region("code", _NOWHERE, block.text, language=language)
                return
            case Paragraph(kind=kind):
                pass
            case Quote(aside=True):
                kind = "aside_text"
            case Note():
                kind = "footnote"
            case _:
                kind = "text"
    if text := plain((block,)):
        yield Region(kind, _NOWHERE, text)


def _items(listing: Listing, level: int) -> Iterable[Item]:
    for number, entry in enumerate(listing.entries, listing.start or 0):
        own = [block for block in entry.blocks if not isinstance(block, Listing)]
        yield Item(plain(own), level=level, marker=_mark(entry, number, numbered=listing.start is not None).rstrip())
        for block in entry.blocks:
            if isinstance(block, Listing):
                yield from _items(block, level + 1)


def _shown(image: OCRImage) -> OCRElement:
    return OCRElement(type="image", label="picture", data={"id": image.id})

"""
HTML as blocks: what a browser would show, without styles, scripts or anything from elsewhere.

Lexbor builds the tree as browsers do, however broken the markup is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import evolve
from selectolax.lexbor import LexborHTMLParser

from ...errors import DocumentError
from .content import (
    BREAK,
    Block,
    Code,
    Entry,
    Heading,
    Leaf,
    Note,
    PageBreak,
    Paragraph,
    Photo,
    Quote,
    Rule,
    Run,
    Table,
    alone,
    parted,
    seen,
)
from .grid import Named, placed
from .html_controls import children, control_text, formula_text, item_labels
from .html_notes import Notes, is_call, is_way_back, without_label
from .lists import numbered


__all__ = ["blocks_of", "decoded", "leaves"]

Find = Callable[[str], Photo | None]
"""Returns the picture that an address means, where the document itself holds it."""

_UNSEEN = frozenset(
    {"head", "script", "style", "template", "noscript", "iframe", "embed", "canvas", "audio"}
    | {"video", "map", "datalist", "dialog", "title", "meta", "link", "base", "source", "track", "param"}
    | {"rp"}  # around a reading, for browsers that cannot set it above its word
)
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em", "font"}
    | {"i", "ins", "kbd", "label", "mark", "nobr", "output", "q", "rb", "rt", "rtc", "ruby", "s", "samp", "small"}
    | {"span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "picture", "meter"}
    | {"progress"}
)
_BETWEEN = {"q": ("“", "”"), "rt": ("(", ")")}
_STYLES: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("b", "strong"), ("bold", True)),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), ("italic", True)),
    **dict.fromkeys(("s", "strike", "del"), ("struck", True)),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), ("code", True)),
    "sup": ("script", "sup"),
    "sub": ("script", "sub"),
}
# To XML a slash ends an element that to HTML goes on until the end of the file.
_CLOSED = re.compile(
    r"<(?!(?:area|br|col|hr|img|input|wbr|meta|link|base)\b)([a-z][\w:.-]*)((?:\s[^<>]*)?)/>", re.IGNORECASE
)
# What stays open until it is closed.
_NESTING = re.compile(
    r"<(/)?(?:div|span|[abisuq]|em|strong|font|small|big|code|tt|ul|ol|dl|table|blockquote|section|article|main|nav|aside"
    r"|header|footer|center|form|figure|button|svg|object|sup|sub|ins|del|mark|label|fieldset|details|template)\b",
    re.IGNORECASE,
)
_MOST_NESTED = 5_000
_MOST_TAGS = 300_000  # of one text; each takes some 15 µs until it is on a page, of the 10 s that one has
_DEEPEST = 100  # blocks and marks within each other; below there is text alone
_SPACE = re.compile(r"[ \t\n\r\f]+")
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DATA = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BREAK = re.compile(r"(?:page-)?break-(before|after)\s*:\s*(?:always|page|left|right)", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source)-([\w+#-]+)|^sourceCode (\w+)$")
_LONGEST_SPAN = 65_534  # rows; the limit of browsers


def leaves(data: bytes) -> list[Leaf]:
    """Return the pages of an HTML file: one, or as many as its styles begin."""
    pages = filter(None, parted(blocks_of(decoded(data), _own)))
    return [Leaf(blocks) for blocks in pages] or [Leaf()]


def decoded(data: bytes, *, xml: bool = False) -> str:
    """
    Return the text of an HTML file: by its byte order mark, by what it says of itself, or as UTF-8.

    Args:
        xml: Whether it is XHTML, whatever its first bytes say.
    """
    text = _decoded(data)
    return _CLOSED.sub(r"<\1\2></\1>", text) if xml or text.startswith("<?xml") else text


def _decoded(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8-sig", "replace")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    said = _CHARSET.search(data[:1024])
    name = said[1].decode("ascii") if said else "utf-8"
    if name.lower() in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"}:
        name = "cp1252"  # which is what the web means by them
    try:
        return data.decode("utf-8" if name.lower().startswith("utf-16") else name)
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8" if said is not None else "cp1252", "replace")


def blocks_of(text: str, find: Find) -> list[Block]:
    """
    Return the blocks of an HTML file or fragment.

    Args:
        find: Gives the pictures.

    Raises:
        DocumentError: It is nested too deeply: time for the tree grows with the square of its depth. Or it has too many
            tags.
    """
    if text.count("<") > _MOST_TAGS:
        raise DocumentError(f"the HTML has more than {_MOST_TAGS:,} tags, which are not read")
    depth = 0
    for tag in _NESTING.finditer(text):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > _MOST_NESTED:
            raise DocumentError("the HTML is nested too deeply")
    body = LexborHTMLParser(text).body
    if body is None:
        return []
    notes = Notes(body)
    blocks = _Flow(find, notes).read(body)
    for label, node in notes.bodies():
        blocks.append(Note(label, without_label(_Flow(find, notes).inside(node, Run()))))
    return blocks


def _own(address: str) -> Photo | None:
    """Return the picture that a data URI holds. Nothing is fetched, from no network and no disk."""
    found = _DATA.match(address)
    return Photo(_SPACE.sub("", address[found.end() :])) if found else None


class _Flow:
    """Blocks in the making: runs gather to a paragraph until a block begins or ends."""

    def __init__(self, find: Find, notes: Notes, depth: int = 0) -> None:
        self.find = find
        self.notes = notes
        self.depth = depth
        self.blocks: list[Block] = []
        self.runs: list[Run] = []

    def read(self, node: Any, style: Run = Run()) -> list[Block]:  # noqa: B008 - frozen
        self.walk(node, style)
        self.flush()
        return self.blocks

    def inside(self, node: Any, style: Run) -> tuple[Block, ...]:
        """Return the blocks inside *node*, apart from those around it."""
        blocks = _Flow(self.find, self.notes, self.depth).read(node, style)
        return tuple(block for block in blocks if not isinstance(block, PageBreak))

    def flush(self, *, caption: bool = False) -> None:
        if runs := alone(_collapsed(self.runs)):
            self.blocks.append(Paragraph(runs, "caption" if caption else "text"))
        self.runs = []

    def walk(self, node: Any, style: Run) -> None:
        if self.depth == _DEEPEST:
            self.say(node.text(deep=True), style)
            return
        self.depth += 1
        for child in children(node):
            tag = child.tag or "span"  # some damaged ones have no name
            if tag == "-text":
                self.say(child.text_content or "", style)
            elif tag[0] in "-!" or tag in _UNSEEN or _is_hidden(child) or self.notes.is_taken(child):
                continue
            elif tag == "svg":  # the covers of books are pictures in drawings
                for image in child.css("image"):
                    self.picture(image, style)
                self.say(" ".join(text.text(deep=True) for text in child.css("text")), style)
            elif tag == "math":
                if text := formula_text(child):
                    self.runs.append(evolve(style, text=text, formula=True))
            elif tag in ("input", "select"):
                self.say(control_text(child), style)
            elif tag == "a" and (is_call(child) or is_way_back(child)):
                self.note(child, style)
            elif tag in _BETWEEN and child.text(deep=True).strip():
                before, after = _BETWEEN[tag]
                self.say(before, style)
                self.walk(child, style)
                self.say(after, style)
            elif tag == "br":
                self.runs.append(BREAK)
            elif tag == "img":
                self.picture(child, style)
            elif tag in _INLINE:
                self.walk(child, _styled(tag, child, style))
            else:
                self.block(tag, child, style)
        self.depth -= 1

    def say(self, text: str, style: Run) -> None:
        self.runs.append(evolve(style, text=seen(_SPACE.sub(" ", text))))

    def note(self, node: Any, style: Run) -> None:
        """Read a link that calls a note, or leads back from one."""
        if is_way_back(node):
            return
        label = self.notes.label(node)
        if label is not None:
            self.runs.append(Run(note=label))
        else:  # it stands in another file
            self.walk(node, evolve(style, script="sup"))

    def picture(self, node: Any, style: Run) -> None:
        alternate = " ".join((node.attributes.get("alt") or "").split())
        address = next(filter(None, map(node.attributes.get, ("src", "href", "xlink:href"))), "")
        photo = self.find(address.strip())
        if photo is not None:
            self.runs.append(evolve(style, photo=evolve(photo, alternate=alternate)))
        elif alternate:
            self.runs.append(evolve(style, text=alternate))

    def block(self, tag: str, node: Any, style: Run) -> None:
        self.flush()
        breaks = {found[1].lower() for found in _BREAK.finditer(node.attributes.get("style") or "")}
        if "before" in breaks:
            self.blocks.append(PageBreak())
        match tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                self.heading(int(tag[1]), node, style)
            case "ul" | "ol" | "menu" | "dir":
                self.blocks.extend(self.listing(tag, node, style))
            case "table":
                self.table(node, style)
            case "pre" | "listing" | "xmp" | "textarea":
                if (text := "".join(_as_typed(node)).strip("\n")).strip():
                    self.blocks.append(Code(text, _language(node)))
            case "blockquote":
                if inside := self.inside(node, style):
                    self.blocks.append(Quote(inside))
            case "hr":
                self.blocks.append(Rule())
            case "dt":
                self.walk(node, evolve(style, bold=True))
                self.flush()
            case "figcaption":
                self.walk(node, style)
                self.flush(caption=True)
            case _:
                self.walk(node, style)
                self.flush()
        if "after" in breaks:
            self.blocks.append(PageBreak())

    def heading(self, level: int, node: Any, style: Run) -> None:
        for block in self.inside(node, style):
            # blocks in a heading are bad markup: they stay as they are, so that nothing is lost
            self.blocks.append(Heading(level, block.runs) if isinstance(block, Paragraph) else block)

    def listing(self, tag: str, node: Any, style: Run) -> Iterator[Block]:
        entries: list[Entry] = []
        items: list[Any] = []
        for child in children(node):
            if self.notes.is_taken(child):
                continue
            if child.tag == "li":
                items.append(child)
                entries.append(Entry(self.inside(child, style)))
            elif child.tag in ("ul", "ol", "menu", "dir"):  # a list right in a list belongs to the item before
                nested = tuple(self.listing(child.tag, child, style))
                if not entries:
                    entries.append(Entry(()))
                    items.append(None)
                entries[-1] = Entry(entries[-1].blocks + nested)
            elif child.tag[0] not in "-!" and child.tag not in _UNSEEN and (inside := self.inside(child, style)):
                items.append(None)
                entries.append(Entry(inside))
        if tag == "ol":
            entries = [
                evolve(entry, label=label) for entry, label in zip(entries, item_labels(node, items), strict=True)
            ]
        if entries:
            yield numbered(entries)

    def table(self, node: Any, style: Run) -> None:
        rows: list[list[Named]] = []
        nested = False
        for child in children(node):
            if child.tag == "caption":
                self.walk(child, style)
                self.flush(caption=True)
        for row, head in _rows(node):
            cells = []
            for cell in children(row):
                if cell.tag not in ("td", "th"):
                    continue
                inside = self.inside(cell, style)
                nested = nested or any(isinstance(block, Table) for block in inside)
                cells.append(
                    Named(
                        inside,
                        _number(cell.attributes.get("rowspan"), 1) or _LONGEST_SPAN,
                        _number(cell.attributes.get("colspan"), 1),
                        header=head or cell.tag == "th",
                    )
                )
            rows.append(cells)
        # letters and old pages put everything into tables: those are no tables of anything
        if nested or sum(map(len, rows)) < 2 or node.attributes.get("role") in ("presentation", "none"):
            self.blocks.extend(block for cells in rows for cell in cells for block in cell.blocks)
        else:
            self.blocks.append(Table(placed(rows)))


def _as_typed(node: Any) -> Iterator[str]:
    for child in children(node):
        if child.tag == "-text":
            yield child.text_content or ""
        elif child.tag == "br":
            yield "\n"
        else:
            yield from _as_typed(child)


def _rows(table: Any) -> Iterator[tuple[Any, bool]]:
    """Yield each row of *table*, and whether it is one of its head."""
    for child in children(table):
        if child.tag == "tr":
            yield child, False
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from ((row, child.tag == "thead") for row in children(child) if row.tag == "tr")


def _styled(tag: str, node: Any, style: Run) -> Run:
    if tag == "a" and (link := (node.attributes.get("href") or "").strip()):
        return evolve(style, link=link)
    if tag not in _STYLES:
        return style
    name, value = _STYLES[tag]
    return evolve(style, **{name: value})


def _is_hidden(node: Any) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
        return True
    # KaTeX says each formula twice: as MathML, and drawn
    return attributes.get("aria-hidden") == "true" and "katex-html" in (attributes.get("class") or "")


def _language(node: Any) -> str | None:
    inner = node.css_first("code")
    for one in (node, inner):
        if one is not None and (found := _LANGUAGE.search(one.attributes.get("class") or "")):
            return found[1] or found[2]
    return None


def _number(text: str | None, otherwise: int) -> int:
    found = re.match(r"\s*(\d{1,9})", text or "")
    return int(found[1]) if found else otherwise


def _collapsed(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return *runs* without the spaces that a browser does not show; nothing if there is nothing to see."""
    kept: list[Run] = []
    after_space = True
    for run in runs:
        if run is BREAK:
            if kept and kept[-1] is not BREAK and kept[-1].text.endswith(" "):
                kept[-1] = evolve(kept[-1], text=kept[-1].text[:-1])
            kept.append(run)
            after_space = True
        elif run.photo is not None or run.note is not None:
            kept.append(run)
            after_space = False
        elif text := run.text[1:] if after_space and run.text.startswith(" ") else run.text:
            kept.append(run if text is run.text else evolve(run, text=text))
            after_space = text.endswith(" ")
    while kept and not kept[-1].says:  # as a break does not
        kept.pop()
    while kept and kept[0] is BREAK:
        kept.pop(0)
    return tuple(kept)

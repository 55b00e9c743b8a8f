"""
Word, PowerPoint and Excel files: what office-oxide finds in them, as pages of blocks.

A slide is a page, and so is a sheet. A Word document knows its pages only where its author began one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import office_oxide
from attrs import evolve

from ...errors import DocumentError
from ..symbol_fonts import MONO
from .content import (
    BREAK,
    Block,
    Code,
    Entry,
    Heading,
    Leaf,
    Listing,
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
    plain,
    seen,
)
from .grid import Named, placed
from .lists import Labelled, joined, listed, numbered
from .sheets import sheet_leaf
from .xml import slides, word
from .xml.charts import blocks_of_mark
from .xml.marks import FORMULA, Label, unmarked
from .xml.workbooks import Workbook, workbook


__all__ = ["Kind", "leaves"]

Kind = Literal["docx", "pptx", "xlsx"]

MOST_TEXT = 256 << 20
"""Characters of a document as office-oxide writes it down, pictures in base64 included."""

_Found = Mapping[str, Any]
_REPEATED = frozenset({"ftr", "sldNum", "dt", "hdr"})  # placeholders of a slide that repeat on every one
_BEGINS_PAGE = frozenset({"next_page", "even_page", "odd_page"})
_LONGEST_TITLE = 200
_NAMED = '"font_name":"'
_FONT = re.compile(_NAMED + '([^"]*)"')
_TEXT = re.compile(r'"text":"([^"\\]*(?:\\.[^"\\]*)*)"(?:[^{}]*?"font_name":"([^"]*)")?')


def leaves(data: bytes, kind: Kind) -> tuple[int, Callable[[int], Leaf]]:
    """
    Return how many pages an Office file has, and what gives each of them.

    Raises:
        DocumentError: It is damaged, or holds more than is read.
    """
    match kind:
        case "docx":
            book = Workbook(word.with_shown(data))
        case "pptx":
            book = Workbook(slides.with_shown(data))
        case _:
            book = workbook(data)
    try:
        written = office_oxide.Document.from_bytes(book.data, kind).to_ir_json()
    except office_oxide.OfficeOxideError:  # its text may carry text of the document
        raise DocumentError(f"the {kind.upper()} file cannot be read: it is damaged or cut off") from None
    if len(written) > MOST_TEXT:
        raise DocumentError(f"the {kind.upper()} file holds more than is read: {MOST_TEXT >> 20} MiB unpacked")
    found = json.loads(_without_typewriter(written))
    sections = [section for section in found["sections"] if not section.get("hidden")] or found["sections"]
    del written
    if kind == "docx":
        pages = _document(sections)
        return len(pages), pages.__getitem__
    # sheets can be large: each is taken apart when it is asked for
    if kind == "pptx":
        return len(sections), lambda index: _slide(sections[index])
    return len(sections), lambda index: sheet_leaf(sections[index], _blocks, book)


def _without_typewriter(written: str) -> str:
    """Return what office-oxide has *written*, without its fonts where most text is in one of even width: no code."""
    fonts = {name for name in set(_FONT.findall(written)) if MONO.search(name)}
    texts = [(len(text), font in fonts) for text, font in _TEXT.findall(written)] if fonts else []
    even = sum(count for count, is_even in texts if is_even)
    return written.replace(_NAMED, '"_":"') if 2 * even > sum(count for count, _ in texts) else written


def _slide(section: _Found) -> Leaf:
    blocks: list[Block] = []
    placeholders: list[Block] = []
    for element in _unboxed(section["elements"]):
        repeats = element.get("placeholder_role") in _REPEATED
        (placeholders if repeats else blocks).extend(_blocks((element,)))
    # office-oxide counts a slide's title as the second level, under the whole presentation
    body: list[Block] = [
        evolve(block, level=max(1, block.level - 1)) if isinstance(block, Heading) else block for block in blocks
    ]
    notes = tuple(_blocks(section.get("speaker_notes") or ()))
    if plain(notes):
        body.append(Quote(notes, aside=True))
    return Leaf(tuple(body), footer=tuple(placeholders))


def _unboxed(elements: Iterable[_Found]) -> Iterator[_Found]:
    for element in elements:
        if element["type"] == "text_box":
            yield from _unboxed(element["content"])
        else:
            yield element


# --- Word -------------------------------------------------------------------------------------------------------


def _document(sections: Sequence[_Found]) -> list[Leaf]:
    notes = _Notes(sections)
    pages: list[Leaf] = []
    head: tuple[Block, ...] = ()
    foot: tuple[Block, ...] = ()
    for section in sections:
        # a section without a head of its own goes on with the one before
        head = _repeated(section, "header") or head
        foot = _repeated(section, "footer") or foot
        parts = parted(_blocks(section["elements"], notes))
        if pages and section.get("break_type") not in _BEGINS_PAGE:
            pages[-1] = evolve(pages[-1], blocks=pages[-1].blocks + parts.pop(0))
        elif first := parts.pop(0):
            own = _repeated(section, "first_page_header"), _repeated(section, "first_page_footer")
            pages.append(Leaf(first, own[0] or head, own[1] or foot))
        pages += [Leaf(part, head, foot) for part in parts if part]
    pages = pages or [Leaf(header=head, footer=foot)]
    title = _title(sections)
    if title is not None and pages[0].blocks[:1] == (title,):
        pages[0] = evolve(pages[0], blocks=(Heading(1, title.runs), *pages[0].blocks[1:]))
    return [notes.put_under(page) for page in pages]


def _repeated(section: _Found, name: str) -> tuple[Block, ...]:
    found = section.get(name)
    blocks = tuple(_blocks(found["content"])) if found else ()
    return blocks if plain(blocks) else ()


def _title(sections: Sequence[_Found]) -> Paragraph | None:
    """Return the paragraph that opens the document in larger type than any other: Word's title is no heading."""
    elements = [element for section in sections for element in section["elements"]]
    said = [element for element in elements if element["type"] in ("paragraph", "heading") and element.get("content")]
    if len(said) < 2 or said[0]["type"] == "heading":
        return None
    first, *others = map(_type_size, said)
    if not first or first <= max(others):
        return None
    block = Paragraph(tuple(_runs(said[0]["content"])))
    return block if len(plain((block,))) <= _LONGEST_TITLE else None


def _type_size(element: _Found) -> int:
    return max((run.get("font_size_half_pt") or 0 for run in element["content"]), default=0)


class _Notes:
    """Footnotes and endnotes, numbered as they are called, each under the page that calls it."""

    def __init__(self, sections: Sequence[_Found]) -> None:
        self.bodies = {
            (element["type"], element["id"]): element["content"]
            for section in sections
            for element in section["elements"]
            # the margin's comments come as endnotes too, and are no part of what is printed
            if element["type"] in ("footnote", "endnote") and not (element.get("marker") or "").startswith("Comment")
        }
        self.labels: dict[tuple[str, int], str] = {}

    def called(self, kind: str, number: int) -> Run | None:
        """Return the call of a note, which gets the next label; None where there is no such note."""
        key = (kind, number)
        if key not in self.bodies:
            return None
        return Run(note=self.labels.setdefault(key, str(len(self.labels) + 1)))

    def put_under(self, page: Leaf) -> Leaf:
        """Return *page* with the notes that it calls at its end."""
        called = dict.fromkeys(_calls(page.blocks))
        bodies = {label: key for key, label in self.labels.items()}
        notes = [Note(label, tuple(_blocks(self.bodies[bodies[label]]))) for label in called]
        return evolve(page, blocks=(*page.blocks, *notes)) if notes else page


def _calls(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(runs=runs) | Paragraph(runs=runs):
                yield from (run.note for run in runs if run.note is not None)
            case Listing(entries=entries):
                for entry in entries:
                    yield from _calls(entry.blocks)
            case Table(fields=fields):
                for field in fields:
                    yield from _calls(field.blocks)


# --- blocks and runs --------------------------------------------------------------------------------------------


def _blocks(elements: Iterable[_Found], notes: _Notes | None = None) -> Iterator[Block]:
    return joined(_found(elements, notes))


def _found(elements: Iterable[_Found], notes: _Notes | None) -> Iterator[Block | Labelled]:
    for element in elements:
        if element.get("page_break_before"):
            yield PageBreak()
        match element["type"]:
            case "heading":
                label, runs = _labelled(_runs(element["content"], notes))
                if any(run.says for run in runs):
                    if _is_code(runs):
                        runs = tuple(evolve(run, code=False) for run in runs)
                    if label is not None and label.text:
                        runs = (Run(f"{label.text} "), *runs)
                    yield Heading(min(max(1, element.get("level", 1)), 6), runs)
            case "paragraph" if (chart := _chart(element["content"])) is not None:
                yield from chart
            case "paragraph":
                label, runs = _labelled(_runs(element["content"], notes))
                if any(run.says for run in runs):
                    if label is None and _is_code(runs):
                        yield Code("".join(run.text for run in runs))
                    else:
                        yield Paragraph(runs) if label is None else Labelled(label, (Paragraph(runs),))
            case "list":
                yield _listing(element, notes)
            case "table":
                if caption := element.get("caption"):
                    yield Paragraph((Run(caption),), "caption")
                yield Table(placed([_cells(row, notes) for row in element["rows"]]))
            case "image":
                yield Paragraph((Run(photo=Photo(element.get("data"), element.get("alt_text") or "")),))
            case "code_block":
                yield Code(element["content"], element.get("language"))
            case "text_box":
                yield from _blocks(element["content"], notes)
            case "thematic_break":
                yield Rule()
            case "page_break":
                yield PageBreak()


def _chart(content: Sequence[_Found]) -> list[Block] | None:
    return blocks_of_mark(content[0]["text"]) if len(content) == 1 and content[0]["type"] == "text" else None


def _is_code(runs: Iterable[Run]) -> bool:
    return all(run.code or not run.says for run in runs)


def _labelled(runs: Iterable[Run]) -> tuple[Label | None, tuple[Run, ...]]:
    """Return what stands before a paragraph of *runs*, and those without it."""
    said = tuple(runs)
    label, text = unmarked(said[0].text) if said else (None, "")
    if label is None:
        return None, alone(said)
    return label, alone((evolve(said[0], text=text), *said[1:]) if text else said[1:])


def _listing(found: _Found, notes: _Notes | None) -> Listing:
    entries = []
    for item in found["items"]:
        label: str | None = None
        blocks: list[Block | Labelled] = []
        for block in _found(item["content"], notes):
            if isinstance(block, Labelled) and not blocks:
                label, (block,) = block.label.text, block.blocks
            if not isinstance(block, PageBreak):
                blocks.append(block)
        inside = [*listed(blocks)]
        if nested := item.get("nested"):
            inside.append(_listing(nested, notes))
        entries.append(Entry(tuple(inside), label))
    if any(entry.label for entry in entries):
        return numbered(entries)
    start = found.get("start_number")
    return Listing(tuple(entries), (1 if start is None else start) if found.get("ordered") else None)


def _cells(row: _Found, notes: _Notes | None) -> list[Named]:
    header = bool(row.get("is_header"))
    return [
        Named(
            tuple(
                Paragraph((Run(block.text, code=True),))
                if isinstance(block, Code) and "\n" not in block.text
                else block
                for block in _blocks(cell["content"], notes)
                if not isinstance(block, PageBreak)
            ),
            cell["row_span"],
            cell["col_span"],
            header,
        )
        for cell in row["cells"]
    ]


def _runs(content: Iterable[_Found], notes: _Notes | None = None) -> Iterator[Run]:
    for found in content:
        match found["type"]:
            case "text":
                script = found.get("vertical_align")
                text = seen(found["text"].replace("\n", " ").replace("\t", " "))
                if FORMULA.search(text):
                    yield from _formulas(text)
                    continue
                yield Run(
                    text.upper() if found.get("all_caps") else text,
                    bold=bool(found.get("bold")),
                    italic=bool(found.get("italic")),
                    struck=bool(found.get("strikethrough")),
                    code=MONO.search(found.get("font_name") or "") is not None,
                    script="sup" if script == "superscript" else "sub" if script == "subscript" else None,
                    link=found.get("hyperlink"),
                )
            case "line_break":
                yield BREAK
            case "footnote_ref" | "endnote_ref" as kind:
                if notes is not None and (run := notes.called(kind.removesuffix("_ref"), found["note_id"])):
                    yield run


def _formulas(text: str) -> Iterator[Run]:
    """Yield *text*, in which formulas are marked, as runs."""
    for number, piece in enumerate(FORMULA.split(text)):
        if piece:
            yield Run(f"${piece}$", formula=True) if number % 2 else Run(piece)

"""
From Azure's analyzeResult (REST version 2024-11-30) to pages.

The Markdown is Azure's own, cut by the spans of each page; elements, blocks and tables are made of the regions that it
tells of, as the embedded engine's are. All its places are in inches or pixels of the page, from the top left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, evolve

from ...engine.assembly import confidence_of
from ...engine.page import Line, RegionType, union
from ...models import (
    OCRElement,
    OCRPage,
    OCRPageConfidence,
    OCRRequest,
    OCRWordConfidence,
)
from .._structure import NOWHERE, Box, Cell, Region, page_of
from .content import Edit, Text, comments, cut, joined
from .sheet import JSON, Found, Sheet, spans_of, start_of


__all__ = ["pages_of"]

_ROLES: Mapping[str, RegionType] = {
    "title": "title",
    "sectionHeading": "title",
    "pageHeader": "header",
    "pageFooter": "footer",
    "footnote": "footnote",
    "formulaBlock": "equation",
}
_NEAR = 200  # characters around what a span covers in which its tags are looked for


def pages_of(result: JSON, request: OCRRequest, *, dpi: int) -> tuple[OCRPage, ...]:
    """
    Return the pages of *result*.

    Args:
        dpi: Pixels made of an inch.
    """
    content: str = result.get("content") or ""
    sheets = {page["pageNumber"]: Sheet.of(page, dpi) for page in result.get("pages") or ()}
    document = _Document(content, result.get("contentFormat") == "markdown", sheets)
    document.collect(result)
    return tuple(document.page(sheet, request) for sheet in sheets.values())


@define
class _Document:
    content: str
    markdown: bool
    sheets: Mapping[int, Sheet]

    # --- what is on which page ------------------------------------------------------------------------------------

    def collect(self, result: JSON) -> None:
        """Put everything that *result* tells of on its pages."""
        tables, figures = result.get("tables") or (), result.get("figures") or ()
        for number, table in enumerate(tables):
            for sheet, boxes in self._places(table):
                self._table(sheet, table, boxes, number)
        for number, figure in enumerate(figures):
            for sheet, boxes in list(self._places(figure))[:1]:
                name = f"figure-{figure.get('id') or number}.png"
                sheet.found.append(Found(start_of(figure), Region("image", _around(boxes)), figure, name))
        self._paragraphs(result, [*tables, *figures])
        for pair in result.get("keyValuePairs") or ():
            key, value = pair.get("key") or {}, pair.get("value") or {}
            for sheet, boxes in list(self._places(key))[:1]:
                boxes += [box for there, more in self._places(value) if there is sheet for box in more]
                sheet.pairs.append((pair, _around(boxes) if boxes else None))
        for sheet in self.sheets.values():
            sheet.found.sort(key=lambda found: found.start)

    def _places(self, item: JSON) -> Iterator[tuple[Sheet, list[Box]]]:
        """Return the pages that *item* is on, with its boxes there; without boxes, the page where its text begins."""
        regions = item.get("boundingRegions") or ()
        if not regions:
            yield from (
                (sheet, []) for sheet in self.sheets.values() if item.get("spans") and sheet.holds(start_of(item))
            )
            return
        on: dict[int, list[Box]] = {}
        for region in regions:
            if (sheet := self.sheets.get(region["pageNumber"])) is not None:
                on.setdefault(sheet.number, []).append(sheet.box(region.get("polygon")))
        yield from ((self.sheets[number], boxes) for number, boxes in on.items())

    def _table(self, sheet: Sheet, table: JSON, boxes: list[Box], number: int) -> None:
        """Put the rows of *table* that are on *sheet* there."""
        here = [cell for cell in table["cells"] if any(there is sheet for there, _ in self._places(cell))]
        if not here:
            here = list(table["cells"])
        first = min((cell["rowIndex"] for cell in here), default=0)
        cells = tuple(
            Cell(
                text=" ".join(str(cell.get("content") or "").split()),
                row=cell["rowIndex"] - first,
                column=cell["columnIndex"],
                row_span=cell.get("rowSpan") or 1,
                column_span=cell.get("columnSpan") or 1,
                header=cell.get("kind") in {"columnHeader", "rowHeader", "stubHead"},
                box=next((_around(there) for on, there in self._places(cell) if on is sheet and there), None),
                words=tuple(sheet.words_in(spans_of(cell))),
            )
            for cell in sorted(here, key=lambda cell: (cell["rowIndex"], cell["columnIndex"]))
        )
        starts = [start for start, _ in spans_of(table) if sheet.holds(start)]
        region = Region("table", _around(boxes), cells=cells)
        begins = min(starts) if starts else start_of(sheet.page)
        sheet.found.append(Found(begins, region, table, f"tbl-{number}"))

    def _paragraphs(self, result: JSON, holders: Sequence[JSON]) -> None:
        """Put the paragraphs on their pages; the text of tables and pictures is theirs, their captions are not."""
        taken = sorted(span for holder in holders for span in spans_of(holder))
        kinds: dict[int, RegionType] = {}
        for holder in holders:
            if caption := holder.get("caption"):
                kinds[start_of(caption)] = "caption"
            kinds.update((start_of(note), "footnote") for note in holder.get("footnotes") or ())
        starts = [start for start, _ in taken]
        for paragraph in result.get("paragraphs") or ():
            start = start_of(paragraph)
            number = bisect_left(starts, start + 1) - 1
            within = number >= 0 and start < taken[number][1]
            if within and start not in kinds:
                continue
            places = list(self._places(paragraph))
            for sheet, boxes in places:
                self._paragraph(sheet, paragraph, boxes, kinds.get(start), parted=len(places) > 1)

    def _paragraph(
        self, sheet: Sheet, paragraph: JSON, boxes: list[Box], kind: RegionType | None, *, parted: bool
    ) -> None:
        role = paragraph.get("role")
        box = _around(boxes)
        if role == "pageNumber":
            height = sheet.dimensions.height if sheet.dimensions is not None else None
            kind = "header" if height and box.centre < height / 2 else "footer"
        kind = kind or _ROLES.get(role or "", "text")
        text = str(paragraph.get("content") or "")
        if parted:  # between pages: each has what of it is in its own part of the content
            spans = [
                (max(start, left), min(end, right))
                for start, end in spans_of(paragraph)
                for left, right in sheet.spans
                if max(start, left) < min(end, right)
            ]
            text = " ".join(word.text for word in sheet.words_in(spans)) or text
        words = tuple(sheet.words_in(spans_of(paragraph)))
        lines: tuple[Line, ...] = ()
        if words:
            sure = confidence_of(Line(word.text, word.box, word.confidence) for word in words)
            lines = (Line(text, box, sure[0] if sure else 1.0, words=words),)
        region = Region(kind, box, text=text, lines=lines)
        if kind == "title":
            level = self._level(start_of(paragraph)) or (1 if role == "title" else 2)
            region = evolve(region, text=text.lstrip("#").strip(), level=level)
        starts = [start for start, _ in spans_of(paragraph) if sheet.holds(start)]
        begins = min(starts) if starts else start_of(sheet.page)
        sheet.found.append(Found(begins, region, paragraph))

    def _level(self, offset: int) -> int | None:
        """Return the level of the Markdown heading at *offset*."""
        line = self.content[self.content.rfind("\n", 0, offset) + 1 :][:7] if self.markdown else ""
        marks = len(line) - len(line.lstrip("#"))
        return marks if 1 <= marks <= 6 else None

    # --- a page ---------------------------------------------------------------------------------------------------

    def page(self, sheet: Sheet, request: OCRRequest) -> OCRPage:
        found = list(_wanted(sheet.found, request))
        scores = confidence_of(Line(word.text, word.box, word.confidence) for _, word in sheet.words)
        page = page_of(
            sheet.number - 1, [one.region for one in found], request, dimensions=sheet.dimensions, confidence=scores
        )
        page = _named(page, found, request.table_format)
        inline = request.extract_header is False and request.extract_footer is not True
        text, heads = self._text(sheet, found, request, inline=inline)
        return evolve(
            page,
            markdown=text.text,
            header=None if inline else _heads(heads, found, "Header"),
            footer=None if inline else _heads(heads, found, "Footer"),
            confidence_scores=page.confidence_scores
            and _with_words(page.confidence_scores, sheet, text, request.confidence_scores_granularity),
            elements=(*(page.elements or ()), *(_pair(pair, box) for pair, box in sheet.pairs)),
            extra={**page.extra, **_rest(sheet, heads)},
        )

    def _text(
        self, sheet: Sheet, found: Sequence[Found], request: OCRRequest, *, inline: bool
    ) -> tuple[Text, dict[str, list[str]]]:
        """Return the page's text, and what its comments say by their kinds."""
        heads: dict[str, list[str]] = {}
        if not self.markdown:
            lines = sheet.page.get("lines")
            if lines:
                return joined(self.content, [(str(line["content"]), start_of(line)) for line in lines]), heads
            return cut(self.content, sheet.spans), heads
        edits: list[Edit] = []
        for start, end in sheet.spans:
            for comment in comments(self.content, start, end):
                heads.setdefault(comment.kind, []).append(comment.text)
                edits.append(Edit(comment.start, comment.end, comment.text if inline else ""))
        wanted = {id(one.item): one for one in found}
        for one in sheet.found:
            if one.region.type == "image":
                edits += self._picture(one.item, one.name if id(one.item) in wanted else None)
            elif one.region.type == "table" and request.table_format is not None:
                edits += self._placeholder(sheet, one.item, _table_name(one, request.table_format))
        edits.sort(key=lambda edit: (edit.start, edit.end))
        return cut(self.content, sheet.spans, edits), heads

    def _picture(self, figure: JSON, name: str | None) -> Iterator[Edit]:
        """Put a picture's placeholder before its caption and the text in it, and take the tags around them away."""
        said = "" if name is None else f"![{name}]({name})"
        for number, (start, end) in enumerate(spans_of(figure)):
            opened, closed = self._tagged("figure", start, end)
            inner = self.content.find(">", opened, closed) + 1
            if self.content.startswith("<figure", opened) and inner:
                yield Edit(opened, inner, f"{said}\n\n" if said and not number else "")
                for tag in ("<figcaption>", "</figcaption>", "</figure>"):
                    if (at := self.content.find(tag, inner, closed)) >= 0:
                        yield Edit(at, at + len(tag))
            elif said and not number:
                yield Edit(start, start, f"{said}\n\n")

    def _placeholder(self, sheet: Sheet, table: JSON, name: str) -> Iterator[Edit]:
        """Put a placeholder where a table stands."""
        said = f"[{name}]({name})"
        for start, end in spans_of(table):
            if sheet.holds(start):
                opened, closed = self._tagged("table", start, end)
                yield Edit(opened, closed, said)
                said = ""

    def _tagged(self, tag: str, start: int, end: int) -> tuple[int, int]:
        """Return the span from *start* to *end* with the *tag* around it, where it stands just outside."""
        opened = self.content.rfind(f"<{tag}", max(0, start - _NEAR), start + len(tag) + 1)
        if opened < 0 or self.content.find(f"</{tag}>", opened, start) >= 0:
            return start, end
        close = f"</{tag}>"
        closed = self.content.find(close, max(opened, end - len(close)), end + _NEAR)
        return (opened, closed + len(close)) if closed >= 0 else (start, end)


def _around(boxes: Sequence[Box]) -> Box:
    return union(boxes) if boxes else NOWHERE


def _wanted(found: Iterable[Found], request: OCRRequest) -> Iterator[Found]:
    """Leave out the pictures that the caller does not want to hear of."""
    pictures = 0
    for one in found:
        if one.region.type == "image":
            box = one.region.box
            if request.image_min_size is not None and min(box.width, box.height) < request.image_min_size:
                continue
            if request.image_limit is not None and pictures >= request.image_limit:
                continue
            pictures += 1
        yield one


def _table_name(one: Found, form: str) -> str:
    return f"{one.name}.{'html' if form == 'html' else 'md'}"


def _named(page: OCRPage, found: Sequence[Found], form: str | None) -> OCRPage:
    """Give pictures and tables names that differ between the pages of a document."""
    figures = [one for one in found if one.region.type == "image"]
    tables = [one for one in found if one.region.type == "table"] if form is not None else []
    names = {image.id: one.name for image, one in zip(page.images, figures, strict=False)}
    names |= {table.id: _table_name(one, form or "") for table, one in zip(page.tables, tables, strict=False)}
    images = tuple(
        evolve(image, id=one.name, extra=_about(one.item)) for image, one in zip(page.images, figures, strict=False)
    )
    blocks = page.blocks
    if blocks is not None:
        blocks = tuple(
            evolve(
                block,
                content=f"{block.content[: block.content.find('[')]}[{names[own]}]({names[own]})",
                image_id=block.image_id and names[own],
                table_id=block.table_id and names[own],
            )
            if (own := block.image_id or block.table_id) is not None and own in names
            else block
            for block in blocks
        )
    renamed = tuple(evolve(table, id=names.get(table.id) or table.id) for table in page.tables)
    return evolve(page, images=images, tables=renamed, blocks=blocks)


def _about(figure: JSON) -> dict[str, str]:
    """Return Azure's id of a figure, and its caption."""
    caption = figure.get("caption")
    told = {
        "figure": figure.get("id"),
        "caption": caption.get("content") if isinstance(caption, Mapping) else None,
    }
    return {name: str(text) for name, text in told.items() if text}


def _heads(heads: Mapping[str, list[str]], found: Iterable[Found], which: str) -> str | None:
    """Return a page's running head or foot: of its comments, or else of the paragraphs that have that role."""
    said = heads.get(f"Page{which}") or [
        one.region.text for one in found if one.item.get("role") == f"page{which}" and one.region.text
    ]
    return "\n".join(said) or None


def _with_words(scores: OCRPageConfidence, sheet: Sheet, text: Text, granularity: str | None) -> OCRPageConfidence:
    if granularity != "word":
        return scores
    placed = ((text.place(offset), word) for offset, word in sheet.words)
    return evolve(
        scores,
        word_confidence_scores=tuple(
            OCRWordConfidence(text=word.text, confidence=round(word.confidence, 4), start_index=start)
            for start, word in placed
            if start is not None
        ),
    )


def _pair(pair: JSON, box: Box | None) -> OCRElement:
    """Return a key and its value as an element."""
    key = str((pair.get("key") or {}).get("content") or "")
    value = str((pair.get("value") or {}).get("content") or "")
    place = None
    if box is not None and box is not NOWHERE:
        left, top = round(box.left), round(box.top)
        place = {"x": left, "y": top, "width": round(box.right) - left, "height": round(box.bottom) - top}
    return OCRElement(
        type="key_value",
        label="key_value",
        text=f"{key} {value}".strip() or None,
        bbox=place,
        data={"key": key, "value": value, "confidence": pair.get("confidence")},
    )


def _rest(sheet: Sheet, heads: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return what of a page has no field of its own, where it is there."""
    rest: dict[str, Any] = {}
    if number := heads.get("PageNumber"):
        rest["page_number"] = number[0]
    if sheet.page.get("angle"):
        rest["angle"] = sheet.page["angle"]
    for name in ("barcodes", "formulas"):
        if sheet.page.get(name):
            rest[name] = list(sheet.page[name])
    return rest

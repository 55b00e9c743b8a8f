"""
Document AI's `Document` as regions of pages.

Everything points into one text by ranges of code points; places are parts of a page's width and height. A processor
that reads layout tells blocks instead, with their text in them and without places.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from ...engine.layout.join import running_text
from ...engine.page import Line, RegionType, Word, union
from ...models import OCRDimensions
from .._structure import NOWHERE, Box, Cell, Item, Region, within_one


__all__ = ["Sheet", "laid_out"]

_SHOWN = ("chart", "figure", "image", "logo", "picture")  # words in the types of visual elements that are pictures
_HEADINGS = {"subtitle": 2, **{f"heading-{level}": level for level in range(1, 7)}}
_DEEPEST = 50  # blocks within blocks; none of Google's is as deep
_MOST_FIELDS = 200_000  # of a table


@frozen(slots=False)
class Sheet:
    """
    One page.

    Attributes:
        page: As it came.

        text: Of the whole document.
    """

    page: Mapping[str, Any]
    text: str

    @cached_property
    def dimensions(self) -> OCRDimensions | None:
        """Its size; None where it is not told."""
        told: Mapping[str, Any] = self.page.get("dimension") or {}
        width, height = round(float(told.get("width") or 0)), round(float(told.get("height") or 0))
        return OCRDimensions(width=width, height=height) if width > 0 and height > 0 else None

    @cached_property
    def regions(self) -> list[Region]:
        """What it holds, in the order in which Document AI tells it; a table where its words begin."""
        tables = [(self._table(each), self._ranges_of(each)) for each in self.page.get("tables") or ()]
        placed: list[tuple[int, Region]] = []
        for table, ranges in tables:
            placed.append((min((start for start, _ in ranges), default=len(self.text)), table))
        within = [part for _, ranges in tables for part in ranges]
        for paragraph in self.page.get("paragraphs") or self.page.get("lines") or ():
            ranges = list(_ranges(paragraph["layout"]))
            if ranges and not _inside(ranges[0], within):
                placed.append((ranges[0][0], self._paragraph(paragraph, ranges)))
        placed.sort(key=lambda one: one[0])
        regions = [region for _, region in placed]
        for element in self.page.get("visualElements") or ():
            if any(word in str(element.get("type")).lower() for word in _SHOWN):
                picture = Region(type="image", box=self._box(element["layout"]))
                above = [n for n, region in enumerate(regions) if region.box.centre <= picture.box.centre]
                regions.insert(max(above, default=-1) + 1, picture)
        return regions

    @cached_property
    def lines(self) -> list[Line]:
        """Its lines, with their words."""
        return [line for _, line in self._lines]

    @property
    def key_values(self) -> list[dict[str, Any]]:
        """What the form's fields are called and hold."""
        return [
            {
                "key": _joined(self._said(field.get("fieldName") or {})),
                "value": _ticked(field) or _joined(self._said(field.get("fieldValue") or {})),
                "confidence": round(_confidence(field.get("fieldValue") or {}), 4),
            }
            for field in self.page.get("formFields") or ()
        ]

    def _paragraph(self, paragraph: Mapping[str, Any], ranges: Sequence[tuple[int, int]]) -> Region:
        layout = paragraph["layout"]
        lines = [line for start, line in self._lines if any(first <= start < last for first, last in ranges)]
        text = running_text(lines) if lines else _joined(self._said(layout))
        return Region(type="text", box=self._box(layout), text=text, lines=tuple(lines), confidence=_confidence(layout))

    def _table(self, table: Mapping[str, Any]) -> Region:
        rows = [(row, True) for row in table.get("headerRows") or ()]
        rows += [(row, False) for row in table.get("bodyRows") or ()]
        cells = [
            Cell(
                _joined(self._said(cell["layout"])),
                *place,
                header=header,
                box=self._box(cell["layout"]),
                words=tuple(self._words_in(list(_ranges(cell["layout"])))),
            )
            for cell, place, header in _fields(rows)
        ]
        return Region(
            type="table",
            box=self._box(table["layout"]),
            cells=tuple(cells),
            confidence=_confidence(table["layout"]),
        )

    def _ranges_of(self, table: Mapping[str, Any]) -> list[tuple[int, int]]:
        """Return the ranges of the text that *table*'s cells say."""
        rows = [*(table.get("headerRows") or ()), *(table.get("bodyRows") or ())]
        return [part for row in rows for cell in row.get("cells") or () for part in _ranges(cell["layout"])]

    @cached_property
    def _tokens(self) -> list[tuple[int, Word]]:
        found = []
        for token in self.page.get("tokens") or ():
            layout = token["layout"]
            if text := self._said(layout).strip():
                start = next(_ranges(layout))[0]
                found.append((start, Word(text, self._box(layout), _confidence(layout))))
        return sorted(found, key=lambda one: one[0])

    @cached_property
    def _lines(self) -> list[tuple[int, Line]]:
        found = []
        for line in self.page.get("lines") or ():
            layout = line["layout"]
            ranges = list(_ranges(layout))
            if text := _joined(self._said(layout)):
                words = tuple(self._words_in(ranges))
                found.append((ranges[0][0], Line(text, self._box(layout), _confidence(layout), words=words)))
        return sorted(found, key=lambda one: one[0])

    def _words_in(self, ranges: Sequence[tuple[int, int]]) -> Iterator[Word]:
        for first, last in ranges:
            for start, word in self._tokens[bisect_left(self._tokens, first, key=lambda one: one[0]) :]:
                if start >= last:
                    break
                yield word

    def _said(self, layout: Mapping[str, Any]) -> str:
        return "".join(self.text[start:end] for start, end in _ranges(layout))

    def _box(self, layout: Mapping[str, Any]) -> Box:
        size = self.dimensions
        if size is None or size.width is None or size.height is None:
            return NOWHERE
        polygon: Mapping[str, Any] = layout.get("boundingPoly") or {}
        if corners := polygon.get("normalizedVertices"):
            across, down = float(size.width), float(size.height)
        else:
            corners, across, down = polygon.get("vertices"), 1.0, 1.0
        points = [Box(x, y, x, y) for x, y in _points(corners or (), across, down)]
        return union(points) if points else NOWHERE


def _joined(text: str) -> str:
    return " ".join(text.split())


def _points(corners: Sequence[Mapping[str, Any]], across: float, down: float) -> Iterator[tuple[float, float]]:
    for corner in corners:  # what is 0 is left out
        yield float(corner.get("x") or 0) * across, float(corner.get("y") or 0) * down


def _ranges(layout: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Return the ranges that *layout* points at; their numbers are text, and a first one of 0 is left out."""
    for segment in (layout.get("textAnchor") or {}).get("textSegments") or ():
        yield int(segment.get("startIndex") or 0), int(segment.get("endIndex") or 0)


def _inside(part: tuple[int, int], wholes: Sequence[tuple[int, int]]) -> bool:
    return any(start <= part[0] < end for start, end in wholes)


def _confidence(layout: Mapping[str, Any]) -> float:
    told = layout.get("confidence")
    return within_one(float(told)) if isinstance(told, (int, float)) else 1.0


def _ticked(field: Mapping[str, Any]) -> str | None:
    return {"filled_checkbox": "☒", "unfilled_checkbox": "☐"}.get(str(field.get("valueType")))


def _fields(
    rows: Sequence[tuple[Mapping[str, Any], bool]],
) -> Iterator[tuple[Mapping[str, Any], tuple[int, int, int, int], bool]]:
    """Return each cell with its row, column and spans, and whether it is a head: rows tell their own cells alone."""
    taken: set[tuple[int, int]] = set()
    for number, (row, header) in enumerate(rows):
        column = 0
        for cell in row.get("cells") or ():
            while (number, column) in taken:
                column += 1
            down = min(max(1, int(cell.get("rowSpan") or 1)), len(rows) - number)
            across = max(1, int(cell.get("colSpan") or 1))
            if len(taken) + down * across > _MOST_FIELDS:
                raise ValueError("a table has too many fields")
            taken |= {(number + y, column + x) for y in range(down) for x in range(across)}
            yield cell, (number, column, down, across), header
            column += across


# --- what a processor for layout tells ----------------------------------------------------------------------------


def laid_out(blocks: Sequence[Mapping[str, Any]]) -> dict[int, list[Region]]:
    """Return the regions that *blocks* are, by the number of the page (from 1) on which each begins."""
    pages: dict[int, list[Region]] = {}
    for block, page in _flat(blocks, 1, 0):
        if (region := _block(block)) is not None:
            pages.setdefault(page, []).append(region)
    return pages


def _flat(blocks: Sequence[Mapping[str, Any]], page: int, depth: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    if depth > _DEEPEST:
        raise ValueError("blocks stand too deep in blocks")
    for block in blocks:
        page = int((block.get("pageSpan") or {}).get("pageStart") or page)
        yield block, page
        # what stands under a heading is told inside of it
        yield from _flat((block.get("textBlock") or {}).get("blocks") or (), page, depth + 1)


def _block(block: Mapping[str, Any]) -> Region | None:
    if text := block.get("textBlock"):
        said = str(text.get("text") or "").strip()
        kind = str(text.get("type") or "")
        level = _HEADINGS.get(kind)
        running: RegionType = "header" if kind == "header" else "footer" if kind == "footer" else "text"
        if not said:
            return None
        return Region(type=running if level is None else "title", box=NOWHERE, text=said, level=level)
    if table := block.get("tableBlock"):
        rows = [(row, True) for row in table.get("headerRows") or ()]
        rows += [(row, False) for row in table.get("bodyRows") or ()]
        cells = [Cell(_inner(cell), *place, header=header) for cell, place, header in _fields(rows)]
        return Region(type="table", box=NOWHERE, cells=tuple(cells))
    if entries := (block.get("listBlock") or {}).get("listEntries"):
        ordered = (block["listBlock"].get("type") or "") == "ordered"
        items = [
            Item(text, marker=f"{number}." if ordered else "-")
            for number, text in enumerate(map(_inner, entries), start=1)
            if text
        ]
        return Region(type="list", box=NOWHERE, items=tuple(items))
    return None


def _inner(holder: Mapping[str, Any]) -> str:
    """Return the text of the blocks in a cell or an entry."""
    said = ((block.get("textBlock") or {}).get("text") for block, _ in _flat(holder.get("blocks") or (), 1, 0))
    return " ".join(_joined(str(text)) for text in said if text)

"""
Textract's blocks, the pieces of one page, as the regions of a page.

The same words stand in LINE, in a LAYOUT block and, of a table, in its cells: each is told once. Places are parts of
the page's width and height.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from ...engine.layout import read
from ...engine.layout.join import running_text
from ...engine.layout.lists import marker
from ...engine.page import Line, RegionType, Sheet, Word, union
from .._structure import Box, Cell, Item, Region, within_one


__all__ = ["Blocks"]

_TEXTS: Mapping[str, RegionType] = {
    "LAYOUT_TITLE": "title",
    "LAYOUT_SECTION_HEADER": "title",
    "LAYOUT_TEXT": "text",
    "LAYOUT_KEY_VALUE": "text",
    "LAYOUT_HEADER": "header",
    "LAYOUT_FOOTER": "footer",
    "LAYOUT_PAGE_NUMBER": "footer",
}
_TICKS = {"SELECTED": "☒", "NOT_SELECTED": "☐"}
_MOSTLY = 0.5


@frozen(slots=False)
class Blocks:
    """
    The blocks of one page.

    Attributes:
        blocks: As they came.

        width: Of the page, in pixels.

        height: The same.
    """

    blocks: Sequence[Mapping[str, Any]]
    width: float
    height: float

    @cached_property
    def regions(self) -> list[Region]:
        """What the page holds, in reading order."""
        if any(block["BlockType"].startswith("LAYOUT_") for block in self.blocks):
            regions = self._laid_out()
        else:
            regions = _running(read(self._sheet(self._left(self._lines))))
        told = {id(region) for region in regions}
        rest = [region for region in self._tables.values() if id(region) not in told]
        rest += [
            Region(type="signature", box=self._box(block), confidence=_confidence(block))
            for block in self._of("SIGNATURE")
        ]
        for region in sorted(rest, key=lambda region: region.box.top):
            regions.insert(_place(region, regions), region)
        return regions

    @cached_property
    def lines(self) -> list[Line]:
        """All lines of text."""
        return [self._line(block) for block in self._lines]

    @property
    def key_values(self) -> list[dict[str, Any]]:
        """What the form's fields are called and hold."""
        found = []
        for block in self._of("KEY_VALUE_SET"):
            if "KEY" in (block.get("EntityTypes") or ()):
                values = list(self._related(block, "VALUE"))
                found.append(
                    {
                        "key": self._said(block),
                        "value": " ".join(filter(None, map(self._said, values))),
                        "confidence": round(_confidence(block), 4),
                    }
                )
        return found

    @property
    def queries(self) -> list[dict[str, Any]]:
        """The questions that were asked, and what answers them."""
        found = []
        for block in self._of("QUERY"):
            asked: Mapping[str, Any] = block.get("Query") or {}
            answers = [
                {"text": answer.get("Text"), "confidence": round(_confidence(answer), 4)}
                for answer in self._related(block, "ANSWER")
            ]
            found.append({"query": asked.get("Text"), "alias": asked.get("Alias"), "answers": answers})
        return found

    # what stands where

    def _laid_out(self) -> list[Region]:
        regions: list[Region] = []
        inside = {
            child["Id"]
            for block in self.blocks
            if block["BlockType"].startswith("LAYOUT_")
            for child in self._related(block, "CHILD")
            if child["BlockType"].startswith("LAYOUT_")
        }
        said: set[str] = set()
        for block in self.blocks:
            if not block["BlockType"].startswith("LAYOUT_") or block["Id"] in inside:
                continue
            regions += self._region(block, said)
        strays = self._left([line for line in self._lines if line["Id"] not in said])
        for region in _running(read(self._sheet(strays))):
            regions.insert(_place(region, regions), region)
        return regions

    def _region(self, block: Mapping[str, Any], said: set[str]) -> Iterator[Region]:
        """Tell what *block* is; the ids of its lines, or of the tables that it stands for, go to *said*."""
        kind = block["BlockType"]
        lines = list(self._lines_of(block))
        words = [word for line in lines for word in self._related(line, "CHILD")]
        tables = dict.fromkeys(self._tabled[word["Id"]] for word in words if word["Id"] in self._tabled)
        shared = sum(word["Id"] in self._tabled for word in words)
        if kind == "LAYOUT_TABLE" and not words:
            tables = dict.fromkeys(
                name for name, table in self._tables.items() if table.box.share(self._box(block)) > _MOSTLY
            )
        if tables and (kind == "LAYOUT_TABLE" or shared > _MOSTLY * len(words)):
            # its lines that stand in no cell, such as the table's title, are left to be told as strays
            yield from (self._tables[name] for name in tables if name not in said)
            said |= set(tables)
            return
        kept = self._left(lines)
        said |= {line["Id"] for line in lines}
        if kind == "LAYOUT_FIGURE":
            text = "\n".join(line.text for line in kept)
            yield Region(type="image", box=self._box(block), text=text, lines=tuple(kept))
        elif not kept:
            return
        elif kind == "LAYOUT_LIST":
            yield self._list(block, kept)
        elif kind == "LAYOUT_TABLE":
            yield from _running(read(self._sheet(kept)))
        else:
            yield self._text(block, kept)

    def _text(self, block: Mapping[str, Any], lines: Sequence[Line]) -> Region:
        kind = _TEXTS.get(block["BlockType"], "text")
        box = self._box(block)
        if block["BlockType"] == "LAYOUT_PAGE_NUMBER" and box.centre < self.height / 2:
            kind = "header"
        separate = block["BlockType"] == "LAYOUT_KEY_VALUE"
        return Region(
            type=kind,
            box=box,
            text="\n".join(line.text for line in lines) if separate else running_text(lines),
            level={"LAYOUT_TITLE": 1, "LAYOUT_SECTION_HEADER": 2}.get(block["BlockType"]),
            lines=tuple(lines),
            confidence=_mean(lines),
        )

    def _list(self, block: Mapping[str, Any], lines: Sequence[Line]) -> Region:
        parts = [child for child in self._related(block, "CHILD") if child["BlockType"].startswith("LAYOUT_")]
        groups = [self._left(self._lines_of(part)) for part in parts] or _groups(lines)
        items = [_item(group) for group in groups if group]
        return Region(
            type="list", box=self._box(block), items=tuple(items), lines=tuple(lines), confidence=_mean(lines)
        )

    # tables

    @cached_property
    def _tables(self) -> dict[str, Region]:
        return {block["Id"]: self._table(block) for block in self._of("TABLE")}

    @cached_property
    def _tabled(self) -> dict[str, str]:
        """The table in which each word stands, by ids."""
        return {
            word["Id"]: block["Id"]
            for block in self._of("TABLE")
            for cell in self._related(block, "CHILD")
            for word in self._related(cell, "CHILD")
            if word["BlockType"] == "WORD"
        }

    def _table(self, block: Mapping[str, Any]) -> Region:
        merged = [cell for cell in self._related(block, "MERGED_CELL") if cell["BlockType"] == "MERGED_CELL"]
        within = {child["Id"] for cell in merged for child in self._related(cell, "CHILD")}
        single = [
            cell for cell in self._related(block, "CHILD") if cell["BlockType"] == "CELL" and cell["Id"] not in within
        ]
        cells = [self._cell(cell, [cell]) for cell in single]
        cells += [self._cell(cell, list(self._related(cell, "CHILD"))) for cell in merged]
        cells.sort(key=lambda cell: (cell.row, cell.column))
        return Region(type="table", box=self._box(block), cells=tuple(cells), confidence=_confidence(block))

    def _cell(self, cell: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Cell:
        words = [
            self._word(word) for part in parts for word in self._related(part, "CHILD") if word["BlockType"] == "WORD"
        ]
        return Cell(
            " ".join(filter(None, map(self._said, parts))),
            int(cell["RowIndex"]) - 1,
            int(cell["ColumnIndex"]) - 1,
            int(cell.get("RowSpan") or 1),
            int(cell.get("ColumnSpan") or 1),
            header=any("COLUMN_HEADER" in (each.get("EntityTypes") or ()) for each in (cell, *parts)),
            box=self._box(cell),
            words=tuple(words),
        )

    # blocks by their ids and kinds

    @cached_property
    def _named(self) -> dict[str, Mapping[str, Any]]:
        return {block["Id"]: block for block in self.blocks}

    @cached_property
    def _lines(self) -> list[Mapping[str, Any]]:
        return self._of("LINE")

    def _of(self, kind: str) -> list[Mapping[str, Any]]:
        return [block for block in self.blocks if block["BlockType"] == kind]

    def _related(self, block: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
        for relation in block.get("Relationships") or ():
            if relation["Type"] == kind:
                yield from (self._named[name] for name in relation["Ids"] if name in self._named)

    def _lines_of(self, block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Return the lines under *block*: a list holds blocks that hold them."""
        for child in self._related(block, "CHILD"):
            if child["BlockType"] == "LINE":
                yield child
            elif child["BlockType"].startswith("LAYOUT_"):
                yield from (line for line in self._related(child, "CHILD") if line["BlockType"] == "LINE")

    def _said(self, block: Mapping[str, Any]) -> str:
        parts = []
        for child in self._related(block, "CHILD"):
            if child["BlockType"] == "WORD":
                parts.append(str(child["Text"]))
            elif child["BlockType"] == "SELECTION_ELEMENT":
                parts.append(_TICKS.get(str(child.get("SelectionStatus")), ""))
        return " ".join(filter(None, parts))

    # geometry

    def _sheet(self, lines: Sequence[Line]) -> Sheet:
        return Sheet(self.width, self.height, lines=tuple(lines), source="ocr")

    def _left(self, lines: Iterable[Mapping[str, Any]]) -> list[Line]:
        """Return *lines* less the words that stand in tables, and none where nothing is left."""
        found = []
        for block in lines:
            words = list(self._related(block, "CHILD"))
            kept = [word for word in words if word["Id"] not in self._tabled]
            if len(kept) == len(words):
                found.append(self._line(block))
            elif kept:
                made = tuple(self._word(word) for word in kept)
                text = " ".join(word.text for word in made)
                found.append(Line(text, union([word.box for word in made]), _mean(made), words=made))
        return found

    def _line(self, block: Mapping[str, Any]) -> Line:
        words = tuple(self._word(word) for word in self._related(block, "CHILD") if word["BlockType"] == "WORD")
        return Line(str(block["Text"]), self._box(block), _confidence(block), words=words)

    def _word(self, block: Mapping[str, Any]) -> Word:
        return Word(str(block["Text"]), self._box(block), _confidence(block))

    def _box(self, block: Mapping[str, Any]) -> Box:
        around = block["Geometry"]["BoundingBox"]
        left, top = around["Left"] * self.width, around["Top"] * self.height
        return Box(left, top, left + around["Width"] * self.width, top + around["Height"] * self.height)


def _running(regions: Iterable[Region]) -> list[Region]:
    """Return *regions* with heads and feet as text: who reads lines alone does not want the outer ones left out."""
    return [
        Region(type="text", box=region.box, text=region.text, lines=region.lines, confidence=region.confidence)
        if region.type in ("header", "footer")
        else region
        for region in regions
    ]


def _place(region: Region, among: Sequence[Region]) -> int:
    """Return where *region* belongs: behind what stands above it in its column, or else at all."""
    above = [number for number, other in enumerate(among) if other.box.centre <= region.box.centre]
    column = [number for number in above if among[number].box.across(region.box) > 0]
    return max(column or above, default=-1) + 1


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each item of a list whose items are not told."""
    groups: list[list[Line]] = []
    for line in lines:
        if not groups or marker(line.text) is not None:
            groups.append([])
        groups[-1].append(line)
    return groups


def _item(lines: Sequence[Line]) -> Item:
    text = running_text(lines).strip()
    mark = marker(text) or "-"
    words = tuple(word for line in lines for word in line.words)
    return Item(text.removeprefix(mark).strip(), marker=mark, box=union([line.box for line in lines]), words=words)


def _confidence(block: Mapping[str, Any]) -> float:
    return within_one(float(block.get("Confidence", 100.0)) / 100)


def _mean(parts: Sequence[Line] | Sequence[Word]) -> float:
    return sum(part.confidence for part in parts) / len(parts) if parts else 1.0

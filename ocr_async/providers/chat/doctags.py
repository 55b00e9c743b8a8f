"""
Granite-Docling and SmolDocling: DocTags, one tag a part with its box in five-hundredths of the picture.

``<text><loc_58><loc_44><loc_426><loc_51>words</text>``; tables are OTSL: ``<fcel>`` a cell, ``<ecel>`` an empty one,
``<ched>``, ``<rhed>`` and ``<srow>`` heads, ``<lcel>``, ``<ucel>`` and ``<xcel>`` what the cell to the left, above or
both goes on in, ``<nl>`` the end of a row (docling-core 2.104, read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import evolve

from ...engine.page import RegionType
from .._structure import NOWHERE, Box, Cell, Item, Region
from .answer import Size, Transcript, prose, unfenced, without_tokens


__all__ = ["read"]

_LARGEST = 500
_KINDS: Mapping[str, RegionType] = {
    "title": "title",
    "text": "text",
    "paragraph": "text",
    "caption": "caption",
    "footnote": "footnote",
    "formula": "equation",
    "page_header": "header",
    "page_footer": "footer",
    "picture": "image",
    "chart": "table",
    "otsl": "table",
    "code": "code",
    "reference": "references",
    "checkbox_selected": "text",
    "checkbox_unselected": "text",
    "ordered_list": "list",
    "unordered_list": "list",
    "list_item": "list",
}
_NAMES = "|".join((*_KINDS, r"section_header_level_(?P<level>[1-6])"))
_PART = re.compile(rf"<(?P<name>{_NAMES})>(?P<inside>.*?)(?:</(?P=name)>|(?=</?doctag>)|\Z)", re.DOTALL)
_PLACE = re.compile(r"<loc_(\d{1,3})><loc_(\d{1,3})><loc_(\d{1,3})><loc_(\d{1,3})>")
_CAPTION = re.compile(r"<caption>((?:(?!<caption>).){0,2000}?)</caption>", re.DOTALL)
_ITEM = re.compile(r"<list_item>(.*?)(?:</list_item>|\Z)", re.DOTALL)
_CODE = re.compile(r"\A\s*<_([^<>\s]{1,30})_>")
_CELL = re.compile(r"<(fcel|ecel|ched|rhed|srow|lcel|ucel|xcel|nl)>([^<]*)")
_TAG = re.compile(r"</?[a-z_]+\d*>")
_TICKED = {"checkbox_selected": "☒ ", "checkbox_unselected": "☐ "}


def read(text: str, size: Size | None) -> Transcript:
    """Read an answer; one without tags is the page's text."""
    text = unfenced(without_tokens(text))
    regions = [region for found in _PART.finditer(text) for region in _regions(found, size)]
    return Transcript(regions=tuple(regions) if regions or "<doctag>" in text else prose(text))


def _regions(found: re.Match[str], size: Size | None) -> Iterator[Region]:
    name, inside = found["name"], found["inside"]
    box = _box(inside, size)
    kind: RegionType = "title" if found["level"] else _KINDS[name]
    captions = [_words(each) for each in _CAPTION.findall(inside)]
    bare = _CAPTION.sub("", inside)
    if kind == "image":
        yield Region("image", box)
    elif kind == "table":
        yield Region("table", box, cells=tuple(_cells(bare)))
    elif kind == "list":
        texts = _ITEM.findall(bare) or [bare]
        items = [
            Item(words, 0, f"{number}." if name == "ordered_list" else "-", _box(each, size))
            for number, each in enumerate(texts, 1)
            if (words := _words(each))
        ]
        if items:
            yield Region("list", box, items=tuple(items))
    elif kind == "code":
        code = _PLACE.sub("", bare)
        language = _CODE.match(code)
        code = code if language is None else code[language.end() :]
        named = None if language is None else language[1].lower()
        yield Region("code", box, text=code.strip("\n"), language=None if named == "unknown" else named)
    elif words := _words(bare):
        if kind == "equation":
            yield Region("equation", box, text=words, markdown=f"$${words}$$")
        else:
            # a section's first level stands under the title
            level = int(found["level"]) + 1 if found["level"] else 1 if kind == "title" else None
            yield Region(kind, box, text=_TICKED.get(name, "") + words, level=level and min(level, 6))
    for caption in captions:
        if caption:
            yield Region("caption", box, text=caption)


def _words(text: str) -> str:
    return " ".join(_TAG.sub(" ", _PLACE.sub("", text)).split())


def _box(text: str, size: Size | None) -> Box:
    found = _PLACE.search(text)
    if found is None or size is None:
        return NOWHERE
    left, top, right, bottom = (min(int(number), _LARGEST) / _LARGEST for number in found.groups())
    box = Box(left * size[0], top * size[1], right * size[0], bottom * size[1])
    return box if box.width >= 0 and box.height >= 0 else NOWHERE


def _cells(text: str) -> Iterator[Cell]:
    """Yield the cells of a table in OTSL; what goes on widens the cell that it goes on from."""
    at: dict[tuple[int, int], Cell] = {}  # every field, and the cell that fills it
    row = column = 0
    for tag, said in _CELL.findall(text):
        if tag == "nl":
            row, column = row + 1, 0
            continue
        before, above = at.get((row, column - 1)), at.get((row - 1, column))
        if tag == "lcel" and before is not None:
            at[row, column] = before
        elif tag in {"ucel", "xcel"} and above is not None:
            at[row, column] = above
        else:
            at[row, column] = Cell(" ".join(said.split()), row, column, header=tag in {"ched", "rhed", "srow"})
        column += 1
    ends: dict[int, tuple[Cell, int, int]] = {}
    for (row, column), cell in at.items():
        _, last_row, last_column = ends.get(id(cell), (cell, row, column))
        ends[id(cell)] = cell, max(last_row, row), max(last_column, column)
    for cell, last_row, last_column in ends.values():
        yield evolve(cell, row_span=last_row - cell.row + 1, column_span=last_column - cell.column + 1)

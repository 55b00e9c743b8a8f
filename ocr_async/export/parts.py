"""What a page is made of, whoever told it: its elements, or the blocks of other models, with what belongs to each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ..engine.output_format import plain
from ..errors import ConfigurationError
from ..models import OCRCell, OCRPage
from ..tables import cells_of
from ..tables.fields import told
from .lines import Box, box_of


__all__ = ["FIGURES", "Part", "Said", "descriptions", "parts_of"]

FIGURES = frozenset({"image", "picture"})
"""The types of what is seen and not read."""


@frozen
class Part:
    """
    A piece of a page.

    Attributes:
        type: As in `OCRBlock`.

        items: Of a list: text and depth.

        places: Of the cells, as far as they are known.
    """

    type: str
    box: Box | None
    text: str
    level: Any = None
    items: tuple[tuple[str, int], ...] = ()
    cells: tuple[OCRCell, ...] = ()
    places: tuple[Box | None, ...] = ()


@frozen
class Said:
    """A word of a page, by the number of its line and in it."""

    line: int
    number: int
    text: str
    box: Box


def parts_of(page: OCRPage) -> Iterator[Part]:
    """Yield what *page* is made of, in reading order; a server may tell anything."""
    if page.elements:
        for element in page.elements:
            data = element.data or {}
            cells = told(data)
            yield Part(
                type=element.type or "text",
                box=box_of(element.bbox),
                text=element.text or "",
                level=data.get("level"),
                items=tuple(_items(data.get("items"))),
                cells=cells,
                places=tuple(box_of(cell.get("bbox")) for cell in data["cells"]) if cells else (),
            )
        return
    for block in page.blocks or ():
        box = (
            float(block.top_left_x),
            float(block.top_left_y),
            float(block.bottom_right_x),
            float(block.bottom_right_y),
        )
        text = plain(block.content)
        part = Part(type=block.type, box=box, text=text)
        if block.type == "title":
            part = evolve(part, level=max(1, len(block.content) - len(block.content.lstrip("#"))))
        elif block.type == "list":
            part = evolve(part, items=tuple((line, 0) for line in text.split("\n") if line.strip()))
        elif block.type == "table":
            part = evolve(part, cells=_cells_in(block.content))
        yield part


def _cells_in(content: str) -> tuple[OCRCell, ...]:
    try:
        return cells_of(content, "markdown")
    except ConfigurationError:  # the package that reads Markdown is none of this extra
        return ()


def _items(given: Any) -> Iterator[tuple[str, int]]:
    for item in given if isinstance(given, (list, tuple)) else ():
        if isinstance(item, Mapping) and isinstance(item.get("text"), str):
            level = item.get("level")
            yield f"{item.get('marker', '')} {item['text']}", level if type(level) is int else 0


def descriptions(page: OCRPage, parts: Sequence[Part]) -> dict[int, str]:
    """Return what is said of each picture among *parts*: by its annotation, or the caption beside it."""
    images = list(page.images)
    named = {image.id: image for image in images}
    blocks = () if page.elements else (page.blocks or ())
    found: dict[int, str] = {}
    captions = {number: part.text for number, part in enumerate(parts) if part.type == "caption"}
    figures = [number for number, part in enumerate(parts) if part.type in FIGURES]
    for place, number in enumerate(figures):
        image = named.get(blocks[number].image_id) if blocks else images[place] if place < len(images) else None
        said = _annotation(image.image_annotation) if image is not None and image.image_annotation else ""
        beside = (each for each in (number + 1, number - 1) if each in captions)
        if text := said or captions.pop(next(beside, -1), ""):
            found[number] = text
    return found


def _annotation(told: str) -> str:
    """Return the texts of an annotation, which is JSON of whichever schema was asked for."""
    try:
        value = json.loads(told)
    except (ValueError, RecursionError):
        return told
    values = value.values() if isinstance(value, dict) else [value]
    return ". ".join(text.strip().rstrip(".") for text in values if isinstance(text, str) and text.strip())

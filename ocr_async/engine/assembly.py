"""
From a page's regions to the page that callers get: Markdown, elements, blocks, tables, pictures.

Whoever found the regions: the engine's layout, or a service that tells a page's structure (`providers/_structure.py`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

from ..models import (
    OCRBlock,
    OCRBlockConfidence,
    OCRDimensions,
    OCRElement,
    OCRImage,
    OCRPage,
    OCRPageConfidence,
    OCRTable,
    OCRWordConfidence,
)
from .fallbacks import attempt
from .legible import legible
from .markdown import Placed, Written, table_markdown, write
from .page import Box, Line, Region
from .values import OutputFormat, PageOptions


__all__ = ["Cutter", "Writer", "assembled", "confidence_of", "element_of"]

Cutter = Callable[[Box], bytes | str | None]
"""Returns what a page shows in a box, as a JPEG or as a data URI; None where nothing can be shown."""

Writer = Callable[..., Written]
"""Writes regions as `markdown.write` does."""

_BLOCKS: Mapping[str, str] = {"footnote": "text"}  # Mistral's blocks know no notes

_LABELS: Mapping[str, str] = {
    "title": "section_header",
    "image": "picture",
    "header": "page_header",
    "footer": "page_footer",
    "references": "reference",
}


def assembled(
    index: int,
    regions: Iterable[Region],
    wanted: PageOptions,
    *,
    dimensions: OCRDimensions | None,
    scale: float | None,
    confidence: tuple[float, float] | None = None,
    hyperlinks: Sequence[str] = (),
    cut: Cutter | None = None,
    warnings: Sequence[str] = (),
    write: Writer = write,
) -> OCRPage:
    """
    Return page *index* made of *regions* in reading order. A stage that fails costs what it adds, and a warning.

    Args:
        scale: From the regions' coordinates to the pixels of *dimensions*; None on a page on which nothing has a place.

        confidence: The mean over characters and the least of a word.

        cut: Needed where pictures are wanted.

        warnings: What is to be said of the page beside what is found here.

        write: Writes the regions.
    """
    said = list(warnings)
    kept = _kept(regions, wanted, scale or 1.0)
    written = attempt(
        lambda: write(
            kept,
            table_format=wanted.table_format,
            running_heads=wanted.running_heads,
            words=wanted.confidence == "word" and wanted.form == "markdown",
            spans=wanted.form == "html",
        ),
        lambda: _unadorned(kept),
        said,
        "the Markdown of this page could not be written: its text comes without it",
    )
    page = OCRPage(
        index=index,
        markdown=written.text,
        images=tuple(_image(name, region, scale, wanted, cut, said) for name, region in written.images),
        dimensions=dimensions,
        tables=tuple(
            OCRTable(
                id=name,
                content=content,
                format=wanted.table_format or "markdown",
                word_confidence_scores=_words(words) if wanted.confidence == "word" else None,
            )
            for name, content, _, words in written.tables
        ),
        hyperlinks=tuple(dict.fromkeys(hyperlinks)),
        header=None if wanted.running_heads else _running_heads(kept, "header"),
        footer=None if wanted.running_heads else _running_heads(kept, "footer"),
        blocks=_blocks(written, scale, wanted) if wanted.blocks and scale is not None else None,
        confidence_scores=OCRPageConfidence(
            average_page_confidence_score=round(confidence[0], 4),
            minimum_page_confidence_score=round(confidence[1], 4),
            word_confidence_scores=_words(written.words) if wanted.confidence == "word" else None,
        )
        if confidence is not None
        else None,
        elements=attempt(
            lambda: tuple(element_of(region, scale) for region in kept),
            lambda: None,
            said,
            "the elements of this page could not be told",
        ),
    )
    if wanted.form != "markdown":
        page = attempt(
            lambda: _formed(page, wanted.form), lambda: page, said, f"this page cannot be told as {wanted.form}"
        )
    return legible(evolve(page, extra={"warnings": said}) if said else page)


def _unadorned(regions: Iterable[Region]) -> Written:
    return Written("\n\n".join(text for region in regions if (text := _said_in(region))))


def _said_in(region: Region) -> str:
    return region.text or "\n".join(line.text for line in region.lines)


def _formed(page: OCRPage, form: OutputFormat) -> OCRPage:
    from .output_format import formed  # few ask for it

    return formed(page, form)


def _kept(regions: Iterable[Region], wanted: PageOptions, scale: float) -> list[Region]:
    """Return *regions* without the pictures that the caller does not want to hear of."""
    kept: list[Region] = []
    pictures = 0
    for region in regions:
        if region.type == "image":
            smallest = min(region.box.width, region.box.height) * scale
            if wanted.image_min_size is not None and smallest < wanted.image_min_size:
                continue
            if wanted.image_limit is not None and pictures >= wanted.image_limit:
                continue
            pictures += 1
        kept.append(region)
    return kept


def confidence_of(lines: Iterable[Line]) -> tuple[float, float] | None:
    """Return the mean over characters and the least of a word; None where there is no text."""
    total = characters = 0.0
    least = 1.0
    for line in lines:
        characters += len(line.text)
        total += len(line.text) * line.confidence
        least = (
            min(least, line.confidence, *(word.confidence for word in line.words))
            if line.words
            else min(least, line.confidence)
        )
    return (total / characters, least) if characters else None


def _words(placed: Iterable[Placed]) -> tuple[OCRWordConfidence, ...]:
    return tuple(
        OCRWordConfidence(text=place.word.text, confidence=round(place.word.confidence, 4), start_index=place.start)
        for place in placed
    )


def _running_heads(regions: Iterable[Region], kind: str) -> str | None:
    return "\n".join(region.text for region in regions if region.type == kind) or None


def _corners(box: Box, scale: float) -> tuple[int, int, int, int]:
    return round(box.left * scale), round(box.top * scale), round(box.right * scale), round(box.bottom * scale)


def _image(
    name: str, region: Region, scale: float | None, wanted: PageOptions, cut: Cutter | None, warnings: list[str]
) -> OCRImage:
    left, top, right, bottom = (None,) * 4 if scale is None else _corners(region.box, scale)
    shown: bytes | str | None = None
    if wanted.images and cut is not None:
        shown = attempt(lambda: cut(region.box), lambda: None, warnings, f"the picture {name} could not be cut out")
    return OCRImage(
        id=name,
        top_left_x=left,
        top_left_y=top,
        bottom_right_x=right,
        bottom_right_y=bottom,
        image_base64=_data_uri(shown) if shown else None,
    )


def _data_uri(picture: bytes | str) -> str:
    return picture if isinstance(picture, str) else f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def _blocks(written: Written, scale: float, wanted: PageOptions) -> tuple[OCRBlock, ...]:
    images = {id(region): name for name, region in written.images}
    tables = {id(region): name for name, _, region, _ in written.tables}
    blocks = []
    for region, start, end in written.spans:
        left, top, right, bottom = _corners(region.box, scale)
        blocks.append(
            OCRBlock(
                type=_BLOCKS.get(region.type, region.type),
                content=written.text[start:end],
                top_left_x=left,
                top_left_y=top,
                bottom_right_x=right,
                bottom_right_y=bottom,
                image_id=images.get(id(region)),
                table_id=tables.get(id(region)),
                confidence_scores=_block_confidence(region) if wanted.confidence == "block" else None,
            )
        )
    return tuple(blocks)


def _block_confidence(region: Region) -> OCRBlockConfidence | None:
    found = confidence_of(region.lines)
    if found is None:
        return None
    return OCRBlockConfidence(
        average_content_confidence_score=round(found[0], 4), minimum_content_confidence_score=round(found[1], 4)
    )


def element_of(region: Region, scale: float | None) -> OCRElement:
    """
    Return *region* as Opper reports it.

    Args:
        scale: From its coordinates to the page's pixels; None on a page on which nothing has a place.
    """
    text = region.text
    data: dict[str, Any] | None = None
    if region.type == "title":
        data = {"level": region.level}
    elif region.type == "table":
        text = table_markdown(region.cells)
        data = {"cells": [_cell(cell, scale or 1.0) for cell in region.cells]}
    elif region.items:
        text = "\n".join(f"{item.marker} {item.text}" for item in region.items)
        data = {"items": [{"text": item.text, "level": item.level, "marker": item.marker} for item in region.items]}
    return OCRElement(
        type=region.type,
        label=_LABELS.get(region.type, region.type),
        text=text or None,
        bbox=None if scale is None else _place(region.box, scale),
        data=data,
    )


def _place(box: Box, scale: float) -> dict[str, int]:
    left, top = round(box.left * scale), round(box.top * scale)
    return {"x": left, "y": top, "width": round(box.right * scale) - left, "height": round(box.bottom * scale) - top}


def _cell(cell: Any, scale: float) -> dict[str, Any]:
    data: dict[str, Any] = {"text": cell.text, "row": cell.row, "column": cell.column}
    if cell.row_span > 1:
        data["row_span"] = cell.row_span
    if cell.column_span > 1:
        data["column_span"] = cell.column_span
    if cell.header:
        data["header"] = True
    if cell.box is not None:
        data["bbox"] = _place(cell.box, scale)
    return data

"""
The lines of a page as callers get them, ``OCRPage.extra["lines"]``: their words with boxes, in reading order.

Boxes are ``{x, y, width, height}`` in pixels of the page's `dimensions`, like those of elements; ``angle`` is in
degrees counter-clockwise, 90 for a line that reads upwards. Searchable PDFs, hOCR and ALTO are made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .legible import legible_text
from .page import Box, Line, Region, Sheet, Word


__all__ = ["lines_of"]


def lines_of(sheet: Sheet, regions: Sequence[Region], scale: float) -> list[dict[str, Any]]:
    """
    Return the lines of *sheet* in the order of *regions*, which are in reading order.

    Args:
        scale: From the sheet's coordinates to the page's pixels.
    """
    return [_told(line, scale) for line in _in_order(sheet.lines, regions) if line.text.strip()]


def _in_order(lines: Sequence[Line], regions: Sequence[Region]) -> Iterable[Line]:
    left = {id(line): line for line in lines}
    for region in regions:
        own = [line for line in region.lines if id(line) in left]
        if region.type == "table":  # of which some lines are known by their cells alone
            own = list(_by_rows([line for line in left.values() if line in own or line.box.share(region.box) > 0.5]))
        for line in own:
            yield left.pop(id(line))
    yield from left.values()


def _by_rows(lines: Iterable[Line]) -> Iterable[Line]:
    row: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box.centre):
        if row and line.box.centre - row[0].box.centre > row[0].box.height / 2:
            yield from sorted(row, key=lambda line: line.box.left)
            row = []
        row.append(line)
    yield from sorted(row, key=lambda line: line.box.left)


def _told(line: Line, scale: float) -> dict[str, Any]:
    words: Sequence[Word] = line.words or (Word(line.text, line.box, line.confidence),)
    return {
        "text": legible_text(line.text),
        "bbox": _place(line.box, scale),
        "angle": line.angle,
        "confidence": round(line.confidence, 4),
        "words": [
            {"text": legible_text(word.text), "bbox": _place(word.box, scale), "confidence": round(word.confidence, 4)}
            for word in words
        ],
    }


def _place(box: Box, scale: float) -> dict[str, float]:
    return {
        "x": round(box.left * scale, 1),
        "y": round(box.top * scale, 1),
        "width": round(box.width * scale, 1),
        "height": round(box.height * scale, 1),
    }

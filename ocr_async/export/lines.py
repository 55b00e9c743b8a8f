"""
The lines of a page with the boxes of their words, whoever read it: for searchable PDFs, hOCR and ALTO.

The embedded engine tells them (`engine.lines`). Of other models only blocks are known: their text is then spread over
the block's box, which is right to the block, and not to the word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.output_format import plain
from ..models import OCRPage


__all__ = ["Box", "box_of", "headings", "lines_of", "told_exactly"]

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

_WIDTH = 0.5  # of a letter, in heights of its line
_NO_TEXT = frozenset({"image", "picture"})


def told_exactly(page: OCRPage) -> bool:
    """Whether the places of *page*'s words are known, and not those of its blocks alone."""
    return isinstance(page.extra.get("lines"), list)


def lines_of(page: OCRPage) -> list[Mapping[str, Any]]:
    """Return the lines of *page*, as ``OCRPage.extra["lines"]`` has them; a server may tell anything as such."""
    told = page.extra.get("lines")
    if isinstance(told, list):
        return [line for line in told if _is_line(line)]
    return [line for text, box in _blocks(page) for line in _spread(text, box)]


def headings(page: OCRPage) -> Iterator[tuple[str, int, float]]:
    """Yield the headings of *page*: text, level, and how far down they stand, 0 to 1."""
    height = (page.dimensions and page.dimensions.height) or 0
    for element in page.elements or ():
        level = (element.data or {}).get("level")
        if element.type == "title" and element.text:
            y = (element.bbox or {}).get("y", 0)
            down = y / height if height and isinstance(y, (int, float)) else 0.0
            yield element.text, level if type(level) is int else 1, down
    if page.elements:
        return
    for block in page.blocks or ():
        if block.type == "title":
            level = len(block.content) - len(block.content.lstrip("#"))
            yield plain(block.content), max(1, level), block.top_left_y / height if height else 0.0


def box_of(told: Any) -> Box | None:
    """Return the box that is *told* as ``{x, y, width, height}``; None where it is none."""
    if not _is_box(told):
        return None
    left, top = float(told["x"]), float(told["y"])
    return left, top, left + told["width"], top + told["height"]


def _blocks(page: OCRPage) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Yield text and box (left, top, width, height) of the page's blocks, or of its elements."""
    for block in page.blocks or ():
        if block.type not in _NO_TEXT:
            width, height = block.bottom_right_x - block.top_left_x, block.bottom_right_y - block.top_left_y
            yield plain(block.content), (block.top_left_x, block.top_left_y, width, height)
    if page.blocks:
        return
    for element in page.elements or ():
        box = element.bbox or {}
        sides = tuple(box.get(name) for name in ("x", "y", "width", "height"))
        if element.text and element.type not in _NO_TEXT and all(_is_number(side) for side in sides):
            yield plain(element.text), sides  # type: ignore[misc]


def _spread(text: str, box: tuple[float, float, float, float]) -> Iterator[Mapping[str, Any]]:
    """Yield lines of *text* that fill *box* evenly."""
    left, top, width, height = box
    given = [line.split() for line in text.split("\n") if line.strip()]
    if not given or width <= 0 or height <= 0:
        return
    letters = sum(len(word) + 1 for words in given for word in words)
    # letters of that width fill the box in so many lines
    count = max(len(given), round(math.sqrt(letters * _WIDTH * height / width)))
    most = math.ceil(letters / max(1, count - len(given) + 1)) if count > len(given) else letters
    lines = [line for words in given for line in _broken(words, most)]
    high = height / len(lines)
    for number, words in enumerate(lines):
        whole = " ".join(words)
        step = width / max(len(whole), 1 if len(lines) == 1 else most * 0.8)
        place, told = 0, []
        for word in words:
            told.append({"text": word, "bbox": _box(left + place * step, top + number * high, len(word) * step, high)})
            place += len(word) + 1
        yield {
            "text": whole,
            "bbox": _box(left, top + number * high, len(whole) * step, high),
            "angle": 0.0,
            "words": told,
        }


def _broken(words: list[str], most: int) -> Iterator[list[str]]:
    line: list[str] = []
    length = 0
    for word in words:
        if line and length + len(word) > most:
            yield line
            line, length = [], 0
        line.append(word)
        length += len(word) + 1
    if line:
        yield line


def _box(x: float, y: float, width: float, height: float) -> dict[str, float]:
    return {"x": x, "y": y, "width": width, "height": height}


def _is_line(line: Any) -> bool:
    if not isinstance(line, dict) or not isinstance(line.get("text"), str) or not _is_box(line.get("bbox")):
        return False
    words = line.get("words", [])
    return (
        _is_number(line.get("angle", 0.0))
        and isinstance(words, list)
        and all(
            isinstance(word, dict) and isinstance(word.get("text"), str) and _is_box(word.get("bbox")) for word in words
        )
    )


def _is_box(box: Any) -> bool:
    return isinstance(box, Mapping) and all(_is_number(box.get(name)) for name in ("x", "y", "width", "height"))


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and abs(value) < 1e7

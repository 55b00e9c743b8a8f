"""
DeepSeek-OCR, DeepSeek-OCR-2 and Unlimited-OCR with grounding: each part of the page behind its kind and its box.

``<|ref|>title<|/ref|><|det|>[[83, 57, 914, 92]]<|/det|>`` stands before the Markdown of a part; boxes are in
thousandths of the picture, 0 to 999 (https://github.com/deepseek-ai/DeepSeek-OCR at e4ac34e, read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...engine.page import RegionType
from .._html_tables import cells_of
from .._structure import NOWHERE, Box, Region
from .answer import Size, Transcript, dollars, heading, prose, without_tokens


__all__ = ["read"]

_LARGEST = 999
_MARK = re.compile(r"<\|ref\|>([^<]{1,200}?)<\|/ref\|>\s*<\|det\|>\s*(\[[\d\s,.\[\]-]{0,2000}\])\s*<\|/det\|>")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_KINDS: Mapping[str, RegionType] = {
    "title": "title",
    "sub_title": "title",
    "doc_title": "title",
    "image": "image",
    "figure": "image",
    "chart": "image",
    "table": "table",
    "equation": "equation",
    "formula": "equation",
    "image_caption": "caption",
    "figure_caption": "caption",
    "figure_title": "caption",
    "table_caption": "caption",
    "caption": "caption",
    "footnote": "footnote",
    "page_footnote": "footnote",
    "table_footnote": "footnote",
    "image_footnote": "footnote",
    "code": "code",
    "header": "header",
    "footer": "footer",
    "page_number": "footer",
    "reference": "references",
    "aside_text": "aside_text",
}


def read(text: str, size: Size | None) -> Transcript:
    """Read an answer; one without marks is the page's Markdown."""
    pieces = _MARK.split(dollars(without_tokens(text)))
    regions = list(prose(pieces[0]))
    for kind, boxes, part in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        regions.extend(_regions(kind.strip().lower(), _box(boxes, size), part.strip()))
    return Transcript(regions=tuple(regions))


def _regions(name: str, box: Box, text: str) -> Iterator[Region]:
    kind = _KINDS.get(name, "text")
    if kind == "image":
        yield Region("image", box)
        yield from prose(text)
    elif kind == "table" and (cells := cells_of(text)):
        yield Region("table", box, cells=cells)
    elif text:
        level, words = heading(text)
        if kind == "title" and level is None:
            level = 2 if name == "sub_title" else 1
            text = f"{'#' * level} {text}"
        yield Region(kind if kind != "table" else "text", box, text=words, level=level, markdown=text)


def _box(text: str, size: Size | None) -> Box:
    """Return the box around all that *text* names."""
    numbers = [min(float(number), _LARGEST) for number in _NUMBER.findall(text)]
    if size is None or len(numbers) < 4 or len(numbers) % 4:
        return NOWHERE
    across, down = size[0] / _LARGEST, size[1] / _LARGEST
    box = Box(
        min(numbers[0::4]) * across, min(numbers[1::4]) * down, max(numbers[2::4]) * across, max(numbers[3::4]) * down
    )
    return box if box.width >= 0 and box.height >= 0 else NOWHERE

"""
dots.ocr and dots.mocr: a page as a JSON list of ``{bbox, category, text}``, boxes in pixels of the picture.

https://github.com/rednote-hilab/dots.ocr at 36d7248, read 2026-11; prompt and categories are the model's own words. It
sees the picture with sides that are multiples of 28, so a box may be off by half of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.page import RegionType
from ...errors import ResponseInvalid
from .._html_tables import cells_of
from .._structure import NOWHERE, Box, Region
from .answer import Size, Transcript, heading, unfenced, without_tokens


__all__ = ["PROMPT", "read"]

PROMPT = """\
Please output the layout information from the PDF image, including each layout element's bbox, its category, and the \
corresponding text content within the bbox.

1. Bbox format: [x1, y1, x2, y2]

2. Layout Categories: The possible categories are ['Caption', 'Footnote', 'Formula', 'List-item', 'Page-footer', \
'Page-header', 'Picture', 'Section-header', 'Table', 'Text', 'Title'].

3. Text Extraction & Formatting Rules:
    - Picture: For the 'Picture' category, the text field should be omitted.
    - Formula: Format its text as LaTeX.
    - Table: Format its text as HTML.
    - All Others (Text, Title, etc.): Format their text as Markdown.

4. Constraints:
    - The output text must be the original text from the image, with no translation.
    - All layout elements must be sorted according to human reading order.

5. Final Output: The entire output must be a single JSON object.
"""

_KINDS: Mapping[str, RegionType] = {
    "caption": "caption",
    "footnote": "footnote",
    "formula": "equation",
    "list-item": "list",
    "page-footer": "footer",
    "page-header": "header",
    "picture": "image",
    "section-header": "title",
    "table": "table",
    "title": "title",
}
# LaTeX in JSON without its backslashes doubled: what no escape of JSON's begins with, and \frac and \beta
_BARE = re.compile(r"(?<!\\)((?:\\\\)*)\\(?![\"\\/nrtu])")


def read(text: str, size: Size | None) -> Transcript:
    """
    Read an answer.

    Raises:
        ResponseInvalid: It is no list of parts.
    """
    try:
        parts = json.loads(_BARE.sub(r"\1\\\\", unfenced(without_tokens(text), "json")), strict=False)
    except (ValueError, RecursionError):
        raise ResponseInvalid("the page's layout is not JSON") from None
    if isinstance(parts, Mapping):
        inner = next((value for value in parts.values() if isinstance(value, list) and "bbox" not in parts), None)
        parts = [parts] if inner is None else inner
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        raise ResponseInvalid("the page's layout is no list of parts")
    return Transcript(regions=tuple(region for part in parts for region in _regions(part, size)))


def _regions(part: Mapping[str, Any], size: Size | None) -> Iterator[Region]:
    kind = _KINDS.get(str(part.get("category", "")).lower(), "text")
    box = _box(part.get("bbox"), size)
    text = str(part.get("text") or "").strip()
    if kind == "image":
        yield Region("image", box)
    elif kind == "table" and (cells := cells_of(text)):
        yield Region("table", box, cells=cells)
    elif kind == "equation" and text:
        bare = text.removeprefix("$$").removesuffix("$$").strip()
        yield Region("equation", box, text=bare, markdown=f"$${bare}$$")
    elif text:
        level, words = heading(text)
        if kind == "title" and level is None:
            level = 1 if str(part.get("category")).lower() == "title" else 2
            text = f"{'#' * level} {text}"
        yield Region(kind if kind != "table" else "text", box, text=words, level=level, markdown=text)


def _box(given: Any, size: Size | None) -> Box:
    if size is None or not isinstance(given, list) or len(given) != 4:
        return NOWHERE
    if not all(type(number) in {int, float} for number in given):
        return NOWHERE
    left, top, right, bottom = given
    box = Box(max(0, left), max(0, top), min(right, size[0]), min(bottom, size[1]))
    return box if box.width >= 0 and box.height >= 0 else NOWHERE

"""
olmOCR: Markdown under a front matter that tells the page's language, its rotation and what it mostly is.

https://github.com/allenai/olmocr at f7cfe4c, read 2026-11: prompt "v4" without anchor text. Figures stand as
``![description](page_x_y_width_height.png)``, in pixels of the picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .._structure import Box, Region
from .answer import Size, Transcript, dollars, prose, unfenced, without_tokens


__all__ = ["PROMPT", "read"]

PROMPT = (
    "Attached is one page of a document that you must process. Just return the plain text representation of this "
    "document as if you were reading it naturally. Convert equations to LateX and tables to HTML.\n"
    "If there are any figures or charts, label them with the following markdown syntax "
    "![Alt text describing the contents of the figure](page_startx_starty_width_height.png)\n"
    "Return your output as markdown, with a front matter section on top specifying values for the primary_language, "
    "is_rotation_valid, rotation_correction, is_table, and is_diagram parameters."
)

_FRONT = re.compile(r"\s*---[ \t]*\n(.*?)\n?---[ \t]*(?:\n|\Z)", re.DOTALL)
_LINE = re.compile(r"^(\w{1,40}):[ \t]*(.{0,200})$", re.MULTILINE)
_FIGURE = re.compile(r"!\[([^\[\]\n]{0,2000})\]\(page_(\d{1,6})_(\d{1,6})_(\d{1,6})_(\d{1,6})\.png\)")
_VALUES: dict[str, Any] = {"true": True, "false": False, "null": None}


def read(text: str, size: Size | None) -> Transcript:
    """Read an answer; one without front matter is the page's Markdown."""
    text = unfenced(without_tokens(text))
    front = _FRONT.match(text)
    facts = {} if front is None else {name: _value(value.strip()) for name, value in _LINE.findall(front[1])}
    pieces = _FIGURE.split(dollars(text if front is None else text[front.end() :]))
    regions = list(prose(pieces[0]))
    for number in range(1, len(pieces), 6):
        regions.append(Region("image", _box(pieces[number + 1 : number + 5], size), text=pieces[number]))
        regions.extend(prose(pieces[number + 5]))
    warnings = []
    if facts.get("is_rotation_valid") is False:
        turn = facts.get("rotation_correction")
        warnings.append(f"the page is not upright: the model would turn it by {turn} degrees")
    return Transcript(regions=tuple(regions), extra={"front_matter": facts} if facts else {}, warnings=tuple(warnings))


def _box(given: Sequence[str], size: Size | None) -> Box:
    left, top, width, height = map(int, given)
    most_across, most_down = size or (left + width, top + height)
    left, top = min(left, most_across), min(top, most_down)
    return Box(left, top, min(left + width, most_across), min(top + height, most_down))


def _value(text: str) -> Any:
    if text.lower() in _VALUES:
        return _VALUES[text.lower()]
    return int(text) if text.isascii() and text.isdecimal() else text.strip("\"'")

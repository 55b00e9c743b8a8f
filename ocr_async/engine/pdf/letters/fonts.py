"""
What the name of a font says of its letters; most PDFs say it nowhere else.

The weight that a parser tells is made of the width of a letter's stem, of which the programs that make PDFs have
different ideas: of the text of one it is 225, of that of another 695. It counts where a name says nothing, and
beside that of the page's other text.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ...symbol_fonts import MONO


__all__ = ["face", "heavy_from", "with_names"]

HEAVY = 600  # weight, from which on letters are bold
HEAVIER = 60  # than most letters of the page, at least

BOLD = re.compile(
    r"bold|black|heavy|semib|demi|-bd|cm(?:ss)?bx|[es][cf](?:b[xil]|sx|xc)\d|nimbus.*medi|[a-z]bl$", re.IGNORECASE
)
REGULAR = re.compile(r"roman|regu|book|light|thin|normal|-rg\b", re.IGNORECASE)
ITALIC = re.compile(r"ital|obli|cmti|cmmi|[es][cf]ti|-it\b|slanted", re.IGNORECASE)


SKIA, HEAD = b"(Skia/PDF", 2048  # what a browser's file says, and bytes among which
DRAWN = re.compile(rb"/CIDToGIDMap /Identity\n(/ToUnicode \d+ 0 R\n)?/FontDescriptor (\d+) 0 R\n")  # of Type 3
NAMED = re.compile(rb"\n(\d+) 0 obj\n<</Type /FontDescriptor\n(?:.*\n){0,20}?/FontName /(?:\w{6}\+)?([^\s/]+)")


@lru_cache(maxsize=1000)
def face(font: str) -> tuple[bool | None, bool, bool]:
    """Return whether *font* is bold (None: its name does not say), whether italic, and whether of even width."""
    italic = ITALIC.search(font) is not None
    bold = BOLD.search(font) is not None or (False if italic or REGULAR.search(font) else None)
    return bold, italic, MONO.search(font) is not None


def heavy_from(items: Sequence[Any]) -> float:
    """Return the weight from which on the text *items* of a parser's page are bold, where their fonts do not say."""
    chars: dict[int, int] = {}
    for item in items:
        weight = item.font_weight or 0
        chars[weight] = chars.get(weight, 0) + len(item.text)
    usual = max(chars, key=lambda weight: chars[weight], default=0)
    return max(HEAVY, usual + HEAVIER)


def with_names(data: mmap.mmap) -> bool:
    """
    Name the fonts in the file *data* of which a browser draws the letters, and return whether there are any.

    So it sets OpenType fonts that are not TrueType. Their names are in descriptors alone, at which no parser looks for
    such fonts; they take the place of entries that say nothing there.
    """
    found = list(DRAWN.finditer(data)) if SKIA in data[:HEAD] else []
    names = {each[1]: each[2] for each in NAMED.finditer(data)} if found else {}
    for font in found:
        entry = (font[1] or b"") + b"/BaseFont /"
        room = len(font[0]) - len(entry)
        if name := names.get(font[2]):
            data[font.start() : font.end()] = entry + name[1 - room :].ljust(room)
    return bool(names)

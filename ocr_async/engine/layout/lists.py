"""Recognises list items and how deep they are nested."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..page import Item, Line
from .join import flow


__all__ = ["items_of", "marker"]

MARKER = re.compile(
    r"""\s*(?:
        (?P<bullet>[•●▪◦‣⁃○■□➢✓►➤❖▸]|[\uf0a7\uf0b7\uf0d8\uf076\uf0fc])\s*(?=\S)
      | (?P<dash>[-–—*·])\s+(?=\S)
      | (?P<number>\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s+(?=\S)
      | (?P<bracket>\[\d{1,3}\])\s*(?=\S)
    )""",
    re.VERBOSE,
)
ALONE = re.compile(r"\s*(?:[•●▪◦‣⁃○■□➢✓►➤❖▸\uf0a7\uf0b7\uf0d8]|[-–*])\s*$")


def marker(text: str) -> str | None:
    """Return the bullet or number that *text* begins with, None where it begins with neither."""
    found = MARKER.match(text)
    if found is None:
        return text.strip() if ALONE.match(text) else None
    return found.group().strip()


def items_of(paragraphs: Sequence[Sequence[Line]], em: float) -> tuple[Item, ...]:
    """
    Return the items that *paragraphs* are, each of which begins with a marker, nested by how far they are set in.
    """
    edges: list[float] = []
    out: list[Item] = []
    for lines in paragraphs:
        left = lines[0].box.left
        while edges and left < edges[-1] - 0.6 * em:
            edges.pop()
        if not edges or left > edges[-1] + 0.8 * em:
            edges.append(left)
        text = flow(lines)
        mark = marker(text) or "-"
        body = text.strip()[len(mark) :].strip() if text.strip().startswith(mark) else text.strip()
        out.append(
            Item(
                text=body,
                level=min(len(edges) - 1, 5),
                marker=mark,
                box=lines[0].box,
                words=tuple(word for line in lines for word in line.words),
            )
        )
    return tuple(out)

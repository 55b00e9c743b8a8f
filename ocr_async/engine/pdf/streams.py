"""
The streams of a PDF's file, found without following its objects.

What the file has none of need not be looked for on any of its pages.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator


__all__ = ["character_maps", "inflated", "packed"]

_BEGINS = re.compile(rb"stream\s+")
_PACKED = re.compile(rb"/ObjStm.{0,300}?stream\r?\n", re.DOTALL)
_ENTRIES = 400  # bytes before a stream, among which those of its dictionary are
_HEAD = 512  # bytes
_MOST = 1 << 22  # bytes of one, and a quarter of them as it is packed


def packed(data: mmap.mmap | bytes) -> list[int]:
    """Return where the streams begin that hold objects."""
    return [found.end() for found in _PACKED.finditer(data)]


def inflated(data: mmap.mmap | bytes, start: int, most: int = _MOST) -> bytes | None:
    """Return *most* bytes of the stream at *start*; None if it is packed otherwise, encrypted or damaged."""
    try:
        return zlib.decompressobj().decompress(data[start : start + min(most, _MOST // 4)], most)
    except zlib.error:
        return None


def character_maps(data: mmap.mmap | bytes) -> Iterator[tuple[int, bytes | None]]:
    """Yield where the fonts' maps of codes to characters begin, and what they say: None if that cannot be read."""
    for found in _BEGINS.finditer(data):
        begin, start = found.span()
        entries = data[max(0, begin - _ENTRIES) : begin].rpartition(b"obj")[2]
        if entries.endswith(b"end") or b"/Image" in entries:
            continue
        if b"/Filter" not in entries:
            yield start, data[start : data.find(b"endstream", start, start + _MOST)]
        elif (head := inflated(data, start, _HEAD)) is None:
            yield start, None
        elif b"begin" in head:  # what is drawn on a page does not begin so
            yield start, inflated(data, start)

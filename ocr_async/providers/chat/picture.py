"""The size of a picture out of its first bytes: models tell boxes in parts of the picture that they were shown."""

from __future__ import annotations

import struct

from ...models import Bytes, Document
from ...models.document import EncodedBytes
from .answer import Size


__all__ = ["size_of"]

_HEAD = 1 << 18  # bytes; before a JPEG's frame may lie thumbnails and profiles
# start of frame, but DHT, JPG and DAC, which lie among them (ITU T.81, table B.1)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size_of(document: Document) -> Size | None:
    """Return width and height of a PNG or a JPEG in memory; None for what is neither."""
    if not isinstance(document, Bytes):
        return None
    data = document.head(_HEAD) if isinstance(document, EncodedBytes) else bytes(document.data[:_HEAD])
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    return _jpeg(data) if data.startswith(b"\xff\xd8") else None


def _jpeg(data: bytes) -> Size | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None

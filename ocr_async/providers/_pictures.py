"""How large a picture is, for services and models that tell places in parts or pixels of it."""

from __future__ import annotations

import os

from ..models import Bytes, Document, FileOnDisk, OCRDimensions
from ..models.document import EncodedBytes
from ..steps import Exchange, on_thread


__all__ = ["dimensions_of", "pixels_of", "size_of"]

_HEAD = 1 << 20  # bytes; before a JPEG's frame may lie thumbnails and profiles
# The frames of a JPEG that tell its size (ITU-T T.81, table B.1): SOF0 to SOF15, without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def dimensions_of(document: FileOnDisk | Bytes) -> Exchange[OCRDimensions | None]:
    """Return the size of a PNG or JPEG; None where it cannot be told."""
    size = size_of(document)
    if isinstance(document, FileOnDisk):
        path = document.path
        size = yield from on_thread(lambda: pixels_of(_head_of(path)))
    return None if size is None else OCRDimensions(width=size[0], height=size[1])


def size_of(document: Document) -> tuple[int, int] | None:
    """Return width and height of a PNG or JPEG in memory; None for what is neither."""
    if not isinstance(document, Bytes):
        return None
    return pixels_of(document.head(_HEAD) if isinstance(document, EncodedBytes) else bytes(document.data[:_HEAD]))


def _head_of(path: os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""  # as who sends it will say


def pixels_of(data: bytes) -> tuple[int, int] | None:
    """Return width and height of the PNG or JPEG that begins with *data*."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if not data.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        # fill bytes and markers without a length are passed over
        at += 1 if marker == 0xFF else 2 if 0xD0 <= marker <= 0xD9 else 2 + int.from_bytes(data[at + 2 : at + 4])
    return None

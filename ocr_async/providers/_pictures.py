"""How large a picture is, for services that tell places as parts of it."""

from __future__ import annotations

from pathlib import Path

from ..models import Bytes, FileOnDisk, OCRDimensions
from ..models.document import EncodedBytes
from ..steps import Exchange, on_thread


__all__ = ["dimensions_of", "pixels_of"]

# The frames of a JPEG that tell its size (ITU-T T.81, table B.1): SOF0 to SOF15, without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def dimensions_of(document: FileOnDisk | Bytes) -> Exchange[OCRDimensions | None]:
    """Return the size of a PNG or JPEG; None where it cannot be told."""
    if isinstance(document, EncodedBytes):
        encoded = document
        size = yield from on_thread(lambda: pixels_of(memoryview(encoded.data)))
    elif isinstance(document, Bytes):
        size = pixels_of(memoryview(document.data))
    else:
        path = document.path
        size = yield from on_thread(lambda: pixels_of(memoryview(Path(path).read_bytes())))
    return None if size is None else OCRDimensions(width=size[0], height=size[1])


def pixels_of(data: memoryview) -> tuple[int, int] | None:
    """Return width and height of the PNG or JPEG in *data*."""
    if bytes(data[:8]) == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if bytes(data[:2]) != b"\xff\xd8":
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        # fill bytes and markers without a length are passed over
        at += 1 if marker == 0xFF else 2 if 0xD0 <= marker <= 0xD9 else 2 + int.from_bytes(data[at + 2 : at + 4])
    return None

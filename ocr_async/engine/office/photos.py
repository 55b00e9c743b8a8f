"""
Pictures inside flowing documents: what kind they are, how large, and how they are handed on.

A document's own file goes on as it is; only what browsers do not show is drawn anew.
"""

from __future__ import annotations

import base64
import io

import PIL.Image

from ..._ipc.memory import Shared
from ...errors import DocumentError
from ...models import FileOnDisk
from ..scan.pictures import Pictures, decoding, format_of
from ..values import Raster
from .content import Leaf, Photo, Run, plain


__all__ = ["data_uri", "kind_of", "raster", "scan_of", "shortest_side"]

_START = 64  # characters of base64 that tell the format
_KEPT = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
_SMALLEST_SCAN = 300  # pixels; less than that shows no page
_REDRAWN = frozenset({"BMP", "TIFF"})


def kind_of(photo: Photo) -> str | None:
    """Return the ending of *photo*'s name; None where there is no picture that is read."""
    form = _format(photo)
    return _KEPT.get(form or "") or ("png" if form in _REDRAWN else None)


def data_uri(photo: Photo) -> str | None:
    """Return *photo* as a data URI; None where it cannot be decoded."""
    form = _format(photo)
    if form in _KEPT:
        return f"data:image/{_KEPT[form]};base64,{photo.data}"
    try:
        with decoding(), _opened(photo) as image:
            buffer = io.BytesIO()
            image.convert("RGBA" if image.has_transparency_data else "RGB").save(buffer, "PNG")
    except DocumentError:
        return None
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def shortest_side(photo: Photo) -> int:
    """Return the pixels of *photo*'s shorter side; 0 where that cannot be told."""
    try:
        with decoding(), _opened(photo) as image:
            return min(image.size)
    except DocumentError:
        return 0


def scan_of(leaf: Leaf) -> Photo | None:
    """Return the one large picture that is all of *leaf*, as in a document made of scans; None if there is more."""
    runs: list[Run] = [run for block in leaf.blocks for run in getattr(block, "runs", ())]
    shown = [run.photo for run in runs if run.photo is not None]
    if len(shown) != 1 or len(leaf.blocks) != 1 or plain(leaf.blocks):
        return None
    return shown[0] if kind_of(shown[0]) and shortest_side(shown[0]) >= _SMALLEST_SCAN else None


def raster(photo: Photo) -> Raster:
    """
    Return *photo* as the picture of a page.

    Raises:
        DocumentError: It cannot be decoded.
    """
    picture = Pictures(FileOnDisk(path=Shared.holding(_data(photo))), _format(photo) or "")
    try:
        return picture.raster(0)
    finally:
        picture.close()


def _data(photo: Photo) -> bytes:
    try:
        return base64.b64decode(photo.data or "")
    except ValueError:  # no base64, or no ASCII
        raise DocumentError("the picture cannot be decoded: it is damaged or cut off") from None


def _format(photo: Photo) -> str | None:
    try:
        return format_of(base64.b64decode(photo.data[:_START])) if photo.data else None
    except ValueError:  # no base64, or no ASCII
        return None


def _opened(photo: Photo) -> PIL.Image.Image:
    form = _format(photo)
    return PIL.Image.open(io.BytesIO(_data(photo)), formats=[form] if form else [])

"""
Pictures inside flowing documents: what kind they are, how large, and how they are handed on.

A document's own file goes on as it is; only what browsers do not show is drawn anew.
"""

from __future__ import annotations

import base64
import binascii
import io

import PIL.Image

from ...errors import DocumentError
from ..pictures import decoding, format_of
from .content import Photo


__all__ = ["data_uri", "kind_of", "shortest_side"]

_START = 64  # characters of base64 that tell the format
_KEPT = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
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


def _format(photo: Photo) -> str | None:
    try:
        return format_of(base64.b64decode(photo.data[:_START])) if photo.data else None
    except binascii.Error:
        return None


def _opened(photo: Photo) -> PIL.Image.Image:
    form = _format(photo)
    return PIL.Image.open(io.BytesIO(base64.b64decode(photo.data or "")), formats=[form] if form else [])

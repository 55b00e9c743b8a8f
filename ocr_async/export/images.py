"""The pictures of a response as files, and the Markdown that links them."""

from __future__ import annotations

import binascii
import os
import re
from pathlib import Path
from urllib.parse import quote

from attrs import evolve

from ..models import OCRPage, OCRResponse


__all__ = ["decode", "save_images"]

_ENDINGS = {"image/jpeg": ".jpeg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}
_UNSAFE = re.compile(r"[^\w.-]+")


def save_images(response: OCRResponse, folder: Path, *, relative_to: Path) -> OCRResponse:
    """
    Write the pictures of *response* into *folder*; return it with links to them.

    Args:
        folder: Made if it is missing. A provider names the files, so only letters, digits, dots and dashes are kept.

        relative_to: Where the Markdown will lie.
    """
    used: set[str] = set()
    return evolve(response, pages=tuple(_saved(page, folder, relative_to, used) for page in response.pages))


def _saved(page: OCRPage, folder: Path, relative_to: Path, used: set[str]) -> OCRPage:
    markdown = page.markdown
    for number, image in enumerate(page.images):
        if image.image_base64 is None:
            continue
        mime, data = decode(image.image_base64)
        name = _UNSAFE.sub("-", os.path.basename(image.id or f"img-{number}")).lstrip(".") or "img"
        if not Path(name).suffix:
            name += _ENDINGS.get(mime, ".jpeg")
        if name in used:
            name = f"page-{page.index}-{name}"
        used.add(name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        if image.id is not None:
            link = quote(os.path.relpath(folder / name, relative_to).replace(os.sep, "/"))
            markdown = markdown.replace(f"]({image.id})", f"]({link})")
    return evolve(page, markdown=markdown)


def decode(image_base64: str) -> tuple[str, bytes]:
    """Return the MIME type and the bytes of a data URI or bare base64; a bare one is taken for JPEG."""
    head, comma, body = image_base64.partition(",")
    mime = head[5:].partition(";")[0] if comma else "image/jpeg"
    return mime, binascii.a2b_base64(body if comma else head)

"""The pictures of a response as files, and the Markdown that links them."""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Callable, Container
from pathlib import Path
from urllib.parse import quote

from attrs import evolve

from ..models import OCRPage, OCRResponse


__all__ = ["decode", "save_images"]

_ENDINGS = {"image/jpeg": ".jpeg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}
_OF_PICTURES = {".jpg", ".tif", ".tiff", ".bmp", ".avif", ".jp2", *_ENDINGS.values()}
_UNSAFE = re.compile(r"[^\w.-]+")


def save_images(
    response: OCRResponse, folder: Path, *, relative_to: Path, protected: Container[tuple[int, int]] = ()
) -> OCRResponse:
    """
    Write the pictures of *response* into *folder*; return it with links to them.

    Args:
        folder: Made if it is missing. A provider names the files, so only letters, digits, dots and dashes are kept.

        relative_to: Where the Markdown will lie.

        protected: Device and inode of files that are not written over, such as the documents themselves.
    """
    used: set[str] = set()

    def free(name: str) -> bool:
        try:
            facts = (folder / name).stat()
        except OSError:
            return name not in used
        return name not in used and (facts.st_dev, facts.st_ino) not in protected

    return evolve(response, pages=tuple(_saved(page, folder, relative_to, used, free) for page in response.pages))


def _saved(page: OCRPage, folder: Path, relative_to: Path, used: set[str], free: Callable[[str], bool]) -> OCRPage:
    markdown = page.markdown
    for number, image in enumerate(page.images):
        if image.image_base64 is None:
            continue
        mime, data = decode(image.image_base64)
        name = _UNSAFE.sub("-", os.path.basename(image.id or f"img-{number}")).lstrip(".") or "img"
        if Path(name).suffix.lower() not in _OF_PICTURES:  # a provider could name it like anything that lies there
            name += _ENDINGS.get(mime, ".jpeg")
        if not free(name):
            name = f"page-{page.index}-{name}"
        while not free(name):
            name = f"copy-{name}"
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

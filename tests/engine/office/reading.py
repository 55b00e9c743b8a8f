"""Reads documents of the tests in this process, as a worker would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage


__all__ = ["pages_of"]


def pages_of(folder: Path, data: bytes, *, mime: str | None = None, **wanted: Any) -> list[OCRPage]:
    """Return the pages of *data*; an error of one is raised."""
    path = folder / f"document-{len(list(folder.iterdir()))}"
    path.write_bytes(data)
    pages = []
    for _, page in read(FileOnDisk(path=path, mime=mime), None, "auto", PageOptions(**wanted)):
        if isinstance(page, Exception):
            raise page
        assert isinstance(page, OCRPage)
        pages.append(page)
    return pages

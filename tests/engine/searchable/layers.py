"""Layers of words that a page is given, and the searchable PDF made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ocr_async._ipc.memory import Shared
from ocr_async.engine.searchable.writing import searchable
from ocr_async.models import FileOnDisk


__all__ = ["HEIGHT", "LINES", "WIDTH", "Box", "layered", "line"]

WIDTH, HEIGHT = 1000, 1400
Box = tuple[float, float, float, float]  # left, top, width, height


def line(*words: tuple[str, Box], angle: float = 0.0) -> dict[str, Any]:
    told = [{"text": text, "bbox": dict(zip(("x", "y", "width", "height"), box, strict=True))} for text, box in words]
    return {"text": " ".join(text for text, _ in words), "bbox": told[0]["bbox"], "angle": angle, "words": told}


LINES = [
    line(("Harbour", (100, 100, 200, 40)), ("a", (320, 100, 20, 40)), ("1994,", (360, 100, 100, 40))),
    line(("Übersee", (100, 200, 180, 30)), ("東京", (300, 200, 60, 30)), ("𝛼😀", (400, 200, 40, 30))),
    line(("Москва", (100, 300, 180, 30)), ("हिन्दी", (300, 300, 90, 30))),
]


def layered(
    path: Path,
    lines: list[dict[str, Any]],
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    rotation: float = 0.0,
    password: str | None = None,
    **told: Any,
) -> tuple[bytes, tuple[str, ...]]:
    """Return the PDF of *path* whose first page has *lines*, and what was taken out of it."""
    page = {"index": 0, "width": size[0], "height": size[1], "rotation": rotation, "lines": lines, "exact": True}
    layers = {"outline": [], "language": None, "title": None, "archival": False, "whole": {}, **told}, page
    text = "".join(json.dumps(each) + "\n" for each in layers)
    made, warnings = searchable(FileOnDisk(path=path, password=password), Shared.holding(text.encode()))
    return bytes(made.map()), warnings

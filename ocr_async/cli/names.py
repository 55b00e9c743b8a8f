"""Names of results made from names of documents: they stay in their folder, and every system takes them."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata


__all__ = ["safe", "same"]

_LONGEST = 255 - 12  # bytes of a name on most file systems, with room for an ending and a number
# what no file may be called on Windows, with any ending (learn.microsoft.com, "Naming Files", read 2026-11)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\s*$)")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\]')


def safe(relative: str) -> str:
    """Return *relative*, a path of any origin, as one that leads from a folder to a file below it."""
    parts = [_part(part) for part in relative.replace(os.sep, "/").split("/") if part not in {"", ".", ".."}]
    return "/".join(parts) or "document"


def _part(part: str) -> str:
    name = _FORBIDDEN.sub("_", part).rstrip(". ") or "_"
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(os.fsencode(name)) <= _LONGEST:
        return name
    # two long names may differ at their ends only
    stem, ending = os.path.splitext(name)
    ending = ending if len(os.fsencode(ending)) <= 16 else ""
    mark = f"-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}{ending}"
    while len(os.fsencode(stem)) > _LONGEST - len(os.fsencode(mark)):
        stem = stem[:-1]
    return stem + mark


def same(path: str) -> str:
    """Return a text that is equal for paths that some file system takes for one: of other case or composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())

"""What clients call their documents, fit for a header, a log and a terminal."""

from __future__ import annotations


__all__ = ["file_name", "mime_type"]

_LONGEST = 255


def file_name(given: str | None) -> str | None:
    """Return the last part of *given* without what is no character for people; None if nothing is left."""
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last))[:_LONGEST].strip() or None


def mime_type(given: str | None) -> str:
    """Return *given* without its parameters; what is no type means that it is unknown."""
    kind = (given or "").partition(";")[0].strip().lower()
    usable = kind.isascii() and kind.isprintable() and kind.count("/") == 1 and len(kind) <= 100
    return kind if usable else "application/octet-stream"

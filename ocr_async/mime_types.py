"""Which MIME type a document has: its bytes decide, then what its owner says, then its name."""

from __future__ import annotations

import os
import re

from .errors import DocumentError, PasswordRequired


__all__ = ["by_name", "sniff", "type_of"]

_PDF_JUNK = 1024  # bytes that readers accept before "%PDF-" (ISO 32000-1, Annex H.3, note 13)
_OOXML = "application/vnd.openxmlformats-officedocument."
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Office files, and of encrypted ones
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"{\\rtf", "application/rtf"),
)
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif",
    b"heic": "image/heic", b"heix": "image/heic", b"heim": "image/heic", b"heis": "image/heic",
    b"hevc": "image/heic", b"hevx": "image/heic", b"mif1": "image/heif", b"msf1": "image/heif",
}  # fmt: skip
_SAID = re.compile(rb"mimetype(application/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]{1,40}))")
_BOOK = b"META-INF/container.xml"
_ZIPPED = (
    (b"word/", _OOXML + "wordprocessingml.document"),
    (b"ppt/", _OOXML + "presentationml.presentation"),
    (b"xl/", _OOXML + "spreadsheetml.sheet"),
)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# What a name tells where the bytes cannot: the formats that Mistral lists (https://docs.mistral.ai, read 2026-08), and
# what else the embedded engine reads.
# A table of our own, because `mimetypes` reads files of the machine and so differs from one to the next.
_ENDINGS = {
    ".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".webp": "image/webp", ".tif": "image/tiff", ".tiff": "image/tiff", ".bmp": "image/bmp", ".avif": "image/avif",
    ".heic": "image/heic", ".heif": "image/heif", ".jp2": "image/jp2", ".svg": "image/svg+xml",
    ".docx": _OOXML + "wordprocessingml.document", ".pptx": _OOXML + "presentationml.presentation",
    ".xlsx": _OOXML + "spreadsheetml.sheet", ".doc": "application/msword", ".ppt": "application/vnd.ms-powerpoint",
    ".xls": "application/vnd.ms-excel", ".rtf": "application/rtf",
    ".odt": _OPEN_DOCUMENT + "text", ".ods": _OPEN_DOCUMENT + "spreadsheet", ".odp": _OPEN_DOCUMENT + "presentation",
    ".odg": _OPEN_DOCUMENT + "graphics",
    ".epub": "application/epub+zip", ".fb2": "application/x-fictionbook+xml", ".xml": "application/xml",
    ".opml": "text/x-opml", ".ipynb": "application/x-ipynb+json", ".tex": "application/x-tex",
    ".bib": "application/x-bibtex", ".html": "text/html", ".htm": "text/html", ".csv": "text/csv",
    ".txt": "text/plain", ".md": "text/markdown", ".log": "text/plain", ".rst": "text/x-rst", ".tsv": "text/csv",
    ".json": "application/json", ".jsonl": "application/x-ndjson", ".yaml": "application/yaml",
    ".yml": "application/yaml", ".toml": "application/toml", ".ini": "text/plain", ".sql": "application/sql",
    ".py": "text/x-python", ".js": "application/javascript", ".ts": "text/x-typescript", ".css": "text/css",
    ".sh": "application/x-sh", ".c": "text/x-c", ".h": "text/x-c", ".cpp": "text/x-c", ".java": "text/x-java",
    ".go": "text/x-go", ".rs": "text/x-rust", ".eml": "message/rfc822",
}  # fmt: skip
# Types that their first bytes always tell: a name that says one of these while the bytes do not is wrong.
_TELLING = {"application/pdf", "application/epub+zip", *(mime for _, mime in _ZIPPED)}


def sniff(head: bytes, tail: bytes = b"") -> str | None:
    """
    Return the MIME type that a document's bytes show, or None.

    Args:
        head: Its first bytes, 64 KiB or all.

        tail: Its last bytes; only a ZIP's are looked at.
    """
    for magic, mime in _MAGIC:
        if head.startswith(magic):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _sniff_heif(head)
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(head, tail)
    if b"%PDF-" in head[: _PDF_JUNK + 5]:
        return "application/pdf"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    start = head[:_PDF_JUNK].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        start.startswith(b"<?xml") and b"<html" in start
    ):
        return "text/html"
    return None


def _sniff_heif(head: bytes) -> str | None:
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[start : start + 4] for start in range(16, size, 4))]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


def _sniff_zip(head: bytes, tail: bytes) -> str | None:
    # the first file of a book, or of OpenDocument, says what it is
    if said := _SAID.match(head, 30):
        return said[1].decode()
    # where that was compressed, the file that every book has does
    if any(_BOOK in end for end in (head, tail)):
        return "application/epub+zip"
    # an Office file names its parts in the local headers in front and in the directory at the end
    return next((mime for name, mime in _ZIPPED if name in head or name in tail), None)


def type_of(head: bytes, tail: bytes, declared: str | None, name: str | None) -> str:
    """Return the MIME type of a document; its bytes decide, then what was *declared*, then its *name*."""
    if found := sniff(head, tail):
        return found
    label = os.path.basename(name) if name else "the document"
    for mime in (declared, by_name(name)):
        if mime is None or mime == "application/octet-stream":
            continue
        if head.startswith(_COMPOUND) and mime.startswith(_OOXML):
            raise PasswordRequired(
                f"{label} is encrypted, or of an older Office than its name says: save it anew, without a password"
            )
        if mime in _TELLING or (mime.startswith("image/") and mime != "image/svg+xml"):
            raise DocumentError(f"{label} is said to be {mime}, but its bytes are not")
        return mime
    raise DocumentError(f"{label} is of no type that its bytes or its name would tell", hint="mime_type")


def by_name(name: str | None) -> str | None:
    """Return the MIME type that the ending of *name* stands for; None for an ending that is not known."""
    return _ENDINGS.get(os.path.splitext(name)[1].lower()) if name else None

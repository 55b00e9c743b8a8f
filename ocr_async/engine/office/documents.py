"""
Documents that say their text themselves: Word, PowerPoint, Excel, OpenDocument, EPUB, HTML, plain text, letters, RTF,
notebooks.

Their readers, most of which are the extra `office`, are imported when the first such document comes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal, NoReturn

from ...errors import DocumentError, PasswordRequired
from ...models import FileOnDisk, OCRPage
from ..files import open_document, source_of
from ..legible import legible
from ..output_format import formed
from ..values import PageOptions, Raster, UncertainPage
from . import texts
from .content import Leaf
from .texts import is_text, lacking


__all__ = ["Flowing", "Kind", "kind_of"]

Kind = Literal["docx", "pptx", "xlsx", "opendocument", "epub", "html", "notebook", "rtf", "text"]

MOST_UNPACKED = 256 << 20
"""Bytes of an Office file's texts, unpacked."""

_MOST_WITH_PICTURES = 128 << 20  # bytes of RTF or a notebook, most of which are pictures
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FOLDERS: tuple[tuple[str, Kind], ...] = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_NEEDED = {**dict.fromkeys(("docx", "pptx", "xlsx"), "office_oxide"), **dict.fromkeys(("epub", "html"), "selectolax")}
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body")
_NO_PICTURE = "page {} (from 0) of this document is no picture to recognise"
_ELSEWHERE = "a hosted model such as mistral/mistral-ocr-latest may read it"


def kind_of(document: FileOnDisk, start: bytes) -> Kind | None:
    """
    Return what kind of flowing document it is; None if it is none.

    Args:
        start: Its first bytes.

    Raises:
        PasswordRequired: It is an encrypted Office file, which no password opens here.

        DocumentError: It is an Office file that is damaged, or of an old kind.
    """
    if start.startswith(_COMPOUND):
        _refuse_compound(document)
    if start.startswith(b"PK\x03\x04"):
        return _kind_of_zip(document)
    if start.startswith(b"{\\rtf"):
        return "rtf"
    # A file's name may say HTML where its bytes do not, as of a mere fragment.
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if document.mime == "text/html" or head.startswith(_HTML) or (head.startswith(b"<?xml") and b"<html" in head):
        return "html"
    if document.mime == "application/x-ipynb+json":
        return "notebook"
    return "text" if is_text(document.mime) else None


def _refuse_compound(document: FileOnDisk) -> NoReturn:
    with open_document(document) as file:
        encrypted = any(_ENCRYPTED in block for block in iter(lambda: file.read(1 << 20), b""))
    if encrypted:
        raise PasswordRequired(
            "the Office file is encrypted, and the embedded engine cannot decrypt it: save it without a password"
        )
    raise DocumentError(
        "this is a file of Office 97-2003 (.doc, .ppt, .xls), which the embedded engine does not read: "
        f"save it as .docx, .pptx or .xlsx; or {_ELSEWHERE}"
    )


def _kind_of_zip(document: FileOnDisk) -> Kind:
    with _archive(document) as archive:
        names = archive.NameToInfo
        if "META-INF/container.xml" in names:
            return "epub"
        if "content.xml" in names:
            return "opendocument"
        if "xl/workbook.bin" in names:
            raise DocumentError(
                "this is a binary workbook (.xlsb), which the embedded engine does not read: "
                f"save it as .xlsx; or {_ELSEWHERE}"
            )
        for folder, kind in _FOLDERS:
            if any(name.startswith(folder) for name in names):
                return kind
    raise DocumentError("this is a ZIP archive and no document: unpack it, and give the files in it")


def _data(document: FileOnDisk, most: int = -1) -> bytes:
    """
    Return the bytes of *document*.

    Raises:
        DocumentError: They are more than *most*.
    """
    with open_document(document) as file:
        data = file.read(most + 1 if most >= 0 else -1)
    if 0 <= most < len(data):
        raise DocumentError(f"the document has more than {most >> 20} MiB, which are not read")
    return data


def _archive(document: FileOnDisk) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source_of(document))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise DocumentError(
            "the file begins like an Office or EPUB document, but it cannot be opened: it is damaged or cut off"
        ) from None


class Flowing:
    """
    One flowing document.

    Raises:
        DocumentError: It is damaged, protected, holds more than is read, or needs the extra ``office``.
    """

    def __init__(self, document: FileOnDisk, kind: Kind) -> None:
        needed = _NEEDED.get(kind)
        if needed is not None and find_spec(needed) is None:
            raise lacking(kind.upper())
        self._text: OCRPage | None = None
        self._close: Callable[[], None] | None = None
        try:
            self.count, self._leaf = self._opened(document, kind)
        except RecursionError:
            raise DocumentError(f"the {kind.upper()} document is nested too deeply") from None

    def _opened(self, document: FileOnDisk, kind: Kind) -> tuple[int, Callable[[int], Leaf]]:
        if kind == "text":
            self._text = texts.page_of(_data(document), document.mime)
            return 1, lambda _: Leaf(())
        if kind == "epub":
            from .books import Book

            book = Book(_archive(document))
            self._close = book.close
            return book.count, book.leaf
        if kind == "html":
            from . import markup

            leaves = markup.leaves(_data(document))
        elif kind == "notebook":
            from . import notebooks

            leaves = [notebooks.leaf(_data(document, _MOST_WITH_PICTURES))]
        elif kind == "rtf":
            from . import rtf

            leaves = rtf.leaves(_data(document, _MOST_WITH_PICTURES))
        elif kind == "opendocument":
            from . import opendocument

            with _archive(document) as archive:
                leaves = opendocument.leaves(archive)
        else:
            from . import packages

            _refuse_bomb(document)
            return packages.leaves(_data(document), kind)
        return len(leaves), leaves.__getitem__

    def page(
        self, index: int, wanted: PageOptions, mode: Literal["auto", "text", "ocr"]
    ) -> OCRPage | UncertainPage | DocumentError | None:
        """Return page *index*, which exists, or the error that it costs; a scan is to be recognised, as in a PDF."""
        from .photos import scan_of
        from .writing import page_of

        if self._text is not None:
            if mode == "ocr":
                return DocumentError(_NO_PICTURE.format(index), hint="read")
            return legible(formed(self._text, wanted.form))
        try:
            leaf = self._leaf(index)
            is_scan = mode != "text" and scan_of(leaf) is not None
            if mode == "ocr":
                return None if is_scan else DocumentError(_NO_PICTURE.format(index), hint="read")
            page = page_of(index, leaf, wanted)
            return UncertainPage(page, "stamp") if is_scan else page
        except RecursionError:
            return DocumentError(f"page {index} is nested too deeply")
        except DocumentError as error:
            return error

    def raster(self, index: int) -> Raster:
        """
        Return the scan that is all of page *index*.

        Raises:
            DocumentError: There is none, or it cannot be decoded.
        """
        from . import photos

        scan = photos.scan_of(self._leaf(index)) if 0 <= index < self.count else None
        if scan is None:
            raise DocumentError(_NO_PICTURE.format(index), hint="read")
        return photos.raster(scan)

    def close(self) -> None:
        """Close the file."""
        if self._close is not None:
            self._close()


def _refuse_bomb(document: FileOnDisk) -> None:
    with _archive(document) as archive:
        size = sum(each.file_size for each in archive.infolist() if each.filename.lower().endswith((".xml", ".rels")))
    if size > MOST_UNPACKED:
        raise DocumentError(
            f"the document unpacks to {size / 1e6:.0f} MB of text; at most {MOST_UNPACKED / 1e6:.0f} MB are read"
        )

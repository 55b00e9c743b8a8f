"""
EPUB: a ZIP of HTML files, and the order in which they are read.

Source: EPUB 3.3, https://www.w3.org/TR/epub-33/ (read 2026-11): container.xml names the package file, whose spine names
the chapters.
"""

from __future__ import annotations

import base64
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from ...errors import DocumentError
from .content import Leaf, PageBreak, Photo
from .markup import blocks_of, decoded


__all__ = ["Book"]

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_LARGEST = 64 << 20  # bytes of one file inside
_MOST_TEXT = 32 << 20  # bytes of all chapters, unpacked; a Bible has 5
# RuntimeError is zipfile's own word for a file that wants a password.
_UNREADABLE = (KeyError, OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


class Book:
    """
    One open EPUB; a chapter is a page, and is read when it is asked for.

    Raises:
        DocumentError: It is damaged or protected.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        package = next((each.get("full-path") for each in self._xml(_CONTAINER, "rootfile")), None)
        if not package:
            raise DocumentError("the EPUB names no package file: it is damaged")
        folder = posixpath.dirname(package)
        files = {
            item.get("id"): _inside(folder, item.get("href", ""))
            for item in self._xml(package, "item")
            if item.get("media-type", "") in _CHAPTERS
        }
        spine = [files.get(each.get("idref")) for each in self._xml(package, "itemref")]
        # no chapter stands in a spine twice (3.4.12.2)
        self._chapters = list(dict.fromkeys(chapter for chapter in spine if chapter is not None))
        if not self._chapters:
            raise DocumentError("the EPUB has no chapters: it is damaged")
        sizes = [archive.NameToInfo[name].file_size for name in self._chapters if name in archive.NameToInfo]
        if sum(sizes) > _MOST_TEXT:
            raise DocumentError(f"the EPUB has more than {_MOST_TEXT >> 20} MiB of text unpacked, which is not read")
        if _ENCRYPTION in archive.NameToInfo:
            protected = {each.get("URI") for each in self._xml(_ENCRYPTION, "CipherReference")}
            if protected & set(self._chapters):
                raise DocumentError("the EPUB is protected against copying, and only its seller's programs can read it")

    @property
    def count(self) -> int:
        """The number of chapters."""
        return len(self._chapters)

    def leaf(self, index: int) -> Leaf:
        """
        Return chapter *index*.

        Raises:
            DocumentError: It is missing or damaged.
        """
        name = self._chapters[index]
        blocks = blocks_of(decoded(self._file(name), xml=True), partial(self._photo, posixpath.dirname(name)))
        return Leaf(tuple(block for block in blocks if not isinstance(block, PageBreak)))

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _photo(self, folder: str, address: str) -> Photo | None:
        name = _inside(folder, address)
        if name not in self._archive.NameToInfo:
            return None
        return Photo(base64.b64encode(self._file(name)).decode())

    def _xml(self, name: str, tag: str) -> Iterator[ElementTree.Element]:
        """Yield the elements named *tag* of one of the files inside, whatever their namespace."""
        try:
            # expat loads nothing from elsewhere, bounds what entities grow to, and this process is bounded besides
            root = ElementTree.fromstring(self._file(name))  # noqa: S314
        except (ElementTree.ParseError, LookupError, ValueError):
            raise DocumentError("the EPUB cannot be read: its contents are damaged") from None
        return (each for each in root.iter() if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == tag)

    def _file(self, name: str) -> bytes:
        try:
            with self._archive.open(name) as file:
                data = file.read(_LARGEST + 1)
        except _UNREADABLE:
            raise DocumentError("the EPUB cannot be read: a part of it is missing or damaged") from None
        if len(data) > _LARGEST:
            raise DocumentError(f"a part of the EPUB has more than {_LARGEST >> 20} MiB unpacked, which is not read")
        return data


def _inside(folder: str, address: str) -> str:
    """Return the name of the file that *address* means, seen from *folder*; such a name has no leading slash."""
    return posixpath.normpath(posixpath.join(folder, unquote(urlsplit(address).path))).lstrip("/")

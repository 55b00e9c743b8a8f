"""
EPUB: a ZIP of HTML files, and the order in which they are read.

Source: EPUB 3.3, https://www.w3.org/TR/epub-33/ (read 2026-11): container.xml names the package file, whose spine names
the chapters.
"""

from __future__ import annotations

import base64
import posixpath
import zipfile
from functools import partial

from ...errors import DocumentError
from .content import Leaf, PageBreak, Photo
from .markup import blocks_of, decoded
from .zipped import Zipped, inside


__all__ = ["Book"]

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_MOST_TEXT = 32 << 20  # bytes of all chapters, unpacked; a Bible has 5
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


class Book:
    """
    One open EPUB; a chapter is a page, and is read when it is asked for.

    Raises:
        DocumentError: It is damaged or protected.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._files = Zipped(archive, "EPUB")
        package = next((each.get("full-path") for each in self._files.xml(_CONTAINER).iter("rootfile")), None)
        if not package:
            raise DocumentError("the EPUB names no package file: it is damaged")
        folder = posixpath.dirname(package)
        contents = self._files.xml(package)
        names = {
            item.get("id"): inside(folder, item.get("href", ""))
            for item in contents.iter("item")
            if item.get("media-type", "") in _CHAPTERS
        }
        spine = [names.get(each.get("idref")) for each in contents.iter("itemref")]
        # no chapter stands in a spine twice (3.4.12.2)
        self._chapters = list(dict.fromkeys(chapter for chapter in spine if chapter is not None))
        if not self._chapters:
            raise DocumentError("the EPUB has no chapters: it is damaged")
        if sum(map(self._files.size, self._chapters)) > _MOST_TEXT:
            raise DocumentError(f"the EPUB has more than {_MOST_TEXT >> 20} MiB of text unpacked, which is not read")
        if _ENCRYPTION in self._files:
            protected = {each.get("URI") for each in self._files.xml(_ENCRYPTION).iter("CipherReference")}
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
        blocks = blocks_of(decoded(self._files.file(name), xml=True), partial(self._photo, posixpath.dirname(name)))
        return Leaf(tuple(block for block in blocks if not isinstance(block, PageBreak)))

    def close(self) -> None:
        """Close the file."""
        self._files.close()

    def _photo(self, folder: str, address: str) -> Photo | None:
        name = inside(folder, address)
        if name not in self._files:
            return None
        return Photo(base64.b64encode(self._files.file(name)).decode())

"""The files inside a document that is a ZIP of them: EPUB, OpenDocument."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from ...errors import DocumentError


__all__ = ["UNREADABLE", "Zipped", "inside"]

_LARGEST = 64 << 20  # bytes of one file inside
UNREADABLE = (KeyError, OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What zipfile raises of a file inside that is missing, damaged, or wants a password (RuntimeError)."""


class Zipped:
    """
    The files inside *archive*.

    Args:
        kind: Of the document, in the words of an error.
    """

    def __init__(self, archive: zipfile.ZipFile, kind: str) -> None:
        self._archive = archive
        self._kind = kind

    def __contains__(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def size(self, name: str) -> int:
        """Return the bytes of a file, unpacked, as the archive tells; 0 of one that is not there."""
        info = self._archive.NameToInfo.get(name)
        return 0 if info is None else info.file_size

    def file(self, name: str) -> bytes:
        """
        Return one of the files.

        Raises:
            DocumentError: It is missing or damaged, or larger than what is read.
        """
        try:
            with self._archive.open(name) as file:
                data = file.read(_LARGEST + 1)
        except UNREADABLE:
            raise self.damaged("a part of it is missing or damaged") from None
        if len(data) > _LARGEST:
            raise DocumentError(
                f"a part of the {self._kind} file has more than {_LARGEST >> 20} MiB unpacked, which is not read"
            )
        return data

    def xml(self, name: str) -> ElementTree.Element:
        """Return one of the files, its elements and attributes without their namespaces; raises as `file` does."""
        try:
            # expat loads nothing from elsewhere, bounds what entities grow to, and this process is bounded besides
            root = ElementTree.fromstring(self.file(name))  # noqa: S314
        except (ElementTree.ParseError, LookupError, ValueError):
            raise self.damaged() from None
        for each in root.iter():
            each.tag = _local(each.tag)
            each.attrib = {_local(key): value for key, value in each.attrib.items()}
        return root

    def damaged(self, how: str = "its contents are damaged") -> DocumentError:
        """Return the error of a document that cannot be read."""
        return DocumentError(f"the {self._kind} file cannot be read: {how}")

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def inside(folder: str, address: str) -> str:
    """
    Return the name of the file that *address* means, seen from *folder*: such a name has no leading slash.

    Nothing where it is elsewhere than in the document.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc:
        return ""
    return posixpath.normpath(posixpath.join(folder, unquote(parts.path))).lstrip("/")


def _local(name: str) -> str:
    return name.rpartition("}")[2]

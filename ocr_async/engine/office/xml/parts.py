"""
Office files with pieces of their XML replaced, so that office-oxide finds there what it does not know to show.

Places are those of bytes, so everything else stays as it is. A file that is not what its kind should be stays as it is
too: office-oxide says what is wrong with it.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat

from attrs import frozen

from ..zipped import UNREADABLE


__all__ = ["Edit", "element_end", "opened", "part", "related", "scan", "tag_end", "with_edits", "with_parts"]

LARGEST = 12 << 20
"""Bytes of a file's parts that are looked through, which take two of the eight seconds that a page has."""

_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")

Starts = Callable[[str, Mapping[str, str], int], None]
Ends = Callable[[str, int], None]


@frozen(slots=True)
class Edit:
    """What stands from byte *start* to byte *end* becomes *text*."""

    start: int
    end: int
    text: bytes = b""


def opened(data: bytes) -> zipfile.ZipFile | None:
    """Return the archive that *data* is; None if it cannot be opened."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        return None


def part(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return a file of *archive*; None if there is none that can be looked through."""
    info = archive.NameToInfo.get(name)
    if info is None or info.file_size > LARGEST:
        return None
    try:
        with archive.open(info) as file:
            data = file.read(LARGEST + 1)
    except UNREADABLE:
        return None
    # places are told in UTF-8, and Office files have no document types
    return None if len(data) > LARGEST or data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!DOCTYPE" in data else data


def scan(data: bytes, starts: Starts, ends: Ends, text: Callable[[str], None] | None = None) -> bool:
    """
    Call *starts* and *ends* for each element of *data*, and *text* for what stands between; whether all of it was read.

    Args:
        starts: Gets the name without its namespace, the attributes likewise, and the place of the tag.

        ends: Gets the name, and the place of the closing tag, if there is one.
    """
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: Mapping[str, str]) -> None:
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        starts(name.rpartition(" ")[2], own, parser.CurrentByteIndex)

    def end(name: str) -> None:
        ends(name.rpartition(" ")[2], parser.CurrentByteIndex)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    if text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def related(archive: zipfile.ZipFile, name: str, kind: str) -> dict[str, str]:
    """Return the files that a file of *archive* is related to as its *kind*, by what it calls them."""
    folder, file = posixpath.split(name)
    found: dict[str, str] = {}

    def starts(tag: str, attributes: Mapping[str, str], _: int) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith(kind):
            target = posixpath.normpath(posixpath.join(folder, attributes.get("Target", "")))
            found[attributes.get("Id", "")] = target.lstrip("/")

    scan(part(archive, f"{folder}/_rels/{file}.rels") or b"", starts, lambda *_: None)
    return found


def tag_end(data: bytes, start: int) -> int:
    """Return the place behind the tag that begins at *start*; *start* itself where none does."""
    found = _TAG.match(data, start)
    return found.end() if found else start


def element_end(data: bytes, start: int, closing: int) -> int:
    """Return the place behind the element that begins at *start*, and whose end was met at *closing*."""
    first = tag_end(data, start)
    return first if data[first - 2 : first] == b"/>" else tag_end(data, closing)


def with_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return *data* with *edits*, of which none lies within another's piece."""
    pieces: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            continue
        pieces += (data[at : edit.start], edit.text)
        at = edit.end
    return b"".join([*pieces, data[at:]])


def with_parts(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return the ZIP *data* with *parts* in the place of those of their names; all others stay as they are packed."""
    if not parts:
        return data
    buffer = io.BytesIO(data)
    try:
        with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that come twice
            for name, content in parts.items():
                # the list of what is inside is written anew, and the old part is not on it
                archive.filelist.remove(archive.NameToInfo.pop(name))
                archive.writestr(name, content, zipfile.ZIP_STORED)
    except (struct.error, ValueError):  # that list says what cannot be written
        return data
    return buffer.getvalue()

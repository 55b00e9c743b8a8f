"""
The documents that a command reads: files, folders, URLs and standard input, as people name them.

Each knows where its result belongs below a folder of results. That is its own name; below a folder that was named, its
path within; of several such folders, with the folder's name in front; and what follows ``/./`` where that was written,
as for rsync. What `--failed` lists is written so, and leads to the same place when it is read again.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from attrs import define, frozen

from ..document import file_name
from ..errors import ConfigurationError
from ..mime_types import by_name, sniff
from ..models import Bytes, FileOnDisk


__all__ = ["HEAD", "STDIN", "Found", "Input", "each", "find", "is_document", "listed"]

STDIN = "-"
HEAD = 65_536  # bytes that say what a file is
_URL = re.compile(r"(?i)(https?://|data:)")
_NOT_READ = {"image/svg+xml", "application/xml", "application/x-tex", "application/x-bibtex",
             "application/x-fictionbook+xml"}  # fmt: skip


@frozen
class Input:
    """
    One document.

    Attributes:
        name: The path or URL under which it is found and spoken of; `STDIN` for standard input.

        relative: Where its result belongs below a folder, with the document's own ending, and not yet safe.

        error: Why it cannot be read, of a folder that cannot be looked into.
    """

    name: str
    relative: str
    error: str | None = None

    @property
    def path(self) -> str | None:
        """Where it lies on the disk, if it does."""
        return None if self.name == STDIN or _URL.match(self.name) else self.name

    @property
    def shown(self) -> str:
        """What people call it; a data URI may have megabytes."""
        return self.name if len(self.name) <= 4096 else f"{self.name[:80]}…"

    @property
    def again(self) -> str:
        """How it is named to have the result in the same place again."""
        path = self.path
        if path is None or self.relative == os.path.basename(path):
            return self.name
        if not path.endswith(self.relative):
            path = os.path.abspath(path)
        if not path.endswith(self.relative):
            return self.name
        front = path.removesuffix(self.relative)
        return path if front == "./" or front.endswith("/./") else f"{front}./{self.relative}"

    def document(self, password: str | None, stdin: bytes = b"") -> Bytes | FileOnDisk | str:
        """Return it as the SDK takes it; *stdin* is what came on standard input."""
        if self.name == STDIN:
            return Bytes(data=stdin, name="stdin", password=password)
        if self.path is None:
            return self.name
        return FileOnDisk(path=Path(self.name), name=file_name(self.name), password=password)


@define
class Found:
    """
    The documents, and what was met beside them.

    Attributes:
        left_out: Files in folders that are no documents.

        not_entered: Folders in folders; `-r` goes into them.
    """

    inputs: list[Input]
    left_out: int = 0
    not_entered: int = 0


def listed(file: str) -> list[str]:
    """
    Return the lines of *file*, one document each; of standard input for `STDIN`.

    Raises:
        ConfigurationError: It cannot be read.
    """
    try:
        text = os.fsdecode(sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"--from {file} cannot be read: {error.strerror}") from error
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]


def find(named: Sequence[str], *, recursive: bool, besides: Path | None = None) -> Found:
    """
    Return the documents that *named* files, folders and URLs stand for; nothing but their names is looked at, and the
    first bytes of files whose endings say nothing.

    Args:
        besides: The folder of results, which may lie in a folder of documents and is not gone into.

    Raises:
        ConfigurationError: Standard input is named twice.
    """
    if list(named).count(STDIN) > 1:
        raise ConfigurationError("standard input (-) can be read only once")
    found = Found([])
    found.inputs += each(named, found, recursive=recursive, besides=besides)
    return found


def each(
    named: Sequence[str], found: Found, *, recursive: bool, besides: Path | None, several: bool = False
) -> Iterator[Input]:
    """
    Yield what `find` finds, one by one, with the rest in *found*: a folder may hold a hundred thousand.

    Args:
        several: Whether other folders are read than those *named*.
    """
    several = several or sum(os.path.isdir(name) for name in dict.fromkeys(named) if not _URL.match(name)) > 1
    for name in named:
        if _URL.match(name):
            yield Input(name, _last_part(name))
        elif name == STDIN:
            yield Input(name, "stdin")
        elif os.path.isdir(name):
            base = _below(name)
            if base is None:
                base = os.path.basename(os.path.abspath(name)) if several else ""
            yield from _in_folder(name, base, found, recursive, besides)
        else:
            yield Input(name, _below(name) or os.path.basename(name))


def _below(name: str) -> str | None:
    """Return what follows the last ``/./`` of *name*, or ``./`` in front of it; None without such."""
    parts = name.replace(os.sep, "/").split("/")
    if "." not in parts[:-1]:
        return None
    last = len(parts) - 1 - parts[::-1].index(".", 1 if parts[-1] == "." else 0)
    return "/".join(part for part in parts[last + 1 :] if part not in {"", "."})


def _last_part(url: str) -> str:
    if url[:5].lower() == "data:":
        return "document"
    try:
        return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]).replace("/", "_") or "document"
    except ValueError:
        return "document"


def _in_folder(root: str, base: str, found: Found, recursive: bool, besides: Path | None) -> Iterator[Input]:
    """Yield the documents in *root* by name, each folder's own before those below; links are followed, but no loops."""
    seen: set[tuple[int, int]] = set()
    if besides is not None and besides.is_dir() and not besides.samefile(root):
        facts = besides.stat()
        seen.add((facts.st_dev, facts.st_ino))
    waiting = [(root, base)]
    while waiting:
        folder, relative = waiting.pop()
        try:
            facts = os.stat(folder)
            if (facts.st_dev, facts.st_ino) in seen:
                continue
            seen.add((facts.st_dev, facts.st_ino))
            with os.scandir(folder) as entries:
                visible = sorted(
                    (each for each in entries if not each.name.startswith(".")), key=lambda each: each.name
                )
        except OSError as error:
            yield Input(folder, relative, f"the folder cannot be looked into: {error.strerror}")
            continue
        folders = []
        for entry in visible:
            place = f"{relative}/{entry.name}".lstrip("/")
            try:
                is_folder = entry.is_dir()
                is_file = entry.is_file() or not os.path.exists(entry.path)  # who reads a broken link says so
            except OSError:  # a link to itself, or to where nobody may look
                is_folder, is_file = False, True
            if is_folder:
                folders.append((entry.path, place))
            elif is_file and is_document(entry.path, partial(_head, entry.path)):
                yield Input(entry.path, place)
            else:
                found.left_out += 1
        if recursive:
            waiting += reversed(folders)
        else:
            found.not_entered += len(folders)


def is_document(name: str, head: Callable[[], bytes]) -> bool:
    """Whether a file in a folder is to be read: by the ending of its *name*, or its *head* where that says nothing."""
    mime = by_name(name)
    if mime is None:
        return sniff(head()) is not None
    return mime == "text/html" or not (mime.startswith("text/") or mime in _NOT_READ)


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""

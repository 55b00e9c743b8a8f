r"""
Pages on their way from a worker process to the ledger: a file for each document that is read, a line for each page.

The main process makes the file, empty; the worker that gets the document writes to its end; the main process reads
what is new, and deletes the file once the ledger has its pages. So they outlive both: what a dead main process left
is taken up by the next run. A file that is gone tells its worker that nobody waits for it any more, and so does a
mark that the main process does not touch any more.

The lines: ``begun HOST PID\n``, ``page CRC NUMBER PRICE JSON\n`` each, ``ended\n``. One that was cut short by a kill
has no line feed or a wrong checksum, and is no page.
"""

from __future__ import annotations

import os
import platform
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attrs import define, field, frozen

from ..._platform.files import sync_data
from ..ledger import PageRow


__all__ = ["FOLDER", "Follower", "Page", "Writer", "clear", "left", "mark"]

FOLDER = "receipts"
"""Where they lie, below the folder of the ledger."""

_ENDING = ".pages"
_MARK = "alive"
_SILENCE = 30.0  # seconds without a mark after which the main process counts as gone
_BLOCK = 1 << 20


@frozen
class Page:
    """A page that came."""

    number: int
    price: float | None
    body: bytes


class Writer:
    """The worker's end; its methods block."""

    def __init__(self, path: str) -> None:
        """
        Begin to write.

        Raises:
            FileNotFoundError: Nobody waits for it, or this machine does not see the folder.
            FileExistsError: Another process began before, and the document was given out once more when it died.
        """
        self._mark = os.path.join(os.path.dirname(path), _MARK)
        self._seen: tuple[int, float] | None = None
        self._unsynced = False
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            if os.fstat(self._file).st_size:
                raise FileExistsError(path)
            host = "-".join(platform.node().split()) or "-"
            self._write(f"begun {host} {os.getpid()}\n".encode())
        except BaseException:
            os.close(self._file)
            raise
        self._path = path

    def add(self, page: Page) -> None:
        """Write a page; a kill does not lose it any more."""
        facts = f"{page.number} {'-' if page.price is None else repr(page.price)} ".encode() + page.body
        self._write(b"page %08x %b\n" % (zlib.crc32(facts), facts))

    def sync(self) -> None:
        """Have what was written on the disk, where other machines see it."""
        if self._unsynced:
            self._unsynced = False
            sync_data(self._file)

    def wanted(self) -> bool:
        """Whether the main process still waits for it."""
        try:
            os.stat(self._path)
            mark = os.stat(self._mark).st_mtime_ns
        except OSError:
            return False
        now = time.monotonic()  # and not the mark's time: clocks of two machines differ
        if self._seen is None or self._seen[0] != mark:
            self._seen = mark, now
        return now - self._seen[1] < _SILENCE

    def close(self, *, ended: bool) -> None:
        """Write no more; *ended* says that it did not die."""
        try:
            if ended:
                self._write(b"ended\n")
                self.sync()
        finally:
            os.close(self._file)

    def _write(self, line: bytes) -> None:
        self._unsynced = True
        while line:  # a full disk may take a part
            line = line[os.write(self._file, line) :]


@define(eq=False)
class Follower:
    """The main process's end; its methods block."""

    path: Path
    begun: bool = False
    ended: bool = False
    _read: int = 0
    _rest: bytes = b""
    _numbers: set[int] = field(factory=set)

    @classmethod
    def make(cls, path: Path) -> Follower:
        """Make the file."""
        path.touch(exist_ok=False)
        return cls(path)

    @property
    def numbers(self) -> frozenset[int]:
        """The pages that came so far."""
        return frozenset(self._numbers)

    def new(self) -> list[Page]:
        """Return the pages that came since the last time."""
        with open(self.path, "rb") as file:
            file.seek(self._read)
            found = []
            while block := file.read(_BLOCK):
                self._read += len(block)
                *lines, self._rest = (self._rest + block).split(b"\n")
                found += [page for line in lines if (page := self._page(line)) is not None]
        return found

    def _page(self, line: bytes) -> Page | None:
        kind, _, rest = line.partition(b" ")
        if kind == b"begun":
            self.begun = True
        elif kind == b"ended":
            self.ended = True
        elif kind == b"page":
            checksum, _, facts = rest.partition(b" ")
            if checksum == b"%08x" % zlib.crc32(facts):
                number, price, body = facts.split(b" ", 2)
                self._numbers.add(int(number))
                return Page(int(number), None if price == b"-" else float(price), body)
        return None

    def all(self) -> list[Page]:
        """Return all pages."""
        return Follower(self.path).new()

    def close(self) -> None:
        """Delete the file: whoever writes to it stops."""
        with suppress(OSError):
            self.path.unlink()


def mark(folder: Path) -> None:
    """Tell the workers that write into *folder* that somebody waits for them."""
    (folder / _MARK).touch()


def left(folder: Path) -> Iterator[PageRow]:
    """Yield the pages that runs which are over left in *folder*, where each has a folder of its own. Blocks."""
    for path in sorted(folder.glob(f"*/*{_ENDING}")):
        item = int(path.stem.partition("-")[0])
        for page in Follower(path).new():
            yield PageRow(item, page.number, lambda body=page.body: body, page.price)  # type: ignore[misc]


def clear(folder: Path) -> None:
    """Delete what `left` yielded; workers that still write there stop. Blocks."""
    for each in folder.glob("*/"):
        shutil.rmtree(each, ignore_errors=True)


def place(folder: Path, item: int, number: int) -> Path:
    """Return where the receipts of an item go; *number* tells two tries apart."""
    return folder / f"{item}-{number}{_ENDING}"

"""Files of this machine: what is written appears whole, and is on the disk before the ledger says so."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import anyio.to_thread
from attrs import frozen

from ..._platform import disks
from ..._platform.files import sync_folder
from ..pausing import needing_room
from ..schema import FOLDER
from .port import Facts


__all__ = ["Files", "sweep", "temporary"]

_TEMPORARY = "new-"
_number = itertools.count()


def temporary(folder: Path, mark: str = "") -> Path:
    """Return the path of a new file in *folder*, which the next run deletes if this one is killed."""
    return folder / f"{_TEMPORARY}{mark}{os.getpid()}-{next(_number)}"


def sweep(folder: Path, mark: str = "") -> None:
    """Delete what a killed process left half written in *folder*. Blocks."""
    for left in folder.glob(f"{_TEMPORARY}{mark}*"):
        with suppress(OSError):
            left.unlink()


@frozen
class Files:
    """
    Files below *root*; documents are named by absolute paths, which lie below any.

    Attributes:
        mark: Of half files, where other jobs write to the same folder meanwhile.
    """

    root: Path
    mark: str = ""

    def shown(self, name: str) -> str:
        """Return its path."""
        return str(self.root / name)

    async def look(self, name: str) -> Facts:
        """Look at a file."""
        facts = await anyio.to_thread.run_sync(os.stat, self.root / name)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("it is no file")
        return Facts(facts.st_size, facts.st_mtime_ns)

    async def on_disk(self, name: str, facts: Facts, copy: Path) -> Path:
        """Return its own path."""
        return self.root / name

    async def put(self, name: str, data: bytes | Path) -> None:
        """Write a file."""
        await anyio.to_thread.run_sync(self._write, {name: data})

    async def put_all(self, results: Mapping[str, bytes]) -> None:
        """Write files, on one thread and with one word to the disk for all names of a folder."""
        await anyio.to_thread.run_sync(self._write, results)

    def get(self, name: str) -> bytes:
        """Read a file."""
        return (self.root / name).read_bytes()

    def taken(self, name: str) -> bool:
        """Return whether there is one, or a link to nowhere."""
        return os.path.lexists(self.root / name)

    def free(self) -> int:
        """Return the room of its disk."""
        return disks.free(self.root)

    def sweep(self) -> None:
        """Delete half files."""
        sweep(self.root / FOLDER, self.mark)

    def _write(self, files: Mapping[str, bytes] | Mapping[str, bytes | Path]) -> None:
        with needing_room():
            for name, data in files.items():
                self._replace(self.root / name, data)
            for folder in {(self.root / name).parent for name in files}:
                sync_folder(folder)

    def _replace(self, path: Path, data: bytes | Path) -> None:
        beside = temporary(self.root / FOLDER, self.mark)
        try:
            _make(self.root, beside.parent)
            _make(self.root, path.parent)
            with open(beside, "xb") as file:
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    with open(data, "rb") as source:
                        shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


def _make(root: Path, folder: Path) -> None:
    """Make *folder*, and have its name on the disk too."""
    if not folder.is_dir():
        if folder != root:
            _make(root, folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)

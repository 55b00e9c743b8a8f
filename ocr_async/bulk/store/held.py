"""A document while a job works on it: its bytes on a disk of this machine, as soon as they are needed there."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

import anyio.to_thread
from attrs import Factory, define, field

from ..._platform.files import open_to_read
from .files import temporary
from .port import Facts, Store


__all__ = ["Held"]


@define(eq=False)
class Held:
    """
    What *store* has under *name*, as *facts* tell of it; a copy that had to be made of it is gone afterwards.

    Attributes:
        folder: Where copies lie.

        there: What tells of its file on the disk, once there is one.
    """

    store: Store
    name: str
    facts: Facts
    folder: Path
    there: Facts = field(init=False, default=Factory(lambda self: self.facts, takes_self=True))
    _path: Path | None = None
    _copy: Path = field(init=False, default=Factory(lambda self: temporary(self.folder), takes_self=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(OSError):
            self._copy.unlink()

    async def path(self) -> Path:
        """
        Return where it lies on the disk.

        Raises:
            OSError: It is gone, or may not be read.
        """
        if self._path is None:
            self._path = await self.store.on_disk(self.name, self.facts, self._copy)
            if self._path == self._copy:
                facts = await anyio.to_thread.run_sync(os.stat, self._copy)
                self.there = Facts(facts.st_size, facts.st_mtime_ns)
        return self._path

    async def digest(self) -> str:
        """
        Return the SHA-256 of its bytes.

        Raises:
            OSError: They cannot be read.
        """
        return await anyio.to_thread.run_sync(_digest, await self.path())

    async def has_changed(self) -> bool:
        """Whether it is another one by now; a copy stays what it is."""
        if self._path == self._copy:
            return False
        try:
            return await self.store.look(self.name) != self.facts
        except OSError:
            return True


def _digest(path: Path) -> str:
    with open_to_read(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What a job asks of where documents lie and results go; names are paths below the store's top."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import frozen


__all__ = ["Facts", "Store"]


@frozen
class Facts:
    """
    What tells whether a document is the one that it was.

    Attributes:
        size: In bytes.

        stamp: Another one whenever the bytes are: the time of a file's last change in nanoseconds, an object's ETag.
    """

    size: int
    stamp: int | str


class Store(Protocol):
    """
    A folder, or what lies in a bucket below one prefix.

    Each method may raise what `_buckets.refusals` tells; those that are no coroutines block.
    """

    def shown(self, name: str) -> str:
        """Return the path or address of *name*, as people know it."""
        ...

    async def look(self, name: str) -> Facts:
        """
        Look at a document.

        Raises:
            OSError: There is none, or it cannot be looked at.
        """
        ...

    async def on_disk(self, name: str, facts: Facts, copy: Path) -> Path:
        """
        Return where the bytes of a document lie on a disk of this machine: in the new file *copy*, if need be.

        Raises:
            OSError: It is gone, or may not be read, or is no longer the one that *facts* tell of.
            Paused: There is no room for it.
        """
        ...

    async def put(self, name: str, data: bytes | Path) -> None:
        """
        Write *data*, or what a file holds, to *name*: it is there whole, or not at all.

        Raises:
            Paused: There is no room for it.
        """
        ...

    async def put_all(self, results: Mapping[str, bytes]) -> None:
        """
        Write each of *results* by its name, as `put` does, one after the other.

        Raises:
            Paused: There is no room for one.
        """
        ...

    def get(self, name: str) -> bytes:
        """
        Return what *name* holds.

        Raises:
            OSError: There is none.
        """
        ...

    def taken(self, name: str) -> bool:
        """Return whether anything lies under *name*."""
        ...

    def free(self) -> int | None:
        """Return how many bytes there is room for; None where that has no end."""
        ...

    def sweep(self) -> None:
        """Delete what a killed process left half written."""
        ...

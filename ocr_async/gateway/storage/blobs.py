"""
The port behind which bytes are kept to which rows of a table refer; so `ocr_jobs` and `answers` are one for every
storage.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from ..._tasks import shielded
from .queries import Database


__all__ = ["BlobDraft", "Blobs", "forgotten"]


class BlobDraft(Protocol):
    """Bytes being written; deleted by the end of their block, unless they were published."""

    @property
    def id(self) -> Any:
        """By which a row refers to them."""
        ...

    async def fill(self, data: memoryview | Path) -> None:
        """Have *data*, or what the file there has, and nothing else."""
        ...


class Blobs(Protocol):
    """All of them."""

    def draft(self, expected: int | None = None) -> AbstractAsyncContextManager[Any]:
        """Have a `BlobDraft` of about *expected* bytes written within the block; StorageFull if there is no room."""
        ...

    async def publish(self, draft: Any, statement: str, *values: Any) -> list[Any]:
        """Do *statement*, which has a row refer to *draft*; return its rows. Without one nothing is kept."""
        ...

    async def drop(self, blobs: Sequence[Any]) -> None:
        """Delete what no row refers to any more."""
        ...

    def pieces(self, blob: Any) -> AsyncGenerator[bytes, None]:
        """Yield the bytes; FileNotFoundError if they are gone, or go meanwhile."""
        ...

    def on_disk(self, blob: Any) -> AbstractAsyncContextManager[Path]:
        """Have them in a file of this machine within the block; FileNotFoundError if they are gone."""
        ...


async def forgotten(database: Database, blobs: Blobs, delete: str, *values: Any) -> int:
    """Do *delete*, which returns the blob of each row that it deletes, and delete these; return how many."""

    async def forget() -> int:
        gone = await database.change(delete, *values)
        if dropped := [blob for (blob,) in gone if blob is not None]:
            await blobs.drop(dropped)
        return len(gone)

    return await shielded(forget())

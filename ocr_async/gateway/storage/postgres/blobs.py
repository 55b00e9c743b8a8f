"""
Bytes in PostgreSQL, in pieces of a mebibyte, so that neither side has a large file in its memory.

A blob is its process's until something refers to it; what nothing refers to is swept.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import anyio.to_thread
from attrs import define, field

from ...._platform import temporary
from ...._tasks import shielded
from ..measure import Measure, Measured
from ..port import StorageUnavailable
from .connection import Database
from .process import Process


__all__ = ["Blobs", "Draft"]

_PIECE = 1024 * 1024
_UNUSED = (
    "NOT EXISTS (SELECT FROM ocr_async.files WHERE blob = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.job_inputs WHERE blob = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.answers WHERE blob = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.ocr_jobs WHERE document = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.ocr_jobs WHERE result = b.id)"
)


@define(eq=False)
class Draft(Measured):
    """A blob being written, see `storage.Incoming`; deleted unless something refers to it by the end of its block."""

    database: Database
    id: UUID
    size: int = 0
    pieces: int = 0
    kept: bool = False
    _waiting: bytearray = field(factory=bytearray, repr=False)
    _measure: Measure = field(factory=Measure)

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Add *data*."""
        self.size += len(data)
        self._waiting += data
        while len(self._waiting) >= _PIECE:
            piece = bytes(self._waiting[:_PIECE])
            del self._waiting[:_PIECE]
            await self._put(piece)

    async def finish(self) -> None:
        """Have all of it in the database."""
        if self._waiting:
            await self._put(bytes(self._waiting))
            self._waiting.clear()
        self._measure.end()

    async def _put(self, piece: bytes) -> None:
        await anyio.to_thread.run_sync(self._measure.add, piece)
        number, self.pieces = self.pieces, self.pieces + 1
        await self.database.change(
            "INSERT INTO ocr_async.pieces (blob, number, data) VALUES ($1, $2, $3)", self.id, number, piece
        )

    async def keep(self, connection: Any) -> None:
        """Within a transaction that has something refer to it, have it stay."""
        await connection.execute("UPDATE ocr_async.blobs SET process = NULL WHERE id = $1", self.id)


@define(eq=False)
class Blobs:
    """All of them."""

    database: Database
    process: Process

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[Draft]:
        """Have a new one written within the block."""
        draft = Draft(self.database, uuid4())
        await self.database.change(
            "INSERT INTO ocr_async.blobs (id, process) VALUES ($1, $2)", draft.id, self.process.id
        )
        try:
            yield draft
        finally:
            if not draft.kept:
                await shielded(self._discard(draft.id))

    async def _discard(self, blob: UUID) -> None:
        with suppress(StorageUnavailable):  # then it is swept
            await self.database.change(f"DELETE FROM ocr_async.blobs AS b WHERE id = $1 AND {_UNUSED}", blob)  # noqa: S608

    async def drop(self, connection: Any, blobs: list[UUID]) -> None:
        """Within a transaction in which something ceased to refer to *blobs*, delete those that nothing refers to."""
        # In the order of their ids: two that drop the same ones do not wait for each other in a circle.
        await connection.execute(
            "DELETE FROM ocr_async.blobs AS b WHERE id IN "  # noqa: S608 - our own words
            f"(SELECT id FROM ocr_async.blobs WHERE id = ANY($1) ORDER BY id FOR UPDATE) AND {_UNUSED}",
            blobs,
        )

    async def pieces(self, blob: UUID) -> AsyncGenerator[bytes, None]:
        """Yield its bytes."""
        number = 0
        query = "SELECT data FROM ocr_async.pieces WHERE blob = $1 AND number = $2"
        while (row := await self.database.row(query, blob, number)) is not None:
            yield row["data"]
            number += 1

    @asynccontextmanager
    async def on_disk(self, blob: UUID | None) -> AsyncIterator[Path]:
        """
        Have its bytes in a file of this machine within the block.

        Raises:
            FileNotFoundError: There is none; None: there was none.
        """
        known = "SELECT FROM ocr_async.blobs WHERE id = $1"
        if blob is None or await self.database.row(known, blob) is None:
            raise FileNotFoundError(f"{blob} has just been deleted")
        file, path = await anyio.to_thread.run_sync(temporary.temporary_file)
        try:
            try:
                async for piece in self.pieces(blob):
                    await anyio.to_thread.run_sync(file.write, piece)
            finally:
                file.close()
            yield path
        finally:
            await shielded(anyio.to_thread.run_sync(_delete, path))

    async def sweep(self) -> None:
        """Delete what nothing refers to, and nobody is writing any more."""
        await self.database.change(
            "DELETE FROM ocr_async.blobs AS b WHERE (process IS NULL OR NOT ocr_async.lives(process)) "  # noqa: S608
            f"AND {_UNUSED}"
        )


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)

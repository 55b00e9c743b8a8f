"""
Bytes in pieces, so that neither side has a large file in its memory: in the database (`Rows`), or as `objects`.

A blob is its process's until something refers to it; what nothing refers to is swept. Where a blob lies is written down
with it, so those that were there before an object store was named are found where they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import anyio.to_thread
from attrs import define, field

from ...._platform import temporary
from ...._tasks import shielded
from ..failures import StorageUnavailable
from ..measure import Measured
from .connection import Database
from .objects import Objects
from .process import Process


__all__ = ["Blobs", "Draft"]

_UNUSED = (
    "NOT EXISTS (SELECT FROM ocr_async.files WHERE blob = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.job_inputs WHERE blob = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.answers WHERE blob = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.ocr_jobs WHERE document = b.id) "
    "AND NOT EXISTS (SELECT FROM ocr_async.ocr_jobs WHERE result = b.id)"
)
_DELETED_AT_ONCE = 100  # blobs


class Shelf(Protocol):
    """
    Where pieces lie.

    Attributes:
        piece: Bytes of each but the last.
    """

    piece: int

    async def put(self, blob: UUID, number: int, data: bytes) -> None:
        """Keep a piece."""
        ...

    async def get(self, blob: UUID, number: int) -> bytes | None:
        """Return a piece; None if it is not there."""
        ...


@define(eq=False)
class Rows:
    """The shelf in the database."""

    database: Database
    piece: int = 1024 * 1024

    async def put(self, blob: UUID, number: int, data: bytes) -> None:
        insert = "INSERT INTO ocr_async.pieces (blob, number, data) VALUES ($1, $2, $3)"
        await self.database.change(insert, blob, number, data)

    async def get(self, blob: UUID, number: int) -> bytes | None:
        query = "SELECT data FROM ocr_async.pieces WHERE blob = $1 AND number = $2"
        row = await self.database.row(query, blob, number)
        return None if row is None else row["data"]


@define(eq=False)
class Draft(Measured):
    """A blob being written, see `storage.Incoming`; deleted unless something refers to it by the end of its block."""

    id: UUID
    _shelf: Shelf
    size: int = 0
    pieces: int = 0
    kept: bool = False
    _waiting: bytearray = field(factory=bytearray, repr=False)

    async def write(self, data: bytes | bytearray) -> None:
        """Add *data*."""
        self.size += len(data)
        self._waiting += data
        while len(self._waiting) >= self._shelf.piece:
            piece = bytes(self._waiting[: self._shelf.piece])
            del self._waiting[: self._shelf.piece]
            await self._put(piece)

    async def finish(self) -> None:
        """Have all of it on its shelf."""
        if self._waiting:
            await self._put(bytes(self._waiting))
            self._waiting.clear()
        self.end_measuring()

    async def _put(self, piece: bytes) -> None:
        await anyio.to_thread.run_sync(self.measure, piece)
        number, self.pieces = self.pieces, self.pieces + 1
        await self._shelf.put(self.id, number, piece)

    async def keep(self, connection: Any) -> None:
        """
        Within a transaction that has something refer to it from now on, have it stay.

        Raises:
            StorageUnavailable: This process was silent for so long that it has been swept.
        """
        update = "UPDATE ocr_async.blobs SET process = NULL, pieces = $2 WHERE id = $1 RETURNING id"
        if await connection.fetchval(update, self.id, self.pieces) is None:
            raise StorageUnavailable("what was written has been swept, as nothing was heard of this gateway")


@define(eq=False)
class Blobs:
    """
    All of them.

    Attributes:
        objects: Where new ones go; None: into the database.
    """

    database: Database
    process: Process
    objects: Objects | None = None
    _deleted: asyncio.Event = field(factory=asyncio.Event)

    @asynccontextmanager
    async def draft(self, expected: int | None = None) -> AsyncIterator[Draft]:
        """See `storage.blobs.Blobs`; here what is *expected* finds its room, or does not, when it comes."""
        draft = Draft(uuid4(), self.objects or Rows(self.database))
        await self.database.change(
            "INSERT INTO ocr_async.blobs (id, process, objects) VALUES ($1, $2, $3)",
            draft.id, self.process.id, self.objects is not None,
        )  # fmt: skip
        try:
            yield draft
        finally:
            if not draft.kept:
                await shielded(self.drop([draft.id]))

    async def publish(self, draft: Draft, statement: str, *values: Any) -> list[Any]:
        """See `storage.blobs.Blobs`."""

        async def publish() -> list[Any]:
            async with self.database.transaction() as connection:
                if rows := await connection.fetch(statement, *values):
                    await draft.keep(connection)
            draft.kept = bool(rows)
            return list(rows)

        return await shielded(publish())

    async def drop(self, blobs: Sequence[UUID]) -> None:
        """Delete those of *blobs* that nothing refers to."""
        with suppress(StorageUnavailable):  # then they are swept
            # In the order of their ids: two that drop the same ones do not wait for each other in a circle.
            await self.database.change(
                "DELETE FROM ocr_async.blobs AS b WHERE id IN "  # noqa: S608 - our own words
                f"(SELECT id FROM ocr_async.blobs WHERE id = ANY($1) ORDER BY id FOR UPDATE) AND {_UNUSED}",
                blobs,
            )
        self._deleted.set()

    async def pieces(self, blob: UUID) -> AsyncGenerator[bytes, None]:
        """
        Yield its bytes.

        Raises:
            FileNotFoundError: It is gone, or goes meanwhile.

            StorageUnavailable: It is there, and not all of its bytes.
        """
        query = "SELECT objects, pieces FROM ocr_async.blobs WHERE id = $1"
        row = await self.database.row(query, blob)
        if row is None:
            raise FileNotFoundError(f"{blob} has just been deleted")
        shelf: Shelf | None = self.objects if row["objects"] else Rows(self.database)
        if shelf is None:
            raise StorageUnavailable("the bytes are in an object store, which this gateway was not given")
        for number in range(row["pieces"]):
            piece = await shelf.get(blob, number)
            if piece is None:
                if await self.database.row(query, blob) is None:
                    raise FileNotFoundError(f"{blob} has just been deleted")
                raise StorageUnavailable(f"piece {number} of {blob} is lost")
            yield piece

    @asynccontextmanager
    async def on_disk(self, blob: UUID | None) -> AsyncIterator[Path]:
        """
        Have its bytes in a file of this machine within the block.

        Raises:
            FileNotFoundError, StorageUnavailable: See `pieces`; None: there was none.
        """
        if blob is None:
            raise FileNotFoundError("it has just been deleted")
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
        await self.delete_objects()

    async def run(self) -> None:
        """Delete objects soon after their blobs, until this is cancelled; what fails is left to the sweeper."""
        while True:
            await self._deleted.wait()
            self._deleted.clear()
            with suppress(StorageUnavailable):
                await self.delete_objects()

    async def delete_objects(self) -> None:
        """Delete those of blobs that are gone: of drafts again after a while, as who wrote them may have slept."""
        if self.objects is None:
            return
        due = "SELECT blob, again FROM ocr_async.deletions WHERE due <= now() ORDER BY due LIMIT $1"
        while rows := await self.database.fetch(due, _DELETED_AT_ONCE):
            for row in rows:
                await self.objects.delete(row["blob"])
            await self.database.change("DELETE FROM ocr_async.deletions WHERE blob = ANY($1)", _which(rows, False))
            await self.database.change(
                "UPDATE ocr_async.deletions SET again = false, due = now() + interval '1 hour' WHERE blob = ANY($1)",
                _which(rows, True),
            )


def _which(rows: list[Any], again: bool) -> list[UUID]:
    return [row["blob"] for row in rows if row["again"] is again]


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)

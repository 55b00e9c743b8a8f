"""Uploaded files, in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, fields

from ...._tasks import shielded
from ..blobs import forgotten
from ..files import Incoming, Signing, StoredFile
from ..queries import FileRows, storable
from .blobs import Blobs, Draft
from .connection import Database


__all__ = ["PostgresFiles", "add_file"]

_COLUMNS = [one.name for one in fields(StoredFile)]
_INSERT = (
    f"INSERT INTO ocr_async.files (blob, {', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES ($1, {', '.join(f'${number + 2}' for number in range(len(_COLUMNS)))})"
)


async def add_file(connection: Any, draft: Draft, file: StoredFile) -> None:
    """Write down *file*, whose bytes *draft* has, within a transaction."""
    await draft.keep(connection)
    values = (getattr(file, name) for name in _COLUMNS)
    clean = (storable(value) if isinstance(value, str) else value for value in values)
    await connection.execute(_INSERT, draft.id, *clean)


@define(eq=False)
class PostgresFiles(FileRows[Database]):
    """See `storage.Files`."""

    blobs: Blobs
    signing: Signing

    @asynccontextmanager
    async def receive(self, expected: int) -> AsyncIterator[Draft]:
        async with self.blobs.draft() as draft:
            yield draft

    async def keep(self, incoming: Incoming, file: StoredFile, most: int | None = None) -> bool:
        assert isinstance(incoming, Draft), "a storage keeps what it received"
        return await shielded(self._keep(incoming, file, most))

    async def _keep(self, draft: Draft, file: StoredFile, most: int | None) -> bool:
        async with self.database.transaction() as connection:
            if most is not None:
                # one upload of an owner after the other, or two that fit alone would be kept together
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"files {file.owner}")
                held = await connection.fetchval(
                    "SELECT coalesce(sum(size), 0)::bigint FROM ocr_async.files WHERE owner = $1", file.owner
                )
                if held + file.size > most:
                    return False
            await add_file(connection, draft, file)
        draft.kept = True
        return True

    @asynccontextmanager
    async def on_disk(self, file_id: str) -> AsyncIterator[Path]:
        row = await self.database.row("SELECT blob FROM ocr_async.files WHERE id = $1", file_id)
        async with self.blobs.on_disk(None if row is None else row["blob"]) as path:
            yield path

    async def _forget(self, where: str, *values: Any) -> int:
        delete = f"DELETE FROM ocr_async.files WHERE {where} RETURNING blob"  # noqa: S608 - our own words
        return await forgotten(self.database, self.blobs, delete, *values)

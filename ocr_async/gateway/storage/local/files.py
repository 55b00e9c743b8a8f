"""Uploaded files: their bytes in the folder, what is known of them in SQLite."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

import anyio.to_thread
from attrs import asdict, define, fields

from ...._tasks import shielded
from ..files import Incoming, Signing, StoredFile
from ..queries import FileRows
from .disk_full import needing_room
from .folder import Draft, Folder
from .sqlite import Database


__all__ = ["SCHEMA", "FolderFiles", "add_file", "forgotten"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sample_type TEXT NOT NULL,
    source TEXT NOT NULL,
    size INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    mime TEXT,
    lines INTEGER,
    signature TEXT,
    visibility TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS files_by_owner ON files (owner, number);
CREATE INDEX IF NOT EXISTS files_by_end ON files (expires) WHERE expires IS NOT NULL;
"""
_COLUMNS = [one.name for one in fields(StoredFile)]
_INSERT = f"INSERT INTO files ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"  # noqa: S608


def add_file(connection: sqlite3.Connection, file: StoredFile) -> None:
    """Write down *file*, within a transaction."""
    connection.execute(_INSERT, asdict(file))


async def forgotten(
    database: Database, folder: Folder, kind: Literal["files", "answers"], where: str, *values: Any
) -> int:
    """Delete the rows of the table *kind* for which *where* holds, and the files of theirs; return how many."""

    def remove(gone: list[tuple[str]]) -> int:
        for (name,) in gone:
            folder.remove(kind, name)
        return len(gone)

    async def forget() -> int:
        gone = await database.change(f"DELETE FROM {kind} WHERE {where} RETURNING id", *values)  # noqa: S608 - our own
        return await anyio.to_thread.run_sync(remove, gone)

    return await shielded(forget())


@define(eq=False)
class FolderFiles(FileRows[Database]):
    """See `storage.Files`."""

    folder: Folder
    signing: Signing

    @asynccontextmanager
    async def receive(self, expected: int) -> AsyncIterator[Draft]:
        await anyio.to_thread.run_sync(self.folder.check_room, expected)
        async with self.folder.draft() as draft:
            yield draft

    async def keep(self, incoming: Incoming, file: StoredFile, most: int | None = None) -> bool:
        assert isinstance(incoming, Draft), "a storage keeps what it received"
        return await shielded(self._keep(incoming.path, file, most))

    async def _keep(self, path: Path, file: StoredFile, most: int | None) -> bool:
        kept = False
        try:
            with needing_room():
                await anyio.to_thread.run_sync(self.folder.replace, path, "files", file.id)
            kept = await self.database.run(functools.partial(_add_within, file=file, most=most))
        finally:
            if not kept:
                await anyio.to_thread.run_sync(self.folder.remove, "files", file.id)
        return kept

    def on_disk(self, file_id: str) -> AbstractAsyncContextManager[Path]:
        return nullcontext(self.folder.path("files", file_id))

    async def _forget(self, where: str, *values: Any) -> int:
        return await forgotten(self.database, self.folder, "files", where, *values)


def _add_within(connection: sqlite3.Connection, file: StoredFile, most: int | None) -> bool:
    if most is not None:
        (held,) = connection.execute("SELECT total(size) FROM files WHERE owner = ?", (file.owner,)).fetchone()
        if held + file.size > most:
            return False
    add_file(connection, file)
    return True

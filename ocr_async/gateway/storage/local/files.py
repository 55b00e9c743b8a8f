"""Uploaded files: their bytes in the folder, what is known of them in SQLite."""

from __future__ import annotations

import functools
import sqlite3
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import anyio.to_thread
from attrs import asdict, define, fields

from ...._tasks import shielded
from ..blobs import forgotten
from ..files import Incoming, Signing, StoredFile
from ..queries import FileRows
from .blobs import FolderBlobs
from .disk_full import needing_room
from .folder import Draft, Folder
from .sqlite import Database


__all__ = ["SCHEMA", "FolderFiles", "add_file"]

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


@define(eq=False)
class FolderFiles(FileRows[Database]):
    """See `storage.Files`."""

    folder: Folder
    blobs: FolderBlobs
    signing: Signing

    def receive(self, expected: int) -> AbstractAsyncContextManager[Draft]:
        return self.blobs.draft(expected)

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
        return self.blobs.on_disk(file_id)

    async def _forget(self, where: str, *values: Any) -> int:
        delete = f"DELETE FROM files WHERE {where} RETURNING id"  # noqa: S608 - our own words
        return await forgotten(self.database, self.blobs, delete, *values)


def _add_within(connection: sqlite3.Connection, file: StoredFile, most: int | None) -> bool:
    if most is not None:
        (held,) = connection.execute("SELECT total(size) FROM files WHERE owner = ?", (file.owner,)).fetchone()
        if held + file.size > most:
            return False
    add_file(connection, file)
    return True

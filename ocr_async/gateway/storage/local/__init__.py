"""
The storage on this machine: SQLite and a folder (`config.data`), used by one gateway at a time.

    sqlite      the one place for SQLite: opening, transactions, the thread    folder    whole files, drafts, the lock
    files       uploads and results                                            batches   jobs, requests, results
    answers     for repeated requests                                          journal   what was just spent
    disk_full   full disks                                                     settings  the secret of signed addresses
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import anyio.to_thread
from attrs import define

from ..port import Signing
from . import answers, batches, files, settings
from .answers import FolderAnswers
from .batches import FolderBatches
from .files import FolderFiles
from .folder import Folder, Kind
from .sqlite import Database, connect


__all__ = ["LocalStorage", "open_storage"]

_TABLES: dict[Kind, str] = {"files": "files", "answers": "answers", "jobs": "jobs"}


@define(eq=False)
class LocalStorage:
    """See `storage.Storage`."""

    folder: Folder
    database: Database
    files: FolderFiles
    batches: FolderBatches
    answers: FolderAnswers

    async def sweep(self, now: int) -> int:
        return sum([await room.sweep(now) for room in (self.files, self.batches, self.answers)])

    async def close(self) -> None:
        await self.database.close()
        await anyio.to_thread.run_sync(self.folder.close)


async def open_storage(root: Path, *schemas: str) -> LocalStorage:
    """
    Open the storage in *root*, made if need be, and sweep out what a killed process left halfway.

    Args:
        schemas: Of other tables in its database.

    Raises:
        ConfigurationError: Another gateway uses the folder, or it cannot be used at all.
    """
    folder, connection, signing = await anyio.to_thread.run_sync(_open, root, schemas)
    database = Database(connection)
    return LocalStorage(
        folder=folder,
        database=database,
        files=FolderFiles(folder=folder, database=database, signing=signing),
        batches=FolderBatches(folder=folder, database=database),
        answers=FolderAnswers(folder=folder, database=database),
    )


def _open(root: Path, schemas: tuple[str, ...]) -> tuple[Folder, sqlite3.Connection, Signing]:
    connection = connect(root, settings.SCHEMA, files.SCHEMA, batches.SCHEMA, answers.SCHEMA, *schemas)
    try:
        folder = Folder(root)
    except BaseException:
        connection.close()
        raise
    settings.prepare(connection)
    for kind, table in _TABLES.items():
        names = folder.names(kind)
        while some := list(islice(names, 500)):
            for orphan in _unknown(connection, table, some):
                folder.remove(kind, orphan)
    return folder, connection, settings.signing(connection)


def _unknown(connection: sqlite3.Connection, table: str, names: list[str]) -> Iterator[str]:
    marks = ", ".join("?" * len(names))
    # A job that has ended has no folder any more; its row was committed before that was deleted.
    extra = " AND completed IS NULL" if table == "jobs" else ""
    rows = connection.execute(f"SELECT id FROM {table} WHERE id IN ({marks}){extra}", names)  # noqa: S608
    yield from set(names) - {name for (name,) in rows}

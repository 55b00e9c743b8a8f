"""
The storage on this machine: SQLite and a folder (`config.data`), used by one gateway at a time.

    sqlite      the one place for SQLite: opening, transactions, the thread    folder    whole files, drafts, the lock
    files       uploads and results                                            batches   jobs, requests, results
    answers     for repeated requests                                          settings  the secret of signed addresses
    accounts    keys and spend                                                 journal   what was just spent
    disk_full   full disks
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import anyio.to_thread
from attrs import define

from ..accounts import SpendRow
from ..files import Signing
from . import accounts, answers, batches, settings
from . import files as _files
from .accounts import LocalAccounts, StoredKey
from .answers import FolderAnswers
from .batches import FolderBatches
from .files import FolderFiles
from .folder import Folder, Kind
from .sqlite import NAME, Database, connect, using


__all__ = ["LocalStorage", "has_accounts", "keys_and_spend", "open_accounts", "open_storage"]

_TABLES: dict[Kind, str] = {"files": "files", "answers": "answers", "jobs": "jobs"}


@define(eq=False)
class LocalStorage:
    """See `storage.Storage`."""

    folder: Folder
    database: Database
    files: FolderFiles
    batches: FolderBatches
    answers: FolderAnswers
    accounts: LocalAccounts
    ocr_jobs: None = None
    permits: None = None

    async def look(self) -> None:
        await self.database.run(lambda connection: connection.execute("SELECT count FROM changes").fetchone())

    async def sweep(self, now: int) -> int:
        return sum([await room.sweep(now) for room in (self.files, self.batches, self.answers)])

    async def close(self) -> None:
        await self.database.close()
        await self.accounts.close()
        await anyio.to_thread.run_sync(self.folder.close)


async def open_storage(root: Path, *, guest: str | None = None) -> LocalStorage:
    """
    Open the storage in *root*, made if need be, and sweep out what a killed process left halfway.

    Args:
        guest: Begins the names of this process's drafts, where another one has opened the storage and keeps it open.

    Raises:
        ConfigurationError: Another gateway uses the folder, or it cannot be used at all.
    """
    folder, connection, signing = await anyio.to_thread.run_sync(_open, root, guest)
    database = Database(connection)
    files = FolderFiles(folder=folder, database=database, signing=signing)
    return LocalStorage(
        folder=folder,
        database=database,
        files=files,
        accounts=LocalAccounts(root=root, database=database, files=files),
        batches=FolderBatches(folder=folder, database=database),
        answers=FolderAnswers(folder=folder, database=database),
    )


def has_accounts(root: Path) -> bool:
    """Whether there are keys in *root*; `open_accounts` makes a place for them."""
    return (root / NAME).exists()


async def keys_and_spend(root: Path) -> tuple[list[StoredKey], list[SpendRow]]:
    """
    Return all keys in *root* and what they spent, with what a killed gateway had not written down yet.

    Raises:
        ConfigurationError: A gateway uses the folder, or it cannot be used at all.
    """
    storage = await open_storage(root)
    try:
        await storage.accounts.start()
        await storage.accounts.look()
        return await storage.accounts.all(), await storage.accounts.spend()
    finally:
        await storage.close()


@asynccontextmanager
async def open_accounts(root: Path) -> AsyncIterator[LocalAccounts]:
    """
    Open the keys in *root* alone, which a gateway may have open, too.

    Raises:
        ConfigurationError: They cannot be used.
    """
    connection = await anyio.to_thread.run_sync(connect, root, accounts.SCHEMA, settings.SCHEMA)
    database = Database(connection)
    try:
        yield LocalAccounts(root=root, database=database)
    finally:
        await database.close()


def _open(root: Path, guest: str | None) -> tuple[Folder, sqlite3.Connection, Signing]:
    connection = connect(root, settings.SCHEMA, _files.SCHEMA, batches.SCHEMA, answers.SCHEMA, accounts.SCHEMA)
    try:
        with using(root):
            folder = Folder(root, guest=guest)
            if guest is None:
                settings.prepare(connection)
                for kind, table in _TABLES.items():
                    names = folder.names(kind)
                    while some := list(islice(names, 500)):
                        for orphan in _unknown(connection, table, some):
                            folder.remove(kind, orphan)
            return folder, connection, settings.signing(connection)
    except BaseException:
        connection.close()
        raise


def _unknown(connection: sqlite3.Connection, table: str, names: list[str]) -> Iterator[str]:
    marks = ", ".join("?" * len(names))
    # A job that has ended has no folder any more; its row was committed before that was deleted.
    extra = " AND completed IS NULL" if table == "jobs" else ""
    rows = connection.execute(f"SELECT id FROM {table} WHERE id IN ({marks}){extra}", names)  # noqa: S608
    yield from set(names) - {name for (name,) in rows}

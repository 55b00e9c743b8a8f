"""
The storage on this machine: SQLite and a folder (`config.data`), used by one gateway at a time.

    sqlite      the one place for SQLite: opening, transactions, the thread    folder    whole files, drafts, the lock
    files       uploads and results                                            batches   jobs, requests, results
    answers     for repeated requests                                          settings  the secret of signed addresses
    accounts    keys and spend                                                 journal   what was just spent
    ocr_jobs    jobs of ``/v1/ocr/jobs``                                       blobs     what rows refer to, as files
    disk_full   full disks
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import anyio.to_thread
from attrs import define

from ..accounts import SpendRow
from ..answers import Answers
from ..files import Signing
from . import accounts, answers, batches, ocr_jobs, settings
from . import files as _files
from .accounts import LocalAccounts, StoredKey
from .batches import FolderBatches
from .blobs import FolderBlobs
from .files import FolderFiles
from .folder import Folder, Kind
from .ocr_jobs import FolderJobs
from .sqlite import NAME, Database, connect, transaction, using


__all__ = ["LocalStorage", "has_accounts", "keys_and_spend", "open_accounts", "open_storage"]

# Which of some names are in use. A batch that has ended has no folder any more; its row was committed before that was
# deleted.
_KNOWN: dict[Kind, str] = {
    "files": "SELECT id FROM files WHERE id IN ({0})",
    "answers": "SELECT blob FROM answers WHERE blob IN ({0})",
    "jobs": "SELECT id FROM jobs WHERE id IN ({0}) AND completed IS NULL",
    "ocr_jobs": "SELECT document FROM ocr_jobs WHERE document IN ({0}) "
    "UNION SELECT result FROM ocr_jobs WHERE result IN ({0})",
}
_LOOK = 1.0  # seconds


@define(eq=False)
class LocalStorage:
    """See `storage.Storage`."""

    folder: Folder
    database: Database
    files: FolderFiles
    batches: FolderBatches
    answers: Answers
    ocr_jobs: FolderJobs
    accounts: LocalAccounts
    permits: None = None

    async def look(self) -> None:
        await self.database.run(lambda connection: connection.execute("SELECT count FROM changes").fetchone())

    async def sweep(self, now: int) -> int:
        return sum([await room.sweep(now) for room in (self.files, self.batches, self.answers, self.ocr_jobs)])

    async def release(self, guest: str) -> None:
        """Let others do what the process *guest* did, which is gone, and delete its drafts."""
        await anyio.to_thread.run_sync(self.folder.sweep_drafts, guest)
        await self.database.run(lambda connection: ocr_jobs.free(connection, guest))

    async def close(self) -> None:
        await self.database.close()
        await self.accounts.close()
        await anyio.to_thread.run_sync(self.folder.close)


async def open_storage(root: Path, *, guest: str | None = None) -> LocalStorage:
    """
    Open the storage in *root*, made if need be, and sweep out what a killed process left halfway.

    Args:
        guest: The id of this process, where another one has opened the storage and keeps it open.

    Raises:
        ConfigurationError: Another gateway uses the folder, or it cannot be used at all.
    """
    folder, connection, signing = await anyio.to_thread.run_sync(_open, root, guest)
    database = Database(connection)
    files = FolderFiles(database, folder, FolderBlobs(folder, database, "files"), signing)
    return LocalStorage(
        folder=folder,
        database=database,
        files=files,
        accounts=LocalAccounts(root=root, database=database, files=files),
        batches=FolderBatches(folder=folder, database=database),
        answers=Answers(database, FolderBlobs(folder, database, "answers")),
        ocr_jobs=FolderJobs(database, FolderBlobs(folder, database, "ocr_jobs"), folder, look_every=_LOOK),
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
    schemas = (one.SCHEMA for one in (settings, _files, batches, answers, ocr_jobs, accounts))
    connection = connect(root, *schemas)
    try:
        with using(root):
            folder = Folder(root, guest=guest)
            if guest is None:
                settings.prepare(connection)
                with transaction(connection):
                    ocr_jobs.free(connection)
                for kind, known in _KNOWN.items():
                    names = folder.names(kind)
                    while some := list(islice(names, 500)):
                        for orphan in _unknown(connection, known, some):
                            folder.remove(kind, orphan)
            return folder, connection, settings.signing(connection)
    except BaseException:
        connection.close()
        raise


def _unknown(connection: sqlite3.Connection, known: str, names: list[str]) -> set[str]:
    marks = ", ".join(f"?{number}" for number in range(1, len(names) + 1))
    return set(names) - {name for (name,) in connection.execute(known.format(marks), names)}

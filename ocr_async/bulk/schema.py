"""The ledger's file: its tables, how it is opened, and the lock that one process at a time holds on it."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from .._platform.disks import NETWORK, file_system
from .._platform.locks import try_lock
from ..errors import ConfigurationError
from .pausing import needing_room


__all__ = ["FOLDER", "connect", "hold", "storable"]

FOLDER = ".ocr-async"
"""Where a job keeps its ledger, below the folder of its results."""

_LEDGER = "ledger.sqlite3"
_LOCK = "lock"
_APPLICATION = 0x6F637262  # "ocrb": what tells our file from another program's
_VERSION = 1
_BUSY = 10.0  # seconds to wait for a reader, such as `bulk status`

_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,  -- of the bytes and the options
    state TEXT NOT NULL DEFAULT 'pending',
    pages INTEGER,  -- that it has, once known
    begun INTEGER NOT NULL DEFAULT 0,  -- pages that were there when it was last begun
    shared_deaths INTEGER NOT NULL DEFAULT 0,  -- of whoever read it, and others at the same time
    deaths INTEGER NOT NULL DEFAULT 0,  -- while nothing else was read
    cost REAL,
    cause TEXT,
    missing TEXT
);
CREATE TABLE inputs (
    position INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    stem BLOB NOT NULL,
    same BLOB NOT NULL UNIQUE,  -- equal for stems that some file system takes for one
    run INTEGER NOT NULL,
    size INTEGER,
    mtime INTEGER,
    item INTEGER REFERENCES items,
    published INTEGER NOT NULL DEFAULT 0,
    stale INTEGER NOT NULL DEFAULT 0,  -- it looks otherwise than when `item` was made of it
    error TEXT  -- why it could not be looked at
);
CREATE INDEX inputs_of_item ON inputs (item);
CREATE TABLE pages (item INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL, cost REAL,
                    PRIMARY KEY (item, number));
CREATE VIEW documents AS
    SELECT inputs.*, items.key, items.pages, items.cost, items.cause, items.missing,
           CASE WHEN inputs.error IS NOT NULL THEN 'failed'
                WHEN stale OR items.state IN ('done', 'partial') AND NOT published THEN 'pending'
                ELSE coalesce(items.state, 'pending') END AS state
    FROM inputs LEFT JOIN items ON items.id = inputs.item;
"""
_LATER = """
CREATE TABLE IF NOT EXISTS batch_jobs (token TEXT PRIMARY KEY, state TEXT NOT NULL);  -- of the provider's own
CREATE TABLE IF NOT EXISTS batch_items (item INTEGER PRIMARY KEY, token TEXT NOT NULL);  -- that are in one
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value);  -- of all runs: sums, and the samples
"""
_MARKS = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION};"


def connect(out: Path, *, make: bool) -> sqlite3.Connection:
    """
    Open the ledger of the results in *out*. Blocks.

    Args:
        make: Make it where there is none.

    Raises:
        ConfigurationError: There is none, it is another program's or of a newer version, or lies on a network.
        Paused: There is no room for it.
    """
    path = out / FOLDER / _LEDGER
    only_read = not make and not os.access(path.parent, os.W_OK)
    if not make and not path.is_file():
        raise ConfigurationError(f"{out} holds no bulk job; `ocr-async bulk run INPUT --out …` begins one")
    if (kind := file_system(path.parent)) in NETWORK:
        raise ConfigurationError(
            f"{out} lies on a network file system ({kind}), where SQLite loses data: name a folder for the ledger on "
            "a disk of this machine, with --ledger"
        )
    with needing_room():
        try:
            where = path.absolute().as_uri() + ("?mode=ro" if only_read else "")
            if only_read and not path.with_name(f"{_LEDGER}-wal").exists():
                where += "&immutable=1"  # else SQLite would make files beside it
            connection = sqlite3.connect(where, _BUSY, isolation_level=None, check_same_thread=False, uri=True)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ConfigurationError(f"{path} is no ledger: {error}") from error
        if not empty and application != _APPLICATION:
            raise ConfigurationError(f"{path} is another program's database; name another folder")
        if version > _VERSION:
            raise ConfigurationError(f"{path} was written by a newer version of ocr_async; update this one")
        if only_read:
            return connection
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;")
        if empty:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {_MARKS} COMMIT;")
        connection.executescript(_LATER)
    return connection


def storable(text: str) -> str:
    """Return *text*, which may quote a name that is no text, as ledgers and Parquet take it."""
    return text.encode("utf-8", "backslashreplace").decode()


def hold(out: Path) -> int:
    """
    Lock the job in *out*, made if need be, for this process; return the lock's descriptor. Blocks.

    Raises:
        ConfigurationError: Another process holds it; or *out* cannot be written to.
        Paused: There is no room for it.
    """
    with needing_room():
        try:
            (out / FOLDER).mkdir(parents=True, exist_ok=True)
            lock = os.open(out / FOLDER / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise ConfigurationError(f"--out {out} cannot be written to: {error.strerror}") from error
    if not try_lock(lock):
        holder = b""
        with suppress(OSError):
            holder = os.read(lock, 200)
        os.close(lock)
        raise ConfigurationError(f"{out} is being worked on by {holder.decode(errors='replace') or 'another process'}")
    began = time.strftime("%Y-%m-%d %H:%M:%S")
    with needing_room():
        os.ftruncate(lock, 0)
        os.write(lock, f"process {os.getpid()} on {platform.node()}, since {began}".encode())
    return lock

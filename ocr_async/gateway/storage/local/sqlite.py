"""
The one place for SQLite: how a file is opened, what a transaction is, and the one thread that works on it.

A process has one connection for all that is kept, used by one thread, so that the event loop never waits for the disk
and no two writers of one process wait for each other. Everything asked for while a commit is on its way goes into the
next one: sixty-four uploads that end together share their fsyncs.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from attrs import define, field

from ...._platform.disks import NETWORK, file_system
from ...._platform.files import closed
from ....errors import ConfigurationError
from .disk_full import needing_room


__all__ = ["NAME", "Database", "connect", "transaction", "using"]

T = TypeVar("T")

NAME = "gateway.sqlite3"
_WORDS = {"ocr_async.": "", "strpos(": "instr(", "json_each_text(": "json_each("}  # for those of `storage.queries`
_BUSY = 10.0  # seconds to wait for another process, such as `ocr-async keys`
_TOGETHER = 64  # pieces of work in one commit


@contextlib.contextmanager
def using(folder: Path) -> Iterator[None]:
    """
    Do in *folder* what a start needs.

    Raises:
        ConfigurationError: It could not be done.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"the data folder {folder} cannot be used: {error}; name another with --data, general_settings.data_dir "
            "or OCR_ASYNC_DATA"
        ) from error


def connect(folder: Path, *schemas: str) -> sqlite3.Connection:
    """
    Open the database in *folder*, made if need be, for one thread at a time. Blocks.

    Args:
        schemas: Statements that make the tables which are not there yet.

    Raises:
        ConfigurationError: The folder cannot be written to, lies on a network, or its file is no such database.
    """
    with using(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (kind := file_system(folder)) in NETWORK:
            raise ConfigurationError(
                f"the data folder {folder} lies on a network file system ({kind}), where SQLite loses data: "
                "name one on a disk of this machine with --data or general_settings.data_dir"
            )
        path = folder / NAME
        path.touch(mode=0o600)
        for one in (path, *folder.glob(f"{NAME}-*")):  # SQLite gives its other files the mode of the first
            closed(one)
        connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False, isolation_level=None)
        # FULL: what a client was told is kept survives a power cut, too.
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        for schema in schemas:
            connection.executescript(schema)
        return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit what the block does, or take it back if it raises; inside another one, with that one."""
    begin, commit, undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
    if connection.in_transaction:
        begin, commit, undo = "SAVEPOINT inner_work", "RELEASE inner_work", "ROLLBACK TO inner_work"
    connection.execute(begin)
    try:
        yield connection
        connection.execute(commit)
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute(undo)
        raise


@define(eq=False)
class _Work:
    do: Callable[[sqlite3.Connection], Any]
    future: Future[Any] = field(factory=Future)
    result: Any = None


class Database:
    """A connection and its thread; closes with `close`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="ocr_async-sqlite", daemon=True)
        self._thread.start()

    async def run(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """
        Return what *do* makes of the connection, once that is committed.

        It is done alone in a transaction or together with others', of which none sees another's failure. Whoever
        stops waiting does not stop it.

        Raises:
            StorageFull, StorageBusy, sqlite3.Error: It could not be done or not be committed; then nothing of it is
                there.
        """
        work = _Work(do)
        self._work.put(work)
        with needing_room():
            result: T = await asyncio.shield(asyncio.wrap_future(work.future))
        return result

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Return all rows of a statement in the words of `storage.queries`, committed."""
        translated = query.replace("$", "?")
        for ours, theirs in _WORDS.items():
            translated = translated.replace(ours, theirs)
        return await self.run(lambda connection: connection.execute(translated, values).fetchall())

    async def row(self, query: str, *values: Any) -> Any:
        """Return the first row of one; None if there is none."""
        rows = await self.fetch(query, *values)
        return rows[0] if rows else None

    change = fetch

    async def close(self) -> None:
        """Do what was asked for, and close."""
        self._work.put(None)
        await anyio.to_thread.run_sync(self._thread.join)

    def _serve(self) -> None:
        ended = False
        while not ended:
            works = [self._work.get()]
            while len(works) < _TOGETHER and not self._work.empty():
                works.append(self._work.get())
            ended = None in works
            self._commit([work for work in works if work is not None])
        self._connection.close()

    def _commit(self, works: list[_Work]) -> None:
        done: list[_Work] = []
        try:
            with transaction(self._connection):
                for work in works:
                    try:
                        with transaction(self._connection):
                            work.result = work.do(self._connection)
                    except Exception as error:
                        work.future.set_exception(error)
                        if not self._connection.in_transaction:
                            raise  # all that was done before is taken back with it
                    else:
                        done.append(work)
        except Exception as error:  # noqa: BLE001 - every asker gets it
            for work in works:
                if not work.future.done():
                    work.future.set_exception(error)
            return
        for work in done:
            work.future.set_result(work.result)

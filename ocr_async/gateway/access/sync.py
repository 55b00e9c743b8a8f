"""
Carries keys from their file to `Access`, and what was spent back, while the gateway runs.

What was spent is in SQLite within a second, and in the journal before the request is answered: a killed gateway's next
start adds what was in the journal alone.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
from attrs import define, field

from ..._tasks import beside
from ..operating.log import event
from ..storage.local.journal import Journal
from ..storage.local.sqlite import Database
from ..storage.port import StorageFull
from .control import Access, Charge, Key, Spent
from .keys import KeyStore, SpendRow, day_of


__all__ = ["accounts"]

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 1.0  # seconds between two looks


@asynccontextmanager
async def accounts(access: Access, database: Database, folder: Path) -> AsyncIterator[None]:
    """
    Keep *access* and the keys in *database* in step within the block; without a master key there are none.

    Args:
        folder: Of the journal.
    """
    if access.master is None:
        yield
        return
    taken = await database.run(lambda connection: KeyStore(connection).taken())
    journal, left = await anyio.to_thread.run_sync(Journal.open, folder, taken)
    keeper = _SpendSync(database, access, journal, [SpendRow(*facts) for facts in left])
    try:
        await keeper.look()
        access.record = keeper.record
        try:
            async with beside(keeper.run()):
                yield
        finally:
            await keeper.look()
    finally:
        journal.close()


@define(eq=False)
class _SpendSync:
    database: Database
    access: Access
    journal: Journal
    rows: list[SpendRow] = field(factory=list)  # that are not in SQLite yet
    version: int = -1
    looking: asyncio.Lock = field(factory=asyncio.Lock)

    def record(self, charge: Charge) -> None:
        key = charge.key
        facts = key.id, key.alias, charge.model, day_of(charge.at), 1, charge.pages, charge.usd
        self.rows.append(SpendRow(*facts))
        try:
            self.journal.write(facts)
        except OSError as error:
            event(_LOG, logging.ERROR, "journal_unavailable", error_type=type(error).__name__)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            # A look is never given up halfway, or its rows would be written twice.
            await asyncio.shield(asyncio.ensure_future(self.look()))

    async def look(self) -> None:
        """Write down what was spent, and read the keys if another process changed them."""
        async with self.looking:
            await self._look()

    async def _look(self) -> None:
        rows, self.rows = self.rows, []
        try:
            if rows:
                add = functools.partial(_add, rows=rows, last=self.journal.rotate())
                await self.database.run(add)
                rows = []
                await anyio.to_thread.run_sync(self.journal.forget)
            version = await self.database.run(lambda connection: KeyStore(connection).version())
            if version != self.version:
                self.access.agree(*await self.database.run(_read))
                self.version = version
        except (sqlite3.Error, OSError, StorageFull) as error:
            self.rows[:0] = rows  # for the next time
            event(_LOG, logging.ERROR, "keys_unavailable", error_type=type(error).__name__)


def _add(connection: sqlite3.Connection, rows: Sequence[SpendRow], last: int) -> None:
    KeyStore(connection).add(_together(rows), last)


def _together(rows: Sequence[SpendRow]) -> list[SpendRow]:
    """Return *rows* with those of one key, model and day as one: thousands a second are a few."""
    alike: dict[tuple[str, str, str, str], list[SpendRow]] = {}
    for row in rows:
        alike.setdefault((row.key_id, row.alias, row.model, row.day), []).append(row)
    return [
        SpendRow(
            *which, sum(row.requests for row in some), sum(row.pages for row in some), sum(row.usd for row in some)
        )
        for which, some in alike.items()
    ]


def _read(connection: sqlite3.Connection) -> tuple[list[Key], Mapping[str, Spent]]:
    store = KeyStore(connection)
    return store.in_use(), store.totals()

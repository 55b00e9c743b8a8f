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
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio.to_thread
from attrs import define, field

from ..._tasks import beside, shielded
from ..operating.log import event
from ..storage.local import LocalStorage, settings
from ..storage.local.journal import Journal
from ..storage.port import Signing, StorageUnavailable
from .control import Access, Charge, Key, Spent
from .keys import KeyStore, SpendRow
from .periods import day_of, start_of


__all__ = ["KeySync", "accounts"]

T = TypeVar("T")

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 1.0  # seconds between two looks


@asynccontextmanager
async def accounts(access: Access, storage: LocalStorage) -> AsyncIterator[KeySync | None]:
    """Keep *access* and the keys in *storage* in step within the block; without a master key there are none."""
    if access.master is None:
        yield None
        return
    taken = await storage.database.run(lambda connection: KeyStore(connection).taken())
    journal, left = await anyio.to_thread.run_sync(Journal.open, storage.folder.root, taken)
    keeper = KeySync(storage, access, journal, [SpendRow(*facts) for facts in left])
    try:
        await keeper.look()
        access.record = keeper.record
        try:
            async with beside(keeper.run()):
                yield keeper
        finally:
            await keeper.look()
    finally:
        journal.close()


@define(eq=False)
class KeySync:
    """Carries keys one way and spend the other."""

    storage: LocalStorage
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

    async def read(self, do: Callable[[KeyStore], T]) -> T:
        """Return what *do* makes of the keys, of which it changes none."""
        return await self.storage.database.run(lambda connection: do(KeyStore(connection)))

    async def change(self, do: Callable[[KeyStore], T]) -> T:
        """
        Return what *do* makes of the keys, once that counts.

        Raises:
            StorageUnavailable, sqlite3.Error: It could not be done.
        """
        done = await self.read(do)
        self.version = -1  # which tells of other processes alone
        await shielded(self.look())
        return done

    async def _look(self) -> None:
        rows, self.rows = self.rows, []
        try:
            if rows:
                add = functools.partial(_add, rows=rows, last=self.journal.rotate())
                await self.storage.database.run(add)
                rows = []
                await anyio.to_thread.run_sync(self.journal.forget)
            version = await self.storage.database.run(lambda connection: KeyStore(connection).version())
            if version != self.version:
                now = time.time()
                keys, totals, signing = await self.storage.database.run(functools.partial(_read, now=now))
                self.storage.files.signing = signing
                self.access.agree(keys, self._with_rows(keys, totals, now))
                self.version = version
        except (sqlite3.Error, OSError, StorageUnavailable) as error:
            self.rows[:0] = rows  # for the next time
            event(_LOG, logging.ERROR, "keys_unavailable", error_type=type(error).__name__)

    def _with_rows(self, keys: Sequence[Key], totals: Mapping[str, Spent], now: float) -> Mapping[str, Spent]:
        """Return *totals* with what was spent since they were read."""
        start = {key.id: start_of(key.budget_period, now) for key in keys}
        found = dict(totals)
        for row in self.rows:
            if row.key_id in start and row.day >= start[row.key_id]:
                before = found.get(row.key_id) or Spent()
                found[row.key_id] = Spent(pages=before.pages + row.pages, usd=before.usd + row.usd)
        return found


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


def _read(connection: sqlite3.Connection, now: float) -> tuple[list[Key], Mapping[str, Spent], Signing]:
    store = KeyStore(connection)
    keys = store.in_use()
    return keys, store.totals(keys, now), settings.signing(connection)

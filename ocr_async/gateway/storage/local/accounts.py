"""
Keys and spend in SQLite, what was just spent in the journal.

What was spent is in SQLite within a second, and in the journal before the request is answered: a killed gateway's next
start adds what was in the journal alone.
"""

from __future__ import annotations

import functools
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from attrs import define, field

from ...operating.log import event
from ...periods import day_of, start_of
from ..accounts import Charge, Key, KeyGone, SpendRow, Spent, digest
from ..files import Signing
from . import settings
from .files import FolderFiles
from .journal import Journal
from .keys import KeyStore
from .sqlite import Database, using


__all__ = ["LocalAccounts"]

T = TypeVar("T")

_LOG = logging.getLogger("ocr_async.gateway")


@define(eq=False)
class LocalAccounts:
    """See `storage.accounts.Accounts`."""

    root: Path
    database: Database
    files: FolderFiles | None = None  # which are told what signs their addresses
    limits: None = field(default=None, init=False)  # the one gateway of the folder has them in its memory
    _journal: Journal | None = field(default=None, init=False)
    _rows: list[SpendRow] = field(factory=list, init=False)  # that are not in SQLite yet
    _version: int = field(default=-1, init=False)

    async def _do(self, do: Callable[[KeyStore], T]) -> T:
        return await self.database.run(lambda connection: do(KeyStore(connection)))

    # --- keys -------------------------------------------------------------------------------------------------------

    async def create(self, alias: str, now: float, **facts: Any) -> tuple[str, Key]:
        def create(store: KeyStore) -> tuple[str, Key]:
            text = store.create(alias, now, **facts)
            key = store.with_digest(digest(text))
            assert key is not None, "it was written in this transaction"
            return text, key

        return await self._do(create)

    async def update(self, key_id: str, alias: str | None, **facts: Any) -> Key:
        def update(store: KeyStore) -> Key:
            if (key := store.known(key_id)) is None:
                raise KeyGone
            store.update(key, alias or key.alias, **facts)
            return store.known(key_id) or key

        return await self._do(update)

    async def revoke(self, key_ids: Sequence[str], now: float) -> None:
        def revoke(store: KeyStore) -> None:
            for key_id in key_ids:
                if (key := store.known(key_id)) is not None:
                    store.revoke(key.alias, now)

        await self._do(revoke)

    async def find(
        self, *, key_id: str | None = None, digest: bytes | None = None, alias: str | None = None
    ) -> Key | None:
        def find(store: KeyStore) -> Key | None:
            return (
                (None if key_id is None else store.known(key_id))
                or (None if digest is None else store.with_digest(digest))
                or (None if alias is None else store.named(alias))
            )

        return await self._do(find)

    async def in_use(self) -> list[Key]:
        return await self._do(KeyStore.in_use)

    async def replace_secret(self) -> None:
        await self.database.run(settings.rotate_secret)

    # --- spend ------------------------------------------------------------------------------------------------------

    async def spend(self) -> list[SpendRow]:
        return await self._do(KeyStore.spend)

    async def totals(self, keys: Iterable[Key], now: float) -> Mapping[str, Spent]:
        keys, rows = list(keys), list(self._rows)  # those of now: a look writes them down behind this question
        return _with_rows(rows, keys, await self._do(lambda store: store.totals(keys, now)), now)

    async def start(self) -> None:
        taken = await self._do(KeyStore.taken)
        with using(self.root):
            self._journal, self._rows = await anyio.to_thread.run_sync(Journal.open, self.root, taken)

    def record(self, charge: Charge) -> None:
        assert self._journal is not None, "start() has opened it"
        key = charge.key
        row = SpendRow(key.id, key.alias, charge.model, day_of(charge.at), 1, charge.pages, charge.usd)
        self._rows.append(row)
        try:
            self._journal.write(row)
        except OSError as error:
            event(_LOG, logging.ERROR, "journal_unavailable", error_type=type(error).__name__)

    async def settled(self) -> None:
        """Return at once: the journal has it."""

    async def look(self) -> tuple[list[Key], Mapping[str, Spent]] | None:
        rows, self._rows = self._rows, []
        try:
            if rows and self._journal is not None:
                add = functools.partial(_add, rows=rows, last=self._journal.rotate())
                await self.database.run(add)
                rows = []
                await anyio.to_thread.run_sync(self._journal.forget)
            version, signing = await self.database.run(_version)
            if self.files is not None:
                self.files.signing = signing
            if version == self._version:
                return None
            now = time.time()
            keys, totals = await self.database.run(functools.partial(_read, now=now))
        except BaseException:
            self._rows[:0] = rows  # for the next time
            raise
        self._version = version
        return keys, _with_rows(self._rows, keys, totals, now)

    async def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()


def _with_rows(
    rows: Sequence[SpendRow], keys: Sequence[Key], totals: Mapping[str, Spent], now: float
) -> Mapping[str, Spent]:
    """Return *totals* with *rows*, which are not in them."""
    start = {key.id: start_of(key.budget_period, now) for key in keys}
    found = dict(totals)
    for row in rows:
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


def _version(connection: sqlite3.Connection) -> tuple[int, Signing]:
    return KeyStore(connection).version(), settings.signing(connection)


def _read(connection: sqlite3.Connection, now: float) -> tuple[list[Key], Mapping[str, Spent]]:
    store = KeyStore(connection)
    keys = store.in_use()
    return keys, store.totals(keys, now)

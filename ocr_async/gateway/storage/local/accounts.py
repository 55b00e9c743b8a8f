"""
The virtual keys and what they spent, in SQLite; the keys themselves are in nobody's file, only their SHA-256.

``ocr-async keys`` writes to the same file while a gateway runs, which notices within a second or two. What was spent is
in SQLite within a second, and in the journal before the request is answered: a killed gateway's next start adds what
was in the journal alone.
"""

from __future__ import annotations

import functools
import json
import logging
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread
from attrs import asdict, define, field, frozen

from ...operating.log import event
from ...periods import day_of, start_of
from ..accounts import AliasTaken, Charge, Key, KeyGone, SpendRow, Spent
from ..queries import KeyRows
from . import settings
from .files import FolderFiles
from .journal import Journal
from .sqlite import Database, using


__all__ = ["SCHEMA", "LocalAccounts", "StoredKey"]

_LOG = logging.getLogger("ocr_async.gateway")

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    alias TEXT NOT NULL,
    tail TEXT NOT NULL,
    facts TEXT NOT NULL,
    created REAL NOT NULL,
    revoked REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS keys_in_use ON keys (alias) WHERE revoked IS NULL;
CREATE TABLE IF NOT EXISTS spend (
    key_id TEXT NOT NULL,
    alias TEXT NOT NULL,
    model TEXT NOT NULL,
    day TEXT NOT NULL,
    requests INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    usd REAL NOT NULL,
    PRIMARY KEY (key_id, model, day)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS changes (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL);
INSERT OR IGNORE INTO changes VALUES (1, 0);
CREATE TRIGGER IF NOT EXISTS key_made AFTER INSERT ON keys BEGIN UPDATE changes SET count = count + 1; END;
CREATE TRIGGER IF NOT EXISTS key_changed AFTER UPDATE ON keys BEGIN UPDATE changes SET count = count + 1; END;
"""
_ADD = """
INSERT INTO spend VALUES (:key_id, :alias, :model, :day, :requests, :pages, :usd)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, pages = pages + excluded.pages,
                          usd = usd + excluded.usd
"""


@frozen
class StoredKey:
    """A key as it is written down, in use or not; *facts* are its limits, as JSON."""

    id: str
    digest: bytes = field(repr=False)
    alias: str
    tail: str
    facts: str
    created: float
    revoked: float | None


@define(eq=False)
class LocalAccounts(KeyRows[Database]):
    """See `storage.accounts.Accounts`."""

    ORDER, FACTS, CHANGED_FACTS = "created, id", "json_patch('{{}}', {})", "json_patch(facts, {})"
    root: Path
    files: FolderFiles | None = None  # which are told what signs their addresses
    limits: None = field(default=None, init=False)  # the one gateway of the folder has them in its memory
    _journal: Journal | None = field(default=None, init=False)
    _rows: list[SpendRow] = field(factory=list, init=False)  # that are not in SQLite yet
    _version: int = field(default=-1, init=False)

    # --- keys -------------------------------------------------------------------------------------------------------

    async def _write(self, alias: str | None, statement: str, *values: Any) -> Key:
        try:
            rows = await self.database.change(f"{statement} RETURNING {self.COLUMNS}", *values)
        except sqlite3.IntegrityError:
            raise AliasTaken.by_another(alias) from None
        if not rows:
            raise KeyGone
        return Key.of_row(*rows[0])

    async def revoke(self, key_ids: Sequence[str], now: float) -> None:
        revoke = "UPDATE keys SET revoked = $2 WHERE id IN (SELECT value FROM json_each($1)) AND revoked IS NULL"
        await self.database.change(revoke, json.dumps(list(key_ids)), now)

    async def all(self) -> list[StoredKey]:
        """Return the keys that are in use or were."""
        query = f"SELECT {self.COLUMNS}, revoked FROM keys ORDER BY {self.ORDER}"  # noqa: S608 - our own columns
        return [StoredKey(*row) for row in await self.database.fetch(query)]

    async def replace_secret(self) -> None:
        await self.database.run(settings.rotate_secret)

    # --- spend ------------------------------------------------------------------------------------------------------

    async def totals(self, keys: Iterable[Key], now: float) -> Mapping[str, Spent]:
        keys, rows = list(keys), list(self._rows)  # those of now: a look writes them down behind this question
        totals = await self.database.run(functools.partial(_totals, keys=keys, now=now))
        return _with_rows(rows, keys, totals, now)

    async def start(self) -> None:
        row = await self.database.row("SELECT last FROM journal")  # the last line that was added
        with using(self.root):
            opening = functools.partial(Journal.open, self.root, 0 if row is None else row[0])
            self._journal, self._rows = await anyio.to_thread.run_sync(opening)

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
            (version,) = await self.database.row("SELECT count FROM changes")  # which changes when a key does
            if self.files is not None:
                self.files.signing = await self.database.run(settings.signing)
            if version == self._version:
                return None
            now = time.time()
            keys = await self.in_use()
            totals = await self.database.run(functools.partial(_totals, keys=keys, now=now))
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
    """Add to what was spent; *last* is the number of the last line of the journal that *rows* stand for."""
    connection.executemany(_ADD, [asdict(row) for row in _together(rows)])
    connection.execute("INSERT OR REPLACE INTO journal VALUES (1, ?)", (last,))


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


def _totals(connection: sqlite3.Connection, keys: Sequence[Key], now: float) -> dict[str, Spent]:
    start = {key.id: start_of(key.budget_period, now) for key in keys}
    found: dict[str, Spent] = {}
    for since in set(start.values()):
        rows = connection.execute(
            "SELECT key_id, sum(pages), sum(usd) FROM spend WHERE day >= ? GROUP BY key_id", (since,)
        )
        found |= {key_id: Spent(pages=pages, usd=usd) for key_id, pages, usd in rows if start.get(key_id) == since}
    return found

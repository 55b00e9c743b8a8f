"""
The virtual keys and what they spent, in SQLite; the keys themselves are in nobody's file, only their SHA-256.

Every function here blocks, so the gateway has them called by `local.sqlite`'s thread. ``ocr-async keys`` writes to the
same file while a gateway runs, which notices within a second or two.
"""

from __future__ import annotations

import datetime
import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import asdict, field, frozen

from ...errors import ConfigurationError
from ..storage.local.sqlite import NAME, connect, transaction
from .control import Key, Spent, digest


__all__ = ["SCHEMA", "KeyStore", "SpendRow"]

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
"""
_ADD = """
INSERT INTO spend VALUES (:key_id, :alias, :model, :day, :requests, :pages, :usd)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, pages = pages + excluded.pages,
                          usd = usd + excluded.usd
"""
_FACTS = ("models", "rpm", "pages_per_minute", "max_concurrency", "budget_pages", "budget_usd", "expires")


@frozen
class SpendRow:
    """
    What one key spent on one model in one day.

    Attributes:
        day: In UTC, as in ``2026-11-20``.
    """

    key_id: str
    alias: str
    model: str
    day: str
    requests: int
    pages: int
    usd: float


@frozen(eq=False)
class KeyStore:
    """The keys and spend in a database that has the tables of `SCHEMA`."""

    connection: sqlite3.Connection = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> KeyStore:
        """
        Open the keys in *folder*.

        Raises:
            ConfigurationError: It cannot be used.
        """
        return cls(connect(folder, SCHEMA))

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is a database in *folder*; `open` makes one."""
        return (folder / NAME).exists()

    def close(self) -> None:
        self.connection.close()

    # --- keys -------------------------------------------------------------------------------------------------------

    def create(self, alias: str, now: float, **facts: Any) -> str:
        """
        Make a key; return its text, which is told this once.

        Args:
            facts: The limits of `Key`.

        Raises:
            ConfigurationError: A key in use has this alias.
        """
        text = f"sk-oa-{secrets.token_urlsafe(32)}"
        kept = json.dumps({name: value for name, value in facts.items() if value is not None})
        try:
            with transaction(self.connection):
                self.connection.execute(
                    "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)",
                    (uuid4().hex, digest(text), alias, text[-4:], kept, now),
                )
        except sqlite3.IntegrityError:
            raise ConfigurationError(f'there is a key "{alias}" already; revoke it first, or name another') from None
        return text

    def revoke(self, alias: str, now: float) -> bool:
        """Make the key *alias* useless; return whether there was one."""
        with transaction(self.connection):
            found = self.connection.execute(
                "UPDATE keys SET revoked = ? WHERE alias = ? AND revoked IS NULL", (now, alias)
            )
            return found.rowcount == 1

    def in_use(self) -> list[Key]:
        """Return the keys in use, in the order in which they were made."""
        rows = self.connection.execute(
            "SELECT id, digest, alias, tail, facts FROM keys WHERE revoked IS NULL ORDER BY created, id"
        )
        return [_key(*row) for row in rows]

    def version(self) -> int:
        """Return a number that changes when another process has written."""
        (number,) = self.connection.execute("PRAGMA data_version").fetchone()
        return int(number)

    # --- spend ------------------------------------------------------------------------------------------------------

    def add(self, rows: Iterable[SpendRow], last: int) -> None:
        """
        Add to what was spent.

        Args:
            last: Number of the last line of the journal (`local.journal`) that *rows* stand for.
        """
        with transaction(self.connection):
            self.connection.executemany(_ADD, [asdict(row) for row in rows])
            self.connection.execute("INSERT OR REPLACE INTO journal VALUES (1, ?)", (last,))

    def taken(self) -> int:
        """Return the number of the last line of the journal that was added; 0 if there was none."""
        row = self.connection.execute("SELECT last FROM journal").fetchone()
        return 0 if row is None else int(row[0])

    def spend(self) -> list[SpendRow]:
        """Return what was spent, by key, model and day."""
        rows = self.connection.execute(
            "SELECT key_id, alias, model, day, requests, pages, usd FROM spend ORDER BY alias, day, model"
        )
        names = [column[0] for column in rows.description]
        return [SpendRow(**dict(zip(names, row, strict=True))) for row in rows]

    def totals(self) -> Mapping[str, Spent]:
        """Return what each key spent in all, by its id."""
        rows = self.connection.execute("SELECT key_id, sum(pages), sum(usd) FROM spend GROUP BY key_id")
        return {key_id: Spent(pages=pages, usd=usd) for key_id, pages, usd in rows}


def _key(key_id: str, known: bytes, alias: str, tail: str, facts: str) -> Key:
    found = json.loads(facts)
    models = found.get("models")
    return Key(
        id=key_id,
        digest=known,
        alias=alias,
        tail=tail,
        **{name: found.get(name) for name in _FACTS if name != "models"},
        models=None if models is None else tuple(models),
    )


def day_of(now: float) -> str:
    """Return the day in UTC of the time *now*."""
    return datetime.datetime.fromtimestamp(now, datetime.UTC).date().isoformat()

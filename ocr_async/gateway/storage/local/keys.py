"""
The virtual keys and what they spent, in SQLite; the keys themselves are in nobody's file, only their SHA-256.

Every function here blocks, so the gateway has them called by `sqlite`'s thread. ``ocr-async keys`` writes to the
same file while a gateway runs, which notices within a second or two.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import asdict, field, frozen

from ...periods import start_of
from ..accounts import AliasTaken, Key, SpendRow, Spent, digest, new_text
from .sqlite import connect, transaction


__all__ = ["SCHEMA", "KeyStore", "StoredKey"]

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
_COLUMNS = "id, digest, alias, tail, facts, created"


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

    def close(self) -> None:
        self.connection.close()

    # --- keys -------------------------------------------------------------------------------------------------------

    def create(self, alias: str, now: float, **facts: Any) -> str:
        """
        Make a key; return its text, which is told this once.

        Args:
            facts: The limits of `Key`.

        Raises:
            AliasTaken: A key in use has this alias.
        """
        text = new_text()
        self._write(
            alias,
            "INSERT INTO keys VALUES (?, ?, ?, ?, json_patch('{}', ?), ?, NULL)",
            (uuid4().hex, digest(text), alias, text[-4:], json.dumps(facts), now),
        )
        return text

    def update(self, key: Key, alias: str, **facts: Any) -> None:
        """
        Give *key* another alias, or other limits; those not named stay as they are.

        Raises:
            AliasTaken: Another key in use has this alias.
        """
        self._write(
            alias,
            "UPDATE keys SET alias = ?, facts = json_patch(facts, ?) WHERE id = ? AND revoked IS NULL",
            (alias, json.dumps(facts), key.id),
        )

    def _write(self, alias: str, statement: str, values: tuple[Any, ...]) -> None:
        try:
            with transaction(self.connection):
                self.connection.execute(statement, values)
        except sqlite3.IntegrityError:
            raise AliasTaken.by_another(alias) from None

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
            f"SELECT {_COLUMNS} FROM keys WHERE revoked IS NULL ORDER BY created, id"  # noqa: S608 - no value in it
        )
        return [Key.of_row(*row) for row in rows]

    def all(self) -> list[StoredKey]:
        """Return the keys that are in use or were."""
        rows = self.connection.execute(f"SELECT {_COLUMNS}, revoked FROM keys ORDER BY created, id")  # noqa: S608
        return [StoredKey(*row) for row in rows]

    def named(self, alias: str) -> Key | None:
        """Return the key *alias*, if it is in use."""
        return self._one("alias = ?", alias)

    def known(self, key_id: str) -> Key | None:
        """Return the key of this id, if it is in use."""
        return self._one("id = ?", key_id)

    def with_digest(self, wanted: bytes) -> Key | None:
        """Return the key whose text has this SHA-256, if it is in use."""
        return self._one("digest = ?", wanted)

    def _one(self, condition: str, value: object) -> Key | None:
        query = f"SELECT {_COLUMNS} FROM keys WHERE revoked IS NULL AND {condition}"  # noqa: S608 - no value in it
        row = self.connection.execute(query, (value,)).fetchone()
        return None if row is None else Key.of_row(*row)

    def version(self) -> int:
        """Return a number that changes when a key does, whoever changes it."""
        (number,) = self.connection.execute("SELECT count FROM changes").fetchone()
        return int(number)

    # --- spend ------------------------------------------------------------------------------------------------------

    def add(self, rows: Iterable[SpendRow], last: int) -> None:
        """
        Add to what was spent.

        Args:
            last: Number of the last line of the journal (`journal`) that *rows* stand for.
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

    def totals(self, keys: Iterable[Key], now: float) -> Mapping[str, Spent]:
        """Return by its id what each of *keys* spent in the period that it is in at *now*, or in all without one."""
        start = {key.id: start_of(key.budget_period, now) for key in keys}
        found: dict[str, Spent] = {}
        for since in set(start.values()):
            rows = self.connection.execute(
                "SELECT key_id, sum(pages), sum(usd) FROM spend WHERE day >= ? GROUP BY key_id", (since,)
            )
            found |= {key_id: Spent(pages=pages, usd=usd) for key_id, pages, usd in rows if start.get(key_id) == since}
        return found

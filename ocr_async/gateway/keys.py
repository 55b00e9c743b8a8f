"""
The virtual keys and what they spent, in SQLite; the keys themselves are in nobody's file, only their SHA-256.

Every function here blocks, so the gateway calls them on a thread. ``ocr-async keys`` writes to the same file while a
gateway runs, which notices within a second or two.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import asdict, define, field, frozen

from ..errors import ConfigurationError
from .access import Key, Spent, digest


__all__ = ["KeyStore", "SpendRow"]

_SCHEMA = """
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
"""
_ADD = """
INSERT INTO spend VALUES (:key_id, :alias, :model, :day, :requests, :pages, :usd)
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, pages = pages + excluded.pages,
                          usd = usd + excluded.usd
"""
_FACTS = ("models", "rpm", "pages_per_minute", "max_concurrency", "budget_pages", "budget_usd", "expires")


@frozen(kw_only=True)
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


@define(eq=False)
class KeyStore:
    """
    The file of keys and spend in *folder*; one connection, used by one thread at a time.

    Raises:
        ConfigurationError: The folder cannot be written to, or the file is no such database.
    """

    folder: Path
    _connection: sqlite3.Connection = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.folder / "keys.sqlite3"
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"the keys in {self.folder} cannot be opened: {error}") from error

    def close(self) -> None:
        self._connection.close()

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
            with self._transaction():
                self._connection.execute(
                    "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)",
                    (uuid4().hex, digest(text), alias, text[-4:], kept, now),
                )
        except sqlite3.IntegrityError:
            raise ConfigurationError(f'there is a key "{alias}" already; revoke it first, or name another') from None
        return text

    def revoke(self, alias: str, now: float) -> bool:
        """Make the key *alias* useless; return whether there was one."""
        with self._transaction():
            found = self._connection.execute(
                "UPDATE keys SET revoked = ? WHERE alias = ? AND revoked IS NULL", (now, alias)
            )
            return found.rowcount == 1

    def in_use(self) -> list[Key]:
        """Return the keys in use, in the order in which they were made."""
        rows = self._connection.execute(
            "SELECT id, digest, alias, tail, facts FROM keys WHERE revoked IS NULL ORDER BY created, id"
        )
        return [_key(*row) for row in rows]

    def version(self) -> int:
        """Return a number that changes when another process has written."""
        (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(number)

    # --- spend ------------------------------------------------------------------------------------------------------

    def add(self, rows: Iterable[SpendRow]) -> None:
        """Add to what was spent."""
        with self._transaction():
            self._connection.executemany(_ADD, [asdict(row) for row in rows])

    def spend(self) -> list[SpendRow]:
        """Return what was spent, by key, model and day."""
        rows = self._connection.execute(
            "SELECT key_id, alias, model, day, requests, pages, usd FROM spend ORDER BY alias, day, model"
        )
        names = [column[0] for column in rows.description]
        return [SpendRow(**dict(zip(names, row, strict=True))) for row in rows]

    def totals(self) -> Mapping[str, Spent]:
        """Return what each key spent in all, by its id."""
        rows = self._connection.execute("SELECT key_id, sum(pages), sum(usd) FROM spend GROUP BY key_id")
        return {key_id: Spent(pages=pages, usd=usd) for key_id, pages, usd in rows}

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


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

"""Answers for repeated requests: their bodies in the folder, the rest in SQLite."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio.to_thread
from attrs import define

from ...._tasks import shielded
from ..answers import Answer
from .disk_full import needing_room
from .folder import Folder
from .sqlite import Database


__all__ = ["KEPT", "SCHEMA", "FolderAnswers"]

KEPT = 24 * 3600  # seconds

# The key is kept as its digest: clients put anything into it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    owner TEXT NOT NULL,
    key BLOB NOT NULL,
    id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_end ON answers (expires);
"""


@define(eq=False)
class FolderAnswers:
    """See `storage.Answers`."""

    folder: Folder
    database: Database

    async def get(self, owner: str, key: str) -> Answer | None:
        def find(connection: sqlite3.Connection) -> Any:
            return connection.execute(
                "SELECT id, fingerprint, status, headers FROM answers WHERE owner = ? AND key = ? AND expires > ?",
                (owner, _digest(key), time.time()),
            ).fetchone()

        row = await self.database.run(find)
        if row is None:
            return None
        name, fingerprint, status, headers = row
        return Answer(
            id=name,
            fingerprint=fingerprint,
            status=status,
            headers=json.loads(headers),
        )

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | None:
        return await self.get(owner, key)  # there is no other gateway

    async def release(self, owner: str, key: str) -> None:
        pass

    @asynccontextmanager
    async def on_disk(self, answer: Answer) -> AsyncIterator[Path]:
        yield self.folder.path("answers", answer.id)

    async def keep(
        self, owner: str, key: str, fingerprint: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        name = uuid4().hex
        row = (owner, _digest(key), name, fingerprint, status, json.dumps(dict(headers)), int(time.time()) + KEPT)

        def replace(connection: sqlite3.Connection) -> str | None:
            old = connection.execute(
                "DELETE FROM answers WHERE owner = ? AND key = ? RETURNING id", (owner, row[1])
            ).fetchone()
            connection.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            return None if old is None else str(old[0])

        async def publish(path: Path) -> None:
            with needing_room():
                await anyio.to_thread.run_sync(self.folder.replace, path, "answers", name)
            old = await self.database.run(replace)
            if old is not None:
                await anyio.to_thread.run_sync(self.folder.remove, "answers", old)

        async with self.folder.draft() as draft:
            await draft.write(body)
            await draft.finish()
            await shielded(publish(draft.path))

    async def forget(self, owner: str, key: str) -> None:
        await shielded(self._forget("owner = ? AND key = ?", owner, _digest(key)))

    async def sweep(self, now: int) -> int:
        """Delete what has expired by *now*; return how many."""

        return await shielded(self._forget("expires <= ?", now))

    async def _forget(self, where: str, *values: Any) -> int:
        def forget(connection: sqlite3.Connection) -> list[str]:
            rows = connection.execute(f"DELETE FROM answers WHERE {where} RETURNING id", values)  # noqa: S608 - our own
            return [one for (one,) in rows]

        gone = await self.database.run(forget)
        for name in gone:
            await anyio.to_thread.run_sync(self.folder.remove, "answers", name)
        return len(gone)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()

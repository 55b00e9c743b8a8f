"""Answers for repeated requests: their bodies in the folder, the rest in SQLite."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio.to_thread
from attrs import define

from ...._tasks import shielded
from ..accounts import digest
from ..answers import KEPT, Answer
from .disk_full import needing_room
from .files import forgotten
from .folder import Folder
from .sqlite import Database


__all__ = ["SCHEMA", "FolderAnswers"]

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
        row = await self.database.row(
            "SELECT id, fingerprint, status, headers FROM answers WHERE owner = $1 AND key = $2 AND expires > $3",
            owner, digest(key), time.time(),
        )  # fmt: skip
        if row is None:
            return None
        name, fingerprint, status, headers = row
        return Answer(id=name, fingerprint=fingerprint, status=status, headers=json.loads(headers))

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | None:
        return await self.get(owner, key)  # there is no other gateway

    async def release(self, owner: str, key: str) -> None:
        pass

    def on_disk(self, answer: Answer) -> AbstractAsyncContextManager[Path]:
        return nullcontext(self.folder.path("answers", answer.id))

    async def keep(
        self, owner: str, key: str, fingerprint: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        name = uuid4().hex
        row = (owner, digest(key), name, fingerprint, status, json.dumps(dict(headers)), int(time.time()) + KEPT)

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
        await forgotten(self.database, self.folder, "answers", "owner = $1 AND key = $2", owner, digest(key))

    async def sweep(self, now: int) -> int:
        """Delete what has expired by *now*; return how many."""
        return await forgotten(self.database, self.folder, "answers", "expires <= $1", now)

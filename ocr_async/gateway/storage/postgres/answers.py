"""Answers for repeated requests, in PostgreSQL; which gateway makes one is there, too."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import define

from ...._tasks import shielded
from ..accounts import digest
from ..answers import KEPT, Answer, AnsweredElsewhere
from .blobs import Blobs
from .connection import Database
from .process import Process


__all__ = ["PostgresAnswers"]

# Taken if nothing is there, or what is there has expired, or is being made by this process or by one that is gone.
_CLAIM = """
INSERT INTO ocr_async.answers AS a (owner, key, fingerprint, holder, expires) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (owner, key) DO UPDATE SET fingerprint = excluded.fingerprint, holder = excluded.holder,
    expires = excluded.expires, blob = NULL, status = NULL, headers = NULL
    WHERE a.expires <= $6 OR (a.holder IS NOT NULL AND (a.holder = $4 OR NOT ocr_async.lives(a.holder)))
RETURNING 1
"""
_GET = "SELECT fingerprint, holder, blob, status, headers FROM ocr_async.answers WHERE owner = $1 AND key = $2"


@define(eq=False)
class PostgresAnswers:
    """See `storage.Answers`."""

    database: Database
    blobs: Blobs
    process: Process

    async def get(self, owner: str, key: str) -> Answer | None:
        row = await self.database.row(f"{_GET} AND expires > $3 AND holder IS NULL", owner, digest(key), time.time())
        return None if row is None else _answer(row)

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | AnsweredElsewhere | None:
        now, place = int(time.time()), (owner, digest(key))
        while True:
            if await self.database.change(_CLAIM, *place, fingerprint, self.process.id, now + KEPT, now):
                return None
            row = await self.database.row(_GET, *place)
            if row is not None:  # else it has just been let go
                return _answer(row) if row["holder"] is None else AnsweredElsewhere(row["fingerprint"])

    async def release(self, owner: str, key: str) -> None:
        await self.database.change(
            "DELETE FROM ocr_async.answers WHERE owner = $1 AND key = $2 AND holder = $3",
            owner, digest(key), self.process.id,
        )  # fmt: skip

    async def keep(
        self, owner: str, key: str, fingerprint: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        values = (owner, digest(key), fingerprint, status, json.dumps(dict(headers)), int(time.time()) + KEPT)

        async def publish() -> None:
            async with self.database.transaction() as connection:
                await draft.keep(connection)
                old = await connection.fetchval(
                    "SELECT blob FROM ocr_async.answers WHERE owner = $1 AND key = $2 FOR UPDATE", *values[:2]
                )
                await connection.execute(
                    "INSERT INTO ocr_async.answers (owner, key, fingerprint, status, headers, expires, blob) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner, key) DO UPDATE SET "
                    "fingerprint = $3, status = $4, headers = $5, expires = $6, blob = $7, holder = NULL",
                    *values, draft.id,
                )  # fmt: skip
            draft.kept = True
            if old is not None:
                await self.blobs.drop([old])

        async with self.blobs.draft() as draft:
            await draft.fill(memoryview(body))
            await shielded(publish())

    def on_disk(self, answer: Answer) -> AbstractAsyncContextManager[Path]:
        return self.blobs.on_disk(UUID(answer.id))

    async def forget(self, owner: str, key: str) -> None:
        await self.blobs.forget("answers", "owner = $1 AND key = $2", owner, digest(key))

    async def sweep(self, now: int) -> int:
        """Delete what has expired by *now*; return how many."""
        return await self.blobs.forget("answers", "expires <= $1", now)


def _answer(row: Any) -> Answer:
    return Answer(
        id=str(row["blob"]), fingerprint=row["fingerprint"], status=row["status"], headers=json.loads(row["headers"])
    )

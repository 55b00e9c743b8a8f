"""Answers for repeated requests, in PostgreSQL: which gateway makes one is there, too."""

from __future__ import annotations

import time

from attrs import define

from ..accounts import digest
from ..answers import KEPT, Answer, AnsweredElsewhere, Answers, answer
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
_GET = "SELECT holder, blob, fingerprint, status, headers FROM ocr_async.answers WHERE owner = $1 AND key = $2"


@define(eq=False)
class PostgresAnswers(Answers):
    """See `storage.answers.Answers`."""

    RELEASED = ", holder = NULL"
    process: Process

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | AnsweredElsewhere | None:
        now, place = int(time.time()), (owner, digest(key))
        while True:
            if await self.database.change(_CLAIM, *place, fingerprint, self.process.id, now + KEPT, now):
                return None
            row = await self.database.row(_GET, *place)
            if row is not None:  # else it has just been let go
                holder, *facts = row
                return answer(*facts) if holder is None else AnsweredElsewhere(row["fingerprint"])

    async def release(self, owner: str, key: str) -> None:
        await self.database.change(
            "DELETE FROM ocr_async.answers WHERE owner = $1 AND key = $2 AND holder = $3",
            owner, digest(key), self.process.id,
        )  # fmt: skip

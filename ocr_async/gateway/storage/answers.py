"""Answers for repeated requests, in every storage: rows of a database, whose bodies are among the `blobs`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, ClassVar

from attrs import define, frozen

from ..._tasks import shielded
from .accounts import digest
from .blobs import Blobs, forgotten
from .queries import Database


__all__ = ["KEPT", "Answer", "AnsweredElsewhere", "Answers", "answer"]

KEPT = 24 * 3600  # seconds


@frozen(kw_only=True)
class Answer:
    """
    What a request with an Idempotency-Key was answered.

    Attributes:
        blob: Its body.

        fingerprint: Of what was asked.
    """

    blob: Any
    fingerprint: str
    status: int
    headers: Mapping[str, str]


@frozen
class AnsweredElsewhere:
    """
    Another gateway is making the answer.

    Attributes:
        fingerprint: Of what it was asked.
    """

    fingerprint: str


@define(eq=False)
class Answers:
    """
    Answers by the owner's own keys for them; here as one gateway alone has them.

    Attributes:
        RELEASED: What else is set where an answer is kept that was claimed.
    """

    RELEASED: ClassVar = ""
    database: Database
    blobs: Blobs

    async def get(self, owner: str, key: str) -> Answer | None:
        """Return the answer; None if there is none, or it has expired."""
        row = await self.database.row(
            "SELECT blob, fingerprint, status, headers FROM ocr_async.answers "
            "WHERE owner = $1 AND key = $2 AND expires > $3 AND status IS NOT NULL",
            owner, digest(key), int(time.time()),
        )  # fmt: skip
        return None if row is None else answer(*row)

    async def claim(self, owner: str, key: str, fingerprint: str) -> Answer | AnsweredElsewhere | None:
        """
        Return the answer, or who makes it; None if the caller has to, who then calls `keep` or `release`.

        A gateway that is gone makes none. Each gateway looks itself at what it is making already.
        """
        return await self.get(owner, key)

    async def release(self, owner: str, key: str) -> None:
        """Let others make the answer that was claimed, and is not kept."""

    def on_disk(self, answer: Answer) -> AbstractAsyncContextManager[Path]:
        """Have the body of *answer* in a file of this machine within the block; FileNotFoundError if it is gone."""
        return self.blobs.on_disk(answer.blob)

    async def keep(
        self, owner: str, key: str, fingerprint: str, status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        """Keep an answer, a bytes-like *body* and all."""
        place, expires = (owner, digest(key)), int(time.time()) + KEPT

        async def publish() -> None:
            before = "SELECT blob FROM ocr_async.answers WHERE owner = $1 AND key = $2 AND blob IS NOT NULL"
            old = await self.database.row(before, *place)
            await self.blobs.publish(
                draft,
                "INSERT INTO ocr_async.answers (owner, key, fingerprint, status, headers, expires, blob) "  # noqa: S608
                "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner, key) DO UPDATE SET "
                f"fingerprint = $3, status = $4, headers = $5, expires = $6, blob = $7{self.RELEASED} RETURNING owner",
                *place, fingerprint, status, json.dumps(dict(headers)), expires, draft.id,
            )  # fmt: skip
            if old is not None:
                await self.blobs.drop([old[0]])

        async with self.blobs.draft() as draft:
            await draft.fill(memoryview(body))
            await shielded(publish())

    async def forget(self, owner: str, key: str) -> None:
        """Delete the answer, if there is one."""
        delete = "DELETE FROM ocr_async.answers WHERE owner = $1 AND key = $2 RETURNING blob"
        await forgotten(self.database, self.blobs, delete, owner, digest(key))

    async def sweep(self, now: int) -> int:
        """Delete what has expired by *now*; return how many."""
        delete = "DELETE FROM ocr_async.answers WHERE expires <= $1 RETURNING blob"
        return await forgotten(self.database, self.blobs, delete, now)


def answer(blob: Any, fingerprint: str, status: int, headers: str) -> Answer:
    """Return what a row says."""
    return Answer(blob=blob, fingerprint=fingerprint, status=status, headers=json.loads(headers))

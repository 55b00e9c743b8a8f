"""
The jobs of ``POST /v1/ocr/jobs``, in every storage: rows of a database, and what these refer to among the `blobs`.

A job is worked on by the process that holds it. What a process held that is gone may be taken by any other.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Protocol

import anyio
from attrs import define, field, fields, frozen

from ..._tasks import shielded
from .blobs import Blobs
from .failures import LeaseLost
from .queries import Database, storable


__all__ = ["KEPT", "OCRJob", "OCRJobs", "TakenJob"]

KEPT = 3600  # seconds after its end


@frozen(kw_only=True)
class OCRJob:
    """
    Attributes:
        status: running, succeeded or failed.

        key: Its Idempotency-Key.

        asked: What it was asked, as a fingerprint; None without a key.
    """

    id: str
    owner: str
    key: str | None = None
    asked: str | None = None
    status: str = "running"
    pages_done: int = 0


@frozen(kw_only=True)
class TakenJob(OCRJob):
    """
    One that was begun by a process that is gone.

    Attributes:
        request: What it was asked, as it was written down.

        document: Of its bytes, an id; None: it has none.

        tries: By how many processes it was begun, this one included.

        sent: Whether it was noted that it may have been sent to a provider.
    """

    request: bytes = field(repr=False)
    document: Any
    tries: int
    sent: bool


class Process(Protocol):
    """This process among those that share a storage."""

    @property
    def id(self) -> Any: ...


_FACTS = [one.name for one in fields(OCRJob)]
_TAKEN = [one.name for one in fields(TakenJob)]
_KNOWN = "id = $1 AND owner = $2 AND (ended IS NULL OR ended > $3)"
_HELD = "id = $1 AND holder = $2 AND ended IS NULL"
_CREATE = """
INSERT INTO ocr_async.ocr_jobs (id, owner, key, asked, request, holder, document) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING RETURNING id
"""
_END = f"""
UPDATE ocr_async.ocr_jobs SET status = $3, pages_done = $4, ended = $5, result = $6, holder = NULL, request = NULL,
    document = NULL WHERE {_HELD} RETURNING id
"""  # noqa: S608 - our own words
_PROGRESS = """
UPDATE ocr_async.ocr_jobs SET pages_done = CAST(told.value AS integer) FROM json_each_text($2) AS told
    WHERE ocr_jobs.id = told.key AND holder = $1 AND ended IS NULL AND pages_done <> CAST(told.value AS integer)
"""


@define(eq=False)
class OCRJobs:
    """
    Jobs; those that ended an hour ago are unknown.

    Attributes:
        TAKE: The statement by which process $1 holds at most $3 jobs that no living process works on, without those
            whose ids are the JSON $2; it returns `RETURNED`.

        look_every: Seconds between two looks for jobs of processes that are gone.
    """

    TAKE: ClassVar[str]
    RETURNED: ClassVar = ", ".join(_TAKEN)
    database: Database
    blobs: Blobs
    process: Process
    look_every: float

    async def count(self, owner: str, job_id: str) -> int:
        """Return how many jobs *owner* has beside that one."""
        (found,) = await self.database.row(
            "SELECT count(*) FROM ocr_async.ocr_jobs WHERE id <> $1 AND owner = $2 AND (ended IS NULL OR ended > $3)",
            *_known(job_id, owner),
        )
        return int(found)

    async def create(self, job: OCRJob, request: bytes, document: memoryview | Path | None) -> OCRJob | None:
        """Keep a new job, held by this process, in place of one that failed; return another one that there is."""
        await self._delete("id = $1 AND owner = $2 AND (status = 'failed' OR ended <= $3)", *_known(job.id, job.owner))
        values = storable(job.id), job.owner, job.key, job.asked, request, self.process.id
        while True:
            if document is None:
                created = await self.database.change(_CREATE, *values, None)
            else:
                size = (await anyio.Path(document).stat()).st_size if isinstance(document, Path) else len(document)
                async with self.blobs.draft(size) as draft:
                    await draft.fill(document)
                    created = await self.blobs.publish(draft, _CREATE, *values, draft.id)
            if created:
                return None
            if (known := await self.get(job.id, job.owner)) is not None:
                return known  # else it has just been deleted

    async def get(self, job_id: str, owner: str) -> OCRJob | None:
        """Return the job; None if *owner* has none of that id."""
        row = await self.database.row(
            f"SELECT {', '.join(_FACTS)} FROM ocr_async.ocr_jobs WHERE {_KNOWN}",  # noqa: S608 - our own words
            *_known(job_id, owner),
        )
        return None if row is None else _job(row)

    async def result(self, job_id: str, owner: str) -> AsyncGenerator[bytes, None]:
        """Return the pieces of what came of it; FileNotFoundError if it is not there, or goes meanwhile."""
        query = f"SELECT result FROM ocr_async.ocr_jobs WHERE {_KNOWN} AND result IS NOT NULL"  # noqa: S608
        if (row := await self.database.row(query, *_known(job_id, owner))) is None:
            raise FileNotFoundError(f"the job {job_id} has no result")
        return self.blobs.pieces(row[0])

    async def delete(self, job_id: str, owner: str) -> OCRJob | None:
        """Delete the job; return it as it was, None if there was none."""
        gone = await self._delete(_KNOWN, *_known(job_id, owner))
        return gone[0] if gone else None

    async def sweep(self, now: int) -> int:
        """Forget those whose hour is over; return how many."""
        return len(await self._delete("ended <= $1", now - KEPT))

    async def _delete(self, where: str, *values: Any) -> list[OCRJob]:
        delete = f"DELETE FROM ocr_async.ocr_jobs WHERE {where} RETURNING {', '.join(_FACTS)}, document, result"  # noqa: S608

        async def delete_all() -> list[OCRJob]:
            rows = await self.database.change(delete, *values)
            if blobs := [blob for row in rows for blob in (row[-2], row[-1]) if blob is not None]:
                await self.blobs.drop(blobs)
            return [_job(row) for row in rows]

        return await shielded(delete_all())

    async def send(self, job_id: str) -> None:
        """
        Note that the job may have been sent to a provider from now on.

        Raises:
            LeaseLost: It is gone, or another process works on it.
        """
        note = f"UPDATE ocr_async.ocr_jobs SET sent = true WHERE {_HELD} RETURNING id"  # noqa: S608 - our own words
        if not await self.database.change(note, job_id, self.process.id):
            raise LeaseLost(f"the job {job_id} is another process's now, or gone")

    async def progress(self, pages: Mapping[str, int]) -> set[str]:
        """Note how many pages of jobs of this process are done; return which jobs it still holds."""
        me = self.process.id
        await self.database.change(_PROGRESS, me, json.dumps(dict(pages)))
        held = "SELECT id FROM ocr_async.ocr_jobs WHERE holder = $1 AND ended IS NULL"
        return {job_id for (job_id,) in await self.database.fetch(held, me)}

    async def end(self, job: OCRJob, result: memoryview | Path) -> bool:
        """Note what came of a job of this process, with its status; return whether it was still its own."""
        held = job.id, self.process.id
        row = await self.database.row(f"SELECT document FROM ocr_async.ocr_jobs WHERE {_HELD}", *held)  # noqa: S608
        if row is None:
            return False

        async def end() -> bool:
            facts = job.status, job.pages_done, int(time.time()), draft.id
            ended = await self.blobs.publish(draft, _END, *held, *facts)
            if ended and row[0] is not None:
                await self.blobs.drop([row[0]])
            return bool(ended)

        async with self.blobs.draft() as draft:
            await draft.fill(result)
            return await shielded(end())
        raise AssertionError("a draft suppresses nothing")

    async def take(self, besides: Collection[str], most: int) -> list[TakenJob]:
        """Hold jobs that no living process works on: this one works on those of *besides* alone."""
        rows = await self.database.change(self.TAKE, self.process.id, json.dumps(list(besides)), most)
        return [TakenJob(**dict(zip(_TAKEN, row, strict=True))) for row in rows]

    def on_disk(self, job: TakenJob) -> AbstractAsyncContextManager[Path | None]:
        """Have the bytes of its document in a file of this machine within the block."""
        return nullcontext() if job.document is None else self.blobs.on_disk(job.document)


def _known(job_id: str, owner: str) -> tuple[str, str, int]:
    """Return the values of what is asked of one job."""
    return storable(job_id), owner, int(time.time()) - KEPT


def _job(row: Any) -> OCRJob:
    return OCRJob(**dict(zip(_FACTS, row, strict=False)))

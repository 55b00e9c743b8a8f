"""Jobs of ``POST /v1/ocr/jobs``, in PostgreSQL: each is held by the gateway that works on it, as batches are."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

from attrs import define, fields

from ...._tasks import shielded
from ..failures import LeaseLost
from ..ocr_jobs import KEPT, OCRJob, TakenJob
from .blobs import Blobs, Draft
from .connection import Database
from .leases import claiming
from .process import Process


__all__ = ["PostgresJobs"]

_FACTS = ", ".join(one.name for one in fields(OCRJob))
_KNOWN = "id = $1 AND owner = $2 AND (ended IS NULL OR ended > $3)"
_CREATE = f"""
INSERT INTO ocr_async.ocr_jobs AS j (id, owner, key, asked, request, document, holder)
VALUES ($1, $2, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET key = excluded.key, asked = excluded.asked, request = excluded.request,
    document = excluded.document, holder = excluded.holder, tries = 1, sent = false, status = 'running',
    pages_done = 0, result = NULL, ended = NULL
    WHERE j.owner = excluded.owner AND (j.status = 'failed' OR j.ended <= $3)
RETURNING {_FACTS}
"""  # noqa: S608 - names of our own fields
_PROGRESS = """
WITH told AS (
    UPDATE ocr_async.ocr_jobs AS j SET pages_done = x.pages FROM unnest($2::text[], $3::integer[]) AS x (id, pages)
    WHERE j.id = x.id AND j.holder = $1 AND j.ended IS NULL AND j.pages_done <> x.pages
)
SELECT id FROM ocr_async.ocr_jobs WHERE id = ANY($2) AND holder = $1 AND ended IS NULL
"""
_TAKE = claiming(
    "ocr_jobs",
    "ended IS NULL AND id <> ALL($2)",
    most=3,
    also=", tries = tries + 1",
    returning=f"{_FACTS}, request, document, tries, sent",
)


@define(eq=False)
class PostgresJobs:
    """See `storage.ocr_jobs.OCRJobs`."""

    database: Database
    blobs: Blobs
    process: Process
    look_every: float

    async def count(self, owner: str, job_id: str) -> int:
        (found,) = await self.database.row(
            "SELECT count(*) FROM ocr_async.ocr_jobs WHERE id <> $1 AND owner = $2 AND (ended IS NULL OR ended > $3)",
            *_known(job_id, owner),
        )
        return int(found)

    async def create(self, job: OCRJob, request: bytes, document: memoryview | Path | None) -> OCRJob | None:
        async with AsyncExitStack() as stack:
            draft = None if document is None else await stack.enter_async_context(self.blobs.draft())
            if draft is not None and document is not None:
                await draft.fill(document)
            return await shielded(self._create(job, request, draft))
        raise AssertionError("the stack suppresses nothing")

    async def _create(self, job: OCRJob, request: bytes, draft: Draft | None) -> OCRJob | None:
        values = *_known(job.id, job.owner), job.key, job.asked, request
        while True:
            if draft is None:
                created = bool(await self.database.change(_CREATE, *values, None, self.process.id))
            else:
                async with self.database.transaction() as connection:
                    created = await connection.fetchrow(_CREATE, *values, draft.id, self.process.id) is not None
                    if created:
                        await draft.keep(connection)
                draft.kept = created
            if created:
                return None
            if (known := await self.get(job.id, job.owner)) is not None:
                return known  # else it has just been deleted

    async def get(self, job_id: str, owner: str) -> OCRJob | None:
        row = await self.database.row(
            f"SELECT {_FACTS} FROM ocr_async.ocr_jobs WHERE {_KNOWN}",  # noqa: S608
            *_known(job_id, owner),
        )
        return None if row is None else OCRJob(**dict(row))

    async def result(self, job_id: str, owner: str) -> AsyncGenerator[bytes, None]:
        row = await self.database.row(
            f"SELECT result FROM ocr_async.ocr_jobs WHERE {_KNOWN}",  # noqa: S608
            *_known(job_id, owner),
        )
        if row is None or row["result"] is None:
            raise FileNotFoundError(f"the job {job_id} has no result")
        return self.blobs.pieces(row["result"])

    async def delete(self, job_id: str, owner: str) -> OCRJob | None:
        gone = await shielded(self._delete(_KNOWN, *_known(job_id, owner)))
        return gone[0] if gone else None

    async def sweep(self, now: int) -> int:
        """Forget those whose hour is over; return how many."""
        return len(await shielded(self._delete("ended <= $1", now - KEPT)))

    async def _delete(self, where: str, *values: Any) -> list[OCRJob]:
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                f"DELETE FROM ocr_async.ocr_jobs WHERE {where} RETURNING {_FACTS}, document, result",  # noqa: S608
                *values,
            )
            blobs = [blob for row in rows for blob in (row["document"], row["result"]) if blob is not None]
            if blobs:
                await self.blobs.drop(connection, blobs)
        names = [one.name for one in fields(OCRJob)]
        return [OCRJob(**{name: row[name] for name in names}) for row in rows]

    async def send(self, job_id: str) -> None:
        held = await self.database.change(
            "UPDATE ocr_async.ocr_jobs SET sent = true WHERE id = $1 AND holder = $2 AND ended IS NULL RETURNING id",
            job_id, self.process.id,
        )  # fmt: skip
        if not held:
            raise LeaseLost(f"the job {job_id} is another gateway's now, or gone")

    async def progress(self, pages: Mapping[str, int]) -> set[str]:
        rows = await self.database.change(_PROGRESS, self.process.id, list(pages), list(pages.values()))
        return {row["id"] for row in rows}

    async def end(self, job: OCRJob, result: memoryview | Path) -> bool:
        async with self.blobs.draft() as draft:
            await draft.fill(result)
            return await shielded(self._end(job, draft))
        raise AssertionError("a draft suppresses nothing")

    async def _end(self, job: OCRJob, draft: Draft) -> bool:
        async with self.database.transaction() as connection:
            held = await connection.fetchrow(
                "SELECT document FROM ocr_async.ocr_jobs WHERE id = $1 AND holder = $2 AND ended IS NULL FOR UPDATE",
                job.id, self.process.id,
            )  # fmt: skip
            if held is None:
                return False
            await draft.keep(connection)
            await connection.execute(
                "UPDATE ocr_async.ocr_jobs SET status = $2, pages_done = $3, result = $4, ended = $5, holder = NULL, "
                "request = NULL, document = NULL WHERE id = $1",
                job.id, job.status, job.pages_done, draft.id, int(time.time()),
            )  # fmt: skip
            if held["document"] is not None:
                await self.blobs.drop(connection, [held["document"]])
        draft.kept = True
        return True

    async def take(self, besides: Collection[str], most: int) -> list[TakenJob]:
        rows = await self.database.change(_TAKE, self.process.id, list(besides), most)
        return [TakenJob(**dict(row)) for row in rows]

    def on_disk(self, job: TakenJob) -> AbstractAsyncContextManager[Path | None]:
        return nullcontext() if job.document is None else self.blobs.on_disk(job.document)


def _known(job_id: str, owner: str) -> tuple[str, str, int]:
    """Return the values of what is asked of one job: an id may be anything that stands in an address."""
    return job_id.replace("\0", ""), owner, int(time.time()) - KEPT

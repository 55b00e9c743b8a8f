"""
Batches, in PostgreSQL: each result is a row until the job ends, then a line of its output file.

A job is worked on by the gateway that holds it, as long as its lease lasts. A gateway that comes back from a long sleep
finds its jobs with others, and what it adds is refused: each result is there once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

from attrs import define

from ...._tasks import shielded
from ..batches import RESULTS, Job, Line, Status
from ..failures import LeaseLost
from ..files import Incoming
from ..lines import numbered
from ..queries import JobRows, tags
from .blobs import Blobs, Draft
from .connection import Database
from .files import add_file
from .leases import claiming, free
from .process import Process


__all__ = ["PostgresBatches"]

_COLUMNS = JobRows.COLUMNS
_INSERT = (
    f"INSERT INTO ocr_async.jobs (tags, {', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES ($1, {', '.join(f'${number + 2}' for number in range(len(_COLUMNS)))})"
)
_CLAIM = claiming("jobs", "completed IS NULL AND id = $2")
_ADD = """
WITH job AS (SELECT id FROM ocr_async.jobs WHERE id = $1 AND holder = $2 AND completed IS NULL FOR UPDATE),
added AS (
    INSERT INTO ocr_async.results (job, line, failed, text) SELECT id, $3, $4::text IS NOT NULL, $5 FROM job
    ON CONFLICT DO NOTHING RETURNING failed
),
counted AS (
    UPDATE ocr_async.jobs AS j SET succeeded = j.succeeded + (NOT added.failed)::integer,
        failed = j.failed + added.failed::integer,
        errors = CASE WHEN added.failed THEN ocr_async.counted(j.errors, $4) ELSE j.errors END
    FROM added WHERE j.id = $1
)
SELECT id FROM job
"""
_HELD = "SELECT id FROM ocr_async.jobs WHERE id = $1 AND holder = $2 AND completed IS NULL"
_SEND = f"""
WITH job AS ({_HELD}), noted AS (INSERT INTO ocr_async.sent (job, line) SELECT id, $3 FROM job ON CONFLICT DO NOTHING)
SELECT id FROM job
"""  # noqa: S608 - no value in it
_NOT_SENT = f"""
WITH job AS ({_HELD}), forgotten AS (DELETE FROM ocr_async.sent WHERE line = $3 AND job IN (SELECT id FROM job))
SELECT id FROM job
"""  # noqa: S608 - no value in it
_AT_ONCE = 8  # results in memory while the files are made


@define(eq=False)
class PostgresBatches(JobRows[Database]):
    """See `storage.Batches`."""

    TAGGED = "tags @> {}::jsonb"
    blobs: Blobs
    process: Process
    look_every: float

    # --- jobs -------------------------------------------------------------------------------------------------------

    async def create(self, job: Job, requests: Incoming | None) -> None:
        assert requests is None or isinstance(requests, Draft), "a storage keeps what it received"
        await shielded(self._create(job, requests))

    async def _create(self, job: Job, requests: Draft | None) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(_INSERT, tags(job.metadata), *job.row().values())
            if requests is not None:
                await requests.keep(connection)
            blobs = [] if requests is None else [requests.id]
            for file_id in job.inputs:  # which are deleted after this, or before
                query = "SELECT blob FROM ocr_async.files WHERE id = $1 FOR SHARE"
                if (blob := await connection.fetchval(query, file_id)) is None:
                    raise FileNotFoundError(f"the file {file_id} has just been deleted")
                blobs.append(blob)
            await connection.executemany(
                "INSERT INTO ocr_async.job_inputs (job, number, blob) VALUES ($1, $2, $3)",
                [(job.id, number, blob) for number, blob in enumerate(blobs)],
            )
        if requests is not None:
            requests.kept = True

    async def unfinished(self) -> list[Job]:
        where = f"completed IS NULL AND {free(1)}"
        rows = await self.database.fetch(f"{self.SELECT} WHERE {where} ORDER BY number", self.process.id)
        return [self.job(row) for row in rows]

    async def claim(self, job_id: str) -> bool:
        return bool(await self.database.change(_CLAIM, self.process.id, job_id))

    # --- requests and results ---------------------------------------------------------------------------------------

    async def requests(self, job: Job, most: int) -> AsyncGenerator[tuple[int, bytes | None, bool], None]:
        done = bytearray(job.total)
        for row in await self.database.fetch("SELECT line FROM ocr_async.results WHERE job = $1", job.id):
            done[row["line"]] = 1
        query = "SELECT blob FROM ocr_async.job_inputs WHERE job = $1 ORDER BY number"
        inputs = [self.blobs.pieces(row["blob"]) for row in await self.database.fetch(query, job.id)]
        return numbered(inputs, done, most)

    async def send(self, job: Job, number: int, sent: bool = True) -> None:
        if not await self.database.change(_SEND if sent else _NOT_SENT, job.id, self.process.id, number):
            raise LeaseLost(f"another gateway works on the batch {job.id}")

    async def add(self, job: Job, line: Line) -> None:
        error = None if line.error is None else line.error.replace("\0", "\ufffd")

        async def add() -> None:
            if not await self.database.change(_ADD, job.id, self.process.id, line.number, error, line.text):
                raise LeaseLost(f"another gateway works on the batch {job.id}")

        await shielded(add())

    async def finish(self, job: Job, status: Status, at: int, reason: str | None = None) -> Job:
        return await shielded(self._finish(job, status, at, reason))

    async def _finish(self, job: Job, status: Status, at: int, reason: str | None) -> Job:
        async with AsyncExitStack() as stack:
            drafts = [await stack.enter_async_context(self.blobs.draft()) for _ in range(2)]
            for failed, draft in zip((False, True), drafts, strict=True):
                await self._collect(job, failed, draft)
            async with self.database.transaction() as connection:
                held = "SELECT id FROM ocr_async.jobs WHERE id = $1 AND holder = $2 AND completed IS NULL FOR UPDATE"
                if await connection.fetchval(held, job.id, self.process.id) is None:
                    raise LeaseLost(f"another gateway works on the batch {job.id}")
                files = [
                    await _publish(connection, job, draft, name, at)
                    for name, draft in zip(RESULTS, drafts, strict=True)
                ]
                row = await connection.fetchrow(
                    "UPDATE ocr_async.jobs SET status = $2, completed = $3, output_file = $4, error_file = $5, "  # noqa: S608
                    "errors = CASE WHEN $6::text IS NULL THEN errors ELSE ocr_async.counted(errors, $6) END, "
                    f"holder = NULL WHERE id = $1 RETURNING {', '.join(_COLUMNS)}",
                    job.id, status, at, *files, reason,
                )  # fmt: skip
                await connection.execute("DELETE FROM ocr_async.results WHERE job = $1", job.id)
                await connection.execute("DELETE FROM ocr_async.sent WHERE job = $1", job.id)
                inputs = await connection.fetch(
                    "DELETE FROM ocr_async.job_inputs WHERE job = $1 RETURNING blob", job.id
                )
            await self.blobs.drop([one["blob"] for one in inputs])
            for file, draft in zip(files, drafts, strict=True):
                draft.kept = file is not None
            return self.job(row)
        raise AssertionError("the stack suppresses nothing")

    async def _collect(self, job: Job, failed: bool, draft: Draft) -> None:
        last = 0
        query = (
            "SELECT number, text FROM ocr_async.results "  # noqa: S608 - no value in it
            "WHERE job = $1 AND failed = $2 AND number > $3 "
            f"ORDER BY number LIMIT {_AT_ONCE}"
        )
        while rows := await self.database.fetch(query, job.id, failed, last):
            for row in rows:
                await draft.write(row["text"])
                await draft.write(b"\n")
            last = rows[-1]["number"]
        await draft.finish()


async def _publish(connection: Any, job: Job, draft: Draft, name: str, at: int) -> str | None:
    """Make a file of what *draft* has, if anything; return its id."""
    if not draft.size:
        return None
    file = job.result(name, at, draft.size, draft.lines, draft.sha256)
    await add_file(connection, draft, file)
    return file.id

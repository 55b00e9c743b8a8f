"""
Batches: their requests and results as JSON lines in a folder of the job's own, what is known of them in SQLite.

A result is appended to its file, then its row is committed with where it ends. A process that is killed between the
two leaves a tail that no row knows of; it is cut off before the job goes on, so each result is there once.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import anyio.to_thread
from attrs import define

from ...._platform.files import open_to_append, sync_data, sync_folder
from ...._tasks import shielded
from ..batches import RESULTS, Job, Line, Status
from ..files import Incoming, StoredFile
from ..lines import numbered
from ..pieces import pieces_of
from ..queries import JobRows
from .disk_full import needing_room
from .files import add_file
from .folder import Draft, Folder
from .sqlite import Database


__all__ = ["SCHEMA", "FolderBatches"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    inputs TEXT NOT NULL,
    model TEXT,
    metadata TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    started INTEGER,
    completed INTEGER,
    total INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    errors TEXT NOT NULL,
    output_file TEXT,
    error_file TEXT,
    retained INTEGER
);
CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, number);
CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (number) WHERE completed IS NULL;
CREATE TABLE IF NOT EXISTS results (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    PRIMARY KEY (job, line)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    PRIMARY KEY (job, line)
) WITHOUT ROWID;
"""
_MESSAGES = 100  # different ones that are counted apart
_OTHERS = "other errors"


@define(eq=False)
class FolderBatches(JobRows[Database]):
    """See `storage.Batches`."""

    TAGGED = (
        "NOT EXISTS (SELECT 1 FROM json_each({}) AS wanted WHERE NOT EXISTS "
        "(SELECT 1 FROM json_each(metadata) AS had WHERE had.key = wanted.key AND had.value = wanted.value))"
    )
    folder: Folder
    look_every: float = 60.0

    # --- jobs -------------------------------------------------------------------------------------------------------

    async def create(self, job: Job, requests: Incoming | None) -> None:
        row = job.row()
        add = f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608

        async def create() -> None:
            try:
                with needing_room():
                    await anyio.to_thread.run_sync(self._take_requests, job, requests)
                await self.database.change(add, *row.values())
            except BaseException:
                await anyio.to_thread.run_sync(self.folder.remove, "jobs", job.id)
                raise

        await shielded(create())

    def _take_requests(self, job: Job, requests: Incoming | None) -> None:
        place = self.folder.make(job.id)
        for number, file_id in enumerate(job.inputs):
            self.folder.link(self.folder.path("files", file_id), _input(place, number))
        if requests is not None:
            assert isinstance(requests, Draft), "a storage keeps what it received"
            os.replace(requests.path, _input(place, 0))
            sync_folder(place)

    async def unfinished(self) -> list[Job]:
        rows = await self.database.fetch(f"{self.SELECT} WHERE completed IS NULL ORDER BY number")
        return [self.job(row) for row in rows]

    async def claim(self, job_id: str) -> bool:
        return True  # there is no other gateway

    # --- requests and results ---------------------------------------------------------------------------------------

    async def requests(self, job: Job, most: int) -> AsyncGenerator[tuple[int, bytes | None, bool], None]:
        done, ends = bytearray(job.total), [0, 0]
        for line, failed, end in await self.database.fetch(
            "SELECT line, failed, ends FROM results WHERE job = $1", job.id
        ):
            done[line] = 1
            ends[failed] = max(ends[failed], end)
        place = self.folder.path("jobs", job.id)
        await anyio.to_thread.run_sync(_cut_tails, place, ends)
        inputs = (pieces_of(_input(place, part)) for part in range(max(len(job.inputs), 1)))
        return numbered(inputs, done, most)

    async def send(self, job: Job, number: int, sent: bool = True) -> None:
        add, forget = "INSERT OR IGNORE INTO sent VALUES ($1, $2)", "DELETE FROM sent WHERE job = $1 AND line = $2"
        await self.database.change(add if sent else forget, job.id, number)

    async def add(self, job: Job, line: Line) -> None:
        path = self.folder.path("jobs", job.id) / RESULTS[line.error is not None]

        def commit(connection: sqlite3.Connection, end: int) -> None:
            connection.execute(
                "INSERT INTO results VALUES (?, ?, ?, ?)", (job.id, line.number, line.error is not None, end)
            )
            if line.error is None:
                connection.execute("UPDATE jobs SET succeeded = succeeded + 1 WHERE id = ?", (job.id,))
                return
            (errors,) = connection.execute("SELECT errors FROM jobs WHERE id = ?", (job.id,)).fetchone()
            connection.execute(
                "UPDATE jobs SET failed = failed + 1, errors = ? WHERE id = ?",
                (_with_error(errors, line.error), job.id),
            )

        async def add() -> None:
            with needing_room():
                end = await anyio.to_thread.run_sync(_append, path, line.text)
            try:
                await self.database.run(functools.partial(commit, end=end))
            except BaseException:
                await anyio.to_thread.run_sync(os.truncate, path, end - len(line.text) - 1)
                raise

        await shielded(add())

    async def finish(self, job: Job, status: Status, at: int, reason: str | None = None) -> Job:
        def commit(connection: sqlite3.Connection, files: list[StoredFile | None]) -> Job:
            for file in filter(None, files):
                add_file(connection, file)
            (errors,) = connection.execute("SELECT errors FROM jobs WHERE id = ?", (job.id,)).fetchone()
            row = connection.execute(
                "UPDATE jobs SET status = ?, completed = ?, errors = ?, output_file = ?, error_file = ? WHERE id = ? "  # noqa: S608
                f"RETURNING {', '.join(self.COLUMNS)}",
                (
                    status,
                    at,
                    errors if reason is None else _with_error(errors, reason),
                    *(None if file is None else file.id for file in files),
                    job.id,
                ),
            ).fetchone()
            connection.execute("DELETE FROM results WHERE job = ?", (job.id,))
            connection.execute("DELETE FROM sent WHERE job = ?", (job.id,))
            return self.job(row)

        async def finish() -> Job:
            with needing_room():
                files = await anyio.to_thread.run_sync(self._publish, job, at)
            ended = await self.database.run(functools.partial(commit, files=files))
            await anyio.to_thread.run_sync(self.folder.remove, "jobs", job.id)
            return ended

        return await shielded(finish())

    def _publish(self, job: Job, at: int) -> list[StoredFile | None]:
        """Give the results a name among the files; the job keeps them, too, until that is written down."""
        place = self.folder.path("jobs", job.id)
        files: list[StoredFile | None] = []
        for name in RESULTS:
            path = place / name
            if not path.exists() or path.stat().st_size == 0:
                files.append(None)
                continue
            lines, digest = 0, hashlib.sha256()
            with open(path, "rb") as results:
                while piece := results.read(1 << 20):
                    digest.update(piece)
                    lines += piece.count(b"\n")
            file = job.result(name, at, path.stat().st_size, lines, digest.hexdigest())
            self.folder.keep(path, "files", file.id)
            files.append(file)
        return files


def _with_error(errors: str, message: str) -> str:
    counts = json.loads(errors)
    message = message if message in counts or len(counts) < _MESSAGES else _OTHERS
    return json.dumps(counts | {message: counts.get(message, 0) + 1})


# --- JSON lines ---------------------------------------------------------------------------------------------------


def _input(place: Path, number: int) -> Path:
    return place / f"input-{number}.jsonl"


def _append(path: Path, text: bytes) -> int:
    """Add a line to *path*, all of it or nothing; return where it ends."""
    number = open_to_append(path)
    try:
        start = os.fstat(number).st_size
        try:
            view = memoryview(text + b"\n")
            while view:
                view = view[os.write(number, view) :]
            sync_data(number)
        except BaseException:
            os.ftruncate(number, start)
            raise
        if start == 0:
            sync_folder(path.parent)
        return start + len(text) + 1
    finally:
        os.close(number)


def _cut_tails(place: Path, ends: list[int]) -> None:
    for name, end in zip(RESULTS, ends, strict=True):
        with suppress(FileNotFoundError):
            os.truncate(place / name, end)

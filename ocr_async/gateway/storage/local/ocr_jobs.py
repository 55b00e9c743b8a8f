"""Jobs of ``POST /v1/ocr/jobs``, in SQLite; `free` lets others do those of a process that is gone."""

from __future__ import annotations

import sqlite3

from ..ocr_jobs import OCRJobs


__all__ = ["SCHEMA", "FolderJobs", "free"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS ocr_jobs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    key TEXT,
    asked TEXT,
    request BLOB,
    document TEXT,
    holder TEXT,
    tries INTEGER NOT NULL DEFAULT 1,
    sent INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'running',
    pages_done INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    ended INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ocr_jobs_by_owner ON ocr_jobs (owner);
CREATE INDEX IF NOT EXISTS ocr_jobs_running ON ocr_jobs (holder) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS ocr_jobs_by_end ON ocr_jobs (ended) WHERE ended IS NOT NULL;
"""


class FolderJobs(OCRJobs):
    """See `storage.ocr_jobs.OCRJobs`."""

    TAKE = (
        "UPDATE ocr_jobs SET holder = $1, tries = tries + 1 WHERE id IN (SELECT id FROM ocr_jobs WHERE ended IS NULL "  # noqa: S608
        "AND (holder IS NULL OR holder = $1) AND id NOT IN (SELECT value FROM json_each($2)) LIMIT $3) "
        f"RETURNING {OCRJobs.RETURNED}"
    )


def free(connection: sqlite3.Connection, holder: str | None = None) -> None:
    """Let others do the jobs of *holder*, which is gone; None: all jobs, as nobody else is there."""
    connection.execute(
        "UPDATE ocr_jobs SET holder = NULL WHERE ended IS NULL AND holder = coalesce(?, holder)", (holder,)
    )

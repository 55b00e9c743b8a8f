"""What the ledger knows of the provider's batch jobs: a job is noted before it is made, so that none is paid twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from ..providers.batch_jobs import BatchJob
from .ledger import Ledger, PageRow


__all__ = ["fetched", "forget", "known", "note"]


def note(ledger: Ledger, job: BatchJob, items: Iterable[int] = ()) -> None:
    """Note how far *job* is, and the *items* that are read by it."""
    state = json.dumps({"id": job.id, "files": job.files, "ended": job.ended})
    with ledger.transaction(safe=True) as connection:
        connection.execute("INSERT OR REPLACE INTO batch_jobs VALUES (?, ?)", (job.token, state))
        connection.executemany("INSERT OR REPLACE INTO batch_items VALUES (?, ?)", [(i, job.token) for i in items])


def known(ledger: Ledger) -> list[tuple[BatchJob, list[int]]]:
    """Return the jobs that earlier runs left, each with the items that nobody has the pages of."""
    found = []
    with ledger.transaction() as connection:
        for token, state in connection.execute("SELECT token, state FROM batch_jobs ORDER BY token").fetchall():
            items = connection.execute("SELECT item FROM batch_items WHERE token = ? ORDER BY item", (token,))
            found.append((BatchJob(token=token, **json.loads(state)), [item for (item,) in items]))
    return found


def fetched(ledger: Ledger, job: BatchJob, rows: Sequence[PageRow], whole: Sequence[tuple[int, int]]) -> None:
    """
    Keep the pages that *job* read; its items are in no job then.

    Args:
        whole: Items that had not been counted, and how many pages each has.
    """
    with ledger.transaction(safe=True) as connection:
        connection.executemany("UPDATE items SET pages = ? WHERE id = ? AND pages IS NULL", [w[::-1] for w in whole])
        connection.executemany(
            "INSERT OR REPLACE INTO pages SELECT id, ?, ?, ? FROM items WHERE id = ? AND state != 'done'",
            ((row.number, row.body(), row.cost, row.item) for row in rows),
        )
        connection.execute("DELETE FROM batch_items WHERE token = ?", (job.token,))


def forget(ledger: Ledger, job: BatchJob) -> None:
    """Forget *job*, of which nothing is left at the provider."""
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM batch_items WHERE token = ?", (job.token,))
        connection.execute("DELETE FROM batch_jobs WHERE token = ?", (job.token,))

"""How a job stands, for whoever looks at its ledger, whoever works on it meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from . import schema
from .reporting.samples import Samples


__all__ = ["STATES", "Standing"]

STATES = ("done", "partial", "failed", "dead", "pending", "running")


class Standing:
    """What the ledger of a job tells; its methods block."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def look(cls, out: Path) -> Standing:
        """
        Look at the job in *out*.

        Raises:
            ConfigurationError: There is none, or it is of a newer version.
        """
        return Standing(schema.connect(out, make=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def settings(self) -> Mapping[str, Any]:
        """Return what the job was begun with."""
        return {name: json.loads(value) for name, value in self._connection.execute("SELECT * FROM settings")}

    def counts(self) -> dict[str, int]:
        """Return how many inputs are in each state."""
        found = dict(self._connection.execute("SELECT state, count(*) FROM documents GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in STATES}

    def total(self) -> int:
        """Return how many inputs there are."""
        return int(self._connection.execute("SELECT count(*) FROM inputs").fetchone()[0])

    def has(self, path: str) -> bool:
        """Whether *path* is one of its inputs."""
        return (
            self._connection.execute("SELECT 1 FROM inputs WHERE path = ?", (os.fsencode(path),)).fetchone() is not None
        )

    def duplicates(self) -> int:
        """Return how many inputs have the content of another one."""
        query = "SELECT count(item) - count(DISTINCT item) FROM inputs"
        return int(self._connection.execute(query).fetchone()[0])

    def spend(self) -> tuple[float, int, bool]:
        """Return the US dollars spent, the pages they were spent on, and whether the price of some is unknown."""
        done, count, unknown = self._connection.execute(
            "SELECT coalesce(sum(cost), 0), coalesce(sum(pages), 0), count(*) > count(cost) FROM items "
            "WHERE state = 'done'"
        ).fetchone()
        kept, more, others = self._connection.execute(
            "SELECT coalesce(sum(cost), 0), count(*), count(*) > count(cost) FROM pages"
        ).fetchone()
        return done + kept, count + more, bool(unknown or others)

    def in_batch_jobs(self) -> tuple[int, int]:
        """Return how many batch jobs there are at the provider, and how many items they have been given."""
        jobs, items = self._connection.execute(
            "SELECT (SELECT count(*) FROM batch_jobs), (SELECT count(*) FROM batch_items)"
        ).fetchone()
        return int(jobs), int(items)

    def undelivered(self) -> tuple[int, float]:
        """Return the pages that are paid for and in no result, and the US dollars that they cost."""
        count, cost = self._connection.execute(
            "SELECT count(*), coalesce(sum(pages.cost), 0) FROM pages JOIN items ON items.id = pages.item "
            "WHERE items.state NOT IN ('done', 'partial')"
        ).fetchone()
        return count + int(self._note("forgotten_pages", 0)), cost + float(self._note("forgotten_cost", 0.0))

    def deaths(self) -> tuple[int, int]:
        """Return how many runs died with pages in flight, and how many pages that were in all, at most."""
        return int(self._note("deaths", 0)), int(self._note("in_flight_at_deaths", 0))

    def samples(self) -> Samples:
        """Return how fast it went."""
        return Samples.from_text(self._note("samples", None))

    def _note(self, name: str, default: Any) -> Any:
        row = self._connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return default if row is None else row[0]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what is known of each input, in their order."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(
                "SELECT path, stem, state, pages, cost, coalesce(error, cause), missing, published, size, "
                "(SELECT first.path FROM inputs AS first WHERE first.item = documents.item "
                " AND first.position < documents.position ORDER BY first.position LIMIT 1) "
                "FROM documents ORDER BY position"
            )
            names = ("path", "stem", "state", "pages", "cost", "cause", "missing", "published", "size", "duplicate_of")
            for row in cursor:
                yield {"document": row[0].decode(errors="backslashreplace"), **dict(zip(names, row, strict=True))}

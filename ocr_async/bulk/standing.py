"""How a job stands, for whoever looks at its ledger, whoever works on it meanwhile."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from . import schema


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
                yield dict(zip(names, row, strict=True))

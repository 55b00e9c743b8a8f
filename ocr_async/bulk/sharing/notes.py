"""What the ledger of one machine learns of documents that another one read, and what it tells of its own."""

from __future__ import annotations

from typing import Any

from ..inputs import Input
from ..ledger import Ledger
from ..store.port import Facts
from .leases import Record


__all__ = ["fates", "note"]


def note(ledger: Ledger, given: Input, record: Record, facts: Facts | None) -> None:
    """Note what became of an input on another machine, as an item of its own: its content was not looked at here."""
    with ledger.transaction(safe=True) as connection:
        key = f"elsewhere {given.position}"
        connection.execute("INSERT INTO items (key) VALUES (?) ON CONFLICT DO NOTHING", (key,))
        connection.execute(
            "UPDATE items SET state = ?, pages = ?, cost = ?, missing = ?, cause = ? WHERE key = ?",
            (record.state, record.pages, record.cost, record.missing, record.cause, key),
        )
        connection.execute(
            "UPDATE inputs SET item = (SELECT id FROM items WHERE key = ?), size = ?, mtime = ?, stale = 0, "
            "error = NULL, published = ? WHERE position = ?",
            (key, facts and facts.size, facts and facts.stamp, record.state in {"done", "partial"}, given.position),
        )


def fates(ledger: Ledger, position: int) -> list[dict[str, Any]]:
    """Return what became of an input, and of all others of its content; what they cost is said once."""
    with ledger.transaction() as connection:
        rows = connection.execute(
            "SELECT position, state, size, mtime, pages, cost, missing, coalesce(error, cause), "
            "position > (SELECT min(position) FROM inputs AS first WHERE first.item = documents.item) "
            "FROM documents WHERE position = ? OR item = (SELECT item FROM inputs WHERE position = ?)",
            (position, position),
        ).fetchall()
    names = ("position", "state", "size", "stamp", "pages", "cost", "missing", "cause")
    return [{**dict(zip(names, row, strict=False)), **({"cost": 0.0} if row[-1] else {})} for row in rows]

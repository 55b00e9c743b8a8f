"""What one gateway holds of a table of the database, as long as its lease lasts; then it is anybody's."""

from __future__ import annotations


__all__ = ["claiming", "free"]


def free(me: int) -> str:
    """Return the condition that nobody else holds a row; parameter *me* is the process that asks."""
    return f"(holder IS NULL OR holder = ${me} OR NOT ocr_async.lives(holder))"


def claiming(table: str, where: str, *, most: int | None = None, also: str = "", returning: str = "id") -> str:
    """
    Return the statement by which process $1 takes the rows of *table* that nobody else holds.

    Where another gateway is claiming one, too, one of them does not wait, and leaves it to the other.

    Args:
        where: Which rows, with parameters from $2 on.

        most: The parameter that says how many; None: all.

        also: What else is set.
    """
    limit = "" if most is None else f" LIMIT ${most}"
    found = f"SELECT id FROM ocr_async.{table} WHERE {free(1)} AND {where}{limit} FOR UPDATE SKIP LOCKED"  # noqa: S608
    return f"UPDATE ocr_async.{table} SET holder = $1{also} WHERE id = ANY(ARRAY({found})) RETURNING {returning}"  # noqa: S608

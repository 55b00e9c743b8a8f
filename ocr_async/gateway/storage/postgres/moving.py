"""Takes over the keys of a folder and what they spent, in one transaction: all of it is there, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import astuple, frozen

from ....errors import ConfigurationError
from ..accounts import AliasTaken, SpendRow
from ..local.accounts import StoredKey
from . import settings
from .connection import Database


__all__ = ["Moved", "take_over"]

_KEYS = (
    "INSERT INTO ocr_async.keys (id, digest, alias, tail, facts, created, revoked) "
    "VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7) ON CONFLICT (id) DO NOTHING"
)
_REVOKE = "UPDATE ocr_async.keys SET revoked = $2 WHERE id = $1 AND revoked IS NULL"
_TAKEN = (
    "SELECT alias FROM ocr_async.keys "
    "WHERE id <> ALL($1) AND (digest = ANY($2) OR (revoked IS NULL AND alias = ANY($3))) ORDER BY alias"
)
# What was taken over before is subtracted; the sum of a present period is made anew by the next request.
_SPEND = """
WITH fresh AS (
    SELECT g.requests - coalesce(m.requests, 0) AS requests, g.pages - coalesce(m.pages, 0) AS pages,
           g.usd - coalesce(m.usd, 0) AS usd
    FROM (VALUES ($1::text, $3::text, $4::text, $5::bigint, $6::bigint, $7::double precision))
        AS g (key_id, model, day, requests, pages, usd)
    LEFT JOIN ocr_async.moved AS m USING (key_id, model, day)
), noted AS (
    INSERT INTO ocr_async.moved (key_id, model, day, requests, pages, usd) VALUES ($1, $3, $4, $5, $6, $7)
    ON CONFLICT (key_id, model, day) DO UPDATE
        SET requests = excluded.requests, pages = excluded.pages, usd = excluded.usd
), anew AS (
    UPDATE ocr_async.usage SET period = 'new' WHERE key_id = $1
)
INSERT INTO ocr_async.spend AS s (key_id, alias, model, day, requests, pages, usd)
    SELECT $1, $2, $3, $4, requests, pages, usd FROM fresh WHERE requests > 0
ON CONFLICT (key_id, model, day) DO UPDATE SET requests = s.requests + excluded.requests,
    pages = s.pages + excluded.pages, usd = s.usd + excluded.usd
RETURNING 1
"""
_AT_ONCE = 1000  # rows, or a statement of many would take longer than an answer may


@frozen(kw_only=True)
class Moved:
    """
    What was taken over.

    Attributes:
        keys: That were not there.

        known: That were, and stay as they are there.

        pages: Spent, that were not counted there; so are `usd`.
    """

    keys: int
    known: int
    pages: int
    usd: float


async def take_over(database: Database, keys: Sequence[StoredKey], spend: Sequence[SpendRow]) -> Moved:
    """
    Add *keys* that are not there, revoke those that were revoked meanwhile, and add what was spent since the last time.

    Raises:
        AliasTaken: Another key there has an alias of theirs; nothing was moved.

        StorageUnavailable: It could not be done; nothing was moved.
    """
    import asyncpg

    ids = [key.id for key in keys]
    sums = "SELECT coalesce(sum(pages), 0)::bigint AS pages, coalesce(sum(usd), 0) AS usd FROM ocr_async.moved"
    try:
        async with database.transaction() as connection:
            await connection.execute("LOCK TABLE ocr_async.moved IN EXCLUSIVE MODE")  # one such command at a time
            known = await connection.fetchval("SELECT count(*) FROM ocr_async.keys WHERE id = ANY($1)", ids)
            in_use = [key.alias for key in keys if key.revoked is None]
            taken = await connection.fetch(_TAKEN, ids, [key.digest for key in keys], in_use)
            if taken:
                raise AliasTaken(_refused([row["alias"] for row in taken]))
            await connection.executemany(_REVOKE, [(key.id, key.revoked) for key in keys if key.revoked is not None])
            for start in range(0, len(keys), _AT_ONCE):
                await connection.executemany(_KEYS, [astuple(key) for key in keys[start : start + _AT_ONCE]])
            before = await connection.fetchrow(sums)
            for start in range(0, len(spend), _AT_ONCE):
                await connection.executemany(_SPEND, [_values(row) for row in spend[start : start + _AT_ONCE]])
            after = await connection.fetchrow(sums)
            await connection.execute(settings.CHANGED)
    except asyncpg.UniqueViolationError as error:
        raise ConfigurationError("keys were made or changed meanwhile, and nothing was moved: try again") from error
    return Moved(
        keys=len(ids) - known, known=known, pages=after["pages"] - before["pages"], usd=after["usd"] - before["usd"]
    )


def _values(row: SpendRow) -> tuple[Any, ...]:
    return row.key_id, row.alias, row.model, row.day, row.requests, row.pages, row.usd


def _refused(aliases: Sequence[str]) -> str:
    shown = ", ".join(f'"{alias}"' for alias in aliases[:10]) + (" …" if len(aliases) > 10 else "")
    return f"the database has other keys called {shown}; nothing was moved: rename or revoke them on either side first"

"""Keys and what they spent, in PostgreSQL; the keys themselves are nowhere, only their SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field

from ...periods import day_of, start_of
from ..accounts import AliasTaken, Charge, Key, KeyGone, Spent
from ..queries import KeyRows
from . import settings
from .connection import Database
from .files import PostgresFiles
from .limits import Ledger


__all__ = ["PostgresAccounts"]


@define(eq=False)
class PostgresAccounts(KeyRows[Database]):
    """
    See `storage.accounts.Accounts`.

    Attributes:
        limits: None where no gateway runs, as for ``ocr-async keys``.
    """

    ORDER = "created, number"
    FACTS, CHANGED_FACTS = "jsonb_strip_nulls({}::jsonb)", "jsonb_strip_nulls(facts || {}::jsonb)"
    limits: Ledger | None
    files: PostgresFiles | None  # which are told what signs their addresses
    _version: int = field(default=-1, init=False)

    # --- keys -------------------------------------------------------------------------------------------------------

    async def _write(self, alias: str | None, statement: str, *values: Any) -> Key:
        import asyncpg

        try:
            async with self.database.transaction() as connection:
                row = await connection.fetchrow(f"{statement} RETURNING {self.COLUMNS}", *values)
                await connection.execute(settings.CHANGED)
        except asyncpg.UniqueViolationError:
            raise AliasTaken.by_another(alias) from None
        if row is None:
            raise KeyGone
        return Key.of_row(*row)

    async def revoke(self, key_ids: Sequence[str], now: float) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(
                "UPDATE ocr_async.keys SET revoked = $2 WHERE id = ANY($1) AND revoked IS NULL", list(key_ids), now
            )
            await connection.execute(settings.CHANGED)

    async def replace_secret(self) -> None:
        await settings.replace_secret(self.database)

    # --- spend ------------------------------------------------------------------------------------------------------

    async def totals(self, keys: Iterable[Key], now: float) -> Mapping[str, Spent]:
        start = {key.id: start_of(key.budget_period, now) for key in keys}
        left = [] if self.limits is None else self.limits.unsettled
        rows = await self.database.fetch(
            "SELECT key_id, sum(pages)::bigint, sum(usd) FROM ocr_async.spend "
            "JOIN unnest($1::text[], $2::text[]) AS wanted (id, since) ON key_id = id AND day >= since GROUP BY key_id",
            list(start), list(start.values()),
        )  # fmt: skip
        found = {key_id: Spent(pages=pages, usd=usd) for key_id, pages, usd in rows}
        for charge in left:
            if charge.key.id in start and day_of(charge.at) >= start[charge.key.id]:
                spent = found.setdefault(charge.key.id, Spent())
                spent.pages, spent.usd = spent.pages + charge.pages, spent.usd + charge.usd
        return found

    async def start(self) -> None:
        """Do nothing: what was answered is in the database."""

    def record(self, charge: Charge) -> None:
        assert self.limits is not None, "a gateway runs"
        self.limits.record(charge)

    async def settled(self) -> None:
        if self.limits is not None:
            await self.limits.flushed()

    async def look(self) -> tuple[list[Key], Mapping[str, Spent]] | None:
        await self.settled()
        (version,) = await self.database.row("SELECT version FROM ocr_async.changes")
        if version == self._version:
            return None
        keys = await self.in_use()
        if self.files is not None:
            self.files.signing = await settings.signing(self.database)
        self._version = version
        return keys, {}  # the database knows what they spent, and decides by it

"""Keys and what they spent, in PostgreSQL; the keys themselves are nowhere, only their SHA-256."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from attrs import define, field, fields

from ...periods import day_of, start_of
from ..accounts import AliasTaken, Charge, Key, KeyGone, SpendRow, Spent, digest, new_text
from . import settings
from .connection import Database
from .files import PostgresFiles
from .limits import Ledger


__all__ = ["PostgresAccounts"]

_COLUMNS = "id, digest, alias, tail, facts, created"
_IN_USE = f"SELECT {_COLUMNS} FROM ocr_async.keys WHERE revoked IS NULL"  # noqa: S608 - names of our own columns


@define(eq=False)
class PostgresAccounts:
    """
    See `storage.accounts.Accounts`.

    Attributes:
        limits: None where no gateway runs, as for ``ocr-async keys``.
    """

    database: Database
    limits: Ledger | None
    files: PostgresFiles | None  # which are told what signs their addresses
    _version: int = field(default=-1, init=False)

    # --- keys -------------------------------------------------------------------------------------------------------

    async def create(self, alias: str, now: float, **facts: Any) -> tuple[str, Key]:
        text = new_text()
        row = await self._write(
            alias,
            "INSERT INTO ocr_async.keys (id, digest, alias, tail, facts, created) "  # noqa: S608
            f"VALUES ($1, $2, $3, $4, jsonb_strip_nulls($5::jsonb), $6) RETURNING {_COLUMNS}",
            uuid4().hex, digest(text), alias, text[-4:], json.dumps(facts), now,
        )  # fmt: skip
        return text, Key.of_row(*row)

    async def update(self, key_id: str, alias: str | None, **facts: Any) -> Key:
        row = await self._write(
            alias,
            "UPDATE ocr_async.keys SET alias = coalesce($2, alias), "  # noqa: S608 - names of our own columns
            "facts = jsonb_strip_nulls(facts || $3::jsonb) "
            f"WHERE id = $1 AND revoked IS NULL RETURNING {_COLUMNS}",
            key_id, alias, json.dumps(facts),
        )  # fmt: skip
        if row is None:
            raise KeyGone
        return Key.of_row(*row)

    async def _write(self, alias: str | None, statement: str, *values: Any) -> Any:
        import asyncpg

        try:
            async with self.database.transaction() as connection:
                row = await connection.fetchrow(statement, *values)
                await connection.execute(settings.CHANGED)
        except asyncpg.UniqueViolationError:
            raise AliasTaken.by_another(alias) from None
        return row

    async def revoke(self, key_ids: Sequence[str], now: float) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(
                "UPDATE ocr_async.keys SET revoked = $2 WHERE id = ANY($1) AND revoked IS NULL", list(key_ids), now
            )
            await connection.execute(settings.CHANGED)

    async def find(
        self, *, key_id: str | None = None, digest: bytes | None = None, alias: str | None = None
    ) -> Key | None:
        for column, value in (("id", key_id), ("digest", digest), ("alias", alias)):
            if value is None or (isinstance(value, str) and not _storable(value)):
                continue
            if (row := await self.database.row(f"{_IN_USE} AND {column} = $1", value)) is not None:
                return Key.of_row(*row)
        return None

    async def in_use(self) -> list[Key]:
        return [Key.of_row(*row) for row in await self.database.fetch(f"{_IN_USE} ORDER BY created, number")]

    async def replace_secret(self) -> None:
        await settings.replace_secret(self.database)

    # --- spend ------------------------------------------------------------------------------------------------------

    async def spend(self) -> list[SpendRow]:
        names = ", ".join(one.name for one in fields(SpendRow))
        rows = await self.database.fetch(f"SELECT {names} FROM ocr_async.spend ORDER BY alias, day, model")  # noqa: S608
        return [SpendRow(*row) for row in rows]

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


def _storable(text: str) -> bool:
    """Whether PostgreSQL can have *text*, which a client may have made up."""
    return "\0" not in text and text.isprintable()

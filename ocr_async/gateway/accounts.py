"""Carries keys from their file to `Access`, and what was spent back, while the gateway runs."""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from attrs import define

from .access import Access, Charge, Key, Spent
from .keys import KeyStore, SpendRow, day_of
from .local.sqlite import Database
from .log import event


__all__ = ["accounts"]

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 1.0  # seconds between two looks; what was spent in it is lost if the process is killed


@asynccontextmanager
async def accounts(access: Access, database: Database) -> AsyncIterator[None]:
    """Keep *access* and the keys in *database* in step within the block; without a master key there are none."""
    if access.master is None:
        yield
        return
    keeper = _Keeper(database, access)
    await keeper.look()
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await keeper.look()


@define(eq=False)
class _Keeper:
    database: Database
    access: Access
    version: int = -1

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            # A look is never given up halfway, or its charges would be written twice or never.
            await asyncio.shield(asyncio.ensure_future(self.look()))

    async def look(self) -> None:
        """Write down what was spent, and read the keys if another process changed them."""
        charges, self.access.charges = self.access.charges, []
        try:
            if charges:
                await self.database.run(functools.partial(_add, rows=_rows(charges)))
                charges = []
            version = await self.database.run(lambda connection: KeyStore(connection).version())
            if version != self.version:
                self.access.agree(*await self.database.run(_read))
                self.version = version
        except sqlite3.Error as error:
            self.access.charges[:0] = charges  # for the next time
            event(_LOG, logging.ERROR, "keys_unavailable", error_type=type(error).__name__)


def _add(connection: sqlite3.Connection, rows: Sequence[SpendRow]) -> None:
    KeyStore(connection).add(rows)


def _read(connection: sqlite3.Connection) -> tuple[list[Key], Mapping[str, Spent]]:
    store = KeyStore(connection)
    return store.in_use(), store.totals()


def _rows(charges: list[Charge]) -> list[SpendRow]:
    day = day_of(time.time())
    alike: dict[tuple[str, str, str], list[Charge]] = {}
    for one in charges:
        alike.setdefault((one.key.id, one.key.alias, one.model), []).append(one)
    return [
        SpendRow(
            key_id=key_id,
            alias=alias,
            model=model,
            day=day,
            requests=len(some),
            pages=sum(one.pages for one in some),
            usd=sum(one.usd for one in some),
        )
        for (key_id, alias, model), some in alike.items()
    ]

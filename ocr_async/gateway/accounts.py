"""Carries keys from their file to `Access`, and what was spent back, while the gateway runs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import anyio.to_thread
from attrs import define

from ..errors import ConfigurationError
from .access import Access, Charge, Key, Spent
from .config import Config
from .keys import KeyStore, SpendRow, day_of
from .log import event


__all__ = ["accounts"]

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 1.0  # seconds between two looks; what was spent in it is lost if the process is killed


@asynccontextmanager
async def accounts(config: Config, access: Access) -> AsyncIterator[None]:
    """
    Keep *access* and the file of keys in step within the block; without a master key there are none.

    Raises:
        ConfigurationError: The file cannot be opened.
    """
    if config.master_key is None:
        yield
        return
    keeper = _Keeper(await anyio.to_thread.run_sync(KeyStore, config.data), access)
    await keeper.look()
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await keeper.look()
        await anyio.to_thread.run_sync(keeper.store.close)


@define(eq=False)
class _Keeper:
    store: KeyStore
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
                await anyio.to_thread.run_sync(self.store.add, _rows(charges))
                charges = []
            version = await anyio.to_thread.run_sync(self.store.version)
            if version != self.version:
                self.access.agree(*await anyio.to_thread.run_sync(self._read))
                self.version = version
        except (sqlite3.Error, ConfigurationError) as error:
            self.access.charges[:0] = charges  # for the next time
            event(_LOG, logging.ERROR, "keys_unavailable", error_type=type(error).__name__)

    def _read(self) -> tuple[list[Key], Mapping[str, Spent]]:
        return self.store.in_use(), self.store.totals()


def _rows(charges: list[Charge]) -> list[SpendRow]:
    day = day_of(time.time())
    return [
        SpendRow(
            key_id=one.key.id,
            alias=one.key.alias,
            model=one.model,
            day=day,
            requests=1,
            pages=one.pages,
            usd=one.usd,
        )
        for one in charges
    ]

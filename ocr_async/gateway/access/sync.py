"""Carries keys from the storage to `Access`, and what was spent back, while the gateway runs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from attrs import define, field

from ..._tasks import beside, shielded
from ..operating.log import event
from ..storage.accounts import Accounts
from ..storage.failures import StorageUnavailable
from ..storage.port import Storage
from .control import Access


__all__ = ["KeySync", "accounts"]

T = TypeVar("T")

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 1.0  # seconds between two looks


@asynccontextmanager
async def accounts(
    access: Access, storage: Storage, tell: Callable[[], Awaitable[object]] | None = None, *, recorded: bool = True
) -> AsyncIterator[KeySync | None]:
    """
    Keep *access* and the keys in *storage* in step within the block; without a master key there are none.

    Args:
        tell: Has the other processes of the gateway look at keys that were changed here; returns when they have.

        recorded: False in a process that has limits and spend kept by another.
    """
    if access.master is None:
        yield None
        return
    keeper = KeySync(storage.accounts, access, tell)
    if recorded:
        await storage.accounts.start()
    await keeper.look()
    if recorded:
        access.record = storage.accounts.record
    try:
        async with beside(keeper.run()):
            yield keeper
    finally:
        if recorded:
            await keeper.look()


@define(eq=False)
class KeySync:
    """
    Carries keys one way and has spend written down.

    Attributes:
        tell: Called when keys were changed here; None where there is one process.
    """

    accounts: Accounts
    access: Access
    tell: Callable[[], Awaitable[object]] | None = None
    looking: asyncio.Lock = field(factory=asyncio.Lock)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            # A look is never given up halfway, or its rows would be written twice.
            await asyncio.shield(asyncio.ensure_future(self.look()))

    async def look(self) -> None:
        """Write down what was spent, and read the keys if they have changed."""
        async with self.looking:
            try:
                if (found := await self.accounts.look()) is not None:
                    self.access.agree(*found)
            except (sqlite3.Error, OSError, StorageUnavailable) as error:
                event(_LOG, logging.ERROR, "keys_unavailable", error_type=type(error).__name__)

    async def change(self, work: Coroutine[Any, Any, T]) -> T:
        """
        Return what *work*, which changes keys, comes to, once that counts here.

        Raises:
            StorageUnavailable, sqlite3.Error: It could not be done.
        """
        done = await work
        await shielded(self._changed())
        return done

    async def _changed(self) -> None:
        await self.look()
        if self.tell is not None:
            await self.tell()

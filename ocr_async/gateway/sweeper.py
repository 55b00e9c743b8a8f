"""Deletes what has expired, every few minutes while a gateway runs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from .log import event
from .storage import Storage


__all__ = ["sweeping"]

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 300.0  # seconds; what has expired is not given out in the meantime


@asynccontextmanager
async def sweeping(storage: Storage, every: float = EVERY) -> AsyncIterator[None]:
    """Sweep *storage* within the block."""
    task = asyncio.create_task(_sweep(storage, every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep(storage: Storage, every: float) -> None:
    while True:
        try:
            if gone := await storage.sweep(int(time.time())):
                event(_LOG, logging.INFO, "swept", count=gone)
        except (sqlite3.Error, OSError) as error:
            event(_LOG, logging.ERROR, "sweep_failed", error_type=type(error).__name__)
        await asyncio.sleep(every)

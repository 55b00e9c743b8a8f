"""Deletes what has expired, every few minutes while a gateway runs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time

from ..operating.log import event
from .failures import StorageUnavailable
from .port import Storage


__all__ = ["sweep"]

_LOG = logging.getLogger("ocr_async.gateway")

EVERY = 300.0  # seconds; what has expired is not given out in the meantime


async def sweep(storage: Storage, every: float = EVERY) -> None:
    """Sweep *storage* until this is cancelled."""
    while True:
        try:
            if gone := await storage.sweep(int(time.time())):
                event(_LOG, logging.INFO, "swept", count=gone)
        except (sqlite3.Error, OSError, StorageUnavailable) as error:
            event(_LOG, logging.ERROR, "sweep_failed", error_type=type(error).__name__)
        await asyncio.sleep(every)

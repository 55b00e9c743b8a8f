"""The lease of this gateway among those that share a database: what it holds is its own as long as it renews it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

from attrs import define, field

from ...operating.log import event
from ..failures import StorageUnavailable
from .connection import Database


__all__ = ["LEASE", "Process"]

_LOG = logging.getLogger("ocr_async.gateway")

LEASE = 15.0  # seconds
_BURIED = timedelta(hours=1)  # after the end of its lease, what a process held is deleted; one that slept comes back


@define(eq=False)
class Process:
    """
    Attributes:
        id: Another one after an hour in which nothing could be renewed, as what was held is gone by then.
    """

    database: Database
    lease: float
    id: UUID = field(factory=uuid4)

    async def begin(self) -> None:
        """Take the lease."""
        name = f"{socket.gethostname()}:{os.getpid()}"
        await self.database.change(
            "INSERT INTO ocr_async.processes (id, name, until) VALUES ($1, $2, now() + $3)",
            self.id, name, timedelta(seconds=self.lease),
        )  # fmt: skip

    async def run(self) -> None:
        """Renew it until this is cancelled."""
        while True:
            await asyncio.sleep(self.lease / 5)
            try:
                await self.renew()
            except StorageUnavailable as error:
                event(_LOG, logging.ERROR, "lease_not_renewed", error_type=type(error).__name__)

    async def renew(self) -> None:
        """Renew it once."""
        renewed = await self.database.change(
            "UPDATE ocr_async.processes SET until = now() + $2 WHERE id = $1 RETURNING id",
            self.id, timedelta(seconds=self.lease),
        )  # fmt: skip
        if not renewed:
            self.id = uuid4()
            await self.begin()

    async def bury(self) -> None:
        """Delete what processes held that are long gone."""
        await self.database.change(
            "WITH gone AS (DELETE FROM ocr_async.processes WHERE until < now() - $1::interval RETURNING id), "
            "shared AS (DELETE FROM ocr_async.shares WHERE process IN (SELECT id FROM gone)) "
            "DELETE FROM ocr_async.holds WHERE process IN (SELECT id FROM gone)",
            _BURIED,
        )

    async def end(self) -> None:
        """Give it back, with all that is held, so that others need not wait."""
        with suppress(StorageUnavailable):
            await self.database.change(
                "WITH gone AS (DELETE FROM ocr_async.processes WHERE id = $1), "
                "shared AS (DELETE FROM ocr_async.shares WHERE process = $1) "
                "DELETE FROM ocr_async.holds WHERE process = $1",
                self.id,
            )

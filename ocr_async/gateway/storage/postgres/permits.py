"""Permits of deployments, for all gateways of a database (``lease_permits`` of the migrations has the arithmetic)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import asdict, define

from ..permits import KEPT, SLOT, PermitsAsked, PermitsGiven
from .connection import Database
from .process import Process


__all__ = ["PostgresPermits"]

_LEASE = "SELECT * FROM ocr_async.lease_permits($1, $2, $3, $4)"


@define(eq=False)
class PostgresPermits:
    """See `storage.permits.Permits`."""

    database: Database
    process: Process

    async def lease(self, asked: Sequence[PermitsAsked]) -> tuple[int, Sequence[PermitsGiven]]:
        facts = json.dumps([{"n": number, **asdict(one)} for number, one in enumerate(asked)])
        processes, given = 1, [PermitsGiven()] * len(asked)
        for row in await self.database.change(_LEASE, self.process.id, facts, KEPT, SLOT):
            processes = row["processes"]
            if row["n"] is not None:
                given[row["n"]] = PermitsGiven(
                    starts=row["starts"], second=row["second"], delay=row["delay"], held=row["held"], fair=row["fair"]
                )
        return processes, given

"""Permits of deployments, for all gateways of a database (``lease`` of the migrations has the arithmetic)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import asdict, define, fields

from ..permits import KEPT, SLOT, PermitsAsked, PermitsGiven
from .connection import Database
from .process import Process


__all__ = ["PostgresPermits"]

_LEASE = "SELECT * FROM ocr_async.lease($1, $2, $3, $4)"


@define(eq=False)
class PostgresPermits:
    """See `storage.permits.Permits`."""

    database: Database
    process: Process

    async def lease(self, asked: Sequence[PermitsAsked]) -> tuple[int, Sequence[PermitsGiven]]:
        facts = json.dumps([{"n": number, "limited": one.limited, **asdict(one)} for number, one in enumerate(asked)])
        processes, given = 1, [PermitsGiven()] * len(asked)
        for row in await self.database.change(_LEASE, self.process.id, facts, KEPT, SLOT):
            if row["n"] is None:
                processes = row["processes"]
            else:
                given[row["n"]] = PermitsGiven(**{one.name: row[one.name] for one in fields(PermitsGiven)})
        return processes, given

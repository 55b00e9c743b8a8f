"""
What a worker asks the coordinator for instead of keeping it itself: the limits of keys, and who works on a request with
an Idempotency-Key.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager

from attrs import define, field, frozen

from ..access.control import ANYONE, Demand, Key, Reservation, Spent
from ..http_errors import HTTPError
from .link import Link


__all__ = ["CoordinatedLimits", "SharedClaims"]


@define(eq=False)
class CoordinatedLimits:
    """
    See `access.limits.Limits`.

    What a key without limits asks for is not asked about before, only told after. Requests are numbered here, so that
    one whose caller leaves while it is asked about can be counted out all the same: messages keep their order.
    """

    link: Link
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1), init=False)

    @asynccontextmanager
    async def admit(self, key: Key, model: str, demand: Demand) -> AsyncIterator[Reservation]:
        number = 0
        reservation = Reservation(pages=demand.pages or demand.most, usd=0.0, at=0.0, rate=0)
        try:
            if key.limited:
                number = next(self._numbers)
                pages, usd = await self.link.call(
                    "admit", number, key.id, model, demand.pages, demand.most, demand.price
                )
                reservation = Reservation(pages=pages, usd=usd, at=0.0, rate=0)
            yield reservation
        finally:
            came = reservation.charged
            if came is None:
                if number:
                    self.link.tell("end", number)
            elif key.id != ANYONE.id:
                # before the answer goes: what a client has is charged, whoever is killed
                await self.link.call("charge", number, key.id, key.alias, model, came.pages, came.usd)

    @asynccontextmanager
    async def counting(self, key: Key, price: float | None) -> AsyncIterator[None]:
        number = next(self._numbers)
        try:
            await self.link.call("count", number, key.id, price)
            yield
        finally:
            self.link.tell("end", number)

    async def spent(self, keys: Iterable[Key]) -> Mapping[str, Spent]:
        found = await self.link.call("spent", [key.id for key in keys])
        return {key_id: Spent(pages=pages, usd=usd) for key_id, (pages, usd) in found.items()}


@frozen(eq=False)
class SharedClaims:
    """See `idempotency.in_flight.Claims`."""

    link: Link

    async def take(self, owner: str, key: str, fingerprint: str) -> bool:
        return bool(await self.link.call("claim", owner, key, fingerprint))

    def give(self, owner: str, key: str, error: HTTPError | None = None) -> None:
        facts = None if error is None else (error.status, error.message, error.code, error.param, error.retry_after)
        self.link.tell("give", owner, key, facts)

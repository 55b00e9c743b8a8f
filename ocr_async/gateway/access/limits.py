"""
Where limits of keys are kept: a port, as one process asks its own `Access` and one of several has to ask another, or
the storage that all of them share.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from types import TracebackType
from typing import Protocol, TypeVar

from attrs import frozen

from ..http_errors import HTTPError
from ..storage.accounts import Accounts, KeyGone, SharedLimits
from .control import Access, Charge, Demand, Key, Reservation, Spent
from .refusals import refuse_beyond_limits


__all__ = ["Limits", "OwnLimits", "StorageLimits"]

T = TypeVar("T")


class Limits(Protocol):
    """The limits of keys, and what they spent; what each does says `Access`."""

    def admit(self, key: Key, model: str, demand: Demand) -> AbstractAsyncContextManager[Reservation]:
        """Hold back what a request of *key* may come to, and add what it came to, however the block ends."""
        ...

    def counting(self, key: Key, price: float | None) -> AbstractAsyncContextManager[None]:
        """Count a request of *key* among those at once while its document is looked at."""
        ...

    async def spent(self, keys: Iterable[Key]) -> Mapping[str, Spent]:
        """Return by its id what each of *keys* spent in its present period, or ever."""
        ...


@frozen(eq=False)
class OwnLimits:
    """The limits of a process that serves alone."""

    access: Access

    def admit(self, key: Key, model: str, demand: Demand) -> AbstractAsyncContextManager[Reservation]:
        return _Awaited(self.access.admit(key, model, demand))

    def counting(self, key: Key, price: float | None) -> AbstractAsyncContextManager[None]:
        return _Awaited(self.access.counting(key, price))

    async def spent(self, keys: Iterable[Key]) -> Mapping[str, Spent]:
        return {key.id: self.access.spent(key) for key in keys}


class _Awaited(AbstractAsyncContextManager[T]):
    """A block that waits for nothing, where one that waits is asked for; a generator costs each request more."""

    __slots__ = ("_block",)

    def __init__(self, block: AbstractContextManager[T]) -> None:
        self._block = block

    async def __aenter__(self) -> T:
        return self._block.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return self._block.__exit__(kind, error, traceback)


@frozen(eq=False)
class StorageLimits:
    """The limits that all gateways of a storage share; keys without limits cost it nothing before they are answered."""

    access: Access
    accounts: Accounts
    shared: SharedLimits

    @asynccontextmanager
    async def admit(self, key: Key, model: str, demand: Demand) -> AsyncIterator[Reservation]:
        if not key.limited:
            try:
                with self.access.admit(key, model, demand) as reservation:
                    yield reservation
            finally:
                await self.accounts.settled()
            return
        reservation = await self._reserve(key, demand)
        try:
            yield reservation
        finally:
            came, charge = reservation.charged, None
            if came is not None:
                charge = Charge(key=key, model=model, pages=came.pages, usd=came.usd, at=self.access.today())
            await self.shared.settle(key, reservation, charge)

    @asynccontextmanager
    async def counting(self, key: Key, price: float | None) -> AsyncIterator[None]:
        reservation = await self._reserve(key, Demand(pages=None, price=price), only_counted=True)
        try:
            yield
        finally:
            self.shared.give_back(key, reservation)  # the request that was counted is asked about next, in one trip

    async def spent(self, keys: Iterable[Key]) -> Mapping[str, Spent]:
        keys = list(keys)
        totals = await self.accounts.totals(keys, self.access.today())
        return {key.id: totals.get(key.id) or Spent() for key in keys}

    async def _reserve(self, key: Key, demand: Demand, *, only_counted: bool = False) -> Reservation:
        try:
            found = await self.shared.reserve(key, demand, only_counted=only_counted)
        except KeyGone:
            raise HTTPError(401, "this key has just been revoked", "invalid_api_key") from None
        if isinstance(found, Reservation):
            return found
        refuse_beyond_limits(key, found, demand, self.access.today())
        # The key has other limits by now than this gateway knows.
        raise HTTPError(429, "this key has no room for more", "rate_limited", retry_after=1.0)

"""
Where limits of keys are kept: a port, as one process asks its own `Access` and one of several has to ask another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from attrs import frozen

from .control import Access, Demand, Key, Reservation, Spent


__all__ = ["Limits", "OwnLimits"]


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

    @asynccontextmanager
    async def admit(self, key: Key, model: str, demand: Demand) -> AsyncIterator[Reservation]:
        with self.access.admit(key, model, demand) as reservation:
            yield reservation

    @asynccontextmanager
    async def counting(self, key: Key, price: float | None) -> AsyncIterator[None]:
        with self.access.counting(key, price):
            yield

    async def spent(self, keys: Iterable[Key]) -> Mapping[str, Spent]:
        return {key.id: self.access.spent(key) for key in keys}

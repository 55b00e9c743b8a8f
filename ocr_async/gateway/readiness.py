"""
Whether what a gateway keeps can be reached: asked for probes within a bounded time, and not by each of them.

All gateways of a database lose it at the same moment. If each said so at once, a balancer would have none left for what
can be served without it, so a gateway stays ready through what is soon over.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from attrs import define, field

from .operating.log import event
from .storage.failures import StorageUnavailable
from .storage.port import Storage


__all__ = ["Readiness"]

_LOG = logging.getLogger("ocr_async.gateway")

WITHIN = 2.0  # seconds that the storage has to answer
FRESH = 2.0  # seconds for which its answer is good for all probes
PATIENCE = 10.0  # seconds without it after which a gateway is not ready


@define(eq=False)
class Readiness:
    """
    Attributes:
        reachable: As it was at the last look.
    """

    within: float = WITHIN
    fresh: float = FRESH
    patience: float = PATIENCE
    reachable: bool = True
    _lost: float = field(default=0.0, init=False)  # when that was first heard, where it is not reachable
    _looked: float = field(default=float("-inf"), init=False)
    _looking: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    @property
    def ready(self) -> bool:
        """Whether it was reachable at the last look, or not long before."""
        return self.reachable or asyncio.get_running_loop().time() < self._lost + self.patience

    async def look(self, storage: Storage) -> bool:
        """Return whether *storage* can be reached; probes that come at once wait for one look together."""
        async with self._looking:
            if asyncio.get_running_loop().time() - self._looked > self.fresh:
                await self._ask(storage)
            return self.reachable

    async def _ask(self, storage: Storage) -> None:
        before, failure = self.reachable, None
        try:
            async with asyncio.timeout(self.within):
                await storage.look()
        except (StorageUnavailable, sqlite3.Error, OSError) as error:  # a time-out is one of the last
            failure = error
        self.reachable = failure is None
        self._looked = asyncio.get_running_loop().time()
        if before and not self.reachable:
            self._lost = self._looked
        if failure is not None and before:
            event(_LOG, logging.ERROR, "storage_unreachable", error_type=type(failure).__name__)
        elif failure is None and not before:
            event(_LOG, logging.INFO, "storage_reachable")

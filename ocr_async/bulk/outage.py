"""A provider that is out of service: documents wait, one asks whether it is back, and none fails by it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from attrs import define, field

from ..errors import DeadlineExceeded, OCRError, ProviderError, ProviderUnavailable, RateLimited
from .pausing import Paused


__all__ = ["TRANSIENT", "Outage"]

T = TypeVar("T")

TRANSIENT = (ProviderUnavailable, RateLimited, DeadlineExceeded)
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds between two questions whether it is back
_FAILS = 5  # times that one document fails while others get through: then it is the document


@define(eq=False)
class Outage:
    """
    What all documents of a job know of their provider.

    Attributes:
        patience: Seconds for which nothing may get through.

        sleep: Waits for some seconds, or raises because the job is to stop.
    """

    patience: float
    sleep: Callable[[float], Awaitable[None]]
    since: float | None = None
    successes: int = 0
    _asking: asyncio.Lock = field(factory=asyncio.Lock)

    async def patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """
        Return what *attempt* does, tried again while the provider is out of service.

        Raises:
            OCRError: It is not the provider: others got through meanwhile, again and again.
            Paused: It was out of service for too long.
        """
        blamed = 0
        while True:
            seen = self.successes
            try:
                return await self._asked(attempt)
            except TRANSIENT as error:
                blamed += self._is_its_own(error, seen)
                if blamed >= _FAILS:
                    raise
            async with self._asking:  # the others wait here until one got through
                delay = _SHORTEST
                while self.successes == seen:
                    await self.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - spreads questions, keeps no secret
                    delay = min(delay * 2, _LONGEST)
                    try:
                        return await self._asked(attempt)
                    except TRANSIENT as error:
                        self._note(error)

    async def _asked(self, attempt: Callable[[], Awaitable[T]]) -> T:
        try:
            result = await attempt()
        except ProviderError as error:
            if not isinstance(error, TRANSIENT):
                self.since = None  # it is there, and refuses
            raise
        self.successes += 1
        self.since = None
        return result

    def _is_its_own(self, error: OCRError, seen: int) -> bool:
        """Whether others got through while this one failed; to be asked to slow down is nobody's fault."""
        if self.successes == seen:
            self._note(error)
        return self.successes > seen and not isinstance(error, RateLimited)

    def _note(self, error: OCRError) -> None:
        now = time.monotonic()
        self.since = self.since or now
        if now - self.since >= self.patience:
            raise Paused(f"nothing got through for {self.patience:.0f} s; the last: {error}") from error

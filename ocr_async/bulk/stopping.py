"""That a job is to stop, for all who work on it."""

from __future__ import annotations

import asyncio

import anyio
from attrs import define, field


__all__ = ["Stopped", "Stopping"]


class Stopped(Exception):
    """The job is to stop; the document waits for another run."""


@define(eq=False)
class Stopping:
    """Whether one job is to stop."""

    _closed: asyncio.Event = field(factory=asyncio.Event)

    def close(self) -> None:
        """Begin nothing more."""
        self._closed.set()

    def is_closed(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._closed.is_set()

    def check(self) -> None:
        """
        Go on only where something may be begun.

        Raises:
            Stopped: It may not.
        """
        if self._closed.is_set():
            raise Stopped

    async def sleep(self, seconds: float) -> None:
        """
        Wait.

        Raises:
            Stopped: The job is to stop.
        """
        with anyio.move_on_after(seconds):
            await self._closed.wait()
        self.check()

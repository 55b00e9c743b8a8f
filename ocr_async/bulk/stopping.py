"""That a job is to stop, for all who work on it."""

from __future__ import annotations

import asyncio

import anyio


__all__ = ["Stopped", "Stopping"]


class Stopped(Exception):
    """The job is to stop; the document waits for another run."""


class Stopping(asyncio.Event):
    """Set once nothing more of one job is to be begun."""

    def check(self) -> None:
        """
        Go on only where something may be begun.

        Raises:
            Stopped: It may not.
        """
        if self.is_set():
            raise Stopped

    async def sleep(self, seconds: float) -> None:
        """
        Wait.

        Raises:
            Stopped: The job is to stop.
        """
        with anyio.move_on_after(seconds):
            await self.wait()
        self.check()

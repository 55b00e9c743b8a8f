"""How fast a job goes, noted in its ledger every few seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from attrs import define

from ..ledger import Ledger
from .samples import Sample, Samples


if TYPE_CHECKING:
    from ..runner import Runner

__all__ = ["Sampling"]

_SAMPLE, _KEPT = 1.0, 5.0  # seconds between two samples, and until they are kept


@define(eq=False)
class Sampling:
    """Samples *runner*."""

    runner: Runner
    _samples: Samples | None = None

    async def regularly(self) -> None:
        """
        Note how fast it goes, until this is cancelled.

        Raises:
            Paused: There is no room for it.
        """
        runner = self.runner
        samples = await runner.ledger.run(Ledger.samples)
        pages, throttled = 0, 0
        before = kept = anyio.current_time()
        try:
            while True:
                await anyio.sleep(_SAMPLE)
                now = anyio.current_time()
                came = Sample(runner.pages - pages, runner.throttled - throttled, runner.window.pages)
                samples.add(came, now - before)
                pages, throttled, before = runner.pages, runner.throttled, now
                if now - kept >= _KEPT:
                    kept = now
                    await runner.ledger.run(Ledger.keep_samples, samples)
        finally:
            last = Sample(runner.pages - pages, runner.throttled - throttled, runner.window.pages)
            samples.add(last, max(anyio.current_time() - before, _SAMPLE))
            self._samples = samples

    async def keep(self) -> None:
        """
        Keep what was noted.

        Raises:
            Paused: There is no room for it.
        """
        if self._samples is not None:
            await self.runner.ledger.run(Ledger.keep_samples, self._samples)

"""How fast a job went, over all its runs: a few hundred samples however long it takes, kept in the ledger."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, frozen


__all__ = ["MOST", "Sample", "Samples"]

MOST = 240


@frozen
class Sample:
    """
    Some seconds of a job.

    Attributes:
        pages: That came.

        throttled: Answers that asked to slow down.

        under_way: Most pages that were asked for and not there yet.
    """

    pages: int = 0
    throttled: int = 0
    under_way: int = 0

    def plus(self, later: Sample) -> Sample:
        """Return both as one."""
        most = max(self.under_way, later.under_way)
        return Sample(self.pages + later.pages, self.throttled + later.throttled, most)


@define
class Samples:
    """
    The samples of a job in its working time: what lies between two runs does not count.

    Attributes:
        seconds: That each stands for; doubled whenever there are too many.
    """

    seconds: float = 1.0
    done: list[Sample] = field(factory=list)
    _open: Sample = field(factory=Sample)
    _passed: float = 0.0

    def add(self, sample: Sample, seconds: float) -> None:
        """Take what the last *seconds* brought."""
        self._open = self._open.plus(sample)
        self._passed += seconds
        # where the process stood still there was nothing, and its end has no part in it
        for _ in range(min(int(self._passed / self.seconds), MOST)):
            self.done.append(self._open)
            self._open = Sample(under_way=sample.under_way)
            if len(self.done) >= MOST:
                self._halve()
        self._passed = math.fmod(self._passed, self.seconds)

    def _halve(self) -> None:
        pairs = zip(self.done[::2], self.done[1::2], strict=False)
        left = self.done[len(self.done) & ~1 :]
        self.done = [first.plus(second) for first, second in pairs] + left
        self.seconds *= 2

    def values(self, what: Callable[[Sample], float]) -> list[float]:
        """Return *what* is to be known of each sample."""
        return [what(sample) for sample in self.done]

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON builtins."""
        columns = ("pages", "throttled", "under_way")
        return {"seconds": self.seconds} | {name: [getattr(sample, name) for sample in self.done] for name in columns}

    def to_text(self) -> str:
        """Return them as the ledger keeps them, the beginning of the next sample included."""
        whole = evolve(self, done=[*self.done, self._open] if self._open.pages or self._passed else self.done)
        return json.dumps(whole.to_dict())

    @classmethod
    def from_text(cls, text: str | None) -> Samples:
        """Return what `to_text` wrote; none for None."""
        if text is None:
            return cls()
        kept = json.loads(text)
        rows = zip(kept["pages"], kept["throttled"], kept["under_way"], strict=True)
        return cls(kept["seconds"], [Sample(*row) for row in rows])

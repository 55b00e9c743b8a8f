"""The limits of one deployment, which `routing` keeps to."""

from __future__ import annotations

from typing import Protocol

from attrs import define, field

from ..transport.conditions import Pause
from ..windows import Window


__all__ = ["OwnQuota", "Quota"]


class Quota(Protocol):
    """
    The limits of one deployment: a port, as a process that serves alone counts by itself, and one of several uses what
    it was given of limits that all share. Times are those of the router's clock.

    Attributes:
        pause: How long the deployment asked to wait, whoever asked it; None where nobody else does.
    """

    @property
    def pause(self) -> Pause | None: ...

    def delay(self, now: float) -> float:
        """Return the seconds for which the rate lets no call begin."""
        ...

    def asking(self, now: float) -> bool:
        """Whether it is being asked if one more call may begin; who waits is woken with the answer."""
        ...

    def full(self) -> bool:
        """Whether as many calls are on their way as may be."""
        ...

    def start(self, now: float) -> None:
        """Count in a call."""
        ...

    def end(self) -> None:
        """Count out a call."""
        ...


@define(eq=False)
class OwnQuota:
    """
    What one process counts by itself.

    Args:
        requests_per_minute: None for no limit.

        max_concurrency: None for no limit.
    """

    requests_per_minute: int | None
    max_concurrency: int | None
    in_flight: int = 0
    pause: None = field(default=None, init=False)
    started: Window | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.started = None if self.requests_per_minute is None else Window(self.requests_per_minute, 60.0)

    def delay(self, now: float) -> float:
        return 0.0 if self.started is None else self.started.delay(now, 1)

    def asking(self, now: float) -> bool:
        return False

    def full(self) -> bool:
        return self.max_concurrency is not None and self.in_flight >= self.max_concurrency

    def start(self, now: float) -> None:
        self.in_flight += 1
        if self.started is not None:
            self.started.take(now, 1)

    def end(self) -> None:
        self.in_flight -= 1

"""A sliding window: so much in so many seconds. Arithmetic on given times, for whoever limits a rate."""

from __future__ import annotations

from collections import deque

from attrs import define, field


__all__ = ["Window"]


@define(eq=False, repr=False)
class Window:
    """
    At most *amount* in any *seconds*; more than that at once only when nothing else is in the window.

    Times never go backwards.
    """

    amount: float
    seconds: float
    used: float = field(default=0.0, init=False)
    taken: deque[tuple[float, float]] = field(factory=deque, init=False)

    def delay(self, now: float, amount: float) -> float:
        """Return the seconds until *amount* may be taken."""
        self._forget(now)
        left = self.used
        if not left or left + amount <= self.amount:
            return 0.0
        for when, used in self.taken:
            left -= used
            if left + amount <= self.amount:
                return when + self.seconds - now
        return self.taken[-1][0] + self.seconds - now

    def take(self, now: float, amount: float) -> None:
        self.taken.append((now, amount))
        self.used += amount

    def amend(self, when: float, amount: float, actual: float) -> None:
        """Let what was taken at *when* be *actual* instead of *amount*, if it is still in the window."""
        for position in range(len(self.taken) - 1, -1, -1):
            if self.taken[position] == (when, amount):
                self.taken[position] = when, actual
                self.used += actual - amount
                return

    def _forget(self, now: float) -> None:
        taken = self.taken
        while taken and taken[0][0] + self.seconds <= now:
            self.used -= taken.popleft()[1]
        if not taken:
            self.used = 0.0  # no rounding error survives an idle moment

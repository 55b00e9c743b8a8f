"""
What refusals teach about an account: how many requests its provider takes at once, or how many a second.

Both are guesses that the next answers may refute; `rate_limiter` holds one at a time. Arithmetic on given times.
"""

from __future__ import annotations

import math

from attrs import define, field


__all__ = ["Ceiling", "LearnedRate", "Turn"]


@define(eq=False, repr=False)
class Turn:
    """
    A request before its account.

    Attributes:
        pages: That it asks for.

        number: Of the account's starts, from 1; 0 before its own.

        level: Requests in flight when it started, itself included.

        started: When.
    """

    pages: int
    number: int = field(default=0, init=False)
    level: int = field(default=0, init=False)
    started: float = field(default=0.0, init=False)


@define(eq=False, repr=False)
class Ceiling:
    """
    The guess that a provider refuses what would be more than so many requests in flight.

    A request above it is sent now and then. The guess is wrong if such ones are taken again and again, or if a request
    is refused that is not above it: then it is the rate that the provider limits.

    Attributes:
        most: Requests in flight.

        next_probe: When one above it may start; infinity while such a one is under way.
    """

    FIRST = 0.25  # seconds until the first request above it; twice as many after each that is refused
    LONGEST = 10.0
    STANDS = 10.0  # seconds: two refusals below it within them refute it; one may be an answer that was on its way
    ABOVE = 2  # so many requests above it, taken one after the other, do too

    most: int
    next_probe: float
    pause: float = field(default=FIRST, init=False)
    lowered: float = field(default=-math.inf, init=False)
    above: int = field(default=0, init=False)
    probe: Turn | None = field(default=None, init=False)

    def start(self, turn: Turn) -> None:
        """A request above it starts."""
        self.probe, self.next_probe = turn, math.inf

    def admitted(self, now: float) -> bool:
        """The request above it was taken; return whether the guess still stands, one higher."""
        self.probe, self.next_probe = None, now
        self.most += 1
        self.above += 1
        return self.above < self.ABOVE

    def above_it(self, turn: Turn) -> bool:
        """Whether it says nothing new that *turn* was refused."""
        return turn.level > self.most - self.above

    def refused(self, now: float, turn: Turn) -> bool:
        """A request was refused; return whether the guess still stands, lower if it was not above it."""
        sure = self.most - self.above
        if self.above_it(turn):
            self.most, self.above = sure, 0
            self.pause = min(2 * self.pause, self.LONGEST)
            self.probe, self.next_probe = None, now + self.pause
            return True
        again = now - self.lowered < self.STANDS
        self.most, self.above, self.lowered = turn.level - 1, 0, now
        return self.most > 0 and not again


@define(eq=False, repr=False)
class LearnedRate:
    """
    The guess that a provider takes so many requests a second.

    It rises until the next refusal. One that was measured rises slowly at first, as it may be right, and ever faster,
    as it may be long out of date; and in proportion to the time that some requests take, so that few of them are
    refused whatever the rate. One from the start, of which the provider's reserve is not known, doubles and doubles.

    Attributes:
        base: Requests a second when it was learned.

        since: When that was.

        measured: Whether between two refusals, rather than from the start, of which the provider's reserve is unknown.

        credit: Seconds for which it may be made good that requests were held back.
    """

    CAREFUL = 0.95
    RISE = 6.0, 30.0, 3.0  # seconds of a rise, or requests if they take longer; rises after which it is forgotten
    DOUBLES = 1.0, 8.0, 6.0  # the same of one that was not measured
    LONGEST = 30.0  # seconds of a rise
    CATCH_UP = 1.5  # × the rate, while something is to be made good

    base: float
    since: float
    measured: bool
    due: float
    credit: float = 0.0
    doubts: int = field(default=0, init=False)  # refusals, too soon to measure anything
    last: float = field(default=-math.inf, init=False)

    def at(self, now: float) -> float:
        """Return the requests a second that it allows."""
        rises = self._rises(now)
        risen = (
            self.CAREFUL + 0.05 * rises + 0.15 * rises * rises * rises if self.measured else self.CAREFUL * 2.0**rises
        )
        return self.base * risen

    def is_old(self, now: float) -> bool:
        """Whether it was long not refuted, and may be forgotten."""
        return self._rises(now) > (self.RISE if self.measured else self.DOUBLES)[2]

    def delay(self, now: float) -> float:
        """Return the seconds until a request may start."""
        if self.due <= now and not self.credit:
            return 0.0
        return max(self.due, self.last + 1 / (self.CATCH_UP * self.at(now))) - now

    def start(self, now: float) -> None:
        """Count in a request."""
        self.last = now
        self.due = max(self.due, now - self.credit) + 1 / self.at(now)

    def doubt(self, now: float) -> None:
        """Learn of a refusal before enough requests were taken to learn more from it."""
        self.since = now
        self.doubts += 1
        self.measured = self.measured or self.doubts > 1

    def _rises(self, now: float) -> float:
        seconds, requests, _ = self.RISE if self.measured else self.DOUBLES
        return (now - self.since) / min(max(seconds, requests / self.base), self.LONGEST)

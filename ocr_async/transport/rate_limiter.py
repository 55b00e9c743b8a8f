"""
How fast one account may be used: arithmetic on given times, without waiting; `limits` waits.

Without limits from the caller it finds the provider's: concurrency grows until the first 429, and what that means is
found out with the next answers. A Retry-After holds back everyone who uses the account.
"""

from __future__ import annotations

import math

from attrs import define, field

from ..settings import Limits
from ..windows import Window
from .learned_limits import Ceiling, LearnedRate, Turn


__all__ = ["RateLimiter", "Turn", "strictest"]


@define(kw_only=True, eq=False, repr=False)
class RateLimiter:
    """
    The limits of one account: those that the caller gave, and for the rest what the answers teach.

    At first concurrency starts at 4 and grows by one a success, and by itself where answers take long: what is not
    refused at once is taken. The first refusal is taken for a `Ceiling` of requests in flight, until the next answers
    refute that; then for a `LearnedRate`. Where nothing at all is taken any more, as at the end of a minute's
    allowance, one request after longer and longer pauses finds out when that is over.

    Attributes:
        served: Whether the provider ever served a request.
    """

    START = 4.0
    MOST = 256.0
    UNANSWERED = 64.0  # concurrency up to which it grows before any answer: a server may take all, and do nothing
    TAKEN = 0.5  # seconds after which what is not refused is taken
    BURST = 1.0  # seconds of its rate that a provider has in reserve, as far as is known
    CLOSED = 0.25, 8.0  # seconds, shortest and longest pause where nothing is taken
    ENOUGH, MANY = 5, 100  # requests that a rate is measured by, roughly and well
    LEAST = 0.05  # requests a second that are ever learned
    HOLD = 0.5  # seconds, the longest pause after a refusal that says nothing of one

    limits: Limits = field(factory=Limits)
    in_flight: int = field(default=0, init=False)
    served: bool = field(default=False, init=False)
    latency: float = field(default=TAKEN, init=False)  # seconds that the last success took
    concurrency: float = field(default=START, init=False)
    grown: float = field(default=-math.inf, init=False)
    ceiling: Ceiling | None = field(default=None, init=False)
    rate: LearnedRate | None = field(default=None, init=False)
    gate: float = field(default=-math.inf, init=False)
    left: int | None = field(default=None, init=False)  # requests, until `reset`
    reset: float = field(default=0.0, init=False)
    reporter: int = field(default=0, init=False)  # number of the request that said so
    # what is measured, since the account was idle or the last refusal
    number: int = field(default=0, init=False)
    started: float = field(default=-math.inf, init=False)  # the last one
    first: int = field(default=0, init=False)
    began: float = field(default=0.0, init=False)
    reserve: float = field(default=BURST, init=False)
    refusals: int = field(default=0, init=False)
    measured: float = field(default=0.0, init=False)  # requests a second
    # refusals
    heeded: int = field(default=0, init=False)  # number of the last request that started before something was learned
    refusing: float | None = field(default=None, init=False)  # since when nothing was taken
    refusal: float = field(default=TAKEN, init=False)  # seconds that the last one took
    closures: int = field(default=0, init=False)  # in a row, nothing taken between
    testing: bool = field(default=False, init=False)  # whether requests start one at a time
    refilling: bool = field(default=False, init=False)  # whether fewer are in flight because of the last refusal
    requests: Window | None = field(default=None, init=False)
    pages: Window | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._apply(self.limits)

    @property
    def most(self) -> int:
        """Requests that may be in flight now."""
        if self.limits.max_concurrency:
            return self.limits.max_concurrency
        if self.ceiling is not None:
            return self.ceiling.most
        if self.rate is not None:
            return min(self.in_flight + 1, int(self.MOST))
        return int(self.concurrency)

    def agree(self, limits: Limits, *, idle: bool) -> None:
        """
        Take in the limits of one more caller.

        Callers who use the account at the same time share the strictest of theirs; once it is *idle*, the next
        caller's replace them.
        """
        if limits is not self.limits and limits != self.limits:
            self._apply(limits if idle else strictest(self.limits, limits))

    def refused_for(self, now: float) -> float:
        """Return the seconds for which nothing was taken but refused."""
        return 0.0 if self.refusing is None else now - self.refusing

    def delay(self, now: float, turn: Turn) -> float:
        """Return the seconds until a request may start; infinity: not before another ends."""
        if self.in_flight >= self.most and (wait := self._place(now)):
            return wait
        delay = self.gate - now
        if self.requests is not None:
            delay = max(delay, self.requests.delay(now, 1))
        elif self.rate is not None and not self._forgotten(now, self.rate):
            delay = max(delay, self.rate.delay(now))
        if self.left is not None:
            delay = max(delay, self._allowance(now))
        if self.pages is not None and turn.pages:
            delay = max(delay, self.pages.delay(now, turn.pages))
        if self.testing:
            delay = max(delay, self._test(now))
        elif self.refilling and self.ceiling is not None:
            # Not all at once what could start since the last refusal.
            delay = max(delay, self.started + self.latency / self.ceiling.most - now)
        return max(delay, 0.0)

    def start(self, now: float, turn: Turn) -> None:
        """Count in a request, after `delay` was 0."""
        if not self.in_flight and (self.rate is None or now > self.rate.due + self.BURST):
            self.began, self.first, self.refusals, self.reserve = now, self.number, 0, self.BURST
        self.number += 1
        self.in_flight += 1
        self.started = now
        turn.number, turn.level, turn.started = self.number, self.in_flight, now
        if self.requests is not None:
            self.requests.take(now, 1)
        elif self.rate is not None:
            self.rate.start(now)
        if self.left is not None:
            self.left -= 1
        if self.pages is not None and turn.pages:
            self.pages.take(now, turn.pages)
        if self.ceiling is not None and turn.level >= self.ceiling.most:
            self.refilling = False
            if turn.level > self.ceiling.most:
                self.ceiling.start(turn)

    def end(self) -> None:
        """Count out a request, however it ended."""
        self.in_flight -= 1

    def succeeded(self, now: float, turn: Turn) -> None:
        """Learn from a success; called before `end`."""
        self.served = True
        self.latency = now - turn.started
        if turn.number > self.heeded:
            self._taken(now)
        if self.ceiling is not None:
            if self.ceiling.probe is turn and not self.ceiling.admitted(now):
                self._learn_rate(now, self.measured)
        elif self.rate is None and self.latency < self.TAKEN and self.in_flight >= self.concurrency / 2:
            self.concurrency = min(self.concurrency + 1, self.MOST)

    def throttle(self, now: float, hint: float | None, turn: Turn) -> None:
        """Learn from a 429; *hint* is its Retry-After in seconds."""
        self.refusals += turn.number > self.first
        if hint is not None:
            self.gate = max(self.gate, now + hint)
        if turn.number <= self.heeded:
            return
        if turn.number == self.heeded + 1:
            self.closures += 1
        else:
            self._taken(now)
        self.refusing = now if self.refusing is None else self.refusing
        self.heeded = self.number
        self.refusal = now - turn.started
        if self.ceiling is not None and hint is None and not self.closures and self.ceiling.above_it(turn):
            self.ceiling.refused(now, turn)
            return
        if hint is None:
            # All refusals of what started together are in by then.
            self.gate = max(self.gate, now + min(2 * self.refusal, self.HOLD))
            if self.closures > 1:
                shortest, longest = self.CLOSED
                self.gate = max(self.gate, now + min(shortest * 2.0 ** min(self.closures, 60), longest))
        if self.rate is None:
            self._suspect(now, hint, turn)
        elif self.closures <= 1:
            self._slow_down(now, hint, turn, self.rate)
        self.testing = self.rate is None or self.closures > 1
        self.refilling = True

    def reported(self, now: float, remaining: int | None, reset: float | None, turn: Turn) -> None:
        """Learn from ``x-ratelimit-remaining`` and ``-reset`` (seconds) of any answer."""
        if remaining is None or turn.number < self.reporter:
            return
        self.reporter = turn.number
        # What started after that request is not in what it was told.
        self.left = remaining - (self.number - turn.number)
        self.reset = now + (self.BURST if reset is None else reset)

    # what is learned

    def _taken(self, now: float) -> None:
        """Learn that something is taken after what was refused last."""
        if self.closures > 1 and self.rate is not None:  # as before, therefore
            self.rate = LearnedRate(self.rate.base, now, self.rate.measured, now)
            self._measure_from_now(now)
        self.refusing, self.closures, self.testing = None, 0, False

    def _measure_from_now(self, now: float) -> None:
        self.began, self.first, self.refusals, self.reserve = now, self.number, 0, 0.0

    def _measure(self, turn: Turn) -> float:
        """Return the requests a second that were taken until *turn* was refused."""
        taken = max(turn.number - self.first - self.refusals, 1)
        return max(taken / max(turn.started - self.began + self.reserve, 0.1), self.LEAST)

    def _suspect(self, now: float, hint: float | None, turn: Turn) -> None:
        """Learn from the refusal of *turn* while there is no rate: a ceiling, or that it is no ceiling."""
        self.measured = self._measure(turn)
        # Who says when to come again counts time.
        if self.limits.max_concurrency or hint is not None or turn.level == 1 or self.closures:
            self._learn_rate(now, self.measured, hint)
        elif self.ceiling is None:
            self.ceiling = Ceiling(turn.level - 1, now + Ceiling.FIRST)
        elif not self.ceiling.refused(now, turn):
            self._learn_rate(now, self.measured)

    def _learn_rate(self, now: float, rate: float, hint: float | None = None, *, measured: bool = False) -> None:
        credit = self._credit(hint, rate)
        due = now if self.rate is None else self.rate.due
        self.ceiling, self.rate = None, LearnedRate(rate, now, measured, max(due, now - credit), credit)
        self._measure_from_now(now)

    def _slow_down(self, now: float, hint: float | None, turn: Turn, former: LearnedRate) -> None:
        taken = turn.number - self.first - self.refusals
        if taken < self.ENOUGH:
            former.doubt(now)
            return
        present = former.at(turn.started)
        # A provider with a reserve takes what was measured; one without would take what was allowed just before.
        rate = min(self._measure(turn), present)
        self._learn_rate(now, rate if taken >= self.MANY else (rate + present) / 2, hint, measured=True)

    def _credit(self, hint: float | None, rate: float) -> float:
        # While it was waited for, a provider counts on, up to its reserve.
        return 0.0 if hint is None or hint * rate < 3 else min(hint, self.BURST)

    def _forgotten(self, now: float, rate: LearnedRate) -> bool:
        if not rate.is_old(now) or self.closures > 1:
            return False
        self.rate = None
        self.concurrency = max(self.START, float(self.in_flight))
        self._measure_from_now(now)
        return True

    # who waits for what

    def _place(self, now: float) -> float:
        """Return the seconds until one more may be in flight."""
        if self.limits.max_concurrency:
            return math.inf
        if (ceiling := self.ceiling) is not None:
            if (probe := ceiling.probe) is not None:
                if (wait := probe.started + self._soon() - now) > 0:
                    return wait
                if not ceiling.admitted(now):
                    self._learn_rate(now, self.measured)
                    return 0.0
            return max(0.0, ceiling.next_probe - now)
        most = self.MOST if self.served else self.UNANSWERED
        if self.rate is not None or self.latency < self.TAKEN or self.concurrency >= most:
            return math.inf
        due = max(self.grown + self.TAKEN / 1.4 / self.concurrency, self.began + self.TAKEN)
        if now < due:
            return due - now
        self.grown = now
        self.concurrency += 1
        return 0.0

    def _allowance(self, now: float) -> float:
        if now >= self.reset:
            self.left = None
        return 0.0 if self.left is None or self.left > 0 else self.reset - now

    def _test(self, now: float) -> float:
        """Return how long to wait for what becomes of the one request that finds out whether any are taken again."""
        if self.number == self.heeded or not self.in_flight:
            return 0.0
        if (wait := self.started + self._soon() - now) > 0:
            return wait
        self._taken(now)
        return 0.0

    def _soon(self) -> float:
        """Return the seconds after which what was not refused is taken, where refusals were seen."""
        return min(max(3 * self.refusal, 0.1), self.TAKEN)

    def _apply(self, limits: Limits) -> None:
        self.limits = limits
        rate = limits.requests_per_second
        # n in a second, or below one a second 1 in 1/rate seconds: what providers count.
        amount = max(1.0, (rate or 0) // 1)
        self.requests = _window(self.requests, amount, amount / rate) if rate else None
        pages = limits.pages_per_minute
        self.pages = _window(self.pages, pages, 60.0) if pages else None


def strictest(one: Limits, other: Limits) -> Limits:
    """Return limits that keep both."""

    def least(a: float | None, b: float | None) -> float | None:
        return b if a is None else a if b is None else min(a, b)

    concurrency = least(one.max_concurrency, other.max_concurrency)
    return Limits(
        max_concurrency=None if concurrency is None else int(concurrency),
        requests_per_second=least(one.requests_per_second, other.requests_per_second),
        pages_per_minute=least(one.pages_per_minute, other.pages_per_minute),
    )


def _window(former: Window | None, amount: float, seconds: float) -> Window:
    # What was used stays used, or changing the limits would lift them.
    window = Window(amount, seconds)
    if former is not None:
        window.taken, window.used = former.taken, former.used
    return window

"""
How fast one account may be used: arithmetic on given times, without waiting; `limits` waits.

Without limits from the caller it finds the provider's: concurrency grows until the first 429, then the rate that went
through before it is learned, and a Retry-After holds back everyone who uses the account.
"""

from __future__ import annotations

import math
from collections import deque

from attrs import define, field

from ..settings import Limits
from ..windows import Window


__all__ = ["RateLimiter", "strictest"]


@define(kw_only=True)
class RateLimiter:
    """
    The limits of one account: those that the caller gave, and for the rest what the answers teach.

    Concurrency: starts at 4, one more per success until the first throttle, then one more per round; grows only when
    at least half of it is in use; × 0.7 per throttle, once per round. Rate: after a throttle 0.9 × the lesser of the
    successes per second just measured and the former rate; then 0.1 a second, or 5 %, more each second; forgotten 30 s
    after the last throttle, because it costs where a provider limits the requests in flight rather than their rate.
    """

    START = 4.0
    MOST = 256.0
    CUT = 0.7
    ROUND = 0.5  # seconds: throttles within it are one
    MEASURED = (0.5, 1.0, 2.0)  # seconds over which successes are counted
    FORGET = 30.0  # seconds
    RISE = 0.1  # requests a second more each second, or half of that share of the rate

    limits: Limits = field(factory=Limits)
    in_flight: int = field(default=0, init=False)
    concurrency: float = field(default=START, init=False)
    throttled: bool = field(default=False, init=False)  # ever: the slow start is over
    last_throttle: float = field(default=-math.inf, init=False)
    last_cut: float = field(default=-math.inf, init=False)
    cool_down: float = field(default=ROUND, init=False)
    gate: float = field(default=-math.inf, init=False)
    rate: float | None = field(default=None, init=False)
    rate_since: float = field(default=0.0, init=False)
    next_start: float = field(default=-math.inf, init=False)
    successes: deque[float] = field(factory=deque, init=False)
    requests: Window | None = field(default=None, init=False)
    pages: Window | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._apply(self.limits)

    @property
    def most(self) -> int:
        """Requests that may be in flight now."""
        return self.limits.max_concurrency or int(self.concurrency)

    def agree(self, limits: Limits, *, idle: bool) -> None:
        """
        Take in the limits of one more caller.

        Callers who use the account at the same time share the strictest of theirs; once it is *idle*, the next
        caller's replace them.
        """
        if limits is not self.limits and limits != self.limits:
            self._apply(limits if idle else strictest(self.limits, limits))

    def delay(self, now: float, pages: int) -> float:
        """Return the seconds until a request for *pages* pages may start; infinity: not before another ends."""
        if self.in_flight >= self.most:
            return math.inf
        delay = self.gate - now
        if self.requests is not None:
            delay = max(delay, self.requests.delay(now, 1))
        elif self._learned_rate(now) is not None:
            delay = max(delay, self.next_start - now)
        if self.pages is not None and pages:
            delay = max(delay, self.pages.delay(now, pages))
        return max(delay, 0.0)

    def start(self, now: float, pages: int) -> None:
        """Count in a request, after `delay` was 0."""
        self.in_flight += 1
        if self.requests is not None:
            self.requests.take(now, 1)
        elif (rate := self._learned_rate(now)) is not None:
            self.next_start = max(self.next_start, now) + 1 / rate
        if self.pages is not None and pages:
            self.pages.take(now, pages)

    def end(self) -> None:
        """Count out a request, however it ended."""
        self.in_flight -= 1

    def succeeded(self, now: float) -> None:
        """Learn from a success; called before `end`."""
        successes = self.successes
        successes.append(now)
        while successes[0] <= now - self.MEASURED[-1]:
            successes.popleft()
        if self.in_flight >= self.concurrency / 2:
            grown = self.concurrency + (1 / self.concurrency if self.throttled else 1)
            self.concurrency = min(grown, self.MOST)

    def throttle(self, now: float, hint: float | None) -> None:
        """Learn from a 429; *hint* is its Retry-After in seconds."""
        self.throttled = True
        self.last_throttle = now
        if hint is not None:
            self.gate = max(self.gate, now + hint)
        if now - self.last_cut < self.cool_down:
            return
        self.last_cut = now
        self.cool_down = max(self.ROUND, hint or 0.0)
        self.concurrency = max(1.0, self.concurrency * self.CUT)
        measured = self._measured_rate(now)
        former = self._learned_rate(now)
        if measured:
            self.rate = 0.9 * (measured if former is None else min(measured, former))
        elif former is not None:
            self.rate = 0.9 * former
        self.rate_since = now

    def reported(self, now: float, remaining: int | None, reset: float | None) -> None:
        """Learn from ``x-ratelimit-remaining`` and ``-reset`` (seconds) of any answer."""
        if remaining is None:
            return
        if remaining == 0 and reset is not None:
            self.gate = max(self.gate, now + reset)
        elif remaining < self.concurrency - self.in_flight:
            self.concurrency = max(1.0, float(self.in_flight + remaining))

    def _apply(self, limits: Limits) -> None:
        self.limits = limits
        rate = limits.requests_per_second
        # n in a second, or below one a second 1 in 1/rate seconds: what providers count.
        amount = max(1.0, (rate or 0) // 1)
        self.requests = _window(self.requests, amount, amount / rate) if rate else None
        pages = limits.pages_per_minute
        self.pages = _window(self.pages, pages, 60.0) if pages else None

    def _measured_rate(self, now: float) -> float:
        # The best of three spans: after a start or a pause the long one holds idle time, and a rate learned too low
        # costs minutes, one learned too high another throttle.
        ages = [now - when for when in self.successes]
        return max(sum(age < span for age in ages) / span for span in self.MEASURED)

    def _learned_rate(self, now: float) -> float | None:
        if self.rate is None:
            return None
        if now - self.last_throttle > self.FORGET:
            self.rate = None
            return None
        return self.rate + max(self.RISE, self.RISE / 2 * self.rate) * (now - self.rate_since)


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

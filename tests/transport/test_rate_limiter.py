"""The arithmetic of limits, on simulated time."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque

from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.settings import Limits
from ocr_async.transport.rate_limiter import RateLimiter, strictest
from ocr_async.windows import Window


def greedy(limiter: RateLimiter, count: int, *, seconds: float, pages: int = 1) -> list[float]:
    """Start *count* requests of *seconds* each as early as *pace* lets; return when they started."""
    now, starts = 0.0, list[float]()
    ends: list[float] = []
    while len(starts) < count:
        while ends and ends[0] <= now:
            heapq.heappop(ends)
            limiter.succeeded(now)
            limiter.end()
        delay = limiter.delay(now, pages)
        if delay == 0:
            limiter.start(now, pages)
            starts.append(now)
            heapq.heappush(ends, now + seconds)
        else:
            now = min(now + delay, ends[0] if ends else math.inf)
    return starts


@given(rate=st.floats(0.1, 100), seconds=st.floats(0.01, 3))
def test_requests_per_second_hold_in_every_second(rate: float, seconds: float) -> None:
    starts = greedy(RateLimiter(limits=Limits(requests_per_second=rate)), 60, seconds=seconds)
    amount = max(1, int(rate))
    for first, last in zip(starts, starts[amount:], strict=False):
        assert last - first >= amount / rate - 1e-6


@given(per_minute=st.floats(5, 2000), pages=st.integers(1, 40))
def test_pages_per_minute_hold_in_every_minute(per_minute: float, pages: int) -> None:
    starts = greedy(RateLimiter(limits=Limits(pages_per_minute=per_minute)), 40, seconds=1.0, pages=pages)
    for start in starts:
        within = sum(pages for other in starts if start - 60 + 1e-6 < other <= start)
        assert within <= max(per_minute, pages)


def test_a_batch_larger_than_the_minute_starts_when_the_minute_is_empty() -> None:
    window = Window(10, 60.0)
    assert window.delay(0.0, 100) == 0
    window.take(0.0, 100)
    assert window.delay(1.0, 1) == 59.0
    assert window.delay(60.0, 100) == 0


def test_max_concurrency_is_kept_and_nothing_else_is_learned() -> None:
    limiter = RateLimiter(limits=Limits(max_concurrency=3))
    for _ in range(3):
        assert limiter.delay(0.0, 1) == 0
        limiter.start(0.0, 1)
    assert limiter.delay(0.0, 1) == math.inf
    limiter.throttle(0.0, None)
    limiter.end()
    assert limiter.delay(0.0, 1) == 0


def test_a_poll_costs_no_pages() -> None:
    limiter = RateLimiter(limits=Limits(pages_per_minute=1))
    limiter.start(0.0, 1)
    assert limiter.delay(0.0, 0) == 0
    assert limiter.delay(0.0, 1) == 60.0


def test_concurrency_doubles_each_round_until_the_first_throttle() -> None:
    limiter = RateLimiter()
    sizes = []
    for _ in range(6):
        while limiter.delay(0.0, 1) == 0:
            limiter.start(0.0, 1)
        sizes.append(limiter.in_flight)
        for _ in range(sizes[-1]):  # one ends, and those who wait take its place and the new one
            limiter.succeeded(0.0)
            limiter.end()
            while limiter.delay(0.0, 1) == 0:
                limiter.start(0.0, 1)
    assert sizes == [4, 8, 16, 32, 64, 128]


def test_an_unused_limit_does_not_grow() -> None:
    limiter = RateLimiter()
    for second in range(1000):
        limiter.start(float(second), 1)
        limiter.succeeded(float(second))
        limiter.end()
    assert limiter.concurrency <= 4


def test_throttles_within_a_round_are_one() -> None:
    limiter = RateLimiter()
    for _ in range(4):
        limiter.start(0.0, 1)
    for _ in range(4):
        limiter.throttle(1.0, None)
    assert limiter.concurrency == 4 * 0.7
    limiter.throttle(1.6, None)
    assert limiter.concurrency == 4 * 0.7 * 0.7


def test_a_retry_after_holds_everyone_back() -> None:
    for limits in (Limits(), Limits(max_concurrency=8)):
        limiter = RateLimiter(limits=limits)
        limiter.start(0.0, 1)
        limiter.throttle(1.0, 2.5)
        assert limiter.delay(1.0, 1) == 2.5
        limiter.throttle(1.0, 1.0)
        assert limiter.delay(2.0, 1) == 1.5
        assert limiter.delay(3.5, 1) == 0


def test_the_learned_rate_is_forgotten_after_half_a_minute() -> None:
    limiter = RateLimiter()
    for tick in range(20):
        limiter.start(tick / 10, 1)
        limiter.succeeded(tick / 10)
        limiter.end()
    limiter.throttle(2.0, None)
    limiter.start(2.0, 1)
    assert 0 < limiter.delay(2.0, 1) < 0.2
    limiter.end()
    limiter.start(32.1, 1)
    assert limiter.delay(32.1, 1) == 0


def test_what_the_server_says_is_left_bounds_the_growth() -> None:
    limiter = RateLimiter()
    limiter.start(0.0, 1)
    limiter.reported(0.0, 0, 3.0)
    assert limiter.delay(0.0, 1) == 3.0
    other = RateLimiter()
    other.start(0.0, 1)
    other.reported(0.0, 1, None)
    assert other.delay(0.0, 1) == 0
    other.start(0.0, 1)
    assert other.delay(0.0, 1) == math.inf


limits = st.builds(
    Limits,
    max_concurrency=st.none() | st.integers(1, 100),
    requests_per_second=st.none() | st.floats(0.1, 100),
    pages_per_minute=st.none() | st.floats(1, 1000),
)


@given(limits, limits)
def test_callers_at_the_same_time_share_the_strictest_limits(one: Limits, other: Limits) -> None:
    assert strictest(one, other) == strictest(other, one)
    assert strictest(one, Limits()) == one
    limiter = RateLimiter(limits=one)
    limiter.start(0.0, 1)
    limiter.agree(other, idle=False)
    assert limiter.limits == strictest(one, other)
    limiter.end()
    limiter.agree(other, idle=True)
    assert limiter.limits == other


def test_changing_the_limits_does_not_forget_what_was_used() -> None:
    limiter = RateLimiter(limits=Limits(pages_per_minute=10))
    limiter.start(0.0, 10)
    limiter.end()
    limiter.agree(Limits(pages_per_minute=10, max_concurrency=1), idle=True)
    assert limiter.delay(0.0, 1) == 60.0


# --- against a simulated provider -------------------------------------------------------------------------------


@define
class Outcome:
    seconds: float
    throttled: float  # share of the requests
    lost: int


def simulate(
    *, documents: int, rate: float, latency: tuple[float, float], hint: float | None, in_flight: int | None = None
) -> Outcome:
    """
    Send *documents* requests at once through a `RateLimiter` to a provider that serves *rate* a second (so its burst).

    A throttled request waits as the retry rules say (full jitter from 0.5 s, or the hint) outside of the limits.
    """
    random_ = random.Random(7)
    limiter = RateLimiter()
    waiting = deque((0, document) for document in range(documents))
    events: list[tuple[float, int, str, int]] = []  # time, tie-break, what, attempts
    ties = itertools.count()
    now, tokens, refilled, busy = 0.0, rate, 0.0, 0
    sent = throttled = done = lost = 0
    while done + lost < documents:
        delay = math.inf
        while waiting and (delay := limiter.delay(now, 1)) == 0:
            attempts, _ = waiting.popleft()
            limiter.start(now, 1)
            sent += 1
            tokens = min(rate, tokens + (now - refilled) * rate)
            refilled = now
            if tokens >= 1 and (in_flight is None or busy < in_flight):
                tokens -= 1
                busy += 1
                heapq.heappush(events, (now + random_.uniform(*latency), next(ties), "done", attempts))
            else:
                heapq.heappush(events, (now + 0.005, next(ties), "throttled", attempts))
        wake = now + delay if waiting else math.inf
        if events and events[0][0] <= wake:
            now, _, what, attempts = heapq.heappop(events)
            if what == "done":
                busy -= 1
                done += 1
                limiter.succeeded(now)
                limiter.end()
            elif what == "throttled":
                throttled += 1
                limiter.throttle(now, hint)
                limiter.end()
                if attempts >= 7:
                    lost += 1
                    continue
                backoff = random_.random() * min(30.0, 0.5 * 2.0**attempts)
                again = now + (backoff if hint is None else max(hint, backoff) + 0.1 * hint * random_.random())
                heapq.heappush(events, (again, next(ties), "again", attempts + 1))
            else:
                waiting.append((attempts, 0))
        else:
            now = wake
    return Outcome(now, throttled / sent, lost)


def test_an_unknown_rate_limit_is_found_with_few_throttles() -> None:
    # 300 documents at 20 a second with a burst of 20 take 14 s at best.
    for hint in (None, 0.05, 1.0):
        outcome = simulate(documents=300, rate=20, latency=(0.3, 0.5), hint=hint)
        assert outcome.lost == 0
        assert outcome.seconds < 17.5, (hint, outcome)
        assert outcome.throttled < 0.10, (hint, outcome)


def test_a_slow_provider_gets_as_many_requests_as_it_takes() -> None:
    # 2 to 4 s a request at 20 a second needs some 60 in flight; eight would take 114 s.
    outcome = simulate(documents=300, rate=20, latency=(2.0, 4.0), hint=None)
    assert outcome.lost == 0
    assert outcome.seconds < 40, outcome
    assert outcome.throttled < 0.05, outcome


def test_a_limit_of_requests_in_flight_is_found_too() -> None:
    outcome = simulate(documents=200, rate=1000, latency=(0.3, 0.5), hint=None, in_flight=8)
    assert outcome.lost == 0
    assert outcome.seconds < 18, outcome  # 10 s at best
    assert outcome.throttled < 0.20, outcome

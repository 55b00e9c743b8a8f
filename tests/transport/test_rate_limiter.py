"""The arithmetic of limits, on simulated time."""

from __future__ import annotations

import heapq
import math

from hypothesis import given
from hypothesis import strategies as st

from ocr_async.settings import Limits
from ocr_async.transport.rate_limiter import RateLimiter, Turn, strictest
from ocr_async.windows import Window


def greedy(limiter: RateLimiter, count: int, *, seconds: float, pages: int = 1) -> list[float]:
    """Start *count* requests of *seconds* each as early as *pace* lets; return when they started."""
    now, starts = 0.0, list[float]()
    ends: list[tuple[float, int, Turn]] = []
    while len(starts) < count:
        while ends and ends[0][0] <= now:
            limiter.succeeded(now, heapq.heappop(ends)[2])
            limiter.end()
        turn = Turn(pages)
        delay = limiter.delay(now, turn)
        if delay == 0:
            limiter.start(now, turn)
            starts.append(now)
            heapq.heappush(ends, (now + seconds, len(starts), turn))
        else:
            now = min(now + delay, ends[0][0] if ends else math.inf)
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


def begun(limiter: RateLimiter, now: float, pages: int = 1) -> Turn:
    """Return a request that started."""
    turn = Turn(pages)
    limiter.start(now, turn)
    return turn


def test_max_concurrency_is_kept() -> None:
    limiter = RateLimiter(limits=Limits(max_concurrency=3))
    for _ in range(3):
        assert limiter.delay(0.0, Turn(1)) == 0
        begun(limiter, 0.0)
    assert limiter.delay(0.0, Turn(1)) == math.inf
    limiter.end()
    assert limiter.delay(0.0, Turn(1)) == 0


def test_a_poll_costs_no_pages() -> None:
    limiter = RateLimiter(limits=Limits(pages_per_minute=1))
    begun(limiter, 0.0)
    assert limiter.delay(0.0, Turn(0)) == 0
    assert limiter.delay(0.0, Turn(1)) == 60.0


def test_concurrency_doubles_each_round_until_the_first_throttle() -> None:
    limiter = RateLimiter()
    sizes: list[int] = []
    under_way: list[Turn] = []
    for now in range(6):
        while limiter.delay(now / 10, Turn(1)) == 0:
            under_way.append(begun(limiter, now / 10))
        sizes.append(limiter.in_flight)
        for _ in range(sizes[-1]):  # one ends, and those who wait take its place and the new one
            limiter.succeeded((now + 1) / 10, under_way.pop(0))
            limiter.end()
            while limiter.delay((now + 1) / 10, Turn(1)) == 0:
                under_way.append(begun(limiter, (now + 1) / 10))
    assert sizes == [4, 8, 16, 32, 64, 128]


def test_what_is_not_refused_at_once_is_taken_long_before_its_answer() -> None:
    starts: list[float] = []
    limiter, now = RateLimiter(), 0.0
    while now < 20:
        delay = limiter.delay(now, Turn(1))
        if delay == 0:
            begun(limiter, now)
            starts.append(now)
        elif delay == math.inf:
            break
        else:
            now += delay
    assert starts[3] == 0
    assert starts[4] >= 0.5
    assert len(starts) == 64  # without any answer no more
    assert starts[-1] < 3


def test_an_unused_limit_does_not_grow() -> None:
    limiter = RateLimiter()
    for second in range(1000):
        limiter.succeeded(second + 0.1, begun(limiter, float(second)))
        limiter.end()
    assert limiter.concurrency <= 4


def test_a_refusal_is_a_ceiling_until_one_below_it_is_refused_too() -> None:
    limiter = RateLimiter()
    turns = [begun(limiter, 0.0) for _ in range(4)]
    limiter.throttle(0.05, None, turns[3])
    limiter.end()
    assert limiter.most == 3
    assert limiter.rate is None
    limiter.throttle(0.06, None, turns[2])  # it had started before that was learned
    assert limiter.most == 3
    for _ in range(3):
        limiter.succeeded(0.4, turns.pop())
        limiter.end()
    again = begun(limiter, 1.0)
    limiter.throttle(1.05, None, again)
    assert limiter.ceiling is None
    assert limiter.rate is not None


def test_who_says_when_to_come_again_limits_a_rate() -> None:
    limiter = RateLimiter()
    turns = [begun(limiter, 0.0) for _ in range(4)]
    limiter.throttle(0.05, 1.0, turns[3])
    assert limiter.rate is not None


def test_a_retry_after_holds_everyone_back() -> None:
    for limits in (Limits(), Limits(max_concurrency=8)):
        limiter = RateLimiter(limits=limits)
        turn = begun(limiter, 0.0)
        limiter.throttle(1.0, 2.5, turn)
        limiter.end()
        assert limiter.delay(1.0, Turn(1)) == 2.5
        limiter.throttle(1.0, 1.0, turn)
        assert limiter.delay(2.0, Turn(1)) == 1.5
        assert limiter.delay(3.5, Turn(1)) == 0


def test_where_nothing_is_taken_one_request_asks_after_longer_and_longer_pauses() -> None:
    limiter, now, pauses = RateLimiter(), 0.0, list[float]()
    for _ in range(12):
        limiter.throttle(now + 0.05, None, begun(limiter, now))
        limiter.end()
        now += 0.05 + (delay := limiter.delay(now + 0.05, Turn(1)))
        pauses.append(round(delay, 6))
    assert pauses[2:] == sorted(pauses[2:])
    assert pauses[-1] == 8.0
    assert limiter.refused_for(now) > 20
    taken = begun(limiter, now)
    assert limiter.delay(now, Turn(1)) > 0  # nobody else, before it is known
    limiter.succeeded(now + 0.3, taken)
    assert limiter.refused_for(now + 0.3) == 0


def test_the_learned_rate_rises_and_is_forgotten_if_it_is_not_refuted() -> None:
    limiter = RateLimiter()
    for tick in range(20):
        limiter.succeeded(tick / 10 + 0.05, begun(limiter, tick / 10))
        limiter.end()
    limiter.throttle(2.05, None, begun(limiter, 2.0))
    limiter.end()
    assert limiter.rate is not None
    assert limiter.rate.at(3.0) < limiter.rate.at(4.0)
    assert limiter.delay(60.0, Turn(1)) == 0
    assert limiter.rate is None


def test_what_the_server_says_is_left_is_not_exceeded() -> None:
    limiter = RateLimiter()
    limiter.reported(0.0, 0, 3.0, begun(limiter, 0.0))
    assert limiter.delay(0.0, Turn(1)) == 3.0
    assert limiter.delay(3.0, Turn(1)) == 0
    other = RateLimiter()
    first = begun(other, 0.0)
    begun(other, 0.0)
    other.reported(0.1, 2, 1.0, first)  # of which the second request was one
    assert other.delay(0.1, Turn(1)) == 0
    begun(other, 0.1)
    assert other.delay(0.1, Turn(1)) == 1.0


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
    begun(limiter, 0.0)
    limiter.agree(other, idle=False)
    assert limiter.limits == strictest(one, other)
    limiter.end()
    limiter.agree(other, idle=True)
    assert limiter.limits == other


def test_changing_the_limits_does_not_forget_what_was_used() -> None:
    limiter = RateLimiter(limits=Limits(pages_per_minute=10))
    begun(limiter, 0.0, 10)
    limiter.end()
    limiter.agree(Limits(pages_per_minute=10, max_concurrency=1), idle=True)
    assert limiter.delay(0.0, Turn(1)) == 60.0

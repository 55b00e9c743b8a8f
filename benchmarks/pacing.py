"""
Streams lose no document and keep to limits that they find out, before modelled providers in virtual time.

The client is whole: `aocr_stream` down to aiohttp, on the loop and the network of `virtual`. The providers are models:
what they serve, refuse and say with it. `ideal` is what a client takes that knows their limits beforehand.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import math
import random
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

import anyio
from attrs import define, field, frozen

from ocr_async import OCRError, aocr_many, aocr_stream

from . import virtual
from .measure import heading, table


__all__ = ["ROWS", "Outcome", "Row", "play"]

_REFUSAL = 0.01  # seconds that a provider takes to refuse
_PAGE = {"index": 0, "markdown": "Read.", "images": [], "dimensions": {"dpi": 200, "height": 2200, "width": 1700}}
_ANSWER = json.dumps(
    {"pages": [_PAGE], "model": "m", "usage_info": {"pages_processed": 1, "doc_size_bytes": 1000}}
).encode()


# --- limits of providers ----------------------------------------------------------------------------------------


class Limit(Protocol):
    """What a provider takes."""

    def take(self, now: float, busy: int) -> bool: ...
    def wait(self, now: float) -> float: ...
    def full(self, now: float) -> float: ...
    def left(self, now: float) -> int: ...


@define
class Bucket:
    """*rate* requests a second, and *burst* of them at once after a pause."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    filled: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self.tokens = self.burst

    def take(self, now: float, busy: int) -> bool:
        self._fill(now)
        if self.tokens < 1 - 1e-9:
            return False
        self.tokens -= 1
        return True

    def wait(self, now: float) -> float:
        self._fill(now)
        return max(0.0, (1 - self.tokens) / self.rate)

    def full(self, now: float) -> float:
        self._fill(now)
        return (self.burst - self.tokens) / self.rate

    def left(self, now: float) -> int:
        self._fill(now)
        return int(self.tokens + 1e-9)

    def _fill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + (now - self.filled) * self.rate)
        self.filled = now


@define
class FixedWindow:
    """*amount* requests in each span of so many *seconds*, which begins when the clock says so."""

    amount: int
    seconds: float
    used: int = field(default=0, init=False)
    number: int = field(default=0, init=False)

    def take(self, now: float, busy: int) -> bool:
        number = int(now // self.seconds)
        if number != self.number:
            self.number, self.used = number, 0
        if self.used == self.amount:
            return False
        self.used += 1
        return True

    def wait(self, now: float) -> float:
        return self.seconds - now % self.seconds

    full = wait

    def left(self, now: float) -> int:
        return self.amount - self.used


@define
class InFlight:
    """*most* requests at the same time."""

    most: int
    busy: int = field(default=0, init=False)

    def take(self, now: float, busy: int) -> bool:
        self.busy = busy
        return busy < self.most

    def wait(self, now: float) -> float:
        return 0.0

    full = wait

    def left(self, now: float) -> int:
        return self.most - self.busy


# --- providers --------------------------------------------------------------------------------------------------


def _nothing(limit: Limit, now: float, refused: bool) -> Mapping[str, str]:
    return {}


def _seconds(limit: Limit, now: float, refused: bool) -> Mapping[str, str]:
    return {"Retry-After": str(max(1, math.ceil(limit.wait(now))))} if refused else {}


def _milliseconds(limit: Limit, now: float, refused: bool) -> Mapping[str, str]:
    return {"retry-after-ms": str(max(1, math.ceil(limit.wait(now) * 1000)))} if refused else {}


def _remaining(limit: Limit, now: float, refused: bool) -> Mapping[str, str]:
    """As OpenAI says it: how many are left, and when all will be again."""
    reset = f"{math.ceil(limit.full(now) * 1000)}ms"
    return {"x-ratelimit-remaining-requests": str(limit.left(now)), "x-ratelimit-reset-requests": reset}


@define(kw_only=True, eq=False)
class Provider:
    """
    A provider as it may be.

    Attributes:
        latency: Least and most seconds that it works on a request.

        says: Headers of its answers, from its limit, the time and whether it refuses.

        down: From when to when it answers 503, in seconds.

        revoked: After so many served requests it knows the key no longer.
    """

    limit: Limit
    latency: tuple[float, float]
    says: Callable[[Limit, float, bool], Mapping[str, str]] = _nothing
    down: tuple[float, float] = (math.inf, math.inf)
    revoked: float = math.inf
    random: random.Random = field(factory=lambda: random.Random(1))
    busy: int = 0
    requests: int = 0
    throttles: int = 0
    served: int = 0
    refused: int = 0  # with 401

    async def answer(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        now = anyio.current_time()
        self.requests += 1
        status = 200
        if self.down[0] <= now < self.down[1]:
            status = 503
        elif self.served >= self.revoked:
            status = 401
            self.refused += 1
        elif not self.limit.take(now, self.busy):
            status = 429
            self.throttles += 1
        headers = self.says(self.limit, now, status == 429) if status in {200, 429} else {}
        if status != 200:
            await anyio.sleep(_REFUSAL)
            return status, headers, b"{}"
        self.busy += 1
        self.served += 1
        await anyio.sleep(self.random.uniform(*self.latency))
        self.busy -= 1
        return status, headers, _ANSWER


# --- rows -------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Row:
    """
    Documents before a provider.

    Attributes:
        documents: Of each process.

        ideal: Seconds that they take at best.

        fast: What is aimed at: the least share of the ideal.

        throttled: The same: the most of all answers that may be a 429.
    """

    name: str
    provider: Callable[[], Provider]
    documents: int
    ideal: float
    processes: int = 1
    fast: float | None = None
    throttled: float | None = None


@frozen(kw_only=True)
class Outcome:
    """
    What came of a `Row`.

    Attributes:
        lost: Documents that failed.

        unread: Documents of which nothing was told, as the stream was stopped.

        throttled: Share of 429 among the answers.

        seconds: From the first request to the last result.

        after: Requests after the key was revoked.
    """

    lost: int
    unread: int
    throttled: float
    seconds: float
    after: int


def play(row: Row) -> Outcome:
    """Read the documents of *row*."""
    _warm_up()
    random.seed(row.name)  # our pauses
    provider = row.provider()
    lost = done = 0
    hosts = [f"192.0.2.{number + 1}" for number in range(row.processes)]  # an account each, as processes have

    async def process(host: str) -> None:
        nonlocal lost, done
        documents = (f"https://example.com/{number}.pdf" for number in range(row.documents))
        options: dict[str, Any] = {"model": "m", "api_base": f"http://{host}", "api_key": "key", "trust_env": False}
        async with aocr_stream(documents, **options) as results:
            try:
                async for result in results:
                    done += 1
                    lost += result.error is not None
            except OCRError:
                pass

    async def main() -> float:
        async with anyio.create_task_group() as processes:
            for host in hosts:
                processes.start_soon(process, host)
        return anyio.current_time()

    seconds = virtual.run(main, dict.fromkeys(hosts, provider))
    return Outcome(
        lost=lost,
        unread=row.processes * row.documents - done,
        throttled=provider.throttles / provider.requests,
        seconds=seconds,
        after=provider.refused,
    )


@cache
def _warm_up() -> None:
    """Have imported what the first call of a process imports on threads, for which virtual time does not wait."""
    asyncio.run(aocr_many(["https://example.com"], model="m", api_base="http://127.0.0.1:9", retries=0, timeout=30))


def _down(seconds: float) -> Row:
    return Row(
        name=f"down for {seconds:g} s",
        provider=lambda: Provider(limit=InFlight(10_000), latency=(0.3, 0.5), down=(2.0, 2.0 + seconds)),
        documents=2000,
        ideal=seconds + 2000 / 256 * 0.4,
    )


def _rated(
    name: str, documents: int, rate: float, latency: tuple[float, float], burst: float | None = None, **facts: Any
) -> Row:
    """Return the row of *documents* of each process before a provider that serves *rate* a second."""
    processes, says = facts.pop("processes", 1), facts.pop("says", _nothing)
    burst = rate if burst is None else burst
    return Row(
        name=name,
        provider=lambda: Provider(limit=Bucket(rate, burst), latency=latency, says=says),
        documents=documents,
        ideal=(documents * processes - burst) / rate + latency[1],
        processes=processes,
        **facts,
    )


_QUICK, _MIDDLING, _SLOW = (0.3, 0.5), (1.0, 2.0), (5.0, 10.0)  # seconds


def _in_turns(documents: int, most: int) -> float:
    """Return the seconds until the last of *documents* ends, *most* at a time, as long as `Provider` works on each."""
    drawn = random.Random(1)
    ends = [0.0] * most
    for _ in range(documents):
        heapq.heapreplace(ends, ends[0] + drawn.uniform(*_QUICK))
    return max(ends)


_WELL = {"fast": 0.95, "throttled": 0.03}

ROWS = [
    _down(5),
    _down(30),
    _down(60),
    _rated("1/s, no hint", 100, 1, _QUICK, throttled=0.10),
    Row(
        name="1,200 a minute, fixed, no hint",
        provider=lambda: Provider(limit=FixedWindow(1200, 60), latency=_QUICK),
        documents=3600,
        ideal=120 + 1200 / 256 * 0.4,
        throttled=0.10,
    ),
    _rated("20/s, no hint", 300, 20, _QUICK, **_WELL),
    _rated("20/s, no hint, no burst", 300, 20, _QUICK, burst=1),
    _rated("20/s, Retry-After in seconds", 300, 20, _QUICK, says=_seconds, **_WELL),
    _rated("20/s, retry-after-ms", 300, 20, _QUICK, says=_milliseconds, **_WELL),
    _rated("20/s, X-RateLimit-*", 300, 20, _QUICK, says=_remaining, **_WELL),
    _rated("20/s, no hint, 3,000 documents", 3000, 20, _QUICK, **_WELL),
    _rated("100/s at 1 to 2 s", 3000, 100, _MIDDLING, fast=0.95),
    _rated("20/s at 5 to 10 s", 600, 20, _SLOW, fast=0.95),
    Row(
        name="8 in flight, 200 documents",
        provider=lambda: Provider(limit=InFlight(8), latency=_QUICK),
        documents=200,
        ideal=_in_turns(200, 8),
        fast=1 / 1.1,
    ),
    Row(
        name="8 in flight, 2,000 documents",
        provider=lambda: Provider(limit=InFlight(8), latency=_QUICK),
        documents=2000,
        ideal=_in_turns(2000, 8),
        fast=1 / 1.1,
    ),
    _rated("two processes, 20/s, no hint", 300, 20, _QUICK, processes=2, fast=1 / 1.15),
    _rated("two processes, 20/s, seconds", 300, 20, _QUICK, processes=2, says=_seconds, fast=1 / 1.15),
    _rated("eight processes, 20/s, no hint", 200, 20, _QUICK, processes=8),
    _rated("eight processes, 20/s, seconds", 200, 20, _QUICK, processes=8, says=_seconds),
    Row(
        name="key revoked after 100",
        provider=lambda: Provider(limit=InFlight(10_000), latency=_QUICK, revoked=100),
        documents=1000,
        ideal=math.nan,
    ),
]


def main() -> None:
    heading("Streams before modelled providers, in virtual time")
    named = sys.argv[1] if len(sys.argv) > 1 and __name__ == "__main__" else ""
    rows = [row for row in ROWS if named in row.name]
    table(
        ["", "lost", "429", "rate", "seconds", "× ideal", "aims"],
        [_cells(row, play(row)) for row in rows],
    )


def _cells(row: Row, outcome: Outcome) -> list[str]:
    share = row.ideal / outcome.seconds
    aims = [outcome.lost == 0]
    if row.fast is not None:
        aims.append(share >= row.fast)
    if row.throttled is not None:
        aims.append(outcome.throttled <= row.throttled)
    return [
        row.name,
        str(outcome.lost),
        f"{outcome.throttled:.1%}",
        "" if math.isnan(share) else f"{share:.0%}",
        f"{outcome.seconds:.1f}",
        f"{outcome.after} × 401" if math.isnan(share) else f"{1 / share:.2f}",
        "met" if all(aims) else "NOT MET",
    ]


if __name__ == "__main__":
    main()

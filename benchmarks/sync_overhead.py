"""
A synchronous call costs at most 100 µs more than awaiting the same one, at the median.

`ocr()` from a plain thread against `await aocr()` in a loop, both over a kept connection to the same server; the trip
to the loop's thread and back alone; and two threads that wake each other by locks, the least that such a trip can cost.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.measure import heading, median, percentile, table, verdict
from benchmarks.server import serving
from ocr_async import OCR, close
from ocr_async._portal import PORTAL


ROUNDS = 20
CALLS = 200
SWITCHES = "two thread switches"


def main() -> None:
    heading("Time of one synchronous call: 1 page by URL, an answer of 1 KB")
    seconds: dict[str, list[float]] = {"await aocr()": [], "ocr()": [], "trip to the loop's thread": [], SWITCHES: []}
    differences, ratios = [], []
    with serving() as server, asyncio.Runner() as runner:
        client = OCR(model="mistral/mistral-ocr-latest", api_base=f"{server}/1x1", api_key="key")
        awaited = partial(client.aocr, "https://example.com/report.pdf")
        called = partial(client.ocr, "https://example.com/report.pdf")
        for number in range(ROUNDS + 1):
            one = runner.run(_awaited(awaited))
            other = _called(called)
            trip = _called(partial(PORTAL.call, _nothing))
            with _echo() as there_and_back:
                switches = _called(there_and_back)
            if number:  # the first round opens the connections
                seconds["await aocr()"] += one
                seconds["ocr()"] += other
                seconds["trip to the loop's thread"] += trip
                seconds[SWITCHES] += switches
                differences.append(median(other) - median(one))
                ratios.append(median(trip) / median(switches))
    close()
    table(
        ["", "p50 µs", "p99 µs"],
        [
            [name, f"{percentile(values, 0.5) * 1e6:.0f}", f"{percentile(values, 0.99) * 1e6:.0f}"]
            for name, values in seconds.items()
        ],
    )
    verdict("trip, as a multiple of two thread switches, p50", median(ratios), 3, " times")
    verdict("ocr() above await aocr(), p50", median(differences) * 1e6, 100, " µs")


async def _nothing() -> None:
    pass


@contextmanager
def _echo() -> Iterator[Callable[[], object]]:
    """Yield a function that wakes another thread and waits until that one has woken it."""
    there, back = threading.Lock(), threading.Lock()
    there.acquire()
    back.acquire()
    done = False

    def echo() -> None:
        while there.acquire() and not done:
            back.release()

    def there_and_back() -> None:
        there.release()
        back.acquire()

    thread = threading.Thread(target=echo)
    thread.start()
    try:
        yield there_and_back
    finally:
        done = True
        there.release()
        thread.join()


async def _awaited(call: Callable[[], Awaitable[object]]) -> list[float]:
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        await call()
        seconds.append(time.perf_counter() - started)
    return seconds


def _called(call: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    main()

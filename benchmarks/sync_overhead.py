"""
A synchronous call costs at most 100 µs more than awaiting the same one, at the median.

`ocr()` from a plain thread against `await aocr()` in a loop, both over a kept connection to the same server; and the
trip to the loop's thread and back alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from benchmarks.measure import heading, median, percentile, table, verdict
from benchmarks.server import serving
from ocr_async import OCR, close
from ocr_async._portal import PORTAL


ROUNDS = 20
CALLS = 200


def main() -> None:
    heading("Time of one synchronous call: 1 page by URL, an answer of 1 KB")
    seconds: dict[str, list[float]] = {"await aocr()": [], "ocr()": [], "trip to the loop's thread": []}
    differences = []
    with serving() as server, asyncio.Runner() as runner:
        client = OCR(model="mistral/mistral-ocr-latest", api_base=f"{server}/1x1", api_key="key")
        awaited = partial(client.aocr, "https://example.com/report.pdf")
        called = partial(client.ocr, "https://example.com/report.pdf")
        for number in range(ROUNDS + 1):
            one = runner.run(_awaited(awaited))
            other = _called(called)
            trip = _called(partial(PORTAL.call, _nothing))
            if number:  # the first round opens the connections
                seconds["await aocr()"] += one
                seconds["ocr()"] += other
                seconds["trip to the loop's thread"] += trip
                differences.append(median(other) - median(one))
    close()
    table(
        ["", "p50 µs", "p99 µs"],
        [
            [name, f"{percentile(values, 0.5) * 1e6:.0f}", f"{percentile(values, 0.99) * 1e6:.0f}"]
            for name, values in seconds.items()
        ],
    )
    verdict("ocr() above await aocr(), p50", median(differences) * 1e6, 100, " µs")


async def _nothing() -> None:
    pass


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

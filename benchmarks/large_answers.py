"""
10 MB answers at concurrency 64 cost at most 1.15 times the CPU of bare aiohttp and orjson, and the loop stays awake.

Answers above 1 MiB are parsed on a thread; a task that ticks every 5 ms beside the calls is late by less than 50 ms.
"""

from __future__ import annotations

from benchmarks.measure import heading, median, percentile, run, table, verdict
from benchmarks.server import serving


ROUNDS = 3
CALLS = 192
CLIENTS = ("bare", "ocr_async")


def main() -> None:
    heading("Answers of 10 MB (10 pages with 1 MB of Markdown each) at concurrency 64")
    cpu: dict[str, list[float]] = {name: [] for name in CLIENTS}
    late: dict[str, list[float]] = {name: [] for name in CLIENTS}
    peak = dict.fromkeys(CLIENTS, 0)
    with serving() as server:
        for _ in range(ROUNDS):
            for name in CLIENTS:
                done = run(name, f"{server}/10x1000", calls=CALLS, concurrency=64, warm_up=64)
                cpu[name].append(done["cpu"] / CALLS)
                late[name] += done["late"]
                peak[name] = max(peak[name], done["peak"])
    table(
        ["client", "CPU ms/call", "lag p50 ms", "lag p99 ms", "lag most ms", "peak MB"],
        [
            [
                name,
                f"{median(cpu[name]) * 1e3:.1f}",
                *(f"{percentile(late[name], share) * 1e3:.1f}" for share in (0.5, 0.99, 1)),
                f"{peak[name] / 1e6:.0f}",
            ]
            for name in CLIENTS
        ],
    )
    ratios = [one / two for one, two in zip(cpu["ocr_async"], cpu["bare"], strict=True)]
    verdict("CPU against bare", median(ratios), 1.15, " ×")
    verdict("lag of the loop, p99", percentile(late["ocr_async"], 0.99) * 1e3, 50, " ms")


if __name__ == "__main__":
    main()

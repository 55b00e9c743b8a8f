"""
A call costs at most 1.6 times the CPU of bare aiohttp and orjson, an eighth of mistralai's and a fifth of litellm's.

Each client asks for 10 pages by URL and gets 118 KB of JSON back: one call after the other, and 64 at a time.
"""

from __future__ import annotations

from benchmarks.clients import CLIENTS
from benchmarks.measure import heading, median, percentile, run, table, verdict
from benchmarks.server import serving


ROUNDS = 5
# calls of a round: the slow clients get fewer, so that none takes much longer than the others
CALLS = {"bare": 2000, "ocr_async": 2000, "mistralai": 300, "litellm": 300}
MOST = {"bare": 1.6, "mistralai": 1 / 8, "litellm": 1 / 5}


def main() -> None:
    heading("CPU of one call: 10 pages by URL, an answer of 118 KB")
    for concurrency in (1, 64):
        cpu: dict[str, list[float]] = {name: [] for name in CLIENTS}
        seconds: dict[str, list[float]] = {name: [] for name in CLIENTS}
        with serving() as server:
            for _ in range(ROUNDS):
                for name in CLIENTS:
                    done = run(
                        name, f"{server}/10x10", calls=CALLS[name], concurrency=concurrency, warm_up=4 * concurrency
                    )
                    cpu[name].append(done["cpu"] / CALLS[name])
                    seconds[name] += done["seconds"]
        ours = median(cpu["ocr_async"])
        table(
            [f"concurrency {concurrency}", "CPU µs/call", "ocr_async is", "p50 ms", "p99 ms"],
            [
                [
                    name,
                    f"{median(cpu[name]) * 1e6:.0f}",
                    f"{ours / median(cpu[name]):.2f} ×",
                    f"{percentile(seconds[name], 0.5) * 1e3:.2f}",
                    f"{percentile(seconds[name], 0.99) * 1e3:.2f}",
                ]
                for name in CLIENTS
            ],
        )
        for other, most in MOST.items():
            # each round's own ratio, so that what slows a whole round slows both
            ratios = [one / two for one, two in zip(cpu["ocr_async"], cpu[other], strict=True)]
            verdict(f"CPU against {other} at concurrency {concurrency}", median(ratios), most, " ×")
        print()


if __name__ == "__main__":
    main()

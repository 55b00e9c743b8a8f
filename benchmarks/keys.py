"""
What it costs the event loop to find out whose key a request has, by the number of keys that there are.

    python -m benchmarks.keys

Beside it, in the same run, the way that compares with each key, which is what it stands in for.
"""

from __future__ import annotations

import hmac
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from ocr_async.gateway.access.control import Access, Key, digest
from ocr_async.gateway.http_errors import HTTPError


COUNTS = (1, 100, 10_000)
ROUNDS = 15
GIVEN = "sk-oa-" + "x" * 43  # nobody's


def main() -> None:
    """Print a table."""
    print(f"{'keys':>6}  {'identify, µs':>12}  {'a scan, µs':>12}")
    for count in COUNTS:
        access, keys = _access(count)
        found, scanned = _median(partial(_identify, access), 2000), _median(partial(_scan, keys), 20)
        print(f"{count:6}  {found:12.2f}  {scanned:12.2f}")


def measured(count: int) -> float:
    """Return the seconds that it takes to find out whose a request is, of *count* keys."""
    return _median(partial(_identify, _access(count)[0]), 2000) / 1e6


def _access(count: int) -> tuple[Access, Sequence[Key]]:
    """Return who knows *count* keys, and those keys."""
    keys = [Key(id=str(number), alias=str(number), digest=digest(f"sk-{number}")) for number in range(count)]
    access = Access(master=digest("sk-master"))
    access.agree(keys, {})
    return access, keys


def _identify(access: Access) -> None:
    with suppress(HTTPError):
        access.identify(GIVEN)


def _scan(keys: Sequence[Key]) -> Key | None:
    asked, found = digest(GIVEN), None
    for key in keys:
        if hmac.compare_digest(asked, key.digest):
            found = key
    return found


def _median(do: Callable[[], object], repeats: int) -> float:
    """Return the median of the rounds' means, in microseconds."""
    means = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(repeats):
            do()
        means.append((time.perf_counter() - started) / repeats * 1e6)
    return statistics.median(means)


if __name__ == "__main__":
    main()

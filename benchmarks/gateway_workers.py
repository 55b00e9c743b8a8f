"""
Two workers of a gateway serve at least 1.8 times as many requests a second as one process, where both have a core.

The client and the upstream are processes of their own, and want processors too: on a machine of two cores they take
them from the second worker. So the CPU of each request is measured as well, and how evenly the workers share it: what
two cores of their own would serve follows from both.
"""

from __future__ import annotations

import http.client
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from attrs import define, field

from benchmarks.gateway import CONCURRENCY, Load
from benchmarks.gateways import Running, configuration, headers, ocr_async, request
from benchmarks.measure import heading, median, table, verdict
from benchmarks.server import serving


ROUNDS = 5
REQUESTS = 1500
WORKERS = (1, 2)
# limits that no request reaches, so that each is asked about
LIMITS = {"budget_usd": 1e9, "budget_pages": 10**8, "rpm": 10**8, "max_concurrency": 10**4}


@define
class Measured:
    """What some loads cost: CPU seconds of a request in the supervisor and in the worker that has the most of them."""

    load: Load = field(factory=Load)
    supervisor: list[float] = field(factory=list)
    busiest: list[float] = field(factory=list)


def main() -> None:
    heading(f"A gateway of several processes, {os.cpu_count()} cores for them, their client and their upstream")
    with tempfile.TemporaryDirectory() as name, serving() as upstream, ExitStack() as stack:
        folder = Path(name)
        config = configuration(folder, upstream)
        body = folder / "small.json"
        body.write_bytes(request("small"))
        gateways = {count: stack.enter_context(ocr_async(folder, config, count)) for count in WORKERS}
        for who, keys in (
            ("the master key", dict.fromkeys(WORKERS, headers()["Authorization"])),
            ("a key with limits", {count: limited(gateway) for count, gateway in gateways.items()}),
        ):
            compare(who, gateways, keys, body)
        table(["memory after it", "MB"], [[f"{count}", f"{one.memory():.0f}"] for count, one in gateways.items()])


def limited(gateway: Running) -> str:
    """Return a new key with limits."""
    connection = http.client.HTTPConnection(gateway.url.split("/")[2], timeout=30)
    connection.request("POST", "/v1/keys", json.dumps({"alias": "limited", **LIMITS}), headers())
    with connection.getresponse() as answer:
        key: str = json.load(answer)["key"]
    connection.close()
    return f"Bearer {key}"


def compare(who: str, gateways: Mapping[int, Running], keys: Mapping[int, str], body: Path) -> None:
    """Measure each in alternated rounds."""
    found = {count: Measured() for count in gateways}
    for _ in range(ROUNDS):
        for count, gateway in gateways.items():
            measured, before = found[count], gateway.cpu_of_each()
            measured.load.add(gateway, body, REQUESTS, CONCURRENCY, Authorization=keys[count])
            used = [now - then for now, then in zip(gateway.cpu_of_each(), before, strict=True)]
            supervisor, workers = (used[0], used[1:]) if count > 1 else (0.0, used)
            measured.supervisor.append(supervisor / (REQUESTS + CONCURRENCY))
            measured.busiest.append(max(workers) / (REQUESTS + CONCURRENCY))
    table(
        [
            f"118 KB at {CONCURRENCY}, {who}",
            "requests/s",
            "CPU ms/request",
            "in the supervisor",
            "in the busiest worker",
        ],
        [
            [
                f"{count}",
                f"{median(one.load.rates):.0f}",
                *(f"{median(each) * 1e3:.3f}" for each in (one.load.cpu, one.supervisor, one.busiest)),
            ]
            for count, one in found.items()
        ],
    )
    one, two = found[WORKERS[0]], found[WORKERS[1]]
    rates = [first / second for first, second in zip(one.load.rates, two.load.rates, strict=True)]
    verdict("requests a second of one against two, as measured", median(rates), 1 / 1.8, " ×")
    # a process that is always at work serves one request in the CPU time that one takes it
    bound = [second / first for first, second in zip(one.busiest, two.busiest, strict=True)]
    verdict("CPU of a request in the busiest process, two against one", median(bound), 1 / 1.8, " ×")
    print()


if __name__ == "__main__":
    main()

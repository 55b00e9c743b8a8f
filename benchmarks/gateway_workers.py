"""
Two workers of a gateway serve at least 1.8 times as many requests a second as one process, where both have a core.

The client and the upstream are processes of their own, and want processors too: on a machine of two cores they take
them from the second worker. So the CPU of each request is measured as well, and how evenly the workers share it: what
two cores of their own would serve follows from both.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from attrs import define, field

from benchmarks.gateway import CONCURRENCY, Load
from benchmarks.gateways import KEY, Running, configuration, headers, ocr_async, request
from benchmarks.instructions import VALGRIND, send, taken_by
from benchmarks.measure import heading, median, table, verdict
from benchmarks.server import serving
from ocr_async.gateway.access.control import Access, Demand, Key, digest
from ocr_async.gateway.multiprocess.coordinator import Coordinator, Peer
from ocr_async.gateway.multiprocess.link import open_link
from ocr_async.gateway.multiprocess.shared import CoordinatedLimits


SCAN = Path(__file__).parent.parent / "samples/scan.pdf"
ROUNDS = 5
REQUESTS = 1500
ASKED = 6400
CONNECTIONS, COUNTED = 16, 96  # of the requests whose instructions are counted
WORKERS: Sequence[int] = (1, 2)
# limits that no request reaches, so that each is asked about
LIMITS: Mapping[str, Any] = {"budget_usd": 1e9, "budget_pages": 10**8, "rpm": 10**8, "max_concurrency": 10**4}


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
        for count, gateway in gateways.items():
            until_all_serve(gateway, count)
        for who, keys in (
            ("the master key", dict.fromkeys(WORKERS, headers()["Authorization"])),
            ("a key with limits", {count: limited(gateway) for count, gateway in gateways.items()}),
        ):
            compare(who, gateways, keys, body)
        table(["memory after it", "MB"], [[f"{count}", f"{one.memory():.0f}"] for count, one in gateways.items()])
        print()
        asking()
        engine(folder)
    if shutil.which("valgrind") is not None:
        with tempfile.TemporaryDirectory() as name, serving() as upstream:
            instructions(Path(name), configuration(Path(name), upstream))


def asking() -> None:
    """CPU of asking the supervisor, before and after a request of a key with limits: of both ends, in one process."""
    rows = [[f"{many}", f"{asyncio.run(_asked(many)) * 1e6:.0f}"] for many in (1, CONCURRENCY)]
    table(["requests at once", "µs of both ends a request"], rows)
    print()


async def _asked(many: int) -> float:
    access = Access(master=bytes(32))
    key = Key(id="limited", alias="limited", digest=digest("limited"), **LIMITS)
    access.agree([key], {})
    coordinator, peer = Coordinator(access, None), Peer()
    ours, theirs = socket.socketpair()
    peer.link = await open_link(ours, coordinator.serves(peer))
    limits = CoordinatedLimits(await open_link(theirs, {}))

    async def requests() -> None:
        for _ in range(ASKED // many):
            async with limits.admit(key, "small", Demand(pages=10, price=0.001)) as reservation:
                await asyncio.sleep(0)
                reservation.charge(10, 0.01)

    before = time.process_time()
    await asyncio.gather(*(requests() for _ in range(many)))
    used = time.process_time() - before
    await limits.link.close()
    await peer.link.close()
    return used / ASKED


def instructions(folder: Path, config: Path) -> None:
    """Instructions of a request in each process, which no other program takes the cores from."""
    found = {workers: _instructions_of_each(folder, config, workers) for workers in WORKERS}
    rows = []
    for workers, (first, *others) in found.items():
        each, supervisor = (others, [f"{first / 1e6:.2f}"]) if workers > 1 else ([first], [""])
        told = [f"{sum(each) / 1e6:.2f}", f"{max(each) / 1e6:.2f}"]
        rows.append([f"{workers}", *told, *supervisor])
    table(["million instructions a request", "workers", "of them the busiest", "supervisor"], rows)
    (one,), (_, *several) = found[WORKERS[0]], found[WORKERS[1]]
    verdict("instructions of a request in the busiest worker, two against one", max(several) / one, 1 / 1.8, " ×")
    verdict("instructions of a request in both workers, against one process", sum(several) / one, 1.1, " ×")
    print()


def _instructions_of_each(folder: Path, config: Path, workers: int) -> list[float]:
    """Return how many instructions each process takes for a request, of all requests."""
    with ocr_async(folder, config, workers, under=(*VALGRIND, "--trace-children=yes")) as gateway, ExitStack() as stack:
        until_all_serve(gateway, workers)
        connections = [http.client.HTTPConnection(gateway.url.split("/")[2], timeout=60) for _ in range(CONNECTIONS)]
        for each in connections:
            stack.callback(each.close)

        def in_turn(times: int) -> None:
            for _ in range(times):
                for each in connections:
                    send(each, 1)

        in_turn(4)
        return [taken / COUNTED for taken in taken_by(gateway.pids(), lambda: in_turn(COUNTED // CONNECTIONS))]


def engine(folder: Path) -> None:
    """Memory where the embedded engine reads scans: there is one recogniser, however many workers."""
    scan = base64.b64encode(SCAN.read_bytes()).decode()
    body = folder / "scan.json"
    body.write_bytes(request("small", f"data:application/pdf;base64,{scan}"))
    config = folder / "engine.yaml"
    config.touch(mode=0o600)
    model = {"model_name": "small", "litellm_params": {"model": "local/ocr"}}
    config.write_text(json.dumps({"model_list": [model], "general_settings": {"master_key": KEY}}))
    rows = []
    for count in WORKERS:
        with ocr_async(folder, config, count, body.read_bytes()) as gateway:
            until_all_serve(gateway, count)
            Load().add(gateway, body, 12, 6)
            kinds = [gateway.memory_of(what) for what in ("recogniser", "parser")]
            told = [f"{len(each)} × {sum(each) / max(len(each), 1):.0f}" for each in kinds]
            rows.append([f"{count}", *told, f"{gateway.memory():.0f}"])
    table(["scans by the engine", "recognisers × MB", "parsers × MB", "all MB"], rows)


def until_all_serve(gateway: Running, count: int) -> None:
    """Wait until a gateway, which answers already, has all its workers."""
    while count > 1 and scraped(gateway, "ocr_gateway_workers") < count:
        time.sleep(0.1)


def scraped(gateway: Running, name: str) -> float:
    """Return a metric of a gateway."""
    connection = http.client.HTTPConnection(gateway.url.split("/")[2], timeout=30)
    connection.request("GET", "/metrics", headers=headers())
    with connection.getresponse() as answer:
        lines = answer.read().decode().splitlines()
    connection.close()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


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

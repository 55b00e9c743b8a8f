"""
The gateway serves 14 times as many requests a second as LiteLLM's proxy, at a 14th of its CPU, and in little memory.

Both stand before the same upstream with the same `config.yaml` and one process each: answers of 118 KB at concurrency
64 and one after the other, beside a relay by aiohttp that checks them to be JSON; answers of 10 MB beside a plain relay
of TCP; and uploads of 5 MB at concurrency 64. Most of 10 MB is pictures as a rule; prose, with letters beyond ASCII,
costs the JSON decoder five times as much.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from attrs import define, field

from benchmarks.gateways import (
    SHAPES,
    Running,
    checked_relay,
    configuration,
    has_litellm,
    headers,
    litellm,
    ocr_async,
    relay,
    request,
)
from benchmarks.measure import heading, median, percentile, table, verdict
from benchmarks.server import serving


ROUNDS = 3
CONCURRENCY = 64
# requests of a round; LiteLLM's proxy would take minutes for as many
SMALL = {"ocr_async": 1500, "checked relay": 1500, "litellm": 128}
ALONE = {"direct": 500, "ocr_async": 500, "checked relay": 500, "litellm": 60}
LARGE, LARGE_AT_ONCE = 48, 8
UPLOADS = {"ocr_async": 128, "litellm": 64}
UPLOAD = 5_000_000  # bytes
SETTLES = 3.0  # seconds after a load, in which memory is given back


def main() -> None:
    heading("The gateway: one process, before an upstream in a process of its own")
    with tempfile.TemporaryDirectory() as name, serving() as upstream:
        folder = Path(name)
        config = configuration(folder, upstream)
        known = {"ocr_async": ocr_async, "litellm": litellm}
        if not has_litellm():
            del known["litellm"]
            print("LiteLLM's proxy is left out: it takes pip install 'litellm[proxy]'.\n")
        bodies = write_bodies(folder)
        with ExitStack() as stack:
            gateways = {each: stack.enter_context(start(folder, config)) for each, start in known.items()}
            starting(folder, config, gateways)
            others = {"checked relay": stack.enter_context(checked_relay(upstream, SHAPES["small"]))}
            small(gateways | others, bodies["small"])
            alone(gateways | others, bodies["small"], f"{upstream}/{SHAPES['small']}/v1/ocr")
            large(gateways["ocr_async"], bodies, upstream)
        with ExitStack() as stack:  # new ones, whose peak is that of uploads
            uploads({each: stack.enter_context(start(folder, config)) for each, start in known.items()}, bodies)


def write_bodies(folder: Path) -> Mapping[str, Path]:
    """Write a body for each model; that of `upload` holds a document."""
    document = b"%PDF-1.7\n" + bytes(range(256)) * (UPLOAD // 256)
    data_uri = f"data:application/pdf;base64,{base64.b64encode(document).decode()}"
    bodies = {model: folder / f"{model}.json" for model in SHAPES}
    for model, path in bodies.items():
        path.write_bytes(request(model, data_uri) if model == "upload" else request(model))
    return bodies


@define
class Load:
    """What came of some loads: CPU seconds of the server for each request, requests a second, seconds of each."""

    cpu: list[float] = field(factory=list)
    rates: list[float] = field(factory=list)
    seconds: list[float] = field(factory=list)

    def add(self, server: Running, body: Path, requests: int, connections: int, **more: str) -> None:
        """Send *requests* over *connections*, after one for each that is not measured."""
        job = {
            "url": server.url,
            "headers": {**headers(), **more},
            "body": str(body),
            "requests": requests,
            "connections": connections,
            "warm_up": connections,
        }
        command = [sys.executable, "-m", "benchmarks.load", json.dumps(job)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            before = server.cpu()
            answer = process.stdout.readline()
            self.cpu.append((server.cpu() - before) / requests)
        done = json.loads(answer)
        self.rates.append(requests / done["all"])
        self.seconds += done["seconds"]


# --- the parts ----------------------------------------------------------------------------------------------------


def starting(folder: Path, config: Path, gateways: Mapping[str, Running]) -> None:
    """Time from the command to the first answer, and memory before there was any load."""
    starts = {each: [gateway.started] for each, gateway in gateways.items()}
    for _ in range(ROUNDS - 1):
        with ocr_async(folder, config) as again:
            starts["ocr_async"].append(again.started)
    table(
        ["start", "first answer s", "idle MB"],
        [[each, f"{median(starts[each]):.2f}", f"{gateways[each].memory():.0f}"] for each in gateways],
    )
    verdict("start to first answer", median(starts["ocr_async"]), 1, " s")
    verdict("idle memory", gateways["ocr_async"].memory(), 60, " MB")
    print()


def small(gateways: Mapping[str, Running], body: Path) -> None:
    """Requests a second and CPU of each, many at once."""
    loads = {each: Load() for each in gateways}
    for _ in range(ROUNDS):
        for each, load in loads.items():
            load.add(gateways[each], body, SMALL[each], CONCURRENCY)
    table(
        [f"118 KB at {CONCURRENCY}", "requests/s", "CPU ms/request"],
        [[each, f"{median(load.rates):.0f}", f"{median(load.cpu) * 1e3:.2f}"] for each, load in loads.items()],
    )
    if "litellm" in loads:
        ours, other = loads["ocr_async"], loads["litellm"]
        rates = [one / two for one, two in zip(other.rates, ours.rates, strict=True)]
        verdict("LiteLLM's requests a second against ours", median(rates), 1 / 14, " ×")
        verdict("CPU against LiteLLM", _cpu(ours, other), 1 / 14, " ×")
    verdict("CPU against a checked relay", _cpu(loads["ocr_async"], loads["checked relay"]), 1.7, " ×")
    print()


def _cpu(ours: Load, other: Load) -> float:
    """Return how many times the CPU of *other* a request takes: the median of the rounds' own ratios."""
    return median([one / two for one, two in zip(ours.cpu, other.cpu, strict=True)])


def alone(gateways: Mapping[str, Running], body: Path, upstream: str) -> None:
    """Time that a gateway adds, one request after the other, for a client that would take gzip."""
    servers = {"direct": Running(next(iter(gateways.values())).process, upstream), **gateways}
    loads = {each: Load() for each in servers}
    for _ in range(ROUNDS):
        for each, load in loads.items():
            more = {} if each == "litellm" else {"Accept-Encoding": "gzip, deflate"}  # `load` refuses what is encoded
            load.add(servers[each], body, ALONE[each], 1, **more)
    direct = percentile(loads["direct"].seconds, 0.5)
    table(
        ["118 KB alone", "p50 ms", "p99 ms", "added p50 ms", "CPU ms/request"],
        [
            [
                each,
                *(f"{percentile(load.seconds, share) * 1e3:.2f}" for share in (0.5, 0.99)),
                f"{(percentile(load.seconds, 0.5) - direct) * 1e3:.2f}",
                "" if each == "direct" else f"{median(load.cpu) * 1e3:.2f}",
            ]
            for each, load in loads.items()
        ],
    )
    verdict("added time, p50", (percentile(loads["ocr_async"].seconds, 0.5) - direct) * 1e3, 0.6, " ms")
    print()


def large(gateway: Running, bodies: Mapping[str, Path], upstream: str) -> None:
    """CPU of passing on 10 MB, checked to be an answer, beside that of passing on whatever comes."""
    rows, ratios = [], {}
    for kind in ("pictures", "prose"):
        ours, other = Load(), Load()
        with relay(upstream, SHAPES[kind]) as plain:
            for _ in range(ROUNDS):
                ours.add(gateway, bodies[kind], LARGE, LARGE_AT_ONCE)
                other.add(plain, bodies[kind], LARGE, LARGE_AT_ONCE)
        rows.append([kind, *(f"{median(load.cpu) * 1e3:.1f}" for load in (ours, other))])
        ratios[kind] = _cpu(ours, other)
    table([f"10 MB at {LARGE_AT_ONCE}", "ocr_async ms", "TCP relay ms"], rows)
    for kind, ratio in ratios.items():
        verdict(f"CPU against a TCP relay, {kind}", ratio, 2, " ×")
    print()


def uploads(gateways: Mapping[str, Running], bodies: Mapping[str, Path]) -> None:
    """Peak of memory during uploads, and what is left of it after a while."""
    rows, left = [], 0.0
    for each, gateway in gateways.items():
        idle, load = gateway.memory(), Load()
        load.add(gateway, bodies["upload"], UPLOADS[each], CONCURRENCY)
        time.sleep(SETTLES)
        rows.append([each, *(f"{number:.0f}" for number in (idle, gateway.peak(), gateway.memory()))])
        if each == "ocr_async":
            left = gateway.memory() / idle
    table([f"{UPLOAD // 1_000_000} MB uploads at {CONCURRENCY}", "idle MB", "peak MB", "after MB"], rows)
    verdict("peak memory of uploads", gateways["ocr_async"].peak(), 150, " MB")
    verdict("memory after the load against idle", left, 1.2, " ×")


if __name__ == "__main__":
    main()

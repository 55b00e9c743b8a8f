"""
How work grows: calls at once, documents of a stream, pages of a document, keys, batch lines and processes of a gateway.

    python -m benchmarks.growth [--most N] [calls documents pages text keys lines processes]

With ``--most`` larger sizes are left out: all together take a quarter of an hour, those up to 100 a minute or two.

Each size is measured in a process of its own, before a server in another: seconds, processor time for each piece of
work, and the most memory. What is flat in the column of processor time grows in line with the work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import gateways
from benchmarks.gateway import CONCURRENCY, Load
from benchmarks.gateway_workers import until_all_serve
from benchmarks.keys import measured as keys_measured
from benchmarks.measure import heading, table
from benchmarks.server import serving


SIZES: dict[str, tuple[int, ...]] = {
    "calls": (1, 10, 100, 1000),
    "documents": (10, 100, 1000, 10_000),
    "pages": (1, 10, 100, 1000, 5000),
    "text": (1, 10, 100, 1000),
    "keys": (1, 100, 10_000, 100_000),
    "lines": (10, 100, 1000, 10_000, 50_000),
    "processes": (1, 2, 3, 4),
}
TITLES = {
    "calls": "Calls at once, answers of one page with 2 KB",
    "documents": "Documents of a stream, one page with 2 KB each",
    "pages": "Pages of one answer, 2 KB each",
    "text": "Pages of a digital PDF, by the embedded engine (its workers' time included)",
    "keys": "Keys of a gateway, to find out whose a request is",
    "lines": "Lines of a batch job at a gateway, one page with 2 KB each",
    "processes": "Processes of a gateway, 3,000 requests for 118 KB, 64 at once",
}
_REQUESTS = 3000
_AT_LEAST = 300  # calls, so that a few are no noise
_URL = "https://example.com/report.pdf"


def main() -> None:
    """Print a table for each kind of growth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[[], *SIZES], metavar="KIND", help=" ".join(SIZES))
    parser.add_argument("--most", type=int, default=max(map(max, SIZES.values())), metavar="N")
    given = parser.parse_args()
    heading("How work grows")
    for kind in given.kinds or SIZES:
        print(TITLES[kind])
        rows = []
        for size in (size for size in SIZES[kind] if size <= given.most):
            found = _AT_A_GATEWAY[kind](size) if kind in _AT_A_GATEWAY else _alone(kind, size)
            each = found["cpu"] / found["pieces"]
            rows.append([f"{size:,}", f"{found['seconds']:.2f} s", _time(each), f"{found['peak']:.0f} MB"])
        table(["size", "seconds", "CPU each", "peak"], rows)


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.001 else f"{seconds * 1e3:,.2f} ms"


def _alone(kind: str, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", "--alone", kind, str(size)],
        stdout=subprocess.PIPE, check=True, timeout=900,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# --- in a process of its own ----------------------------------------------------------------------------------------


def alone(kind: str, size: int) -> None:
    """Measure *kind* at *size*; print it as JSON."""
    if kind == "keys":
        seconds = keys_measured(size)
        print(json.dumps({"seconds": seconds, "cpu": seconds, "pieces": 1, "peak": _peak()}))
        return
    work: Callable[[str, int], Awaitable[int]] = {
        "calls": _calls, "documents": _documents, "pages": _pages, "text": _text
    }[kind]  # fmt: skip
    with serving() as base:
        seconds, cpu, pieces = asyncio.run(_measured(work, base, size))
        # the time of workers is told once they have ended, with their loop
        print(json.dumps({"seconds": seconds, "cpu": _cpu() - cpu, "pieces": pieces, "peak": _peak()}))


async def _measured(work: Callable[[str, int], Awaitable[int]], base: str, size: int) -> tuple[float, float, int]:
    await work(base, 1)  # imports, connections, workers
    cpu, began = _cpu(), time.perf_counter()
    pieces = await work(base, size)
    return time.perf_counter() - began, cpu, pieces


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _options(base: str, shape: str) -> dict[str, Any]:
    return {"model": "mistral/mistral-ocr-latest", "api_base": f"{base}/{shape}/v1", "api_key": "key"}


async def _calls(base: str, size: int) -> int:
    from ocr_async import aocr

    async def one() -> None:
        await aocr(_URL, max_concurrency=1000, **_options(base, "1x2"))

    rounds = max(_AT_LEAST // size, 1) if size > 1 else _AT_LEAST
    for _ in range(rounds):
        async with asyncio.TaskGroup() as tasks:
            for _ in range(size):
                tasks.create_task(one())
    return rounds * size


async def _documents(base: str, size: int) -> int:
    from ocr_async import aocr_stream

    came = 0
    documents: Iterator[str] = (_URL for _ in range(size))
    async with aocr_stream(documents, max_concurrency=32, **_options(base, "1x2")) as results:
        async for result in results:
            result.unwrap()
            came += 1
    assert came == size
    return size


async def _pages(base: str, size: int) -> int:
    from ocr_async import aocr

    times = max(_AT_LEAST // size, 1)
    for _ in range(times):
        response = await aocr(_URL, **_options(base, f"{size}x2"))
        assert len(response.pages) == size
    return times * size


async def _text(base: str, size: int) -> int:
    from benchmarks.engine import lines
    from ocr_async import aocr
    from tests.documents import text_pdf

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.pdf"
        drawn = text_pdf([lines(46, 80, seed) for seed in range(size)], size=11)
        await asyncio.to_thread(path.write_bytes, drawn)
        response = await aocr(path)
        assert len(response.pages) == size
    return size


# --- a gateway ------------------------------------------------------------------------------------------------------


def _lines(size: int) -> dict[str, float]:
    """Measure a batch job of *size* lines; its process is the gateway's."""
    with serving() as upstream, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = gateways.configuration(folder, upstream, {"small": "1x2"})
        with gateways.ocr_async(folder, config) as running:
            root = running.url.rpartition("/v1")[0]
            text = "".join(
                json.dumps({"custom_id": str(n), "body": {"document": {"type": "document_url", "document_url": _URL}}})
                + "\n"
                for n in range(size)
            )
            file = _upload(f"{root}/v1/files", text.encode())["id"]
            cpu, began = running.cpu(), time.perf_counter()
            body = {"input_files": [file], "endpoint": "/v1/ocr", "model": "small"}
            job = _ask(f"{root}/v1/batch/jobs", json.dumps(body).encode(), "application/json")
            while (job := _ask(f"{root}/v1/batch/jobs/{job['id']}"))["status"] in {"QUEUED", "RUNNING"}:
                time.sleep(0.1)
            assert (job["status"], job["succeeded_requests"]) == ("SUCCESS", size), job
            seconds = time.perf_counter() - began
            return {"seconds": seconds, "cpu": running.cpu() - cpu, "pieces": size, "peak": running.peak()}


def _processes(size: int) -> dict[str, float]:
    """Measure requests at a gateway of *size* processes, behind which a supervisor stands if there are several."""
    with serving() as upstream, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = gateways.configuration(folder, upstream)
        body = folder / "small.json"
        body.write_bytes(gateways.request("small"))
        with gateways.ocr_async(folder, config, size) as running:
            until_all_serve(running, size)
            load = Load()
            load.add(running, body, _REQUESTS, CONCURRENCY)
            (rate,), (each,) = load.rates, load.cpu
            found = {"seconds": _REQUESTS / rate, "cpu": each * _REQUESTS, "pieces": _REQUESTS}
            return {**found, "peak": running.peak()}


_AT_A_GATEWAY = {"lines": _lines, "processes": _processes}


def _upload(url: str, data: bytes) -> Any:
    head = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--x\r\n'
    head += b'Content-Disposition: form-data; name="file"; filename="lines.jsonl"\r\n\r\n'
    return _ask(url, head + data + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")


def _ask(url: str, data: bytes | None = None, kind: str = "") -> Any:
    headers = {"Authorization": f"Bearer {gateways.KEY}", **({"Content-Type": kind} if kind else {})}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=300) as answer:
        return json.load(answer)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        alone(sys.argv[2], int(sys.argv[3]))
    else:
        main()

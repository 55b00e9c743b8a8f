"""
Bulk jobs under kills, and how they grow: what is lost, what is paid twice, memory, and how soon a resumed job works.

``python -m benchmarks.bulk torture`` runs one part alone; there are dask, torture and size. The provider is this
process, and bills a page as soon as its request is whole; the job has processes of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from PIL import Image

from benchmarks.measure import heading, table, verdict
from tests.bulk.jobs import Bills, pdfs, started, states, visible
from tests.bulk.workers import workers
from tests.upstream import Exchange, mistral_answer, upstream


DOCUMENTS, PAGES = 200, 3
AT_ONCE = 4
MOST = 1.05


def main() -> None:
    for part in PARTS.values():
        part()


def dask() -> None:
    """Kill one of two workers in the middle, and count how often each document was asked for."""
    heading(f"Dask: {DOCUMENTS} documents of {PAGES} pages, two workers, one killed in the middle")
    rows, worst = [], 0.0
    for seed in range(3):
        runs, seconds = killed("dask", random.Random(seed))
        worst = max(worst, sum(runs.values()) / DOCUMENTS)
        rows.append([str(seed), f"{sum(runs.values())}", f"{max(runs.values())}", f"{seconds:.1f}"])
    table(["seed", "runs", "most of one document", "seconds"], rows)
    verdict("runs a document", worst, MOST)


def killed(executor: str, chance: random.Random) -> tuple[Counter[str], float]:
    """Run a job of which one worker is killed; return the requests for each document, and the seconds that it took."""
    with (
        tempfile.TemporaryDirectory() as name,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(upstream()) as server,
    ):
        folder = Path(name)
        pdfs(folder / "in", DOCUMENTS, pages=PAGES)
        server.default = bills = Bills(0.1)
        begun = time.monotonic()
        options = ("--executor", executor, "--workers", "2", "--concurrency", str(AT_ONCE))
        job = started("in", "--out", "out", *options, server=server, cwd=folder)
        middle = DOCUMENTS * chance.uniform(0.3, 0.7)
        while len(bills.pages) < middle * PAGES or not workers(folder / "out"):
            time.sleep(0.01)
        os.kill(chance.choice(workers(folder / "out")), signal.SIGKILL)
        _, errors = job.communicate()
        if job.returncode:
            raise subprocess.CalledProcessError(job.returncode, "ocr-async bulk run", stderr=errors)
        runs: Counter[str] = Counter()
        for (document, page), count in bills.pages.items():
            if not page:
                runs[document] = count
        assert len(runs) == DOCUMENTS, "a document is missing"
        return runs, time.monotonic() - begun


# --- kills at random ------------------------------------------------------------------------------------------------


class Answers(Bills):
    """
    Bills, and when each page was answered.

    Attributes:
        run: Changes when the job is killed: what is answered later, nobody hears.

        poisoned: Documents that whoever reads them is killed of, which are being read.
    """

    def __init__(self) -> None:
        super().__init__(0.1)
        self.answered: dict[tuple[str, int], float] = {}
        self.run = 0
        self.poisoned: list[str] = []

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        name = exchange.received.json["document"]["document_name"]
        if name in POISON:
            self.poisoned.append(name)
            await asyncio.sleep(600)
        pages, run = exchange.work(), self.run
        await super().__call__(exchange)
        if run == self.run:
            self.answered.update(((name, page), time.monotonic()) for page in pages)


def torture() -> None:
    """Kill a job's main process and its workers at random, and whoever reads one of two documents."""
    documents, pages, kills = 200, 5, 30
    heading(f"{documents} documents of {pages} pages, {kills} kills at random, two documents that kill")
    rows = [[str(seed), *_tortured(documents, pages, kills, random.Random(seed))] for seed in range(2)]
    head = [
        "seed",
        "kills",
        "of poison",
        "done",
        "dead",
        "lost",
        "half seen",
        "billed",
        "again after 0.25 s",
        "seconds",
    ]
    table(head, rows)


def _tortured(documents: int, pages: int, kills: int, chance: random.Random) -> list[str]:
    with (
        tempfile.TemporaryDirectory() as name,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(upstream()) as server,
    ):
        folder, began = Path(name), time.monotonic()
        pdfs(folder / "in", documents, pages=pages)
        server.default = answers = Answers()
        server.pages = pages
        kept: dict[tuple[str, int], int] = {}
        half = random_kills = poisoned = 0
        while True:
            answers.poisoned.clear()
            job = started("in", "--out", "out", *_OPTIONS, server=server, cwd=folder)
            asked = len(server.requests) + chance.randrange(5, 2 * documents * pages // kills)
            while job.poll() is None and not answers.poisoned:
                if random_kills < kills and len(server.requests) >= asked:
                    break
                time.sleep(0.002)
            if job.poll() is not None:
                break
            if not answers.poisoned:
                random_kills += 1
                time.sleep(chance.uniform(0, 0.1))
                workers_of = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()
                if workers_of and chance.random() < 0.3:  # the job goes on by itself, and is killed a moment later
                    os.kill(int(chance.choice(workers_of)), signal.SIGKILL)
                    time.sleep(0.3)
            else:
                poisoned += 1
            before = time.monotonic() - 0.25
            answers.run += 1
            job.kill()
            job.communicate()
            for page, at in answers.answered.items():
                if at < before:
                    kept.setdefault(page, answers.pages[page])
            answers.answered.clear()  # what came in the last moments before a kill may have to be paid for again
            half += sum(not _whole(path, pages) for path in visible(folder / "out"))
        found = Counter(states(folder / "out").values())
        again = sum(answers.pages[page] > count for page, count in kept.items())
        lost = documents - found["done"] - found["dead"]
        billed = sum(answers.pages.values())
        counts = (random_kills, poisoned, found["done"], found["dead"], lost, half, billed, again)
        return [*map(str, counts), f"{time.monotonic() - began:.0f}"]


_OPTIONS = ("--pages-per-request", "1", "--concurrency", "8", "--quiet")
POISON = ("050.pdf", "150.pdf")


def _whole(path: Path, pages: int) -> bool:
    text = path.read_text(encoding="utf-8")
    return len(json.loads(text)["pages"]) == pages if path.suffix == ".json" else text.count("# Page") == pages


# --- size -----------------------------------------------------------------------------------------------------------


def size() -> None:
    """Run a job of a hundred and of ten thousand pictures, and kill and resume the larger one."""
    heading("A hundred documents, ten thousand, and those resumed")
    rows, peaks = [], []
    for count in (100, 10_000):
        with (
            tempfile.TemporaryDirectory() as name,
            start_blocking_portal() as portal,
            portal.wrap_async_context_manager(upstream()) as server,
        ):
            folder = Path(name)
            _pictures(folder / "in", count)
            server.default, server.pages = _answered, 1
            began = time.monotonic()
            job = started("in", "--out", "out", "--concurrency", "32", "--quiet", server=server, cwd=folder)
            peak = resumed = 0.0
            while job.poll() is None:
                peak = max(peak, _resident(job.pid))
                if count > 1000 and not resumed and len(server.requests) > count // 2:
                    job.kill()
                    job.communicate()
                    asked, again = len(server.requests), time.monotonic()
                    job = started("in", "--out", "out", "--concurrency", "32", "--quiet", server=server, cwd=folder)
                    while len(server.requests) == asked and job.poll() is None:
                        time.sleep(0.005)
                    resumed = time.monotonic() - again
                time.sleep(0.02)
            job.communicate()
            seconds = time.monotonic() - began
            done = Counter(states(folder / "out").values())["done"]
            peaks.append(peak)
            each = f"{seconds / count * 1e3:.1f} ms"
            rows.append([f"{count:,}", str(done), each, f"{peak:.0f} MB", f"{resumed:.2f} s" if resumed else ""])
    table(["documents", "done", "a document", "peak", "first request after a resume"], rows)
    verdict("memory of ten thousand above that of a hundred", peaks[1] - peaks[0], 20, " MB")


async def _answered(exchange: Exchange) -> None:
    await exchange.read()
    await exchange.json(mistral_answer(exchange.received.json, exchange.work()))


def _pictures(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        picture = Image.new("L", (64, 64), number % 256)
        picture.putpixel((0, 0), number // 256)
        picture.save(folder / f"{number:05}.png")


def _resident(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = text.partition("VmHWM:")[2].split()
    return int(found[0]) * 1024 / 1e6 if found else 0.0


PARTS = {"dask": dask, "torture": torture, "size": size}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()

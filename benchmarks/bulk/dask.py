"""Two workers of Dask, one of which is killed in the middle of a job."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio.from_thread import start_blocking_portal

from benchmarks.measure import heading, table, verdict
from tests.bulk.jobs import Bills, pdfs, started
from tests.bulk.workers import workers
from tests.upstream import upstream


DOCUMENTS, PAGES = 200, 3
AT_ONCE = 4
MOST = 1.05


def dask() -> int:
    """Kill one of two workers in the middle, and count how often each document was asked for; return what is lost."""
    heading(f"Dask: {DOCUMENTS} documents of {PAGES} pages, two workers, one killed in the middle")
    rows, worst, lost = [], 0.0, 0
    for seed in range(3):
        runs, seconds = killed("dask", random.Random(seed))
        lost += DOCUMENTS - len(runs)
        worst = max(worst, sum(runs.values()) / DOCUMENTS)
        rows.append([str(seed), f"{sum(runs.values())}", f"{max(runs.values())}", f"{seconds:.1f}"])
    table(["seed", "runs", "most of one document", "seconds"], rows)
    verdict("runs a document", worst, MOST)
    verdict("documents lost", lost, 0)
    return lost


def killed(executor: str, chance: random.Random) -> tuple[Counter[str], float]:
    """Run a job of which one worker is killed; return the requests for each document, and the seconds that it took."""
    with (
        TemporaryDirectory() as name,
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
        return runs, time.monotonic() - begun

"""
Workers of the embedded engine that are killed at random, and whoever opens one of two documents.

The documents of one page that kill take long to read, so that whoever opens them is seen in ``/proc``.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, field

from benchmarks.measure import heading, table, verdict
from tests.bulk.jobs import pdfs, states, visible
from tests.cli.command import PROGRAM, environment
from tests.documents import text_pdf

from .provider import POISON
from .torture import whole


__all__ = ["workers"]

DOCUMENTS, PAGES, KILLS = 200, 5, 30
_LINES = 20_000  # of a document that takes long


@define
class Told:
    """What became of a job."""

    kills: int = 0
    of_poison: int = 0
    done: int = 0
    dead: list[str] = field(factory=list)
    lost: int = 0
    half: int = 0
    seconds: float = 0.0


def workers() -> int:
    """Kill the workers of a job; return how many documents are lost."""
    heading(
        f"The embedded engine: {DOCUMENTS} documents of {PAGES} pages, {KILLS} workers killed at random, two documents"
    )
    rows, lost, innocent = [], 0, 0
    for seed in range(2):
        told = _tortured(random.Random(seed))
        if told is None:
            print("skipped: what a worker has open cannot be seen here")
            return 0
        counts = (seed, told.kills, told.of_poison, told.done, len(told.dead), told.lost, told.half)
        rows.append([*map(str, counts), f"{told.seconds:.0f}"])
        lost += told.lost + told.half
        innocent += len(set(told.dead) ^ set(POISON))
    table(["seed", "kills", "of poison", "done", "dead", "lost", "half", "seconds"], rows)
    verdict("documents lost, or half written", lost, 0)
    verdict("documents dead that are innocent, or alive that are not", innocent, 0)
    return lost


def _tortured(chance: random.Random) -> Told | None:
    with TemporaryDirectory() as name:
        folder, told, began = Path(name).resolve(), Told(), time.monotonic()
        pdfs(folder / "in", DOCUMENTS, pages=PAGES)
        for poison in POISON:
            (folder / "in" / poison).write_bytes(text_pdf([[f"line {line} of many" for line in range(_LINES)]]))
        job = subprocess.Popen(
            [*PROGRAM, "bulk", "run", "in", "--out", "out", "-m", "local", "--quiet"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, env=environment(),
        )  # fmt: skip
        at = sorted(chance.randrange(DOCUMENTS) for _ in range(KILLS))  # documents that are done by then
        while job.poll() is None:
            for worker in _children(job.pid):
                try:
                    poisoned = _opened(worker) & {str(folder / "in" / poison) for poison in POISON}
                except PermissionError:
                    job.kill()
                    job.communicate()
                    return None
                if poisoned:
                    told.of_poison += _killed(worker)
            due = told.kills < KILLS and len(visible(folder / "out")) // 2 >= at[told.kills]
            if due and (children := _children(job.pid)):
                told.kills += _killed(chance.choice(children))
            time.sleep(0.002)
        _, errors = job.communicate()
        if job.returncode != 1:
            print(errors.decode(errors="replace"))
        found = states(folder / "out")
        told.done = Counter(found.values())["done"]
        told.dead = [document for document, state in found.items() if state == "dead"]
        told.lost = DOCUMENTS - told.done - len(told.dead)
        told.half = sum(not whole(path, PAGES, ", page ") for path in visible(folder / "out"))
        told.seconds = time.monotonic() - began
        return told


def _children(process: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text().split()]
        except OSError:
            continue
    return found


def _opened(process: int) -> set[str]:
    """Return the files that a process has open."""
    found = set()
    try:
        for path in Path(f"/proc/{process}/fd").iterdir():
            found.add(os.readlink(path))
    except FileNotFoundError:
        pass  # it has ended, or closed one meanwhile
    return found


def _killed(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True

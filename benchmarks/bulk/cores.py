"""Many tiny PDFs with text, read by the embedded engine on one processor and on two."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import heading, median, table
from tests.bulk.jobs import pdfs, states
from tests.cli.command import PROGRAM, environment


__all__ = ["cores"]

FEW, MANY = 100, 1100
ROUNDS = 3
LEAST = 1.6  # times as fast on two


def cores() -> int:
    """Read a thousand documents of one page on one processor and on two; return how many are lost."""
    heading(
        f"{MANY - FEW} PDFs of a page of text, beyond the {FEW} that a job begins with; the median of {ROUNDS} rounds"
    )
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        print("skipped: there is one processor")
        return 0
    rows, speeds, lost = [], [], 0
    for count in (1, 2):
        rounds = [_read(set(usable[:count])) for _ in range(ROUNDS)]
        seconds, processor = (median([each[at] for each in rounds]) for at in (0, 1))
        lost += sum(each[2] for each in rounds)
        speeds.append((MANY - FEW) / seconds)
        rows.append([str(count), f"{speeds[-1]:.0f}", f"{processor / (MANY - FEW) * 1e3:.2f} ms"])
    table(["processors", "pages/s", "of all processors, a page"], rows)
    ratio = speeds[1] / speeds[0]
    print(
        f"{'met    ' if ratio >= LEAST else 'NOT MET'}  two processors: {ratio:.2f} x one, at least {LEAST} x",
        flush=True,
    )
    return lost


def _read(processors: set[int]) -> tuple[float, float, int]:
    """Return the seconds that the documents took beyond the first few, those of all processors, and what is lost."""
    (few, processor_of_few, _), (many, processor, lost) = (_job(count, processors) for count in (FEW, MANY))
    return many - few, processor - processor_of_few, lost


def _job(count: int, processors: set[int]) -> tuple[float, float, int]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        pdfs(folder / "in", count, pages=1)
        began, before = time.monotonic(), os.times()
        subprocess.run(
            [*PROGRAM, "bulk", "run", "in", "--out", "out", "-m", "local", "--quiet"],
            check=True, cwd=folder, env=environment(), preexec_fn=lambda: os.sched_setaffinity(0, processors),
        )  # fmt: skip
        seconds, after = time.monotonic() - began, os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return seconds, spent, count - list(states(folder / "out").values()).count("done")

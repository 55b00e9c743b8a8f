"""What the scripts share: a job in a fresh process, medians, a table with its verdicts, and the machine's name."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def run(
    client: str,
    base: str,
    *,
    calls: int,
    concurrency: int = 1,
    warm_up: int = 0,
    paths: Sequence[Path] = (),
    text: bool = False,
) -> dict[str, Any]:
    """Return what `clients.work` measured in a process of its own."""
    job = {
        "client": client,
        "base": base,
        "calls": calls,
        "concurrency": concurrency,
        "warm_up": warm_up,
        "paths": [str(path) for path in paths],
        "text": text,
    }
    command = [sys.executable, "-m", "benchmarks.clients", json.dumps(job)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which *share* (0 to 1) of *values* lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def heading(title: str) -> None:
    print(f"{title}\n{machine()}\n")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print *rows* under *head*; the first column on the left, numbers on the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells))
    print()


def verdict(claim: str, measured: float, most: float, unit: str = "") -> None:
    """Print whether *measured* is at most *most*."""
    word = "met    " if measured <= most else "NOT MET"
    print(f"{word}  {claim}: {measured:.3g}{unit}, at most {most:.3g}{unit}", flush=True)


def machine() -> str:
    """Return what a figure has to be read with."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())

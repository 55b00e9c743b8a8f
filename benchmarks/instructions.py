"""
A call takes at most 1.4 times the instructions of bare aiohttp and orjson; needs valgrind, whose callgrind counts them.

10 pages by URL and an answer of 118 KB, one call after the other. Instructions do not depend on what else the machine
does, as seconds do; only those between start and end are counted.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys

from benchmarks.clients import CLIENTS
from benchmarks.measure import heading, table, verdict
from benchmarks.server import serving


CALLS, WARM_UP = 40, 8
_COLLECTED = re.compile(r"Collected : (\d+)")


def main() -> None:
    heading("Instructions of one call: 10 pages by URL, an answer of 118 KB")
    with serving() as server:
        counts = {name: _counted(name, f"{server}/10x10") for name in ("bare", "ocr_async")}
    ratio = counts["ocr_async"] / counts["bare"]
    table(["", "million a call"], [[name, f"{count / 1e6:.2f}"] for name, count in counts.items()])
    verdict("instructions against bare", ratio, 1.4, " ×")


def _counted(client: str, base: str) -> float:
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null"]
    command += [sys.executable, "-m", "benchmarks.instructions", client, base]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True, timeout=600, env=environment)
    found = _COLLECTED.search(done.stderr)
    assert found is not None, done.stderr
    return int(found[1]) / CALLS


async def _calls(client: str, base: str) -> None:
    async with CLIENTS[client](base) as call:
        for _ in range(WARM_UP):
            await call(None)
        _count(on=True)
        for _ in range(CALLS):
            await call(None)
        _count(on=False)


def _count(*, on: bool) -> None:
    # of this process itself, which goes on when the other has told valgrind
    command = ["callgrind_control", "-i", "on" if on else "off", str(os.getpid())]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_calls(*sys.argv[1:]))
    else:
        main()

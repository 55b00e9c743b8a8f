"""How bulk jobs grow: memory of a hundred documents and of ten thousand, and how soon a killed one works again."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio.from_thread import start_blocking_portal
from attrs import frozen
from PIL import Image

from benchmarks.measure import heading, table, verdict
from tests.bulk.jobs import started, states
from tests.upstream import Exchange, Upstream, mistral_answer, upstream


__all__ = ["size"]

MORE_MEMORY = 20  # MB
SOON = 1.0  # seconds
FEW, MANY = 100, 10_000


@frozen
class Resumed:
    """What lies between a command and its first request: seconds, and those of the processor."""

    seconds: float
    processor: float


def size() -> int:
    """Run a job of a hundred and of ten thousand pictures, and resume the larger one; return what is lost."""
    heading(
        "A hundred documents, ten thousand, and those resumed: in the middle, and once with one more when all is done"
    )
    with TemporaryDirectory() as compiled:
        # as of an installed package, whatever the environment says
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        few, _ = _job(FEW)
        many, resumed = _job(MANY)
    rows = [[f"{count:,}", *row] for count, (row, _, _) in ((FEW, few), (MANY, many))]
    table(["documents", "done", "a document", "peak"], rows)
    table(
        ["resumed", "seconds to the first request", "of the processor"],
        [[name, f"{each.seconds:.2f}", f"{each.processor:.2f}"] for name, each in resumed.items()],
    )
    verdict("memory of ten thousand above that of a hundred", many[1] - few[1], MORE_MEMORY, " MB")
    verdict("from the command to the first request", max(each.seconds for each in resumed.values()), SOON, " s")
    return few[2] + many[2]


def _job(count: int) -> tuple[tuple[list[str], float, int], dict[str, Resumed]]:
    """Run a job; return its row, its largest memory in MB, what was lost, and how soon it worked again."""
    with (
        TemporaryDirectory() as name,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(upstream()) as server,
    ):
        folder = Path(name)
        for number in range(count):
            _picture(folder / "in" / f"{number:05}.png", number)
        server.default, server.pages = _answered, 1
        began, peak = time.monotonic(), 0.0
        resumed: dict[str, Resumed] = {}
        job = _started(server, folder)
        while job.poll() is None:
            peak = max(peak, _resident(job.pid))
            if count == MANY and not resumed and len(server.requests) > count // 2:
                job.kill()
                job.communicate()
                job, resumed["in the middle"] = _resumed(server, folder)
            time.sleep(0.02)
        job.communicate()
        seconds = time.monotonic() - began
        if count == MANY:
            _picture(folder / "in" / f"{count:05}.png", count)
            job, resumed["one more"] = _resumed(server, folder)
            job.communicate()
            count += 1
        done = Counter(states(folder / "out").values())["done"]
        return ([str(done), f"{seconds / count * 1e3:.1f} ms", f"{peak:.0f} MB"], peak, count - done), resumed


def _started(server: Upstream, folder: Path) -> subprocess.Popen[bytes]:
    return started("in", "--out", "out", "--concurrency", "32", "--quiet", server=server, cwd=folder)


def _resumed(server: Upstream, folder: Path) -> tuple[subprocess.Popen[bytes], Resumed]:
    asked, began = len(server.requests), time.monotonic()
    job = _started(server, folder)
    while len(server.requests) == asked and job.poll() is None:
        time.sleep(0.005)
    return job, Resumed(time.monotonic() - began, _processor(job.pid))


async def _answered(exchange: Exchange) -> None:
    await exchange.read()
    await exchange.json(mistral_answer(exchange.received.json, exchange.work()))


def _picture(path: Path, number: int) -> None:
    path.parent.mkdir(exist_ok=True)
    picture = Image.new("L", (64, 64), number % 256)
    picture.putpixel((0, 0), number // 256)
    picture.save(path)


def _processor(pid: int) -> float:
    """Return the seconds of processor time that a process has taken."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = text.partition("VmHWM:")[2].split()
    return int(found[0]) * 1024 / 1e6 if found else 0.0

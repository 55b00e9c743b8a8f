"""How bulk jobs grow: memory of a hundred documents and of ten thousand, and how soon a killed one works again."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio.from_thread import start_blocking_portal
from PIL import Image

from benchmarks.measure import heading, table, verdict
from tests.bulk.jobs import started, states
from tests.upstream import Exchange, mistral_answer, upstream


MORE_MEMORY = 20  # MB
SOON = 1.0  # seconds


def size() -> int:
    """Run a job of a hundred and of ten thousand pictures, and kill and resume the larger one; return what is lost."""
    heading("A hundred documents, ten thousand, and those resumed")
    rows, peaks, lost, resumed = [], [], 0, 0.0
    for count in (100, 10_000):
        with (
            TemporaryDirectory() as name,
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
            lost += count - done
            peaks.append(peak)
            each = f"{seconds / count * 1e3:.1f} ms"
            rows.append([f"{count:,}", str(done), each, f"{peak:.0f} MB", f"{resumed:.2f} s" if resumed else ""])
    table(["documents", "done", "a document", "peak", "first request after a resume"], rows)
    verdict("memory of ten thousand above that of a hundred", peaks[1] - peaks[0], MORE_MEMORY, " MB")
    verdict("from the command to the first request after a resume", resumed, SOON, " s")
    return lost


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

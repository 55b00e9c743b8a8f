"""
Bulk jobs that are killed at random: their main process and its workers, and whoever reads one of two documents.

The same on a disk of 2 MB, which is made larger whenever the job asks for room, and which another program fills up to
its last byte at random; and with a provider that is down for a minute.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, field, frozen

from benchmarks.measure import heading, table, verdict
from tests.bulk.jobs import pdfs, states, visible
from tests.cli.command import MISTRAL, PROGRAM, environment

from .provider import POISON, Provider


__all__ = ["disk", "outage", "torture", "whole"]

_OPTIONS = ("--pages-per-request", "1", "--concurrency", "8", "--quiet")
_PAUSED = 75
_SAFE = 0.25  # seconds after its answer from which a page is not paid for again
_DISK, _MORE = 2048, 512  # KiB, at the beginning and with each request for room
_FILLED = 5  # times that another program fills the disk


@frozen
class Plan:
    """
    What is done to a job.

    Attributes:
        disk: Whether its results and its ledger lie on a disk of their own, which is too small.

        down: Seconds for which the provider is, once, from the middle.
    """

    documents: int = 200
    pages: int = 5
    kills: int = 30
    disk: bool = False
    down: float = 0.0


@define
class Told:
    """What became of it."""

    kills: int = 0
    of_poison: int = 0
    pauses: int = 0
    filled: int = 0
    enlarged: int = 0
    half: int = 0
    again: int = 0  # pages that came `_SAFE` before a kill, and were paid for again
    done: int = 0
    dead: int = 0
    billed: int = 0
    lost: int = 0
    back: float = 0.0  # seconds from the provider's return to the next request
    seconds: float = 0.0
    spans: list[tuple[float, float]] = field(factory=list)  # of each run, to `_SAFE` before its end


def torture() -> int:
    """Kill at random; return how many documents are lost."""
    plan = Plan()
    return _rows(f"{_what(plan)}", [(plan, seed) for seed in range(2)])


def disk() -> int:
    """Do the same on a disk of 2 MB."""
    plan = Plan(disk=True)
    title = (
        f"{_what(plan)}; a disk of {_DISK // 1024} MB, {_MORE} KB more at each pause, filled by others {_FILLED} times"
    )
    with TemporaryDirectory() as name:
        try:
            with _small_disk(Path(name)):
                pass
        except OSError as error:
            print(f"skipped: {error}")
            return 0
    return _rows(title, [(plan, 0)])


def outage() -> int:
    """Do the same while the provider is down for a minute."""
    plan = Plan(down=60.0)
    return _rows(f"{_what(plan)}; the provider killed in the middle, and back after {plan.down:.0f} s", [(plan, 0)])


def _what(plan: Plan) -> str:
    return (
        f"{plan.documents} documents of {plan.pages} pages, {plan.kills} kills at random, "
        f"{len(POISON)} documents that kill"
    )


def _rows(title: str, plans: list[tuple[Plan, int]]) -> int:
    heading(title)
    rows, lost, half, again, dead = [], 0, 0, 0, 0
    for plan, seed in plans:
        told = _tortured(plan, random.Random(seed))
        rows.append(
            [
                str(seed), str(told.kills), str(told.of_poison), f"{told.pauses} ({told.filled})", str(told.done),
                str(told.dead), str(told.lost), str(told.half), str(told.billed), str(told.again),
                f"{told.back:.1f} s" if told.back else "", f"{told.seconds:.0f}",
            ]
        )  # fmt: skip
        lost, half, again = lost + told.lost, half + told.half, again + told.again
        dead += abs(told.dead - len(POISON))
    head = ["seed", "kills", "of poison", "pauses (filled)", "done", "dead", "lost", "half seen", "billed"]
    table([*head, "again", "after the outage", "seconds"], rows)
    verdict("documents lost", lost, 0)
    verdict("documents dead that are innocent, or alive that are not", dead, 0)
    verdict("half results seen", half, 0)
    verdict(f"pages paid for again, though answered {_SAFE} s before a kill", again, 0)
    return lost + half


def _tortured(plan: Plan, chance: random.Random) -> Told:
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder, told, began = Path(name), Told(), time.monotonic()
        out = folder / "out"
        pdfs(folder / "in", plan.documents, pages=plan.pages)
        if plan.disk:
            stack.enter_context(_small_disk(out))
        provider = Provider(folder / "log", plan.pages)
        provider.start()
        stack.callback(provider.kill)
        filled = set(chance.sample(range(plan.kills), _FILLED if plan.disk else 0))
        while _once(plan, folder, provider, told, chance, filled):
            told.half += sum(not whole(path, plan.pages, "# Page") for path in visible(out))
        found = Counter(states(out).values())
        told.done, told.dead = found["done"], found["dead"]
        told.lost = plan.documents - told.done - told.dead
        provider.look()
        told.billed = provider.billed()
        told.again = sum(provider.paid_again(*span) for span in told.spans)
        told.seconds = time.monotonic() - began
        return told


def _once(
    plan: Plan, folder: Path, provider: Provider, told: Told, chance: random.Random, filled: set[int]
) -> bool:  # fmt: skip
    """Run the job until it is killed or ends by itself; return whether it has to go on."""
    provider.look()
    provider.poisoned.clear()
    started, asked = time.monotonic(), provider.requests
    until = asked + chance.randrange(5, 3 * plan.documents * plan.pages // (2 * plan.kills))
    job = subprocess.Popen(
        [*PROGRAM, "bulk", "run", "in", "--out", "out", *_OPTIONS, *MISTRAL],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, env=_environment(provider),
    )  # fmt: skip
    while job.poll() is None and not provider.poisoned:
        if told.kills < plan.kills and provider.requests >= until:
            break
        if plan.down and not told.back and provider.requests > plan.documents * plan.pages // 2:
            told.back = _down(plan.down, provider, job)
        time.sleep(0.002)
        provider.look()
    if job.poll() is not None:
        return _ended(job, folder, started, told)
    if provider.poisoned:
        told.of_poison += 1
    else:
        told.kills += 1
        time.sleep(chance.uniform(0, 0.1))
        if told.kills - 1 in filled:
            return _fill(job, folder, provider, started, told)
        children = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()
        if children and chance.random() < 0.3:  # the job goes on by itself, and is killed a moment later
            os.kill(int(chance.choice(children)), signal.SIGKILL)
            time.sleep(0.3)
    told.spans.append((started, time.monotonic() - _SAFE))
    job.kill()
    job.communicate()
    return True


def _ended(job: subprocess.Popen[bytes], folder: Path, started: float, told: Told) -> bool:
    _, errors = job.communicate()
    if job.returncode == _PAUSED:
        told.pauses += 1
        told.spans.append((started, time.monotonic() - _SAFE))
        told.enlarged += 1
        _enlarge(folder / "out", told.enlarged)
        return True
    if job.returncode not in {0, 1}:
        print(errors.decode(errors="replace"))
        told.lost += 1
    return False


def _environment(provider: Provider) -> dict[str, str]:
    return environment() | {"MISTRAL_API_KEY": "sk-planted", "MISTRAL_API_BASE": provider.url}


def _down(seconds: float, provider: Provider, job: subprocess.Popen[bytes]) -> float:
    """Have the provider killed for some time; return the seconds from its return to the next request."""
    provider.kill()
    time.sleep(seconds)
    provider.look()
    asked = provider.requests
    provider.start()
    back = time.monotonic()
    while provider.requests == asked and job.poll() is None:
        time.sleep(0.01)
        provider.look()
    return time.monotonic() - back


def whole(path: Path, pages: int, mark: str) -> bool:
    """Whether a result has all its pages; *mark* is in the Markdown of each."""
    text = path.read_text(encoding="utf-8")
    return len(json.loads(text)["pages"]) == pages if path.suffix == ".json" else text.count(mark) == pages


# --- a small disk -------------------------------------------------------------------------------------------------


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """
    Mount a file system of `_DISK` at *folder*.

    Raises:
        OSError: This user may not, or the system has none.
    """
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK}k", "none", folder], capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise OSError(f"file systems cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _enlarge(folder: Path, times: int) -> None:
    size = f"remount,size={_DISK + times * _MORE}k"
    subprocess.run(["mount", "-o", size, folder], check=True)


def _fill(job: subprocess.Popen[bytes], folder: Path, provider: Provider, started: float, told: Told) -> bool:
    """Have another program fill the disk to its last byte, until the job has paused."""
    ballast = folder / "out" / ".ocr-async" / "ballast"
    told.filled += 1
    told.spans.append((started, time.monotonic() - _SAFE))
    try:
        with open(ballast, "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
    except OSError:
        pass  # it is full
    provider.look()
    while job.poll() is None and not provider.poisoned:
        time.sleep(0.01)
        provider.look()
    if provider.poisoned:  # what never comes is waited for, disk or no disk
        told.of_poison += 1
        job.kill()
    _, errors = job.communicate()
    ballast.unlink()
    if job.returncode == _PAUSED:
        told.pauses += 1
    elif job.returncode != -signal.SIGKILL:
        print(f"a full disk ended the job with {job.returncode}: {errors.decode(errors='replace')}")
    return True

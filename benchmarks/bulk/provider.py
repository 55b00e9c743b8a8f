"""
A provider in a process of its own, which bills a page as soon as its request is whole, and can be killed.

What happens to it lies in a file: when each page was asked for, and when its answer was written.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from attrs import define, field, frozen

from tests.upstream import Exchange, mistral_answer, upstream


__all__ = ["POISON", "Answer", "Page", "Provider"]

POISON = ("050.pdf", "150.pdf")
"""Documents whose answers never come: whoever asks for one is to be killed."""

Page = tuple[str, int]
_SLOWEST = 0.1  # seconds until an answer


@frozen
class Answer:
    """When a page was asked for, and when its answer was written, on the clock of all processes."""

    page: Page
    asked: float
    at: float


@define(eq=False)
class Provider:
    """
    The benchmark's end.

    Attributes:
        url: Once it is started; the same after a death.

        requests: That came until the last `look`.

        asked: When each page was asked for, which is when it is billed.

        poisoned: Documents of `POISON` that were asked for since the list was cleared.
    """

    log: Path
    pages: int
    url: str = ""
    requests: int = 0
    asked: dict[Page, list[float]] = field(factory=lambda: defaultdict(list))
    answers: list[Answer] = field(factory=list)
    poisoned: list[str] = field(factory=list)
    _process: subprocess.Popen[str] | None = None
    _read: int = 0
    _rest: str = ""

    def start(self) -> None:
        """Serve, where it did before."""
        port = self.url.rpartition(":")[2] or "0"
        command = [sys.executable, "-m", "benchmarks.bulk.provider", port, str(self.log), str(self.pages)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            sys.exit("the provider does not start")

    def kill(self) -> None:
        """Be gone: connections break, and new ones are refused."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def look(self) -> None:
        """Read what happened since."""
        with open(self.log, encoding="utf-8") as file:
            file.seek(self._read)
            *lines, self._rest = (self._rest + file.read()).split("\n")
            self._read = file.tell()
        for line in lines:
            kind, name, asked, at, pages = line.split(" ")
            numbers = [int(page) for page in pages.split(",")]
            if kind == "answered":
                self.answers += [Answer((name, page), float(asked), float(at)) for page in numbers]
                continue
            self.requests += 1
            if kind == "poison":
                self.poisoned.append(name)
                continue
            for page in numbers:
                self.asked[name, page].append(float(asked))

    def billed(self) -> int:
        """Return how many pages were."""
        return sum(map(len, self.asked.values()))

    def paid_again(self, start: float, end: float) -> int:
        """Return how many pages that came between *start* and *end* were asked for after that."""
        came = {answer.page for answer in self.answers if start <= answer.asked and answer.at <= end}
        return sum(any(asked > end for asked in self.asked[page]) for page in came)


# --- its process --------------------------------------------------------------------------------------------------


async def _serve(port: int, log: Path, pages: int) -> None:
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    chance = random.Random(0)

    def note(kind: str, name: str, asked: float, pages: list[int]) -> None:
        numbers = ",".join(map(str, pages))
        os.write(file, f"{kind} {name} {asked} {time.monotonic()} {numbers}\n".encode())

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        asked = time.monotonic()
        name = exchange.received.json["document"]["document_name"]
        numbers = exchange.work()
        note("poison" if name in POISON else "asked", name, asked, numbers)
        await asyncio.sleep(600 if name in POISON else chance.uniform(0, _SLOWEST))
        await exchange.json(mistral_answer(exchange.received.json, numbers))
        note("answered", name, asked, numbers)

    async with upstream(pages=pages, default=behave, port=port) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))

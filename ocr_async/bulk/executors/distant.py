"""Reads in worker processes: tasks go there by a pool, pages come back by their receipts."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, Self

import anyio
import anyio.to_thread
from attrs import define, evolve, field

from ..._api import OCR
from ..._tasks import beside, shielded
from ...call.options import Given
from ...errors import ConfigurationError
from ...models import OCRResponse
from ..pausing import Paused, needing_room
from ..publish import assemble, stored
from . import receipts
from .port import Again, Changed, Keeper, ReaderDied, Reading
from .receipts import Follower, Page
from .worker import Outcome, Task, read


__all__ = ["Distant", "Lost", "Pool", "divided"]

_REGULARLY = 0.2  # seconds between two looks for pages
_MARKED = 3.0  # seconds between two marks
_VISIBLE = 10.0  # seconds that a network file system may take to show what another machine wrote
_STILLBORN = 5  # tasks in a row whose worker died before it began


class Lost(Exception):
    """The worker of a task died, or the task went with one that did."""


class Pool(Protocol):
    """
    Worker processes.

    Attributes:
        workers: How many there are.

        documents: How many tasks they can do at once.

        ours: Whether they are this job's alone, and of this machine.
    """

    @property
    def workers(self) -> int: ...

    @property
    def documents(self) -> int: ...

    @property
    def ours(self) -> bool: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def call(self, function: Callable[[Task], Outcome], task: Task) -> Outcome:
        """
        Return what *function* of *task* returns in a worker; a cancelled call need not have ended there.

        Raises:
            Lost: Its worker died.
            Paused: There is no worker any more.
        """
        ...


@define(eq=False)
class Distant:
    """
    The workers of *pool*.

    Attributes:
        folder: Where receipts lie, which all workers see under the same path.

        most: Requests at once, of all workers together; None for what works.
    """

    pool: Pool
    folder: Path
    most: int | None
    _run: Path = field(init=False)
    _slots: asyncio.Semaphore = field(init=False)
    _number: itertools.count[int] = field(factory=itertools.count)
    _stillborn: int = 0
    _beside: Any = None

    @property
    def documents(self) -> int:
        """As many as the workers can read at once, and one more for each, so that none waits for the next."""
        documents = self.pool.documents + self.pool.workers
        if self.most is None:
            return documents
        return min(documents, self.most if self.most < self.pool.workers else 2 * self.most)

    async def __aenter__(self) -> Self:
        with needing_room():
            await anyio.to_thread.run_sync(self._make)
        await self.pool.__aenter__()
        self._slots = asyncio.Semaphore(self.documents)
        self._beside = beside(self._mark_regularly())
        await self._beside.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._beside.__aexit__(*error)
        await anyio.to_thread.run_sync(receipts.clear, self.folder)  # whoever still reads stops
        await self.pool.__aexit__(*error)

    async def read(self, reading: Reading, keeper: Keeper) -> OCRResponse:
        """Return what was read."""
        async with self._slots:
            path = receipts.place(self._run, reading.item, next(self._number))
            with needing_room():
                follower = await anyio.to_thread.run_sync(Follower.make, path)
            try:
                outcome = await self._followed(self._task(reading, path), follower, keeper)
                response = await self._response(reading, outcome, follower, keeper)
            except Lost as lost:
                await self._take(follower, keeper)
                self._look_for_stillborn(follower, lost)
                if follower.begun and not follower.ended and not follower.numbers:  # else it was not stuck in it
                    raise ReaderDied(f"the worker process that read it died ({lost})") from lost
                raise Again from lost
            finally:
                await shielded(self._put_away(follower, keeper))
            return response

    # inside

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._run = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self.folder))
        receipts.mark(self._run)

    async def _mark_regularly(self) -> None:
        while True:
            await asyncio.sleep(_MARKED)
            with suppress(OSError):  # a full disk is told by whoever needs it
                await anyio.to_thread.run_sync(receipts.mark, self._run)

    def _task(self, reading: Reading, path: Path) -> Task:
        return Task(
            receipts=str(path.absolute()),
            document=evolve(reading.document, path=Path(reading.document.path).absolute()),
            size=reading.size,
            mtime=reading.mtime,
            pages=None if reading.pages is None else tuple(reading.pages),
            price=reading.price,
            client=divided(reading.client, self.pool.workers),
            share=self.pool.workers if self.pool.ours else 0,
        )

    async def _followed(self, task: Task, follower: Follower, keeper: Keeper) -> Outcome:
        """Give *task* to the pool, and take its pages as they come."""
        call = asyncio.ensure_future(self.pool.call(read, task))
        try:
            while not (await asyncio.wait([call], timeout=_REGULARLY))[0]:
                await self._take(follower, keeper)
        finally:
            if not call.done():
                call.cancel()
                with anyio.CancelScope(shield=True):
                    await asyncio.wait([call])
        return call.result()

    async def _take(self, follower: Follower, keeper: Keeper) -> None:
        _keep(await anyio.to_thread.run_sync(follower.new), keeper)

    async def _put_away(self, follower: Follower, keeper: Keeper) -> None:
        """Have the ledger know all pages, and then delete their receipts."""
        with suppress(FileNotFoundError):
            _keep(await anyio.to_thread.run_sync(follower.all), keeper)  # what was new may be lost by a cancellation
        try:
            await keeper.flush()
        except Paused:
            return  # the next run takes them up
        await anyio.to_thread.run_sync(follower.close)

    async def _response(self, reading: Reading, outcome: Outcome, follower: Follower, keeper: Keeper) -> OCRResponse:
        if outcome.kind == "given out again":
            raise Lost("its task was given to another one")
        if outcome.kind == "document unseen":
            await anyio.to_thread.run_sync(_look, reading, outcome.host)
            raise Changed
        if outcome.kind in {"receipts unseen", "unwanted"}:
            raise _unseen(self.folder, outcome.host)
        with anyio.move_on_after(_VISIBLE):
            await self._take(follower, keeper)
            while not outcome.pages <= follower.numbers:
                await asyncio.sleep(_REGULARLY)
                await self._take(follower, keeper)
        if not outcome.pages <= follower.numbers:
            raise _unseen(self.folder, outcome.host)
        self._stillborn = 0
        if outcome.error is not None:
            raise outcome.error
        assert outcome.response is not None, "it was read"
        pages = await anyio.to_thread.run_sync(lambda: stored([page.body for page in follower.all()]))
        return assemble(pages, outcome.response)

    def _look_for_stillborn(self, follower: Follower, lost: Lost) -> None:
        self._stillborn = 0 if follower.begun else self._stillborn + 1
        if self._stillborn >= _STILLBORN:
            raise Paused(f"workers die before they begin to read ({lost})") from lost


def divided(client: OCR, workers: int) -> OCR:
    """Return *client* with the part of its limits that each of some *workers* may use up."""
    limits: Given = {}
    if client.max_concurrency is not None:
        limits["max_concurrency"] = max(client.max_concurrency // workers, 1)
    if client.requests_per_second is not None:
        limits["requests_per_second"] = client.requests_per_second / workers
    if client.pages_per_minute is not None:
        limits["pages_per_minute"] = client.pages_per_minute / workers
    return client.with_options(**limits)


def _keep(pages: Sequence[Page], keeper: Keeper) -> None:
    for page in pages:
        keeper.keep(page.number, lambda body=page.body: body)  # type: ignore[misc]


def _look(reading: Reading, host: str) -> None:
    """
    Look whether a document is still the one that was noted.

    Raises:
        ConfigurationError: It is, so that only *host* does not see it.
    """
    try:
        facts = os.stat(reading.document.path)
    except OSError:
        return
    if (facts.st_size, facts.st_mtime_ns) == (reading.size, reading.mtime):
        raise ConfigurationError(
            f"a worker on {host} does not see {reading.document.path}, or another file there: workers need the "
            "documents under the path that they have here"
        )


def _unseen(folder: Path, host: str) -> ConfigurationError:
    return ConfigurationError(
        f"a worker on {host} does not share {folder} with this machine: name a folder that all see with --shared"
    )

"""
Reads by the provider's batch jobs: documents that wait are put into jobs together, and those of earlier runs fetched.

The ledger knows a job before the provider does. A run that was killed at any moment is followed by one that finds the
job, waits for its end, and pays for nothing again.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self

import anyio
from attrs import define, evolve, field

from ... import pricing
from ..._api import OCR
from ..._tasks import end, shielded
from ...call.batch.jobs import Jobs, Lines, answers_of, joined, new_job
from ...call.prices import from_file
from ...errors import OCRError, RequestRejected
from ...models import OCRResponse
from ...providers.batch_jobs import BatchAnswer, BatchJob, BatchOutcome
from .. import batch_notes
from ..ledger import Ledger, PageRow
from ..pausing import Paused
from ..publish import saved
from .port import Again, Executor, Keeper, Reading


__all__ = ["BYTES", "PAGES", "Batch", "fitting", "share_of"]

_logger = logging.getLogger(__name__)

DOCUMENTS = 2000  # that wait at once
PAGES, BYTES = 40_000, 8 * 1024**3  # of them; they lie on the disk, those of a bucket in a temporary folder
_OF_A_JOB = 500  # documents
_PAGES_OF_A_JOB, _PAGES_WITH_PICTURES = 5000, 500  # whose answers fit into memory
_GATHERED = 1.0  # seconds without another document, after which those that wait become a job
_NOT_FOUND = 404


def share_of(client: OCR) -> float:
    """Return the share of the price of a page that it costs in a batch job. Blocks."""
    provider, _, model = (client.model or "").rpartition("/")
    prices = {**from_file(os.environ), **(client.prices or {})}
    price = pricing.price_of(provider or "mistral", model, prices)
    return 1.0 if price is None else 1.0 - price.batch_discount


def fitting(pages: Sequence[int], most: int, most_pages: int) -> int:
    """Return how many documents of so many *pages*, the first ones, go into one job; one that is too large alone."""
    together = 0
    for count, each in enumerate(pages):
        together += each
        if count == most or (count and together > most_pages):
            return count
    return len(pages)


@define(eq=False)
class _Waiting:
    """A document that becomes a part of the next job, and who waits for its response."""

    item: int
    lines: Lines
    response: asyncio.Future[OCRResponse]


@define(eq=False)
class _Job:
    """
    A job of which documents wait.

    Attributes:
        outcome: What it left, with its answers by item; an error where that is the job's own.
    """

    job: BatchJob
    items: set[int]
    outcome: asyncio.Future[tuple[BatchOutcome, dict[int, list[BatchAnswer | OCRError]]]]


@define(eq=False)
class Batch:
    """
    The batch jobs of *client*'s provider.

    Attributes:
        hours: That a job may take.

        then: Who reads what is in none of the jobs that an earlier run left; None makes more jobs.
    """

    ledger: Ledger
    client: OCR
    hours: int
    then: Executor | None = None
    _jobs: Jobs = field(init=False)
    _known: dict[int, _Job] = field(factory=dict)  # by item
    _waiting: list[_Waiting] = field(factory=list)
    _came: asyncio.Event = field(factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(factory=set)
    _stack: AsyncExitStack = field(factory=AsyncExitStack)

    @property
    def documents(self) -> int:
        return DOCUMENTS if self.then is None else self.then.documents

    async def __aenter__(self) -> Self:
        options = evolve(self.client, pages_per_request=None, on_error="partial")
        self._jobs = await Jobs.connect(options, self.hours)
        for job, items in await self.ledger.run(batch_notes.known):
            self._begin(job, items)
        if self.then is not None:
            await self._stack.enter_async_context(self.then)
        self._start(self._gather())
        return self

    async def __aexit__(self, *_: object) -> None:
        # jobs whose documents all came are only cleaned up; the others wait in the ledger for another run
        cleaning = {task for task in self._tasks if task.get_name() == "cleaning"}
        await shielded(end(self._tasks - cleaning, 0.0))
        await shielded(end(cleaning, 60.0))
        await self._stack.aclose()

    async def read(self, reading: Reading, keeper: Keeper) -> OCRResponse:
        """Return what a job read of the document."""
        response = await self._read(reading, keeper)
        for page in response.pages:
            keeper.keep(page.index, partial(saved, page))
        return response

    async def _read(self, reading: Reading, keeper: Keeper) -> OCRResponse:
        if (known := self._known.get(reading.item)) is not None:
            return await self._response(known, reading.item, reading.pages)
        if self.then is not None:
            return await self.then.read(reading, keeper)
        stack = AsyncExitStack()
        async with stack:
            options = evolve(self._jobs.options, pages=reading.pages, on_event=keeper.observe)
            lines = await Lines.open(reading.document, self._jobs, options, stack)
            waiting = _Waiting(reading.item, lines, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            self._came.set()
            try:
                return await waiting.response
            finally:
                if waiting in self._waiting:
                    self._waiting.remove(waiting)

    # jobs

    def _start(self, work: Coroutine[Any, Any, None], *waited_for: asyncio.Future[Any]) -> None:
        """Do *work* in the background; whoever waits for what it makes gets to know of a mistake of ours in it."""

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            for future in waited_for:
                if error is not None and not future.done():
                    future.set_exception(error)

        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(ended)

    async def _gather(self) -> None:
        """Make a job of the documents that wait, once it is full or no others come."""
        while True:
            await self._came.wait()
            self._came.clear()
            while (count := self._of_next_job()) == len(self._waiting):
                with anyio.move_on_after(_GATHERED) as scope:
                    await self._came.wait()
                self._came.clear()
                if scope.cancelled_caught:
                    break
            waiting, self._waiting = self._waiting[:count], self._waiting[count:]
            if self._waiting:
                self._came.set()
            if waiting:
                self._start(self._submit(waiting), *(each.response for each in waiting))

    def _of_next_job(self) -> int:
        pages = [len(each.lines.wanted or (0,)) for each in self._waiting]
        with_pictures = self._jobs.options.include_image_base64
        most = _PAGES_WITH_PICTURES if with_pictures else _PAGES_OF_A_JOB
        return fitting(pages, min(_OF_A_JOB, self._jobs.most), most)

    async def _submit(self, waiting: Sequence[_Waiting]) -> None:
        job = new_job()
        items = [each.item for each in waiting]
        try:
            await self.ledger.run(batch_notes.note, job, items)
            requests = [request for each in waiting for request in each.lines.requests(str(each.item))]
            refused = await self._jobs.submit(job, requests)
            await self.ledger.run(batch_notes.note, job)
        except (OCRError, Paused) as error:
            why = Paused(f"no batch job was made: {error}") if isinstance(error, RequestRejected) else error
            for each in waiting:
                if not each.response.done():
                    each.response.set_exception(why)
            await self._end(job)
            return
        known = self._begin(job, items, dict(refused))
        for each in waiting:
            self._start(self._deliver(known, each), each.response)

    async def _deliver(self, known: _Job, waiting: _Waiting) -> None:
        try:
            response = await self._response(known, waiting.item, waiting.lines.wanted)
        except (OCRError, Paused, Again) as error:
            if not waiting.response.done():
                waiting.response.set_exception(error)
        else:
            if not waiting.response.done():
                waiting.response.set_result(response)

    def _begin(self, job: BatchJob, items: Sequence[int], refused: dict[str, OCRError] | None = None) -> _Job:
        known = _Job(job, set(items), asyncio.get_running_loop().create_future())
        known.outcome.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._known |= dict.fromkeys(items, known)
        self._start(self._collect(known, refused or {}), known.outcome)
        return known

    async def _collect(self, known: _Job, refused: dict[str, OCRError]) -> None:
        """Wait for a job, have the ledger keep what it read, and leave nothing of it behind."""
        job = known.job
        try:
            if job.id is None and not refused:
                await self._jobs.find(job)
            if job.id is None:  # it was never made
                outcome = BatchOutcome({}, RequestRejected("the batch job was not made"), failed=False)
                if not refused:
                    known.outcome.set_exception(Again())
                    await self._end(job)
                    return
            elif not known.items:
                outcome = BatchOutcome({}, RequestRejected("nobody waits for it"), failed=False)
            else:
                await self.ledger.run(batch_notes.note, job)
                outcome = await self._jobs.collect(job, len(known.items))
        except RequestRejected as error:
            if error.status != _NOT_FOUND:
                known.outcome.set_exception(Paused(f"the batch job {job.id} cannot be asked for: {error}"))
                return
            _logger.warning("the batch job %s is gone, and may be paid for again: %s", job.id, error)
            known.outcome.set_exception(Paused(f"the batch job {job.id} is not known any more: {error}"))
            await self._end(job)
            return
        except (OCRError, Paused) as error:  # the job stays in the ledger
            known.outcome.set_exception(error)
            return
        answers: dict[int, list[BatchAnswer | OCRError]] = {item: [] for item in known.items}
        of = answers_of(outcome)
        for item, found in answers.items():
            found += of.get(str(item), [])
            found += [why for name, why in refused.items() if name.rpartition(".")[0] == str(item)]
        try:
            await self._keep(job, answers, outcome)
        except Paused as error:
            known.outcome.set_exception(error)
            return
        known.outcome.set_result((outcome, answers))
        await self._end(job)

    async def _keep(
        self, job: BatchJob, answers: dict[int, list[BatchAnswer | OCRError]], outcome: BatchOutcome
    ) -> None:
        rows: list[PageRow] = []
        whole: list[tuple[int, int]] = []
        for item, found in answers.items():
            for answer in found:
                try:
                    response = self._priced(joined([answer], None, outcome.lack, self._jobs.candidate))
                except OCRError:
                    continue
                cost = None if response.cost is None else response.cost.total / max(len(response.pages), 1)
                rows += [PageRow(item, page.index, partial(saved, page), cost) for page in response.pages]
                whole.append((item, max((page.index for page in response.pages), default=-1) + 1))
        await self.ledger.run(batch_notes.fetched, job, rows, whole)

    async def _end(self, job: BatchJob) -> None:
        """Delete what lies at the provider, and forget the job; what cannot be deleted now is by another run."""
        task = asyncio.current_task()
        assert task is not None
        task.set_name("cleaning")
        for item in [item for item, known in self._known.items() if known.job is job and known.outcome.exception()]:
            del self._known[item]
        await self._jobs.discard(job)
        try:
            await self.ledger.run(batch_notes.note if job.files else batch_notes.forget, job)
        except Paused as error:
            _logger.warning("that the batch job %s ended could not be noted: %s", job.id, error)

    async def _response(self, known: _Job, item: int, pages: Sequence[int] | None) -> OCRResponse:
        """
        Return what a job read of an item.

        Raises:
            OCRError: Nothing, and that is the document's fault.
            Paused: The job did not get to its end.
            Again: It is to be asked for by another job.
        """
        outcome, answers = await asyncio.shield(known.outcome)
        self._known.pop(item, None)
        found = answers.get(item, [])
        if not found and outcome.failed:
            raise Paused(str(outcome.lack))
        wanted = None if pages is None else tuple(pages)
        return self._priced(joined(found, wanted, outcome.lack, self._jobs.candidate))

    def _priced(self, response: OCRResponse) -> OCRResponse:
        provider, options = self._jobs.candidate.provider.name, self._jobs.options
        models = (response.model, self._jobs.candidate.model)
        cost = response.cost or pricing.cost(provider, models, response.usage_info, batch=True, prices=options.prices)
        return evolve(response, cost=cost, model=response.model or models[1], provider=provider)

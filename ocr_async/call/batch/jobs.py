"""
The provider's own batch jobs, which read later and for less: made, waited for, read and cleaned up.

`documents` is a call of many documents; a bulk job, which outlives the process, uses what is here as well.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import cast
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from attrs import define, evolve, frozen

from ... import document as documents
from ... import formats, pages, providers
from ..._tasks import shielded
from ...errors import ConfigurationError, OCRError
from ...models import Bytes, OCRRequest, OCRResponse
from ...providers.batch_jobs import BatchAnswer, Batches, BatchJob, BatchOutcome, BatchProvider, BatchStatus
from ...steps import Exchange, HttpResponse
from ...transport.drive import CLEANUP_SECONDS
from ..call import default_model
from ..candidate import Candidate
from ..options import Options
from ..prices import priced
from ..progress import EventEmitter
from ..reading import Reading
from ..sending import Sending, failure


__all__ = ["Jobs", "Lines", "answers_of", "joined", "new_job"]

_logger = logging.getLogger(__name__)

_PATIENCE = 1800.0  # seconds beyond a job's time in which its end has to be told, and its answers fetched
_A_FILE = 0.05  # seconds that the deletion of a file may hold up whoever gave up, 60 in all
_LONGEST_END = 60.0
# what asks again, or asks somebody else, when the first answer is there: a batch's comes in hours
_ELSEWHERE = ("fallbacks", "escalate_to", "annotate_with")


def new_job() -> BatchJob:
    """Return a job with a name that no other has."""
    return BatchJob(token=f"ocr-async-{os.urandom(8).hex()}")


# --- jobs ---------------------------------------------------------------------------------------------------------


@frozen
class Jobs:
    """
    The batch jobs of the account that options name.

    Attributes:
        most: Requests of one job.
    """

    options: Options
    candidate: Candidate
    batches: Batches
    most: int
    hours: int

    @classmethod
    async def connect(cls, options: Options, hours: int) -> Jobs:
        """
        Find the provider.

        Raises:
            ConfigurationError: It has no batch jobs, or none with these options; those that have are named.
        """
        options = await priced(options)
        candidate = await Candidate.connect(options.model or default_model(), options)
        provider, limits = candidate.provider, candidate.provider.facts.batch
        if limits is None:
            having = await anyio.to_thread.run_sync(providers.with_batches)
            raise ConfigurationError(f"{provider.name} has no batch jobs; there are some at {', '.join(having)}")
        for name in _ELSEWHERE:
            if getattr(options, name):
                raise ConfigurationError(f"a batch job asks one model, once; leave out {name}")
        if not 1 <= hours <= limits.hours:
            raise ConfigurationError(f"hours={hours!r} is not a whole number from 1 to {limits.hours}")
        return cls(options, candidate, cast(BatchProvider, provider).batches(), limits.requests, hours)

    async def submit(self, job: BatchJob, requests: Sequence[tuple[str, OCRRequest]]) -> Mapping[str, OCRError]:
        """Make *job* of *requests*; return why some, by their names, are not in it."""
        work = self.batches.submit(job, requests, model=self.candidate.model, hours=self.hours)
        return await self._sending(len(requests)).run(work)

    async def find(self, job: BatchJob) -> None:
        """Look whether there is *job*, of which nobody noted the `id`."""
        await self._sending(0).run(self.batches.find(job))

    async def collect(self, job: BatchJob, count: int) -> BatchOutcome:
        """Wait for the end of *job*, of *count* requests; return what it left."""
        sending = self._sending(count)
        known: BatchStatus | None = None

        def report(status: BatchStatus) -> None:
            nonlocal known
            if status != known:
                known = status
                facts = {"status": status.status, "completed": status.completed}
                facts |= {"failed": status.failed, "total": status.total or count}
                sending.emit("BatchProgress", provider=self.candidate.provider.name, job=job.id, **facts)

        return await sending.run(self.batches.collect(job, report))

    async def discard(self, job: BatchJob) -> None:
        """Leave nothing of *job* at the provider, as far as a moment lets; whoever is cancelled waits for it."""
        if job.files or job.id or not job.ended:
            await shielded(self._discard(job, self.batches.discard(job)))

    async def _discard(self, job: BatchJob, work: Exchange[None]) -> None:
        seconds = min(CLEANUP_SECONDS + _A_FILE * len(job.files), _LONGEST_END)
        with anyio.move_on_after(seconds):
            try:
                await self._sending(0).end(work)
            except OCRError as error:
                _logger.warning("files of the batch job %s could not be deleted: %s", job.id or job.token, error)
                return
        if job.files:
            _logger.warning("%d files of the batch job %s are not deleted", len(job.files), job.id or job.token)

    def _sending(self, count: int) -> Sending:
        emit = EventEmitter(self.options.on_event, Bytes(data=b"", name=f"{count} requests"))
        emit.model = self.candidate.named
        return Sending(self.candidate, self.options, anyio.current_time() + self.hours * 3600 + _PATIENCE, emit)


# --- one document -------------------------------------------------------------------------------------------------


@define(eq=False)
class Lines:
    """
    What is asked of one document: a request, or several of some pages each.

    Attributes:
        wanted: The pages; None for all of a document whose pages nobody counted.
    """

    reading: Reading
    wanted: tuple[int, ...] | None

    @classmethod
    async def open(cls, given: documents.Given, jobs: Jobs, options: Options, stack: AsyncExitStack) -> Lines:
        """
        Look at *given*, which what *stack* holds is open for.

        Raises:
            OCRError: It cannot be asked for.
        """
        emit = EventEmitter(options.on_event, given)
        emit.model = jobs.candidate.named
        sending = Sending(jobs.candidate, options, math.inf, emit)
        return await cls.of(await Reading.open(given, sending, stack))

    @classmethod
    async def of(cls, reading: Reading) -> Lines:
        """
        Look at the document of *reading*.

        Raises:
            OCRError: It cannot be asked for.
        """
        reading.batch = True
        reading.refuse_too_large(reading.document)
        return cls(reading, await reading.selected())

    def requests(self, key: str) -> list[tuple[str, OCRRequest]]:
        """Return the requests, with names that `answers_of` knows to be *key*'s."""
        reading = self.reading
        options = reading.candidate.asked
        return [
            (
                f"{key}.{number}",
                OCRRequest(model=reading.candidate.model, document=reading.document, pages=part, **options),
            )
            for number, part in enumerate(reading.planned(self.wanted))
        ]


def answers_of(outcome: BatchOutcome) -> dict[str, list[BatchAnswer]]:
    """Return the answers of a job by the keys of their documents."""
    found: dict[str, list[BatchAnswer]] = {}
    for name, answer in outcome.answers.items():
        found.setdefault(name.rpartition(".")[0], []).append(answer)
    return found


def joined(
    answers: Iterable[BatchAnswer | OCRError], wanted: tuple[int, ...] | None, lack: OCRError, candidate: Candidate
) -> OCRResponse:
    """
    Return what *answers*, all of one document, make together; each *wanted* page that did not come is a missing one.

    Raises:
        OCRError: Nothing came; *lack* where nobody says why.
    """
    provider = candidate.provider
    host = urlsplit(provider.account[0]).hostname or ""
    responses: list[OCRResponse] = []
    errors: list[OCRError] = []
    for answer in answers:
        if isinstance(answer, OCRError):
            errors.append(answer)
        elif not 200 <= answer.status < 300:
            errors.append(failure(provider.name, host, HttpResponse(answer.status, {}, formats.dumps(answer.body))))
        else:
            try:
                found = formats.structure(answer.body, "mistral", provider=provider.name, model=candidate.model)
            except OCRError as error:
                errors.append(error)
            else:
                responses.append(found)
    why = (errors or [lack])[0]
    if not responses or (wanted is None and errors):
        raise why
    response = pages.merge(responses)
    if wanted is None:
        return response
    came = {page.index for page in response.pages}
    return evolve(
        response,
        pages=tuple(page for page in response.pages if page.index in set(wanted)),
        missing_pages={index: why for index in wanted if index not in came},
    )

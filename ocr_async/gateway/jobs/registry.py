"""
What is known of the jobs of ``POST /v1/ocr/jobs``: a port, as one process knows its own, one of several asks another,
and gateways with a database ask that.

`runner` works on them, and ends them.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from attrs import define, field, frozen

from ...models import OCRRequest
from ..http_errors import HTTPError
from ..idempotency.in_flight import check_same
from ..intake.bodies import Spool
from ..storage.ocr_jobs import KEPT, OCRJob
from ..storage.pieces import pieces_of


__all__ = ["Job", "JobRegistry", "Jobs", "NewJob", "OwnJobs", "no_job", "too_many"]

MOST_PER_KEY = 200
R = TypeVar("R")


@frozen(kw_only=True)
class NewJob(OCRJob):
    """
    A job to be worked on.

    Attributes:
        tries: By how many processes it was begun.

        sent: Whether one of them that is gone noted that it may have been sent to a provider.
    """

    request: OCRRequest = field(repr=False)
    tries: int = 1
    sent: bool = False


class Jobs(Protocol):
    """The jobs of a gateway; what belongs to another key is as unknown as what never was."""

    @property
    def outlive(self) -> bool:
        """Whether other processes go on with the jobs of one that ends."""
        ...

    async def check_room(self, job_id: str, owner: str) -> None:
        """
        Refuse one more job of *owner*, unless it is known.

        Raises:
            HTTPError: There are as many as there may be.
        """
        ...

    async def begin(self, job: NewJob) -> OCRJob | None:
        """
        Note a job that this process is to work on; return the one that there is instead.

        Raises:
            HTTPError: Its key was used for something else, or there are too many jobs.
        """
        ...

    async def send(self, job_id: str) -> None:
        """
        Note that the job may have been sent to a provider from now on.

        Raises:
            LeaseLost: Another process works on it.
        """
        ...

    def page(self, job_id: str) -> None:
        """Count one more page of the job."""
        ...

    async def end(self, job_id: str, status: str, pages_done: int, result: Spool) -> None:
        """Note how the job ended; *result* is taken over."""
        ...

    async def get(self, job_id: str, owner: str) -> OCRJob:
        """
        Return what is known of the job.

        Raises:
            HTTPError: There is none.
        """
        ...

    async def result(self, job_id: str, owner: str) -> AsyncGenerator[bytes, None]:
        """Return the pieces of the response or the error, as JSON; raises as `get` does, or FileNotFoundError."""
        ...

    async def remove(self, job_id: str, owner: str) -> OCRJob:
        """Forget the job, and end what works on it; raises as `get` does."""
        ...


@define(eq=False)
class Job(Generic[R]):
    """
    Attributes:
        place: Of the process that works on it; 0: none does now.

        request: What it was asked, to be asked again by another process.

        tries: By how many processes it was begun.

        sent: Whether it may have been sent to a provider; noted where that matters.

        ended: On the registry's clock.
    """

    id: str
    owner: str
    key: str | None
    asked: str | None
    place: int
    status: str = "running"
    pages_done: int = 0
    ended: float | None = None
    result: R | None = None
    request: R | None = None
    tries: int = 1
    sent: bool = False

    @property
    def facts(self) -> OCRJob:
        return OCRJob(
            id=self.id, owner=self.owner, key=self.key, asked=self.asked, status=self.status, pages_done=self.pages_done
        )


@define(eq=False)
class JobRegistry(Generic[R]):
    """
    The jobs, without I/O.

    Args:
        discard: Called with each result and request that nobody will ask for any more.
    """

    discard: Callable[[R], object]
    clock: Callable[[], float] = time.monotonic
    jobs: dict[str, Job[R]] = field(factory=dict)

    def check_room(self, job_id: str, owner: str) -> None:
        """See `Jobs.check_room`."""
        now = self.clock()
        for job in [job for job in self.jobs.values() if job.ended is not None and job.ended < now - KEPT]:
            self._forget(job)
        if job_id not in self.jobs and sum(job.owner == owner for job in self.jobs.values()) >= MOST_PER_KEY:
            raise too_many()

    def begin(self, job_id: str, owner: str, key: str | None, asked: str | None, place: int) -> OCRJob | None:
        """See `Jobs.begin`; *place* is the process that works on it."""
        self.check_room(job_id, owner)
        known = self.jobs.get(job_id)
        if known is not None and known.status in {"running", "succeeded"}:
            check_same(known.asked or "", asked or "")
            return known.facts
        if known is not None:
            self._forget(known)
        self.jobs[job_id] = Job(job_id, owner, key, asked, place)
        return None

    def end(self, job_id: str, status: str, pages_done: int, result: R) -> None:
        """See `Jobs.end`."""
        job = self.jobs.get(job_id)
        if job is None or job.status != "running":
            self.discard(result)
            return
        job.status, job.pages_done, job.result, job.ended = status, pages_done, result, self.clock()
        if job.request is not None:
            self.discard(job.request)
            job.request = None

    def get(self, job_id: str, owner: str) -> Job[R]:
        """See `Jobs.get`."""
        job = self.jobs.get(job_id)
        if job is None or job.owner != owner:
            raise no_job()
        return job

    def forget(self, job: Job[R]) -> None:
        """Forget *job*, unless another one has its place already."""
        if self.jobs.get(job.id) is job:
            self._forget(job)

    def of(self, place: int) -> list[Job[R]]:
        """Return the running jobs of the process *place*."""
        return [job for job in self.jobs.values() if job.place == place and job.status == "running"]

    def clear(self) -> None:
        """Forget all."""
        for job in list(self.jobs.values()):
            self._forget(job)

    def _forget(self, job: Job[R]) -> None:
        del self.jobs[job.id]
        for left in (job.result, job.request):
            if left is not None:
                self.discard(left)


def no_job() -> HTTPError:
    """Return the refusal of a job that is unknown, or another key's."""
    return HTTPError(404, "there is no such job", "job_not_found")


def too_many() -> HTTPError:
    """Return the refusal of one more job."""
    return HTTPError(429, f"this key has {MOST_PER_KEY} jobs; delete some first", "too_many_jobs", retry_after=60.0)


class OwnJobs:
    """
    The jobs of a process that serves alone, with their results.

    Args:
        cancel: Ends what works on a job.
    """

    outlive = False

    def __init__(self, cancel: Callable[[str], Awaitable[None]]) -> None:
        self._cancel = cancel
        self._discarded: list[Spool] = []
        self._registry: JobRegistry[Spool] = JobRegistry(self._discarded.append)

    async def check_room(self, job_id: str, owner: str) -> None:
        self._registry.check_room(job_id, owner)
        await self._tidy()

    async def begin(self, job: NewJob) -> OCRJob | None:
        return self._registry.begin(job.id, job.owner, job.key, job.asked, 0)

    async def send(self, job_id: str) -> None:
        pass

    def page(self, job_id: str) -> None:
        if (job := self._registry.jobs.get(job_id)) is not None:
            job.pages_done += 1

    async def end(self, job_id: str, status: str, pages_done: int, result: Spool) -> None:
        await result.shed()
        self._registry.end(job_id, status, pages_done, result)

    async def get(self, job_id: str, owner: str) -> OCRJob:
        return self._registry.get(job_id, owner).facts

    async def result(self, job_id: str, owner: str) -> AsyncGenerator[bytes, None]:
        result = self._registry.get(job_id, owner).result
        assert result is not None, "it has ended"
        if result.path is not None and result.memory:
            await result.flush()
        return pieces_of(result.path or memoryview(bytes(result.memory)))

    async def remove(self, job_id: str, owner: str) -> OCRJob:
        job = self._registry.get(job_id, owner)
        await self._cancel(job_id)
        self._registry.forget(job)
        await self._tidy()
        return job.facts

    async def close(self) -> None:
        """Delete all results."""
        self._registry.clear()
        await self._tidy()

    async def _tidy(self) -> None:
        while self._discarded:
            await self._discarded.pop().close()

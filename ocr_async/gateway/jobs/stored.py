"""
The jobs of a gateway, in its storage: each is worked on by the process that took it in, and when that is gone, by
another, or by the next that starts.

Once a second a process tells how far its jobs are, and hears which of them were deleted by way of another one; every
few seconds it looks for those of processes that are gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import anyio.to_thread
from attrs import define, field, frozen

from ... import formats
from ...models import OCRRequest
from ..http_errors import HTTPError, body_of
from ..idempotency.in_flight import check_same
from ..intake.bodies import Spool
from ..operating.log import event
from ..storage.failures import StorageUnavailable
from ..storage.ocr_jobs import OCRJob, OCRJobs, TakenJob
from .requests import document_of, read_back, written_down


__all__ = ["NewJob", "StoredJobs", "no_job"]

_LOG = logging.getLogger("ocr_async.gateway")

_MOST_PER_KEY = 200
_TELL = 1.0  # seconds between two times that progress is told
_AGAIN = 1.0  # seconds until a result is kept that could not be
_MOST = 8  # taken over at once


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


@define(eq=False)
class StoredJobs:
    """
    All jobs; what belongs to another key is as unknown as what never was.

    Args:
        cancel: Ends what works on a job here.

        take: Works on a job of a process that is gone; the stack has its document, and is its own from now on.

        room: How many more calls there is room for.

        left: Seconds that this process still has; None as long as it has not been told to end.
    """

    storage: OCRJobs
    cancel: Callable[[str], Awaitable[None]]
    take: Callable[[NewJob, AsyncExitStack], None]
    room: Callable[[], int]
    left: Callable[[], float | None]
    _pages: dict[str, int] = field(factory=dict, init=False)  # done, of each job that is worked on here
    _beginning: set[str] = field(factory=set, init=False)  # those that are being kept for the first time
    _since_look: set[str] = field(factory=set, init=False)  # those that were begun since the last look began

    async def check_room(self, job_id: str, owner: str) -> None:
        """
        Refuse one more job of *owner*, unless it is known.

        Raises:
            HTTPError: There are as many as there may be.
        """
        if await self.storage.count(owner, job_id) >= _MOST_PER_KEY:
            message = f"this key has {_MOST_PER_KEY} jobs; delete some first"
            raise HTTPError(429, message, "too_many_jobs", retry_after=60.0)

    async def begin(self, job: NewJob) -> OCRJob | None:
        """
        Note a job that this process is to work on; return the one that there is instead.

        Raises:
            HTTPError: Its key was used for something else, or there are too many jobs.
        """
        self._beginning.add(job.id)
        self._since_look.add(job.id)
        try:
            known = await self.storage.create(job, written_down(job.request), document_of(job.request))
            if known is None:
                await self._check_again(job)
                await self.cancel(job.id)  # one with its id that was deleted by way of another process
                self._pages[job.id] = 0
                return None
        finally:
            self._beginning.discard(job.id)
        check_same(known.asked or "", job.asked or "")
        return known

    async def _check_again(self, job: NewJob) -> None:
        """Delete *job*, which is kept, if others that began at the same time took its place."""
        try:
            await self.check_room(job.id, job.owner)
        except HTTPError:
            await self.storage.delete(job.id, job.owner)
            raise

    def count_page(self, job_id: str) -> None:
        """Count one more page of the job."""
        if job_id in self._pages:
            self._pages[job_id] += 1

    async def end(self, job: OCRJob, result: Spool) -> None:
        """Note how the job ended; *result* is taken over. What was cancelled is deleted already, or left to others."""
        try:
            if job.status != "cancelled":
                if result.path is not None:
                    await result.flush()
                await self._end(job, result.path or memoryview(result.memory))
        finally:
            self._pages.pop(job.id, None)  # not before, or the next look would take it up
            await result.close()

    async def _end(self, job: OCRJob, result: memoryview | Path) -> None:
        while True:
            try:
                await self.storage.end(job, result)
                return
            except StorageUnavailable:  # it was paid for
                event(_LOG, logging.ERROR, "job_waits_for_storage", job=job.id)
                if self.left() == 0:
                    return
                await asyncio.sleep(_AGAIN)

    async def get(self, job_id: str, owner: str) -> OCRJob:
        """
        Return what is known of the job.

        Raises:
            HTTPError: There is none.
        """
        job = await self.storage.get(job_id, owner)
        if job is None:
            raise no_job()
        return job

    async def remove(self, job_id: str, owner: str) -> OCRJob:
        """Forget the job, and end what works on it; raises as `get` does."""
        job = await self.get(job_id, owner)
        await self.cancel(job_id)  # first: once it is deleted, another one may have its id
        await self.storage.delete(job_id, owner)
        return job

    # --- what others do, and do no more -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell and look until this is cancelled."""
        loop = asyncio.get_running_loop()
        looks_at = loop.time()
        while True:
            try:
                if self._pages:
                    await self._tell()
                if loop.time() >= looks_at:
                    await self._look()
                    looks_at = loop.time() + self.storage.look_every
            except Exception as error:  # noqa: BLE001 - the database's; it is tried again
                event(_LOG, logging.ERROR, "jobs_unavailable", error_type=type(error).__name__)
            await asyncio.sleep(min(_TELL, self.storage.look_every))

    async def _tell(self) -> None:
        told = dict(self._pages)
        ours = await self.storage.progress(told)
        for job_id in told.keys() - ours:
            if job_id in self._pages:  # else it has ended meanwhile
                await self.cancel(job_id)

    async def _look(self) -> None:
        most = min(self.room(), _MOST)
        if self.left() is not None or most <= 0:
            return
        # One that this process holds and does not work on is one whose client was told that the storage failed. What
        # was begun while the storage was asked is none.
        self._since_look = set(self._beginning)
        for job in await self.storage.take([*self._pages, *self._beginning], most):
            if job.id not in self._since_look:
                try:
                    await self._take(job)
                except StorageUnavailable as error:  # of its bytes; others' may be there
                    self._pages.pop(job.id, None)
                    event(_LOG, logging.ERROR, "job_not_taken", job=job.id, error_type=type(error).__name__)
                except (OSError, ValueError, TypeError):  # its document is lost, or another version wrote it down
                    lost = HTTPError(500, "what this job was asked cannot be read any more; ask again", "job_lost")
                    told = formats.dumps(body_of(lost, "mistral", f"job-{job.id}"))
                    await self.end(OCRJob(id=job.id, owner=job.owner, status="failed"), Spool(memory=bytearray(told)))

    async def _take(self, job: TakenJob) -> None:
        async with AsyncExitStack() as stack:
            path = await stack.enter_async_context(self.storage.on_disk(job))
            self._pages[job.id] = 0
            request = await anyio.to_thread.run_sync(read_back, job.request, path)
            new = NewJob(
                id=job.id, owner=job.owner, key=job.key, asked=job.asked, request=request, tries=job.tries,
                sent=job.sent,
            )  # fmt: skip
            self.take(new, stack.pop_all())


def no_job() -> HTTPError:
    """Return the refusal of a job that is unknown, or another key's."""
    return HTTPError(404, "there is no such job", "job_not_found")

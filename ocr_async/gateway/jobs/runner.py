"""
Works on the jobs of ``POST /v1/ocr/jobs`` that this process took in, or took over from one that is gone.

A job that is taken over is read again from its beginning; where a route says ``never_bill_twice`` and the job may have
been sent to a provider, it fails instead. With an Idempotency-Key its response is kept like that of ``POST /v1/ocr``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial

import anyio.to_thread
from aiohttp import web
from attrs import define, evolve, field

from ... import formats
from ..._tasks import beside, end, shielded
from ...errors import OCRError
from ...models import OCRPage, OCRResponse
from ..http_errors import HTTPError, body_of, http_error_of
from ..intake.bodies import Spool
from ..operating.log import event
from ..reading import Served, read
from ..stages import is_billed_once
from ..state import Gateway, RequestContext
from ..storage.answers import Answer, Answers
from ..storage.failures import LeaseLost, StorageUnavailable
from ..storage.ocr_jobs import OCRJob
from ..storage.pieces import pieces_of
from .stored import NewJob, StoredJobs


__all__ = ["JOBS", "JobRunner"]

_LOG = logging.getLogger("ocr_async.gateway")

_PAGES = "X-OCR-Pages"  # stands beside a kept response
_TRIES = 5  # processes that may begin a job: one that ends each of them must not go through all there are


@define(eq=False)
class _Work:
    """A job being worked on."""

    job: NewJob
    pages_done: int = 0
    task: asyncio.Task[None] | None = None


@define(eq=False)
class JobRunner:
    """
    The jobs that this process works on.

    Attributes:
        known: All jobs of the gateway.
    """

    gateway: Gateway
    known: StoredJobs = field(init=False)
    _works: dict[str, _Work] = field(factory=dict, init=False)
    _tasks: set[asyncio.Task[None]] = field(factory=set, init=False)  # those whose result is being kept, too

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Give jobs what is left of the gateway's grace at the end of the block; others go on with the rest."""
        gateway = self.gateway
        assert gateway.storage is not None, "it is opened before anything runs"
        self.known = StoredJobs(
            storage=gateway.storage.ocr_jobs,
            cancel=self.cancel,
            take=self.take,
            room=lambda: gateway.config.max_queue - gateway.load.of_all,
            left=lambda: None if gateway.ends is None else gateway.left(),
        )
        async with beside(self.known.run()):
            try:
                yield
            finally:
                await end(self._tasks, gateway.left())

    async def begin(
        self, context: RequestContext, job: NewJob, kept: Answer | None, document: AsyncExitStack
    ) -> tuple[OCRJob, bool]:
        """
        Begin *job*; return what is known of it, and whether it was there before.

        Args:
            context: Of the request for it.

            kept: Its answer, if there is one.

            document: Has its document, and is the job's where it is begun.

        Raises:
            HTTPError: See `StoredJobs.begin`.
        """
        known = await self.known.begin(job)
        if known is not None:
            return known, True
        work = _Work(job)
        try:
            if kept is not None and await self._fill(work, kept):
                return evolve(job, status="succeeded", pages_done=work.pages_done), True
        except BaseException:
            await shielded(self.known.end(evolve(job, status="cancelled"), Spool()))
            raise
        self._start(work, RequestContext(id=context.id, key=context.key), document.pop_all())
        return job, False

    def take(self, job: NewJob, document: AsyncExitStack) -> None:
        """Go on with *job* of a process that is gone; *document* has its document, and is the job's from now on."""
        key = self.gateway.access.find(job.owner)
        self._start(_Work(job), RequestContext(id=f"job-{job.id}-{job.tries}", key=key), document)

    async def cancel(self, job_id: str) -> None:
        """End what works on the job, if this process does."""
        work = self._works.get(job_id)
        if work is not None and work.task is not None:
            work.task.cancel()
            await asyncio.wait([work.task])

    # --- one job ----------------------------------------------------------------------------------------------------

    def _start(self, work: _Work, context: RequestContext, document: AsyncExitStack) -> None:
        self._works[work.job.id] = work
        work.task = asyncio.create_task(self._run(work, context, document))
        self._tasks.add(work.task)
        work.task.add_done_callback(self._tasks.discard)

    async def _run(self, work: _Work, context: RequestContext, document: AsyncExitStack) -> None:
        job, status, result = work.job, "cancelled", Spool()
        try:
            async with document:
                kept = None if job.tries == 1 or job.key is None else await self._answers.get(job.owner, job.key)
                if kept is None or not await self._kept(work, kept, result):
                    response = evolve((await self._read(work, context)).response, cost=None)
                    result.memory += await anyio.to_thread.run_sync(_written, response)
                    await self._keep(work, result)
            status = "succeeded"
        except (LeaseLost, StorageUnavailable):
            pass  # it is another process's to end, or the next look takes it up again
        except (HTTPError, OCRError) as error:
            result.memory += formats.dumps(body_of(http_error_of(error), "mistral", context.id))
            status = "failed"
        finally:
            if self._works.get(job.id) is work:
                del self._works[job.id]
            await shielded(self.known.end(evolve(job, status=status, pages_done=work.pages_done), result))
            event(_LOG, logging.INFO, "job", request_id=context.id, job=job.id, status=status, **context.facts)

    async def _read(self, work: _Work, context: RequestContext) -> Served:
        job, gateway = work.job, self.gateway

        def count(_: OCRPage) -> None:
            work.pages_done += 1
            self.known.count_page(job.id)

        if context.key is None:
            raise HTTPError(401, "the key of this job is revoked or has expired", "invalid_api_key")
        once = is_billed_once(gateway, job.request)
        if job.tries > _TRIES or (job.sent and once):
            raise _lost(sent=job.sent)
        send = partial(self.known.storage.send, job.id) if once else None
        until = asyncio.get_running_loop().time() + gateway.config.timeout
        while True:
            try:
                return await read(gateway, context, job.request, count, lenient=True, on_start=send)
            except HTTPError as error:
                # what was admitted once waits where a new request is told to come again
                pause = max(error.retry_after or 0.0, 0.5)
                passes = error.status == 429 and error.code != "budget_exceeded"
                if job.tries == 1 or not passes or asyncio.get_running_loop().time() + pause > until:
                    raise
                await asyncio.sleep(pause)

    # --- answers for repeated requests ------------------------------------------------------------------------------

    @property
    def _answers(self) -> Answers:
        assert self.gateway.storage is not None, "it is opened before anything runs"
        return self.gateway.storage.answers

    async def _fill(self, work: _Work, kept: Answer) -> bool:
        """Have the job succeed with what was *kept*; return whether that is still there."""
        result = Spool()
        if not await self._kept(work, kept, result):
            return False
        await self.known.end(evolve(work.job, status="succeeded", pages_done=work.pages_done), result)
        return True

    async def _kept(self, work: _Work, kept: Answer, result: Spool) -> bool:
        """Put what was *kept* into *result*; return whether it is still there."""
        try:
            async with self._answers.on_disk(kept) as path, aclosing(pieces_of(path)) as pieces:
                async for piece in pieces:
                    await result.add(piece)
        except OSError:  # it has just expired, or cannot be read
            await result.close()
            result.memory.clear()
            return False
        work.pages_done = int(kept.headers[_PAGES])
        return True

    async def _keep(self, work: _Work, result: Spool) -> None:
        job = work.job
        if job.key is None or job.asked is None:
            return
        headers = {_PAGES: str(work.pages_done)}
        try:
            await self._answers.keep(job.owner, job.key, job.asked, 200, headers, result.memory)
        except StorageUnavailable:  # the job has it all the same
            event(_LOG, logging.ERROR, "answer_not_kept", job=job.id)


JOBS = web.AppKey("JOBS", JobRunner)


def _lost(*, sent: bool) -> HTTPError:
    if not sent:
        return HTTPError(503, "the processes that worked on this ended; ask again", "worker_lost", retry_after=1.0)
    return HTTPError(
        503,
        "the process that worked on this ended when it had been sent, and never_bill_twice forbids to send it again: "
        "ask again if it may be billed a second time",
        "worker_lost",
    )


def _written(response: OCRResponse) -> bytes:
    return formats.dumps(formats.unstructure(response, "mistral"))

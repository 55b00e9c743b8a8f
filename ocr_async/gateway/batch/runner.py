"""
Works on batches in the background: each request once, at the providers' limits, whatever is restarted or killed.

A job's requests are read from its file as there is room for them, so that neither a job of 100,000 requests nor one of
large documents fills the memory. A result is kept for good before the next one counts. Conditions of the moment (a
limit reached, a provider out of service, a full disk) make a job wait, not its requests fail: an outage must not turn
ten thousand documents into ten thousand errors.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TypeVar

import anyio
import anyio.to_thread
from aiohttp import web
from attrs import define, field

from ..._tasks import end, task_group
from ...errors import OCRError
from ..access.control import Key
from ..http_errors import HTTPError, http_error_of
from ..operating.log import event
from ..reading import read
from ..stages import is_billed_once
from ..state import Gateway, RequestContext
from ..storage.batches import Job, Line, Status
from ..storage.failures import StorageUnavailable
from ..storage.port import Storage
from .lines import Request, failed, read_request, succeeded


__all__ = ["BATCHES", "Runner"]

_LOG = logging.getLogger("ocr_async.gateway")

T = TypeVar("T")

_JOBS = 8  # worked on at once
_JOBS_OF_KEY = 2
_IN_MEMORY = 32 * 1024 * 1024  # bytes of requests of one job, read and not done; a larger one is alone
_IN_THREAD = 64 * 1024  # bytes of a request from which it is read off the loop
_FAILS = 5  # times that a request fails after others of its job got through
_PATIENCE = 3600.0  # seconds for which it may fail where no other shows that it is to blame
_SHORTEST, _LONGEST = 0.5, 60.0  # seconds between two tries


class Runner:
    """Works on the jobs of *gateway*, at most `Config.batch_requests` requests at once."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.at_once = gateway.config.batch_requests
        self.slots = asyncio.Semaphore(self.at_once)
        self.reading = anyio.CapacityLimiter(2)  # new jobs being read, each several times the size of its body
        self.stopping = asyncio.Event()
        self.elsewhere: Callable[[str | None], None] | None = None  # told what is to be seen, where others do the jobs
        self._wake = asyncio.Event()
        self._works: dict[str, _Work] = {}

    @property
    def storage(self) -> Storage:
        """Where the jobs are."""
        assert self.gateway.storage is not None, "it is opened before anything runs"
        return self.gateway.storage

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work within the block; at its end the requests being served get what is left of the gateway's grace."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self.stop()
            task.cancel()
            works = [work.task for work in self._works.values() if work.task is not None]
            await end([task, *works], self.gateway.left())

    def stop(self) -> None:
        """Begin no more requests."""
        self.stopping.set()

    def start(self) -> None:
        """Do the jobs here, which were others' until now."""
        self.elsewhere = None
        self._wake.set()

    async def stopped(self) -> None:
        """Wait, after `stop`, until no request of a job is being worked on."""
        while works := [work.task for work in self._works.values() if work.task is not None]:
            await asyncio.wait(works)

    def look(self, cancelled: str | None = None) -> None:
        """Look for new jobs, and end the one that was *cancelled*; or have another process do it."""
        if self.elsewhere is not None:
            self.elsewhere(cancelled)
        else:
            self.look_here(cancelled)

    def look_here(self, cancelled: str | None = None) -> None:
        """Do the same in this process, whoever does the jobs now."""
        if cancelled in self._works:
            self._works[cancelled].scope.cancel()
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                if self.elsewhere is not None or self.stopping.is_set():
                    await self._wake.wait()
                    continue
                for job in await self.storage.batches.unfinished():
                    await self._begin(job)
            except Exception as error:  # noqa: BLE001 - the database's; it is tried again
                event(_LOG, logging.ERROR, "batches_unavailable", error_type=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.storage.batches.look_every)

    async def _begin(self, job: Job) -> None:
        if job.id in self._works:
            if job.status == "CANCELLATION_REQUESTED":  # perhaps by way of another gateway
                self._works[job.id].scope.cancel()
            return
        of_key = sum(work.job.owner == job.owner for work in self._works.values())
        if len(self._works) >= _JOBS or of_key >= _JOBS_OF_KEY or self.stopping.is_set():
            return
        if not await self.storage.batches.claim(job.id):
            return
        work = self._works[job.id] = _Work(self, job)
        work.task = asyncio.create_task(work.run())
        work.task.add_done_callback(lambda _: self._end(job.id))

    def _end(self, job_id: str) -> None:
        del self._works[job_id]
        self._wake.set()


BATCHES = web.AppKey("BATCHES", Runner)


@define(eq=False)
class _Work:
    """One job being worked on."""

    runner: Runner
    job: Job
    task: asyncio.Task[None] | None = None
    scope: anyio.CancelScope = field(factory=anyio.CancelScope)
    writing: asyncio.Lock = field(factory=asyncio.Lock)
    opens_at: float = 0.0  # when the next request may begin, on the loop's clock
    delay: float = _SHORTEST
    successes: int = 0
    keyless: bool = False
    lost: set[int] = field(factory=set)  # requests that were sent by a process that is gone

    async def run(self) -> None:
        """Work until the job has ended, or the gateway does."""
        batches, job = self.runner.storage.batches, self.job
        try:
            status, reason = await self._status()
            if status is None:
                return
            ended = await self._retry_while_full(lambda: batches.finish(job, status, int(time.time()), reason))
            event(
                _LOG, logging.INFO, "batch_ended", job=job.id, status=status, succeeded=ended.succeeded,
                failed=ended.failed,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - the job stays as it is for the next look
            event(_LOG, logging.ERROR, "batch_interrupted", job=job.id, error_type=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _status(self) -> tuple[Status | None, str | None]:
        """Do the requests; return how the job ends (None: not now), and why."""
        now = time.time()
        moved = await self.runner.storage.batches.move(self.job.id, "RUNNING", "QUEUED", "RUNNING", at=int(now))
        if moved is None or moved.ended:
            return None, None
        if moved.status == "CANCELLATION_REQUESTED":
            return "CANCELLED", None
        self.scope.deadline = anyio.current_time() + moved.deadline - now
        with self.scope:
            await self._requests()
            if self.keyless:
                return "FAILED", "the key that made this job is no longer in use"
            if self.runner.stopping.is_set():
                return None, None
            found = await self.runner.storage.batches.get(moved.id, moved.owner)
            return ("SUCCESS" if found is None or found.succeeded or not found.failed else "FAILED"), None
        if anyio.current_time() >= self.scope.deadline:
            return "TIMEOUT_EXCEEDED", "the time of the job was over before all its requests were done"
        return "CANCELLED", None

    async def _requests(self) -> None:
        runner, seen = self.runner, set[str]()
        most, room = runner.gateway.config.max_request_bytes, _ByteLimit(_IN_MEMORY)
        # Small ones are limited by their number: twice as many as are served, as some wait after a failure.
        least = _IN_MEMORY // max(2 * runner.at_once, 8)
        self.lost = await runner.storage.batches.sent(self.job)
        requests = await runner.storage.batches.requests(self.job, most)
        async with task_group() as group, aclosing(requests) as lines:
            async for number, text, done in lines:
                size = max(len(text or b""), least)
                await room.take(size)
                await self._until_open()
                if runner.stopping.is_set() or self._key() is None:
                    return
                request = await _parsed(text, self.job.model, seen, most)
                if done:
                    room.give(size)
                    continue
                group.start_soon(self._request, number, request, functools.partial(room.give, size))

    def _key(self) -> Key | None:
        """Return the job's key as it is now; None once it is revoked or has expired, which ends the job."""
        key = self.runner.gateway.access.find(self.job.owner)
        self.keyless = self.keyless or key is None
        return None if self.keyless else key

    async def _request(self, number: int, request: Request, done: Callable[[], None]) -> None:
        """Have one request served, and keep what came of it."""
        try:
            if request.problem is not None:
                await self._keep(failed(self.job, number, request, request.problem))
            else:
                await self._serve(number, request)
        finally:
            done()

    async def _serve(self, number: int, request: Request) -> None:
        fails, first_fail = 0, None
        assert request.asked is not None, "there is one where there is no problem"
        once = is_billed_once(self.runner.gateway, request.asked)
        if once and number in self.lost:
            await self._keep(failed(self.job, number, request, _lost()))
            return
        note = functools.partial(self._note_sent, number)
        while True:
            await self._until_open()
            async with self.runner.slots:  # until it is kept: what a kill repeats is what has a slot
                if self.runner.stopping.is_set() or (key := self._key()) is None:
                    return
                context = RequestContext(id=f"batch-{self.job.id[:8]}-{number}", key=key)
                try:
                    found = await read(
                        self.runner.gateway, context, request.asked, lenient=True, on_start=note if once else None
                    )
                except (HTTPError, OCRError) as error:
                    http_error = http_error_of(error)
                    self._log(context, http_error.code)
                    billed = once and isinstance(error, OCRError) and error.may_be_billed
                else:
                    self._log(context)
                    self.successes, self.delay = self.successes + 1, _SHORTEST
                    line = await anyio.to_thread.run_sync(succeeded, self.job, number, request, found.response)
                    await self._keep(line)
                    return
            if http_error.status == 503:
                now = asyncio.get_running_loop().time()
                first_fail = first_fail or (now, self.successes)
                fails += self.successes > first_fail[1]
                if now - first_fail[0] > _PATIENCE:
                    fails = _FAILS
            if not _is_transient(http_error) or fails >= _FAILS or billed:
                await self._keep(failed(self.job, number, request, http_error))
                return
            if once:
                await self._note_sent(number, sent=False)
            self._wait(http_error.retry_after)

    async def _note_sent(self, number: int, *, sent: bool = True) -> None:
        await self._retry_while_full(lambda: self.runner.storage.batches.send(self.job, number, sent))

    async def _keep(self, line: Line) -> None:
        add = functools.partial(self.runner.storage.batches.add, self.job, line)
        async with self.writing:
            await self._retry_while_full(add)

    def _log(self, context: RequestContext, error: str | None = None) -> None:
        event(_LOG, logging.INFO, "batch_request", request_id=context.id, job=self.job.id, error=error,
              key_alias=None if context.key is None else context.key.alias, **context.facts)  # fmt: skip

    # --- waiting ----------------------------------------------------------------------------------------------------

    def _wait(self, told: float | None) -> None:
        """Let no request of the job begin for a while, as *told* or longer each time."""
        now = asyncio.get_running_loop().time()
        if self.opens_at <= now:
            self.delay = min(self.delay * 2, _LONGEST)
        seconds = told if told is not None else self.delay * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads load
        self.opens_at = max(self.opens_at, now + min(seconds, _LONGEST))

    async def _until_open(self) -> None:
        """Wait until a request of the job may begin, or the gateway ends."""
        while (left := self.opens_at - asyncio.get_running_loop().time()) > 0 and not self.runner.stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.runner.stopping.wait(), left)

    async def _retry_while_full(self, write: Callable[[], Awaitable[T]]) -> T:
        """Do *write*; while the disk is full, wait: what it holds was paid for."""
        while True:
            try:
                return await write()
            except StorageUnavailable:
                event(_LOG, logging.ERROR, "batch_waits_for_room", job=self.job.id)
                await asyncio.sleep(_LONGEST / 12)


def _lost() -> HTTPError:
    return HTTPError(
        503,
        "the process that sent this ended before it had the answer, and never_bill_twice forbids to send it again: put "
        "it into another batch if it may be billed a second time",
        "worker_lost",
    )


def _is_transient(http_error: HTTPError) -> bool:
    return http_error.status in {429, 503} or http_error.code in {"upstream_auth", "budget_exceeded"}


async def _parsed(text: bytes | None, model: str | None, seen: set[str], most: int) -> Request:
    """Read a request; an id that one before it had is a problem."""
    if text is None:
        return Request(None, None, HTTPError(413, f"this request is larger than {most:,} bytes", "request_too_large"))
    large = len(text) > _IN_THREAD
    request = await anyio.to_thread.run_sync(read_request, text, model) if large else read_request(text, model)
    if request.custom_id is None:
        return request
    if request.custom_id in seen:
        # Answers are told apart by it, so this one's answer cannot have it.
        problem = HTTPError(422, "another request of this job has this custom_id", "invalid_request", param="custom_id")
        return Request(None, None, problem)
    seen.add(request.custom_id)
    return request


class _ByteLimit:
    """Room for so many bytes; something larger gets it when nothing else is in."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._freed = asyncio.Event()

    async def take(self, size: int) -> None:
        while self._taken and self._taken + size > self._most:
            self._freed.clear()
            await self._freed.wait()
        self._taken += size

    def give(self, size: int) -> None:
        self._taken -= size
        self._freed.set()

"""
OCR to be asked for now and fetched later: ``POST /v1/ocr/jobs``, then ``GET`` until it is done.

Jobs live as long as the gateway, and an hour after their end; a batch (``/v1/batch``) outlives both. With an
Idempotency-Key there is one job, whose response is kept like that of ``POST /v1/ocr``: asking again after a restart
gives a job that has succeeded already. A job that failed is tried again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio.to_thread
from aiohttp import web
from attrs import define, evolve, field

from ... import formats
from ..._tasks import end, shielded
from ...errors import OCRError
from ...models import OCRPage, OCRRequest
from ..http_errors import HTTPError, body_of, http_error_of
from ..idempotency.decorator import fingerprint_of, key_of
from ..idempotency.in_flight import check_same
from ..intake.bodies import Spool
from ..job_registry import JobFacts, Jobs, OwnJobs
from ..operating.log import event
from ..reading import read
from ..state import GATEWAY, Gateway, RequestContext, add_route, context_of, gateway_of, owner_of, storage_of
from ..storage.port import Answer, Answers, StorageUnavailable
from .ocr import mistral_request


__all__ = ["JOBS", "JobsHere", "add_routes", "running"]

_LOG = logging.getLogger("ocr_async.gateway")

_PAGES = "X-OCR-Pages"  # stands beside a kept response


@define(eq=False)
class _Work:
    """
    Attributes:
        key: The job's Idempotency-Key.

        asked: What it was asked, as a fingerprint; None without a key.
    """

    id: str
    owner: str
    key: str | None
    asked: str | None
    pages_done: int = 0
    task: asyncio.Task[None] | None = None


@define(eq=False)
class JobsHere:
    """
    The jobs that this process works on.

    Attributes:
        known: All jobs of the gateway.
    """

    known: Jobs = field(init=False)
    works: dict[str, _Work] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.known = OwnJobs(self.cancel)

    async def cancel(self, job_id: str) -> None:
        """End what works on the job, if this process does."""
        work = self.works.get(job_id)
        if work is not None and work.task is not None:
            work.task.cancel()
            await asyncio.wait([work.task])


JOBS = web.AppKey("JOBS", JobsHere)


def add_routes(app: web.Application) -> None:
    """Add the routes of jobs."""
    app[JOBS] = JobsHere()
    add_route(app, "POST", "/v1/ocr/jobs", _create)
    add_route(app, "GET", "/v1/ocr/jobs/{id}", _show)
    add_route(app, "DELETE", "/v1/ocr/jobs/{id}", _cancel)


async def _create(request: web.Request) -> web.Response:
    here, context, gateway, owner = request.app[JOBS], context_of(request), gateway_of(request), owner_of(request)
    key = key_of(request)
    work = _Work(_id(owner, key), owner, key, None)
    await here.known.check_room(work.id, owner)
    async with AsyncExitStack() as stack:
        asked = await stack.enter_async_context(mistral_request(request))
        kept = None
        if key is not None:
            work.asked = await fingerprint_of(request.path, asked)
            kept = await storage_of(request).answers.get(owner, key)
            if kept is not None:
                check_same(kept.fingerprint, work.asked)
        return await shielded(_begin(here, gateway, context, work, asked, kept, stack))


async def _begin(
    here: JobsHere,
    gateway: Gateway,
    context: RequestContext,
    work: _Work,
    asked: OCRRequest,
    kept: Answer | None,
    document: AsyncExitStack,
) -> web.Response:
    known = await here.known.begin(work.id, work.owner, work.key, work.asked)
    if known is not None:
        return _accepted(context, known, again=True)
    if kept is not None and gateway.storage is not None and await _fill(here, work, kept, gateway.storage.answers):
        return _accepted(context, JobFacts(work.id, "succeeded", work.pages_done), again=True)
    own = RequestContext(id=context.id, key=context.key)
    here.works[work.id] = work
    work.task = asyncio.create_task(_run(here, gateway, own, work, asked, document.pop_all()))
    return _accepted(context, JobFacts(work.id, "running", 0))


def _id(owner: str, key: str | None) -> str:
    """Return an id; the same key always makes the same one, so that whoever comes again finds the job that there is."""
    if key is None:
        return os.urandom(16).hex()
    return hashlib.sha256(f"{owner}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _accepted(context: RequestContext, job: JobFacts, *, again: bool = False) -> web.Response:
    context.facts["job"] = job.id
    headers = {"Location": f"/v1/ocr/jobs/{job.id}"}
    if again:
        context.facts["replayed"] = True
        headers["Idempotent-Replayed"] = "true"
    return web.json_response(_facts(job), status=202, headers=headers)


def _facts(job: JobFacts) -> dict[str, Any]:
    return {"id": job.id, "object": "ocr.job", "status": job.status, "pages_done": job.pages_done}


async def _fill(here: JobsHere, work: _Work, kept: Answer, answers: Answers) -> bool:
    """Have the job succeed with what was *kept*; return whether that is still there."""
    result = Spool()
    try:
        async with answers.on_disk(kept) as path:
            result.memory += await anyio.to_thread.run_sync(path.read_bytes)
    except OSError:  # it has just expired, or cannot be read
        return False
    work.pages_done = int(kept.headers[_PAGES])
    await here.known.end(work.id, "succeeded", work.pages_done, result)
    return True


async def _run(
    here: JobsHere,
    gateway: Gateway,
    context: RequestContext,
    work: _Work,
    asked: OCRRequest,
    document: AsyncExitStack,
) -> None:
    def count(_: OCRPage) -> None:
        work.pages_done += 1
        here.known.page(work.id)

    status, result = "cancelled", Spool()
    try:
        async with document:
            served = await read(gateway, context, asked, count, lenient=True)
        response = evolve(served.response, cost=None)
        result.memory += await anyio.to_thread.run_sync(_written(lambda: formats.unstructure(response, "mistral")))
        await _keep(gateway, work, result)
        status = "succeeded"
    except (HTTPError, OCRError) as error:
        http_error = error if isinstance(error, HTTPError) else http_error_of(error)
        result.memory += formats.dumps(body_of(http_error, "mistral", context.id))
        status = "failed"
    finally:
        if here.works.get(work.id) is work:
            del here.works[work.id]
        await shielded(here.known.end(work.id, status, work.pages_done, result))
        event(_LOG, logging.INFO, "job", request_id=context.id, job=work.id, status=status, **context.facts)


async def _keep(gateway: Gateway, work: _Work, result: Spool) -> None:
    if work.key is None or work.asked is None or gateway.storage is None:
        return
    headers = {_PAGES: str(work.pages_done)}
    try:
        await gateway.storage.answers.keep(work.owner, work.key, work.asked, 200, headers, result.memory)
    except StorageUnavailable:  # the job has it all the same
        event(_LOG, logging.ERROR, "answer_not_kept", job=work.id)


def _written(value: Callable[[], Any]) -> Callable[[], bytes]:
    return lambda: formats.dumps(value())


async def _show(request: web.Request) -> web.Response:
    jobs, owner = request.app[JOBS].known, owner_of(request)
    job = await jobs.get(request.match_info["id"], owner)
    head = formats.dumps(_facts(job))
    if job.status in {"running", "cancelled"}:
        return web.Response(body=head, content_type="application/json")
    name = b"response" if job.status == "succeeded" else b"error"
    result = await jobs.result(job.id, owner)
    return web.Response(body=b'%b,"%b":%b}' % (head[:-1], name, result), content_type="application/json")


async def _cancel(request: web.Request) -> web.Response:
    jobs, owner = request.app[JOBS].known, owner_of(request)
    job = await shielded(jobs.remove(request.match_info["id"], owner))
    if job.key is not None:
        await storage_of(request).answers.forget(owner, job.key)
    return web.json_response({"id": job.id, "object": "ocr.job", "deleted": True})


@asynccontextmanager
async def running(app: web.Application) -> AsyncIterator[None]:
    """
    End all jobs at the end of the block.

    Those with a key have the gateway's grace, as what they come to is kept; nobody could fetch what others come to,
    unless other processes serve on.
    """
    here, gateway = app[JOBS], app[GATEWAY]
    try:
        yield
    finally:
        works = list(here.works.values())
        if not gateway.replaced:
            await end((work.task for work in works if work.task is not None and work.key is None), 0.0)
        await end((work.task for work in works if work.task is not None), gateway.left())
        if isinstance(here.known, OwnJobs):
            await here.known.close()

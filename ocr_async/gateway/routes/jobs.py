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
from ..operating.log import event
from ..reading import read
from ..state import GATEWAY, Gateway, RequestContext, add_route, context_of, gateway_of, owner_of, storage_of
from ..storage.port import Answer, Answers, StorageUnavailable
from .ocr import mistral_request


__all__ = ["add_routes", "running"]

_LOG = logging.getLogger("ocr_async.gateway")

MOST_PER_KEY = 200
KEPT = 3600.0  # seconds after its end
_PAGES = "X-OCR-Pages"  # stands beside a kept response


@define(eq=False)
class Job:
    """
    Attributes:
        status: running, succeeded, failed or cancelled.

        ended: On the loop's clock.

        result: The response or the error, as JSON.

        key: Its Idempotency-Key.

        asked: What it was asked, as a fingerprint; None without a key.
    """

    id: str
    owner: str
    key: str | None = None
    asked: str | None = None
    status: str = "running"
    pages_done: int = 0
    ended: float | None = None
    result: Spool = field(factory=Spool)
    task: asyncio.Task[None] | None = None

    def facts(self) -> dict[str, Any]:
        return {"id": self.id, "object": "ocr.job", "status": self.status, "pages_done": self.pages_done}


_JOBS = web.AppKey("_JOBS", dict[str, Job])


def add_routes(app: web.Application) -> None:
    """Add the routes of jobs."""
    app[_JOBS] = {}
    add_route(app, "POST", "/v1/ocr/jobs", _create)
    add_route(app, "GET", "/v1/ocr/jobs/{id}", _show)
    add_route(app, "DELETE", "/v1/ocr/jobs/{id}", _cancel)


async def _create(request: web.Request) -> web.Response:
    jobs, context, gateway, owner = request.app[_JOBS], context_of(request), gateway_of(request), owner_of(request)
    key = key_of(request)
    job = Job(id=_id(owner, key), owner=owner, key=key)
    await _forget(jobs)
    if job.id not in jobs and sum(one.owner == owner for one in jobs.values()) >= MOST_PER_KEY:
        raise HTTPError(429, f"this key has {MOST_PER_KEY} jobs; delete some first", "too_many_jobs", retry_after=60.0)
    async with AsyncExitStack() as stack:
        asked = await stack.enter_async_context(mistral_request(request))
        kept = None
        if key is not None:
            job.asked = await fingerprint_of(request.path, asked)
            kept = await storage_of(request).answers.get(owner, key)
            known = jobs.get(job.id)
            if known is not None and known.status in {"running", "succeeded"}:
                check_same(known.asked or "", job.asked)
                return _accepted(context, known, again=True)
            if kept is not None:
                check_same(kept.fingerprint, job.asked)
        jobs[job.id] = job
        if kept is not None and await shielded(_fill(job, kept, storage_of(request).answers)):
            return _accepted(context, job, again=True)
        own = RequestContext(id=context.id, key=context.key)
        job.task = asyncio.create_task(_run(gateway, own, job, asked, stack.pop_all()))
    return _accepted(context, job)


def _id(owner: str, key: str | None) -> str:
    """Return an id; the same key always makes the same one, so that whoever comes again finds the job that there is."""
    if key is None:
        return os.urandom(16).hex()
    return hashlib.sha256(f"{owner}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _accepted(context: RequestContext, job: Job, *, again: bool = False) -> web.Response:
    context.facts["job"] = job.id
    headers = {"Location": f"/v1/ocr/jobs/{job.id}"}
    if again:
        context.facts["replayed"] = True
        headers["Idempotent-Replayed"] = "true"
    return web.json_response(job.facts(), status=202, headers=headers)


async def _fill(job: Job, kept: Answer, answers: Answers) -> bool:
    """Have *job* succeed with what was *kept*; return whether that is still there."""
    try:
        async with answers.on_disk(kept) as path:
            job.result.memory += await anyio.to_thread.run_sync(path.read_bytes)
    except OSError:  # it has just expired, or cannot be read
        return False
    await job.result.shed()
    job.pages_done = int(kept.headers[_PAGES])
    job.status, job.ended = "succeeded", asyncio.get_running_loop().time()
    return True


async def _run(
    gateway: Gateway, context: RequestContext, job: Job, asked: OCRRequest, document: AsyncExitStack
) -> None:
    def count(_: OCRPage) -> None:
        job.pages_done += 1

    try:
        async with document:
            served = await read(gateway, context, asked, count, lenient=True)
        response = evolve(served.response, cost=None)
        job.result.memory += await anyio.to_thread.run_sync(_written(lambda: formats.unstructure(response, "mistral")))
        await _keep(gateway, job)
        await job.result.shed()
        job.status = "succeeded"
    except (HTTPError, OCRError) as error:
        http_error = error if isinstance(error, HTTPError) else http_error_of(error)
        job.result.memory += formats.dumps(body_of(http_error, "mistral", context.id))
        job.status = "failed"
    except asyncio.CancelledError:
        job.status = "cancelled"
        raise
    finally:
        job.ended = asyncio.get_running_loop().time()
        event(_LOG, logging.INFO, "job", request_id=context.id, job=job.id, status=job.status, **context.facts)


async def _keep(gateway: Gateway, job: Job) -> None:
    if job.key is None or job.asked is None or gateway.storage is None:
        return
    headers = {_PAGES: str(job.pages_done)}
    try:
        await gateway.storage.answers.keep(job.owner, job.key, job.asked, 200, headers, job.result.memory)
    except StorageUnavailable:  # the job has it all the same
        event(_LOG, logging.ERROR, "answer_not_kept", job=job.id)


def _written(value: Callable[[], Any]) -> Callable[[], bytes]:
    return lambda: formats.dumps(value())


async def _show(request: web.Request) -> web.Response:
    job = _job(request)
    head = formats.dumps(job.facts())
    if job.status in {"running", "cancelled"}:
        return web.Response(body=head, content_type="application/json")
    name = b"response" if job.status == "succeeded" else b"error"
    result = await anyio.to_thread.run_sync(job.result.read)
    return web.Response(body=b'%b,"%b":%b}' % (head[:-1], name, result), content_type="application/json")


async def _cancel(request: web.Request) -> web.Response:
    job = _job(request)
    del request.app[_JOBS][job.id]
    await shielded(_end(job))
    if job.key is not None:
        await storage_of(request).answers.forget(job.owner, job.key)
    return web.json_response({"id": job.id, "object": "ocr.job", "deleted": True})


def _job(request: web.Request) -> Job:
    job, key = request.app[_JOBS].get(request.match_info["id"]), context_of(request).key
    if job is None or key is None or job.owner != key.id:
        raise HTTPError(404, "there is no such job", "job_not_found")
    return job


async def _forget(jobs: dict[str, Job]) -> None:
    now = asyncio.get_running_loop().time()
    for job in [job for job in jobs.values() if job.ended is not None and job.ended < now - KEPT]:
        del jobs[job.id]
        await job.result.close()


async def _end(job: Job) -> None:
    if job.task is not None:
        job.task.cancel()
        await asyncio.wait([job.task])
    await job.result.close()


@asynccontextmanager
async def running(app: web.Application) -> AsyncIterator[None]:
    """
    End all jobs at the end of the block.

    Those with a key have the gateway's grace, as what they come to is kept; nobody could fetch what others come to.
    """
    try:
        yield
    finally:
        jobs = list(app[_JOBS].values())
        await end((job.task for job in jobs if job.task is not None and job.key is None), 0.0)
        await end((job.task for job in jobs if job.task is not None), app[GATEWAY].left())
        for job in jobs:
            await job.result.close()

"""
OCR to be asked for now and fetched later: ``POST /v1/ocr/jobs``, then ``GET`` until it is done.

Jobs live as long as the gateway, and an hour after their end; a batch (``/v1/batch``) outlives both.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio.to_thread
from aiohttp import web
from attrs import define, evolve, field

from .. import formats
from ..errors import OCRError
from ..models import OCRPage, OCRRequest
from .intake import Spool
from .log import event
from .ocr import mistral_request
from .reading import read
from .refusals import Refusal, body_of, refusal_of
from .state import Gateway, Visit, add_route, gateway_of, visit_of


__all__ = ["add_routes", "running"]

_LOG = logging.getLogger("ocr_async.gateway")

MOST_PER_KEY = 200
KEPT = 3600.0  # seconds after its end


@define(eq=False)
class Job:
    """
    Attributes:
        status: running, succeeded, failed or cancelled.

        ended: On the loop's clock.

        result: The response or the error, as JSON.
    """

    id: str
    owner: str
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
    jobs, visit, gateway = request.app[_JOBS], visit_of(request), gateway_of(request)
    assert visit.key is not None
    await _forget(jobs)
    if sum(job.owner == visit.key.id for job in jobs.values()) >= MOST_PER_KEY:
        raise Refusal(429, f"this key has {MOST_PER_KEY} jobs; delete some first", "too_many_jobs", retry_after=60.0)
    async with AsyncExitStack() as stack:
        asked = await stack.enter_async_context(mistral_request(request))
        job = Job(id=os.urandom(16).hex(), owner=visit.key.id)
        document = stack.pop_all()
    jobs[job.id] = job
    own = Visit(id=visit.id, key=visit.key)
    job.task = asyncio.create_task(_run(gateway, own, job, asked, document))
    visit.facts["job"] = job.id
    return web.json_response(job.facts(), status=202, headers={"Location": f"/v1/ocr/jobs/{job.id}"})


async def _run(gateway: Gateway, visit: Visit, job: Job, asked: OCRRequest, document: AsyncExitStack) -> None:
    def count(_: OCRPage) -> None:
        job.pages_done += 1

    try:
        async with document:
            served = await read(gateway, visit, asked, count)
        response = evolve(served.response, cost=None)
        job.result.memory += await anyio.to_thread.run_sync(_written(lambda: formats.unstructure(response, "mistral")))
        await job.result.shed()
        job.status = "succeeded"
    except (Refusal, OCRError) as error:
        refusal = error if isinstance(error, Refusal) else refusal_of(error)
        job.result.memory += formats.dumps(body_of(refusal, "mistral", visit.id))
        job.status = "failed"
    except asyncio.CancelledError:
        job.status = "cancelled"
        raise
    finally:
        job.ended = asyncio.get_running_loop().time()
        event(_LOG, logging.INFO, "job", request_id=visit.id, job=job.id, status=job.status, **visit.facts)


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
    await _end(job)
    del request.app[_JOBS][job.id]
    return web.json_response({"id": job.id, "object": "ocr.job", "deleted": True})


def _job(request: web.Request) -> Job:
    job, key = request.app[_JOBS].get(request.match_info["id"]), visit_of(request).key
    if job is None or key is None or job.owner != key.id:
        raise Refusal(404, "there is no such job", "job_not_found")
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
    """End all jobs at the end of the block: nobody could fetch what they come to."""
    try:
        yield
    finally:
        for job in app[_JOBS].values():
            await _end(job)

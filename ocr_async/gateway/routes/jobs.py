"""
OCR to be asked for now and fetched later: ``POST /v1/ocr/jobs``, then ``GET`` until it is done.

Jobs outlive the gateway, and are known for an hour after their end. With an Idempotency-Key there is one job, whose
response is kept like that of ``POST /v1/ocr``: asking again after that hour gives a job that has succeeded already. A
job that failed is tried again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

from aiohttp import web

from ... import formats
from ..._tasks import shielded
from ..idempotency.decorator import fingerprint_of, key_of
from ..idempotency.in_flight import check_same
from ..jobs.runner import JOBS
from ..jobs.stored import NewJob, no_job
from ..state import RequestContext, add_route, context_of, owner_of, storage_of
from ..storage.ocr_jobs import OCRJob
from .ocr import mistral_request


__all__ = ["add_routes"]


def add_routes(app: web.Application) -> None:
    """Add the routes of jobs."""
    add_route(app, "POST", "/v1/ocr/jobs", _create)
    add_route(app, "GET", "/v1/ocr/jobs/{id}", _show)
    add_route(app, "DELETE", "/v1/ocr/jobs/{id}", _cancel)


async def _create(request: web.Request) -> web.Response:
    runner, context, owner = request.app[JOBS], context_of(request), owner_of(request)
    key, asked, kept = key_of(request), None, None
    job_id = _id(owner, key)
    await runner.known.check_room(job_id, owner)
    async with AsyncExitStack() as stack:
        given = await stack.enter_async_context(mistral_request(request))
        if key is not None:
            asked = await fingerprint_of(request.path, given)
            kept = await storage_of(request).answers.get(owner, key)
            if kept is not None:
                check_same(kept.fingerprint, asked)
        job = NewJob(id=job_id, owner=owner, key=key, asked=asked, request=given)
        facts, again = await shielded(runner.begin(context, job, kept, stack))
        return _accepted(context, facts, again=again)
    raise AssertionError("the stack suppresses nothing")


def _id(owner: str, key: str | None) -> str:
    """Return an id; the same key always makes the same one, so that whoever comes again finds the job that there is."""
    if key is None:
        return os.urandom(16).hex()
    return hashlib.sha256(f"{owner}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _accepted(context: RequestContext, job: OCRJob, *, again: bool = False) -> web.Response:
    context.facts["job"] = job.id
    headers = {"Location": f"/v1/ocr/jobs/{job.id}"}
    if again:
        context.facts["replayed"] = True
        headers["Idempotent-Replayed"] = "true"
    return web.json_response(_facts(job), status=202, headers=headers)


def _facts(job: OCRJob) -> dict[str, Any]:
    return {"id": job.id, "object": "ocr.job", "status": job.status, "pages_done": job.pages_done}


async def _show(request: web.Request) -> web.Response:
    jobs, owner = request.app[JOBS].known, owner_of(request)
    job = await jobs.get(request.match_info["id"], owner)
    head = formats.dumps(_facts(job))
    if job.status == "running":
        return web.Response(body=head, content_type="application/json")
    name = b"response" if job.status == "succeeded" else b"error"
    try:
        pieces = await jobs.storage.result(job.id, owner)
        first = await anext(pieces)
    except FileNotFoundError:  # it was deleted in this moment
        raise no_job() from None
    return web.Response(body=_ended(b'%b,"%b":%b' % (head[:-1], name, first), pieces), content_type="application/json")


async def _ended(begins: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """Yield a job that has ended, with its result as it comes from where it is kept."""
    async with aclosing(pieces):
        yield begins
        async for piece in pieces:
            yield piece
        yield b"}"


async def _cancel(request: web.Request) -> web.Response:
    jobs, owner = request.app[JOBS].known, owner_of(request)
    job = await shielded(jobs.remove(request.match_info["id"], owner))
    if job.key is not None:
        await storage_of(request).answers.forget(owner, job.key)
    return web.json_response({"id": job.id, "object": "ocr.job", "deleted": True})

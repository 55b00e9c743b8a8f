"""Mistral's Batch API for the endpoint ``/v1/ocr``; `batch.runner` does the work."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio.to_thread
from aiohttp import web
from attrs import evolve

from ... import formats
from ..batch.runner import BATCHES
from ..http_errors import HTTPError
from ..idempotency.decorator import once, settle
from ..intake.bodies import pieces, strict_json, utf8
from ..intake.parameters import Fields
from ..reading import no_model
from ..state import add_route, context_of, gateway_of, owner_of, storage_of
from ..storage.batches import Job, JobFilter
from ..storage.port import Storage
from .files import no_file


__all__ = ["add_routes"]

ENDPOINT = "/v1/ocr"
_MOST_VALUES = 1_000_000  # in all requests together
MOST_INLINE = 10_000  # requests within a job; Mistral's documentation, read 2026-08-13
MOST_REQUESTS = 100_000  # of a job's files; the smaller of the two figures there
_MOST_FILES = 100
_MOST_METADATA, _MOST_VALUE = 32, 512
_HOURS = 168
_QUERY = ("page", "page_size", "model", "agent_id", "created_after", "created_by_me", "status", "order_by", "metadata")
_PIECE = 256 * 1024


def add_routes(app: web.Application) -> None:
    """Add the routes of batches."""
    add_route(app, "POST", "/v1/batch/jobs", once(_create))
    add_route(app, "GET", "/v1/batch/jobs", _list)
    add_route(app, "GET", "/v1/batch/jobs/{job_id}", _get)
    add_route(app, "POST", "/v1/batch/jobs/{job_id}/cancel", _cancel)
    add_route(app, "DELETE", "/v1/batch/jobs/{job_id}", _delete)


# --- new jobs -----------------------------------------------------------------------------------------------------


async def _create(request: web.Request) -> web.Response:
    gateway, storage, key = gateway_of(request), storage_of(request), context_of(request).key
    assert key is not None, "these routes are for keys"
    body, requests = await _read(request, gateway.config.max_request_bytes)
    await settle(request, [ENDPOINT, body, requests])
    inputs, model = body.get("input_files") or [], body.get("model")
    if model is not None and gateway.group_for(key, model) is None:
        raise no_model(gateway, key, model)
    now = int(time.time())
    job = Job(
        id=str(uuid4()),
        owner=key.id,
        endpoint=ENDPOINT,
        inputs=tuple(inputs),
        model=model,
        metadata=body.get("metadata") or {},
        created=now,
        deadline=now + (body.get("timeout_hours") or 24) * 3600,
        total=requests.count(b"\n") if requests else await _count(storage, inputs, key.id),
        retained=int(gateway.config.file_days * 86_400) or None,
    )
    if not requests:
        try:
            await storage.batches.create(job, None)
        except FileNotFoundError:
            raise no_file() from None  # deleted in this moment
    else:
        async with storage.files.receive(len(requests)) as incoming:
            await incoming.write(requests)
            await incoming.finish()
            await storage.batches.create(job, incoming)
    request.app[BATCHES].look()
    return web.json_response(_as_json(job))


async def _read(request: web.Request, most: int) -> tuple[dict[str, Any], bytes]:
    """Return what the job is to be, and its requests as JSON lines, if they came with it."""
    data = io.BytesIO()
    async for piece in pieces(request, most):
        data.write(piece)
    return await anyio.to_thread.run_sync(_checked, data.getvalue(), limiter=request.app[BATCHES].reading)


def _checked(data: bytes) -> tuple[dict[str, Any], bytes]:
    body = strict_json(utf8(data), most_values=_MOST_VALUES)
    if not isinstance(body, dict):
        raise HTTPError(422, "the request's body is no JSON object", "invalid_request")
    mistakes: list[tuple[tuple[str | int, ...], str]] = []
    if body.get("endpoint") != ENDPOINT:
        mistakes.append((("endpoint",), f"Input should be '{ENDPOINT}'"))
    if body.get("agent_id") is not None:
        mistakes.append((("agent_id",), "there are no agents here"))
    if body.get("model") is not None and not isinstance(body["model"], str):
        mistakes.append((("model",), "Input should be a valid string"))
    hours = body.get("timeout_hours")
    if hours is not None and not (isinstance(hours, int) and not isinstance(hours, bool) and 1 <= hours <= _HOURS):
        mistakes.append((("timeout_hours",), f"Input should be a whole number from 1 to {_HOURS}"))
    if not _is_metadata(body.get("metadata")):
        mistakes.append((("metadata",), f"at most {_MOST_METADATA} texts of at most {_MOST_VALUE} characters"))
    requests, inputs = body.pop("requests", None), body.get("input_files")
    if bool(requests) == bool(inputs):
        mistakes.append((("input_files",), "give either input_files or requests"))
    elif inputs and not _is_texts(inputs):
        mistakes.append((("input_files",), f"Input should be a list of at most {_MOST_FILES} different file ids"))
    lines = _lines(requests, mistakes) if requests and not mistakes else b""
    if mistakes:
        (place, message), *_ = mistakes
        details = [{"type": "value_error", "loc": ["body", *loc], "msg": msg, "input": None} for loc, msg in mistakes]
        raise HTTPError(
            422, f"{'.'.join(map(str, place))}: {message}", "invalid_request", param=str(place[0]), details=details
        )
    return body, lines


def _is_metadata(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and len(value) <= _MOST_METADATA
        and all(len(name) <= _MOST_VALUE and isinstance(one, str) and len(one) <= _MOST_VALUE
                for name, one in value.items())
    )  # fmt: skip


def _is_texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _MOST_FILES
        and all(isinstance(one, str) for one in value)
        and len(set(value)) == len(value)
    )


def _lines(requests: Any, mistakes: list[tuple[tuple[str | int, ...], str]]) -> bytes:
    if not isinstance(requests, list) or len(requests) > MOST_INLINE:
        mistakes.append((("requests",), f"Input should be a list of at most {MOST_INLINE} requests"))
        return b""
    lines, seen = io.BytesIO(), set[str]()
    for number, one in enumerate(requests):
        if not isinstance(one, dict) or not isinstance(one.get("body"), dict):
            mistakes.append((("requests", number, "body"), "Input should be a valid dictionary"))
        elif (name := one.get("custom_id")) is not None and (not isinstance(name, str) or name in seen):
            mistakes.append((("requests", number, "custom_id"), "Input should be a text that no other request has"))
        elif not mistakes:
            lines.write(formats.dumps({"custom_id": name, "body": one["body"]}) + b"\n")
            seen |= {name} if name is not None else set()
        if len(mistakes) >= 20:
            break
    return lines.getvalue()


async def _count(storage: Storage, inputs: list[str], owner: str) -> int:
    """Return how many requests the files *inputs* have."""
    total = 0
    for file_id in inputs:
        file = await storage.files.get(file_id, owner)
        if file is None:
            raise evolve(no_file(), param="input_files")
        if file.purpose != "batch" or not file.lines:
            raise HTTPError(
                422, f"the file {file_id} is no batch: upload JSON lines with the purpose batch", "invalid_request",
                param="input_files",
            )  # fmt: skip
        total += file.lines
    if total > MOST_REQUESTS:
        raise HTTPError(
            422, f"a job has at most {MOST_REQUESTS:,} requests, this one {total:,}", "invalid_request", "input_files"
        )
    return total


# --- jobs that are there ------------------------------------------------------------------------------------------


async def _list(request: web.Request) -> web.Response:
    query = Fields(request.query, "query")
    page, size = query.whole("page", 0, 0, 10**9), query.whole("page_size", 100, 1, 1000)
    query.truth("created_by_me", False)  # a key sees its own alone in any case
    chosen = JobFilter(
        model=query.text("model"),
        statuses=query.texts("status"),
        created_after=query.time("created_after"),
        newest_first=query.word("order_by", ("created", "-created"), "-created") == "-created",
        # of which the official client sends each as a parameter of its own
        metadata={name: value for name, value in request.query.items() if name not in _QUERY},
    )
    if len(chosen.metadata) > _MOST_METADATA:
        query.note("metadata", "value_error", f"at most {_MOST_METADATA} texts", "")
    query.check()
    if query.text("agent_id") is not None:
        return web.json_response({"data": [], "object": "list", "total": 0})
    total, jobs = await storage_of(request).batches.select(owner_of(request), chosen, page * size, size)
    return web.json_response({"data": [_as_json(one) for one in jobs], "object": "list", "total": total})


async def _get(request: web.Request) -> web.StreamResponse:
    query = Fields(request.query, "query")
    inline = query.truth("inline", False)
    query.check()
    job = await _own_job(request)
    if not inline or not job.ended:
        return web.json_response(_as_json(job))
    return await _with_outputs(request, job)


async def _with_outputs(request: web.Request, job: Job) -> web.StreamResponse:
    """Send the job with its results in it, of which there may be more than fit into memory."""
    files = storage_of(request).files
    results = [await files.get(one, job.owner) for one in (job.output_file, job.error_file) if one is not None]
    headers = {"Content-Type": "application/json", "X-Request-Id": context_of(request).id, "Server": "ocr_async"}
    response = web.StreamResponse(headers=headers)
    head = formats.dumps(_as_json(job) | {"outputs": []})
    cut = head.index(b'"outputs":[') + len(b'"outputs":[')
    await response.prepare(request)
    await response.write(head[:cut])
    first = True
    for file in filter(None, results):
        async with files.on_disk(file.id) as path:
            async for piece in _joined(path):
                await response.write(piece if first else b"," + piece)
                first = False
    await response.write(head[cut:])
    await response.write_eof()
    return response


async def _joined(path: Path) -> AsyncIterator[bytes]:
    """Yield the lines of *path*, several at a time, with commas between them."""
    file = await anyio.to_thread.run_sync(path.open, "rb")
    try:
        while lines := await anyio.to_thread.run_sync(file.readlines, _PIECE):
            yield b",".join(line.rstrip(b"\n") for line in lines)
    finally:
        file.close()


async def _cancel(request: web.Request) -> web.Response:
    job = await _own_job(request)
    if job.ended:
        raise HTTPError(409, f"the job has ended already: {job.status}", "job_ended")
    now = int(time.time())
    moved = await storage_of(request).batches.move(job.id, "CANCELLATION_REQUESTED", "QUEUED", "RUNNING", at=now)
    if moved is None:
        raise _no_job()
    request.app[BATCHES].look(cancelled=job.id)
    return web.json_response(_as_json(moved))


async def _delete(request: web.Request) -> web.Response:
    job = await _own_job(request)
    if not job.ended:
        raise HTTPError(409, "the job is not done; cancel it first", "job_running")
    if not await storage_of(request).batches.delete(job.id, job.owner):
        raise _no_job()
    return web.json_response({"id": job.id, "object": "batch", "deleted": True})


async def _own_job(request: web.Request) -> Job:
    job = await storage_of(request).batches.get(request.match_info["job_id"], owner_of(request))
    if job is None:
        raise _no_job()
    return job


def _no_job() -> HTTPError:
    return HTTPError(404, "there is no such job", "job_not_found", param="job_id")


def _as_json(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "object": "batch",
        "input_files": list(job.inputs),
        "metadata": dict(job.metadata),
        "endpoint": job.endpoint,
        "model": job.model,
        "agent_id": None,
        "output_file": job.output_file,
        "error_file": job.error_file,
        "errors": [{"message": message, "count": count} for message, count in job.errors.items()],
        "outputs": None,
        "status": job.status,
        "created_at": job.created,
        "total_requests": job.total,
        "completed_requests": job.succeeded + job.failed,
        "succeeded_requests": job.succeeded,
        "failed_requests": job.failed,
        "started_at": job.started,
        "completed_at": job.completed,
    }

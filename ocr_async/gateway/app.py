"""The application: its routes, and the one middleware through which every request goes."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

from aiohttp import web

from .._platform import temporary
from .._tasks import beside
from ..errors import OCRError
from . import page
from .access.control import Access, digest
from .access.limits import OwnLimits, StorageLimits
from .access.sync import accounts
from .batch.runner import BATCHES, Runner
from .config.config import Config
from .http_errors import Form, HTTPError, http_error_of, response_of, unknown_encoding
from .intake.uploads import Uploads
from .jobs.runner import JOBS, JobRunner
from .operating.log import event
from .operating.memory import giving_back
from .routes import batches, files, health, jobs, keys, litellm_keys, models, ocr, openapi, process
from .routes.nearest import no_route
from .shared_quotas import SharedQuotas
from .state import GATEWAY, Gateway, RequestContext, RouteFacts, Sharing, gateway_of, route_facts, start_context
from .storage import local, postgres
from .storage.failures import ObjectsUnavailable, StorageBusy, StorageFull, StorageUnavailable
from .storage.port import Storage
from .storage.sweeper import sweep


if TYPE_CHECKING:
    from .operating.tracing import Tracing

__all__ = ["create_app"]

_LOG = logging.getLogger("ocr_async.gateway")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_BROKEN = re.compile("[\ud800-\udfff]")  # what aiohttp makes of bytes that are no UTF-8
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}
_ALL = "0.0.0.0"  # noqa: S104 - as a server's name it means this machine; LiteLLM's documented call uses it
_LOOPBACK_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost"}


def create_app(config: Config) -> web.Application:
    """Return the application of a gateway; its data folder is opened when it starts."""
    app = web.Application(middlewares=[_in_context], client_max_size=config.max_request_bytes)
    access = Access(master=None if config.master_key is None else digest(config.master_key))
    app[GATEWAY] = Gateway(
        config=config,
        router=config.router(),
        access=access,
        limits=OwnLimits(access),
        uploads=Uploads(most=config.max_request_bytes),
        most_pages={model.deployment.name: model.max_pages for model in config.models if model.max_pages is not None},
        urls=frozenset(model.deployment.name for model in config.models if model.takes_urls),
        prices={model.deployment.name: model.price for model in config.models if model.price is not None},
        tracing=_tracing(),
    )
    app[BATCHES] = Runner(app[GATEWAY])
    app[JOBS] = JobRunner(app[GATEWAY])
    app.cleanup_ctx.append(_kept)
    app.on_shutdown.append(_stop)
    for room in (ocr, jobs, process, files, batches, models, keys, litellm_keys, health, page, openapi):
        room.add_routes(app)
    return app


def _tracing() -> Tracing | None:
    if "opentelemetry.trace" not in sys.modules:
        return None  # a program that traces has imported it by now
    from .operating.tracing import tracing

    return tracing()


async def _stop(app: web.Application) -> None:
    app[GATEWAY].end()
    app[BATCHES].stop()


async def _kept(app: web.Application) -> AsyncIterator[None]:
    """Open what is kept, work on it in the background while the gateway runs, and close it."""
    gateway = app[GATEWAY]
    await asyncio.to_thread(temporary.sweep)
    sharing = gateway.sharing
    storage = gateway.storage = await _opened(gateway.config, sharing)
    alone = sharing is None or sharing.drafts is None
    if (shared := storage.accounts.limits) is not None and gateway.access.master is not None:
        gateway.limits = StorageLimits(gateway.access, storage.accounts, shared)
    permits = storage.permits or gateway.permits
    try:
        async with (
            nullcontext()
            if permits is None
            else SharedQuotas(permits, gateway.config.names_of_limits()).running(gateway.router),
            accounts(
                gateway.access, storage, None if sharing is None else sharing.keys_changed, recorded=alone
            ) as gateway.keys,
            beside(sweep(storage)) if alone else nullcontext(),
            beside(giving_back(lambda: gateway.load.begun, lambda: gateway.load.working)),
            app[BATCHES].running(),
            gateway.repeats.running(gateway.left),
            app[JOBS].running(),
        ):
            yield
    finally:
        await storage.close()


async def _opened(config: Config, sharing: Sharing | None) -> Storage:
    if config.database is None:
        return await local.open_storage(config.data, guest=None if sharing is None else sharing.drafts)
    return await postgres.open_storage(
        config.database,
        objects=config.objects,
        lease=config.database_lease,
        connections=config.database_connections,
    )


@web.middleware
async def _in_context(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give the request an id, ask who it is, turn errors into answers, count it, and write the log."""
    started = time.perf_counter()
    context, gateway = start_context(request, _request_id(request)), gateway_of(request)
    facts = route_facts(request)
    status, response = 499, None  # what is logged of a client that left
    try:
        answer = _answer(gateway, request, handler, context, facts)
        tracing = gateway.tracing
        traced = tracing is not None and facts is not None and facts.who != "anyone"  # not each look at its health
        response = await (tracing.answered(request, context, answer) if tracing and traced else answer)
        status = response.status
    finally:
        # as the loop's next thing, when the answer is on its way
        asyncio.get_running_loop().call_soon(_log, gateway, request, context, status, time.perf_counter() - started)
    if not response.prepared:
        response.headers["X-Request-Id"] = context.id
        response.headers["Server"] = "ocr_async"
        if gateway.ends is not None:
            response.force_close()  # a client that kept its connection would send its next request into nothing
    return response


async def _answer(
    gateway: Gateway,
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    context: RequestContext,
    facts: RouteFacts | None,
) -> web.StreamResponse:
    form: Form = facts.form if facts is not None else _form_of(request.path)
    try:
        _check_host(gateway, request)
        if _BROKEN.search(request.raw_path):
            raise HTTPError(400, "the address holds bytes that are no text", "bad_request")
        if facts is None:
            raise no_route(request)
        if request.body_exists and not _decoded(request):
            raise unknown_encoding()
        if facts.who != "anyone":
            context.key = gateway.access.identify(_key_of(request))
            if facts.who == "master" and not context.key.master:
                raise HTTPError(403, "this needs the master key", "master_key_needed")
        return await handler(request)
    except (HTTPError, OCRError) as error:
        context.facts["error"] = error.code if isinstance(error, HTTPError) else type(error).__name__
        return response_of(http_error_of(error), form, context.id)
    except web.HTTPException as error:
        return response_of(HTTPError(error.status, error.reason, "http_error"), form, context.id)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - its text may hold anything, so it goes no further than its class
        if (lacking := _lacking(error)) is not None:
            context.facts["error"] = lacking.code
            return response_of(lacking, form, context.id)
        context.facts["error"] = type(error).__name__
        event(_LOG, logging.ERROR, "failed", request_id=context.id, **_where(error))
        return response_of(
            HTTPError(500, "the gateway failed; its log knows this request's id", "internal"), form, context.id
        )


def _lacking(error: Exception) -> HTTPError | None:
    """Return what a client is told where the machine lacks something; None where *error* is another one."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, StorageFull) or number in _NO_ROOM:
        return HTTPError(507, "the gateway has no room for more; whoever runs it has to look", "no_room")
    if isinstance(error, StorageBusy):
        return HTTPError(503, "another program holds the gateway's database; try again soon", "storage_busy")
    if isinstance(error, ObjectsUnavailable):
        return HTTPError(503, "the gateway's object store is out of reach; try again soon", "storage_unavailable")
    if isinstance(error, StorageUnavailable):
        return HTTPError(503, "the gateway's database is out of reach; try again soon", "storage_unavailable")
    if number in _NO_DESCRIPTORS:
        return HTTPError(503, "the gateway has as many files and connections open as it may; try again soon", "busy")
    return None


def _form_of(path: str) -> Form:
    return "opper" if path.startswith(("/v2/", "/v3/")) else "mistral"


def _decoded(request: web.Request) -> bool:
    """Return whether aiohttp takes the body of *request* out of its Content-Encoding, or it has none."""
    named = ",".join(request.headers.getall("Content-Encoding", ()))
    return named.strip().lower() in {"", "identity", "gzip", "deflate", "br", "zstd"}


def _key_of(request: web.Request) -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return request.headers.get("X-Api-Key") or None


def _check_host(gateway: Gateway, request: web.Request) -> None:
    """
    Refuse foreign names and foreign pages while nobody needs a key.

    A web page that the user visits can reach this machine under a name of its own that resolves to it, or send a form
    to its own name; it cannot choose what stands in Host, nor in Origin.
    """
    if gateway.config.master_key is not None:
        return
    if not is_loopback(request.host) and request.host.partition(":")[0] != _ALL:
        raise HTTPError(403, "without a master key this gateway answers only to names of this machine", "foreign_host")
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2].lower() != request.host.lower():
        raise HTTPError(403, "without a master key this gateway answers no pages but its own", "foreign_page")


def is_loopback(host: str) -> bool:
    """Whether *host*, with or without a port, is a name of this machine to itself."""
    name = (
        host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0] if host.count(":") < 2 else host
    )
    if name.lower().rstrip(".") in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _request_id(request: web.Request) -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else new_id()


def new_id() -> str:
    """Return a new id that sorts by time (RFC 9562, version 7)."""
    number = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _log(gateway: Gateway, request: web.Request, context: RequestContext, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = None if resource is None else resource.canonical
    gateway.metrics.answered(route, context.facts.get("model"), status, seconds)
    event(
        _LOG,
        logging.INFO,
        "request",
        request_id=context.id,
        method=request.method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        key_alias=None if context.key is None else context.key.alias,
        **context.facts,
    )


def _where(error: BaseException) -> dict[str, object]:
    """Return the class of *error* and the lines that it came through, without its text."""
    lines, traceback = [], error.__traceback__
    while traceback is not None:
        lines.append(f"{os.path.basename(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return {"error_type": type(error).__name__, "lines": lines[-8:]}

"""What all handlers of one gateway share, and what is known of the request at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import HttpVersion11, web
from attrs import define, field, frozen

from ..call.routing import Router
from ..pricing import Price
from .access.control import Access, Key
from .access.limits import Limits
from .access.sync import KeySync
from .config.config import Config
from .http_errors import Form, HTTPError, response_of
from .idempotency.in_flight import IdempotentRequest, InFlightRequests
from .intake.uploads import Uploads
from .load import Load
from .operating.metrics import Metrics
from .readiness import Readiness
from .storage.permits import Permits
from .storage.port import Storage


if TYPE_CHECKING:
    from .operating.tracing import Tracing

__all__ = [
    "GATEWAY",
    "ROUTES",
    "Gateway",
    "RequestContext",
    "RouteFacts",
    "Sharing",
    "add_route",
    "context_of",
    "gateway_of",
    "owner_of",
    "route_facts",
    "start_context",
    "storage_of",
]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Who = Literal["anyone", "key", "master"]


@frozen(eq=False)
class Sharing:
    """
    What a process has to know that serves with others.

    Attributes:
        drafts: Begins the names of its files that are not whole yet; None where a database keeps all, for each
            process as for a gateway of its own.

        keys_changed: Has the others look at the keys; returns when they have.
    """

    drafts: str | None
    keys_changed: Callable[[], Awaitable[object]]


@define(eq=False)
class Gateway:
    """
    One running gateway.

    Attributes:
        router: Which deployment serves a call.

        prices: By the name of the deployment, for those whose configuration names one.

        urls: Names of the deployments that download documents themselves.

        most_pages: That a document may have, by the name of the deployment, where its provider says so.

        access: The keys.

        limits: Of the keys, and what they spent.

        keys: What changes keys; None where there are none.

        uploads: Reads bodies.

        storage: Where files, batches and answers for repeated requests are kept.

        load: The calls being worked on.

        readiness: Whether the storage can be reached.

        repeats: Requests with an Idempotency-Key.

        metrics: What it did.

        tracing: Makes spans of requests; None where the program does not trace.

        sharing: None where this process serves alone.

        permits: Limits of deployments that the processes of this gateway share; None where the storage has them, or
            this process serves alone.

        scrape: Gives the metrics of all processes of the gateway; None where this is the only one.

        ends: When it ends, on the loop's clock; None as long as it has not been told to.

        replaced: Whether other processes serve on when this one ends.
    """

    config: Config
    router: Router
    access: Access
    limits: Limits
    uploads: Uploads
    storage: Storage | None = None
    keys: KeySync | None = None
    prices: dict[str, Price] = field(factory=dict)
    urls: frozenset[str] = frozenset()
    most_pages: dict[str, int] = field(factory=dict)
    load: Load = field(factory=Load)
    readiness: Readiness = field(factory=Readiness)
    repeats: InFlightRequests = field(factory=InFlightRequests)
    metrics: Metrics = field(factory=Metrics)
    tracing: Tracing | None = None
    sharing: Sharing | None = None
    permits: Permits | None = None
    scrape: Callable[[], Awaitable[bytes]] | None = None
    ends: float | None = None
    replaced: bool = False

    def group_for(self, key: Key, model: str) -> str | None:
        """Return the group that serves *model* to *key*; None if there is none that it may ask."""
        group = self.router.group_of(model)
        return group if group is not None and (key.may_use(model) or key.may_use(group)) else None

    @contextmanager
    def working(self) -> Iterator[None]:
        """
        Count a call that is worked on within the block.

        Raises:
            HTTPError: There are as many as there may be.
        """
        if self.load.of_all >= self.config.max_queue:
            raise HTTPError(429, "the gateway is at its limit of calls; try again soon", "queue_full", retry_after=1.0)
        self.load.begin()
        try:
            yield
        finally:
            self.load.end()

    def end(self) -> None:
        """Begin to end; the grace of all running work begins with the first call."""
        if self.ends is None:
            self.ends = asyncio.get_running_loop().time() + self.config.grace

    def left(self) -> float:
        """Return the seconds that running work still gets; all that ends has the same."""
        return self.config.grace if self.ends is None else max(0.0, self.ends - asyncio.get_running_loop().time())


@define(eq=False)
class RequestContext:
    """
    One request on its way through the gateway.

    Attributes:
        id: Its id, the client's own where that is a usable one.

        key: Whose it is; None on routes for anyone.

        repeat: What is to be known of it if it comes again; None if it has no Idempotency-Key.

        facts: What its line in the log says besides; never text of a document, an address beyond its host, or a key.
    """

    id: str
    key: Key | None = None
    repeat: IdempotentRequest | None = None
    facts: dict[str, Any] = field(factory=dict)


@frozen
class RouteFacts:
    """
    Attributes:
        who: May use it.

        form: Of its error bodies.
    """

    who: Who
    form: Form


GATEWAY = web.AppKey("GATEWAY", Gateway)
ROUTES = web.AppKey("ROUTES", dict[Any, RouteFacts])
_CONTEXT = web.RequestKey("REQUEST_CONTEXT", RequestContext)
_GATEWAY = web.RequestKey("REQUEST_GATEWAY", Gateway)  # its application is found by ways that cost more, and often


def add_route(
    app: web.Application, method: str, path: str, handler: Handler, *, who: Who = "key", form: Form = "mistral"
) -> None:
    """Add a route with *who* may use it; one that is added in another way is closed to everybody."""
    route = app.router.add_route(method, path, handler, expect_handler=_expected)
    app.setdefault(ROUTES, {})[route] = RouteFacts(who, form)


async def _expected(request: web.Request) -> web.StreamResponse | None:
    if request.version < HttpVersion11:
        return None
    if request.headers["Expect"].lower() != "100-continue":
        facts = request.app[ROUTES][request.match_info.route]
        return response_of(HTTPError(417, "Expect can be 100-continue alone", "bad_request"), facts.form, "")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun
    return None


def route_facts(request: web.Request) -> RouteFacts | None:
    """Return what is known of the route that *request* matched; None if it matched none."""
    return request.app[ROUTES].get(request.match_info.route)


def gateway_of(request: web.Request) -> Gateway:
    """Return the gateway that serves *request*."""
    gateway: Gateway = request[_GATEWAY]
    return gateway


def storage_of(request: web.Request) -> Storage:
    """Return where things are kept."""
    storage = gateway_of(request).storage
    assert storage is not None, "it is opened before the first request"
    return storage


def start_context(request: web.Request, request_id: str) -> RequestContext:
    """Note that *request* has begun."""
    request[_GATEWAY] = request.app[GATEWAY]
    context = request[_CONTEXT] = RequestContext(id=request_id)
    return context


def context_of(request: web.Request) -> RequestContext:
    """Return what is known of *request*."""
    return request[_CONTEXT]


def owner_of(request: web.Request) -> str:
    """Return the id of the key that *request* came with, to which all that it keeps belongs."""
    key = context_of(request).key
    assert key is not None, "this is for routes that want a key"
    return key.id

"""
Whether the gateway lives, whether it takes work, and what it did; none of it asks an upstream.

That it lives asks nothing at all: a gateway whose database is gone would not come back by a restart.
"""

from __future__ import annotations

import anyio.to_thread
from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ...transport import limits, workers
from ..operating.metrics import Snapshot
from ..state import Gateway, add_route, gateway_of, storage_of


__all__ = ["add_routes", "snapshot"]


def add_routes(app: web.Application) -> None:
    """Add the health routes, LiteLLM's spelling of liveness among them, and the metrics."""
    for path in ("/health", "/health/liveliness", "/health/liveness"):
        add_route(app, "GET", path, _alive, who="anyone")
    add_route(app, "GET", "/health/readiness", _ready, who="anyone")
    add_route(app, "GET", "/metrics", _metrics, who="master")


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _ready(request: web.Request) -> web.Response:
    gateway = gateway_of(request)
    if gateway.load.of_all >= gateway.config.max_queue:
        return web.json_response({"status": "full"}, status=503)
    if not await gateway.readiness.look(storage_of(request)):
        return web.json_response({"status": "storage_unavailable"}, status=200 if gateway.readiness.ready else 503)
    return web.json_response({"status": "ready"})


async def _metrics(request: web.Request) -> web.Response:
    gateway = gateway_of(request)
    if gateway.scrape is not None:
        body = await gateway.scrape()
    else:
        body = await anyio.to_thread.run_sync(gateway.metrics.written, snapshot(gateway))
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def snapshot(gateway: Gateway) -> Snapshot:
    """Return how things are in this process."""
    first: dict[tuple[str, str], str] = {}
    for model in gateway.config.models:
        first.setdefault(model.account, model.deployment.name)
    accounts, engine = limits.account_states(), workers.state()
    return Snapshot(
        working=gateway.load.working,
        most=gateway.config.max_queue,
        waiting={
            "deployment": gateway.router.waiting(),
            "provider": sum(state.waiting for state in accounts.values()),
            "engine": engine.waiting,
        },
        accounts={name: accounts[account] for account, name in first.items() if account in accounts},
        replaced=engine.replaced,
    )

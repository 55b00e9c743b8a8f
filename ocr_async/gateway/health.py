"""Whether the gateway lives, and whether it takes work; neither asks an upstream."""

from __future__ import annotations

from aiohttp import web

from .state import add_route, gateway_of


__all__ = ["add_routes"]


def add_routes(app: web.Application) -> None:
    """Add the health routes; LiteLLM's spelling of liveness is kept."""
    for path in ("/health", "/health/liveliness", "/health/liveness"):
        add_route(app, "GET", path, _alive, who="anyone")
    add_route(app, "GET", "/health/readiness", _ready, who="anyone")


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _ready(request: web.Request) -> web.Response:
    gateway = gateway_of(request)
    full = gateway.working >= gateway.config.max_queue
    return web.json_response({"status": "full" if full else "ready"}, status=503 if full else 200)

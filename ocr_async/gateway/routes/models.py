"""The models that may be asked for, as Mistral and as Opper list them."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from ... import providers
from ..reading import no_model
from ..stages import page_price
from ..state import Gateway, add_route, context_of, gateway_of


__all__ = ["add_routes", "names"]

_STARTED = int(time.time())


def add_routes(app: web.Application) -> None:
    """Add the lists of models."""
    add_route(app, "GET", "/v1/models", _mistral)
    add_route(app, "GET", "/models", _mistral)
    add_route(app, "GET", "/v1/models/{model:.+}", _retrieve)
    add_route(app, "GET", "/v2/ocr/models", _opper, form="opper")


async def _mistral(request: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": [_card(name) for name in names(request)]})


async def _retrieve(request: web.Request) -> web.Response:
    gateway, name, key = gateway_of(request), request.match_info["model"], context_of(request).key
    assert key is not None, "this is for routes that want a key"
    if gateway.group_for(key, name) is None:
        raise no_model(gateway, key, name)
    return web.json_response(_card(name))


def _card(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "type": "base",  # by which Mistral's client tells what it reads
        "created": _STARTED,
        "owned_by": "ocr_async",
        "name": name,
        "capabilities": {"ocr": True, "completion_chat": False},
        "mode": "ocr",
    }


async def _opper(request: web.Request) -> web.Response:
    gateway = gateway_of(request)
    data = []
    for name in names(request):
        deployment = gateway.router.groups[gateway.router.group_of(name) or ""][0].deployment
        provider = deployment.model.partition("/")[0]
        if providers.provider_class(provider) is None:
            provider = "mistral"  # a server of one's own that speaks Mistral's API
        cost = page_price(gateway, deployment)
        data.append({"hosting_provider": provider, "name": name, "location": "", "cost_per_page": cost})
    return web.json_response({"meta": {"total_count": len(data)}, "data": data})


def names(request: web.Request) -> list[str]:
    """Return the names that the key of *request* may ask for."""
    key = context_of(request).key
    return [name for name in _all_names(gateway_of(request)) if key is None or key.may_use(name)]


def _all_names(gateway: Gateway) -> list[str]:
    return [*gateway.router.groups, *gateway.router.aliases]

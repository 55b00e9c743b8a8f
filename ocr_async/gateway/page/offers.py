"""What the page can offer to a key, so that it shows no field that comes to nothing."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import providers
from ...call.routing import Deployment
from ..routes.models import names
from ..state import Gateway, context_of, gateway_of
from .rendering import forms


__all__ = ["offers"]


async def offers(request: web.Request) -> web.Response:
    """Answer with the models that the key of *request* may ask for, what each takes, and the forms of files."""
    gateway, key = gateway_of(request), context_of(request).key
    keys = gateway.config.master_key is not None
    return web.json_response(
        {
            "models": [_model(gateway, name) for name in names(request)],
            "forms": forms(),
            "keys": keys,
            "master": keys and key is not None and key.master,
        }
    )


def _model(gateway: Gateway, name: str) -> dict[str, Any]:
    deployments = [one.deployment for one in gateway.router.groups[gateway.router.group_of(name) or ""]]
    return {
        "name": name,
        "links": gateway.config.fetch_urls or any(one.name in gateway.urls for one in deployments),
        "languages": all("lang" in _options(one) for one in deployments),
    }


def _options(deployment: Deployment) -> frozenset[str]:
    serving = providers.provider_class(deployment.model.partition("/")[0]) or providers.provider_class("mistral")
    return frozenset() if serving is None else serving.facts.options

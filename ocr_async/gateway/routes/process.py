"""open-webui's external document engine: ``PUT /process`` with the document as the body, its text as the answer."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from ...models import OCRRequest
from ..config.config import EMBEDDED
from ..intake.names import file_name
from ..reading import read
from ..state import Gateway, add_route, context_of, gateway_of


__all__ = ["add_routes"]


def add_routes(app: web.Application) -> None:
    """Add the route."""
    add_route(app, "PUT", "/process", _process)


async def _process(request: web.Request) -> web.Response:
    gateway = gateway_of(request)
    name = file_name(unquote(request.headers.get("X-Filename", "")))
    async with gateway.uploads.document(request, name) as document:
        served = await read(gateway, context_of(request), OCRRequest(model=_model(gateway), document=document))
    facts = {"source": name, "model": served.response.model, "page_count": len(served.response.pages)}
    return web.json_response(
        [
            {
                "page_content": page.markdown,
                "metadata": {"page": page.index, "page_label": str(page.index + 1), **facts},
            }
            for page in served.response.pages
        ]
    )


def _model(gateway: Gateway) -> str:
    """Return the model of whoever names none: the first of the configuration."""
    return gateway.config.models[0].name if gateway.config.models else EMBEDDED

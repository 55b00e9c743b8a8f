"""open-webui's external document engine: ``PUT /process`` with the document as the body, its text as the answer."""

from __future__ import annotations

from urllib.parse import unquote

import anyio.to_thread
from aiohttp import web

from ... import document as documents
from ...call.call import call
from ...call.options import Options
from ...engine.office.texts import is_text
from ...errors import ConfigurationError
from ...models import Bytes, FileOnDisk, OCRRequest, OCRResponse
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
        response = await _own(gateway, document)
        if response is None:
            asked = OCRRequest(model=_model(gateway), document=document)
            response = (await read(gateway, context_of(request), asked)).response
    facts = {"source": name, "model": response.model, "page_count": len(response.pages)}
    return web.json_response(
        [
            {
                "page_content": page.markdown,
                "metadata": {"page": page.index, "page_label": str(page.index + 1), **facts},
            }
            for page in response.pages
        ]
    )


async def _own(gateway: Gateway, document: Bytes | FileOnDisk) -> OCRResponse | None:
    """
    Return what a text file says: open-webui sends those, too, and no model reads them better than they are.

    None where it is none, or the embedded engine is not installed.
    """
    inspected = await anyio.to_thread.run_sync(documents.inspect, document)
    assert isinstance(inspected, (Bytes, FileOnDisk)), "it is one of these, looked at"
    if not is_text(inspected.mime):
        return None
    try:
        return await call(document, Options(model="local/text", timeout=gateway.config.timeout))
    except ConfigurationError:
        return None


def _model(gateway: Gateway) -> str:
    """Return the model of whoever names none: the first of the configuration."""
    return gateway.config.models[0].name if gateway.config.models else EMBEDDED

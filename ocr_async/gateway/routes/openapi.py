"""
The gateway's description of itself: ``/openapi.json``, and ``/docs``, the same for people.

`operations` says what each route is for; a test holds it against the routes, and answers against the schemas.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import __version__, formats
from ..page import HEADERS
from ..state import ROUTES, add_route
from . import docs
from .operations import JSON, OPERATIONS, SCHEMAS, Operation, ref


__all__ = ["add_routes", "description"]


_REASONS = {
    400: "It cannot be read, or asks for what is not there.",
    401: "No valid key.",
    403: "The key does not open this, or the name in Host is foreign.",
    404: "No such model, file or job.",
    408: "The body came too slowly.",
    409: "Not in the state for this.",
    413: "Too large.",
    415: "Not in this form.",
    422: "A field or the document is not valid.",
    429: "A limit is reached; see Retry-After.",
    500: "The gateway or its engine failed.",
    501: "Something that this needs is not installed.",
    502: "The provider's answer cannot be used.",
    503: "The provider, or the gateway, takes no work now.",
    504: "It took too long.",
}


def description(app: web.Application) -> dict[str, Any]:
    """Return the OpenAPI description (3.1) of *app*'s routes; parts of the page are left out."""
    paths: dict[str, Any] = {}
    for route, facts in app[ROUTES].items():
        method, path = route.method, route.resource.canonical
        operation = OPERATIONS.get((method, path))
        if operation is not None:
            paths.setdefault(path, {})[method.lower()] = _described(operation, method, path, facts.who, facts.form)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ocr_async gateway", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _described(operation: Operation, method: str, path: str, who: str, form: str) -> dict[str, Any]:
    content: dict[str, Any] = {operation.kind: {}}
    if operation.answer is not None:
        content = {JSON: {"schema": operation.answer}}
    error = {JSON: {"schema": ref("OpperError" if form == "opper" else "MistralError")}}
    answers: dict[str, Any] = {str(operation.status): {"description": "Done.", "content": content}}
    for status, reason in _REASONS.items():
        if who == "anyone" and "{" not in path and status not in {400, 403, 500, 503}:
            continue
        answers[str(status)] = {"description": reason, "content": error}
    if path == "/health/readiness":
        answers["503"] = {"description": "It is full, or cannot reach what it keeps.", "content": content}
    written: dict[str, Any] = {
        "operationId": f"{method.lower()}{''.join(part if part.isalnum() else '_' for part in path)}",
        "summary": operation.summary,
        "tags": [operation.group],
        "responses": answers,
    }
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in path.split("/")
        if part.startswith("{")
    ] + [{"name": name, "in": "query", "schema": schema} for name, schema in (operation.query or {}).items()]
    if parameters:
        written["parameters"] = parameters
    if operation.body is not None:
        content = {kind: {"schema": schema} if schema else {} for kind, schema in operation.body.items()}
        written["requestBody"] = {"required": True, "content": content}
    if who != "anyone":
        written["security"] = [{"bearer": []}, {"x-api-key": []}]
    return written


# --- routes -----------------------------------------------------------------------------------------------------

_WRITTEN = web.AppKey("_WRITTEN", dict[str, bytes])


def add_routes(app: web.Application) -> None:
    """Add the description's routes; it tells of all routes that are there when it is first asked for."""
    app[_WRITTEN] = {}
    add_route(app, "GET", "/openapi.json", _openapi, who="anyone")
    add_route(app, "GET", "/docs", _docs, who="anyone")


async def _openapi(request: web.Request) -> web.Response:
    written = request.app[_WRITTEN]
    if "json" not in written:
        written["json"] = formats.dumps(description(request.app))
    return web.Response(body=written["json"], content_type=JSON, headers={"Cache-Control": "no-cache"})


async def _docs(request: web.Request) -> web.Response:
    written = request.app[_WRITTEN]
    if "html" not in written:
        written["html"] = docs.page(description(request.app)).encode()
    return web.Response(body=written["html"], content_type="text/html", charset="utf-8", headers=HEADERS)

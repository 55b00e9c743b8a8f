"""What is said of an address where there is nothing: which route the client may have meant."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache

from aiohttp import web

from ..http_errors import HTTPError


__all__ = ["no_route"]

_LONGEST = 100  # characters of an address that is compared


def no_route(request: web.Request) -> HTTPError:
    """Return the refusal of *request*, which matched no route."""
    error = request.match_info.http_exception
    if isinstance(error, web.HTTPMethodNotAllowed):
        allow = sorted(error.allowed_methods)
        return HTTPError(405, f"this address takes {', '.join(allow)}", "method_not_allowed", allow=allow)
    routes = _routes(request.app)
    path = nearest(request.path[:_LONGEST], tuple(routes))
    hint = "" if path is None else f"; the nearest is {routes[path]} {path}"
    return HTTPError(404, f"there is nothing at this address{hint}", "not_found")


def _routes(app: web.Application) -> Mapping[str, str]:
    """Return the methods of each address that is none of the web page."""
    routes: dict[str, str] = {}
    for route in app.router.routes():
        if route.resource is not None and route.method != "HEAD" and route.resource.canonical.count("/page/") == 0:
            path = route.resource.canonical
            routes[path] = f"{routes[path]} or {route.method}" if path in routes else route.method
    del routes["/"]
    return routes


@lru_cache(64)
def nearest(path: str, routes: tuple[str, ...]) -> str | None:
    """Return the one of *routes* that goes on in *path*, or stands at its end, or else is most like it, if any is."""
    path = "/" + "/".join(part for part in path.split("/") if part)
    begun = [route for route in routes if f"{path}/".lower().startswith(f"{route}/")]
    ended = [route for route in routes if path.lower().endswith(route)]
    return max(begun or ended, key=len, default=None) or next(iter(get_close_matches(path, routes, 1)), None)

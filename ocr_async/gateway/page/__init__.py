"""
The web page at ``/``: drop a document, watch its pages arrive, look at boxes beside the text.

Its parts are served as they are, without a build: `index.html`, `keys.html` and modules of JavaScript, one a subject.
What they ask is in `offers`, `reading` and `rendering`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from ..state import add_route
from .offers import offers
from .reading import read
from .rendering import SLOTS, render, slots


__all__ = ["add_routes"]


def _file(package: str, name: str) -> bytes:
    return files(package).joinpath(name).read_bytes()


_TYPES = {".css": "text/css", ".js": "text/javascript"}


def _all_parts() -> Iterator[tuple[str, bytes, str]]:
    """Yield address, content and type of the page and its parts."""
    yield "/", _file("ocr_async.gateway.page", "index.html"), "text/html"
    yield "/page/keys", _file("ocr_async.gateway.page", "keys.html"), "text/html"
    own = sorted(each.name for each in files("ocr_async.gateway.page").iterdir())
    for package, names in (("ocr_async.gateway.page", own), ("ocr_async.export", ["view.css", "view.js"])):
        for name in names:
            if (kind := _TYPES.get(Path(name).suffix)) is not None:
                yield f"/page/{name}", _file(package, name), kind


_PARTS = tuple(_all_parts())  # read once, with the module: some kilobytes, and no loop waits for a file
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def add_routes(app: web.Application) -> None:
    """Add the page and its parts."""
    for path, body, kind in _PARTS:
        add_route(app, "GET", path, _part(body, kind), who="anyone")
    add_route(app, "GET", "/page/offers", offers)
    add_route(app, "POST", "/page/read", read)
    app[SLOTS] = slots()
    add_route(app, "POST", "/page/render", render)


def _part(body: bytes, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=HEADERS)

    return serve

"""
The web page at ``/``: drop a document, watch its pages arrive, look at boxes beside the text.

Its parts are served as they are, without a build. Pages are rendered here, by the viewer of `export.view`, which HTML
files use too; the browser only puts them in their places. The document is the body of ``POST /page/read``, or an
address in it, and is gone with the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import anyio.to_thread
from aiohttp import web
from attrs import evolve

from ... import formats
from ...errors import OCRError
from ...models import Bytes, Document, FileOnDisk, OCRPage, OCRRequest, Url
from ...wording import counted_from_one
from ..http_errors import HTTPError, http_error_of
from ..intake.bodies import pieces, utf8
from ..intake.names import file_name
from ..reading import Served
from ..routes.progress import LINES, stream
from ..state import add_route, gateway_of
from ..writing import written
from .offers import offers


__all__ = ["add_routes"]

MOST_PICTURES = 200  # of one document; the text of the pages beyond comes without
_ADDRESS = "text/uri-list"
_LONGEST_ADDRESS = 8192


def _file(package: str, name: str) -> bytes:
    return files(package).joinpath(name).read_bytes()


_TYPES = {".css": "text/css", ".js": "text/javascript"}


def _all_parts() -> Iterator[tuple[str, bytes, str]]:
    """Yield address, content and type of the page and its parts."""
    yield "/", _file("ocr_async.gateway.page", "index.html"), "text/html"
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
    add_route(app, "POST", "/page/read", _read)


def _part(body: bytes, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=HEADERS)

    return serve


async def _read(request: web.Request) -> web.StreamResponse:
    """Stream the pages of the document in the body: as JSON, and as the HTML that shows them."""
    gateway = gateway_of(request)
    asked = OCRRequest(model=request.query.get("model", ""), document=_NOTHING, include_image_base64=True)
    if request.content_type == _ADDRESS:
        return await _answer(request, evolve(asked, document=await _address(request)))
    name = file_name(request.query.get("name"))
    async with gateway.uploads.document(request, name) as document:
        return await _answer(request, evolve(asked, document=document))


async def _address(request: web.Request) -> Url:
    body = b"".join([piece async for piece in pieces(request, _LONGEST_ADDRESS)])
    address = utf8(body).strip()
    if not address.lower().startswith(("http://", "https://")):
        raise HTTPError(400, "this is no address of a document: it begins with http:// or https://", "invalid_request")
    return Url(url=address)


async def _answer(request: web.Request, asked: OCRRequest) -> web.StreamResponse:
    try:
        from ...export.view import section
    except ModuleNotFoundError:
        raise HTTPError(
            501, "the page needs markdown-it-py: pip install 'ocr_async[server]'", "not_installed"
        ) from None
    from ...export.pictures import can_draw

    drawn = await anyio.to_thread.run_sync(can_draw, asked.document)
    left = MOST_PICTURES if drawn else 0

    async def show(value: OCRPage | Served) -> dict[str, Any]:
        nonlocal left
        if isinstance(value, Served):
            return await written(value.response.pages, partial(_all, value))
        left -= 1
        jpeg = await _picture(asked.document, value) if left >= 0 else None
        html = await anyio.to_thread.run_sync(partial(section, value, jpeg))
        return {"index": value.index, "html": html}

    return await stream(request, asked, LINES, show, _told)


def _told(error: OCRError) -> HTTPError:
    """Return *error* as people say it, who count pages from 1."""
    http_error = http_error_of(error)
    return evolve(http_error, message=counted_from_one(http_error.message))


def _all(served: Served) -> dict[str, Any]:
    response = evolve(served.response, cost=served.cost)
    return {"markdown": response.markdown, "response": formats.unstructure(response, "mistral")}


async def _picture(document: Document, page: OCRPage) -> bytes | None:
    from ...export.pictures import picture

    return await picture(document, page) if isinstance(document, (Bytes, FileOnDisk)) else None


_NOTHING = Url(url="")

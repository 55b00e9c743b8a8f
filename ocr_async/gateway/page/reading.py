"""
``POST /page/read``: how many pages the document has, what they look like and what they say, as soon as it is known.

The document is the body, or an address in it, and is gone with the answer. Pages are rendered here, by the viewer of
`export.view`, which HTML files use too; the browser only puts them in their places. A page's picture is sent once:
ahead of what the page says, where reading takes long enough, else in it.
"""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import anyio.to_thread
from aiohttp import web
from attrs import define, evolve, field

from ... import formats
from ...call import prepare
from ...errors import OCRError
from ...export.forms import options_for
from ...models import Bytes, Document, FileOnDisk, OCRPage, OCRRequest, Url
from ...wording import counted_from_one
from ..demand import is_local
from ..http_errors import HTTPError, http_error_of
from ..intake.bodies import pieces, utf8
from ..intake.names import file_name
from ..reading import Served
from ..routes.progress import LINES, Say, stream, wanted_stream
from ..state import Gateway, gateway_of
from ..writing import written


__all__ = ["MOST_PICTURES", "read"]

MOST_PICTURES = 200  # of one document; the text of the pages beyond comes without
_ADDRESS = "text/uri-list"
_LONGEST_ADDRESS = 8192
_BODY = {"type": "file", "file_id": "body"}  # stands for the document while the other fields are checked


async def read(request: web.Request) -> web.StreamResponse:
    """Stream the pages of the document in the body: as JSON, and as the HTML that shows them."""
    asked = _asked(request)
    if request.content_type == _ADDRESS:
        return await _answer(request, evolve(asked, document=await _address(request)))
    name = file_name(request.query.get("name"))
    async with gateway_of(request).uploads.document(request, name) as document:
        return await _answer(request, evolve(asked, document=document))


def _asked(request: web.Request) -> OCRRequest:
    query = request.query
    fields: dict[str, Any] = {"model": query.get("model", ""), "document": _BODY, "include_image_base64": True}
    if pages := query.get("pages"):
        fields["pages"] = pages
    if _is_local(gateway_of(request), fields["model"]):
        fields |= options_for("pdf", "local")  # words and their places, of which all its files are made
    asked = formats.read_request(fields, "mistral")
    languages = [each for each in query.getall("lang", ()) if each]  # Mistral's clients have no word for them
    return evolve(asked, lang=languages) if languages else asked


def _is_local(gateway: Gateway, model: str) -> bool:
    """Whether the embedded engine alone reads for *model*; others may not know what it is asked, or bill for it."""
    group = gateway.router.group_of(model)
    return group is not None and all(is_local(one.deployment) for one in gateway.router.groups[group])


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
    pictures = _Pictures(asked.document, asked.pages, MOST_PICTURES if drawn else 0)

    async def show(value: OCRPage | Served) -> dict[str, Any]:
        if isinstance(value, Served):
            return await written(value.response.pages, partial(_all, value))
        html = await anyio.to_thread.run_sync(partial(section, value, await pictures.of(value)))
        return {"index": value.index, "html": html}

    kind = wanted_stream(request) or LINES
    return await stream(request, asked, kind, show, _told, pictures.ahead if drawn else None, lenient=True)


@define(eq=False)
class _Pictures:
    """
    The pictures of one document's pages.

    Attributes:
        pages: That are asked for; None: all.

        left: How many may still be drawn.

        ahead_of: Pages whose picture was sent before them.

        shown: Pages that came.
    """

    document: Document
    pages: tuple[int, ...] | None
    left: int
    ahead_of: set[int] = field(factory=set)
    shown: set[int] = field(factory=set)

    async def of(self, page: OCRPage) -> bytes | None:
        """Return the picture that is sent with *page*: an empty one, if it was sent before; None, if there is none."""
        self.shown.add(page.index)
        if page.index in self.ahead_of and not page.extra.get("rotation"):
            return b""
        return await self._drawn(page)

    async def ahead(self, say: Say) -> None:
        """Say how many pages there are, and show them one by one, but for those that came in the meantime."""
        indexes = await self._indexes()
        if not indexes:
            return
        await say("count", {"pages": len(indexes)})
        for index in indexes:
            if index in self.shown:
                continue
            jpeg = await self._drawn(OCRPage(index=index, markdown=""))
            if jpeg is None:
                return
            if index not in self.shown:
                self.ahead_of.add(index)
                await say("picture", {"index": index, "jpeg": base64.b64encode(jpeg).decode("ascii")})

    async def _indexes(self) -> list[int]:
        """Return the pages that can be counted before they are read; none of what is no PDF and no picture."""
        try:
            document = await prepare.inspected(self.document)
            if not isinstance(document, (Bytes, FileOnDisk)):
                return []
            count = await prepare.count(document, drawn=False) or 0
        except OCRError:
            return []  # whoever reads it says what is wrong with it
        return [index for index in range(count) if self.pages is None or index in self.pages]

    async def _drawn(self, page: OCRPage) -> bytes | None:
        from ...export.pictures import picture

        if self.left <= 0 or not isinstance(self.document, (Bytes, FileOnDisk)):
            return None
        self.left -= 1
        return await picture(self.document, page)


def _told(error: OCRError) -> HTTPError:
    """Return *error* as people say it, who count pages from 1."""
    http_error = http_error_of(error)
    return evolve(http_error, message=counted_from_one(http_error.message))


def _all(served: Served) -> dict[str, Any]:
    response = evolve(served.response, cost=served.cost)
    return {"markdown": response.markdown, "response": formats.unstructure(response, "mistral")}

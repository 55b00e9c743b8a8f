"""
Cohere Parse: https://docs.cohere.com/reference/parse and the client cohere 7.3.1, read 2026-11.

One picture a request, of at most 20 MB and 50 megapixels. The answer tells boxes of pictures alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from attrs import frozen

from .. import formats
from ..errors import AuthenticationFailed, OCRError, ResponseInvalid
from ..models import FileId, OCRImage, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ..steps import Base64, Exchange, HttpResponse, http
from . import Facts, PagePictures, _account
from ._service import shaped


__all__ = ["FACTS", "Cohere"]

_CORNERS = ("top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y")
_ABOUT = ("description", "category", "bounding_box_normalized")
_INVALID_TOKEN = 498

FACTS = Facts(
    options=frozenset({"pages", "extra_body"}),
    models=("parse-v5.0",),
    max_bytes=20_000_000,
    pictures=PagePictures(mime="image/png"),
    variables=("COHERE_API_KEY", "CO_API_KEY"),
)


@frozen(kw_only=True)
class Cohere(_account.AtHome):
    """
    One account at Cohere: https://docs.cohere.com/reference/parse, read 2026-11.

    Attributes:
        api_key: None sends no Authorization header.

        base_url: Without ``/v2/parse``.
    """

    name: ClassVar[str] = "cohere"
    facts: ClassVar[Facts] = FACTS
    home: ClassVar[_account.Home] = _account.Home(
        base="https://api.cohere.com",
        variables=("COHERE_API_BASE",),
        domain="cohere.com",
        ends=("/v2/parse", "/v2"),
    )
    path: ClassVar[str] = "/v2/parse"

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for what is on one picture."""
        body = {
            "model": request.model,
            "document": {"type": "image_url", "image_url": _picture(request)},
            "output_format": "markdown",
            **(request.extra_body or {}),
        }

        def parse(answer: HttpResponse) -> OCRResponse:
            return formats.read_answer(answer, lambda data: _response(data, request, self.name), self.name)

        return (yield from http(self.request("POST", self.path, parse, json=body, pages=1)))

    def refused(self, answer: HttpResponse) -> OCRError | None:
        if answer.status != _INVALID_TOKEN:
            return None
        return AuthenticationFailed(f"{self.name} does not accept the key (498 Invalid Token)", provider=self.name)


def _picture(request: OCRRequest) -> str | Base64:
    document = request.document
    assert not isinstance(document, FileId), "facts.takes_file_ids is False"
    if isinstance(document, Url):
        return document.url
    return Base64(document, f"data:{document.mime or 'image/png'};base64,")


def _response(data: Any, request: OCRRequest, provider: str) -> OCRResponse:
    """
    Return the one page of an answer; one that is cut short is the error of its page.

    Raises:
        ResponseInvalid: It is no answer of Parse.
    """
    with shaped(provider, "$.pages[0]"):
        page = _page(data["pages"][0])
        units = (data.get("meta") or {}).get("billed_units") or {}
        count = int(units.get("pages") or 1)
    reason = data.get("finish_reason") or "COMPLETE"
    cut = None
    if reason != "COMPLETE":
        said = "cut the page short" if reason == "MAX_TOKENS" else "did not read the page to its end"
        cut = ResponseInvalid(f"{provider} {said} (finish_reason is {str(reason)[:40]})", provider=provider)
    return OCRResponse(
        pages=() if cut else (page,),
        model=request.model,
        id=data.get("id"),
        usage_info=OCRUsageInfo(pages_processed=count, doc_size_bytes=getattr(request.document, "size", None)),
        missing_pages={0: cut} if cut else {},
    )


def _page(page: Mapping[str, Any]) -> OCRPage:
    """Return a page of either form; `index` counts within the request, and so is 0 whatever it says."""
    if page.get("type") == "blocks" or "markdown" not in page:
        blocks = page["blocks"]
        images = tuple(_image(block["image"]) for block in blocks if block.get("type") == "image")
        return OCRPage(index=0, markdown=_written(blocks), images=images, extra={"blocks": blocks})
    found = page["markdown"]
    images = tuple(_image(image) for image in found.get("images") or ())
    return OCRPage(index=0, markdown=_placed(found["content"], images), images=images)


def _image(image: Mapping[str, Any]) -> OCRImage:
    box = image.get("bounding_box") or {}
    corners = {name: round(box[name]) for name in _CORNERS if box.get(name) is not None}
    return OCRImage(id=image.get("id"), **corners, extra={name: image[name] for name in _ABOUT if image.get(name)})


def _placed(markdown: str, images: Sequence[OCRImage]) -> str:
    """Return *markdown* with each picture's name where its description stands, as ids may change in a long document."""
    names = {image.id for image in images if image.id}
    if not names:
        return markdown
    named = re.compile(rf"!\[(?:\\.|[^\\\]])*\]\(({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\)")
    return named.sub(lambda found: f"![{found[1]}]({found[1]})", markdown)


def _written(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Return the Markdown of *blocks*, for which Cohere sends none."""
    pieces = []
    for block in blocks:
        kind = block.get("type")
        inner = block.get(kind or "") or {}
        if kind == "image":
            pieces.append(f"![{inner['id']}]({inner['id']})")
        else:
            pieces.append(str(inner.get("content") or inner.get("html") or ""))
    return "\n\n".join(piece for piece in pieces if piece)

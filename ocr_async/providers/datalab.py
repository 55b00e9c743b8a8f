"""
Datalab (Marker, Chandra): https://documentation.datalab.to; as its client datalab-python-sdk 0.5.0 has it (2026-11).

A document is converted by a job. Its Markdown comes in one text, a line with the page's number before each page; its
blocks and their places come as JSON beside it. What is uploaded the service deletes itself, an hour after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from html.parser import HTMLParser
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from ..engine.page import RegionType
from ..errors import OCRError, ProviderUnavailable, RequestRejected, ResponseInvalid
from ..models import FileId, OCRCost, OCRDimensions, OCRImage, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ..steps import Exchange, HttpResponse, http
from . import Facts, _account, _jobs
from ._html_tables import cells_of
from ._service import (
    data_uri_of,
    fields,
    identifier,
    indexes_of,
    inner,
    listed,
    mapping,
    number_in,
    objects,
    ranges,
    said,
    shaped,
)
from ._structure import NOWHERE, Box, Region, page_of


__all__ = ["Datalab"]

_MODES = ("fast", "balanced", "accurate")

# "{3}" or "3", on a line with 48 dashes or before one: its documentation and Marker itself do not agree on it.
_DELIMITER = re.compile(r"^\{?(\d{1,6})\}?[ \t]*\n?-{48}[ \t]*$", re.MULTILINE)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^()\s]+)\)")
_PAGE_ID = re.compile(r"/page/(\d{1,6})/")
_DEEPEST = 20

_TYPES: Mapping[str, RegionType] = {
    "PageHeader": "header",
    "PageFooter": "footer",
    "Caption": "caption",
    "Footnote": "footnote",
    "Code": "code",
    "Equation": "equation",
    "ListGroup": "list",
}
_PICTURES = frozenset({"Figure", "Picture", "Diagram", "Chart"})
_GROUPS = frozenset({"FigureGroup", "PictureGroup", "TableGroup"})


@frozen(kw_only=True)
class Datalab(_account.AtHome):
    """
    One account at Datalab. Its models are the modes of its conversion: ``datalab/balanced`` …

    Attributes:
        api_key: Sent as X-API-Key.

        base_url: Without ``/api/v1``.

        headers: Sent besides.
    """

    name: ClassVar[str] = "datalab"
    facts: ClassVar[Facts] = Facts(
        options=frozenset(
            {
                "pages",
                "include_image_base64",
                "table_format",
                "extract_header",
                "extract_footer",
                "include_blocks",
                "extra_body",
            }
        ),
        models=_MODES,
        # https://documentation.datalab.to, read 2026-11; "200 MB" is read as the larger MiB
        max_pages=7000,
        max_bytes=200 * 1024**2,
        variables=("DATALAB_API_KEY",),
    )
    key_header: ClassVar[str] = "X-API-Key"
    home: ClassVar[_account.Home] = _account.Home(
        base="https://www.datalab.to",
        variables=("DATALAB_HOST",),
        domain="datalab.to",
        ends=("/api/v1/convert", "/api/v1"),
        models=_MODES,
        kind="mode",
    )

    def refused(self, answer: HttpResponse) -> OCRError | None:
        """Tell a plan that does not pay for the request from a wrong key: both are 403."""
        if answer.status == 403 and b"subscription" in answer.body:
            return RequestRejected("datalab refuses the request: it needs an active, paid subscription")
        return None

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Submit *request*'s document, and ask for its pages until they are there."""
        document = request.document
        assert not isinstance(document, FileId), "facts.takes_file_ids is False"
        source = ("file_url", document.url) if isinstance(document, Url) else ("file", document)
        form = [*_form(request).items(), source]
        job = yield from http(self.request("POST", "/api/v1/convert", _submitted, form=form, pages=request.count))
        parse = partial(_outcome, request=request)
        response = yield from _jobs.poll(lambda: self.request("GET", job.address, parse), first=0.5, interval=1.0)
        return evolve(response, id=job.id)


def _form(request: OCRRequest) -> dict[str, str]:
    form = {
        "output_format": "markdown,json",
        "mode": request.model or "balanced",
        "paginate": "true",
        "disable_image_extraction": "false" if request.include_image_base64 else "true",
    }
    if request.pages is not None:
        form["page_range"] = ranges(request.pages, 0)
    return form | fields(request.extra_body)


# --- answers ------------------------------------------------------------------------------------------------------


@frozen
class _Job:
    id: str
    address: str


def _submitted(answer: HttpResponse) -> _Job:
    body = mapping(answer, "datalab")
    if body.get("success") is False:
        raise RequestRejected(f"datalab refuses the document: {said(body.get('error'))}")
    return _Job(
        identifier(body.get("request_id"), "$.request_id", "datalab"),
        identifier(body.get("request_check_url"), "$.request_check_url", "datalab"),
    )


@shaped("datalab")
def _outcome(answer: HttpResponse, request: OCRRequest) -> OCRResponse | _jobs.Pending | _jobs.Failed:
    body = mapping(answer, "datalab")
    status = body.get("status")
    if status == "processing":
        return _jobs.Pending()
    if body.get("success") is False or body.get("error"):
        kind = RequestRejected if body.get("error_in") in {"VALIDATION", None} else ProviderUnavailable
        return _jobs.Failed(kind(f"datalab failed: {said(body.get('error'))}"))
    if status != "complete":
        raise ResponseInvalid(f"datalab tells an unknown status {status!r}", path="$.status")
    return _response(body, request)


def _response(body: Mapping[str, Any], request: OCRRequest) -> OCRResponse:
    markdown = body.get("markdown")
    if not isinstance(markdown, str):
        raise ResponseInvalid("the answer of datalab has no Markdown", path="$.markdown")
    quality = body.get("parse_quality_score")
    texts = _texts(markdown, request.pages, body.get("page_count"))
    blocks = _pages_of(body.get("json"))
    indexes = indexes_of(texts, request.pages)
    images = body.get("images")
    cost = _cost(body.get("cost_breakdown"))
    return OCRResponse(
        pages=tuple(
            _page(index, texts[number], blocks.get(number), request, images if isinstance(images, Mapping) else {})
            for number, index in indexes.items()
        ),
        model=request.model or "balanced",
        usage_info=OCRUsageInfo(
            pages_processed=len(indexes),
            processing_time_seconds=number_in(body.get("runtime")),
            extra={} if number_in(quality) is None else {"parse_quality_score": quality},
        ),
        cost=None if cost is None else OCRCost(generation=cost, total=cost),
    )


def _texts(markdown: str, asked: tuple[int, ...] | None, count: Any) -> dict[int, str]:
    """Return the Markdown of each page by the number before it; numbers that do not rise are the document's own."""
    found: dict[int, str] = {}
    pieces: list[tuple[int, int, int]] = []
    for delimiter in _DELIMITER.finditer(markdown):
        number = int(delimiter[1])
        if not pieces or number > pieces[-1][0]:
            pieces.append((number, delimiter.start(), delimiter.end()))
    if not pieces:
        if (1 if asked is None else len(asked)) == 1 and count in {1, None}:
            return {0 if asked is None else asked[0]: markdown.strip()}
        raise ResponseInvalid("the Markdown of datalab does not tell its pages apart", path="$.markdown")
    for (number, _, start), following in zip(pieces, [*pieces[1:], None], strict=True):
        found[number] = markdown[start : len(markdown) if following is None else following[1]].strip()
    return found


def _cost(told: Any) -> float | None:
    """Return the dollars in a cost breakdown, which tells cents."""
    cents = (number_in(inner(told, name)) for name in ("final_cost_cents", "total_cents"))
    return next((round(each / 100, 9) for each in cents if each is not None), None)


# --- blocks -------------------------------------------------------------------------------------------------------


@frozen
class _Blocks:
    """The blocks of one page, with boxes in the pixels of its size."""

    size: OCRDimensions | None
    regions: list[Region] = field(repr=False)


def _pages_of(told: Any) -> dict[int, _Blocks]:
    """Return the blocks of each page by its number; a page without usable ones is left out, its Markdown is there."""
    found: dict[int, _Blocks] = {}
    for position, page in enumerate(listed(inner(told, "children"), "$.json.children", "datalab")):
        known = _PAGE_ID.search(str(page.get("id")))
        box = _box(page)
        size = None if box is None else OCRDimensions(width=round(box.right), height=round(box.bottom))
        found[int(known[1]) if known else position] = _Blocks(size, list(_regions(page, 0)))
    return found


def _regions(parent: Mapping[str, Any], depth: int) -> Iterator[Region]:
    for block in objects(parent.get("children")):
        kind, html = str(block.get("block_type")).rpartition(".")[2], str(block.get("html") or "")
        if kind in _GROUPS and depth < _DEEPEST and block.get("children"):
            yield from _regions(block, depth + 1)
            continue
        box = _box(block) or NOWHERE
        text, level = _text_of(html)
        if kind in _PICTURES:
            yield Region("image", box)
        elif cells := cells_of(html):
            yield Region("table", box, cells=cells)
        elif kind == "SectionHeader":
            yield Region("title", box, text=text, level=level or 2)
        elif not text and block.get("children") and depth < _DEEPEST:
            yield from _regions(block, depth + 1)
        elif text:
            yield Region(_TYPES.get(kind, "text"), box, text=text)


def _box(block: Mapping[str, Any]) -> Box | None:
    try:
        left, top, right, bottom = (float(each) for each in block["bbox"])
    except (KeyError, TypeError, ValueError):
        return None
    return Box(left, top, right, bottom)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.level: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self.level = self.level or int(tag[1])
        if tag in {"br", "p", "li", "div"}:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _text_of(html: str) -> tuple[str, int | None]:
    """Return the text of *html*, and the level of the first heading in it."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.pieces).split()), reader.level


# --- pages --------------------------------------------------------------------------------------------------------


def _page(index: int, markdown: str, blocks: _Blocks | None, request: OCRRequest, images: Mapping[str, Any]) -> OCRPage:
    regions = blocks.regions if blocks is not None else []
    page = page_of(index, regions, request, dimensions=blocks.size if blocks is not None else None)
    names = [found[2] for found in _PICTURE.finditer(markdown)]
    placed = page.images if len(page.images) == len(names) else (None,) * len(names)
    shown = tuple(
        evolve(
            known or OCRImage(id=f"img-{number}.jpeg"),
            image_base64=data_uri_of(images.get(name)) if request.include_image_base64 else None,
        )
        for number, (name, known) in enumerate(zip(names, placed, strict=True))
    )
    if request.table_format is not None and regions:
        return evolve(page, images=shown) if len(page.images) == len(names) else page
    ids = iter([image.id for image in shown])
    text = _PICTURE.sub(lambda _: f"![{(name := next(ids))}]({name})", markdown)
    if page.header is None and page.footer is None:  # wanted in the text, or not there
        heads, feet = ([each.text for each in regions if each.type == kind] for kind in ("header", "footer"))
        text = "\n\n".join(piece for piece in (*heads, text, *feet) if piece)
    return evolve(page, markdown=text, images=shown)

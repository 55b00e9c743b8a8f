"""
LlamaParse, version 2 of its API: https://developers.llamaindex.ai; as its client llama-cloud 2.19.0 has it (2026-11).

A document is uploaded with the job that reads it. A page may fail alone. At the end the job is deleted with all it
holds; one that is still running is cancelled first.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from attrs import field, frozen

from .. import formats
from ..errors import DocumentError, ProviderUnavailable, RequestRejected, ResponseInvalid
from ..models import FileId, OCRCost, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ..steps import Exchange, HttpResponse, clean_up, http
from . import LAYOUT_OPTIONS, Facts, _account, _jobs
from ._html_tables import cells_of
from ._service import (
    identifier,
    indexes_of,
    inner,
    listed,
    mapping,
    merged_body,
    number_in,
    objects,
    pictures_at,
    ranges,
    said,
    shaped,
)
from ._structure import NOWHERE, Box, Cell, Item, Region, page_of


__all__ = ["LlamaParse"]

_DPI = 200  # of the pixels that places are told in; the service counts points
_CREDIT = 1.25 / 1000  # dollars, by LlamaCloud's documentation, read 2026-11
_TIERS = ("fast", "cost_effective", "agentic", "agentic_plus")

_Place = tuple[float, float, float, float]


@frozen(kw_only=True)
class LlamaParse(_account.AtHome):
    """
    One account at LlamaCloud. Its models are the tiers of LlamaParse: ``llamaparse/agentic`` …

    Attributes:
        api_key: Sent as a Bearer.

        base_url: Without ``/api/v2``.

        headers: Sent besides.
    """

    name: ClassVar[str] = "llamaparse"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "include_image_base64", "lang", "extra_body"},
        models=_TIERS,
        takes_file_ids=True,
        variables=("LLAMA_CLOUD_API_KEY", "LLAMA_PARSE_API_KEY"),
    )
    home: ClassVar[_account.Home] = _account.Home(
        base="https://api.cloud.llamaindex.ai",
        variables=("LLAMA_CLOUD_BASE_URL",),
        domain="llamaindex.ai",
        ends=("/api/v2/parse/upload", "/api/v2/parse", "/api/v2"),
        models=_TIERS,
        kind="tier",
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Begin a job for *request*'s pages, and ask for what it read once it is done."""
        job = yield from self._begin(request)
        path = f"/api/v2/parse/{quote(job)}"
        yield from clean_up(self.deletion(path))
        # only what has ended can be deleted: what is to be done last comes first
        cancel = self.request("POST", f"{path}/cancel", _account.nothing)
        yield from _jobs.poll(lambda: self.request("GET", path, _state), first=0.5, interval=1.0, cancel=cancel)
        query = urlencode([("expand", name) for name in _expansions(request)])
        parsed = yield from http(self.request("GET", f"{path}?{query}", partial(_parsed, asked=request.pages)))
        shown: Mapping[str, str] = {}
        if request.include_image_base64:
            shown = yield from pictures_at(self, [picture.address for picture in parsed.pictures])
        read = tuple(_page(page, parsed.pictures, request, shown) for page in parsed.pages if page.error is None)
        failed: dict[int, Exception] = {
            page.index: DocumentError(f"page {page.index} (from 0) failed at llamaparse: {page.error}")
            for page in parsed.pages
            if page.error is not None
        }
        return OCRResponse(
            pages=read,
            model=request.model or "cost_effective",
            id=job,
            usage_info=OCRUsageInfo(pages_processed=len(read), credits=parsed.credits),
            cost=None
            if parsed.credits is None
            else OCRCost(generation=round(parsed.credits * _CREDIT, 9), total=round(parsed.credits * _CREDIT, 9)),
            missing_pages=failed,
        )

    def _begin(self, request: OCRRequest) -> Exchange[str]:
        document, configuration = request.document, merged_body(_configuration(request), request.extra_body)
        if isinstance(document, (Url, FileId)):
            source = {"source_url": document.url} if isinstance(document, Url) else {"file_id": document.file_id}
            body = {**configuration, **source}
            return (yield from http(self.request("POST", "/api/v2/parse", _job_id, json=body, pages=request.count)))
        form = [("configuration", formats.dumps(configuration).decode()), ("file", document)]
        return (yield from http(self.request("POST", "/api/v2/parse/upload", _job_id, form=form, pages=request.count)))


def _configuration(request: OCRRequest) -> dict[str, Any]:
    configuration: dict[str, Any] = {"tier": request.model or "cost_effective", "version": "latest"}
    if request.pages is not None:
        configuration["page_ranges"] = {"target_pages": ranges(request.pages, 1)}
    if request.include_image_base64:
        configuration["output_options"] = {"images_to_save": ["layout"]}
    if request.lang is not None:
        languages = [request.lang] if isinstance(request.lang, str) else list(request.lang)
        configuration["processing_options"] = {"ocr_parameters": {"languages": languages}}
    return configuration


def _expansions(request: OCRRequest) -> list[str]:
    """Return what to ask for beside the job; the tier that only takes text out of files makes no more of it."""
    names = ["text"] if request.model == "fast" else ["markdown", "items"]
    pictures = ["images_content_metadata"] if request.include_image_base64 else []
    return [*names, "metadata", "usage", *pictures]


# --- answers ------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Picture:
    name: str
    address: str
    place: _Place | None


@frozen(kw_only=True)
class _Parsed:
    pages: tuple[_Page, ...] = field(repr=False)
    pictures: tuple[_Picture, ...]
    credits: float | None


@frozen(kw_only=True)
class _Page:
    """
    One page as the service tells it.

    Attributes:
        error: Why it could not be read; None where it was.

        size: In points.

        items: None where the structure was not told.
    """

    index: int
    error: str | None
    markdown: str = field(repr=False)
    header: str | None
    footer: str | None
    size: tuple[float, float] | None
    items: list[Mapping[str, Any]] | None = field(repr=False)
    confidence: float | None


def _job_id(answer: HttpResponse) -> str:
    return identifier(mapping(answer, "llamaparse").get("id"), "$.id", "llamaparse")


def _job(answer: HttpResponse) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    body = mapping(answer, "llamaparse")
    job = body.get("job")
    if not isinstance(job, Mapping):
        raise ResponseInvalid("the answer of llamaparse has no job", path="$.job")
    return body, job


def _state(answer: HttpResponse) -> bool | _jobs.Pending | _jobs.Failed:
    _, job = _job(answer)
    match job.get("status"):
        case "PENDING" | "RUNNING":
            return _jobs.Pending()
        case "COMPLETED":
            return True
        case "FAILED":
            return _jobs.Failed(RequestRejected(f"llamaparse failed: {said(job.get('error_message'))}"))
        case "CANCELLED":
            return _jobs.Failed(ProviderUnavailable("the job was cancelled at llamaparse"))
    raise ResponseInvalid(f"llamaparse tells an unknown status {job.get('status')!r}", path="$.job.status")


@shaped("llamaparse")
def _parsed(answer: HttpResponse, asked: tuple[int, ...] | None) -> _Parsed:
    body, job = _job(answer)
    parts = {name: _by_number(body, name) for name in ("markdown", "items", "text", "metadata")}
    told = {**parts["text"], **parts["items"], **parts["markdown"]}
    indexes = indexes_of((number - 1 for number in told), asked)
    return _Parsed(
        pages=tuple(
            _page_told(index, {name: part.get(number + 1, {}) for name, part in parts.items()})
            for number, index in indexes.items()
        ),
        pictures=tuple(
            _Picture(name=str(each["filename"]), address=each["presigned_url"], place=_place(each.get("bbox")))
            for each in objects(inner(body, "images_content_metadata", "images"))
            if isinstance(each.get("presigned_url"), str) and "://" in each["presigned_url"]
        ),
        credits=number_in(inner(job, "usage", "credits")),
    )


def _by_number(body: Mapping[str, Any], name: str) -> dict[int, Mapping[str, Any]]:
    pages = listed(inner(body, name, "pages"), f"$.{name}.pages", "llamaparse")
    return {number: page for page in pages if isinstance(number := page.get("page_number"), int)}


def _page_told(index: int, parts: Mapping[str, Mapping[str, Any]]) -> _Page:
    markdown, items, text = parts["markdown"], parts["items"], parts["text"]
    lost = next((part for part in (markdown, items) if part.get("success") is False), None)
    width, height = items.get("page_width"), items.get("page_height")
    confidence = parts["metadata"].get("confidence")
    return _Page(
        index=index,
        # a page whose structure alone failed is still there
        error=said(lost.get("error")) if lost is not None and "markdown" not in markdown else None,
        markdown=str(markdown.get("markdown") or text.get("text") or ""),
        header=markdown.get("header"),
        footer=markdown.get("footer"),
        size=(float(width), float(height)) if width and height else None,
        items=objects(items["items"]) if isinstance(items.get("items"), list) else None,
        confidence=float(confidence) if isinstance(confidence, (int, float)) and 0 <= confidence <= 1 else None,
    )


def _place(box: Any) -> _Place | None:
    try:
        left, top = float(box["x"]), float(box["y"])
        return left, top, left + float(box["w"]), top + float(box["h"])
    except (KeyError, TypeError, ValueError):
        return None


# --- pages --------------------------------------------------------------------------------------------------------


@shaped("llamaparse", "$.items.pages[]")
def _page(page: _Page, pictures: Sequence[_Picture], request: OCRRequest, shown: Mapping[str, str]) -> OCRPage:
    size = None
    if page.size is not None:
        width, height = (max(1, round(points * _DPI / 72)) for points in page.size)
        size = OCRDimensions(width=width, height=height, dpi=_DPI)
    images: dict[Box, str] = {}
    regions: list[Region] = []
    links: list[str] = []
    for item in page.items or ():
        for region, place in _regions(item, links):
            regions.append(region)
            picture = _picture_of(item, place, pictures) if region.type == "image" else None
            if picture is not None and (data := shown.get(picture.address)) is not None:
                images[region.box] = data
    if page.items is None:
        heads = [Region("header", NOWHERE, text=page.header)] if page.header else []
        feet = [Region("footer", NOWHERE, text=page.footer)] if page.footer else []
        body = [Region("text", NOWHERE, text=page.markdown, markdown=page.markdown)] if page.markdown else []
        regions = [*heads, *body, *feet]
    return page_of(
        page.index,
        regions,
        request,
        dimensions=size if page.items is not None else None,
        picture=images.get,
        confidence=None if page.confidence is None else (page.confidence, page.confidence),
        hyperlinks=links,
    )


def _regions(item: Mapping[str, Any], links: list[str]) -> Iterator[tuple[Region, _Place | None]]:
    """Yield what *item* is on its page, and where, in points."""
    place = _around(item)
    left, top, right, bottom = (0.0, 0.0, 0.0, 0.0) if place is None else place
    scale = _DPI / 72
    box = Box(left * scale, top * scale, right * scale, bottom * scale)
    kind, markdown = item.get("type"), str(item.get("md") or "")
    text = str(item.get("value") or item.get("text") or markdown)
    match kind:
        case "heading":
            level = item.get("level")
            yield Region("title", box, text=text, level=min(6, max(1, level)) if isinstance(level, int) else 1), place
        case "table":
            if cells := _cells(item):
                yield Region("table", box, cells=cells), place
            elif markdown:
                yield Region("text", box, text=markdown, markdown=markdown), place
        case "image":
            yield Region("image", box), place
            if caption := str(item.get("caption") or ""):
                yield Region("caption", box, text=caption, markdown=caption), place
        case "list":
            items = tuple(_items(item, 0))
            yield Region("list", box, text=markdown, items=items, markdown=markdown or None), place
        case "code":
            yield Region("code", box, text=text, language=item.get("language"), markdown=markdown or None), place
        case "header" | "footer" if markdown:
            yield Region("header" if kind == "header" else "footer", box, text=markdown), place
        case "link":
            if isinstance(url := item.get("url"), str):
                links.append(url)
            yield Region("text", box, text=text, markdown=markdown or text), place
        case _ if text.strip():
            yield Region("text", box, text=text, markdown=markdown or text), place


def _around(item: Mapping[str, Any]) -> _Place | None:
    """Return the box around all those of *item*."""
    boxes = item.get("bbox")
    places = [
        place for box in objects(boxes if isinstance(boxes, list) else [boxes]) if (place := _place(box)) is not None
    ]
    if not places:
        return None
    lefts, tops, rights, bottoms = zip(*places, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _cells(item: Mapping[str, Any]) -> tuple[Cell, ...]:
    if cells := cells_of(str(item.get("html") or "")):
        return cells
    rows = [row for row in item.get("rows") or () if isinstance(row, list)]
    return tuple(
        Cell("" if value is None else str(value), number, column, header=number == 0)
        for number, row in enumerate(rows)
        for column, value in enumerate(row)
    )


def _items(item: Mapping[str, Any], level: int) -> Iterator[Item]:
    for number, each in enumerate(objects(item.get("items")), 1):
        if each.get("type") == "list":
            if level < 20:
                yield from _items(each, level + 1)
        else:
            yield Item(str(each.get("value") or ""), level, f"{number}." if item.get("ordered") is True else "-")


def _picture_of(item: Mapping[str, Any], place: _Place | None, pictures: Sequence[_Picture]) -> _Picture | None:
    """Return the picture that *item* shows: that of its name, else the only one at its place."""
    name = posixpath.basename(urlsplit(str(item.get("url") or "")).path)
    for picture in pictures:
        if name and picture.name == name:
            return picture
    near = [
        picture
        for picture in pictures
        if place is not None
        and picture.place is not None
        and all(abs(one - other) <= 2 for one, other in zip(place, picture.place, strict=True))
    ]
    return near[0] if len(near) == 1 else None

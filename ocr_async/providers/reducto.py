"""
Reducto: https://docs.reducto.ai; requests and answers are those of its client reductoai 0.25.0 (read 2026-11).

A document is uploaded, read by a job, and deleted. Large results and pictures are fetched at presigned addresses, which
want no key beside their own signature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from attrs import evolve, field, frozen

from ..engine.page import union
from ..errors import (
    DocumentError,
    OCRError,
    PasswordRequired,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ..models import FileId, OCRCost, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ..pages import runs
from ..steps import Exchange, HttpResponse, clean_up, http
from . import LAYOUT_OPTIONS, Facts, _account, _jobs
from ._html_tables import cells_of
from ._service import identifier, indexes_of, inner, listed, mapping, merged_body, number_in, pictures_at, said, shaped
from ._sizes import sizes_of
from ._structure import Box, Item, Region, box_within, figure, heading, page_of


__all__ = ["Reducto"]

# Of accounts that are billed in credits: https://docs.reducto.ai/reference/legacy-credit-usage, read 2026-11. Those
# made since 2026-09 are told none.
_CREDIT = 0.015

_MOST_PAGES = 100_000  # that it is believed to have read

_MODELS: Mapping[str, Mapping[str, Any]] = {"parse-v3": {}, "parse-legacy": {"model": "legacy"}}

# Names of failures by what they begin with; any other is the request's own.
_FAILURES: Sequence[tuple[str, type[OCRError]]] = (
    ("DOCUMENT_", DocumentError),
    ("IMAGE_", DocumentError),
    ("OFFICE_", DocumentError),
    ("RATE_LIMIT", RateLimited),
    ("QUEUE_FULL", RateLimited),
    ("BATCH_QUEUE_FULL", RateLimited),
)


@frozen(kw_only=True)
class Reducto(_account.AtHome):
    """
    One account at Reducto, in the USA unless its address says otherwise.

    Attributes:
        api_key: Sent as a Bearer.

        base_url: ``https://eu.platform.reducto.ai`` and ``https://au.platform.reducto.ai`` are its other places.

        headers: Sent besides.
    """

    name: ClassVar[str] = "reducto"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "include_image_base64", "extra_body"},
        models=tuple(_MODELS),
        takes_file_ids=True,
        variables=("REDUCTO_API_KEY",),
    )
    home: ClassVar[_account.Home] = _account.Home(
        base="https://platform.reducto.ai",
        variables=("REDUCTO_BASE_URL",),
        domain="reducto.ai",
        ends=("/parse_async", "/parse", "/upload"),
        models=_MODELS,
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Upload the document, and read *request*'s pages by a job."""
        parsed = yield from self._job(request)
        sizes = yield from sizes_of(request)
        shown: Mapping[str, str] = {}
        if request.include_image_base64:
            addresses = [block.picture for block in parsed.blocks if block.picture is not None]
            shown = yield from pictures_at(self, addresses)
        found = parsed.by_page(request.pages)
        pages = tuple(_page(index, blocks, request, sizes.get(index), shown) for index, blocks in found.items())
        return OCRResponse(
            pages=pages,
            model=request.model or "parse-v3",
            id=parsed.id,
            usage_info=OCRUsageInfo(
                pages_processed=parsed.count,
                processing_time_seconds=parsed.seconds,
                credits=parsed.credits,
                extra={} if parsed.usage is None else {"usage_breakdown": parsed.usage},
            ),
            cost=None
            if parsed.credits is None
            else OCRCost(generation=round(parsed.credits * _CREDIT, 9), total=round(parsed.credits * _CREDIT, 9)),
        )

    def _job(self, request: OCRRequest) -> Exchange[_Parsed]:
        document = request.document
        if isinstance(document, Url):
            source = document.url
        elif isinstance(document, FileId):
            source = document.file_id
        else:
            source = yield from http(self.request("POST", "/upload", _file_id, form=[("file", document)]))
            # as its client writes an id into a path
            yield from clean_up(self.deletion(f"/upload/{quote(source, safe=':@')}"))
        body = merged_body(_body(request, source), request.extra_body)
        job = yield from http(self.request("POST", "/parse_async", _job_id, json=body, pages=request.count))
        parsed = yield from _jobs.poll(
            lambda: self.request("GET", f"/job/{quote(job)}", partial(_state, job=job)),
            first=0.5,
            interval=1.0,
            cancel=self.request("POST", f"/cancel/{quote(job)}", _account.nothing),
        )
        if parsed.address is not None:
            parsed = evolve(parsed, blocks=(yield from http(self.request("GET", parsed.address, _result))))
        return parsed


def _body(request: OCRRequest, source: str) -> dict[str, Any]:
    settings: dict[str, Any] = dict(_MODELS[request.model or "parse-v3"])
    if request.pages is not None:
        spans = [{"start": run[0] + 1, "end": run[-1] + 1} for run in runs(request.pages)]
        settings["page_range"] = spans[0] if len(spans) == 1 else spans
    if request.include_image_base64:
        settings["return_images"] = ["figure"]
    if password := getattr(request.document, "password", None):
        settings["document_password"] = password
    body: dict[str, Any] = {"input": source, "formatting": {"table_output_format": "html"}}
    return {**body, "settings": settings} if settings else body


# --- answers ------------------------------------------------------------------------------------------------------


@frozen
class _Block:
    """
    One block of a page.

    Attributes:
        page: From 1; perhaps within the pages that were asked for.

        original: From 1, in the document; None where it is not told.

        box: Left, top, right and bottom as parts of the page.
    """

    type: str
    content: str
    page: int
    original: int | None
    box: tuple[float, float, float, float]
    picture: str | None


@frozen(kw_only=True)
class _Parsed:
    """What a job ended with."""

    id: str
    count: int
    seconds: float | None
    credits: float | None
    usage: Mapping[str, Any] | None
    blocks: tuple[_Block, ...] = field(repr=False)
    address: str | None

    def by_page(self, asked: tuple[int, ...] | None) -> dict[int, list[_Block]]:
        """
        Return the blocks of each page that was read, by its index; a blank page has none, but is counted.

        It is not documented whether `page` counts within the pages asked for; `original` does not.
        """
        indexes = indexes_of((block.page - 1 for block in self.blocks if block.original is None), asked)
        found: dict[int, list[_Block]] = {}
        if asked is None:
            found = {index: [] for index in range(self.count)}
        elif self.count >= len(asked):
            found = {index: [] for index in asked}
        for block in self.blocks:
            index = indexes.get(block.page - 1, -1) if block.original is None else block.original - 1
            if index >= 0 and (asked is None or index in asked):
                found.setdefault(index, []).append(block)
        return dict(sorted(found.items()))


def _file_id(answer: HttpResponse) -> str:
    return identifier(mapping(answer, "reducto").get("file_id"), "$.file_id", "reducto")


def _job_id(answer: HttpResponse) -> str:
    return identifier(mapping(answer, "reducto").get("job_id"), "$.job_id", "reducto")


def _state(answer: HttpResponse, job: str) -> _Parsed | _jobs.Pending | _jobs.Failed:
    state = mapping(answer, "reducto")
    match state.get("status"):
        case "Pending" | "Idle":
            return _jobs.Pending()
        case "Completed":
            return _parsed(state.get("result"), job)
        case "Failed":
            return _jobs.Failed(_failure(state))
    raise ResponseInvalid(f"reducto tells an unknown status {state.get('status')!r}", path="$.status")


def _failure(state: Mapping[str, Any]) -> OCRError:
    detail = state.get("error")
    detail = detail if isinstance(detail, Mapping) else {"message": detail}
    name, code = str(detail.get("name") or ""), detail.get("code")
    text = f"reducto failed: {said(detail.get('message'), state.get('reason'))}"
    if name.startswith("DOCUMENT_PASSWORD"):
        return PasswordRequired(text, hint="password")
    for beginning, kind in _FAILURES:
        if name.startswith(beginning):
            return kind(text)
    ours = isinstance(code, int) and code >= 500
    return ProviderUnavailable(text) if ours else RequestRejected(text)


def _parsed(value: Any, job: str) -> _Parsed:
    if not isinstance(value, Mapping):
        raise ResponseInvalid("the job of reducto has no result", path="$.result")
    result = value.get("result")
    result = result if isinstance(result, Mapping) else {}
    address = result.get("url") if result.get("type") == "url" else None
    if address is not None and not (isinstance(address, str) and "://" in address):
        raise ResponseInvalid("the result of reducto has no address", path="$.result.result.url")
    count, breakdown = inner(value, "usage", "num_pages"), inner(value, "usage", "usage_breakdown")
    blocks = () if address is not None else _blocks(result)
    return _Parsed(
        id=job,
        count=count if isinstance(count, int) and count <= _MOST_PAGES else len({block.page for block in blocks}),
        seconds=number_in(value.get("duration")),
        credits=number_in(inner(value, "usage", "credits")),
        usage=breakdown if isinstance(breakdown, Mapping) else None,
        blocks=blocks,
        address=address,
    )


def _result(answer: HttpResponse) -> tuple[_Block, ...]:
    """Read what lies at a presigned address: the result, or the whole answer around it."""
    found = mapping(answer, "reducto")
    result = found.get("result")
    return _blocks(result if isinstance(result, Mapping) else found)


@shaped("reducto", "$.result.chunks[].blocks[]")
def _blocks(result: Mapping[str, Any]) -> tuple[_Block, ...]:
    if "chunks" not in result:
        raise ResponseInvalid("the result of reducto has no chunks", path="$.result.chunks")
    found = []
    for chunk in listed(result["chunks"], "$.result.chunks", "reducto"):
        for block in listed(chunk.get("blocks"), "$.result.chunks[].blocks", "reducto"):
            place = block["bbox"]
            left, top = float(place["left"]), float(place["top"])
            original = place.get("original_page")
            picture = block.get("image_url")
            found.append(
                _Block(
                    type=str(block.get("type")),
                    content=str(block.get("content") or ""),
                    page=int(place["page"]),
                    original=None if original is None else int(original),
                    box=(left, top, left + float(place["width"]), top + float(place["height"])),
                    picture=picture if isinstance(picture, str) and "://" in picture else None,
                )
            )
    return tuple(found)


# --- pages --------------------------------------------------------------------------------------------------------


def _page(
    index: int,
    blocks: Sequence[_Block],
    request: OCRRequest,
    size: OCRDimensions | None,
    shown: Mapping[str, str],
) -> OCRPage:
    regions: list[Region] = []
    pictures: dict[Box, str] = {}
    for block in blocks:
        box = box_within(size, *block.box)
        if block.picture is not None and (picture := shown.get(block.picture)) is not None:
            pictures[box] = picture
        _add(regions, block, box)
    return page_of(index, regions, request, dimensions=size, picture=pictures.get)


def _add(regions: list[Region], block: _Block, box: Box) -> None:
    text = block.content.strip()
    match block.type:
        case "Figure":
            regions += figure(box, text)
        case "Table" if cells := cells_of(text):
            regions.append(Region("table", box, cells=cells))
        case _ if not text:
            pass
        case "Title" | "Section Header":
            regions.append(heading(box, text, 1 if block.type == "Title" else 2))
        case "Header":
            regions.append(Region("header", box, text=text))
        case "Footer":
            regions.append(Region("footer", box, text=text))
        case "Page Number":
            regions.append(Region("header" if block.box[1] < 0.5 else "footer", box, text=text))
        case "List Item":
            _add_item(regions, text, box)
        case "Comment":
            regions.append(Region("aside_text", box, text=text, markdown=text))
        case _:
            regions.append(Region("text", box, text=text, markdown=text))


def _add_item(regions: list[Region], text: str, box: Box) -> None:
    """Add an item to the list before it, or begin one."""
    mark, _, rest = text.partition(" ")
    known = rest and (mark in {"-", "*", "•", "+"} or mark.rstrip(".)").isdecimal())
    item = Item(rest.strip(), 0, mark, box) if known else Item(text, 0, "-", box)
    if regions and regions[-1].type == "list":
        before = regions.pop()
        regions.append(Region("list", union((before.box, box)), items=(*before.items, item)))
    else:
        regions.append(Region("list", box, items=(item,)))

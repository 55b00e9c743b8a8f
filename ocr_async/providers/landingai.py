"""
Landing AI's Agentic Document Extraction, version 2: https://docs.landing.ai; as landingai-ade 1.18.1 has it (2026-11).

Always its jobs: the synchronous route takes 100 pages and gives up on what takes long. The structure that comes names
pages, elements and cells by their place in one Markdown, in code points; a page may fail alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from attrs import evolve, field, frozen

from ..errors import (
    DocumentError,
    OCRError,
    PasswordRequired,
    ProviderUnavailable,
    RequestRejected,
    ResponseInvalid,
)
from ..models import FileId, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo, Url
from ..steps import Exchange, HttpResponse, http
from . import LAYOUT_OPTIONS, Facts, _account, _jobs
from ._html_tables import cells_of
from ._service import fields, identifier, inner, listed, mapping, number_in, objects, said, shaped
from ._sizes import sizes_of
from ._structure import NOWHERE, Box, Cell, Region, box_within, figure, page_of


__all__ = ["LandingAI"]

_MODEL = "dpt-3-pro-latest"
_ANCHOR = re.compile(r"<a id=['\"][^'\"]*['\"]></a>\s*")
_TITLE = re.compile(r"(#{1,6}) +([^\n]+)")
_PICTURES = frozenset({"figure", "logo", "scan_code", "card"})


@frozen(kw_only=True)
class LandingAI(_account.AtHome):
    """
    One account at Landing AI.

    Attributes:
        api_key: Sent as a Bearer.

        base_url: ``https://api.ade.eu-west-1.landing.ai`` is its other place.

        headers: Sent besides.
    """

    name: ClassVar[str] = "landingai"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "extra_body"},
        models=(_MODEL, "dpt-3-verity"),
        selects_pages=False,
        # of a job; https://docs.landing.ai, read 2026-11
        max_pages=6000,
        max_bytes=1024**3,
        variables=("VISION_AGENT_API_KEY",),
    )
    home: ClassVar[_account.Home] = _account.Home(
        base="https://api.ade.landing.ai",
        variables=("LANDINGAI_ADE_V2_BASE_URL",),
        domain="landing.ai",
        ends=("/v2/parse/jobs", "/v2/parse", "/v2"),
    )

    def refused(self, answer: HttpResponse) -> OCRError | None:
        """Tell a document whose password is missing or wrong."""
        if answer.status == 422 and b"encrypted_pdf" in answer.body:
            return PasswordRequired("landingai cannot open the document without its password", hint="password")
        return None

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Begin a job for the whole document, and ask until its pages are there."""
        parsed = yield from self._job(request)
        sizes = yield from sizes_of(request)
        return _response(parsed, request, sizes)

    def _job(self, request: OCRRequest) -> Exchange[_Parsed]:
        document = request.document
        assert not isinstance(document, FileId), "facts.takes_file_ids is False"
        source = ("document_url", document.url) if isinstance(document, Url) else ("document", document)
        form = [*_form(request).items(), source]
        job = yield from http(self.request("POST", "/v2/parse/jobs", _job_id, form=form))
        parse = partial(_state, job=job)
        path = f"/v2/parse/jobs/{quote(job)}"
        return (yield from _jobs.poll(lambda: self.request("GET", path, parse), first=0.5, interval=1.0))


def _form(request: OCRRequest) -> dict[str, str]:
    form: dict[str, Any] = {"model": request.model or _MODEL}
    options: dict[str, Any] = {}
    if password := getattr(request.document, "password", None):
        options["password"] = password
    extra = dict(request.extra_body or {})
    if isinstance(own := extra.get("options"), Mapping):
        extra["options"] = {**options, **own}
    elif options:
        extra.setdefault("options", options)
    return form | fields(extra)


# --- answers ------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Parsed:
    """What a job ended with; its pages as Landing AI tells them, of which every one has a number."""

    job: str
    markdown: str = field(repr=False)
    pages: Mapping[int, Mapping[str, Any]] = field(repr=False)
    failed: frozenset[int]
    metadata: Mapping[str, Any]


def _job_id(answer: HttpResponse) -> str:
    return identifier(mapping(answer, "landingai").get("job_id"), "$.job_id", "landingai")


def _state(answer: HttpResponse, job: str) -> _Parsed | _jobs.Pending | _jobs.Failed:
    body = mapping(answer, "landingai")
    match body.get("status"):
        case "pending" | "processing":
            return _jobs.Pending()
        case "completed":
            return _parsed(body.get("result") or body.get("data"), job)
        case "failed":
            why = said(inner(body, "error", "message"), body.get("error"), body.get("failure_reason"))
            return _jobs.Failed(RequestRejected(f"landingai failed: {why}"))
        case "cancelled":
            return _jobs.Failed(ProviderUnavailable("the job was cancelled at landingai"))
    raise ResponseInvalid(f"landingai tells an unknown status {body.get('status')!r}", path="$.status")


@shaped("landingai", "$.result")
def _parsed(result: Any, job: str) -> _Parsed:
    structure = inner(result, "structure")
    if not isinstance(structure, Mapping) or not isinstance(result.get("markdown"), str):
        raise ResponseInvalid("the result of landingai has no structure", path="$.result.structure")
    metadata = result.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    pages: dict[int, Mapping[str, Any]] = {}
    for page in listed(structure.get("children"), "$.result.structure.children", "landingai"):
        number = inner(page, "grounding", "page")
        if not isinstance(number, int) or number < 1:
            raise ResponseInvalid("a page of landingai has no number", path="$.result.structure.children[]")
        pages[number] = page
    failed = {number for number in metadata.get("failed_pages") or () if isinstance(number, int)}
    failed |= {number for number, page in pages.items() if page.get("status", "ok") != "ok"}
    return _Parsed(job=job, markdown=result["markdown"], pages=pages, failed=frozenset(failed), metadata=metadata)


@shaped("landingai", "$.result")
def _response(parsed: _Parsed, request: OCRRequest, sizes: Mapping[int, OCRDimensions]) -> OCRResponse:
    milliseconds = number_in(parsed.metadata.get("duration_ms"))
    read = {number: page for number, page in sorted(parsed.pages.items()) if number not in parsed.failed}
    pages = tuple(
        _page(number - 1, page, parsed.markdown, request, sizes.get(number - 1)) for number, page in read.items()
    )
    lost: dict[int, Exception] = {
        number - 1: DocumentError(f"the page failed at landingai: {said(parsed.pages.get(number, {}).get('reason'))}")
        for number in sorted(parsed.failed)
    }
    return OCRResponse(
        pages=pages,
        model=str(parsed.metadata.get("model_version") or request.model or _MODEL),
        id=parsed.job,
        usage_info=OCRUsageInfo(
            pages_processed=len(pages),
            processing_time_seconds=None if milliseconds is None else milliseconds / 1000,
            credits=number_in(inner(parsed.metadata, "billing", "total_credits")),
        ),
        missing_pages=lost,
    )


# --- pages --------------------------------------------------------------------------------------------------------


def _page(
    index: int, page: Mapping[str, Any], markdown: str, request: OCRRequest, size: OCRDimensions | None
) -> OCRPage:
    elements = objects(page.get("children"))
    regions = [region for element in elements for region in _regions(element, markdown, size)]
    if not elements and (text := _slice(page, markdown)):
        regions = [Region("text", NOWHERE, text=text, markdown=text)]
    sure = [
        float(segment["confidence"])
        for element in elements
        for segment in objects(element.get("atomic_grounding"))
        if isinstance(segment.get("confidence"), (int, float))
    ]
    confidence = (sum(sure) / len(sure), min(sure)) if sure else None
    return page_of(index, regions, request, dimensions=size, confidence=confidence)


def _regions(element: Mapping[str, Any], markdown: str, size: OCRDimensions | None) -> Iterator[Region]:
    kind, text = str(element.get("type")), _slice(element, markdown)
    box = _box(element, size)
    if kind in _PICTURES:
        yield from figure(box, text)
    elif kind == "table" and (cells := _cells(element, markdown, size) or cells_of(text)):
        yield Region("table", box, cells=cells)
    elif not text:
        return
    elif kind == "marginalia":
        height = 1 if size is None else size.height or 1
        yield Region("header" if box.top < height / 2 else "footer", box, text=text)
    elif title := _TITLE.fullmatch(text):
        yield Region("title", box, text=title[2], level=len(title[1]))
    else:
        yield Region("text", box, text=text, markdown=text)


def _cells(table: Mapping[str, Any], markdown: str, size: OCRDimensions | None) -> tuple[Cell, ...]:
    """Return the cells of *table*, its first row and column as 0, whatever they are counted from."""
    found = []
    for cell in objects(table.get("children")):
        row, column = cell.get("row"), cell.get("col")
        if not isinstance(row, int) or not isinstance(column, int) or not (0 <= row < 100_000 and 0 <= column < 1000):
            return ()
        text, box = _slice(cell, markdown), None if size is None else _box(cell, size)
        found.append(Cell(text, row, column, _span(cell.get("rowspan")), _span(cell.get("colspan")), box=box))
    top, left = (min(numbers, default=0) for numbers in ([c.row for c in found], [c.column for c in found]))
    return tuple(evolve(cell, row=cell.row - top, column=cell.column - left) for cell in found)


def _span(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value < 1000 else 1


def _slice(node: Mapping[str, Any], markdown: str) -> str:
    """Return what *node* says: its range of the Markdown, in code points."""
    start, end = (inner(node, "grounding", "range", name) for name in ("start", "end"))
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        return ""
    return _ANCHOR.sub("", markdown[start:end]).strip()


def _box(node: Mapping[str, Any], size: OCRDimensions | None) -> Box:
    try:
        place = node["grounding"]["box"]
        return box_within(size, *(float(place[name]) for name in ("xmin", "ymin", "xmax", "ymax")))
    except (KeyError, TypeError, ValueError):
        return NOWHERE

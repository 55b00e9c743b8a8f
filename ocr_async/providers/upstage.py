"""
Upstage Document Parse: https://console.upstage.ai; the call as langchain-upstage 0.7.7 makes it (read 2026-11).

Its synchronous route alone: where its jobs are asked for is not documented well enough. Longer documents are cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from attrs import frozen

from ..engine.page import RegionType
from ..errors import ResponseInvalid
from ..models import Bytes, FileOnDisk, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ..steps import Exchange, HttpResponse, http
from . import LAYOUT_OPTIONS, Facts, _account
from ._html_tables import cells_of
from ._service import data_uri_of, fields, inner, listed, mapping
from ._sizes import sizes_of
from ._structure import NOWHERE, Box, Region, box_within, figure, heading, page_of


__all__ = ["Upstage"]

_MODEL = "document-parse"
_PICTURES = frozenset({"figure", "chart"})
_TYPES: Mapping[str, RegionType] = {
    "header": "header",
    "footer": "footer",
    "caption": "caption",
    "equation": "equation",
    "list": "list",
    "footnote": "footnote",
}


@frozen(kw_only=True)
class Upstage(_account.AtHome):
    """
    One account at Upstage.

    Attributes:
        api_key: Sent as a Bearer.

        base_url: Without ``/v1``.

        headers: Sent besides.
    """

    name: ClassVar[str] = "upstage"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "include_image_base64", "extra_body"},
        models=(_MODEL,),
        takes_urls=False,
        selects_pages=False,
        # of a synchronous request; https://console.upstage.ai, read 2026-11; "50 MB" is read as the larger MiB
        max_pages=100,
        max_bytes=50 * 1024**2,
        variables=("UPSTAGE_API_KEY",),
    )
    home: ClassVar[_account.Home] = _account.Home(
        base="https://api.upstage.ai",
        variables=(),
        domain="upstage.ai",
        ends=("/v1/document-digitization", "/v1"),
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for the whole document's elements, and put them on their pages."""
        document = request.document
        assert isinstance(document, (Bytes, FileOnDisk)), "facts.takes_urls and takes_file_ids are False"
        form = [*_form(request).items(), ("document", document)]
        ask = self.request("POST", "/v1/document-digitization", partial(_parsed, request=request), form=form)
        parsed = yield from http(ask)
        sizes = yield from sizes_of(request)
        return OCRResponse(
            pages=tuple(
                _page(index, elements, request, sizes.get(index)) for index, elements in enumerate(parsed.pages)
            ),
            model=parsed.model,
            usage_info=OCRUsageInfo(pages_processed=len(parsed.pages)),
        )


def _form(request: OCRRequest) -> dict[str, str]:
    mime = getattr(request.document, "mime", None) or ""
    form = {
        "model": request.model or _MODEL,
        "ocr": "force" if mime.startswith("image/") else "auto",  # a picture has no text of its own
        "output_formats": "['markdown','html']",
        "coordinates": "true",
    }
    if request.include_image_base64:
        form["base64_encoding"] = "['figure','chart']"
    return form | fields(request.extra_body)


# --- answers ------------------------------------------------------------------------------------------------------


@frozen
class _Parsed:
    """An answer: the elements of each page in their order, none for a blank one."""

    model: str
    pages: list[list[Mapping[str, Any]]]


def _parsed(answer: HttpResponse, request: OCRRequest) -> _Parsed:
    body = mapping(answer, "upstage")
    if "elements" not in body:
        raise ResponseInvalid("the answer of upstage has no elements", path="$.elements")
    elements = listed(body["elements"], "$.elements", "upstage")
    numbers = [number for each in elements if isinstance(number := each.get("page"), int) and 1 <= number <= 10_000]
    if len(numbers) < len(elements):
        raise ResponseInvalid("an element of upstage is on no page", path="$.elements[].page")
    told = inner(body, "usage", "pages")
    count = max([told if isinstance(told, int) and told <= 10_000 else 0, *numbers], default=0)
    pages: list[list[Mapping[str, Any]]] = [[] for _ in range(count)]
    for number, element in zip(numbers, elements, strict=True):
        pages[number - 1].append(element)
    return _Parsed(str(body.get("model") or request.model or _MODEL), pages)


def _page(index: int, elements: list[Mapping[str, Any]], request: OCRRequest, size: OCRDimensions | None) -> OCRPage:
    pictures: dict[Box, str] = {}
    regions: list[Region] = []
    for element in elements:
        box = _box(element, size)
        if (picture := data_uri_of(element.get("base64_encoding"))) is not None:
            pictures[box] = picture
        regions += _regions(element, box)
    return page_of(index, regions, request, dimensions=size, picture=pictures.get)


def _regions(element: Mapping[str, Any], box: Box) -> Iterator[Region]:
    kind = str(element.get("category"))
    markdown = str(inner(element, "content", "markdown") or inner(element, "content", "text") or "").strip()
    if kind in _PICTURES:
        yield from figure(box, "" if markdown.startswith("![") else markdown)
    elif kind == "table" and (cells := cells_of(str(inner(element, "content", "html") or ""))):
        yield Region("table", box, cells=cells)
    elif not markdown:
        return
    elif kind.startswith("heading"):
        yield heading(box, markdown, int(kind[7:]) if kind[7:].isdecimal() else 1)
    elif kind in {"header", "footer"}:
        yield Region(_TYPES[kind], box, text=markdown)
    else:
        yield Region(_TYPES.get(kind, "text"), box, text=markdown, markdown=markdown)


def _box(element: Mapping[str, Any], size: OCRDimensions | None) -> Box:
    try:
        across, down = ([float(corner[name]) for corner in element["coordinates"]] for name in ("x", "y"))
        return box_within(size, min(across), min(down), max(across), max(down))
    except (KeyError, TypeError, ValueError):
        return NOWHERE

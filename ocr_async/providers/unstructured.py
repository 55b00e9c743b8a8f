"""
Unstructured's partition endpoint: https://docs.unstructured.io; as unstructured-client 0.46.4 has it (read 2026-11).

Its documentation calls it legacy and sends users to workflows; it is what answers with elements at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import frozen

from .. import formats
from ..engine.page import RegionType
from ..errors import ResponseInvalid
from ..models import Bytes, FileOnDisk, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ..steps import Exchange, HttpResponse, http
from . import LAYOUT_OPTIONS, Facts, _account
from ._html_tables import cells_of
from ._service import data_uri_of, fields, inner, number_in, objects
from ._sizes import sizes_of
from ._structure import NOWHERE, Box, Region, page_of


__all__ = ["Unstructured"]

_STRATEGIES = ("auto", "fast", "hi_res", "ocr_only", "vlm")
_TYPES: Mapping[str, RegionType] = {
    "Header": "header",
    "Footer": "footer",
    "PageNumber": "footer",
    "FigureCaption": "caption",
    "CodeSnippet": "code",
    "ListItem": "list",
}


@frozen(kw_only=True)
class Unstructured(_account.AtHome):
    """
    One account at Unstructured. Its models are the strategies of partitioning: ``unstructured/hi_res`` …

    Attributes:
        api_key: Sent as unstructured-api-key.

        base_url: Without ``/general/v0/general``.

        headers: Sent besides.
    """

    name: ClassVar[str] = "unstructured"
    facts: ClassVar[Facts] = Facts(
        options=LAYOUT_OPTIONS | {"pages", "include_image_base64", "extra_body"},
        models=_STRATEGIES,
        takes_urls=False,
        selects_pages=False,
        variables=("UNSTRUCTURED_API_KEY",),
    )
    key_header: ClassVar[str] = "unstructured-api-key"
    home: ClassVar[_account.Home] = _account.Home(
        base="https://api.unstructuredapp.io",
        variables=(),
        domain="unstructuredapp.io",
        ends=("/general/v0/general",),
        models=_STRATEGIES,
        kind="strategy",
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for the whole document's elements, and put them on their pages."""
        document = request.document
        assert isinstance(document, (Bytes, FileOnDisk)), "facts.takes_urls and takes_file_ids are False"
        form = [*_form(request).items(), ("files", document)]
        elements = yield from http(self.request("POST", "/general/v0/general", _elements, form=form))
        sizes = yield from sizes_of(request)
        # it tells no page without an element: those that the document has are blank
        found: dict[int, list[Mapping[str, Any]]] = {index: [] for index in sizes}
        for element in elements:
            found.setdefault(_index(element), []).append(element)
        pages = tuple(_page(index, found[index], request, sizes.get(index)) for index in sorted(found))
        return OCRResponse(
            pages=pages, model=request.model or "auto", usage_info=OCRUsageInfo(pages_processed=len(pages))
        )


def _form(request: OCRRequest) -> dict[str, str]:
    form = {"strategy": request.model or "auto", "coordinates": "true"}
    if request.include_image_base64:
        form["extract_image_block_types[]"] = "Image"  # as its client writes a list
    return form | fields(request.extra_body)


# --- answers ------------------------------------------------------------------------------------------------------


def _elements(answer: HttpResponse) -> list[Mapping[str, Any]]:
    value = formats.loads(answer.body)
    if not isinstance(value, list):
        raise ResponseInvalid("the answer of unstructured is no list", path="$")
    return objects(value)


def _index(element: Mapping[str, Any]) -> int:
    """Return the page of *element*; files without pages, as HTML, are one."""
    number = inner(element, "metadata", "page_number")
    return number - 1 if isinstance(number, int) and number >= 1 else 0


def _page(index: int, elements: list[Mapping[str, Any]], request: OCRRequest, size: OCRDimensions | None) -> OCRPage:
    pictures: dict[Box, str] = {}
    regions: list[Region] = []
    size = next((own for element in elements if (own := _size(element)) is not None), size)
    for element in elements:
        box = _box(element)
        if (picture := data_uri_of(inner(element, "metadata", "image_base64"))) is not None:
            pictures[box] = picture
        regions += _regions(element, box)
    return page_of(index, regions, request, dimensions=size, picture=pictures.get)


def _regions(element: Mapping[str, Any], box: Box) -> Iterator[Region]:
    kind, text = str(element.get("type")), str(element.get("text") or "").strip()
    if kind == "Image":
        yield Region("image", box)
        if text:
            yield Region("caption", box, text=text)
    elif kind == "Table" and (cells := cells_of(str(inner(element, "metadata", "text_as_html") or ""))):
        yield Region("table", box, cells=cells)
    elif kind == "Title" and text:
        depth = inner(element, "metadata", "category_depth")
        yield Region("title", box, text=text, level=min(6, depth + 1) if isinstance(depth, int) and depth >= 0 else 1)
    elif kind == "ListItem" and text:
        yield Region("list", box, text=text, markdown=f"- {text}")
    elif kind == "Formula" and text:
        yield Region("equation", box, text=text)
    elif text:
        yield Region(_TYPES.get(kind, "text"), box, text=text)


def _size(element: Mapping[str, Any]) -> OCRDimensions | None:
    """Return the size of the picture that the element's corners are pixels of."""
    sides = (number_in(inner(element, "metadata", "coordinates", f"layout_{side}")) for side in ("width", "height"))
    width, height = (side or 0.0 for side in sides)
    if width <= 0 or height <= 0:
        return None
    return OCRDimensions(width=round(width), height=round(height))


def _box(element: Mapping[str, Any]) -> Box:
    try:
        points = [(float(x), float(y)) for x, y in inner(element, "metadata", "coordinates", "points")]
        across, down = zip(*points, strict=True)
        return Box(min(across), min(down), max(across), max(down))
    except (KeyError, TypeError, ValueError):
        return NOWHERE

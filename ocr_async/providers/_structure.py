"""
Pages of services that tell a page's structure: blocks, tables and pictures with their boxes.

They become the regions that the embedded engine finds on its own pages, so that Markdown, elements, blocks and tables
are written in one way, whoever read the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve

from ..engine.assembly import assembled, confidence_of
from ..engine.page import Box, Cell, Item, Region
from ..engine.values import OutputFormat, PageOptions
from ..errors import ResponseInvalid
from ..models import OCRDimensions, OCRPage, OCRRequest
from ._service import shaped


__all__ = [
    "NOWHERE", "Box", "Cell", "Item", "Region",
    "box_within", "confidence_of", "figure", "heading", "page_of", "within_one",
]  # fmt: skip

NOWHERE = Box(0, 0, 0, 0)
"""The place of what a service gives none."""

_MOST_FIELDS = 200_000  # of one table; a page of the smallest type has some 50,000 letters


@shaped("the service", "$.pages[]")
def page_of(
    index: int,
    regions: Sequence[Region],
    request: OCRRequest,
    *,
    dimensions: OCRDimensions | None,
    picture: Callable[[Box], bytes | str | None] | None = None,
    form: OutputFormat = "markdown",
    confidence: tuple[float, float] | None = None,
    hyperlinks: Sequence[str] = (),
    warnings: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
) -> OCRPage:
    """
    Return page *index* made of *regions* in reading order.

    Args:
        regions: With boxes in pixels of *dimensions*; without dimensions, on a page on which nothing has a place, their
            boxes do not count.

        picture: Returns what the page shows in a box, as a JPEG or a data URI, for requests that want pictures.

        form: Of the page's text.

        confidence: The mean over characters and the least of a word; what is beyond 0 or 1 is taken for these.

        extra: What the service tells besides.

    Raises:
        ResponseInvalid: A table of them has more fields than a page can hold, or fields before its first.
    """
    for region in regions:
        _refuse_impossible(region)
    page = assembled(
        index,
        regions,
        PageOptions.of(request, form),
        dimensions=dimensions,
        scale=None if dimensions is None else 1.0,
        cut=picture,
        confidence=confidence and (within_one(confidence[0]), within_one(confidence[1])),
        hyperlinks=hyperlinks,
        warnings=warnings,
    )
    return evolve(page, extra={**page.extra, **extra}) if extra else page


def within_one(confidence: float) -> float:
    """Return *confidence* as one from 0 to 1, whatever a service tells."""
    return min(1.0, max(0.0, confidence))


def box_within(size: OCRDimensions | None, left: float, top: float, right: float, bottom: float) -> Box:
    """Return the box whose edges are parts of a page of *size*; in those parts where the size is not known."""
    width, height = (1, 1) if size is None else (size.width or 1, size.height or 1)
    return Box(left * width, top * height, right * width, bottom * height)


def figure(box: Box, text: str) -> list[Region]:
    """Return a picture and, where *text* says something of it, its caption."""
    picture = Region("image", box)
    return [picture, Region("caption", box, text=text, markdown=text)] if text else [picture]


def heading(box: Box, text: str, level: int) -> Region:
    """Return the heading *text* of the level that its marks of Markdown tell; *level* where it has none."""
    marks = len(text) - len(text.lstrip("#"))
    return Region("title", box, text=text.lstrip("# "), level=min(6, max(1, marks or level)))


def _refuse_impossible(region: Region) -> None:
    """Refuse a table whose writing would take all memory: a cell may tell any span."""
    if not region.cells:
        return
    height = max(cell.row + cell.row_span for cell in region.cells)
    width = max(cell.column + cell.column_span for cell in region.cells)
    first = min(min(cell.row, cell.column) for cell in region.cells)
    if height * width > _MOST_FIELDS or first < 0:
        raise ResponseInvalid(f"a table of {height} rows and {width} columns cannot stand on a page")

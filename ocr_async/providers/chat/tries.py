"""From tries at a page to its response: what every provider does that shows pictures of pages to a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from ...errors import ConfigurationError, OCRError
from ...models import Bytes, FileOnDisk, OCRDimensions, OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ...steps import Exchange, HttpRequest, compute, http
from .._structure import NOWHERE, Box, Region, page_of
from .answer import Size, Transcript
from .completion import Completion
from .families import Family


__all__ = ["picture_of", "read_page"]

_CROPPING_SECONDS = 30.0
_MOST_PICTURES = 100  # on a page; a model in a loop finds thousands


def picture_of(request: OCRRequest) -> FileOnDisk | Bytes:
    """
    Return *request*'s picture.

    Raises:
        ConfigurationError: It is an address or an uploaded file, which the call turns into a picture before.
    """
    if isinstance(request.document, (Bytes, FileOnDisk)):
        return request.document
    raise ConfigurationError("a vision model is given a picture's bytes, not its address")


def read_page(
    request: OCRRequest,
    family: Family,
    size: Size | None,
    step: Callable[[float], HttpRequest[Completion]],
    temperatures: Sequence[float] | None = None,
) -> Exchange[OCRResponse]:
    """
    Ask for the page that *request*'s picture shows, and again where the answer is of no use.

    Args:
        size: Of the picture, where it is known.

        step: Makes the request of a try, at a temperature.

        temperatures: Of the tries, if not the family's.
    """
    tries: list[Completion] = []
    most = 1 if request.never_bill_twice else None
    for temperature in (temperatures or family.temperatures)[:most]:
        tries.append((yield from http(step(temperature))))
        if not tries[-1].again:
            break
    return (yield from _response(tries, request, family, size))


def _response(
    tries: Sequence[Completion], request: OCRRequest, family: Family, size: Size | None
) -> Exchange[OCRResponse]:
    """Return what *tries* at one page make together: the last that gave a page counts."""
    usage: dict[str, int] = {}
    for each in tries:
        for name, count in each.usage.items():
            usage[name] = usage.get(name, 0) + count
    last = next((each for each in reversed(tries) if each.transcript is not None), tries[-1])
    pages: tuple[OCRPage, ...] = ()
    if last.transcript is not None:
        warnings = [*last.transcript.warnings, *([family.warning] if family.warning else [])]
        if last.looped:
            warnings.append(f"the page ends in the same words over and over, also after {len(tries)} tries")
        if not last.transcript.regions:
            warnings.append("the model says nothing of this page")
        page = yield from _page(last.transcript, request, size, warnings)
        pages = (page,)
    return OCRResponse(
        pages=pages,
        model=last.model or request.model,
        id=last.id,
        usage_info=OCRUsageInfo(pages_processed=len(pages), extra=usage),
        missing_pages={0: last.error} if last.error is not None else {},
    )


def _page(transcript: Transcript, request: OCRRequest, size: Size | None, warnings: list[str]) -> Exchange[OCRPage]:
    shown: dict[Box, bytes] = {}
    if request.include_image_base64 and size is not None:
        try:
            shown = yield from _pictures(transcript, request, size)
        except OCRError as error:  # the page is read, and paid for
            warnings.append(f"the pictures of this page could not be cut out: {error}")
    page = page_of(
        0,
        transcript.regions,
        request,
        dimensions=None if size is None else OCRDimensions(width=size[0], height=size[1]),
        picture=shown.get,
        warnings=warnings,
    )
    return _without_nowhere(evolve(page, extra={**transcript.extra, **page.extra}), transcript.regions)


def _pictures(transcript: Transcript, request: OCRRequest, size: Size) -> Exchange[dict[Box, bytes]]:
    """Return what the page shows where the model found pictures, as JPEGs."""
    found = (region.box for region in transcript.regions if region.type == "image" and region.box != NOWHERE)
    boxes = list(dict.fromkeys(found))[:_MOST_PICTURES]
    if not boxes:
        return {}
    corners = [(box.left, box.top, box.right, box.bottom) for box in boxes]
    crops = yield from compute(
        "crop", seconds=_CROPPING_SECONDS, document=request.document, boxes=corners, width=size[0]
    )
    return dict(zip(boxes, crops, strict=True))


def _without_nowhere(page: OCRPage, regions: tuple[Region, ...]) -> OCRPage:
    """Return *page* without the elements and blocks of text whose place the model did not tell."""
    if all(region.box != NOWHERE for region in regions):
        return page
    nowhere = {"x": 0, "y": 0, "width": 0, "height": 0}
    elements = tuple(each for each in page.elements or () if each.bbox is not None and each.bbox != nowhere)
    blocks = tuple(each for each in page.blocks or () if each.bottom_right_x or each.bottom_right_y)
    return evolve(page, elements=elements or None, blocks=None if page.blocks is None else blocks)

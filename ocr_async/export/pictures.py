"""Pictures of a document's pages, drawn by the embedded engine's workers where there is one."""

from __future__ import annotations

import logging

import anyio

from .. import providers
from ..errors import ConfigurationError, OCRError
from ..models import Bytes, Document, FileOnDisk, OCRPage, OCRResponse
from ..steps import Compute
from ..transport import workers


__all__ = ["WIDTH", "can_draw", "drawn", "picture"]

WIDTH = 1000  # pixels
_SECONDS = 30.0
_logger = logging.getLogger(__name__)


def can_draw(document: Document) -> bool:
    """Whether pages of *document* can be drawn: it is at hand, and so is the engine."""
    if not isinstance(document, (FileOnDisk, Bytes)):
        return False
    engine = providers.provider_class("local")
    try:
        return engine is not None and bool(engine.connect(api_key=None, api_base=None, headers={}, environ={}))
    except ConfigurationError:
        return False


async def picture(document: FileOnDisk | Bytes, page: OCRPage, *, width: int = WIDTH) -> bytes | None:
    """
    Return *page* as a JPEG, turned as its coordinates are; None where it cannot be drawn.

    Args:
        width: Pixels; see `ocr_async.engine.preview.picture`.
    """
    rotation = page.extra.get("rotation", 0.0)
    arguments = {
        "document": document,
        "page": page.index,
        "width": width,
        "rotation": float(rotation) if isinstance(rotation, (int, float)) else 0.0,
    }
    try:
        jpeg: bytes = await workers.run(Compute(task="picture", arguments=arguments, seconds=_SECONDS))
    except OCRError as error:  # the text is there all the same
        _logger.info("page %d has no picture: %s", page.index, type(error).__name__)
        return None
    return jpeg


async def drawn(document: Document, response: OCRResponse) -> dict[int, bytes]:
    """Return a picture of each page of *response*, by index, as far as they can be drawn."""
    found: dict[int, bytes] = {}
    if not isinstance(document, (Bytes, FileOnDisk)) or not can_draw(document):
        return found

    async def draw(page: OCRPage) -> None:
        if (jpeg := await picture(document, page)) is not None:
            found[page.index] = jpeg

    async with anyio.create_task_group() as tasks:
        for page in response.pages:
            tasks.start_soon(draw, page)
    return found

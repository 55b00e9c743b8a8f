"""How large the pages of a document are, for services that tell places as parts of a page."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import OCRError
from ..models import Bytes, FileOnDisk, OCRDimensions, OCRRequest
from ..steps import Exchange, compute


__all__ = ["sizes_of"]

_SECONDS = 10.0


def sizes_of(request: OCRRequest) -> Exchange[Mapping[int, OCRDimensions]]:
    """
    Return the size of each page of *request* in pixels at the engine's 200 dots an inch, or a picture's own.

    To be asked for once the service has answered: who is refused needs no worker. It is empty where nobody here can
    tell: of a document that is an address, or without the extra ``local``. The pages then come without places.
    """
    document = request.document
    mime = document.mime or "" if isinstance(document, (Bytes, FileOnDisk)) else ""
    if mime != "application/pdf" and not mime.startswith("image/"):
        return {}
    try:
        found = yield from compute("sizes", seconds=_SECONDS, document=document, pages=request.pages)
    except OCRError:
        return {}
    indexes = range(len(found)) if request.pages is None else request.pages
    return {
        index: OCRDimensions(width=width, height=height, dpi=dpi)
        for index, (width, height, dpi) in zip(indexes, found, strict=False)
    }

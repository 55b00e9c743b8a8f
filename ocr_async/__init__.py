"""
One await for every OCR engine.

    >>> from pathlib import Path
    >>> from ocr_async import aocr, ocr
    >>> response = ocr(Path("scan.pdf"))                                            # doctest: +SKIP
    >>> response = await aocr(Path("scan.pdf"), model="mistral/mistral-ocr-latest") # doctest: +SKIP

The map of the package, from the values up:

    errors, models, steps, events, settings   values
    document, mime_types, pages, windows, formats, pricing   pure logic
    engine                                    the embedded engine: bytes in, pages out
    providers                                 one file a service, without I/O
    transport                                 HTTP, retries, limits, worker processes
    call                                      one call, and many
    _api, _sync                               what you import; the second is generated from the first
    telemetry                                 traces by OpenTelemetry
    testing                                   a provider for your own tests
    cli                                       the command ``ocr-async``

Public names are imported when they are first used, so that ``import ocr_async`` costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from ._platform.forks import loading


if TYPE_CHECKING:
    from . import errors, events, models
    from ._api import aocr as aocr
    from ._api import aocr_batch as aocr_batch
    from ._api import aocr_compare as aocr_compare
    from ._api import aocr_many as aocr_many
    from ._api import aocr_pages as aocr_pages
    from ._api import aocr_stream as aocr_stream
    from ._api import aocr_stream_pages as aocr_stream_pages
    from ._sync import OCR as OCR
    from ._sync import ocr as ocr
    from ._sync import ocr_batch as ocr_batch
    from ._sync import ocr_compare as ocr_compare
    from ._sync import ocr_many as ocr_many
    from ._sync import ocr_pages as ocr_pages
    from ._sync import ocr_stream as ocr_stream
    from ._sync import ocr_stream_pages as ocr_stream_pages
    from .call.cache import FolderCache as FolderCache
    from .call.comparing import OCRComparison as OCRComparison
    from .call.estimating import OCREstimate as OCREstimate
    from .call.many import OCRDone as OCRDone
    from .call.many import OCRFailed as OCRFailed
    from .call.many import OCRPageDone as OCRPageDone
    from .call.many import OCRResult as OCRResult
    from .errors import OCRError as OCRError
    from .models import OCRPage as OCRPage
    from .models import OCRResponse as OCRResponse
    from .settings import RetryPolicy as RetryPolicy

__version__ = "0.1.0"

_HOMES = {
    "OCR": "_sync",
    "FolderCache": "call.cache",
    "OCRDone": "call.many",
    "OCRError": "errors",
    "OCRComparison": "call.comparing",
    "OCREstimate": "call.estimating",
    "OCRFailed": "call.many",
    "OCRPage": "models",
    "OCRPageDone": "call.many",
    "OCRResponse": "models",
    "OCRResult": "call.many",
    "RetryPolicy": "settings",
    "aocr": "_api",
    "aocr_batch": "_api",
    "aocr_compare": "_api",
    "aocr_many": "_api",
    "aocr_pages": "_api",
    "aocr_stream": "_api",
    "aocr_stream_pages": "_api",
    "ocr": "_sync",
    "ocr_batch": "_sync",
    "ocr_compare": "_sync",
    "ocr_many": "_sync",
    "ocr_pages": "_sync",
    "ocr_stream": "_sync",
    "ocr_stream_pages": "_sync",
}
_MODULES = {"errors", "events", "models"}

__all__ = [
    "OCR",
    "FolderCache",
    "OCRComparison",
    "OCRDone",
    "OCRError",
    "OCREstimate",
    "OCRFailed",
    "OCRPage",
    "OCRPageDone",
    "OCRResponse",
    "OCRResult",
    "RetryPolicy",
    "aocr",
    "aocr_batch",
    "aocr_compare",
    "aocr_many",
    "aocr_pages",
    "aocr_stream",
    "aocr_stream_pages",
    "close",
    "errors",
    "events",
    "models",
    "ocr",
    "ocr_batch",
    "ocr_compare",
    "ocr_many",
    "ocr_pages",
    "ocr_stream",
    "ocr_stream_pages",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES and name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with loading:
        if name in _MODULES:
            return importlib.import_module(f".{name}", __name__)
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def close() -> None:
    """Stop the loop thread of the synchronous calls, and with it their connections and workers; nobody needs it."""
    if (portal := sys.modules.get("ocr_async._portal")) is not None:
        portal.PORTAL.stop()

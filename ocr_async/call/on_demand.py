"""
What most calls do without: modules that are imported when they are first used, and types of theirs for annotations.

Only this module says so; who uses them imports them from here as from anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ForwardRef

from .._platform.lazy import LazyModule


if TYPE_CHECKING:
    from .. import events
    from . import cache, comparing, escalation, estimating, logs, many, page_stream, routing, second_step
    from .batch import documents as batch_documents
    from .comparing import OCRComparison
    from .estimating import OCREstimate
    from .many import OCRPageDone, OCRResult
    from .page_stream import PageStream
else:
    batch_documents = LazyModule(f"{__package__}.batch.documents")
    cache = LazyModule(f"{__package__}.cache")
    comparing = LazyModule(f"{__package__}.comparing")
    escalation = LazyModule(f"{__package__}.escalation")
    estimating = LazyModule(f"{__package__}.estimating")
    events = LazyModule("ocr_async.events")
    logs = LazyModule(f"{__package__}.logs")
    many = LazyModule(f"{__package__}.many")
    page_stream = LazyModule(f"{__package__}.page_stream")
    routing = LazyModule(f"{__package__}.routing")
    second_step = LazyModule(f"{__package__}.second_step")
    # `typing.get_type_hints` finds the classes themselves
    OCRComparison = ForwardRef("comparing.OCRComparison", module=__name__)
    OCREstimate = ForwardRef("estimating.OCREstimate", module=__name__)
    OCRPageDone = ForwardRef("many.OCRPageDone", module=__name__)
    OCRResult = ForwardRef("many.OCRResult", module=__name__)
    PageStream = ForwardRef("page_stream.PageStream", module=__name__)


__all__ = [
    "OCRComparison",
    "OCREstimate",
    "OCRPageDone",
    "OCRResult",
    "PageStream",
    "batch_documents",
    "cache",
    "comparing",
    "escalation",
    "estimating",
    "events",
    "logs",
    "many",
    "page_stream",
    "routing",
    "second_step",
]

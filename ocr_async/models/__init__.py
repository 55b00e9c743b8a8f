"""
What goes into one OCR call and what comes out, in Mistral's vocabulary, whoever serves it.

Plain frozen values without I/O; `formats` turns them into JSON and back. Page indexes count from 0. Pixel
coordinates are in the space of the page's `dimensions`, origin at the top left. Fields that a provider sends and
this version does not know are kept in `extra` and written back out.

May import attrs alone; the JSON forms load `formats` when they are asked for.
"""

from .document import Bytes, ConfidenceGranularity, Document, FileId, FileOnDisk, Language, OCRRequest, TableFormat, Url
from .page import (
    OCRBlock,
    OCRBlockConfidence,
    OCRCell,
    OCRDimensions,
    OCRElement,
    OCRImage,
    OCRPage,
    OCRPageConfidence,
    OCRTable,
    OCRWordConfidence,
)
from .response import Dialect, Escalation, OCRCost, OCRResponse, OCRUsageInfo


__all__ = [
    "Bytes",
    "ConfidenceGranularity",
    "Dialect",
    "Document",
    "Escalation",
    "FileId",
    "FileOnDisk",
    "Language",
    "OCRBlock",
    "OCRBlockConfidence",
    "OCRCell",
    "OCRCost",
    "OCRDimensions",
    "OCRElement",
    "OCRImage",
    "OCRPage",
    "OCRPageConfidence",
    "OCRRequest",
    "OCRResponse",
    "OCRTable",
    "OCRUsageInfo",
    "OCRWordConfidence",
    "TableFormat",
    "Url",
]

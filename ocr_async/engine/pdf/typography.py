"""
Looks through a PDF for the sizes of its type before its pages are read, so that each page's headings have the level
that they have in the whole document, also where pages come as they are read.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from .. import layout
from ..whole_document import TypeSizes
from .pdf import Pdf


__all__ = ["sizes_of"]

_PAGES = 16  # that are looked at, spread over the document: a few milliseconds, however long it is
_MOST = 2000  # things on one of them
_SECONDS = 0.5  # of processor time, after which no further page is looked at


def sizes_of(pdf: Pdf) -> TypeSizes | None:
    """Return the sizes in which *pdf* is set, None where nothing can be told."""
    if pdf.sizes == "unknown":
        pdf.sizes = layout.type_sizes(_letters(pdf))
    return pdf.sizes


def _letters(pdf: Pdf) -> Iterator[tuple[float, float]]:
    end = time.process_time() + _SECONDS
    pages = min(pdf.count, _PAGES)
    for number in range(pages):
        if time.process_time() > end:
            return
        with contextlib.suppress(Exception):  # what is wrong there is told when that page is read
            yield from pdf.letters(number * pdf.count // pages, _MOST)

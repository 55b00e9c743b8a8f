"""Reads a PDF's outline, the bookmarks that programs show beside its pages: what may be a title, and where it leads."""

from __future__ import annotations

import ctypes
import time
from collections import defaultdict
from collections.abc import Iterator

import pypdfium2.raw as pdfium
from pypdfium2 import PdfDocument

from ..whole_document import Bookmark


__all__ = ["Outline"]

_MOST = 5000  # entries that are taken: more are no titles
_DEEPEST = 8  # levels of those
_ENDLESS = 100_000  # entries of which it is seen where they lead
_BOTTOMLESS = 500  # levels of those
_LONGEST = 400  # bytes of a title, in UTF-16
_SECONDS = 0.3  # of processor time: finding the page of an entry is a search of the document
_AT_TOP = {pdfium.PDFDEST_VIEW_XYZ: 1, pdfium.PDFDEST_VIEW_FITH: 0, pdfium.PDFDEST_VIEW_FITBH: 0}


class Outline:
    """
    The outline of a PDF.

    Attributes:
        marks: Its entries that lead to a page, by the page's index; `top` is their height above its foot.

        ends: Whether it is known to end. One whose entries lead back to others, or hold each other without end, kills
            parsers that follow it.
    """

    def __init__(self, pdf: PdfDocument) -> None:
        self.marks: dict[int, list[Bookmark]] = defaultdict(list)
        self.ends = True
        end, taken = time.process_time() + _SECONDS, 0
        for entry, depth in self._entries(pdf):
            if time.process_time() > end:
                self.ends = False
                break
            if taken < _MOST and depth < _DEEPEST:
                taken += 1
                target = pdfium.FPDFBookmark_GetDest(pdf.raw, entry)
                page = pdfium.FPDFDest_GetDestPageIndex(pdf.raw, target) if target else -1
                if page >= 0 and (title := _title(entry)):
                    self.marks[page].append(Bookmark(title, depth, _top(target)))

    def _entries(self, pdf: PdfDocument) -> Iterator[tuple[object, int]]:
        """Yield each entry and its depth, from 0, as they come."""
        met: set[int] = set()
        waiting = [(pdfium.FPDFBookmark_GetFirstChild(pdf.raw, None), 0)]
        while waiting:
            entry, depth = waiting.pop()
            if not entry:
                continue
            place = ctypes.addressof(entry.contents)
            if place in met or len(met) >= _ENDLESS or depth > _BOTTOMLESS:
                self.ends = False
                return
            met.add(place)
            yield entry, depth
            waiting.append((pdfium.FPDFBookmark_GetNextSibling(pdf.raw, entry), depth))
            waiting.append((pdfium.FPDFBookmark_GetFirstChild(pdf.raw, entry), depth + 1))


def _title(entry: object) -> str:
    size = pdfium.FPDFBookmark_GetTitle(entry, None, 0)
    if not 2 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFBookmark_GetTitle(entry, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _top(target: object) -> float | None:
    """Return how far above the foot of its page *target* stands, in points; None where it does not say."""
    count, places = ctypes.c_ulong(), (pdfium.FS_FLOAT * 4)()
    index = _AT_TOP.get(pdfium.FPDFDest_GetView(target, count, places), 4)
    return float(places[index]) if index < count.value else None

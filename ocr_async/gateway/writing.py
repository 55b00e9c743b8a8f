"""Answers are written on the event loop as long as that takes no time, and on another thread otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio.to_thread

from ..models import OCRPage


__all__ = ["written"]

T = TypeVar("T")

_MOST_AT_ONCE = 1_000_000  # bytes, about; some 10 ms
_EACH_PAGE = 5_000
_EACH_PART = 1_000


async def written(pages: Sequence[OCRPage], write: Callable[[], T]) -> T:
    """Return what *write* makes of an answer with *pages*."""
    if sum(map(_weight, pages)) < _MOST_AT_ONCE:
        return write()
    return await anyio.to_thread.run_sync(write)


def _weight(page: OCRPage) -> int:
    parts = len(page.elements or ()) + len(page.blocks or ()) + len(page.images) + len(page.tables)
    return _EACH_PAGE + _EACH_PART * parts + len(page.markdown)

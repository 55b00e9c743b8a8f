"""Answers whose writing takes time are written off the event loop, so that others are served meanwhile."""

from __future__ import annotations

import threading

import pytest

from ocr_async.gateway.writing import written
from ocr_async.models import OCRElement, OCRPage


pytestmark = pytest.mark.anyio

SMALL = OCRPage(index=0, markdown="text")
ELEMENTS = tuple(OCRElement(type="text", label="text", text="a", bbox=None) for _ in range(5_000))


@pytest.mark.parametrize(
    ("pages", "here"),
    [
        ((), True),
        ((SMALL,) * 150, True),
        ((SMALL,) * 300, False),
        ((OCRPage(index=0, markdown="x" * 2_000_000),), False),
        ((OCRPage(index=0, markdown="text", elements=ELEMENTS),), False),
    ],
)
async def test_a_large_answer_is_written_on_another_thread(pages: tuple[OCRPage, ...], here: bool) -> None:
    assert (await written(pages, threading.current_thread) is threading.current_thread()) is here

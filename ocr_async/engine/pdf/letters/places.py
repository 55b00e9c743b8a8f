"""The letters of a page with the places at which they are drawn, as pdfium tells them."""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as pdfium

from ..objects import letter_of
from ..view import Sides


__all__ = ["said_on", "sides_of"]

MOST = 20_000  # characters of a page
FAR = 14_400.0  # points: no page is as wide or high, but a damaged file may say so of a letter


def said_on(text_page: Any) -> str:
    """Return the characters of a pypdfium2 *text_page* without their places, which take most of the time."""
    raw = text_page.raw
    count = min(text_page.count_chars(), MOST)
    return "".join(letter_of(pdfium.FPDFText_GetUnicode(raw, index)) for index in range(count))


def sides_of(text_page: Any, index: int) -> Sides:
    """Return the place of the character at *index*."""
    edges = [ctypes.c_double() for _ in range(4)]
    pdfium.FPDFText_GetCharBox(text_page.raw, index, *edges)
    left, right, bottom, top = (min(max(-FAR, edge.value), FAR) for edge in edges)
    return left, bottom, right, top

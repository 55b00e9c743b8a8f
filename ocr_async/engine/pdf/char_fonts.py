"""
Tells in which font the letters at a place of a page are set, as pdfium knows it.

The parser says of a line's font only what its first letters have: of one that begins with a bold name, or with a
command in even type, it would say that all of it is so.
"""

from __future__ import annotations

import ctypes
from functools import cached_property

import pypdfium2
import pypdfium2.raw as pdfium
from attrs import frozen


__all__ = ["CharFont", "CharFonts"]

_FINE = 16  # the mapping takes whole numbers
_NEAR = 1.0, 3.0  # points, across and down: how far the nearest letter may be
_LONGEST = 256  # bytes of a font's name


@frozen
class CharFont:
    """
    A font as it stands on the page.

    Attributes:
        size: In points.
    """

    name: str
    weight: int
    size: float


class CharFonts:
    """The fonts of one page; its letters are looked up when they are first asked for."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._page = page

    @cached_property
    def _text(self) -> pypdfium2.PdfTextPage:
        return self._page.get_textpage()

    def at(self, x: float, y: float) -> CharFont | None:
        """Return the font of the letter at *x* and *y*, in points from the top left; None where there is none."""
        page, text = self._page.raw, self._text.raw
        seen = (round(each * _FINE) for each in (self._page.get_width(), self._page.get_height()))
        left, bottom = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDF_DeviceToPage(page, 0, 0, *seen, 0, round(x * _FINE), round(y * _FINE), left, bottom)
        index = pdfium.FPDFText_GetCharIndexAtPos(text, left.value, bottom.value, *_NEAR)
        if index < 0:
            return None
        name, flags, matrix = ctypes.create_string_buffer(_LONGEST), ctypes.c_int(), pdfium.FS_MATRIX()
        length = pdfium.FPDFText_GetFontInfo(text, index, name, _LONGEST, flags)
        if not 0 < length <= _LONGEST or not pdfium.FPDFText_GetMatrix(text, index, matrix):
            return None
        high = (matrix.c**2 + matrix.d**2) ** 0.5
        return CharFont(
            name.value.decode("utf-8", "replace"),
            pdfium.FPDFText_GetFontWeight(text, index),
            pdfium.FPDFText_GetFontSize(text, index) * high,
        )

"""
Where people see what a page of a PDF has: from its top left, as it is cropped and turned, in points.

pdfium maps one place at a time to whole numbers; it is asked for the corners of the page alone.
"""

from __future__ import annotations

import ctypes
import math

import pypdfium2
import pypdfium2.raw as pdfium

from ..page import Box


__all__ = ["UNMOVED", "Matrix", "Sides", "View"]

Matrix = tuple[float, float, float, float, float, float]
"""What ISO 32000-1 calls `[a b c d e f]`."""

Sides = tuple[float, float, float, float]
"""Left, bottom, right and top, as the page has them."""

UNMOVED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_FAR = 1e8  # points: nothing is further away, and what is nowhere is at the edge


class View:
    """How *page* is seen."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.wide, self.high = page.get_size()
        start, right, foot = (_corner(page, *corner) for corner in ((0, 0), (1, 0), (0, 1)))
        self._x, self._y = start
        self._across = _axis(start, right, self.wide)
        self._down = _axis(start, foot, self.high)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where people see what the page has at *x* and *y*."""
        x, y = x - self._x, y - self._y
        (a, c), (b, d) = self._across, self._down
        across, down = a * x + c * y, b * x + d * y
        if -_FAR < across < _FAR and -_FAR < down < _FAR:
            return across, down
        return _near(across), _near(down)

    def box(self, sides: Sides, place: Matrix = UNMOVED) -> Box:
        """Return where on the page people see what lies between *sides* before *place* moves them."""
        left, bottom, right, top = sides
        corners = [(left, bottom), (right, top)]
        if place is not UNMOVED:
            a, b, c, d, e, f = place
            corners += [(left, top), (right, bottom)]
            corners = [(a * x + c * y + e, b * x + d * y + f) for x, y in corners]
        across, down = zip(*[self.point(x, y) for x, y in corners], strict=True)
        return Box(
            min(max(0.0, min(across)), self.wide),
            min(max(0.0, min(down)), self.high),
            min(max(0.0, *across), self.wide),
            min(max(0.0, *down), self.high),
        )

    def place(self, across: float, down: float) -> tuple[float, float]:
        """Return where the page has what people see at *across* and *down*."""
        (a, c), (b, d) = self._across, self._down
        # The axes are at right angles and of length 1, so that the way back is the same numbers the other way round.
        return self._x + a * across + b * down, self._y + c * across + d * down


def _corner(page: pypdfium2.PdfPage, across: int, down: int) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDF_DeviceToPage(page.raw, 0, 0, 1, 1, 0, across, down, x, y)
    return x.value, y.value


def _axis(start: tuple[float, float], end: tuple[float, float], length: float) -> tuple[float, float]:
    """Return the direction from one corner of a page, which has this *length*, to the next."""
    return ((end[0] - start[0]) / length, (end[1] - start[1]) / length) if length > 0 else (0.0, 0.0)


def _near(side: float) -> float:
    return 0.0 if math.isnan(side) else min(max(side, -_FAR), _FAR)

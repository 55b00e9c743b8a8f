"""
What a page of a PDF is drawn of, as pdfium tells it: its objects, those in forms included, and where people see them.

Places are in points.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import sys
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from ..page import Box
from .view import UNMOVED, Matrix, Sides, View


__all__ = [
    "MOST",
    "UNSEEN",
    "address_of",
    "bounds",
    "cut_off",
    "letter_of",
    "letters",
    "objects",
    "place_of",
]

MOST = 20_000
UNSEEN = frozenset({3, 7})  # text render modes: neither filled nor stroked
_LONG = 400  # characters of one piece of text that are looked at
_DEEPEST = 8  # forms within forms
_CORNERS = 400  # of a path that others are cut off at


def letter_of(code: int) -> str:
    """Return the character of a *code* that pdfium tells, which is none where the map of a font is damaged."""
    return chr(code) if code <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}"


def address_of(thing: object) -> int:
    """Return what tells an object of pdfium's, or a mark, from others."""
    return ctypes.cast(thing, ctypes.c_void_p).value or 0  # type: ignore[arg-type]  # any pointer of ctypes will do


def objects(page: pypdfium2.PdfPage) -> Iterator[tuple[object, int, Matrix]]:
    """Yield object, kind and place of what is on *page*, in the order in which it is drawn."""
    waiting: list[tuple[object, int, Matrix]] = [(None, 0, UNMOVED)]
    left = MOST
    while waiting and left:
        form, number, place = waiting.pop()
        if form is None:
            count, get = pdfium.FPDFPage_CountObjects(page.raw), pdfium.FPDFPage_GetObject
        else:
            count, get = pdfium.FPDFFormObj_CountObjects(form), pdfium.FPDFFormObj_GetObject
        while number < count and left:
            left -= 1
            thing = get(page.raw if form is None else form, number)
            kind = pdfium.FPDFPageObj_GetType(thing)
            number += 1
            yield thing, kind, place
            if kind == pdfium.FPDF_PAGEOBJ_FORM and len(waiting) < _DEEPEST:
                waiting.append((form, number, place))
                form, number, place = thing, 0, _times(_matrix_of(thing), place)
                count, get = pdfium.FPDFFormObj_CountObjects(form), pdfium.FPDFFormObj_GetObject


def place_of(view: View, thing: object, place: Matrix) -> Box | None:
    """Return where people see *thing* in their *view* of its page; None if nothing of it is seen."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return None
    sides = left.value, bottom.value, right.value, top.value
    if (clip := _clip(thing)) is not None:
        sides = max(sides[0], clip[0]), max(sides[1], clip[1]), min(sides[2], clip[2]), min(sides[3], clip[3])
        if sides[0] >= sides[2] or sides[1] >= sides[3]:
            return None
    box = view.box(sides, place)
    return box if box.area > 0 else None


def cut_off(page: pypdfium2.PdfPage) -> Iterator[tuple[Box, Box | None]]:
    """Yield where each path on *page* would stand of which a part is cut off, and where people see it, if at all."""
    view = View(page)
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for thing, kind, place in objects(page):
        if kind == pdfium.FPDF_PAGEOBJ_PATH and _clip(thing) is not None:
            pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top)
            yield view.box((left.value, bottom.value, right.value, top.value), place), place_of(view, thing, place)


def _clip(thing: object) -> Sides | None:
    """Return the left, bottom, right and top side of what *thing* is cut off at; None where it is not."""
    clip = pdfium.FPDFPageObj_GetClipPath(thing)
    out: Sides | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(max(0, pdfium.FPDFClipPath_CountPaths(clip)) if clip else 0):
        places: list[tuple[float, float]] = []
        for number in range(min(_CORNERS, pdfium.FPDFClipPath_CountPathSegments(clip, path))):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(clip, path, number), x, y)
            places.append((x.value, y.value))
        if places:
            across, up = zip(*places, strict=True)
            inner = min(across), min(up), max(across), max(up)
            out = inner if out is None else (
                max(out[0], inner[0]), max(out[1], inner[1]), min(out[2], inner[2]), min(out[3], inner[3])
            )  # fmt: skip
    return out


def bounds(thing: object, place: Matrix) -> Sides | None:
    """Return left, bottom, right and top of *thing* as its page has them."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return None
    if place == UNMOVED:
        return left.value, bottom.value, right.value, top.value
    a, b, c, d, e, f = place
    corners = [
        (a * x + c * y + e, b * x + d * y + f) for x in (left.value, right.value) for y in (bottom.value, top.value)
    ]
    across, up = zip(*corners, strict=True)
    return min(across), min(up), max(across), max(up)


def detail(page: pypdfium2.PdfPage, share: float) -> int:
    """Return the pixels on the longer side of the finest picture that covers *share* of *page*; 0 if there is none."""
    view = View(page)
    area = view.wide * view.high
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    most = 0
    for thing, kind, place in objects(page):
        if kind != pdfium.FPDF_PAGEOBJ_IMAGE or not (box := place_of(view, thing, place)) or box.area < share * area:
            continue
        if pdfium.FPDFImageObj_GetImagePixelSize(thing, wide, high):
            most = max(most, wide.value, high.value)
    return most


def letters(page: pypdfium2.PdfPage, most: int) -> Iterator[tuple[float, float]]:
    """
    Yield size in points and letters of the first *most* things on *page* that people can read.

    Text no larger than most of the page is not asked for, as that takes longer than the rest: a letter is taken to be
    half as wide as its size.
    """
    size, matrix, said = ctypes.c_float(), pdfium.FS_MATRIX(), (ctypes.c_ushort * _LONG)()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    found: list[tuple[float, float, object]] = []
    for thing, kind, place in itertools.islice(objects(page), most):
        if kind != pdfium.FPDF_PAGEOBJ_TEXT or pdfium.FPDFTextObj_GetTextRenderMode(thing) in UNSEEN:
            continue
        pdfium.FPDFTextObj_GetFontSize(thing, size)
        pdfium.FPDFPageObj_GetMatrix(thing, matrix)
        if pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            _, _, *upright, _, _ = _times((matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f), place)
            long = max(right.value - left.value, top.value - bottom.value) * math.hypot(*place[:2])
            found.append((round(size.value * math.hypot(*upright), 1), long, thing))
    usual = sorted(size for size, _, _ in found)[len(found) // 2] if found else 0.0
    text = page.get_textpage() if any(size > usual for size, _, _ in found) else None
    for points, long, thing in found:
        if text is not None and points > usual:
            count = pdfium.FPDFTextObj_GetText(thing, text.raw, said, _LONG)
            yield points, sum(map(str.isalpha, bytes(said)[: count - 2].decode("utf-16-le", "replace")))
        elif points > 0:
            yield points, 2 * long / points


def _matrix_of(thing: object) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(thing, matrix):
        return UNMOVED
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(one: Matrix, other: Matrix) -> Matrix:
    """Return the matrix that does *one*, then *other*."""
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u

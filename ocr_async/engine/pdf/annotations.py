"""What a PDF says beside the content of its pages, as pdfium tells it: fields of its form, and notes with text."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ..check_boxes import CheckBox
from ..page import Box, Line
from .objects import MOST, UNMOVED, seen


__all__ = ["bare_notes", "filled", "has_note", "ticks"]

_TICKED = frozenset({pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON})
_FILLED = frozenset({pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX})
_NOTES = frozenset({pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP})  # those of which people see the text
_NOTE_SIZE = 12.0  # points: of the letters of a note that does not say how it looks
_UNSEEN = 1 | 2 | 32  # invisible, hidden, not to be viewed (ISO 32000-1, table 165)


def has_note(page: pypdfium2.PdfPage) -> bool:
    """Whether an annotation puts text on *page* that is no part of its content."""
    return any(map(_is_note, _annotations(page)))


def ticks(form: Any, page: pypdfium2.PdfPage) -> Iterator[CheckBox]:
    """Yield the check boxes and radio buttons of *form* on *page*, ticked or empty, in points."""
    for field in _annotations(page):
        if pdfium.FPDFAnnot_GetFormFieldType(form, field) not in _TICKED or _is_unseen(field):
            continue
        place = pdfium.FS_RECTF()
        if pdfium.FPDFAnnot_GetRect(field, place):
            box = seen(page, UNMOVED, (place.left, place.bottom, place.right, place.top))
            yield CheckBox(box, bool(pdfium.FPDFAnnot_IsChecked(form, field)), sure=True)


def filled(form: Any, page: pypdfium2.PdfPage) -> Iterator[str]:
    """Yield what is filled into the fields of *form* on *page*."""
    for field in _annotations(page):
        if pdfium.FPDFAnnot_GetFormFieldType(form, field) in _FILLED and not _is_unseen(field):
            yield _value(form, field)


def bare_notes(page: pypdfium2.PdfPage) -> Iterator[Line]:
    """Yield what is typed on *page* as a note whose looks are left to the program that shows it, in points."""
    for note in _annotations(page):
        typed = pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_FREETEXT and not _is_unseen(note)
        if not typed or _has_looks(note):
            continue
        place, said = pdfium.FS_RECTF(), [" ".join(row.split()) for row in _string(note, b"Contents").splitlines()]
        if not any(said) or not pdfium.FPDFAnnot_GetRect(note, place):
            continue
        box = seen(page, UNMOVED, (place.left, place.bottom, place.right, place.top))
        high = min(box.height / len(said), _NOTE_SIZE)
        for number, row in enumerate(said):
            top = box.top + number * high
            if row:
                yield Line(row, Box(box.left, top, box.right, top + high), size=high)


def _annotations(page: pypdfium2.PdfPage) -> Iterator[Any]:
    """Yield each annotation of *page*; it is closed when the next one is asked for."""
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), MOST)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        try:
            yield annotation
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _is_unseen(annotation: Any) -> bool:
    return bool(pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN)


def _is_note(annotation: Any) -> bool:
    if pdfium.FPDFAnnot_GetSubtype(annotation) not in _NOTES or _is_unseen(annotation):
        return False
    return _has_looks(annotation)


def _has_looks(annotation: Any) -> bool:
    """Whether a PDF says how *annotation* looks."""
    empty = 2  # bytes of a string that ends at once
    return bool(pdfium.FPDFAnnot_GetAP(annotation, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > empty)


def _string(annotation: Any, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _value(form: Any, field: Any) -> str:
    size = pdfium.FPDFAnnot_GetFormFieldValue(form, field, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetFormFieldValue(form, field, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")

"""What a PDF says beside the content of its pages, as pdfium tells it: fields of its form, and notes with text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from attrs import evolve, frozen

from ..check_boxes import CheckBox
from ..page import Box, Line, Ruling, Sheet, Word, narrowed
from .objects import MOST
from .view import View


__all__ = ["Filled", "bare_notes", "filled", "has_note", "ticks", "with_values"]

_TICKED = frozenset({pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON})
_FILLED = frozenset({pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX})
_NOTES = frozenset({pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP})  # those of which people see the text
_NOTE_SIZE = 12.0  # points: of the letters of a note that does not say how it looks
_COMB = 1 << 24  # letters in boxes of their own (ISO 32000-1, table 228)
_UNSEEN = 1 | 2 | 32  # invisible, hidden, not to be viewed (ISO 32000-1, table 165)


@frozen
class Filled:
    """
    A field of a form that is filled in.

    Attributes:
        apart: Whether the page shows other text in its place: letters in boxes of their own, or all that may be chosen.
    """

    box: Box
    value: str
    apart: bool = False


def has_note(page: pypdfium2.PdfPage) -> bool:
    """Whether an annotation puts text on *page* that is no part of its content."""
    return any(map(_is_note, _annotations(page)))


def ticks(form: Any, page: pypdfium2.PdfPage, view: View) -> Iterator[CheckBox]:
    """Yield the check boxes and radio buttons of *form* on *page*, ticked or empty, in its *view*."""
    for field in _annotations(page):
        if pdfium.FPDFAnnot_GetFormFieldType(form, field) not in _TICKED or _is_unseen(field):
            continue
        if (box := _box_of(field, view)) is not None:
            yield CheckBox(box, bool(pdfium.FPDFAnnot_IsChecked(form, field)), sure=True)


def filled(form: Any, page: pypdfium2.PdfPage, view: View) -> Iterator[Filled]:
    """Yield what is filled into the fields of *form* on *page*, in its *view*."""
    for field in _annotations(page):
        kind = pdfium.FPDFAnnot_GetFormFieldType(form, field)
        if kind not in _FILLED or _is_unseen(field) or (box := _box_of(field, view)) is None:
            continue
        listed = kind == pdfium.FPDF_FORMFIELD_LISTBOX
        comb = bool(pdfium.FPDFAnnot_GetFormFieldFlags(form, field) & _COMB)
        told = _chosen(form, field) if listed else [_string(pdfium.FPDFAnnot_GetFormFieldValue, form, field)]
        value = ", ".join(told)
        if value.strip():
            yield Filled(box, value, listed or (comb and kind == pdfium.FPDF_FORMFIELD_TEXTFIELD))


def with_values(sheet: Sheet, fields: Sequence[Filled]) -> Sheet:
    """Return *sheet* with the values of *fields* where it shows their letters apart, or all that may be chosen."""
    fields = [field for field in fields if field.apart]
    if not fields or not sheet.lines:  # of a scan nothing is known yet
        return sheet
    lines: list[Line] = []
    for line in sheet.lines:
        words = tuple(word for word in line.words if not any(_stands_in(word.box, field.box) for field in fields))
        if words and len(words) < len(line.words):
            lines.append(narrowed(line, words))
        elif words or not line.words:
            lines.append(line)
    for field in fields:
        value = " ".join(field.value.split())
        inside = [line for line in sheet.lines if _stands_in(line.box, field.box)]
        first = min(inside, key=lambda line: line.box.top, default=Line(value, field.box, size=_NOTE_SIZE))
        box = evolve(first.box, left=min((line.box.left for line in inside), default=field.box.left))
        lines.append(Line(value, box, words=(Word(value, box),), size=first.size, font=first.font))
    rulings = tuple(each for each in sheet.rulings if not any(_parts(each, field.box) for field in fields))
    return evolve(sheet, lines=tuple(lines), rulings=rulings)


def _stands_in(box: Box, field: Box) -> bool:
    return field.left < box.middle < field.right and field.top < box.centre < field.bottom


def _parts(ruling: Ruling, field: Box) -> bool:
    """Whether *ruling* stands between the letters in *field*."""
    inside = field.left + 1 < ruling.box.middle < field.right - 1
    return not ruling.horizontal and inside and ruling.box.down(field) > 0.5 * ruling.box.height


def bare_notes(page: pypdfium2.PdfPage, view: View) -> Iterator[Line]:
    """Yield what is typed on *page*, in its *view*, as notes whose looks are left to the program that shows them."""
    for note in _annotations(page):
        typed = pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_FREETEXT and not _is_unseen(note)
        if not typed or _has_looks(note):
            continue
        text = _string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")
        said = [" ".join(row.split()) for row in text.splitlines()]
        if not any(said) or (box := _box_of(note, view)) is None:
            continue
        high = min(box.height / len(said), _NOTE_SIZE)
        for number, row in enumerate(said):
            top = box.top + number * high
            if row:
                yield Line(row, Box(box.left, top, box.right, top + high), size=high)


def _box_of(annotation: Any, view: View) -> Box | None:
    place = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, place):
        return None
    return view.box((place.left, place.bottom, place.right, place.top))


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


def _chosen(form: Any, field: Any) -> Iterator[str]:
    """Yield the entries of a list box that are chosen."""
    for number in range(min(pdfium.FPDFAnnot_GetOptionCount(form, field), MOST)):
        if pdfium.FPDFAnnot_IsOptionSelected(form, field, number):
            yield _string(pdfium.FPDFAnnot_GetOptionLabel, form, field, number)


def _string(ask: Callable[..., int], *of: Any) -> str:
    """Return what *ask* writes into a buffer when it is asked for a fact *of* something."""
    size = ask(*of, None, 0)
    buffer = ctypes.create_string_buffer(size)
    ask(*of, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")

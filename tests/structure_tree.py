"""The structure tree of a page, as pdfium reads it: roles with what they say."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2
from pypdfium2 import raw


__all__ = ["tree"]

_HYPHEN = "\x02"  # at the end of a line


def tree(data: bytes, index: int = 0) -> list[Any]:
    """
    Return ``[role, part, ...]`` for each tag at the top of page *index*: a part is text, or another tag; what stands in
    place of a tag's text comes before both.
    """
    with pypdfium2.PdfDocument(data) as opened:
        page = opened[index]
        said = _said(page)
        root = raw.FPDF_StructTree_GetForPage(page.raw)
        count = raw.FPDF_StructTree_CountChildren(root)
        tags = [_tag(raw.FPDF_StructTree_GetChildAtIndex(root, number), said) for number in range(count)]
        raw.FPDF_StructTree_Close(root)
        page.close()
    return tags


def _said(page: Any) -> dict[int, str]:
    """Return the text of each marked content."""
    text = page.get_textpage()
    said: dict[int, str] = {}
    for each in page.get_objects():
        mark = raw.FPDFPageObj_GetMarkedContentID(each.raw)
        if mark >= 0 and each.type == raw.FPDF_PAGEOBJ_TEXT:
            size = raw.FPDFTextObj_GetText(each.raw, text.raw, None, 0)
            buffer = (ctypes.c_ushort * (size // 2))()
            raw.FPDFTextObj_GetText(each.raw, text.raw, buffer, size)
            said[mark] = said.get(mark, "") + bytes(buffer).decode("utf-16-le").rstrip("\0")
    text.close()
    return said


def _tag(element: Any, said: dict[int, str]) -> list[Any]:
    tag: list[Any] = [_text(raw.FPDF_StructElement_GetType, element)]
    facts = {
        "Alt": _text(raw.FPDF_StructElement_GetAltText, element),
        "ActualText": _text(raw.FPDF_StructElement_GetActualText, element),
    }
    if any(facts.values()):
        tag.append({name: text for name, text in facts.items() if text})
    for number in range(raw.FPDF_StructElement_CountChildren(element)):
        mark = raw.FPDF_StructElement_GetChildMarkedContentID(element, number)
        if mark >= 0:
            tag.append(" ".join(said.get(mark, "").replace(_HYPHEN, "-").split()))
        elif (inner := _tag(raw.FPDF_StructElement_GetChildAtIndex(element, number), said))[0]:
            tag.append(inner)  # those of other pages come without a role
    return tag


def _text(get: Callable[..., int], element: Any) -> str:
    size = get(element, None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(element, buffer, size)
    return buffer.raw.decode("utf-16-le").rstrip("\0")

"""
Text of documents without what is no text: control characters, and halves of surrogate pairs.

A document's escape sequences would move the cursor of the terminal that shows it, and half a pair ends whoever encodes
it. A line feed and a tab stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from ..models import OCRPage


__all__ = ["legible", "legible_text"]

T = TypeVar("T")

_OTHERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS = bytes(code for code in range(128) if _OTHERS.match(chr(code)))
_SPACES = re.compile("[\x0b\x0c\x1c-\x1f\x85]")  # what parts words, to Python and to those who wrote it
_BREAKS = re.compile("\r\n?")


def legible(page: OCRPage) -> OCRPage:
    """Return *page* with all its texts cleaned; nothing is made anew where there is nothing to clean."""
    texts = (page.markdown, page.header, page.footer, *page.hyperlinks, *(table.content for table in page.tables))
    others = (*(element.text for element in page.elements or ()), *(block.content for block in page.blocks or ()))
    return page if all(map(_is_legible, filter(None, (*texts, *others)))) else _cleaned(page)


def legible_text(text: str) -> str:
    """Return *text* cleaned."""
    if _is_legible(text):
        return text
    return _OTHERS.sub("", _SPACES.sub(" ", _BREAKS.sub("\n", text)))


def _is_legible(text: str) -> bool:
    """Whether nothing is to be cleaned, which of a text in ASCII is told without a look at each character."""
    return len(text.encode().translate(None, _CONTROLS)) == len(text) if text.isascii() else not _OTHERS.search(text)


def _cleaned(value: T) -> T:
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = legible_text(value)
    elif isinstance(value, Mapping):
        cleaned = {key: _cleaned(one) for key, one in value.items()}
    elif isinstance(value, tuple | list):
        cleaned = type(value)(map(_cleaned, value))
    elif attrs.has(type(value)):
        cleaned = type(value)(**{name: _cleaned(one) for name, one in attrs.asdict(cleaned, recurse=False).items()})
    result: T = cleaned
    return result

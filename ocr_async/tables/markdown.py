"""Tables in Markdown, by markdown-it; those in HTML among them by `html`, as hosted models mix both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from ..errors import missing_extra
from ..models import OCRCell
from .html import first_table


__all__ = ["tables_in"]

_HTML = re.compile(r"<table(?=[\s>])", re.IGNORECASE)
_PLAIN = re.compile(r"[^\\`*_<&\[\]!~$]*")  # nothing in it means anything to Markdown
_BREAK = re.compile(r"<br\s{0,8}/?>", re.IGNORECASE)


def tables_in(markdown: str) -> Iterator[tuple[tuple[OCRCell, ...], int, int]]:
    """
    Yield the cells of each table in *markdown*, and where the table begins and ends, in characters.

    Raises:
        ConfigurationError: markdown-it-py is not installed.
    """
    start = 0
    while (found := _HTML.search(markdown, start)) is not None:
        yield from _piped(markdown, start, found.start())
        cells, end = first_table(markdown, found.start())
        if cells:
            yield cells, found.start(), end
        start = end
    yield from _piped(markdown, start, len(markdown))


def _piped(markdown: str, start: int, end: int) -> Iterator[tuple[tuple[OCRCell, ...], int, int]]:
    text = markdown[start:end]
    if "|" not in text or "-" not in text:
        return
    tokens = _blocks().parse(text)
    begins = [0]  # of each line
    for line in text.split("\n"):
        begins.append(begins[-1] + len(line) + 1)
    opened = 0
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            opened = index
        elif token.type == "table_close":
            first, last = tokens[opened].map
            yield _cells(tokens[opened:index]), start + begins[first], min(end, start + begins[last])


def _cells(tokens: Sequence[Any]) -> tuple[OCRCell, ...]:
    cells: list[OCRCell] = []
    row, column = -1, 0
    for token in tokens:
        if token.type == "tr_open":
            row, column = row + 1, 0
        elif token.type == "inline":
            cells.append(OCRCell(text=_said(token.content), row=row, column=column, header=row == 0))
            column += 1
    if cells and not any(cell.text for cell in cells if cell.row == 0):  # Markdown has no table without a head
        return tuple(OCRCell(text=cell.text, row=cell.row - 1, column=cell.column) for cell in cells if cell.row > 0)
    return tuple(cells)


def _said(markdown: str) -> str:
    """Return what the inline *markdown* says, on one line."""
    if _PLAIN.fullmatch(markdown):
        return " ".join(markdown.split())
    tokens = _whole().parseInline(_BREAK.sub(" ", markdown))[0].children
    said = (" " if token.type in {"softbreak", "hardbreak"} else token.content for token in _inline(tokens))
    return " ".join("".join(said).split())


def _inline(tokens: Sequence[Any] | None) -> Iterator[Any]:
    for token in tokens or ():
        if token.type not in {"html_inline", "image"}:
            yield token


@cache
def _blocks() -> Any:
    return _whole.__wrapped__().disable("inline")  # cells are mostly plain, and there may be many


@cache
def _whole() -> Any:
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise missing_extra("reading tables in Markdown", "tables") from error
    return MarkdownIt("commonmark").enable("table")

"""Sheets of workbooks as pages: their cells as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from .content import Block, Heading, Leaf, Paragraph, Run, Table, plain, seen
from .grid import Named, placed, trimmed
from .number_formats import shown
from .xml.charts import chart_blocks
from .xml.workbooks import Workbook


__all__ = ["sheet_leaf"]

_Found = Mapping[str, Any]
_Read = Callable[[Iterable[_Found]], Iterator[Block]]
_CUT = re.compile(r"\[(\d+) of (\d+) rows not shown\b.*\]")
_AS_FOUND = re.compile(r"(?:#,##)?0(?:\.0{1,9})?%?")  # what office-oxide shows so too, and sooner
_STYLES = ("bold", "italic", "strikethrough", "vertical_align", "hyperlink", "all_caps")
_AS_THE_READER_SETS = frozenset({14, 22})  # short dates: in each country another, so they stay as ISO 8601 has them


def sheet_leaf(section: _Found, read: _Read, book: Workbook) -> Leaf:
    """
    Return a sheet as a page.

    Args:
        read: Gives the blocks of what office-oxide has found.

        book: The workbook that has it.
    """
    blocks: list[Block] = []
    warnings: list[str] = []
    rows_hidden, columns_hidden = book.hidden.get(section.get("title") or "", (0, 0))
    if rows_hidden or columns_hidden:
        warnings.append(f"{rows_hidden} hidden rows and {columns_hidden} hidden columns of the sheet are left out")
    missing = _without_results(section)
    if missing:
        warnings.append(
            f"{missing} formulas of the sheet have no results in the file, and stand there themselves: "
            "open it in a spreadsheet program and save it"
        )
    for element in section["elements"]:
        if element["type"] == "table":
            rows = [
                [_named(cell, bool(row.get("is_header")), read, book, formulas=missing > 0) for cell in row["cells"]]
                for row in element["rows"]
            ]
            if fields := trimmed(placed(rows)):
                blocks.append(Table(fields))
            continue
        for block in read((element,)):
            if cut := _CUT.fullmatch(plain((block,))):
                warnings.append(f"{cut[1]} of the sheet's {cut[2]} rows are left out: it has more than are read")
            else:
                blocks.append(block)
    title = section.get("title")
    for chart in book.charts.get(title or "", ()):
        blocks.extend(chart_blocks(chart))
    if title:
        blocks.insert(0, Heading(1, (Run(title),)))
    return Leaf(tuple(blocks), warnings=tuple(warnings))


def _named(cell: _Found, header: bool, read: _Read, book: Workbook, *, formulas: bool) -> Named:
    text = _number(cell, since_1904=book.since_1904)
    if text is None and formulas and (formula := cell.get("formula")):
        text = f"={formula}"
    own = _plain(cell["content"])
    if own is not None:
        said = own if text is None else text
        blocks: tuple[Block, ...] = (Paragraph((Run(said),)),) if said.strip() else ()
    else:
        blocks = tuple(read(map(_with_breaks, cell["content"])))
        if text is not None:
            blocks = (Paragraph((evolve(_first(blocks), text=text),)),) if text else ()
    return Named(blocks, cell["row_span"], cell["col_span"], header)


def _plain(content: Sequence[_Found]) -> str | None:
    """Return the text of a cell that is one line without a style, as most of a large sheet are; None of another."""
    if len(content) != 1 or content[0]["type"] != "paragraph" or len(content[0]["content"]) > 1:
        return None
    for run in content[0]["content"]:
        if run["type"] != "text" or "\n" in run["text"] or any(map(run.get, _STYLES)):
            return None
        return seen(run["text"].replace("\t", " "))
    return ""


def _with_breaks(paragraph: _Found) -> _Found:
    """Return *paragraph* with its lines apart, which in a cell are those of its text."""
    if not any("\n" in run.get("text", "") for run in paragraph.get("content", ())):
        return paragraph
    pieces: list[_Found] = []
    for run in paragraph["content"]:
        for number, line in enumerate(run.get("text", "").split("\n")):
            pieces += ([{"type": "line_break"}] if number else []) + [{**run, "text": line}]
    return {**paragraph, "content": pieces}


def _number(cell: _Found, *, since_1904: bool) -> str | None:
    """Return the number or date of *cell* as its format shows it; None where it stays as office-oxide has it."""
    value, code = cell.get("raw_number"), cell.get("number_format")
    if value is None or not code or code.lower() == "general" or cell.get("data_type") not in ("number", "date"):
        return None
    if cell.get("number_format_id") in _AS_THE_READER_SETS or _AS_FOUND.fullmatch(code):
        return None
    return shown(value, code, since_1904=since_1904)


def _first(blocks: Sequence[Block]) -> Run:
    return next((run for block in blocks if isinstance(block, Paragraph) for run in block.runs), Run())


def _without_results(section: _Found) -> int:
    """Return how many formulas have no result, where none has: so programs write that do not calculate."""
    formulas = [
        cell
        for element in section["elements"]
        if element["type"] == "table"
        for row in element["rows"]
        for cell in row["cells"]
        if cell.get("formula")
    ]
    # office-oxide says a formula itself where there is not even a place for its result
    none = not any(cell.get("data_type") and any(map(_content, cell["content"])) for cell in formulas)
    return len(formulas) if none else 0


def _content(paragraph: _Found) -> Any:
    return paragraph.get("content")

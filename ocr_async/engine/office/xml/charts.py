"""
Charts as their titles and a table of their numbers, which office-oxide gives as lists of each series by itself.

In Word files and presentations a mark of them stands for their text; in workbooks they belong to the sheet that they
lie over, and office-oxide gets none of them.

Source: ECMA-376 part 1, 21.2 (read 2026-12).
"""

from __future__ import annotations

import math
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.sax.saxutils import escape

from attrs import frozen

from ..content import BREAK, Block, Field, Paragraph, Run, Table, seen
from ..grid import trimmed
from ..number_formats import shown
from ..numerals import whole
from .parts import LARGEST, part, related


__all__ = ["Rows", "SheetCharts", "blocks_of_mark", "chart_blocks", "chart_rows", "marked_charts"]

Rows = Sequence[Sequence[str]]

_CHART = re.compile(r"(?:ppt|word)/charts/[^/]+\.xml")
# of the plane for private use that `marks` takes its own from
_TABLE, _ROW, _CELL = "\U0010f8f6", "\U0010f8f7", "\U0010f8f8"
_MARK = re.compile("Title: \U0010f8f4(.*)\U0010f8f5")
_STUB = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:p><a:r>'
    "<a:t>\U0010f8f4{}\U0010f8f5</a:t></a:r></a:p></c:rich></c:tx></c:title></c:chart></c:chartSpace>"
)
_NO_CHART = b"<chartSpace/>"
_CACHES = frozenset({"strCache", "strLit", "numCache", "numLit", "multiLvlStrCache"})
_TITLE = frozenset({"t", "v", "p", "br"})
_SHORT_DATES = frozenset({"m/d/yyyy", "m/d/yy", "mm-dd-yy"})  # what Excel writes for those of the reader's country
_MISSING = frozenset({"#N/A", "NaN", "nan"})
_VALUES = ("val", "yVal", "bubbleSize")
_MOST_CELLS = 1_000_000  # of a table; a chart of Excel has 255 series at most


class SheetCharts:
    """
    The charts of a workbook.

    Attributes:
        parts: What is to be written in the place of those that were found.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.parts: dict[str, bytes] = {}
        self._archive = archive
        self._met: set[str] = set()
        self._left = LARGEST

    def over(self, sheet: str) -> list[Sequence[Rows]]:
        """Return the charts that lie over the file *sheet*; see `chart_rows`."""
        charts = (chart for drawing in self._related(sheet, "drawing") for chart in self._related(drawing, "chart"))
        found: list[Sequence[Rows]] = []
        for name in charts:
            content = part(self._archive, name) or b""
            self._left -= len(content)
            if self._left >= 0 and (rows := chart_rows(content)):
                found.append(rows)
                self.parts[name] = _NO_CHART
        return found

    def _related(self, name: str, kind: str) -> list[str]:
        names = [each for each in dict.fromkeys(related(self._archive, name, kind).values()) if each not in self._met]
        self._met.update(names)
        return names


def marked_charts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the charts of a Word file or a presentation, by their names in it, with marks for what they say."""
    parts: dict[str, bytes] = {}
    left = LARGEST
    for name in filter(_CHART.fullmatch, archive.namelist()):
        content = part(archive, name) or b""
        left -= len(content)
        if left >= 0 and (found := chart_rows(content)):
            said = _TABLE.join(_ROW.join(map(_CELL.join, rows)) for rows in found)
            parts[name] = _STUB.format(escape(said)).encode()
    return parts


def blocks_of_mark(text: str) -> list[Block] | None:
    """Return the blocks of the chart that *text* is the mark of; None if it is no such mark."""
    found = _MARK.fullmatch(text)
    if found is None:
        return None
    return chart_blocks([[row.split(_CELL) for row in rows.split(_ROW)] for rows in found[1].split(_TABLE)])


def chart_blocks(tables: Sequence[Rows]) -> list[Block]:
    """Return the blocks of a chart; see `chart_rows`."""
    titles = [run for rows in tables[:1] for title in rows[0] if title for run in (BREAK, Run(title))]
    blocks: list[Block] = [Paragraph(tuple(titles[1:]), "caption")] if titles else []
    for rows in tables[1:]:
        fields = [
            Field(at, column, (Paragraph((Run(text),)),) if text else (), header=at == 0)
            for at, row in enumerate(rows)
            for column, text in enumerate(row)
        ]
        if shown_fields := trimmed(fields):
            blocks.append(Table(shown_fields))
    return blocks


def chart_rows(data: bytes) -> list[Rows]:
    """Return the titles of a chart, as a row, and a table for series of the same categories each; none of no chart."""
    try:
        root = fromstring(data)  # noqa: S314 - `part` gives none with a document type
    except (ParseError, ValueError):
        return []
    if _name(root) != "chartSpace":
        return []
    for each in [*root.iter()]:
        each.tag = _name(each)
        each[:] = [child for child in each if _name(child) != "extLst"]  # there are series that are filtered out
    since_1904 = next((each.get("val") in ("1", "true") for each in root.iter("date1904")), False)
    columns = [column for series in root.iter("ser") for column in _columns(series, since_1904=since_1904)]
    tables = [_table(categories, [*some]) for categories, some in groupby(columns, lambda column: column.categories)]
    return [[[_title(title) for title in root.iter("title")]], *tables]


@frozen(slots=True)
class _Column:
    """The values of a series by the places of their categories."""

    categories: Mapping[int, str]
    name: str
    values: Mapping[int, str]


def _columns(series: Element, *, since_1904: bool) -> Iterator[_Column]:
    said = {each.tag: _points(each, since_1904=since_1904) for each in series}
    name = " ".join(said.get("tx", {}).values())
    for tag in _VALUES:
        if tag in said:
            yield _Column(said.get("cat") or said.get("xVal", {}), name, said[tag])


def _table(categories: Mapping[int, str], columns: Sequence[_Column]) -> Rows:
    places = sorted(categories.keys() | {place for column in columns for place in column.values})
    head = ["", *(column.name for column in columns)]
    rows = [
        [categories.get(at, ""), *(column.values.get(at, "") for column in columns)]
        for at in places[: _MOST_CELLS // len(head)]
    ]
    return [head, *rows] if any(head) else rows


def _title(title: Element) -> str:
    pieces = (" " if each.tag in ("p", "br") else each.text or "" for each in title.iter() if each.tag in _TITLE)
    return _clean("".join(pieces))


def _points(element: Element, *, since_1904: bool) -> dict[int, str]:
    """Return what *element* keeps of the cells that it names, by their places."""
    cache = next((each for each in element.iter() if each.tag in _CACHES), None)
    if cache is None:
        return dict(enumerate(filter(None, (_clean(element.findtext("v") or ""),))))
    said: dict[int, str] = {}
    for level in reversed(cache.findall("lvl") or [cache]):  # the outermost is the last, and says a name once for many
        own = {}
        for point in level.iter("pt"):
            code = point.get("formatCode") or cache.findtext("formatCode")
            own[whole(point.get("idx"))] = _shown(point.findtext("v") or "", code, since_1904=since_1904)
        outer = sorted(said)
        said = {
            at: f"{said[outer[place - 1]]} {text}" if (place := bisect_right(outer, at)) else text
            for at, text in own.items()
        }
    return said


def _shown(text: str, code: str | None, *, since_1904: bool) -> str:
    try:
        value = float(text) if code else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return "" if text in _MISSING else _clean(text)
    if code in _SHORT_DATES:
        code = "yyyy-mm-dd"
    return shown(value, code or "General", since_1904=since_1904) or f"{value:.15g}"


def _clean(text: str) -> str:
    return seen(" ".join(text.split()))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]

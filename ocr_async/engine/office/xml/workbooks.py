"""
What office-oxide does not know of a workbook: which rows and columns are hidden, from when its days count, and which
sheet a chart lies over.

Hidden cells are taken out of its sheets before these are read. So are the empty columns before a cell that stands far
to the right: office-oxide fills each row up to there, which a few hundred rows turn into gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from .charts import Rows, SheetCharts
from .parts import LARGEST, opened, part, related, scan, with_parts
from .sheet import SheetXML


__all__ = ["Workbook", "workbook"]

_BOOK = "xl/workbook.xml"
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_FAR = re.compile(rb"""\br\s*=\s*["'][A-Z]{3}\d""")
_TRUE = frozenset({"1", "true"})


@frozen(slots=True)
class Workbook:
    """
    One workbook.

    Attributes:
        data: The file, without what is hidden.

        hidden: The numbers of rows and columns that are left out, by the title of their sheet.

        charts: What lies over its sheets, likewise; see `chart_rows`.
    """

    data: bytes
    since_1904: bool = False
    hidden: Mapping[str, tuple[int, int]] = field(factory=dict)
    charts: Mapping[str, Sequence[Sequence[Rows]]] = field(factory=dict)


def workbook(data: bytes) -> Workbook:
    """Return what a workbook's own parts say of it."""
    archive = opened(data)
    if archive is None:
        return Workbook(data)
    since_1904 = False
    sheets: dict[str, str] = {}

    def said(name: str, attributes: Mapping[str, str], _: int) -> None:
        nonlocal since_1904
        if name == "workbookPr":
            since_1904 = attributes.get("date1904") in _TRUE
        elif name == "sheet":
            sheets[attributes.get("name", "")] = attributes.get("id", "")

    scan(part(archive, _BOOK) or b"", said, lambda *_: None)
    relations = related(archive, _BOOK, "sheet")
    charts = SheetCharts(archive)
    over = {title: charts.over(relations.get(relation, "")) for title, relation in sheets.items()}
    parts = charts.parts
    hidden: dict[str, tuple[int, int]] = {}
    left = LARGEST
    for title, relation in sheets.items():
        path = relations.get(relation, "")
        content = part(archive, path) if path not in parts else None
        if content is None or not (_HIDDEN.search(content) or _FAR.search(content)):
            continue
        left -= len(content)
        if left < 0:
            continue
        sheet = SheetXML(content)
        if sheet.is_known:
            parts[path] = sheet.without_hidden()
            hidden[title] = sheet.hidden
    return Workbook(with_parts(data, parts), since_1904, hidden, over)

"""
Tables as cells, whoever wrote them: parsed from HTML and Markdown, joined over pages, written as CSV and DataFrames.

May import models; nothing of a table's text is trusted.
"""

from __future__ import annotations

from functools import lru_cache

from ..models import OCRCell


__all__ = ["cells_of"]


@lru_cache(maxsize=32)  # rows, CSV and DataFrame of one table are asked for one after another
def cells_of(content: str, form: str) -> tuple[OCRCell, ...]:
    """
    Return the cells of a table's *content*, by row and column; none where it is no table.

    Args:
        form: ``html`` or ``markdown``; a server that says one and writes the other is understood.

    Raises:
        ConfigurationError: Markdown needs the extra ``tables``.
    """
    from . import html

    if form == "html" or content.lstrip()[:6].lower() == "<table":
        return html.cells_of(content)
    from .markdown import tables_in

    return next(iter(tables_in(content)), ((), 0, 0))[0]

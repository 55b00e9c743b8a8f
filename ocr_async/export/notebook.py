"""Answers as notebooks show them: HTML without styles or scripts, which Jupyter dresses as it does its own."""

from __future__ import annotations

import html
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..engine.legible import legible_text
from ..models import OCRImage, OCRPage, OCRResponse, OCRTable
from ..tables.html import table_html


__all__ = ["of_image", "of_pages", "of_response", "of_table", "show"]

_MOST_PAGES = 20  # shown of a document; a notebook is saved with what it shows
_MOST_ROWS = 500
_HEIGHT = 700  # pixels of the frame in which a document is shown with its boxes


def of_response(response: OCRResponse) -> str | None:
    """Return the pages of *response*, and a line about them all; None where Markdown cannot be parsed here."""
    pages = of_pages(response.pages[:_MOST_PAGES])
    if pages is None:
        return None
    facts = [f"{len(response.pages)} page{'' if len(response.pages) == 1 else 's'}"]
    facts += [each for each in (response.provider, response.model) if each]
    facts += [f"{response.cost.total:.4f} USD"] if response.cost is not None else []
    facts += [f"{len(response.missing_pages)} missing"] if response.missing_pages else []
    more = len(response.pages) - _MOST_PAGES
    rest = f"<p><em>and {more} more: response.pages[{_MOST_PAGES}:]</em></p>" if more > 0 else ""
    return f"<p><small>{html.escape(' · '.join(facts))}</small></p>{pages}{rest}"


def of_pages(pages: Sequence[OCRPage]) -> str | None:
    """Return *pages*, their pictures inline; None where Markdown cannot be parsed here."""
    try:
        from .view import section
    except ImportError:  # there is `_repr_markdown_` then
        return None
    return legible_text("".join(section(page) for page in pages))


def of_table(table: OCRTable) -> str:
    """Return *table* with its spans; beyond many rows it is cut."""
    rows = table.rows
    shown = table_html([cell for row in rows[:_MOST_ROWS] for cell in row])
    rest = f"<p><em>and {len(rows) - _MOST_ROWS} more rows</em></p>" if len(rows) > _MOST_ROWS else ""
    return legible_text(f"{shown}{rest}")


def of_image(image: OCRImage) -> str | None:
    """Return *image*; None where its picture was not asked for."""
    source = image.image_base64
    if not source:
        return None
    if not source.startswith("data:"):
        source = f"data:image/jpeg;base64,{source}"
    return f'<img src="{html.escape(source)}" alt="{html.escape(image.id or "")}">'


def show(written: str) -> None:
    """Show an HTML document: in the notebook where this is one, else in the browser."""
    display = _display()
    if display is not None:
        source = html.escape(written)
        # a frame, so that the document's styles and scripts are its own
        style = f"width: 100%; height: {_HEIGHT}px; border: 0"
        display({"text/html": f'<iframe srcdoc="{source}" style="{style}" sandbox="allow-scripts"></iframe>'}, raw=True)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".html", prefix="ocr-", encoding="utf-8", delete=False) as file:
        file.write(written)
    webbrowser.open(Path(file.name).as_uri())


def _display() -> Any:
    """Return IPython's `display`; None outside of a notebook."""
    import sys

    if (ipython := sys.modules.get("IPython")) is None:
        return None
    shell = ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    return ipython.display.display

"""A response as plain text: what the Markdown says, without its marks."""

from __future__ import annotations

from ..engine.legible import legible_text
from ..engine.output_format import plain as plain_page
from ..models import OCRResponse


__all__ = ["plain"]


def plain(response: OCRResponse) -> str:
    """Return the text of all pages: blocks apart by a blank line, cells by tabs, pages by a form feed."""
    return "\f".join(legible_text(plain_page(page.markdown)) + "\n" for page in response.pages)

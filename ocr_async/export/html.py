"""A response as one HTML file that needs nothing else: the text of each page, its pictures inside."""

from __future__ import annotations

from html import escape

from attrs import evolve
from markdown_it import MarkdownIt

from ..models import OCRPage, OCRResponse


__all__ = ["page"]

_FRAME = """<!doctype html>
<html lang="und">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
  section + section {{ border-top: 1px solid; margin-top: 3rem; padding-top: 1rem }}
  table {{ border-collapse: collapse }} td, th {{ border: 1px solid; padding: .2rem .5rem; vertical-align: top }}
  img {{ max-width: 100% }} pre {{ overflow-x: auto }}
</style>
{sections}
</html>
"""


def page(response: OCRResponse, *, title: str) -> str:
    """Return *response* as an HTML document. What a document says is never run: its HTML is shown as text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # data: URIs of our own cut-outs are the only links that a document cannot have brought
    parser.validateLink = lambda url: url.startswith(("http:", "https:", "mailto:", "data:image/"))  # type: ignore[method-assign]
    sections = "\n".join(
        f'<section id="page-{each.index + 1}">\n{parser.render(_with_pictures(each).markdown)}</section>'
        for each in response.pages
    )
    return _FRAME.format(title=escape(title), sections=sections)


def _with_pictures(page: OCRPage) -> OCRPage:
    markdown = page.markdown
    for image in page.images:
        if image.id is not None and image.image_base64 is not None:
            source = image.image_base64
            source = source if source.startswith("data:") else f"data:image/jpeg;base64,{source}"
            markdown = markdown.replace(f"]({image.id})", f"]({source})")
    return evolve(page, markdown=markdown)

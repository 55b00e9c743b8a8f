"""The other forms of a page's text, made from its Markdown: HTML, plain text, and JSON of its elements."""

from __future__ import annotations

import json
from functools import cache

from attrs import asdict, evolve
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..models import OCRPage
from .values import Form


__all__ = ["formed", "plain"]


def formed(page: OCRPage, form: Form) -> OCRPage:
    """Return *page* with its text in another *form*, still in `OCRPage.markdown`, where docling's servers put it."""
    match form:
        case "markdown":
            return page
        case "html":
            # Our Markdown escapes whatever could be a tag; the tags in it are those of our tables.
            text = _parser(html=True).render(page.markdown)
        case "text":
            text = plain(page.markdown)
        case "json":
            told = [asdict(element, filter=lambda _, value: value not in (None, {})) for element in page.elements or ()]
            text = json.dumps(told, ensure_ascii=False)
    return evolve(page, markdown=text)


def plain(markdown: str) -> str:
    """Return what *markdown* says without its marks: blocks apart by a blank line, cells by tabs."""
    return _text(_parser(html=False).parse(markdown))


@cache
def _parser(*, html: bool) -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": html}).enable("table")


def _text(tokens: list[Token]) -> str:
    pieces: list[str] = []
    for token in tokens:
        match token.type:
            case "inline":
                pieces.append(_inline(token.children or []))
            case "fence" | "code_block":
                pieces.append(token.content + "\n")
            case "th_close" | "td_close":
                pieces.append("\t")
            case "tr_close":
                pieces[-1:] = ["\n"]
            case "heading_close" | "paragraph_close" | "table_close":
                pieces.append("\n" if token.hidden else "\n\n")
            case "bullet_list_close" | "ordered_list_close":
                pieces.append("\n")
            case _:
                pass
    return "".join(pieces).strip()


def _inline(tokens: list[Token]) -> str:
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    # a picture's name is no text of the page
    return "".join(breaks.get(token.type, "" if token.type == "image" else token.content) for token in tokens)

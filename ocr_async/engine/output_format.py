"""The other forms of a page's text, made from its Markdown: HTML, plain text, and JSON of its elements."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from attrs import asdict, evolve
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..models import OCRPage
from .values import OutputFormat


__all__ = ["formed", "plain"]


def formed(page: OCRPage, form: OutputFormat) -> OCRPage:
    """Return *page* with its text in another *form*, still in `OCRPage.markdown`, where docling's servers put it."""
    match form:
        case "markdown":
            return page
        case "html":
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
    parser = MarkdownIt("commonmark", {"html": html}).enable("table")
    for kind in ("html_inline", "html_block"):
        parser.add_render_rule(kind, _harmless)
    return parser


_OURS = re.compile(
    r"<(?!/?(?:table|tr|th|td|br|ul|ol|li|sub|sup|code|del|em|strong|blockquote|pre)"
    r'(?: (?:rowspan|colspan|start)="-?\d+")*>'
    r'|/a>|a href="(?:https?:|mailto:|tel:|ftp:)[^"<>]*">|img src="img-\d+\.\w+" alt="">)'
)
"""Where something begins that is no tag as our tables and the Markdown of Office files have them."""


def _harmless(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    """Return the HTML of a token with all other tags as text: a document may write any, and Markdown lets some pass."""
    return _OURS.sub("&lt;", tokens[index].content)


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

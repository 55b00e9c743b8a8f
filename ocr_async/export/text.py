"""A response as plain text: what the Markdown says, without its marks."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..models import OCRResponse


__all__ = ["plain"]


def plain(response: OCRResponse) -> str:
    """Return the text of all pages: blocks apart by a blank line, cells by tabs, pages by a form feed."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return "\f".join(_text(parser.parse(page.markdown)) for page in response.pages)


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
    return "".join(pieces).strip() + "\n"


def _inline(tokens: list[Token]) -> str:
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    # a picture's name is no text of the page
    return "".join(breaks.get(token.type, "" if token.type == "image" else token.content) for token in tokens)

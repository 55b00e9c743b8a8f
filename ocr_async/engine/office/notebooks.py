"""
Jupyter notebooks: their Markdown as it is, their code, and what it gave when it last ran. Nothing is run.

Source: nbformat 4.5, https://nbformat.readthedocs.io/en/latest/format_description.html (read 2026-12).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from ...errors import DocumentError
from .content import Block, Code, Leaf, Markdown, Paragraph, Photo, Run


__all__ = ["leaf"]

_PICTURES = ("image/png", "image/jpeg", "image/gif")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

_Said = Mapping[str, Any]


def leaf(data: bytes) -> Leaf:
    """
    Return a notebook, which is one page.

    Raises:
        DocumentError: It is damaged, or of a version before 4 (2015).
    """
    try:
        notebook = json.loads(data)
    except ValueError:
        raise DocumentError("the notebook cannot be read: it is no JSON") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise DocumentError("the notebook has no cells: save it anew in Jupyter, if it is of a version before 4")
    facts = _in(notebook, "metadata")
    language = _in(facts, "language_info").get("name") or _in(facts, "kernelspec").get("language")
    cells = (_cell(cell, language if isinstance(language, str) else None) for cell in _each(notebook, "cells"))
    return Leaf(tuple(block for blocks in cells for block in blocks))


def _cell(cell: _Said, language: str | None) -> Iterator[Block]:
    source = _text(cell.get("source")).strip("\n")
    match cell.get("cell_type"):
        case "markdown" if source.strip():
            yield Markdown(source)
            for attached in _in(cell, "attachments").values():
                yield from _shown(attached)
        case "raw" if source.strip():
            yield Code(source)
        case "code":
            if source.strip():
                yield Code(source, language)
            for output in _each(cell, "outputs"):
                yield from _output(output)


def _output(output: _Said) -> Iterator[Block]:
    match output.get("output_type"):
        case "stream":
            yield from _printed(_text(output.get("text")))
        case "error":
            names = (_text(output.get(name)) for name in ("ename", "evalue"))
            yield from _printed(_text(output.get("traceback"), "\n") or ": ".join(filter(None, names)))
        case _:
            yield from _shown(output.get("data"))


def _shown(data: Any) -> Iterator[Block]:
    """Yield what a reader sees of *data*, which is the same in several forms."""
    if not isinstance(data, dict):
        return
    if markdown := _text(data.get("text/markdown")).strip():
        yield Markdown(markdown)
    elif "<table" in (html := _text(data.get("text/html"))) and find_spec("selectolax") is not None:
        from .markup import blocks_of

        yield from blocks_of(html, lambda _: None)
    elif picture := next(filter(None, (_text(data.get(kind)) for kind in _PICTURES)), ""):
        yield Paragraph((Run(photo=Photo("".join(picture.split()))),))
    elif latex := _text(data.get("text/latex")).strip():
        yield Markdown(latex)
    else:
        yield from _printed(_text(data.get("text/plain")))


def _printed(text: str) -> Iterator[Block]:
    if lines := _COLOURS.sub("", text).strip("\n"):
        yield Code(lines)


def _text(said: Any, between: str = "") -> str:
    """Return a text that is whole or in lines."""
    if isinstance(said, list):
        return between.join(line for line in said if isinstance(line, str))
    return said if isinstance(said, str) else ""


def _in(said: _Said, name: str) -> _Said:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _each(said: _Said, name: str) -> Iterator[_Said]:
    found = said.get(name)
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()

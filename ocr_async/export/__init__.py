"""
Responses as files for people: Markdown with its pictures saved, plain text, HTML, JSON.

May import what lies below the programs; `cli`, `gateway` and `bulk` call it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..engine.legible import legible_text
from ..errors import ConfigurationError
from ..models import OCRResponse
from .images import save_images


__all__ = ["render", "save_images"]

_CONTROLS = re.compile("[\x7f-\x9f\ud800-\udfff]")


def render(response: OCRResponse, form: str, *, name: str, pictures: Mapping[int, bytes] | None = None) -> str:
    """
    Return *response* as text that ends in a line feed.

    Args:
        form: ``md``, ``json`` (indented), ``jsonl`` (one line, with the document's name), ``text`` or ``html``.

        name: Of the document, for ``jsonl`` and the title of ``html``.

        pictures: JPEGs of the pages by index, for ``html``.
    """
    match form:
        case "md":
            return legible_text(response.markdown).rstrip("\n") + "\n"
        case "json":
            import json

            return _escaped(json.dumps(response.to_dict(), ensure_ascii=False, indent=2)) + "\n"
        case "jsonl":
            import json

            return _escaped(json.dumps({"document": name, **response.to_dict()}, ensure_ascii=False)) + "\n"
        case "text" | "html":
            return _rendered(response, form, name, pictures or {})
    raise ValueError(f"unknown form {form!r}")


def _rendered(response: OCRResponse, form: str, name: str, pictures: Mapping[int, bytes]) -> str:
    try:
        from .html import document
        from .text import plain
    except ImportError as error:
        raise ConfigurationError(f"the form {form} needs markdown-it-py: pip install 'ocr_async[cli]'") from error
    return plain(response) if form == "text" else legible_text(document(response, title=name, pictures=pictures))


def _escaped(written: str) -> str:
    """Return JSON with the control characters escaped that `json` lets stand: a terminal acts on them."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)

"""A response as one HTML file that needs nothing else: each page's picture with boxes, its text beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from ..models import OCRResponse
from .view import asset, section


__all__ = ["document", "style_hash"]

# Only what is written here may run or look like anything: both are named by their hashes.
_FRAME = """<!doctype html>
<html lang="und">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '{style_hash}'; \
script-src '{script_hash}'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>{style}</style>
<body>
<main class="pages">
<h1>{title}</h1>
{sections}</main>
<script>{script}</script>
</body>
</html>
"""


def document(response: OCRResponse, *, title: str, pictures: Mapping[int, bytes]) -> str:
    """
    Return *response* as an HTML document.

    Args:
        pictures: JPEGs by page index; a page without one is shown as text alone.
    """
    style, script = asset("view.css"), asset("view.js")
    return _FRAME.format(
        title=escape(title),
        style=style,
        style_hash=style_hash(style),
        script=script,
        script_hash=style_hash(script),
        sections="".join(section(page, pictures.get(page.index)) for page in response.pages),
    )


def style_hash(text: str) -> str:
    """Return how a Content-Security-Policy names the style or script *text*."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")

"""
Nanonets-OCR: Markdown with tags for what pictures show, for watermarks and for page numbers.

The prompt is the model card's (https://huggingface.co/nanonets/Nanonets-OCR2-3B, read 2026-11).
"""

from __future__ import annotations

import re

from .._structure import NOWHERE, Region
from .answer import Size, Transcript, prose, unfenced


__all__ = ["PROMPT", "read"]

PROMPT = (
    "Extract the text from the above document as if you were reading it naturally. Return the tables in html format. "
    "Return the equations in LaTeX representation. If there is an image in the document and image caption is not "
    "present, add a small description of the image inside the <img></img> tag; otherwise, add the image caption inside "
    "<img></img>. Watermarks should be wrapped in brackets. Ex: <watermark>OFFICIAL COPY</watermark>. Page numbers "
    "should be wrapped in brackets. Ex: <page_number>14</page_number> or <page_number>9/22</page_number>. Prefer using "
    "☐ and ☑ for check boxes."
)

_TAG = re.compile(r"<(img|watermark|page_number)>((?:(?!<\1>).){0,4000}?)</\1>", re.DOTALL)


def read(text: str, size: Size | None) -> Transcript:
    """Read an answer: page numbers are the page's foot, the other tags' words stand in its text."""
    pieces = _TAG.split(unfenced(text))
    regions = list(prose(pieces[0]))
    for tag, said, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if said := " ".join(said.split()):
            kind = {"img": "caption", "watermark": "aside_text"}.get(tag, "footer")
            regions.append(Region(kind, NOWHERE, text=said))  # type: ignore[arg-type]
        regions.extend(prose(after))
    return Transcript(regions=tuple(regions))

"""Joins the lines of a paragraph to running text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..page import Line


__all__ = ["flow", "glue", "right_to_left"]

# A hyphen at a line's end splits a word if a small letter precedes it and the next line begins with one.
BROKEN = re.compile(r"(?<=[^\W\d_]{2})[-\u00ad\u2010¬⸗]$")
KEPT = re.compile(
    r"(?:^|\s)(?:self|non|well|high|low|long|short|multi|cross|half|one|two|three|four)-$",
    re.IGNORECASE,
)
SPACELESS = re.compile("[\u2e80-\u2fff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
ADDRESS = re.compile(r"(?:https?://|www\.)\S*[-/_.=?&]$")


def glue(above: str, below: str) -> str:
    """
    Return two lines as one text.

    A hyphen that split a word is dropped; one between two capitals, digits or after a usual first half of a
    compound (*self-*, *non-*) is kept. Chinese and Japanese lines meet without a space, so do the pieces of an
    address that ends in a slash or a hyphen.
    """
    if not above or not below:
        return above or below
    first, last = below[0], above[-1]
    if first >= "\u2e80" and SPACELESS.match(first) and SPACELESS.match(last):
        return above + below
    if last in "-\u00ad\u2010¬⸗":
        if BROKEN.search(above) and first.islower() and not KEPT.search(above):
            return above[:-1] + below
        if len(above) > 1 and above[-2].isalnum() and first.isalnum():
            return above + below
    # *above* may be a long paragraph: look through it only where an address may end
    if last in "-/_.=?&" and first.isalnum() and first.islower() and ADDRESS.search(above):
        return above + below
    return f"{above} {below}"


def flow(lines: Sequence[Line]) -> str:
    """Return the text of *lines*, which are in reading order, as one paragraph."""
    text = ""
    for line in lines:
        text = glue(text, line.text.strip())
    return text


def right_to_left(lines: Sequence[Line]) -> bool:
    """Whether most of the letters of *lines* are Arabic, Hebrew or the like."""
    marked = sum(len(RIGHT_TO_LEFT.findall(line.text)) for line in lines if not line.text.isascii())
    return marked > 0 and marked * 2 > sum(sum(1 for letter in line.text if letter.isalpha()) for line in lines) > 0

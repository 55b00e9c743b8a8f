"""
What a model's answer about one page becomes before it is a page, and the parts that every family's form shares.

Regions carry the Markdown that the model wrote. One without a place (`NOWHERE`) is text alone, which no element and no
block can tell of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from .._structure import NOWHERE, Region


__all__ = ["Size", "Transcript", "dollars", "plain", "prose", "unfenced", "without_tokens"]

Size = tuple[int, int]
"""Width and height of the picture that a model was shown, in pixels."""


@frozen(kw_only=True)
class Transcript:
    """
    One page as a model read it.

    Attributes:
        regions: In reading order, boxes in pixels of the picture.

        extra: What else it says of the page.

        warnings: What is to be said of it.
    """

    regions: tuple[Region, ...]
    extra: Mapping[str, Any] = field(factory=dict)
    warnings: tuple[str, ...] = ()


# Answers come from servers that may be anyone's: nothing here takes more than a few steps a character.
_OPENING = re.compile(r"(?:[^`\n]{1,200}:[ \t]{0,8}\n{1,3})?```(\w{0,20})[ \t]{0,8}\n")
_TOKEN = re.compile(r"(?:<[|｜][^<>|｜\s/]{1,40}[|｜]>|</s>)\Z")
_LONGEST_TOKEN = 44
_HEADING = re.compile(r"\A\s*(#{1,6})\s+")
_DISPLAY = re.compile(r"\\\[((?:(?!\\\[).){1,4000}?)\\\]", re.DOTALL)
_INLINE = re.compile(r"\\\(((?:(?!\\\().){1,1000}?)\\\)", re.DOTALL)


def plain(text: str, size: Size | None) -> Transcript:
    """Read an answer that is the page's Markdown, in a fence or not."""
    return Transcript(regions=prose(unfenced(text)))


def prose(text: str) -> tuple[Region, ...]:
    """Return Markdown *text* as a region without a place; none where there is no text."""
    text = text.strip()
    return (Region("text", NOWHERE, text=text, markdown=text),) if text else ()


def unfenced(text: str, *languages: str) -> str:
    """
    Return *text* without what a model thought before it, and without the fence that is around all of it.

    Args:
        languages: That the fence may name, besides Markdown.
    """
    text = text.strip()
    if text.startswith("<think>"):
        text = text.partition("</think>")[2].strip()
    opening = _OPENING.match(text)
    if opening is None or opening[1] not in {"", "markdown", "md", *languages}:
        return text
    inside = text[opening.end() :]
    closed = inside.count("```") % 2 == 1
    if closed and inside.endswith("```"):
        return inside[:-3].rstrip()
    return text if closed or not opening[1] else inside


def without_tokens(text: str) -> str:
    """Return *text* without the special tokens at its end, which come where they are not skipped."""
    text = text.rstrip()
    while (found := _TOKEN.search(text, max(0, len(text) - _LONGEST_TOKEN))) is not None:
        text = text[: found.start()].rstrip()
    return text


def dollars(text: str) -> str:
    r"""Return *text* with formulas between dollar signs that stood in ``\( \)`` and ``\[ \]``."""
    text = _DISPLAY.sub(lambda found: f"$${found[1].strip()}$$", text)
    return _INLINE.sub(lambda found: f"${found[1].strip()}$", text)


def heading(text: str) -> tuple[int | None, str]:
    """Return the level of the heading that Markdown *text* is, None for none, and its words."""
    found = _HEADING.match(text)
    return (None, text) if found is None else (len(found[1]), text[found.end() :].strip())

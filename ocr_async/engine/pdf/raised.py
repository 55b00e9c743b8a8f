"""Tells raised digits, such as the marks of notes: they must not become digits of the number that they stand behind."""

from __future__ import annotations

from collections.abc import Sequence

from ..page import Box


__all__ = ["RAISED", "SUPERSCRIPT", "raised"]

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_DIGITS = 2
SMALL = 0.8  # of the height of the word before it
HIGH = 0.15  # of that height: how far above its foot a raised mark ends
BESIDE = 0.5  # of that height: how far behind it the mark stands at most


def raised(words: Sequence[tuple[str, Box]]) -> list[int]:
    """Return which of the *words* of a line, from left to right, are raised digits behind another word."""
    out: list[int] = []
    for index in range(1, len(words)):
        text, box = words[index]
        if not text.isdigit() or len(text) > MOST_DIGITS or not text.isascii():
            continue
        before = words[index - 1][1]
        if (
            box.height < SMALL * before.height
            and box.bottom < before.bottom - HIGH * before.height
            and box.top < before.top + HIGH * before.height
            and box.left - before.right < BESIDE * before.height
        ):
            out.append(index)
    return out

"""
Tells raised digits, such as the marks of notes: they must not become digits of the number that they stand behind.

Boxes are those of a word's letters, so that a digit on the line ends above the foot of a word before it in which a
letter reaches below the line: "Python 3" has no note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..page import Box


__all__ = ["RAISED", "SUPERSCRIPT", "raised"]

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_DIGITS = 2
SMALL = 0.8  # of the height of the word before it
HIGH = 0.15  # of that height: how far above its foot a raised mark ends
HIGHER = 0.32  # the same where a letter reaches below the line, which takes .2 to .28
ON_LINE = re.compile(r"[0-9A-IK-PR-Za-ehik-or-xz.:%&!?*'\"+=<>^~-]*")  # what reaches below it in hardly any font
BESIDE = 0.5  # of that height: how far behind it the mark stands at most


def raised(words: Sequence[tuple[str, Box]]) -> list[int]:
    """Return which of the *words* of a line, from left to right, are raised digits behind another word."""
    out: list[int] = []
    for index in range(1, len(words)):
        text, box = words[index]
        if not text.isdigit() or len(text) > MOST_DIGITS or not text.isascii():
            continue
        said, before = words[index - 1]
        high = HIGH if ON_LINE.fullmatch(said) else HIGHER
        if (
            box.height < SMALL * before.height
            and box.bottom < before.bottom - high * before.height
            and box.top < before.top + HIGH * before.height
            and box.left - before.right < BESIDE * before.height
        ):
            out.append(index)
    return out

"""
Tells raised digits, such as the marks of notes: they must not become digits of the number that they stand behind.

Here they are words of their own for the parser; `letters/exponents.py` tells those within a word.

Boxes are those of a word's letters, so that a digit on the line ends above the foot of a word before it in which a
letter reaches below the line: "Python 3" has no note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from ..page import Box
from .char_fonts import CharFonts


__all__ = ["IN_FRACTION", "RAISED", "SUPERSCRIPT", "begins_note", "raised", "without_mark"]

SUPERSCRIPT = str.maketrans("0123456789+-−–n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ⁿ")
RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
MARK = re.compile("[+−–-]?[0-9]{1,2}")
IN_FRACTION = re.compile(r"\s*[/⁄]\s*[0-9]")  # the rest of one
SMALL = 0.8  # of the height of the word before it
HIGH = 0.15  # of that height: how far above its foot a raised mark ends
HIGHER = 0.32  # the same where a letter reaches below the line, which takes .2 to .28
ON_LINE = re.compile(r"[0-9A-IK-PR-Za-ehik-or-xz.:%&!?*'\"+=<>^~-]*")  # what reaches below it in hardly any font
SMALLER = 0.85  # of the size of the letter behind it: the mark with which a note begins
begins_note = re.compile(r"([0-9]{1,2})[^\W\d_]{2}").match
BESIDE = 0.5  # of that height: how far behind it the mark stands at most


def raised(words: Sequence[tuple[str, Box]]) -> list[int]:
    """Return which of the *words* of a line, from left to right, are raised digits behind another word."""
    out: list[int] = []
    for index in range(1, len(words)):
        text, box = words[index]
        if not MARK.fullmatch(text) or (index + 1 < len(words) and IN_FRACTION.match(words[index + 1][0])):
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


def without_mark(text: str, box: Box, fonts: CharFonts) -> list[tuple[str, Box]]:
    """Return the mark of a note and the word that *text* begins with it, as the parser has both in one."""
    found = begins_note(text)
    gaps = fonts.gaps(text, box.left + 0.1 * box.height, box.centre) if found else []
    if not found or not gaps:
        return [(text, box)]
    end = len(found[1])
    right, left = gaps[end - 1]
    mark, letter = (fonts.at(box.left + x, box.centre) for x in (right / 2, left + 0.1 * box.height))
    if mark is None or letter is None or not mark.size < SMALLER * letter.size:
        return [(text, box)]
    return [
        (text[:end].translate(SUPERSCRIPT), evolve(box, right=box.left + right)),
        (text[end:], evolve(box, left=box.left + left)),
    ]

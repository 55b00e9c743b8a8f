"""
Puts ligatures right whose letters a PDF tells with their two bytes the wrong way round.

Some versions of Ghostscript write the map from a font's codes to characters so where one code is several letters:
"fi" (U+0066, U+0069) comes as U+6600 and U+6900, two ideographs. Of those that such letters make, two in a row are in
no word, least of all beside a letter of an alphabet.
"""

from __future__ import annotations

import re


__all__ = ["straightened"]

LETTERS = "filtjbhk"  # what ligatures are made of
_SWAPPED = "[" + "".join(chr(ord(letter) << 8) for letter in LETTERS) + "]"
LIGATURE = re.compile(rf"(?<=[A-Za-zÀ-ž]){_SWAPPED}{{2,3}}|{_SWAPPED}{{2,3}}(?=[A-Za-zÀ-ž])")


def straightened(text: str) -> str:
    """Return *text* with its ligatures as letters."""
    return LIGATURE.sub(lambda found: "".join(chr(ord(letter) >> 8) for letter in found[0]), text)

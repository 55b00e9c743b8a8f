"""
Brings back letters that the parser leaves out: those beyond the first 65,536 characters, such as variables of formulas.

Fonts of mathematics have them in alphabets of their own, by which nobody searches: they come as plain letters.
"""

from __future__ import annotations

import mmap
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ...page import Box
from ..char_fonts import Char, CharFont, CharFonts
from ..streams import character_maps, inflated, packed
from .pieces import Piece, Word, piece, word


__all__ = ["may_have_letters", "with_letters"]

LAST = "\uffff"  # of the characters that the parser tells
ALPHABETS = range(0x1D400, 0x1D800)  # of mathematics
# Maps to characters; what is read otherwise; codes that are themselves the characters.
NAMES = re.compile(rb"/(?:ToUnicode|Encrypt|Uni\w+-U(?:CS2|TF16)-)")
HALF = re.compile(rb"<\s*(?:[0-9A-Fa-f]{4}\s*)*[Dd][89ABab][0-9A-Fa-f]{2}")  # the first of a character


def may_have_letters(data: mmap.mmap | bytes) -> bool:
    """Whether a font of the file *data* may have letters beyond the first 65,536 characters."""
    names = set(NAMES.findall(data))
    for start in packed(data):
        if (objects := inflated(data, start)) is None:
            return True
        names.update(NAMES.findall(objects))
    if names <= {b"/ToUnicode"}:
        return bool(names) and any(told is None or HALF.search(told) for _, told in character_maps(data))
    return True


def with_letters(items: Sequence[Any], fonts: CharFonts) -> Sequence[Any]:
    """Return the text *items* of a page with the letters that they lack."""
    missing = fonts.beyond()
    if not missing:
        return items
    out: list[Any] = []
    for item in items:
        left, top = item.x, item.y
        box = Box(left, top, left + item.width, top + item.height)
        inside = {char.index for char in missing if _stands_in(char.box, box)}
        whole = _whole(item, box, min(inside), fonts) if inside and not item.rotation else None
        if whole is not None:
            missing = [char for char in missing if char.index not in inside]
        out.append(whole or item)
    together = groupby(missing, lambda char: char.box)  # as an emoji and the colour of its skin
    return [*out, *(_alone([*group], fonts) for _, group in together)]


def _stands_in(box: Box, other: Box) -> bool:
    return other.left < box.middle < other.right and other.top < box.centre < other.bottom


def _whole(item: Any, box: Box, index: int, fonts: CharFonts) -> Piece | None:
    """Return *item* with the letter at *index*, and all others that stand in its *box*; None where it says others."""
    chars = [*reversed([*_read(index - 1, -1, box, fonts)]), *_read(index, 1, box, fonts)]
    words = [_word([*group]) for spaces, group in groupby(chars, lambda char: char.text.isspace()) if not spaces]
    known = "".join(char.text for char in chars if char.text <= LAST)
    if "".join(known.split()) != "".join(item.text.split()):
        return None
    font = CharFont.of(item)
    return piece(words, font, item.mcid)


def _read(index: int, step: int, box: Box, fonts: CharFonts) -> Iterator[Char]:
    """Yield the letters from *index* on that stand in *box*, and the spaces between them."""
    while (char := fonts.char(index)) is not None:
        if not (box.left - 1 < char.box.middle < box.right + 1 and box.top - 1 < char.box.centre < box.bottom + 1):
            return
        if not "\udc00" <= char.text <= "\udfff":  # the second half of one
            yield char
        index += step


def _alone(chars: Sequence[Char], fonts: CharFonts) -> Piece:
    return piece([_word(chars)], fonts.font(chars[0].index) or CharFont("", 0, 0.0), chars[0].mark)


def _word(letters: Sequence[Char]) -> Word:
    return word("".join(_plain(char.text) for char in letters), [char.box for char in letters])


def _plain(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter) if ord(letter) in ALPHABETS else letter

"""
Brings back letters that the parser leaves out: those beyond the first 65,536 characters, such as variables of formulas.

Fonts of mathematics have them in alphabets of their own, by which nobody searches: they come as plain letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from attrs import frozen

from ...page import Box, union
from ..char_fonts import Char, CharFont, CharFonts


__all__ = ["may_lack_letters", "with_letters"]

MATHEMATICS = re.compile("math|emoji", re.IGNORECASE)  # names of fonts that have such letters
LAST = "\uffff"  # of the characters that the parser tells
ALPHABETS = range(0x1D400, 0x1D800)  # of mathematics


@frozen
class Word:
    """A word as the parser tells it."""

    text: str
    x: float
    y: float
    width: float
    height: float


@frozen
class Piece:
    """A piece of text as the parser tells it."""

    text: str
    words: Sequence[Word]
    x: float
    y: float
    width: float
    height: float
    font_name: str
    font_weight: int
    font_height: float
    mcid: int | None
    rotation: float = 0.0


def may_lack_letters(items: Sequence[Any]) -> bool:
    """Whether the fonts of text *items* may have letters that the parser leaves out."""
    return any(MATHEMATICS.search(item.font_name or "") for item in items)


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
    return [*out, *(_alone(char, fonts) for char in missing)]


def _stands_in(box: Box, other: Box) -> bool:
    return other.left < box.middle < other.right and other.top < box.centre < other.bottom


def _whole(item: Any, box: Box, index: int, fonts: CharFonts) -> Piece | None:
    """Return *item* with the letter at *index*, and all others that stand in its *box*; None where it says others."""
    chars = [*reversed([*_read(index - 1, -1, box, fonts)]), *_read(index, 1, box, fonts)]
    words = [_word([*group]) for spaces, group in groupby(chars, lambda char: char.text.isspace()) if not spaces]
    known = "".join(char.text for char in chars if char.text <= LAST)
    if "".join(known.split()) != "".join(item.text.split()):
        return None
    font = CharFont(item.font_name or "", item.font_weight or 0, item.font_height or 0.0)
    return _piece(words, font, item.mcid)


def _read(index: int, step: int, box: Box, fonts: CharFonts) -> Iterator[Char]:
    """Yield the letters from *index* on that stand in *box*, and the spaces between them."""
    while (char := fonts.char(index)) is not None:
        if not (box.left - 1 < char.box.middle < box.right + 1 and box.top - 1 < char.box.centre < box.bottom + 1):
            return
        if not "\udc00" <= char.text <= "\udfff":  # the second half of one
            yield char
        index += step


def _alone(char: Char, fonts: CharFonts) -> Piece:
    return _piece([_word([char])], fonts.font(char.index) or CharFont("", 0, 0.0), char.mark)


def _word(letters: Sequence[Char]) -> Word:
    box = union([char.box for char in letters])
    return Word("".join(_plain(char.text) for char in letters), box.left, box.top, box.width, box.height)


def _plain(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter) if ord(letter) in ALPHABETS else letter


def _piece(words: Sequence[Word], font: CharFont, mark: int | None) -> Piece:
    box = union([Box(word.x, word.y, word.x + word.width, word.y + word.height) for word in words])
    text = " ".join(word.text for word in words)
    return Piece(text, words, box.left, box.top, box.width, box.height, font.name, font.weight, font.size, mark)

"""
Signs of which a file says neither the letter nor a name that is known: µ in "5.7 µg/L" out of a font of mathematics.

Their codes are those of controls, as a program numbered them, and the parser takes these for what they are in some
other font: "5.7 -g/L", or "fig/L". Beside letters of another font such a code comes as U+FFFD, of which its page warns;
alone it comes as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..char_fonts import Char, CharFont, CharFonts
from .pieces import Piece, Word, box_of, piece, word


__all__ = ["UNKNOWN", "with_unknown"]

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_TAKEN_FOR = dict(zip("\x02\x1a\x1b\x1c\x1d\x1e\x1f", ("-", "ff", "ft", "fi", "Th", "ffi", "fl"), strict=True))
_CODES = frozenset(range(0x20))  # of controls
_PARTS = re.compile(r"CM?EX\d|-EX-|extension|T?XEX", re.IGNORECASE)  # fonts of brackets that are put together
_HAIR = 0.1  # of the height of letters
_MOST = 200  # of a page: more are a font that is garbled as a whole, or music


def with_unknown(items: Sequence[Any], fonts: CharFonts) -> Sequence[Any]:
    """Return the text *items* of a page with U+FFFD for what nobody knows."""
    may_have = any(not _CODES.isdisjoint(item.char_codes) for item in items)
    codes = fonts.controls() if may_have else []  # to find all characters takes its time
    if not 0 < len(codes) <= _MOST:
        return items
    words: dict[int, list[Word]] = {}
    alone: list[Piece] = []
    for char in codes:
        if (sign := _sign(char, fonts)) is None:
            continue
        over = [item for item in items if _stands_in(char, item)]
        for item in over:
            if not item.rotation and "$" not in item.text:
                known = words.get(id(item)) or [*map(Word.of, item.words)]
                words[id(item)] = _with_sign(known, char, sign)
        if sign and not over:
            font = fonts.font(char.index) or CharFont("", 0, 0.0)
            alone.append(piece([word(sign, [char.box])], font, char.mark))
    return [*(each for item in items if (each := _changed(item, words.get(id(item)))) is not None), *alone]


def _sign(char: Char, fonts: CharFonts) -> str | None:
    """Return what comes for the code *char*; None where that is known, or of a font of letters."""
    font = fonts.font(char.index)
    if font is None or not font.name:
        return None
    if _PARTS.search(font.name):
        return ""
    beside = [each for step in (-1, 1) if (each := fonts.char(char.index + step)) is not None and each.text.isalnum()]
    others = [other.name for each in beside if (other := fonts.font(each.index)) is not None]
    if font.name in others:
        return None
    return UNKNOWN if others else ""


def _stands_in(char: Char, thing: Any) -> bool:
    x, y = char.box.middle, char.box.centre
    left, top = thing.x, thing.y
    return bool(left <= x <= left + thing.width and top <= y <= top + thing.height)


def _with_sign(words: Sequence[Word], char: Char, sign: str) -> list[Word]:
    """Return *words* with *sign* where *char* stands: in one, or beside those that the parser parted there."""
    out = [_replaced(each, char, sign) if _stands_in(char, each) else each for each in words]
    if not sign or out != words:
        return out
    box = char.box
    near = _HAIR * box.height
    before = [each for each in out if abs(each.x + each.width - box.left) < near]
    after = [each for each in out if abs(each.x - box.right) < near]
    parts = [*before[:1], Word(sign, box.left, box.top, box.width, box.height), *after[:1]]
    boxes = [box_of(each) for each in parts]
    whole = word("".join(each.text for each in parts), boxes)
    return sorted([whole, *(each for each in out if each not in parts)], key=lambda each: each.x)


def _replaced(found: Word, char: Char, sign: str) -> Word:
    """Return the word *found* with *sign* for what the parser took *char* for."""
    told = _TAKEN_FOR.get(char.text, char.text)
    at = [match.start() for match in re.finditer(re.escape(told), found.text)]
    if not at:
        return found
    expected = (char.box.middle - found.x) / max(found.width, 1.0) * len(found.text)
    index = min(at, key=lambda each: abs(each + len(told) / 2 - expected))
    text = found.text[:index] + sign + found.text[index + len(told) :]
    return Word(text, found.x, found.y, found.width, found.height)


def _changed(item: Any, words: Sequence[Word] | None) -> Any:
    """Return *item* with other *words*; None where nothing is left of them."""
    if words is None:
        return item
    left = [each for each in words if each.text]
    return piece(left, CharFont.of(item), item.mcid, item.fill_color) if left else None

"""What letters of symbol fonts show: arrows, bullets, ticks. Their files say letters that nobody sees on the page."""

from __future__ import annotations

import re
from functools import lru_cache

from ...symbol_fonts import OF_SYMBOL, OF_WINGDINGS, SYMBOL, WINGDINGS


__all__ = ["may_be_sign", "seen", "shows_signs"]

SYMBOLS = re.compile(r"wingdings|webdings|monotypesorts|marlett", re.IGNORECASE)
BULLET = "•"

_PRIVATE = 0xF000  # where programs keep the codes of symbol fonts
# Of the letters of a font without a name, hardly one is as wide as it is high: what is, is a sign.
WIDE = 0.97
FAR = "\u0180"  # and all after it, such as full-width brackets and arrows, is said by fonts that show it
BROAD = 0.8  # of a letter that is told to be of an alphabet, in a font with a name
WIDE_LETTERS = frozenset("mwMWÆŒæœ@%—…™©®℗&") | {"½", "¼", "¾"}


@lru_cache(maxsize=1000)
def shows_signs(font: str) -> bool:
    """Whether the letters of *font*, by its name, may be other signs than its file says."""
    return not font or SYMBOLS.search(font) is not None or SYMBOL.search(font) is not None


def may_be_sign(letter: str, width: float, size: float) -> bool:
    """Whether a *letter* that stands alone may be of a symbol font: no other letter of ours is so wide, or private."""
    return letter >= "\x80" and (
        _is_private(letter) or (letter < FAR and width > BROAD * size and letter not in WIDE_LETTERS)
    )


def _is_private(text: str) -> bool:
    return "\ue000" <= text <= "\uf8ff"


def seen(text: str, font: str, width: float, size: float, *, first: bool) -> str:
    """
    Return what a word of a font that `shows_signs` shows.

    Args:
        width: Of the word, as *size* in any unit.

        first: Whether its line begins with it.
    """
    if not font:
        told = text in WIDE_LETTERS or (text >= FAR and not _is_private(text))
        odd = len(text) == 1 and not told and width >= WIDE * size
        if not odd or (text.isalpha() and not text.isascii()):
            return text
        return BULLET if first and text.isalpha() else ""
    if SYMBOL.search(font) and not SYMBOLS.search(font):
        return "".join(OF_SYMBOL.get(ord(sign) - _PRIVATE, sign) for sign in text)
    known = OF_WINGDINGS if WINGDINGS.search(font) else {}
    found = "".join(known.get(ord(sign) & 0xFF, "") for sign in text if ord(sign) < 0x100 or ord(sign) >= _PRIVATE)
    if found or all(0x100 <= ord(sign) < _PRIVATE for sign in text):
        return found or text  # a font that says what it shows
    return BULLET if first else ""

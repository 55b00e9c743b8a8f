"""What letters of symbol fonts show: arrows, bullets, ticks. Their files say letters that nobody sees on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ...page import Box
from ...symbol_fonts import OF_AWESOME, OF_AWESOME_OUTLINES, OF_SYMBOL, OF_TEX, OF_WINGDINGS, SYMBOL, WINGDINGS
from ..char_fonts import CharFonts


__all__ = ["may_be_sign", "may_have_euro", "seen", "shows_signs", "with_euro"]

TEX = re.compile("|".join(OF_TEX), re.IGNORECASE)
AWESOME = re.compile(r"font.?awesome(.*regular)?", re.IGNORECASE)
SYMBOLS = re.compile(rf"wingdings|webdings|monotypesorts|marlett|{AWESOME.pattern}|{TEX.pattern}", re.IGNORECASE)
# LaTeX's fonts have the euro at an "e", which comes beside an amount or as part of it.
EURO = re.compile(r"(?<!\S)e(?=[\s\d]?\d)|\d\s?e(?!\S)")
DIGIT = re.compile(r"\d")
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


def may_have_euro(text: str) -> bool:
    """Whether *text* has an "e" beside an amount; most has no digit, which is told faster."""
    return DIGIT.search(text) is not None and EURO.search(text) is not None


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
    known: Mapping[int, str] = OF_WINGDINGS if WINGDINGS.search(font) else {}
    if tex := TEX.search(font):
        # What is not known keeps its code, by which one sign is told from another; a number is of the next font.
        return OF_TEX[tex[0].lower()].get(ord(text), text) if len(text) == 1 else text
    if awesome := AWESOME.search(font):
        if not any(map(_is_private, text)):  # LaTeX's
            return text
        known = OF_AWESOME_OUTLINES if awesome[1] else OF_AWESOME
    codes = [ord(sign) for sign in text if ord(sign) < 0x100 or ord(sign) >= _PRIVATE]
    found = "".join(known.get(code, known.get(code & 0xFF, "")) for code in codes)
    if found or all(0x100 <= ord(sign) < _PRIVATE for sign in text):
        return found or text  # a font that says what it shows
    return BULLET if first else ""


def with_euro(text: str, box: Box, fonts: CharFonts) -> str:
    """Return *text*, which stands in *box*, with the sign of a euro where an "e" at one of its ends shows that."""
    inset = box.width / len(text) / 2
    for place, x in ((0, box.left + inset), (len(text) - 1, box.right - inset)):
        if text[place] == "e" and (font := fonts.at(x, box.centre)) is not None and TEX.search(font.name):
            text = f"{text[:place]}€{text[place + 1 :]}"
    return text

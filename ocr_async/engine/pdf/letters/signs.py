"""What letters of symbol fonts show: arrows, bullets, ticks. Their files say letters that nobody sees on the page."""

from __future__ import annotations

import re
from functools import lru_cache


__all__ = ["may_be_sign", "seen", "shows_signs"]

WINGDINGS = re.compile(r"wingdings(?![\s_-]?[23])", re.IGNORECASE)
SYMBOLS = re.compile(r"wingdings|webdings|monotypesorts|marlett", re.IGNORECASE)
SYMBOL = re.compile(r"(?:^|\+)symbol", re.IGNORECASE)
BULLET = "•"

# Source: Microsoft's Wingdings, https://en.wikipedia.org/wiki/Wingdings (read 2026-11-28): what forms and lists use.
_OF_WINGDINGS = dict(
    zip(
        b"\x6c\x6d\x6e\x6f\x71\x72\x73\x74\x75\x76\x77\xa7\xa8\x9f\xd8\xdf\xe0\xe1\xe2\xe8\xf0\xfb\xfc\xfd\xfe\xf3\x4a\x4c",
        "●❍■□❑❒⬧⧫◆❖⬥▪□•➢←→↑↓➔⇨✗✓☒☑⬄☺☹",
        strict=True,
    )
)
# Source: Adobe's Symbol encoding, https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt (read 2026-11-28).
_OF_SYMBOL = dict(
    zip(
        b"\x61\x62\x63\x64\x65\x66\x67\x68\x6b\x6c\x6d\x6e\x70\x71\x72\x73\x74\x77\x78\x79\x44\x53\x57\x46\x47"
        b"\xa3\xb3\xb1\xb0\xb4\xb7\xb9\xbb\xac\xad\xae\xaf\xab\xa5\xb6\xd6\xe5\xf2\xce\xd7\xd0\xb8\xb2\xa2",
        "αβχδεφγηκλμνπθρστωξψΔΣΩΦΓ≤≥±°×•≠≈←↑→↓↔∞∂√∑∫∈⋅∠÷″′",
        strict=True,
    )
)
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
        return "".join(_OF_SYMBOL.get(ord(sign) - _PRIVATE, sign) for sign in text)
    known = _OF_WINGDINGS if WINGDINGS.search(font) else {}
    found = "".join(known.get(ord(sign) & 0xFF, "") for sign in text if ord(sign) < 0x100 or ord(sign) >= _PRIVATE)
    if found or all(0x100 <= ord(sign) < _PRIVATE for sign in text):
        return found or text  # a font that says what it shows
    return BULLET if first else ""

"""
Whether a page's text layer says what the page shows.

Most do. The others: scans under which an earlier recogniser laid its text, unseen; scans with a digital stamp, whose
few words are not the page; and fonts whose letters are mapped to the wrong characters.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from .letters.pairs import are_mixed_up


__all__ = ["MOSTLY", "Look", "Verdict", "verdict"]

Verdict = Literal["good", "none", "hidden", "garbled", "outlined", "stamp"]

MOSTLY = 0.5
"""From this part of the page on, a picture may be the page."""

_FEW = 600  # characters; a page of text has more
_LEGIBLE = 0.9
_ENOUGH_WORDS = 20
_MOST_WORDS = 150
_STRANGE = 0.2
_NEVER_PRINTED = re.compile("[\x80-\x9f]")
_MOST_CONTROLS = 0.04
_ACCENTED = re.compile("[À-ÖØ-öø-\u024fˆ˘-˝\u1e00-\u1eff]")
_PLAIN = re.compile("[A-Za-z]")
_FEWEST_ACCENTED = 40
_MOST_ACCENTED = 1.2  # for each plain letter: Vietnamese has 0.6, Russian whose codes were taken for Latin-1 2.7 to 14
# Words of other scripts take up names and numbers in plain letters, and no accented ones, signs or a third script.
_OTHER = re.compile(r"[\u0370-\u1cff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufeff]")
_NEVER_BESIDE = re.compile(
    r"[^\W\d_\u0000-\u024f](?:[¡-¦ª¬®¯¸¹²³º¼-ÿ]|[{}|~^`\\]+[^\W\d_\u0000-\u024f])"
    r"|[¡-¦ª¬®¯¸¹²³º¼-ÿ][^\W\d_\u0000-\u024f]"
    r"|[\u0590-\u08ff][\u2e80-\ud7ffA-Z/'.]+[\u0590-\u08ff]|[\u0590-\u08ff][\u2e80-\ud7ff]"
)
_EDGES = ".,;:!?()[]{}\"'“”‘’«»-–—/"


@frozen
class Look:
    """
    What of a page can be seen without reading it.

    Attributes:
        covered: The part of the page under its largest picture, 0 to 1.

        hidden: The part of its text objects that are not drawn, or drawn under that picture, 0 to 1; 0 where that
            picture covers less than `MOSTLY`.

        blank: Whether nothing is drawn on it at all.

        noted: Whether annotations such as stamps put text on it that is no part of its content.
    """

    covered: float = 0.0
    hidden: float = 0.0
    blank: bool = False
    noted: bool = False


def verdict(text: str, look: Look, outlined: int = 0) -> Verdict:
    """
    Return what *text*, the text layer of a page that looks like *look*, is worth.

    ``none``: there is no text. ``hidden``: it is there for search, and as good as the recogniser that made it.
    ``garbled``: its characters are not what its letters look like. ``outlined``: other letters are drawn as shapes.
    ``stamp``: it may be a small part of the page.

    Args:
        outlined: How many letters are drawn as shapes.
    """
    words = text.split()
    said = "".join(words)
    if not said:
        return "none"
    if look.covered >= MOSTLY and look.hidden > MOSTLY:
        return "hidden"
    if _is_garbled(words, said):
        return "garbled"
    if outlined:
        return "outlined"
    if look.covered >= MOSTLY and len(said) < _FEW:
        return "stamp"
    return "good"


def _is_garbled(every: Sequence[str], said: str) -> bool:
    """Whether words, *said* in one, cannot be what their page shows: characters nobody prints, words nobody writes."""
    if len(said) < _ENOUGH_WORDS:
        return False
    if _legible(said) < _LEGIBLE * len(said) or are_mixed_up(said, " ".join(every)):
        return True
    if said.isascii():
        return False
    accented, plain, controls = (len(each.findall(said)) for each in (_ACCENTED, _PLAIN, _NEVER_PRINTED))
    if accented > max(_FEWEST_ACCENTED, _MOST_ACCENTED * plain) or controls > _MOST_CONTROLS * len(said):
        return True
    different = dict.fromkeys(every)
    others = list(itertools.islice(filter(_OTHER.search, different), _MOST_WORDS))
    mixed = sum(1 for word in others if _NEVER_BESIDE.search(word.strip(_EDGES)))
    return len(others) >= _ENOUGH_WORDS and mixed > _STRANGE * len(others)


def _legible(text: str) -> int:
    """Return how many characters of *text*, which has no spaces, people print."""
    if text.isprintable():
        return len(text) - text.count("\N{REPLACEMENT CHARACTER}")
    return sum(
        count
        for character, count in Counter(text).items()
        if unicodedata.category(character)[0] in "LMNPS" and character != "\N{REPLACEMENT CHARACTER}"
    )

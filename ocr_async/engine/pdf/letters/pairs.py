"""Tells text that people write from text whose letters are mapped to others, by the letters that stand side by side."""

from __future__ import annotations

import itertools
import operator
import re
import unicodedata


__all__ = ["are_mixed_up"]

# After a letter those that follow on it, as at least one pair of letters in a thousand, in the words of one of eighteen
# languages in Latin script, without accents. Counted in the manual pages of a Linux system on 2026-11-29.
_FOLLOWERS = (
    "aabcdfghijklmnopqrstuvwyz babeilnorsuy cacehijklnorstuyz dabdeilmnorstuvyz "
    "eabcdefghijklmnpqrstuvwxyz faefilortu gaeghijklnorstuvy hadeijklnortuy iabcdefghijklmnopqrstuvwyz "
    "jadeiklostu kaeiklnorstuy ladeghijklmnostuvy mabeiklmnopsu nacdefghijklmnostuvyz "
    "oabcdefghijklmnoprstuvwz pacehiloprstu qau rabcdefghijklmnoprstuvwyz sacefghiklmnopstuvwyz "
    "taeghijklmnorstuvwyz uabcdefghijklmnoprstuwxyz vaeilnorsuy waeinorsy xaeipt yabcefghiklmnoprstuwy "
    "zadeiklmnoprstuvwyz"
)
_PAIRS = frozenset(row[0] + letter for row in _FOLLOWERS.split() for letter in row[1:])
# In words that people write, and in the names that code is made of, hardly one pair in twenty is none of these; with
# the letters mixed up it is two in five.
_MOST_STRANGE = 0.25
_STRANGE = 0.15
_FEWEST = 60  # pairs that tell
_MOST_WORDS = 150
_WORD = re.compile(r"[a-z]{3,}")
_ACCENT = re.compile("[\u0300-\u036f]")
# Letters that a font without a map numbers in the order of their first use become signs, above all. Code, formulas
# and leaders have a third of these at most, what is repeated being counted once.
_REPEATED = re.compile(r"(\W)\1+")
_NO_SIGN = re.compile("[^!\"#$%&'*+;<=>?@^`|~{}\\[\\]\\\\]+")
_SIGNS = 0.3


def are_mixed_up(said: str, text: str) -> bool:
    """
    Whether the letters of *text* are others than those that its page shows; of scripts but Latin nothing is known.

    Args:
        said: All of its words in one.
    """
    strange, count = _strange_pairs(text)
    if strange > _MOST_STRANGE * count and count >= _FEWEST:
        return True
    if count >= _FEWEST and strange <= _STRANGE * count:
        return False
    once = _REPEATED.sub(r"\1", said)
    return len(once) > _FEWEST and len(_NO_SIGN.sub("", once)) > _SIGNS * len(once)


def _strange_pairs(text: str) -> tuple[int, int]:
    """Return how many pairs of letters in the different words of *text* are strange, and how many there are."""
    plain = text.lower()
    if not plain.isascii():
        plain = _ACCENT.sub("", unicodedata.normalize("NFD", plain))
    found = list(itertools.islice(dict.fromkeys(_WORD.findall(plain)), _MOST_WORDS))
    spaced = " ".join(found)
    usual = sum(map(_PAIRS.__contains__, map(operator.concat, spaced, spaced[1:])))
    count = len(spaced) + 1 - 2 * len(found)
    return count - usual, count

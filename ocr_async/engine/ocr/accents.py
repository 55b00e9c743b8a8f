"""
Takes away accents that are dirt, or a descender of the line above: "LOCÃTE" and "MUTÉ" on a page in English.

One letter does not tell it, a page does: where letters have accents the recogniser is sure of some of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from .lines import Reading, accented


__all__ = ["without_stray_accents"]

_SURE = 0.97  # the surest of those on a page: true ones are at 1.00, stray ones reached .96
_FEW = 0.01  # of a page's letters: languages with accents have more


def without_stray_accents(readings: Sequence[Reading]) -> list[Reading]:
    """Return *readings*, the lines of a page, without accents if it has few and the recogniser is sure of none."""
    letters = [character for reading in readings for character in reading.text if character.isalpha()]
    marked = sum(map(accented, letters))
    sure = any(reading.accents >= _SURE for reading in readings if any(map(accented, reading.text)))
    if not marked or sure or marked > _FEW * len(letters):
        return list(readings)
    return [
        reading.rewritten(_plain(reading.text)) if any(map(accented, reading.text)) else reading for reading in readings
    ]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFD", each)[0] if accented(each) else each for each in text)

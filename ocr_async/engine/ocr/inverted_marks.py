"""
Writes "¡", which the networks do not know and take for an "i": "iMuchas gracias!" on a page in Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lines import Reading


__all__ = ["with_inverted_marks"]

_SPANISH = re.compile("[ñáéíóú¿]", re.IGNORECASE)
_SEVERAL = 3  # letters that tell a page in Spanish, or one in a language that is written alike
_MARK = re.compile(r"(?<!\w)i(?=[A-ZÁÉÍÓÚÑ][a-záéíóúñ])(?!Phone|Pad|Pod|Mac|Cloud|Tunes)")


def with_inverted_marks(readings: Sequence[Reading]) -> list[Reading]:
    """Return *readings*, the lines of a page, with "¡" before words of a Spanish page that has as many "!"."""
    texts = "\n".join(reading.text for reading in readings)
    found = len(_MARK.findall(texts))
    if not found or found > texts.count("!") or len(_SPANISH.findall(texts)) < _SEVERAL:
        return list(readings)
    return [reading.rewritten(lambda text: _MARK.sub("¡", text)) for reading in readings]

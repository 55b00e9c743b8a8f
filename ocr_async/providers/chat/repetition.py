"""
Whether a model fell into a loop: the end of what it wrote says the same over and over.

olmOCR's pipeline and DeepSeek's n-gram processor exist for such loops, which end only where the tokens do.
"""

from __future__ import annotations

import re


__all__ = ["is_degenerate"]

_TAIL = 6000  # characters looked at
_LEAST = 8  # times that the same stands there
_LONG = 600  # characters that the repeats have, at least: some pages do say the same ten times
_NUMBER = re.compile(r"\d+")


def is_degenerate(text: str, *, cut: bool) -> bool:
    """
    Whether *text* ends in a loop.

    Args:
        cut: Whether it was cut off at its end; then lines that differ in their numbers alone count as the same.
    """
    tail = text.rstrip()[-_TAIL:]
    if cut:
        tail = _NUMBER.sub("0", tail)
    backwards = tail[::-1]
    # Knuth, Morris and Pratt's table: how long the beginning is that stands at each place again
    again = [0] * len(backwards)
    length = 0
    for place in range(1, len(backwards)):
        while length and backwards[place] != backwards[length]:
            length = again[length - 1]
        if backwards[place] == backwards[length]:
            length += 1
        again[place] = length
        period = place + 1 - length
        if length >= _LONG and place + 1 >= _LEAST * period:
            return True
    return False

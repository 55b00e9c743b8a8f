"""
The sizes of type in a whole document, by which a page's headings get the level that they have on every other page.

One page alone shows the sizes of its own headings: its largest may be the document's title or its smallest heading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ...page import Line
from ...whole_document import TypeSizes


__all__ = ["LARGER", "MOST", "letters_of", "sizes_of", "type_sizes"]

LARGER = 1.08  # times the running text's size: headings by size
MOST = 0.2  # of all letters: a size with more is that of a text
FEWEST = 3  # letters
NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
APART = 0.9  # sizes nearer than this are one


def sizes_of(lines: Iterable[Line]) -> TypeSizes | None:
    """Return the sizes in which the *lines* of all pages of a document are set."""
    letters: dict[float, int] = defaultdict(int)
    for line in lines:
        if line.size:
            letters[line.size] += letters_of(line.text)
    return type_sizes(letters.items())


def letters_of(text: str) -> int:
    """Return how many letters *text* has, which of one in ASCII is told without a look at each."""
    return len(text.encode().translate(None, NO_LETTERS)) if text.isascii() else sum(map(str.isalpha, text))


def type_sizes(pieces: Iterable[tuple[float, float]]) -> TypeSizes | None:
    """
    Return the sizes in which a document is set, None where nothing can be told.

    Args:
        pieces: Size in points of each piece of its text, and about how many letters it has.
    """
    letters: dict[float, float] = defaultdict(float)
    for size, count in pieces:
        letters[round(size, 1)] += count
    every = sum(letters.values())
    if not every:
        return None
    half, body = every / 2, 0.0
    for size, count in sorted(letters.items()):
        half, body = half - count, size
        if half <= 0:
            break
    headings: list[float] = []
    for size, count in sorted(letters.items(), reverse=True):
        if size < LARGER * body:
            break
        if FEWEST <= count <= MOST * every and (not headings or size < APART * headings[-1]):
            headings.append(size)
    return TypeSizes(body, tuple(headings))

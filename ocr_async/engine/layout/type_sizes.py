"""
The sizes of type in a whole document, by which a page's headings get the level that they have on every other page.

One page alone shows the sizes of its own headings: its largest may be the document's title or its smallest heading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..page import Line, Sheet, TypeSizes
from .lists import marker


__all__ = ["heading_styles", "sizes_of", "style_of", "type_sizes"]

LARGER = 1.08  # times the running text's size: headings by size
MOST = 0.2  # of all letters: a size with more is that of a text
FEWEST = 3  # letters
NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
APART = 0.9  # sizes nearer than this are one
SMALLER = 0.9  # times the running text's size: a bold line that is no heading of its text
SEVERAL = 3  # lines of a style
MOSTLY = 0.7  # of them
NEAR = 8  # lines above and below that are looked at


def sizes_of(lines: Iterable[Line]) -> TypeSizes | None:
    """Return the sizes in which the *lines* of all pages of a document are set."""
    return type_sizes((line.size, _letters(line.text)) for line in lines if line.size)


def _letters(text: str) -> int:
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


def heading_styles(sheets: Iterable[Sheet], body: float) -> frozenset[tuple[str, float]]:
    """
    Return the styles, font and size, in which a document sets headings: bold or larger than its text.

    Nearly all lines of such a style stand alone in their row, further from what is above than from what is below, and
    what is below is set in another style, and no further in, as what is said of a term would be; a list or code may be
    below a larger one.

    Args:
        body: Size of the running text.
    """
    letters: dict[tuple[str, float], int] = defaultdict(int)
    alone: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for sheet in sheets:
        level = sorted((line for line in sheet.lines if not line.angle and line.size), key=lambda line: line.box.top)
        for index, line in enumerate(level):
            style = style_of(line)
            letters[style] += _letters(line.text)
            if (line.bold or style[1] > LARGER * body) and style[1] > SMALLER * body:
                above, below = level[max(0, index - NEAR) : index], level[index + 1 : index + NEAR]
                heads = _heads(line, above, below, larger=style[1] > LARGER * body)
                if heads is not None:
                    alone[style].append(heads)
    most = MOST * sum(letters.values())
    return frozenset(
        style
        for style, found in alone.items()
        if len(found) >= SEVERAL and sum(found) >= MOSTLY * len(found) and letters[style] < most
    )


def style_of(line: Line) -> tuple[str, float]:
    """Return the font of *line*, without the name of its subset, and its size."""
    return (line.font or "").rpartition("+")[2], round(line.size or 0.0, 1)


def _heads(line: Line, before: Sequence[Line], after: Sequence[Line], *, larger: bool) -> bool | None:
    """
    Whether *line* stands as a heading does among those *before* and *after* it, which come from the top down.

    None where it is one of several lines that belong together.
    """
    box, size, style = line.box, line.size or 1.0, style_of(line)
    if any(box.down(other.box) > 0.5 * min(box.height, other.box.height) for other in (*before, *after)):
        return False
    over = next((each for each in reversed(before) if each.box.top < box.top and box.across(each.box) > 0), None)
    under = next((each for each in after if each.box.top > box.centre and box.across(each.box) > 0), None)
    if under is None or any(each is not None and style_of(each) == style for each in (over, under)):
        return None
    if under.box.left > box.left + size and not (larger and (under.mono or marker(under.text) is not None)):
        return False
    gap = under.box.top - box.bottom
    return gap < 3 * size and (over is None or box.top - over.box.bottom > max(0.4 * size, 0.9 * gap))

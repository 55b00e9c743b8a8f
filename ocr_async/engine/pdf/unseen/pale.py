"""
Leaves out text that nobody sees: what `hidden` tells, and white or clear letters on the white of the page, by which
some hide words for machines.

White letters on a dark ground are seen. What is drawn under them is told by boxes first, as most such pages are slides
and heads of tables; where none is known to be dark, the page is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...page import Box, Picture
from ..char_fonts import CharFont, CharFonts
from ..letters.pieces import Word, box_of, piece


__all__ = ["without_hidden", "without_unseen"]

PALE = 0xF0  # of 255, the least of red, green and blue
DARKER = 8  # of 255: by so much is what pale letters are seen on
GROUND = 0.35  # of their box is that, at least; letters printed there take less
INK = 0.12  # likewise, where no others are: letters filled with a shading are white for the parser; a rule is less
NO_INK = 0.02  # likewise: clear letters may be those of which it is not known what fills them
MOSTLY = 0.5  # of the words of a page
MOST = 2000  # grounds that are looked at


def without_hidden(items: Sequence[Any], fonts: CharFonts) -> Sequence[Any]:
    """Return the text *items* of a parser's page without the words that are covered, or of a layer that is off."""
    hidden = fonts.hidden
    if hidden is None:
        return items
    out: list[Any] = []
    told = unseen = 0
    for item in items:
        words = [*map(Word.of, item.words)]
        if words and hidden.hides(item.text, box_of(item)):
            left = []
        else:
            left = [word for word in words if not hidden.hides(word.text, box_of(word))]
        told, unseen = told + len(words), unseen + len(words) - len(left)
        if left and len(left) < len(words):
            font = CharFont.of(item)
            out.append(piece(left, font, item.mcid, item.fill_color))
        elif left or not words:
            out.append(item)
    # Most of a page without layers is what was recognised of pictures that lie on it.
    return out if unseen < (told if fonts.drawn and fonts.drawn.layers else MOSTLY * told) else items


def without_unseen(
    items: Sequence[Any], shapes: Sequence[Any], pictures: Sequence[Picture], fonts: CharFonts
) -> Sequence[Any]:
    """
    Return the text *items* of a parser's page without those that are as pale as what is behind them.

    Args:
        shapes: What the parser tells to be drawn.

        pictures: Raster images.
    """
    colours = [item.fill_color for item in items]
    unseen = set(filter(_is_pale, set(colours)))
    if not unseen:
        return items
    pale = [item for item, colour in zip(items, colours, strict=True) if colour in unseen]
    grounds = [picture.box for picture in pictures]
    grounds += [box_of(shape.bbox) for shape in shapes[:MOST] if shape.fill and not _is_pale(shape.fill_color)]
    bare = [item for item in pale if not any(box_of(item).share(ground) > 0.5 for ground in grounds)]
    if not bare:
        return items
    dark = fonts.darkness([box_of(item) for item in bare], PALE - DARKER)
    others = [box_of(item) for item, colour in zip(items, colours, strict=True) if colour not in unseen]
    gone: set[int] = set()
    for item, share in zip(bare, dark, strict=True):
        if share < _least(item, others) and _whole(item, fonts):
            gone.add(id(item))
    return [item for item in items if id(item) not in gone] if gone else items


def _least(item: Any, others: Sequence[Box]) -> float:
    """Return how much of the place of *item* is dark, at least, where its letters are seen, beside *others* or not."""
    if _is_clear(item.fill_color):
        return NO_INK
    box = box_of(item)
    return GROUND if any(box.share(other) > 0 for other in others) else INK


def _is_pale(colour: str | None) -> bool:
    """Whether *colour*, as a parser tells it (alpha, red, green and blue in hexadecimal digits), is white or clear."""
    if colour is None or colour[2:3] != "f":
        return _is_clear(colour)
    return all(int(colour[at : at + 2], 16) >= PALE for at in (2, 4, 6))


def _is_clear(colour: str | None) -> bool:
    return colour is not None and colour[:2] == "00"


def _whole(item: Any, fonts: CharFonts) -> bool:
    """Whether all words of *item* are pale, as its first letters are: the parser may have joined others to them."""
    colours = (fonts.colour(word.x + word.width / 2, word.y + word.height / 2) for word in item.words)
    return all(colour is None or min(colour) >= PALE for colour in colours)

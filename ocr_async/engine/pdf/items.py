"""What is the same for all words of a piece of text that a PDF's parser reports, above all how it is set."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from ..page import Box
from .char_fonts import CharFont, CharFonts
from .letters.fonts import face
from .spaces import has_closed_spaces, has_torn_words, tracking_of


__all__ = ["Item"]

GLYPHLESS = "GlyphLessFont"  # of Tesseract, which stretches a word and a space to the word's place
BLACK = "ff000000"
BRACKETS = "[({<|"  # set larger than the words within them, or in another font
LOWER = 0.08  # of the height of letters: so much lower smaller ones end


class Item:
    """
    What is the same for all words of one item; read from the parser once, as each look there copies.

    Args:
        leaning: The size of its letters, where they lean on a level line: see `slanted`.

    Attributes:
        source: As the parser reports it.

        colour: In hexadecimal digits; empty where it is black.

        closed: Whether some of its spaces are none, see `spaces`.

        mark: Its marked-content id.

        pieces: Its text at the spaces.

        fonts: Those of the page's letters.

        tracking: How far its letters reach over each other, in points.

        stretched: Whether its words are stretched to their places, each with the space behind it.

        leaning: Whether its letters reach over the spaces behind them, so that these do not show in the words' boxes.
    """

    def __init__(
        self,
        item: Any,
        text: str,
        words: Sequence[Any],
        fonts: CharFonts,
        heavy: float,
        leaning: float | None = None,
    ) -> None:
        self.text = text
        self.pieces = text.split()
        self.source = item
        self.font = item.font_name or ""
        self.stretched = self.font == GLYPHLESS and fonts.has_stretched_spaces
        self.size = leaning or float((item.font_height if not self.stretched else 0.0) or item.height or 1.0)
        bold, italic, self.even = face(self.font)
        self.slanted = italic or leaning is not None
        self.bold = (item.font_weight or 0) >= heavy if bold is None else bold
        self.mark = item.mcid
        self.colour = "" if (colour := item.fill_color) == BLACK else colour or ""
        self.fonts = fonts
        numbered = _is_numbered(words)
        marked = len(words) > 1 and (self.bold or self.slanted or self.even or numbered)
        self.even = self.even or numbered
        if leaning is None and (marked or (words and len(text) > 2 and text[0] in BRACKETS)):
            self._look_closer(words, fonts, heavy)
        self.leaning = leaning is not None
        torn = has_torn_words(words, len(self.pieces), self.size)
        self.closed = not self.leaning and (torn or has_closed_spaces(words, self.size))
        self.tracking = 0.0
        if words and not (self.even or self.leaning):
            self.tracking = tracking_of(self.pieces, words, self.size, fonts)

    def at(self, box: Box) -> Item:
        """Return what is the same for those of its words that are set as that in *box* is, unlike the first ones."""
        own = copy(self)
        if (font := self.fonts.at(box.middle, box.centre)) is not None:
            bold, own.slanted, own.even = face(font.name)
            own.bold = self.bold if bold is None else bold
            own.font, own.size = font.name, font.size or self.size
        return own

    def has_space_before(self, box: Box) -> bool:
        """Whether a space stands before *box* that its slanted letters reach over."""
        return self.slanted and self.fonts.has_space_before(box)

    def _look_closer(self, words: Sequence[Any], fonts: CharFonts, heavy: float) -> None:
        """Take the font of most letters, where they do not go on in that of the first."""
        last = _font_of(words[-1], fonts)
        middle = _font_of(words[len(words) // 2], fonts) if len(words) > 2 else last  # the parser's letters are many
        found = [font for font in (last, middle) if font is not None]
        self.even = self.even and all(face(font.name)[2] for font in found)
        if len(found) == 2 and found[0].name == found[1].name != self.font:
            bold, self.slanted, _ = face(found[0].name)
            self.bold = found[0].weight >= heavy if bold is None else bold
            self.font, self.size = found[0].name, found[0].size or self.size


def _is_numbered(words: Sequence[Any]) -> bool:
    """Whether *words* may be a line of a listing behind its number, which is set in smaller letters."""
    if len(words) < 2 or not words[0].text.isdecimal():
        return False
    number, code = words[0], words[1]
    lower: bool = number.y - code.y > LOWER * code.height
    return lower


def _font_of(word: Any, fonts: CharFonts) -> CharFont | None:
    return fonts.at(word.x + word.width / 2, word.y + word.height / 2)

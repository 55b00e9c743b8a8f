"""Pieces of text that the parser does not tell, in the form in which it tells the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from ...page import Box, union
from ..char_fonts import CharFont


__all__ = ["Piece", "Word", "box_of", "piece", "word"]


@frozen
class Word:
    """A word as the parser tells it."""

    text: str
    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, told: Any) -> Word:
        """Return a copy of one that the parser has *told*, each look at which takes its time."""
        return cls(told.text, told.x, told.y, told.width, told.height)


@frozen
class Piece:
    """A piece of text as the parser tells it."""

    text: str
    words: Sequence[Word]
    x: float
    y: float
    width: float
    height: float
    font_name: str
    font_weight: int
    font_height: float
    mcid: int | None
    rotation: float = 0.0
    fill_color: str | None = None
    char_codes: Sequence[int] = ()


def box_of(thing: Any) -> Box:
    """Return where *thing* stands: an item, a word or a rectangle, as the parser tells it."""
    return Box(thing.x, thing.y, thing.x + thing.width, thing.y + thing.height)


def word(text: str, boxes: Sequence[Box]) -> Word:
    """Return the word *text*, whose letters stand in *boxes*."""
    box = union(boxes)
    return Word(text, box.left, box.top, box.width, box.height)


def piece(words: Sequence[Word], font: CharFont, mark: int | None, colour: str | None = None) -> Piece:
    """Return *words* of one line in one piece."""
    box = union([box_of(word) for word in words])
    sides = box.left, box.top, box.width, box.height
    text = " ".join(word.text for word in words)
    return Piece(text, tuple(words), *sides, font.name, font.weight, font.size, mark, fill_color=colour)

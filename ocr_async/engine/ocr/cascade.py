"""
Two networks read the lines of a page: the tiny one each, and the small one those that the tiny one is unsure of.

The tiny one takes a fifth of the time. Its word is not taken for numbers, in which nobody sees what is wrong. It knows
a third of the small one's characters, and of one that it does not know it makes another, perhaps surely: so it is not
taken for a line with Chinese characters either, nor on a page where the small one finds any that it does not know:
that looks at three lines in any case, of a page in the letters of English at a few words, around what is oddest, and
reads the lines whole of which it reads those otherwise.
How the figures here were found is told in docs/explanation/engine.md.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .lines import Characters, Reading, characters, read_line
from .networks import LineNetwork


__all__ = ["Cascade", "Each"]

_MOST_DOUBT = 0.04  # the mean over a line's characters of what they are short of sure, weighted
_AGAIN = 2  # times that doubt: a line is looked at again, and taken if it reads the same
_NARROW = 0.9  # of its width, for that second look
_WEIGHTS = (1, 4, 10)
"""
What the doubt of a character weighs: of letters of English and spaces; of digits, marks and the like; of other letters.

Of the characters that the networks read otherwise, so many more are of these kinds than their scores tell.
"""
_HARD = 0.3  # of a page's text, by length, is doubtful: then half the doubt is enough, for all of it is harder to read
_SHORT = 4.0  # times as long as high: an amount, a number; little to save, and nothing around it to tell by
_DIGITS = 0.2  # of the characters
_FEWEST = 0.9  # letters a length of one height; print has more, and of a strange script a dot here and there is read
_IDEOGRAPHS = "\u2e80"  # and all after it: Chinese, Japanese, Korean
_WITNESSES = 3  # lines of a page that the small one looks at in any case
_FOREIGN = 0.003  # of the letters are none of English: a page in another language, or with names of one
_PIECE = 3.0  # times as long as high: words of a line around its oddest character
_ODD = 0.02  # what a character that is read surely counts as short of it, for letters of other languages to be odd
_READ = 0.8  # how sure it must be of words for their characters to be there
_READ_SURELY = 0.97  # of a single one: once on four clean pages it read "fașt" for "fast", at .90

Picture = NDArray[np.uint8]
Item = TypeVar("Item")
Result = TypeVar("Result")


class Each(Protocol):
    """Does something for each of several lines, on all processors."""

    def __call__(self, do: Callable[[Item], Result], items: Sequence[Item], failed: Result, /) -> list[Result]:
        """Return what *do* returns for each of *items*, *failed* where it raises; raise if it does for all."""
        ...


@frozen
class Cascade:
    """Both networks."""

    tiny: LineNetwork
    small: LineNetwork

    def read(self, pictures: Sequence[Picture], each: Each) -> list[Reading]:
        """Return what *pictures*, the upright lines of a page, say."""
        nothing = Reading("", 0.0, ())
        lengths = [picture.shape[1] / picture.shape[0] for picture in pictures]
        glances = each(self._glance, pictures, None)
        taken = self._taken(pictures, glances, each)
        readings = [
            glance.reading(tiny=True) if glance is not None and sure else nothing
            for glance, sure in zip(glances, taken, strict=True)
        ]

        def read_well(indexes: Sequence[int]) -> None:
            found = each(lambda index: read_line(pictures[index], self.small), indexes, nothing)
            for index, reading in zip(indexes, found, strict=True):
                readings[index] = reading

        read_well([index for index, sure in enumerate(taken) if not sure])
        well = [reading for reading in readings if not reading.tiny and reading.text]
        missing = max(0, _WITNESSES - len(well))
        tiny = {index: glance for index, glance in enumerate(glances) if glance is not None and readings[index].tiny}
        if _is_english(tiny.values()):
            odd = sorted((_oddest(glance, lengths[index]), index) for index, glance in tiny.items())[::-1][:missing]
            pieces = [_piece(pictures[index], begin, end) for (_, begin, end), index in odd]
            found = each(lambda piece: read_line(piece, self.small), pieces, nothing)
            well += found
            read_well(
                [
                    index
                    for ((_, begin, end), index), reading in zip(odd, found, strict=True)
                    if _said(tiny[index], begin, end) != reading.text.replace(" ", "")
                ]
            )
        else:
            longest = sorted(tiny, key=lambda index: -lengths[index])[:missing]
            read_well(longest)
            well += [readings[index] for index in longest]
        if self._misses(well):
            read_well([index for index, reading in enumerate(readings) if reading.tiny])
        return readings

    def _glance(self, picture: Picture) -> Characters | None:
        return characters(picture, self.tiny) if picture.shape[1] > _SHORT * picture.shape[0] else None

    def _taken(self, pictures: Sequence[Picture], glances: Sequence[Characters | None], each: Each) -> list[bool]:
        """Return of which of *pictures*' lines the tiny network's word, *glances*, is taken."""
        lengths = [picture.shape[1] / picture.shape[0] for picture in pictures]
        doubts = list(map(_doubt, glances, lengths))
        text = [(doubt, length) for doubt, length in zip(doubts, lengths, strict=True) if doubt < math.inf]
        doubtful = sum(length for doubt, length in text if doubt > _MOST_DOUBT)
        hard = doubtful > _HARD * sum(length for _, length in text)
        most = _MOST_DOUBT / 2 if hard else _MOST_DOUBT

        def reads_the_same(index: int) -> bool:
            glance = glances[index]
            return glance is not None and characters(_narrowed(pictures[index]), self.tiny).text == glance.text

        looked_at_again = [index for index, doubt in enumerate(doubts) if most < doubt <= _AGAIN * most]
        same = dict(zip(looked_at_again, each(reads_the_same, looked_at_again, False), strict=True))
        return [same.get(index, doubt <= most) for index, doubt in enumerate(doubts)]

    def _misses(self, readings: Sequence[Reading]) -> bool:
        """Whether *readings*, by the small network, have characters that the tiny one does not know."""
        known = set(self.tiny.letters)
        words = (word for reading in readings for word in reading.words)
        strange = [(text, confidence) for text, confidence, _, _ in words if not known.issuperset(text)]
        if any(confidence >= _READ_SURELY for _, confidence in strange):
            return True
        return len({text for text, confidence in strange if confidence >= _READ}) > 1


def _narrowed(picture: Picture) -> Picture:
    width = max(1, round(_NARROW * picture.shape[1]))
    return np.asarray(cv2.resize(picture, (width, picture.shape[0]), interpolation=cv2.INTER_AREA), np.uint8)


def _doubt(glance: Characters | None, length: float) -> float:
    """Return how doubtful what the tiny network says of a line is; infinite if its word is not taken anyway."""
    if glance is None:
        return math.inf
    letters = [character for character in glance.text if not character.isspace()]
    if len(letters) < max(1, _FEWEST * length) or max(letters) >= _IDEOGRAPHS:
        return math.inf
    if sum(map(str.isdigit, letters)) >= _DIGITS * len(letters):
        return math.inf
    weights = np.array([_weight(character) for character in glance.text])
    return float((weights * (1 - glance.scores)).mean())


def _is_english(lines: Iterable[Characters]) -> bool:
    """Whether all of the letters of *lines*, but for a few, are those of English."""
    letters = [character for line in lines for character in line.text if character.isalpha()]
    return sum(not character.isascii() for character in letters) <= _FOREIGN * len(letters)


def _oddest(glance: Characters, length: float) -> tuple[float, float, float]:
    """
    Return how odd the oddest character of a line is, and where the words around it begin and end, as parts of it.

    Args:
        length: Of the line, in times its height.
    """
    odd = np.array([_weight(character) for character in glance.text]) * (1 + _ODD - glance.scores)
    worst = int(odd.argmax())
    middle, reach = float(glance.places[worst]), _PIECE / length / 2
    gaps = [
        float(place) + glance.step / 2 for place, said in zip(glance.places, glance.text, strict=True) if said == " "
    ]
    begin = max((gap for gap in gaps if gap < middle - reach), default=0.0)
    end = min((gap for gap in gaps if gap > middle + reach), default=1.0)
    return float(odd[worst]), begin, end


def _said(glance: Characters, begin: float, end: float) -> str:
    """Return the letters and marks of a line that stand between two parts of it."""
    return "".join(
        said for place, said in zip(glance.places, glance.text, strict=True) if begin <= place < end and said != " "
    )


def _piece(picture: Picture, begin: float, end: float) -> Picture:
    width = picture.shape[1]
    return np.ascontiguousarray(picture[:, round(begin * width) : max(round(begin * width) + 1, round(end * width))])


@functools.cache
def _weight(character: str) -> int:
    if character.isspace() or (character.isascii() and character.isalpha()):
        return _WEIGHTS[0]
    return _WEIGHTS[2 if character.isalpha() else 1]

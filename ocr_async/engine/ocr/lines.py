"""Reading the picture of one line: its text, and how sure the network is of each word."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import cv2
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from .networks import LineNetwork, batch_of


__all__ = ["Characters", "Reading", "accented", "characters", "read_line", "word_at"]

_HEIGHT = 48
_NARROWEST = 64
_LIKELY = 0.5  # that one of the steps between two characters is a space
_EUROPEAN = 192  # characters with which the networks' alphabets begin: the blank, and those of most pages
_WIDEST = 3200  # 48 pixels high; what is longer is squeezed
_SMALL = "a-zß-öø-ÿ"
_LOST_SPACE = re.compile(
    rf"(?<=[A-Za-zÀ-ÖØ-öø-ÿ]{{2}}[,;])(?=[{_SMALL}]{{2}})|(?<=[{_SMALL}]{{2}}\.)(?=[A-ZÀ-ÖØ-Þ][{_SMALL}])"
)
_NO_PROSE = re.compile(r"[\d/\\@_=<>{}\[\]#&]|\..*\.\w")  # of a word: an address, a name in a program, a number


@frozen
class Reading:
    """
    The text of one line.

    Attributes:
        confidence: The mean over its characters, 0 to 1; 0 where nothing was read.

        words: Each with its confidence, of a number that of its least sure figure, and where it begins and ends, as
            parts (0 to 1) of the line's length.

        tiny: Whether the tiny network's word was taken for it.

        accents: How sure the network is of the surest letter with an accent, 0 to 1; 1 where it was read otherwise.

        commas: Of each comma and full stop, how likely it is the comma of both; none where it was read otherwise.
    """

    text: str
    confidence: float
    words: tuple[tuple[str, float, float, float], ...]
    tiny: bool = False
    accents: float = 1.0
    commas: tuple[float, ...] = ()

    @property
    def letters(self) -> int:
        """How many characters it has, spaces left out."""
        return sum(map(len, self.text.split()))

    def rewritten(self, text: str) -> Reading:
        """Return it with another *text* of as many words."""
        if text == self.text:
            return self
        parts = text.split()
        words = tuple((part, *word[1:]) for part, word in zip(parts, self.words, strict=True))
        return evolve(self, text=text, words=words)


@frozen
class Characters:
    """
    A line character by character.

    Attributes:
        scores: How sure the network is of each.

        places: Where each begins, as a part of the line's length.

        step: The part of the line's length that the network looks at as one.

        commas: Of each comma and full stop, how likely it is the comma of both.
    """

    text: tuple[str, ...]
    scores: NDArray[np.float32]
    places: NDArray[np.floating[Any]]
    step: float
    commas: tuple[float, ...] = ()

    def reading(self, *, tiny: bool = False) -> Reading:
        """Return them as words."""
        if not self.text:
            return Reading("", 0.0, ())
        text, scores, places = _with_lost_spaces(self.text, self.scores, self.places)
        words = tuple(_words(text, scores, places, self.step))
        marked = (float(scores[place]) for place, each in enumerate(text) if not each.isascii() and accented(each))
        accents = max(marked, default=0.0)
        return Reading("".join(text).strip(), float(self.scores.mean()), words, tiny, accents, self.commas)


def accented(character: str) -> bool:
    """Whether *character* is a letter from A to Z with marks above or below it."""
    if character.isascii() or not character.isalpha():
        return False
    parts = unicodedata.normalize("NFD", character)
    return parts[0].isascii() and len(parts) > 1


def read_line(picture: NDArray[np.uint8], reader: LineNetwork) -> Reading:
    """Return what *picture*, one upright line in blue, green and red, says."""
    return characters(picture, reader).reading()


def characters(picture: NDArray[np.uint8], reader: LineNetwork) -> Characters:
    """
    Return what *picture*, one upright line in blue, green and red, says.

    Source: connectionist temporal classification, greedy: the likeliest character of each step, repetitions merged;
    but of a space, which two steps may share, what all steps between two characters say of it together.
    """
    height, width = picture.shape[:2]
    wide = min(_WIDEST, max(1, math.ceil(_HEIGHT * width / height)))
    way = cv2.INTER_AREA if height > 1.5 * _HEIGHT else cv2.INTER_LINEAR
    small = cv2.resize(picture, (wide, _HEIGHT), interpolation=way)
    batch = batch_of(np.asarray(small, np.uint8), _NARROWEST)
    steps = reader.network(batch)[0]
    best = steps[:, :_EUROPEAN].argmax(axis=1)
    for at in np.flatnonzero(steps[np.arange(len(best)), best] <= _LIKELY).tolist():  # or it can be no other
        best[at] = steps[at].argmax()
    sure = steps[np.arange(len(best)), best]
    kept = best != 0
    kept[1:] &= best[1:] != best[:-1]
    _put_spaces(steps, best, sure, kept)
    places = np.flatnonzero(kept)
    step = batch.shape[3] / len(best) / wide
    text = tuple(map(reader.letters.__getitem__, best[places].tolist()))
    marks = places[[index for index, letter in enumerate(text) if letter in {",", "."}]]
    return Characters(text, sure[places], places * step, step, _commas(steps[marks], reader))


def _commas(steps: NDArray[np.float32], reader: LineNetwork) -> tuple[float, ...]:
    if not len(steps):
        return ()
    comma, stop = (steps[:, reader.letters.index(mark)] for mark in (",", "."))
    return tuple((comma / (comma + stop)).tolist())


def _put_spaces(
    steps: NDArray[np.float32], best: NDArray[np.intp], sure: NDArray[np.float32], kept: NDArray[np.bool_]
) -> None:
    """Put a space between two characters where it is likelier that one of the steps there is one than that none is."""
    space = steps.shape[1] - 1
    blank = best == 0
    none = np.zeros(len(best))
    ends = steps[:, [0, space]]  # once, for they lie far apart in memory
    none[blank] = np.log(ends[blank, 0] / ends[blank].sum(axis=1))
    before = np.concatenate([[0.0], np.cumsum(none)])
    places = np.flatnonzero(kept)
    chances = 1 - np.exp(np.diff(before[places]))
    is_space = best[places] == space
    for place in np.flatnonzero((chances > _LIKELY) & ~is_space[:-1] & ~is_space[1:]).tolist():
        start, end = places[place : place + 2].tolist()
        at = start + int(np.where(blank, ends[:, 1], 0.0)[start:end].argmax())
        best[at], sure[at], kept[at] = space, chances[place], True


def _with_lost_spaces(
    text: tuple[str, ...], scores: NDArray[np.float32], places: NDArray[np.floating[Any]]
) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.floating[Any]]]:
    """
    Return the characters with the spaces that are missing behind commas and full stops of running text.

    The network takes one behind a comma for the comma's own. Nothing is put into numbers, addresses and names of
    programs, nor before a capital behind a comma: receipts are printed so.
    """
    line = "".join(text)
    if len(line) != len(text):
        return text, scores, places
    found = [each.start() for each in _LOST_SPACE.finditer(line)]
    lost = [at for at in found if not _NO_PROSE.search(line, (word := word_at(line, at)).start, word.stop)]
    if not lost:
        return text, scores, places
    spaced = tuple(
        character for index, each in enumerate(text) for character in ((" ", each) if index in lost else (each,))
    )
    return spaced, np.insert(scores, lost, scores[lost]), np.insert(places, lost, places[lost])


def word_at(text: str, place: int) -> range:
    """Return the places of the word around *place* of *text*."""
    end = text.find(" ", place)
    return range(text.rfind(" ", 0, place) + 1, end if end >= 0 else len(text))


def _words(
    characters: Sequence[str], scores: NDArray[np.float32], places: NDArray[np.floating[Any]], step: float
) -> list[tuple[str, float, float, float]]:
    words = []
    found = zip(characters, scores.tolist(), places.tolist(), strict=True)
    for is_space, own in groupby(found, lambda each: each[0].isspace()):
        letters, sureness, begins = zip(*own, strict=True)
        if not is_space:
            word, left, right = "".join(letters), begins[0], begins[-1] + 2 * step
            # of a number each figure has to be right, and nothing around one tells that it is not
            sure = min(sureness) if any(map(str.isdigit, word)) else sum(sureness) / len(sureness)
            words.append((word, sure, min(1.0, max(0.0, left - step)), min(1.0, right)))
    return words

"""
Tells which lines of a scan are set in even type, as code is between text: their ink comes and goes at one pitch.

Ink that repeats at the width of a character shows as a peak in the spectrum of how much of it is in each column of
pixels. Letters of different widths have such peaks, too, by chance: those of even type are higher, say how many
characters there are, and several lines have the same.

A narrow letter stands in the white of a whole cell, and recognisers take that for a space. A space has a cell of its
own: the middles of the letters beside it are two pitches apart, those of a word one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from string import punctuation
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ..page import Line, Word, of_words, union
from .connected import runs


__all__ = ["with_even_type"]

SAMPLES = 8192  # of a spectrum
NARROWEST, WIDEST = 0.42, 0.72  # of the size: the pitch of even type
LONG, ENOUGH, SHORT = 25, 10, 5  # characters that tell surely, beside others, and with a known pitch
TOGETHER = 60  # characters of lines that have one pitch
PEAK, SHARED = 0.28, 0.2  # of all ink: at a line's own pitch, and at that of others
RISE = 0.006  # for each character that a line has less than a long one
FLAT = 0.22  # no peak is higher where letters differ in width
SAME = 0.02  # of a pitch
COUNTED = 0.04  # of the width of a line
BEARING = 0.25  # of a pitch: the white beside the first letter and the last
LOST = 2.0  # characters
LETTERS = 0.5  # of the characters
INKED = 0.02  # of a line's height: less is no ink
LEAST = 2  # lines of either kind
NEAR = 1.5  # times the height of a line
ROW, ROWS, MOST = 6, 6, 0.8  # steps from letter to letter in a row; rows of one pitch on a page, and of all rows
ALIKE, CLOSE = 0.15, 0.12  # of the pitch: how much the steps of a row differ, and those in a word
REACH = 0.7  # likewise: how far from where it was read a space may be
ASIDE = {**dict.fromkeys("([{", 0.1), **dict.fromkeys(")]}", -0.1)}  # of the pitch: right of the middle of its cell


@frozen
class _Pitched:
    """
    What the ink of a line tells.

    Attributes:
        spectrum: How much of the ink comes and goes at each frequency, `SAMPLES` times the cycles a pixel; complex.

        wide: Pixels from the first ink to the last.

        pitch: Where the highest peak is of those that may be a character's width, in pixels.

        peak: How high that is.

        worded: Whether most of its characters are letters: digits are of one width in most fonts.
    """

    spectrum: NDArray[Any]
    wide: int
    pitch: float
    peak: float
    worded: bool

    def is_marked(self, count: int) -> bool:
        """Whether the peak is higher than *count* letters of different widths have by chance."""
        return count >= ENOUGH and self.peak > PEAK + RISE * max(0, LONG - count)

    def at(self, pitch: float) -> float:
        """Return how high the highest peak is at about *pitch*."""
        return _highest(self.spectrum, pitch * (1 - SAME), pitch * (1 + SAME))[1]

    def told(self, text: str, shared: Sequence[float]) -> bool | None:
        """Return whether *text* is in even type of one of the pitches *shared*; None where it is not sure."""
        at = [pitch for pitch in shared if self.at(pitch) > SHARED]
        if self.worded and at and (len(text) >= LONG or any(self.counts(text, pitch) for pitch in at)):
            return True
        return False if len(text) >= LONG and self.peak < FLAT else None

    def fits(self, text: str, pitch: float) -> bool:
        """Whether *text*, among lines in even type of *pitch*, is, too, though a space may have been lost."""
        return self.at(pitch) > PEAK and self.counts(text, pitch, LOST)

    def counts(self, text: str, pitch: float, lost: float = 0.5) -> bool:
        """Whether as many characters as *text* has, but for *lost*, are at *pitch* as wide as the ink."""
        return abs(pitch * (len(text) - BEARING) - self.wide) < max(lost * pitch, COUNTED * self.wide)


def with_even_type(
    lines: Sequence[Line], profiles: Sequence[NDArray[Any] | None], dark: bool = False
) -> tuple[Line, ...]:
    """
    Return *lines*, those in even type and those surely in letters of different widths marked, where there are both, and
    the words in even type whole.

    A page all of which is in even type was typed, or printed by a till: that is no code, unless its paper is *dark*, as
    that of a terminal.

    Args:
        profiles: How much ink is in each column of a line's pixels; None where it cannot be told.
    """
    lines = _whole(lines, profiles)
    found = [_pitched(profile, line) for line, profile in zip(lines, profiles, strict=True)]
    sure = [
        (each.pitch, len(line.text))
        for line, each in zip(lines, found, strict=True)
        if each and each.worded and each.is_marked(len(line.text)) and each.counts(line.text, each.pitch)
    ]
    shared = [
        pitch
        for pitch, _ in sure
        if sum(count for other, count in sure if abs(other - pitch) < SAME * pitch) >= TOGETHER
    ]
    told = [
        each.told(line.text, shared) if each and len(line.text) >= SHORT else None
        for line, each in zip(lines, found, strict=True)
    ]
    if told.count(True) < LEAST:
        return tuple(lines)
    if told.count(False) < LEAST:
        return tuple(evolve(line, mono=True) for line in lines) if dark else tuple(lines)
    typed = [line for line, even in zip(lines, told, strict=True) if even]
    return tuple(
        evolve(
            line,
            mono=even
            if even is not None
            else _stands_among(line, typed)
            and (len(line.text) < SHORT or (each is not None and any(each.fits(line.text, at) for at in shared))),
        )
        for line, each, even in zip(lines, found, told, strict=True)
    )


def _pitched(profile: NDArray[Any] | None, line: Line) -> _Pitched | None:
    if profile is None or not line.size:
        return None
    inked = np.flatnonzero(profile > INKED * line.box.height)
    if len(inked) < 2:
        return None
    ink = profile[inked[0] : inked[-1] + 1]
    rest = ink - ink.mean()
    spectrum = np.fft.rfft(rest, SAMPLES) / max(1e-6, float(np.abs(rest).sum()))
    pitch, peak = _highest(spectrum, NARROWEST * line.size, WIDEST * line.size)
    letters = sum(map(str.isalpha, line.text.encode("ascii", "ignore").decode()))
    return _Pitched(spectrum, len(ink), pitch, peak, letters >= LETTERS * len(line.text.replace(" ", "")))


def _highest(spectrum: NDArray[Any], narrowest: float, widest: float) -> tuple[float, float]:
    first = int(SAMPLES / widest)
    peaks = np.abs(spectrum[first : int(SAMPLES / narrowest) + 2])
    place = int(np.argmax(peaks))
    return SAMPLES / (first + place), float(peaks[place])


def _stands_among(line: Line, typed: Sequence[Line]) -> bool:
    """Whether *line* stands right over or under one of *typed*."""
    return any(
        line.box.across(other.box) > 0 and -line.box.down(other.box) < NEAR * other.box.height for other in typed
    )


def _whole(lines: Sequence[Line], profiles: Sequence[NDArray[Any] | None]) -> Sequence[Line]:
    """Return *lines* with the words whole that are in the page's even type, if nearly all even rows have its pitch."""
    both = zip(lines, profiles, strict=True)
    letters = [runs([] if ink is None else ink > INKED * line.box.height) for line, ink in both]
    found = np.sort(np.concatenate([np.empty(0), *map(_even, lines, letters)]))
    same = np.searchsorted(found, found * (1 + SAME)) - np.searchsorted(found, found * (1 - SAME))
    if same.max(initial=0) < max(ROWS, MOST * len(found)):
        return lines
    pitch = float(found[same.argmax()])
    return [_mended(line, own, pitch) if len(own) > 1 else line for line, own in zip(lines, letters, strict=True)]


def _even(line: Line, letters: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean of each row of steps from letter to letter of *line* that are alike."""
    if len(letters) <= ROW or not line.size:
        return np.empty(0)
    rows = np.lib.stride_tricks.sliding_window_view(np.diff(letters.mean(axis=1)), ROW)
    means = rows.mean(axis=1)
    even = np.abs(rows - means[:, None]).max(axis=1) < ALIKE * means
    return np.asarray(means[even & (means > NARROWEST * line.size) & (means < WIDEST * line.size)])


def _mended(line: Line, letters: NDArray[np.intp], pitch: float) -> Line:
    """Return *line*, whose *letters* begin and end there, with its words in even type of *pitch* whole."""
    white, between = letters[1:, 0] - letters[:-1, 1], (letters[1:, 0] + letters[:-1, 1]) / 2 + int(line.box.left)
    away = [np.abs(between - (before.box.right + word.box.left) / 2) for before, word in pairwise(line.words)]
    cuts = [0, *(int(np.where(far < REACH * pitch, white, -far).argmax()) + 1 for far in away), len(letters)]
    words = [*line.words[:1]]
    for index, (before, word) in enumerate(pairwise(line.words)):
        begin, joint, end = cuts[index : index + 3]
        text, last = before.text + word.text, words[-1]
        if (joint - begin, end - joint) == (len(before.text), len(word.text)):
            places = letters[begin:end].mean(axis=1) / pitch - [ASIDE.get(letter, 0.0) for letter in text]
            # signs before and behind it may be in other type
            inner = min(joint - begin, len(text) - len(text.lstrip(punctuation)) + 1), len(text.rstrip(punctuation))
            off = np.abs(np.diff(places) - 1)[inner[0] - 1 : max(joint - begin, inner[1] - 1)]
            if len(off) > 1 and off.max() < CLOSE:
                words.pop()
                word = Word(last.text + word.text, union((last.box, word.box)), min(last.confidence, word.confidence))
        words.append(word)
    return of_words(line, words) if len(words) < len(line.words) else line

"""
Tells which lines of a scan are set in even type, as code is between text: their ink comes and goes at one pitch.

Ink that repeats at the width of a character shows as a peak in the spectrum of how much of it is in each column of
pixels. Letters of different widths have such peaks, too, by chance: those of even type are higher, say how many
characters there are, and several lines have the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ..page import Line


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
    Return *lines*, those in even type and those surely in letters of different widths marked, where there are both.

    A page all of which is in even type was typed, or printed by a till: that is no code, unless its paper is *dark*, as
    that of a terminal.

    Args:
        profiles: How much ink is in each column of a line's pixels; None where it cannot be told.
    """
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

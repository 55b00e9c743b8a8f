"""Small pages put together by hand: words of equal letters, so that every position can be reckoned."""

from __future__ import annotations

from collections.abc import Iterable

from ocr_async.engine.page import Box, Line, Ruling, Sheet, Word


WIDTH = 0.5  # of the font size: every letter, and the space between words


def line(
    text: str,
    left: float,
    top: float,
    *,
    size: float = 10.0,
    bold: bool | None = False,
    font: str | None = "Times",
    confidence: float = 1.0,
    marks: tuple[int, ...] = (),
    mono: bool = False,
) -> Line:
    """One line of *text* whose letters are half as wide as *size*."""
    words: list[Word] = []
    x = left
    for word in text.split(" "):
        end = x + len(word) * WIDTH * size
        if word:
            words.append(Word(word, Box(x, top, end, top + size), confidence))
        x = end + WIDTH * size
    return Line(
        text=text,
        box=Box(left, top, words[-1].box.right, top + size),
        confidence=confidence,
        words=tuple(words),
        size=size,
        bold=bold,
        italic=False,
        mono=mono,
        font=font,
        marks=marks,
    )


def column(texts: Iterable[str], left: float, top: float, *, pitch: float = 12.0, size: float = 10.0) -> list[Line]:
    """Lines one below the other."""
    return [line(text, left, top + number * pitch, size=size) for number, text in enumerate(texts)]


def cells(table: Iterable[Iterable[str]], lefts: list[float], top: float, *, pitch: float = 14.0) -> list[Line]:
    """A table's cells, each a line of its own; empty texts leave their cell empty."""
    return [
        line(text, left, top + number * pitch)
        for number, row in enumerate(table)
        for text, left in zip(row, lefts, strict=True)
        if text
    ]


def level(left: float, right: float, y: float) -> Ruling:
    return Ruling(Box(left, y, right, y + 0.5))


def upright(x: float, top: float, bottom: float) -> Ruling:
    return Ruling(Box(x, top, x + 0.5, bottom))


def frame(left: float, top: float, right: float, bottom: float) -> list[Ruling]:
    """The four sides of a rectangle."""
    return [
        level(left, right, top),
        level(left, right, bottom),
        upright(left, top, bottom),
        upright(right, top, bottom),
    ]


def sheet(lines: Iterable[Line], **more: object) -> Sheet:
    """A page of 600 by 800 pixels."""
    return Sheet(width=600, height=800, lines=tuple(lines), **more)  # type: ignore[arg-type]


SENTENCE = "the quick brown fox jumps over the lazy dog and runs"
"""52 letters and spaces: 260 pixels wide at size 10."""

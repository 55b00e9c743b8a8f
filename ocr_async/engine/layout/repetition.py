"""Tells what repeats at the edges of the pages of a document, and where their running text begins and ends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ..page import Box, Line, Sheet
from ..whole_document import ALONE, Running
from .measure import ems, length, median, rows
from .running_heads import APART, EDGE, LARGEST_HEAD, LINE, NUMBER, SHORTEST, are_listed, is_inside, key, spot_of


__all__ = ["repeated"]

TITLE = 1.5  # times the size of the text: no running head is so large, but a banner
BANNER, PLACE = 0.8, 0.2  # of the pages have it at one place, so many times its height apart
LABELS = 0.25  # of the lines of a filled form are on nearly all of them
OFTEN = 0.3  # of the pages
FEWEST_SPOTS = 3  # pages
FEWEST_ROWS = 3  # of a page, below its head
OUTER = 16  # lines of a page, among which its outer rows are
CLOSE = 1.8  # times the size of the text: from one line of it to the next
FRAMED = 3  # pages that show where the running text begins


def repeated(sheets: Sequence[Sheet]) -> Running:
    """
    Return what stands at the top or foot of three pages in ten: the `key`s of lines on two of them at least, and the
    places of rows on three, which say something else on each, as the name of the section does.
    """
    if len(sheets) < 2:
        return ALONE
    sizes: dict[str, list[float]] = defaultdict(list)
    boxes: dict[str, list[Box]] = defaultdict(list)
    for sheet in sheets:
        edge = EDGE * sheet.height
        seen: dict[str, float] = {}
        for line in sheet.lines:
            if (line.box.bottom < edge or line.box.top > sheet.height - edge) and length(line) < 120:
                word = key(line.text)
                if len(word) >= SHORTEST:
                    seen[word] = ems(line)
                    boxes[word].append(line.box)
        for word, size in seen.items():
            sizes[word].append(size)
    least = max(2, round(OFTEN * len(sheets)))
    bodies = [median([ems(line) for line in sheet.lines]) for sheet in sheets]
    largest = TITLE * median([body for body in bodies if body], 1e3)
    words = {word: median(found) for word, found in sizes.items() if len(found) >= least}
    large = {word for word, size in words.items() if size >= largest}
    most = max(FEWEST_SPOTS, BANNER * len(sheets))
    banners = {word for word in large if len(sizes[word]) >= most and _at_one_place(boxes[word])}
    if banners and _are_forms(sheets):
        banners = set()
    words = {word: size for word, size in words.items() if word not in large or word in banners}
    spots: Counter[str] = Counter()
    frames: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for sheet, body in zip(sheets, bodies, strict=True):
        level = [line for line in sheet.lines if not line.angle and line.text.strip()] if sheet.source == "text" else []
        if len(level) <= FEWEST_ROWS:
            continue
        level.sort(key=lambda line: line.box.top)
        outermost = rows(level[:OUTER]), rows(level[-OUTER:])[::-1]
        spots.update(_spots(sheet, outermost, body))
        top, foot = (_begin(text_rows, words) for text_rows in outermost)
        if top is not None and foot is not None:
            frames[round(sheet.height)].append((top, foot))
    return Running(
        words,
        frozenset(spot for spot, count in spots.items() if count >= max(FEWEST_SPOTS, least)),
        {
            height: (sorted(top for top, _ in found)[1], sorted(foot for _, foot in found)[-2])
            for height, found in frames.items()
            if len(found) >= FRAMED
        },
        frozenset(banners),
    )


def _are_forms(sheets: Sequence[Sheet]) -> bool:
    """Whether the *sheets* are filled forms, such as invoices: what is large on each is its title."""
    said = [[word for line in sheet.lines if len(word := key(line.text)) >= SHORTEST] for sheet in sheets]
    counts = Counter(word for words in said for word in set(words))
    labels = [sum(counts[word] >= BANNER * len(sheets) for word in words) / max(1, len(words)) for words in said]
    return median(labels) > LABELS


def _at_one_place(boxes: Sequence[Box]) -> bool:
    lefts, feet = [box.left for box in boxes], [box.bottom for box in boxes]
    return max(max(lefts) - min(lefts), max(feet) - min(feet)) < PLACE * min(box.height for box in boxes)


def _begin(text_rows: Sequence[Sequence[Line]], words: Mapping[str, float]) -> float | None:
    """Return where the running text begins among *text_rows*, that come from an edge of the page; None without."""
    for row, following in pairwise(text_rows):
        if (
            all(sum(map(length, each)) >= LINE for each in (row, following))
            and abs(following[0].box.bottom - row[0].box.bottom) < CLOSE * ems(row[0])
            and abs(ems(row[0]) - ems(following[0])) < 0.1 * ems(row[0])
            and not any(key(line.text) in words for line in row)
        ):
            return max(line.box.bottom for line in row)
    return None


def _spots(sheet: Sheet, outermost: Sequence[Sequence[Sequence[Line]]], body: float) -> Iterable[str]:
    """Yield the places of the first and the last row of *sheet*, where they stand apart as running heads do."""
    for top, text_rows in zip((True, False), outermost, strict=True):
        row = text_rows[0]
        if not is_inside(row, sheet, top, EDGE) or not _stands_apart(row, text_rows[1:], body):
            continue
        plain = max(map(ems, row)) < LARGEST_HEAD * body and not any(line.bold for line in row)
        if plain or len(row) > 1:
            yield spot_of(row)


def _stands_apart(row: Sequence[Line], others: Sequence[Sequence[Line]], body: float) -> bool:
    """Whether *row* has a page number, or is further from the *others*, which go on from it, than these are apart."""
    if len(row) > 1 and any(NUMBER.fullmatch(line.text) for line in (row[0], row[-1])):
        return not are_listed(row, others[:2], body)
    tops = [text_row[0].box.top for text_row in (row, *others)]
    steps = [abs(low - high) for high, low in pairwise(tops)]
    return len(steps) >= FEWEST_ROWS and steps[0] > APART * median(steps[1:])

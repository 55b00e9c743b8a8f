"""
Takes headings from a document's list of contents, where it has no outline: what it names, and the page it gives.

A page counts as such a list where most of its rows end in the number of a page, one below the other, and these grow.
How far those numbers are from the places of pages in the file is what most titles that are found there tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from attrs import frozen

from ...page import Line, Sheet
from ...whole_document import Bookmark
from ..measure import ems, median, rows
from .outline import keys_of


__all__ = ["of_contents"]

PAGES = 20  # from the first one: a list of contents is among them
FEWEST = 4  # entries of such a page
MOSTLY = 0.5  # of its rows
GROWING = 0.9  # of the steps from one number to the next
ALIGNED = 1.0  # times the size: right edges that are one
SET_IN = 0.6  # times the size: left edges that differ by more are of two levels
NUMBERED = 0.6  # of the entries: the depth of their numbers is their level
LONGEST = 300  # characters of an entry, with its dots
ENTRY = re.compile(r"(?P<title>.*?[^\W_].*?)(?:[\s.·․…_]{2,}|\s)(?P<page>\d{1,4}|[ivxlc]{1,7})\s*", re.DOTALL)
LEADER = re.compile(r"[\s.·․…_]{3,}$")
DEPTH = re.compile(r"\s*(?:[A-Z]|\d{1,3})((?:\.\d{1,3})*)[.:)]?\s+\S")
BEGIN = 8  # a line that says this part of a title may begin it
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@frozen
class _Entry:
    """
    What a row of a list of contents says.

    Attributes:
        above: What the row above says, if that gives no page: this may go on with it.

        label: Whether the number of the page is Arabic, and which it is; Roman ones come before.

        led: Whether dots lead to it.
    """

    title: str
    above: str
    label: tuple[bool, int]
    left: float
    right: float
    size: float
    led: bool


def of_contents(pages: Sequence[tuple[int, Sheet]]) -> list[list[Bookmark]]:
    """
    Return for each of *pages*, each with its place in the document, what a list of contents names there.

    The levels are those of the list, from 0, as an outline's are. Nothing is returned where there is no such list.
    """
    marks: list[list[Bookmark]] = [[] for _ in pages]
    listed = [(place, found) for place, (_, sheet) in enumerate(pages[:PAGES]) if (found := _entries(sheet))]
    if not listed:
        return marks
    entries = [entry for _, found in listed for entry in found]
    lists = {place for place, _ in listed}
    said: dict[str, list[int]] = {}
    for place, (_, sheet) in enumerate(pages):
        for key in {key for line in sheet.lines for key in keys_of(line.text)} if place not in lists else ():
            said.setdefault(key, []).append(pages[place][0])
    places = {index: place for place, (index, _) in enumerate(pages) if place not in lists}
    shifts: dict[bool, Counter[int]] = {False: Counter(), True: Counter()}
    for entry in entries:
        arabic, number = entry.label
        for index in sorted({index for title in _titles(entry) for key in _starts(title, said) for index in said[key]}):
            shifts[arabic][index - number] += 1
    for entry, level in zip(entries, _levels(entries), strict=True):
        arabic, number = entry.label
        if not shifts[arabic]:
            continue
        at = places.get(number + shifts[arabic].most_common(1)[0][0])
        if at is not None:
            there = {key for line in pages[at][1].lines for key in keys_of(line.text)}
            titles = [title for title in _titles(entry) if any(_starts(title, there))] or [entry.title]
            marks[at].extend(Bookmark(title, level) for title in titles)
    return marks


def _entries(sheet: Sheet) -> list[_Entry]:
    """Return the entries of a list of contents on *sheet*; none where it has none."""
    if sum(line.text[-1:].isdigit() for line in sheet.lines) < FEWEST:
        return []
    found: list[_Entry] = []
    others = 0
    above = ""
    for row in rows(line for line in sheet.lines if not line.angle and line.text.strip()):
        entry = _entry(row, above)
        if entry is not None:
            found.append(entry)
        above = "" if entry is not None else " ".join(line.text for line in row)
        others += entry is None and any(map(str.isalpha, above))
    if len(found) < FEWEST:
        return []
    edge = Counter(round(entry.right / entry.size) for entry in found).most_common(1)[0][0]
    found = [entry for entry in found if entry.led or abs(entry.right / entry.size - edge) <= ALIGNED]
    steps = [low.label >= high.label for high, low in pairwise(found)]
    told = len(found) >= FEWEST and len(found) > MOSTLY * (len(found) + others)
    return found if told and sum(steps) >= GROWING * len(steps) and found[0].label != found[-1].label else []


def _entry(row: Sequence[Line], above: str) -> _Entry | None:
    text = " ".join(line.text.strip() for line in row)
    found = ENTRY.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    page = found["page"]
    label = (True, int(page)) if page.isdecimal() else (False, _roman(page))
    led = "..." in text.replace(" ", "") or "…" in text
    title = LEADER.sub("", found["title"]).strip()
    return _Entry(title, above, label, row[0].box.left, row[-1].box.right, ems(row[0]), led)


def _roman(text: str) -> int:
    values = [ROMAN[letter] for letter in text]
    return sum(-one if one < other else one for one, other in pairwise([*values, 0]))


def _titles(entry: _Entry) -> Iterator[str]:
    """Yield what *entry* may name, the longer title before the shorter one."""
    if entry.above:
        yield f"{entry.above} {entry.title}"
    yield entry.title


def _starts(title: str, said: dict[str, list[int]] | set[str]) -> Iterator[str]:
    """Yield what is *said* of a *title*: all of it, or else the longest line that it begins with."""
    for key in keys_of(title):
        yield from islice((key[:end] for end in range(len(key), len(key) // BEGIN + 2, -1) if key[:end] in said), 1)


def _levels(entries: Sequence[_Entry]) -> list[int]:
    """Return the level of each entry, by the depth of its number, or else by how far it is set in."""
    depths = [found[1].count(".") if (found := DEPTH.match(entry.title)) else None for entry in entries]
    if sum(depth is not None for depth in depths) >= NUMBERED * len(entries) and any(depths):
        return [depth or 0 for depth in depths]
    size = median([entry.size for entry in entries])
    lefts: list[float] = []
    for entry in sorted(entries, key=lambda entry: entry.left):
        if not lefts or entry.left > lefts[-1] + SET_IN * size:
            lefts.append(entry.left)
    return [max(level for level, left in enumerate(lefts) if entry.left >= left) for entry in entries]

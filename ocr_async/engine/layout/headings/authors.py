"""
Tells the names below a title, of authors and where they work, and the date, from headings: they are set large, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from ...page import Region
from ..measure import ems, ends_in_stop, length
from .signs import LARGEST_NAME, NAMED, SECTION, SPACED


__all__ = ["without_authors"]

ABSTRACT = re.compile(r"\W*(?:a ?b ?s ?t ?r ?a ?c ?t|summary|zusammenfassung|r[ée]sum[ée]|resumen)\W*", re.IGNORECASE)
LARGE = 1.05  # of the running text's size
MOST_WORDS = 8  # of a name
SHORT = 4  # letters of "von", "the"
TITLE = 0.85  # of the largest heading's size: the title's other lines, the name of a journal
LINE, RUNNING = 35, 100  # letters of a sentence with its stop, and of other running text


def without_authors(regions: Sequence[Region], body: float) -> list[Region]:
    """
    Return *regions*, where between a document's title and its text or abstract the names of authors are no headings.

    Args:
        body: Size of the running text in pixels.
    """
    titles = [index for index, region in enumerate(regions) if region.type == "title"]
    end = next((index for index in titles if ABSTRACT.fullmatch(regions[index].text)), 0)
    above = [index for index in titles if index < end]
    largest = max((_size(regions[index]) for index in above), default=0.0)
    names = _names_below(regions, titles, body)
    names.update(
        index
        for index in above
        if LARGE * body < _size(regions[index]) < TITLE * largest and not _is_set_off(regions[index])
    )
    return [
        evolve(region, type="text", level=None) if index in names else region for index, region in enumerate(regions)
    ]


def _names_below(regions: Sequence[Region], titles: Sequence[int], body: float) -> set[int]:
    """
    Return which of *regions*, by their indices in *titles*, are names below the title of a document.

    They are smaller than the title, have a look of their own, and stand in the middle, or on a page without text.
    """
    out: list[int] = []
    if not titles or any(map(_is_running, regions[: titles[0]])):
        return set()
    title = regions[titles[0]]
    if SECTION.match(title.text):
        return set()
    cover = not any(map(_is_running, regions))
    for index in titles[1:]:
        if any(map(_is_running, regions[titles[0] : index])) or not _is_author(regions[index], title, body):
            break
        if not cover and not _in_middle(regions, index, title, body):
            break
        out.append(index)
    while out and out[-1] + 1 < len(regions) and _is_running(regions[out[-1] + 1]):
        out.pop()  # the heading of what follows
    others = {_look(regions[index]) for index in titles[1:] if index not in out}
    return {index for index in out if _look(regions[index]) not in others}


def _is_running(region: Region) -> bool:
    """Whether *region* is text, and no name, place or date; or a list."""
    said = sum(map(length, region.lines))
    return region.type in {"list", "code"} or (
        region.type in {"text", "references"} and (said > RUNNING or (said > LINE and ends_in_stop(region.lines[-1])))
    )


def _in_middle(regions: Sequence[Region], index: int, title: Region, body: float) -> bool:
    """Whether the row of *regions* in which that at *index* stands has the middle of the *title*, and no edge of it."""
    own = regions[index].box
    row = [region.box for region in regions if region.box.is_level_with(own)]
    left, right = min(box.left for box in row), max(box.right for box in row)
    edge = min(region.box.left for region in regions)
    return abs((left + right) / 2 - title.box.middle) < 2 * body and title.box.left > edge + body < left


def _is_author(region: Region, title: Region, body: float) -> bool:
    """Whether *region* says a name, smaller than the *title*."""
    size = _size(region)
    large = (_is_set_off(region) or LARGE * body < size) and size < min(LARGEST_NAME * body, TITLE * _size(title))
    return large and not region.text.isupper() and _is_name(region.text)


def _look(region: Region) -> tuple[float, bool]:
    return round(_size(region), 1), _is_set_off(region)


def _is_name(text: str) -> bool:
    """Whether *text* is a name or a date: a few words with capitals or of digits, and short ones between."""
    words = text.split()
    large = [word for word in words if word[0].isupper() or word[0].isdecimal()]
    told = NAMED.fullmatch(text) or SECTION.match(text)
    return (
        not told
        and 1 < len(words) <= MOST_WORDS
        and len(large) > len(words) / 2
        and all(word in large or len(word) < SHORT for word in words)
    )


def _is_set_off(title: Region) -> bool:
    """Whether more than its size tells that *title* is a heading."""
    text = title.text
    return text.isupper() or SPACED.match(text) is not None or any(line.bold for line in title.lines)


def _size(region: Region) -> float:
    return max(map(ems, region.lines))

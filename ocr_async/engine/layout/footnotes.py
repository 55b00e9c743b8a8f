"""Tells a page's footnotes, which go to its end, and its list of references from the running text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from ..page import Box, Line, Region, Ruling
from .measure import ems, length


__all__ = ["footnotes", "references"]

MARK = re.compile(
    r"\s*(?:(?:[*∗†‡§¶#]{1,3}|[¹²³⁰-⁹]+|\(?\d{1,2}\)?(?=\s*[^\W\d]))\s*\S|corresponding author|e-?mail(?: address)?:)",
    re.IGNORECASE,
)
STARS = frozenset("*∗")
SHORTEST = 25  # letters of a note that only a ruling tells; less is a label
SMALL = 0.93  # of the running text's size; notes are commonly set at 0.8
LOWER_PART = 0.5
REFERENCES = re.compile(
    r"\W*(?:\d{0,2}\.?\s*)(?:references(?: and notes)?|bibliography|literature(?: cited)?|works cited|"
    r"literatur(?:verzeichnis)?|bibliographie|r[ée]f[ée]rences|bibliograf[íi]a|referencias)\W*",
    re.IGNORECASE,
)


def footnotes(regions: Sequence[Region], rulings: Sequence[Ruling], em: float, height: float) -> list[Region]:
    """
    Return *regions* with their footnotes last, so that a text is not interrupted at the foot of its first column.

    A footnote is set small at the foot of its column, and either a mark begins it or a short ruling parts it from the
    text above; what stands below it in the column belongs to it.

    Args:
        em: Size of the running text in pixels.

        height: Of the page in pixels.
    """
    body: list[Region] = []
    notes: list[Region] = []
    begun = False
    for index, region in enumerate(regions):
        # the same column goes on as long as the next region stands below this one
        begun = begun and _below(region.box, regions[index - 1].box)
        if not begun and _is_text(region) and region.box.top > LOWER_PART * height:
            begun = (
                MARK.match(region.lines[0].text) is not None
                or (len(region.text) >= SHORTEST and _parted(region.box, rulings, em))
            ) and _at_foot(regions, index, em)
        if begun:
            notes.append(_note(region))
        else:
            body.append(region)
    # Notes alone are no notes: the page's own text is then set small.
    return [*body, *notes] if any(region.type == "text" for region in body) else list(regions)


def _note(region: Region) -> Region:
    """*region* as a note; a star that begins one looks like a list's."""
    said = " ".join(f"{item.marker} {item.text}" for item in region.items) or region.text
    return evolve(region, type="footnote", text=said, items=())


def _at_foot(regions: Sequence[Region], index: int, em: float) -> bool:
    """Whether nothing stands below region *index* but small text that follows it in its column."""
    end = index + 1
    while end < len(regions) and _below(regions[end].box, regions[end - 1].box):
        end += 1
    rest, others = regions[index:end], (*regions[:index], *regions[end:])
    foot = rest[-1].box
    return _small(rest, em) and not any(_below(other.box, foot) for other in others)


def _below(box: Box, above: Box) -> bool:
    return box.centre > above.bottom - 0.5 * box.height and box.across(above) > 0


def _small(regions: Sequence[Region], em: float) -> bool:
    """Whether *regions* are text that is small on the whole, and nowhere as large as the running text."""
    whole = [line for region in regions for line in region.lines]
    return (
        all(map(_is_text, regions))
        and _size(whole) < SMALL * em
        and all(_size(region.lines) < em for region in regions)
    )


def _size(lines: Sequence[Line]) -> float:
    return sum(ems(line) * length(line) for line in lines) / max(1, sum(map(length, lines)))


def _is_text(region: Region) -> bool:
    return region.type == "text" or (region.type == "list" and all(item.marker in STARS for item in region.items))


def _parted(box: Box, rulings: Sequence[Ruling], em: float) -> bool:
    """Whether a ruling much shorter than a column stands above the beginning of *box*."""
    return any(
        ruling.horizontal
        and 2 * em < ruling.box.width < 15 * em
        and abs(ruling.box.left - box.left) < 2 * em
        and -0.3 * em < box.top - ruling.box.bottom < 1.5 * em
        for ruling in rulings
    )


def references(regions: Sequence[Region]) -> list[Region]:
    """Return *regions*, with the texts and lists under a heading such as "References" named so."""
    out: list[Region] = []
    under = False
    for region in regions:
        if region.type == "title":
            under = REFERENCES.fullmatch(region.text) is not None
        out.append(evolve(region, type="references") if under and region.type in ("text", "list") else region)
    return out

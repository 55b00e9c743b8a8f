"""One page as Azure tells of it: its size, its words by their place in the content, and what is found on it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from ...engine.page import Word
from ...models import OCRDimensions
from .._structure import NOWHERE, Box, Region, within_one


__all__ = ["JSON", "Found", "Sheet", "spans_of", "start_of"]

JSON = Mapping[str, Any]


def spans_of(item: JSON) -> list[tuple[int, int]]:
    """Return starts and ends of what *item* covers in the content."""
    found = item.get("spans") or ([item["span"]] if item.get("span") else [])
    return [(span["offset"], span["offset"] + span["length"]) for span in found]


def start_of(item: JSON) -> int:
    return min((start for start, _ in spans_of(item)), default=0)


@frozen
class Found:
    """A region with where it begins in the content, and Azure's own account of it."""

    start: int
    region: Region
    item: JSON
    name: str | None = None


@define
class Sheet:
    """One page: its size, its words by their place in the content, and the regions that are found on it."""

    number: int
    page: JSON
    spans: list[tuple[int, int]]
    scale: float
    dimensions: OCRDimensions | None
    words: list[tuple[int, Word]]
    found: list[Found] = field(factory=list)
    pairs: list[tuple[JSON, Box | None]] = field(factory=list)

    @classmethod
    def of(cls, page: JSON, dpi: int) -> Sheet:
        inches = page.get("unit") == "inch"
        scale = float(dpi) if inches else 1.0
        dimensions = None
        if page.get("width") and page.get("height") and page.get("unit"):
            dimensions = OCRDimensions(
                dpi=dpi if inches else None,
                width=round(page["width"] * scale),
                height=round(page["height"] * scale),
            )
        sheet = cls(page["pageNumber"], page, spans_of(page), scale, dimensions, [])
        for word in page.get("words") or ():
            sure = within_one(float(word.get("confidence", 1.0)))
            sheet.words.append((start_of(word), Word(word["content"], sheet.box(word.get("polygon")), sure)))
        sheet.words.sort(key=lambda placed: placed[0])
        return sheet

    def box(self, polygon: Sequence[float] | None) -> Box:
        """Return the upright rectangle around *polygon*, in pixels."""
        if not polygon:
            return NOWHERE
        across, down = polygon[::2], polygon[1::2]
        scale = self.scale
        return Box(min(across) * scale, min(down) * scale, max(across) * scale, max(down) * scale)

    def holds(self, offset: int) -> bool:
        return any(start <= offset < end for start, end in self.spans)

    def words_in(self, spans: Iterable[tuple[int, int]]) -> Iterator[Word]:
        for start, end in spans:
            number = bisect_left(self.words, start, key=lambda placed: placed[0])
            while number < len(self.words) and self.words[number][0] < end:
                yield self.words[number][1]
                number += 1

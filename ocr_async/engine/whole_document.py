"""What the pages of a document tell of each other: its outline, the type that it is set in, and what repeats."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


__all__ = ["ALONE", "Bookmark", "Running", "Styles", "TypeSizes"]


@frozen
class Bookmark:
    """
    An entry of a document's outline that leads to a page.

    Attributes:
        level: Of the entry, from 0; or of the heading that it names, from 1, and 0 where that is not known.

        top: Where it leads, in points from the page's top.
    """

    title: str
    level: int
    top: float | None = None


@frozen
class Styles:
    """
    How a document sets headings and terms: by font, without the name of its subset, size and, of some, place.

    Attributes:
        heads: Of headings, wherever they stand.

        places: Of headings that stand there.

        terms: Of what stands there and is told of further in, as an option in a manual is.

        looks: Of headings, in the order in which the document first has them; of one size the higher ones come first.
    """

    heads: frozenset[tuple[str, float]] = frozenset()
    places: frozenset[tuple[str, float, int]] = frozenset()
    terms: frozenset[tuple[str, float, int]] = frozenset()
    looks: tuple[tuple[str, float], ...] = ()


@frozen
class TypeSizes:
    """
    The sizes in which a whole document is set, in points.

    Attributes:
        body: Of its running text.

        headings: Larger ones, the largest first, as far as they differ clearly.

        styles: Of what stands as headings do.
    """

    body: float
    headings: tuple[float, ...] = ()
    styles: Styles = Styles()


@frozen
class Running:
    """
    What repeats at the top and at the foot of a document's pages, as far as several are known.

    Attributes:
        words: What lines there say, without what changes, and the size in which most pages have it.

        spots: Places of rows that say something else on each page.

        frames: Of pages of a height, where the running text of most begins and ends.

        banners: Those of `words` that are as large as titles; the first page says them.
    """

    words: Mapping[str, float] = field(factory=dict)
    spots: frozenset[str] = frozenset()
    frames: Mapping[int, tuple[float, float]] = field(factory=dict)
    banners: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.words or self.spots)

    @property
    def of_first_page(self) -> Running:
        words = {word: size for word, size in self.words.items() if word not in self.banners}
        return Running(words, self.spots, self.frames)


ALONE = Running()
"""Of a page of which no other is known."""

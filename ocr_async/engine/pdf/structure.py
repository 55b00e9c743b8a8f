"""
The structure tree of one page of a tagged PDF.

An element that goes on from page to page, as a paragraph does, counts the marked content of all of them, and the
parser does not tell which is whose: numbers begin anew on each page, so the tree of a page seems to name what belongs
to other elements. A piece of a page belongs to one element, which tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from ..page import Tag


__all__ = ["of_this_page", "tags"]

DEEPEST = 60  # levels of a structure tree that are read: a hostile file nests without end


def tags(tree: Any) -> tuple[Tag, ...]:
    """Return the elements of the parser's structure *tree* of a page, with the marks that they have there."""
    return of_this_page(tuple(_tag(root, DEEPEST) for root in tree.roots))


def of_this_page(roots: tuple[Tag, ...]) -> tuple[Tag, ...]:
    """Return *roots* without the marks that their elements have on the pages before and after."""
    counts = [_runs(marks) for marks in _marks(roots)]
    if all(len(runs) == 1 for runs in counts):
        return roots
    return _Sorting({mark for runs in counts if len(runs) == 1 for mark in runs[0]}).sorted(roots)


class _Sorting:
    """Goes through a tree in its order, as what is continued from the page before comes first."""

    def __init__(self, claimed: set[int]) -> None:
        self.claimed = claimed  # by elements that are on one page for certain
        self.passed = 0  # of these marks

    def sorted(self, tags: Sequence[Tag]) -> tuple[Tag, ...]:
        out = []
        for tag in tags:
            runs = _runs(tag.marks)
            if len(runs) > 1:
                tag = evolve(tag, marks=self.own(runs))
            else:
                self.passed += len(tag.marks)
            out.append(evolve(tag, children=self.sorted(tag.children)) if tag.children else tag)
        return tuple(out)

    def own(self, runs: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        free = [run for run in runs if self.claimed.isdisjoint(run)]
        if not free:
            free = [runs[-1] if 2 * self.passed < len(self.claimed) else runs[0]]
        return tuple(mark for run in free for mark in run)


def _runs(marks: Sequence[int]) -> list[tuple[int, ...]]:
    """Divide *marks* where their numbers do not rise."""
    ends = [place for place in range(1, len(marks)) if marks[place] <= marks[place - 1]]
    return [tuple(marks[begin:end]) for begin, end in zip([0, *ends], [*ends, len(marks)], strict=True)]


def _marks(tags: Sequence[Tag]) -> Iterator[tuple[int, ...]]:
    for tag in tags:
        if tag.marks:
            yield tag.marks
        yield from _marks(tag.children)


def _tag(element: Any, depth: int) -> Tag:
    spans = {"RowSpan": 1, "ColSpan": 1}
    for attribute in element.attributes:
        if attribute.name in spans and attribute.number_value:
            spans[attribute.name] = max(1, min(1000, int(attribute.number_value)))
    return Tag(
        role=element.element_type,
        marks=tuple(element.marked_content_ids),
        children=tuple(_tag(child, depth - 1) for child in element.children) if depth else (),
        alternate=element.alt_text or element.actual_text or None,
        row_span=spans["RowSpan"],
        column_span=spans["ColSpan"],
    )

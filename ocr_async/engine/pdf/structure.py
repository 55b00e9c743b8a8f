"""
The structure tree of one page of a tagged PDF.

An element that goes on from page to page, as a paragraph does, counts the marked content of all of them, and the
parser does not tell which is whose: numbers begin anew on each page, so the tree of a page seems to name what belongs
to other elements. A piece of a page belongs to one element, which tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from attrs import evolve

from ..page import Tag
from .char_fonts import CharFont, CharFonts
from .letters.pieces import Word, piece, word


__all__ = ["cells_of", "of_this_page", "parted", "tags"]

INSIDE = 0.1  # of the height of a word: how far within it its first letter is looked for
CELLS = frozenset({"TD", "TH"})

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


def cells_of(roots: Sequence[Tag]) -> dict[int, int]:
    """Return for each mark in a cell of a table a number of that cell."""
    out: dict[int, int] = {}
    waiting = [(tag, 0) for tag in roots]
    count = 0
    while waiting:
        tag, cell = waiting.pop()
        if tag.role in CELLS:
            cell = count = count + 1
        if cell:
            out.update(dict.fromkeys(tag.marks, cell))
        waiting += [(child, cell) for child in tag.children]
    return out


def parted(items: Sequence[Any], cells: Mapping[int, int], fonts: CharFonts) -> Sequence[Any]:
    """Return the text *items* of a page, those cut that the parser made of several *cells*, which stand close."""
    told = {cells.get(item.mcid) for item in items}
    if told.issuperset(cells[mark] for mark in cells):
        return items
    return [part for item in items for part in (_by_cell(item, cells, fonts) if item.mcid in cells else [item])]


def _by_cell(item: Any, cells: Mapping[int, int], fonts: CharFonts) -> Sequence[Any]:
    if item.rotation or "$" in item.text:
        return [item]
    words = [part for each in item.words for part in _word_by_cell(each, item.mcid, cells, fonts)]
    groups = [[*group] for _, group in groupby(words, lambda each: cells.get(each[0], 0))]
    if len(groups) < 2:
        return [item]
    font = CharFont.of(item)
    return [piece([each for _, each in group], font, group[0][0], item.fill_color) for group in groups]


def _word_by_cell(told: Any, mark: int, cells: Mapping[int, int], fonts: CharFonts) -> Iterator[tuple[int, Word]]:
    """Yield the word that is *told* with its mark, or the parts that two or more of the *cells* have of it."""
    letters = fonts.spelt(told.text, told.x + INSIDE * told.height, told.y + told.height / 2)
    if not letters:
        yield mark, Word.of(told)
    for own, group in groupby(letters, lambda letter: mark if letter.mark is None else letter.mark):
        part = [*group]
        yield own, word("".join(letter.text for letter in part), [letter.box for letter in part])


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

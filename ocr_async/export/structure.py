"""
What a page is made of, as the tags of a PDF: headings, paragraphs, lists, tables and figures in reading order.

A tag is ``[role, parts, facts]``, in the words of ISO 32000-1, 14.8.4; a part is another tag, or the number of a leaf,
which is the mark of its words. Words of running heads and feet have the mark ``Header`` or ``Footer``: they are
artifacts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define

from ..engine.legible import legible_text
from ..models import OCRPage
from .lines import Box, box_of
from .parts import FIGURES, Part, Said, descriptions, parts_of
from .table_tags import Tag, rows_of


__all__ = ["Headings", "structure"]

Mark = int | str | None

_ARTIFACTS = {"header": "Header", "footer": "Footer"}
_ROLES = {"code": "Code", "equation": "Formula", "caption": "Caption", "footnote": "Note"}
_WITHIN = 0.4  # of a line's box lies in the box of what it belongs to: what is cut out of a page overlaps
_MOST_COMPARISONS = 4_000_000
_LEVELS = 6
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_MOST_ALT = 2000  # characters


class Headings:
    """The levels of a document's headings, which begin with 1 and leave none out on the way down."""

    def __init__(self) -> None:
        self._last = 0

    def level(self, told: Any) -> int:
        """Return the level of the next heading, for which its page says *told*."""
        level = told if type(told) is int else 1
        self._last = max(1, min(level, self._last + 1, _LEVELS))
        return self._last


@define
class _Writer:
    """Numbers the leaves of one page, and says which its words are."""

    marks: list[list[Mark]]
    leaves: int = 0
    notes: int = 0

    def tag(self, role: str, words: Sequence[Said], **facts: Any) -> Tag:
        """Return a tag of *words*, of which some may be none."""
        if not words:
            return [role, [], facts]
        text = " ".join(word.text for word in words)
        if not text.isascii() and any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
            facts["ActualText"] = legible_text(text)  # they are drawn from left to right, as they stand
        return [role, [self.leaf(words)], facts]

    def leaf(self, words: Sequence[Said]) -> int:
        """Return a new leaf of *words*."""
        for word in words:
            self.marks[word.line][word.number] = self.leaves
        self.leaves += 1
        return self.leaves - 1


def structure(page: OCRPage, lines: Sequence[Mapping[str, Any]], headings: Headings) -> tuple[list[Tag], list[Any]]:
    """
    Return the tags of *page*, and the marks of *lines*, one for each of their words.

    Args:
        lines: As `lines.lines_of` returns them.
    """
    parts = list(parts_of(page))
    writer = _Writer([[None] * len(_words(line)) for line in lines])
    owners = _owners(lines, parts)
    own: dict[int, list[int]] = {}
    for number, owner in enumerate(owners):
        own.setdefault(owner, []).append(number)
    described = descriptions(page, parts)
    tags: list[Tag] = []
    for number, part in enumerate(parts):
        words = [word for line in own.get(number, ()) for word in _said(lines, line)]
        if part.type in _ARTIFACTS:
            for word in words:
                writer.marks[word.line][word.number] = _ARTIFACTS[part.type]
        elif part.type in FIGURES:
            tags += _figure(writer, part, words, described.get(number))
        elif words:
            tags.append(_tag(writer, part, words, headings, page.index))
    for line in own.get(-1, ()):
        if words := list(_said(lines, line)):
            tags.append(writer.tag("P", words))
    return tags, writer.marks


# --- whose words are whose ----------------------------------------------------------------------------------------


def _words(line: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    words: Sequence[Mapping[str, Any]] = line.get("words", ())
    return words


def _said(lines: Sequence[Mapping[str, Any]], line: int) -> Iterator[Said]:
    for number, word in enumerate(_words(lines[line])):
        box = box_of(word["bbox"])
        if word["text"].strip() and box is not None:
            yield Said(line, number, word["text"], box)


def _owners(lines: Sequence[Mapping[str, Any]], parts: Sequence[Part]) -> list[int]:
    """Return the number of the part that each line belongs to, -1 for none."""
    if len(lines) * len(parts) > _MOST_COMPARISONS:
        return [-1] * len(lines)
    owners = []
    for line in lines:
        box = box_of(line["bbox"])
        assert box is not None  # that is what makes it a line
        shares = [_share(box, part.box) if part.box is not None else 0.0 for part in parts]
        most = max(shares, default=0.0)
        owners.append(shares.index(most) if most >= _WITHIN else -1)
    return owners


def _share(box: Box, other: Box) -> float:
    """Return which part of *box* lies in *other*."""
    left, top, right, bottom = box
    across, down = min(right, other[2]) - max(left, other[0]), min(bottom, other[3]) - max(top, other[1])
    area = (right - left) * (bottom - top)
    return across * down / area if across > 0 and down > 0 and area > 0 else 0.0


# --- tags ---------------------------------------------------------------------------------------------------------


def _tag(
    writer: _Writer,
    part: Part,
    words: Sequence[Said],
    headings: Headings,
    index: int,
) -> Tag:
    if part.type == "title":
        return writer.tag(f"H{headings.level(part.level)}", words)
    if part.type == "list" and part.items:
        return _list(writer, part.items, words)
    if part.type == "table" and part.cells:
        rows = rows_of(part.cells, _in_cells(part, words), writer.tag)
        if rows is not None:
            return ["Table", rows, {}]
    match role := _ROLES.get(part.type, "P"):
        case "Formula":
            return ["P", [writer.tag(role, words, Alt=_alt(part.text or "Formula"))], {}]
        case "Code":
            return ["P", [writer.tag(role, words)], {}]
        case "Note":
            writer.notes += 1
            return [role, [writer.tag("P", words)], {"ID": f"note-{index}-{writer.notes}"}]
    return writer.tag(role, words)


def _figure(writer: _Writer, part: Part, words: Sequence[Said], description: str | None) -> Iterator[Tag]:
    if part.box is None and not words:
        return
    facts: dict[str, Any] = {"Alt": _alt(description or " ".join(word.text for word in words) or "Picture")}
    if part.box is not None:
        facts["BBox"] = list(part.box)
    yield ["Figure", [writer.leaf(words)], facts]


def _alt(text: str) -> str:
    return " ".join(legible_text(text).split())[:_MOST_ALT]


def _list(writer: _Writer, items: Sequence[tuple[str, int]], words: Sequence[Said]) -> Tag:
    """Return a list of *items*, those of a greater depth within the item before them."""
    said: dict[int, list[Said]] = {}
    for word, item in zip(words, _aligned(words, [text for text, _ in items]), strict=True):
        said.setdefault(item, []).append(word)
    whole: Tag = ["L", [], {}]
    open_lists = [(min((depth for _, depth in items), default=0), whole)]
    for number, (_, depth) in enumerate(items):
        if number not in said:
            continue
        while len(open_lists) > 1 and open_lists[-1][0] > depth:
            open_lists.pop()
        entries = open_lists[-1][1][1]
        if depth > open_lists[-1][0] and entries and len(open_lists) < _LEVELS:
            inner: Tag = ["L", [], {}]
            entries[-1][1][0][1].append(inner)  # in the item before
            open_lists.append((depth, inner))
            entries = inner[1]
        entries.append(["LI", [writer.tag("LBody", said[number])], {}])
    return whole


def _in_cells(part: Part, words: Sequence[Said]) -> dict[int, list[Said]]:
    """Return the words of each cell: those that stand in it, or where cells have no places, as their texts say."""
    places = [place for place in part.places if place is not None]
    if places and len(places) == len(part.cells) and len(words) * len(places) <= _MOST_COMPARISONS:
        numbers = [_nearest(word.box, places) for word in words]
    else:
        numbers = _aligned(words, [cell.text for cell in part.cells])
    found: dict[int, list[Said]] = {}
    for word, number in zip(words, numbers, strict=True):
        found.setdefault(number, []).append(word)
    return found


def _nearest(box: Box, places: Sequence[Box]) -> int:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2

    def away(place: Box) -> float:
        return max(place[0] - x, x - place[2], 0.0) + max(place[1] - y, y - place[3], 0.0)

    return min(range(len(places)), key=lambda number: away(places[number]))


def _aligned(words: Sequence[Said], texts: Sequence[str]) -> list[int]:
    """Return which of *texts*, which follow each other, each of *words* belongs to, by how many letters came before."""
    lengths = [_letters(text) for text in texts]
    given = [_letters(word.text) for word in words]
    scale = sum(lengths) / max(1, sum(given))
    numbers, at, number, end = [], 0.0, 0, float(lengths[0]) if lengths else 0.0
    for length in given:
        middle = (at + length / 2) * scale
        while middle >= end and number + 1 < len(lengths):
            number += 1
            end += lengths[number]
        numbers.append(number)
        at += length
    return numbers


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))

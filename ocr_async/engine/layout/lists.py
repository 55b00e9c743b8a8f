"""Recognises list items and how deep they are nested."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from attrs import evolve

from ..page import Item, Line
from .join import flow


__all__ = [
    "ALONE",
    "ARROWS",
    "BULLETS",
    "CLAUSE",
    "NEAR",
    "SEVERAL",
    "begins_text",
    "follows",
    "items_of",
    "marker",
]

BULLETS = "•●▪◦‣⁃○■□☐☑☒➢✓►➤❖▸▶▷◆◇◼◾▫✔✗✘☞➔⇒➜➡★☆"

MARKER = re.compile(
    rf"""\s*(?:
        (?P<bullet>[{BULLETS}]|[\uf0a7\uf0b7\uf0d8\uf076\uf0fc])\s*(?=\S)
      | (?P<dash>[-–—*∗⋆·→»›])\s+(?=\S)
      | (?P<number>(?!\((?:\d{{3}}|0\d)\)\s+\d)\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}})[.)])\s+(?=\S)
      | (?P<circled>[①-⑳❶-❿➀-➓])\s*(?=\S)
      | (?P<close>\((?:\d{{1,2}}|[a-bd-z]|[ivx]{{2,5}})\))(?=[A-Z][a-z])
      | (?P<chinese>[(（]\d{{1,2}}[)）]|\d{{1,2}}[.．、])\s*(?=[\u4e00-\u9fff“《])
      | (?P<bracket>\[\d{{1,3}}\])\s*(?=\S)
    )""",
    re.VERBOSE,
)
ARROWS = frozenset("→➔⇒➜➡")  # which lead from one box to the next where they stand alone between such
SEVERAL = frozenset(".)→➔⇒➜➡»›★☆")  # ends of marks that make a list where there are several; an arrow may be just that
ALONE = re.compile(rf"\s*(?:[{BULLETS}\uf0a7\uf0b7\uf0d8]|[-–*∗⋆·→»›])\s*$")


def marker(text: str) -> str | None:
    """Return the bullet or number that *text* begins with, None where it begins with neither."""
    if text[:1].isalpha() and "." not in (start := text[:6]) and ")" not in start:
        return None  # most lines are running text
    found = MARKER.match(text)
    if found is None:
        return text.strip() if ALONE.match(text) else None
    return found.group().strip()


CLAUSE = re.compile(r"(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){1,3}\.?\s+[\"“„«(]?[^\W\d_]")
SET_IN, NEAR = 0.7, 0.5  # times the text's size: of an item's text behind its marker; of one left edge
LETTERS = 100
CORE = re.compile(r"\d+|[a-zA-Z]+")
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def _number(mark: str) -> tuple[str, tuple[int, ...]]:
    """
    Return how *mark* is written, and which numbers it may stand for, else none: ``i)`` the ninth, or the first.

    Roman numbers are counted on from the number of `LETTERS`, as none of them follows a letter.
    """
    found = CORE.search(mark)
    if found is None:
        return mark, ()
    core = found.group()
    style = f"{mark[: found.start()]}{'0' if core.isdecimal() else 'A' if core.isupper() else 'a'}{mark[found.end() :]}"
    if core.isdecimal():
        return style, (int(core),)
    letter = (ord(core.lower()) - ord("a") + 1,) if len(core) == 1 and core.isascii() else ()
    return style, letter + ((LETTERS + ROMAN.index(core.lower()) + 1,) if core.lower() in ROMAN else ())


def follows(mark: str, before: str) -> bool:
    """Whether *mark* numbers the item after that of *before*."""
    style, numbers = _number(mark)
    style_before, numbers_before = _number(before)
    return style == style_before and any(number + 1 in numbers for number in numbers_before)


def in_sequence(paragraphs: Sequence[Sequence[Line]]) -> list[Sequence[Line]]:
    """
    Return *paragraphs* that begin with markers, such as answers in two columns, by their numbers: A, C, B, D.

    Only a run whose numbers are all there, each once, is put in order.
    """
    out: list[Sequence[Line]] = []
    for style, group in groupby(paragraphs, key=lambda lines: _number(marker(lines[0].text) or "-")[0]):
        run = list(group)
        numbers = [_number(marker(lines[0].text) or style)[1][:1] for lines in run]
        if sorted(numbers) == [(number,) for number in range(1, len(run) + 1)]:
            run = [lines for _, lines in sorted(zip(numbers, run, strict=True), key=itemgetter(0))]
        out.extend(run)
    return out


def begins_text(item: Sequence[Line], left: float, em: float) -> bool:
    """Whether the text of *item* begins at *left*, right of its marker, so that more of it may begin there."""
    first = item[0]
    if left < first.box.left + SET_IN * em:
        return False
    words = first.words
    text = words[1].box.left if len(words) > 1 and marker(first.text) == words[0].text else left
    rows = [line.box.left for line in item[1:]]
    return all(abs(each - left) < NEAR * em for each in (rows[0] if rows else text, text))


def items_of(
    paragraphs: Sequence[Sequence[Line]], em: float, more: Mapping[int, Sequence[Sequence[Line]]] | None = None
) -> tuple[Item, ...]:
    """
    Return the items that *paragraphs* are, each of which begins with a marker, nested by how far they are set in.

    A number that follows on one above is on its level wherever it stands: beside it, or in the next column.

    Args:
        more: The further paragraphs of an item, by the `id` of its first one.
    """
    edges: list[float] = []
    marks: list[str] = []  # the last on each level
    out: list[Item] = []
    for lines in in_sequence(paragraphs):
        left = lines[0].box.left
        text = flow(lines)
        mark = marker(text) or "-"
        level = next((level for level in reversed(range(len(marks))) if follows(mark, marks[level])), None)
        if level is not None:
            left = min(left, edges[level])  # what stands beside the first of them is set in no further
            del edges[level:], marks[level:]
        else:
            while edges and left < edges[-1] - 0.6 * em:
                del edges[-1], marks[-1]
            if not edges and out:
                out = [evolve(item, level=min(item.level + 1, 5)) for item in out]  # they go on from the page before
            if edges and left <= edges[-1] + 0.8 * em:
                del edges[-1], marks[-1]
        edges.append(left)
        marks.append(mark)
        body = text.strip()[len(mark) :].strip() if text.strip().startswith(mark) else text.strip()
        further = more.get(id(lines), ()) if more else ()
        lines = [line for part in (lines, *further) for line in part]
        out.append(
            Item(
                text="\n\n".join((body, *(flow(part).strip() for part in further))),
                level=min(len(edges) - 1, 5),
                marker=mark,
                box=lines[0].box,
                words=tuple(word for line in lines for word in line.words),
            )
        )
    return tuple(out)

"""
The text of one page, cut out of the text of a whole document, with the places of its words.

Azure gives `content` as one text and tells of everything by spans in it. What has to be replaced on the way (comments
for running heads, tables that are taken out) moves what comes behind it, so each piece remembers where it came from.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from attrs import field, frozen


__all__ = ["Comment", "Edit", "Text", "comments", "cut", "joined"]

_NAMED = re.compile(r'\s*(PageHeader|PageFooter|PageNumber)\s*=\s*"(.*)"\s*', re.DOTALL)


@frozen
class Comment:
    """
    A comment in Azure's Markdown.

    Attributes:
        kind: ``PageHeader``, ``PageFooter``, ``PageNumber`` or ``PageBreak``.

        start: In the content, in characters.

        end: Behind it.
    """

    kind: str
    text: str
    start: int
    end: int


@frozen
class Edit:
    """What stands in the place of ``content[start:end]``; an empty text leaves a blank line between what is around."""

    start: int
    end: int
    text: str = ""


@frozen
class Text:
    """
    Text made of pieces of the content.

    Attributes:
        starts: Where each piece that was kept as it is begins in the content, ascending.

        pieces: For each of them, where it ends in the content and begins in `text`.
    """

    text: str
    starts: Sequence[int] = field(default=(), repr=False)
    pieces: Sequence[tuple[int, int]] = field(default=(), repr=False)

    def place(self, offset: int) -> int | None:
        """Return where what stands at *offset* of the content begins in the text; None for what was taken out."""
        number = bisect_right(self.starts, offset) - 1
        if number < 0:
            return None
        end, start = self.pieces[number]
        return start + offset - self.starts[number] if offset < end else None


def comments(content: str, start: int, end: int) -> Iterator[Comment]:
    """Find the comments that Azure writes into its Markdown between *start* and *end*."""
    while (opened := content.find("<!--", start, end)) >= 0:
        closed = content.find("-->", opened + 4, end)
        if closed < 0:
            return
        start = closed + 3
        inner = content[opened + 4 : closed]
        if (named := _NAMED.fullmatch(inner)) is not None:
            yield Comment(named[1], unescape(named[2]).strip(), opened, start)
        elif inner.strip() == "PageBreak":
            yield Comment("PageBreak", "", opened, start)


def cut(content: str, spans: Iterable[tuple[int, int]], edits: Sequence[Edit] = ()) -> Text:
    """
    Return the text of *spans*.

    Args:
        spans: Starts and ends in *content*, in characters.

        edits: By their start, apart from each other. One that begins in a span counts there as a whole.
    """
    writer = _Writer()
    for start, end in spans:
        writer.gap = True
        for edit in edits:
            if not start <= edit.start < end:
                continue
            writer.keep(content, start, edit.start)
            writer.put(edit.text)
            start = max(start, edit.end)
        writer.keep(content, start, end)
    return writer.done()


def joined(content: str, lines: Iterable[tuple[str, int]]) -> Text:
    """Return *lines*, each with where it begins in *content*, one under the other."""
    text: list[str] = []
    found: list[tuple[int, int, int]] = []
    length = 0
    for line, start in lines:
        if content.startswith(line, start):
            found.append((start, start + len(line), length))
        text.append(line)
        length += len(line) + 1
    found.sort()
    return Text("\n".join(text), [start for start, _, _ in found], [(end, place) for _, end, place in found])


class _Writer:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.length = 0
        self.gap = True
        self.starts: list[int] = []
        self.pieces: list[tuple[int, int]] = []

    def keep(self, content: str, start: int, end: int) -> None:
        """Write ``content[start:end]``; behind a gap without the blank lines that it begins with."""
        piece = content[start:end]
        if self.gap:
            kept = piece.lstrip()
            if not kept:
                return
            start += len(piece) - len(kept)
            piece = kept
            self._part()
        if piece:
            self.starts.append(start)
            self.pieces.append((end, self.length))
            self._write(piece)

    def put(self, text: str) -> None:
        """Write what stands for something else."""
        if not text:
            self.gap = True
            return
        if self.gap:
            self._part()
        self._write(text)

    def done(self) -> Text:
        return Text("".join(self.text).rstrip(), self.starts, self.pieces)

    def _part(self) -> None:
        """End what stands before a gap with a blank line."""
        self.gap = False
        while self.text:
            last = self.text.pop()
            kept = last.rstrip()
            self.length -= len(last) - len(kept)
            if kept:
                self.text += [kept, "\n\n"]
                self.length += 2
                return

    def _write(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text)

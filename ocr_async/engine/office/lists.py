"""Lists of paragraphs that each say their level and what stands before them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from attrs import evolve, frozen

from .content import Block, Code, Entry, Listing, Quote
from .xml.marks import Label


__all__ = ["Labelled", "joined", "listed", "numbered"]

_NUMBER = re.compile(r"(\d{1,9})\.")


@frozen(slots=True)
class Labelled:
    """What one item of a list says, without the lists inside it."""

    label: Label
    blocks: tuple[Block, ...]


def listed(blocks: Iterable[Block | Labelled]) -> Iterator[Block]:
    """Yield *blocks*, the labelled ones that follow each other as lists."""
    pending: list[Labelled] = []
    for block in blocks:
        if isinstance(block, Labelled):
            pending.append(block)
            continue
        yield from _lists(pending)
        pending = []
        yield block
    yield from _lists(pending)


def joined(found: Iterable[Block | Labelled]) -> Iterator[Block]:
    """Yield *found* with its lists, codes and quotes whole: each line of code is a block of its own, and so on."""
    for kind, blocks in groupby(listed(found), type):
        if kind is Code:
            if lines := "\n".join(block.text for block in blocks if isinstance(block, Code)).strip("\n"):
                yield Code(lines)
        elif kind is Quote:
            yield Quote(tuple(each for block in blocks if isinstance(block, Quote) for each in block.blocks))
        else:
            yield from blocks


def _lists(members: Sequence[Labelled]) -> Iterator[Listing]:
    """Yield the lists that *members* make: bullets and numbers at one level are two."""
    at = 0
    while at < len(members):
        first = members[at].label
        own: list[Labelled] = []
        inside: list[list[Labelled]] = []
        while at < len(members):
            label = members[at].label
            if own and label.level > own[0].label.level:
                inside[-1].append(members[at])
            elif own and (label.level < first.level or (label.text is None) != (first.text is None)):
                break
            else:
                own.append(members[at])
                inside.append([])
            at += 1
        entries = [
            Entry((*each.blocks, *_lists(nested)), each.label.text) for each, nested in zip(own, inside, strict=True)
        ]
        yield numbered(entries)


def numbered(entries: Sequence[Entry]) -> Listing:
    """Return a list of *entries*; those that count from one number on by ones need no labels of their own."""
    found = _NUMBER.fullmatch(entries[0].label or "")
    if found is None or any(entry.label != f"{int(found[1]) + count}." for count, entry in enumerate(entries)):
        return Listing(tuple(entries))
    return Listing(tuple(evolve(entry, label=None) for entry in entries), int(found[1]))

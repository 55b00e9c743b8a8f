"""
Footnotes of books and web pages: links that call a note, and the notes, which stand somewhere else in the file.

Source: EPUB Structural Semantics, https://www.w3.org/TR/epub-ssv-11/, and DPUB-ARIA, https://www.w3.org/TR/dpub-aria-1.1/
(both read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .content import Block, plain


__all__ = ["Notes", "is_call", "is_way_back", "without_label"]

_CALLS = frozenset({"noteref", "doc-noteref", "footnote-ref"})
_WAYS_BACK = frozenset({"backlink", "doc-backlink", "footnote-back", "footnote-backref"})
_BODIES = frozenset({"footnote", "endnote", "rearnote", "note", "doc-footnote", "doc-endnote"})
_LISTS = frozenset({"footnotes", "endnotes", "rearnotes", "doc-endnotes", "doc-footnotes"})
_DEEPEST = 4  # elements between a note and the list of all


def is_call(node: Any) -> bool:
    """Whether the link *node* calls a note."""
    return bool(_roles(node) & _CALLS)


def is_way_back(node: Any) -> bool:
    """Whether the link *node* leads from a note to where it is called."""
    return bool(_roles(node) & _WAYS_BACK)


def without_label(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the *blocks* of a note without what is left of its own label, such as "[]" around the way back."""
    first = plain(blocks[:1])
    return blocks[1:] if len(blocks) > 1 and first and not any(map(str.isalnum, first)) else blocks


def _roles(node: Any) -> set[str]:
    said = node.attributes
    return {role for name in ("epub:type", "role", "class") for role in (said.get(name) or "").lower().split()}


class Notes:
    """The notes of one file, by their calls."""

    def __init__(self, tree: Any) -> None:
        called = {_name(link) for link in tree.css("a[href]") if is_call(link)}
        self._bodies: dict[str, Any] = {}
        for node in tree.css("[id]") if called else ():
            if _is_body(node):
                self._bodies.setdefault(node.attributes.get("id") or "", node)
        self._labels: dict[str, str] = {}
        self._taken = {node.mem_id for name, node in self._bodies.items() if name in called}

    def label(self, link: Any) -> str | None:
        """Return the label of the note that *link* calls; None if that is not in this file."""
        name = _name(link)
        if name not in self._bodies:
            return None
        return self._labels.setdefault(name, str(len(self._labels) + 1))

    def is_taken(self, node: Any) -> bool:
        """Whether *node* is a note that is called, and stands with the others at the end."""
        return bool(self._taken) and node.mem_id in self._taken

    def bodies(self) -> Iterator[tuple[str, Any]]:
        """Yield the label and the element of each note; those that are called by notes alone come last."""
        given: set[str] = set()
        while left := [name for name in self._labels if name not in given]:
            given.add(left[0])
            yield self._labels[left[0]], self._bodies[left[0]]
        for name, node in self._bodies.items():
            if name not in given and self.is_taken(node):
                yield self._labels.setdefault(name, str(len(self._labels) + 1)), node


def _name(link: Any) -> str:
    return (link.attributes.get("href") or "").rpartition("#")[2]


def _is_body(node: Any) -> bool:
    """Whether *node* says that it is a note, or is an entry of a list of notes."""
    if _roles(node) & _BODIES:
        return True
    if node.tag not in ("li", "p", "div", "aside", "dd"):
        return False
    above = node.parent
    for _ in range(_DEEPEST):
        if above is None:
            return False
        if _roles(above) & _LISTS:
            return True
        above = above.parent
    return False

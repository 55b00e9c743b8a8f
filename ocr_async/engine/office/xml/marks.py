"""Marks in the text of a file that was rewritten before office-oxide read it: what its readers find they take out."""

from __future__ import annotations

import re

from attrs import frozen


__all__ = ["FORMULA", "Label", "formula_mark", "label_mark", "unmarked"]

# of a plane for private use, in which no font in common use has letters
_LABEL = re.compile("\U0010f8f0([0-8])([^\U0010f8f1]*)\U0010f8f1")
FORMULA = re.compile("\U0010f8f2([^\U0010f8f3]*)\U0010f8f3")


@frozen(slots=True)
class Label:
    """What stands before a paragraph, "1.1" or "(a)"; *text* is None for a bullet. *level* counts from 0."""

    level: int
    text: str | None


def label_mark(label: Label) -> str:
    """Return what stands for *label* at the beginning of a paragraph."""
    return f"\U0010f8f0{label.level}{label.text or ''}\U0010f8f1"


def formula_mark(formula: str) -> str:
    """Return what stands for *formula*, LaTeX, within a text."""
    return f"\U0010f8f2{formula}\U0010f8f3"


def unmarked(text: str) -> tuple[Label | None, str]:
    """Return the label at the beginning of *text*, and the rest of it."""
    found = _LABEL.match(text)
    if found is None:
        return None, text
    return Label(int(found[1]), found[2] or None), text[found.end() :]

"""Makes regions out of lines that belong together: running text, captions, equations, code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..page import Item, Line, Region, union
from .figures import CAPTION
from .join import flow
from .line_breaks import kept
from .measure import ems, length, median, pitch, row_by_row, rows


__all__ = ["asides", "code_region", "code_text", "kind_of", "region_of", "running_head", "text_region"]

WORD = re.compile(r"[^\W\d_]{4,}")
CLOSE = 0.3  # times the width of a character: less is no space
BLANK = 1.6  # times the usual distance from one line of code to the next
RELATION = re.compile("[=≈≤≥<>∝≡→∑∏∫√∂∇]")


def kind_of(lines: Sequence[Line]) -> str:
    """Return what a paragraph of *lines* is, by what it says: a caption, an equation or text."""
    if CAPTION.match(lines[0].text):
        return "caption"
    text = " ".join(line.text for line in lines)
    # A formula relates signs; words of four letters and more are hardly ever among them.
    if len(text) < 160 and RELATION.search(text) and len(WORD.findall(text)) * 20 < len(text):
        return "equation"
    return "text"


def text_region(
    lines: Sequence[Line], kind: str, level: int | None = None, right: float = 0.0, *, as_set: bool = False
) -> Region:
    """
    Return the region that *lines* make.

    Args:
        right: The right edge of their column, where it is known.

        as_set: Whether its rows stay lines of their own in any case, as those of an address.
    """
    text = "\n".join(map(flow, rows(lines))) if as_set else kept(lines, right) if kind == "text" else flow(lines)
    return region_of(lines, kind, text, level=level)


def region_of(
    lines: Sequence[Line], kind: str, text: str = "", *, level: int | None = None, items: tuple[Item, ...] = ()
) -> Region:
    """Return the region in which *lines* stand, as sure as they are on the average."""
    chars = 0 if all(line.confidence == 1.0 for line in lines) else sum(map(length, lines))
    return Region(
        type=kind,  # type: ignore[arg-type]
        box=union([line.box for line in lines]),
        text=text,
        level=level,
        items=items,
        lines=tuple(lines),
        confidence=sum(line.confidence * length(line) for line in lines) / chars if chars else 1.0,
    )


def code_region(lines: Sequence[Line]) -> Region:
    """Return *lines* of code as a region."""
    return region_of(lines, "code", code_text(lines))


def code_text(lines: Sequence[Line]) -> str:
    """Return the text of *lines* of code: each by itself, set in as far as it stands, in characters, and blank ones."""
    em = ems(lines[0])
    left = min(line.box.left for line in lines)
    widths = [line.box.width / max(1, len(line.text)) for line in lines if len(line.text) > 5]
    step = median(widths, 0.6 * em) or 0.6 * em
    text_rows = rows(lines)
    usual = pitch(lines)
    text = _typed(text_rows[0], left, step)
    for above, below in pairwise(text_rows):
        far = below[0].box.bottom - above[0].box.bottom
        text += ("\n\n" if 0 < BLANK * usual < far else "\n") + _typed(below, left, step)
    return text


def _typed(row: Sequence[Line], left: float, step: float) -> str:
    """The parts of a *row* as far from *left* and from each other as they are typed; each *step* is a character."""
    text, right = "", row[0].box.left
    for line in row:
        least = line.box.left - right > CLOSE * step  # nearer are parts of a word that was taken for two cells
        text += " " * max(round((line.box.left - left) / step) - len(text), least) + line.text
        right = line.box.right
    return text


def asides(turned: Sequence[Line]) -> list[Region]:
    """Return what *turned* lines say, such as a stamp in the margin."""
    return [region_of([line], "aside_text", line.text) for line in turned]


def running_head(lines: Sequence[Line], kind: str) -> list[Region]:
    """Return the region that *lines* at the head or the foot of a page make; none where there are none."""
    if not lines:
        return []
    return [region_of(lines, kind, "\n".join(line.text for line in row_by_row(lines)))]

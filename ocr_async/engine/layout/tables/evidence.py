"""
Decides whether two rows of text between two rules are two rows of the table, or two lines of the same cells.

No single sign decides; each that is seen adds its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...page import Line
from .fields import numeric


__all__ = ["SIGNS", "are_rows", "rooms", "signs"]

SIGNS: Mapping[str, float] = {
    "in one column": -3.0,
    "in several columns": 1.5,
    "a number below a number": 1.5,
    "numbers below numbers": 2.0,
    "a name ends with a colon": 1.0,
    "goes on with a small letter": -2.0,
    "had no room above": -1.5,
    "had room above in each column": 1.5,
    "lacks the first column": -5.0,
}
"""What speaks for two rows of the table, and how much; negative: for two lines of the same cells."""

ROWS = 2.0
ROOM = 0.95  # of a column's width


def signs(above: Mapping[int, Line], below: Mapping[int, Line], widths: Mapping[int, float]) -> list[str]:
    """
    Return the `SIGNS` that *above* and *below* show: what of two rows of text stands in each column.

    Args:
        widths: Of the columns, as far as they are known.
    """
    shared = above.keys() & below.keys()
    out = ["in several columns" if len(shared) > 1 and len(below) > 1 else "in one column"]
    numbers = sum(1 for column in shared if numeric(above[column].text) and numeric(below[column].text))
    if numbers:
        out.append("a number below a number")
    if numbers > 1:
        out.append("numbers below numbers")
    if any(line.text.rstrip().endswith(":") for row in (above, below) for line in row.values()):
        out.append("a name ends with a colon")
    if any(line.text[:1].islower() for line in below.values()):
        out.append("goes on with a small letter")
    roomy = {
        column: above[column].box.width + _first_word(below[column]) < ROOM * widths[column]
        for column in shared & widths.keys()
    }
    if roomy and all(roomy.values()):
        out.append("had room above in each column")
    elif any(not room and not numeric(below[column].text) for column, room in roomy.items()):
        out.append("had no room above")
    if 0 in above and 0 not in below:
        out.append("lacks the first column")
    return out


def are_rows(parts: Sequence[Mapping[int, Line]], widths: Mapping[int, float]) -> bool:
    """Whether *parts*, what stands in each column of the rows of text between two rules, are as many rows."""
    return len(parts) > 1 and all(
        sum(SIGNS[sign] for sign in signs(above, below, widths)) >= ROWS for above, below in pairwise(parts)
    )


def rooms(places: Sequence[Mapping[int, Line]], right: float | None = None) -> dict[int, float]:
    """
    Return how wide a line in each column may be: up to where the next one begins.

    Args:
        places: What stands in each column of each row.

        right: Where the table ends, if rulings show it; without it, nothing is said of the last column.
    """
    lefts: dict[int, float] = {}
    for row in places:
        for column, line in row.items():
            lefts[column] = min(line.box.left, lefts.get(column, line.box.left))
    order = sorted(lefts)
    ends = dict(zip(order, [lefts[column] for column in order[1:]], strict=False))
    if order and right is not None:
        ends[order[-1]] = right
    return {column: end - lefts[column] for column, end in ends.items()}


def _first_word(line: Line) -> float:
    """About how wide the first word of *line* is, with a space; its letters are taken to be equally wide."""
    return line.box.width * (len(line.text.split(" ", 1)[0]) + 1) / max(1, len(line.text))

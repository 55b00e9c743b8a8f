"""
Puts the lines of a long name together whose numbers stand beside the last of them, as statistics are printed.

A line of a name that has no numbers may as well be the heading of the rows below. No single sign decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...page import Line
from ..measure import first_word, median
from .fields import numeric
from .heads import OPEN_END


__all__ = ["CLOSER", "with_long_names"]

SIGNS: Mapping[str, float] = {
    "fills the column": 2.0,
    "had room for the next word": -2.5,
    "goes on with a small letter": 2.5,
    "a capital or a number follows": -4.0,
    "stands closer than rows do": 2.0,
    "stands no closer": -0.5,
    "ends with a colon": -4.0,
    "is bold, what follows is not": -4.0,
    "is further in than what follows": -2.0,
    "ends in the middle of a phrase": 6.0,
    "would head one row": 3.0,
}
"""What speaks for one name, and how much; negative: for a heading above a row."""

FULL = 0.95  # of the widest name
CLOSER = 0.08  # of the font size
TIGHT = 0.9  # of the font size: lines of one name are no further apart
INSET = 0.5  # of the font size


def with_long_names(
    joins: Sequence[bool], gaps: Sequence[float], places: Sequence[Mapping[int, Line]], em: float
) -> list[bool]:
    """
    Return *joins*, a name without numbers joined to the row below where both are one name.

    Args:
        joins: Of each row but the first, whether it belongs to the one above.

        gaps: Of each row but the first, how far below the one above it stands.

        places: What stands in each column of each row.
    """
    out = list(joins)
    names = [row[0] for row in places if 0 in row and len(row) > 1]
    if len(names) < 2:
        return out
    width = max(line.box.right for line in names) - min(line.box.left for line in names)
    left = min(line.box.left for line in names)
    usual = median([gap for gap, row in zip(gaps, places[1:], strict=True) if len(row) > 1])
    started = any(numeric(line.text) for line in places[0].values())
    for index, gap in enumerate(gaps):
        above, below = places[index], places[index + 1]
        started = started or any(numeric(line.text) for column, line in below.items() if column)
        if (
            not started
            or out[index]
            or (index and joins[index - 1])
            or gap > TIGHT * em
            or above.keys() - {0, -1}
            or not above
        ):
            continue
        upper, lower = next(iter(above.values())), below.get(0, below.get(-1))
        if lower is None or numeric(lower.text):
            continue
        found = _signs(upper, lower, gap < usual - CLOSER * em, left + width, em)
        if len(below) > 1 and (index + 2 == len(places) or places[index + 2].keys() <= {0, -1}):
            found.append("would head one row")
        out[index] = sum(SIGNS[sign] for sign in found) > 0
    return out


def _signs(upper: Line, lower: Line, closer: bool, right: float, em: float) -> list[str]:
    out = ["stands closer than rows do" if closer else "stands no closer"]
    full = upper.box.right + first_word(lower) > right - (1 - FULL) * (right - upper.box.left)
    out.append("fills the column" if full else "had room for the next word")
    small = lower.text[:1].islower() or lower.text[:1] in "(&"
    out.append("goes on with a small letter" if small else "a capital or a number follows")
    if upper.text.rstrip().endswith(":"):
        out.append("ends with a colon")
    if OPEN_END.search(upper.text):
        out.append("ends in the middle of a phrase")
    if upper.bold and not lower.bold:
        out.append("is bold, what follows is not")
    if upper.box.left > lower.box.left + INSET * em:
        out.append("is further in than what follows")
    return out

"""
Decides whether rows of text between two rules are as many rows of the table, or lines of the same cells.

No single sign decides; each adds its weight by how many of the rows show it against the one above.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from ...page import Line
from ..measure import first_word
from .fields import numeric


__all__ = ["SIGNS", "are_rows", "begins_group", "names_group", "rooms", "signs", "stands_alone"]

# Fitted by logistic regression: docs/explanation/unseen-pages.md tells on what, and how well they do elsewhere.
SIGNS: Mapping[str, float] = {
    "several columns": 1.2,
    "numbers in both": 2.3,
    "goes on with a small letter": -3.0,
    "had room above in each column": 1.7,
    "had room above in some column": 4.1,
    "lacks the first column": -8.6,
    "a capital below a capital": 0.6,
}
"""What speaks for rows of the table, and how much; negative: for lines of the same cells."""

NONE = -2.3  # where no sign is seen
ALONE = 0.7  # of the rows that cannot go on with the one above
MOST_ALONE = 2  # columns of a row of which one may go on where the other does not, or stand alone
ROOM = 0.8  # of a column's width, less than which is empty at the sides


def signs(
    above: Mapping[int, Line], below: Mapping[int, Line], widths: Mapping[int, float], small: Collection[int] = ()
) -> list[str]:
    """
    Return the `SIGNS` that *above* and *below* show: what of two rows of text stands in each column.

    Args:
        widths: Of the columns, as far as they are known.

        small: The columns in which all begins with a small letter, so that it says nothing.
    """
    shared = above.keys() & below.keys()
    out = ["several columns"] if len(shared) > 1 else []
    if all(any(numeric(line.text) for line in row.values()) for row in (above, below)):
        out.append("numbers in both")
    if any(line.text[:1].islower() for column, line in below.items() if column not in small):
        out.append("goes on with a small letter")
    if any(above[column].text[:1].isupper() and below[column].text[:1].isupper() for column in shared):
        out.append("a capital below a capital")
    roomy = [
        above[column].box.width + first_word(below[column]) < ROOM * widths[column] for column in shared & widths.keys()
    ]
    if any(roomy):
        out.append("had room above in each column" if all(roomy) else "had room above in some column")
    if 0 in above and 0 not in below:
        out.append("lacks the first column")
    return out


def are_rows(parts: Sequence[Mapping[int, Line]], widths: Mapping[int, float]) -> bool:
    """Whether *parts*, what stands in each column of the rows of text between two rules, are as many rows."""
    if len(parts) < 2 or (len(parts[0]) > MOST_ALONE and all(len(row) == 1 for row in parts[1:])):
        return False  # a row, and further lines of one of its cells
    first: dict[int, Line] = {}
    for row in reversed(parts):
        first.update(row)
    small = {column for column, line in first.items() if line.text[:1].islower()}
    beside = [held for row in parts if (held := {column: line for column, line in row.items() if column})]
    alone = sum(1 for above, below in pairwise(beside) if stands_alone(above, below, widths))
    if alone and alone >= ALONE * (len(beside) - 1):
        return True
    found = [sign for above, below in pairwise(parts) for sign in signs(above, below, widths, small)]
    return NONE + sum(SIGNS[sign] for sign in found) / (len(parts) - 1) > 0


def stands_alone(above: Mapping[int, Line], below: Mapping[int, Line], widths: Mapping[int, float]) -> bool:
    """
    Whether nothing of *below* can go on with *above*, in two columns at least, whatever the first column holds.

    Numbers may be two values in one cell, so that one of the columns must hold words, which had room above.
    """
    shared = above.keys() & below.keys()
    words = [column for column in shared if not (numeric(above[column].text) and numeric(below[column].text))]
    return (
        len(shared) > 1
        and bool(words)
        and all(
            not below[column].text[:1].islower()
            and above[column].box.width + first_word(below[column]) < ROOM * widths.get(column, 0.0)
            for column in words
        )
    )


def names_group(
    above: Mapping[int, Line], here: Mapping[int, Line], widths: Mapping[int, float], *below: Mapping[int, Line]
) -> bool:
    """Whether *here* is a name alone in the first column that does not go on with *above*: that of the rows *below*."""
    if here.keys() != {0} or here[0].text[:1].islower():
        return False
    if any(0 in row and begins_group(here[0], row[0]) for row in (above, *below)):
        return True
    return 0 in above and (
        numeric(above[0].text) or above[0].box.width + first_word(here[0]) < ROOM * widths.get(0, 0.0)
    )


def begins_group(name: Line, row: Line) -> bool:
    """Whether *name* is in bold letters, and that of a *row* above or below it is not."""
    return bool(name.bold) and not row.bold and name.text[:1].isupper()


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

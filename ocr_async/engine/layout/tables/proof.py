"""What proves that cells are a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ...page import Cell, Line, Region, union
from ..figures import CAPTION
from ..measure import length
from .completing import disjoint
from .fields import between, pieces
from .leaders import without_leaders


__all__ = ["begins_or_ends", "is_even", "is_table", "proven", "region"]


NOTE = re.compile(r"\s*(?:sources?|notes?)\s*:", re.IGNORECASE)


def begins_or_ends(text: str) -> bool:
    """Whether *text*, alone in its row, is the caption of a table or a note below one."""
    return (CAPTION.match(text) or NOTE.match(text)) is not None


def is_table(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell.text]
    if len(filled) < 3:
        return False
    return len({cell.row for cell in filled}) >= 2 and len({cell.column for cell in filled}) >= 2


def is_even(cells: Sequence[Cell]) -> bool:
    """Whether two columns at least hold two cells or more, as must be asked where no ruling proves a table."""
    heights = Counter(cell.column for cell in cells if cell.text)
    return sum(1 for count in heights.values() if count >= 2) >= 2


def region(cells: tuple[Cell, ...], lines: Sequence[Line]) -> Region:
    cells = without_leaders(disjoint(cells))
    chars = sum(length(line) for line in lines) or 1
    return Region(
        type="table",
        box=union([*(line.box for line in lines), *(cell.box for cell in cells if cell.box is not None)]),
        cells=cells,
        lines=tuple(lines),
        confidence=sum(line.confidence * length(line) for line in lines) / chars,
    )


def proven(text_rows: Sequence[Sequence[Line]], columns: Sequence[float], share: float = 0.7) -> bool:
    """Whether a *share* of the rows with several parts have them in different columns, and two rows at least."""
    several = [row for row in text_rows if len(row) > 1]
    proven = sum(1 for row in several if len({between(columns, line.box.middle) for line in row}) >= 2)
    if 0 < len(several) < len(text_rows) == 2:  # a parser may have joined the cells of the one row that there is
        others = [row for row in text_rows if len(row) == 1]
        joined = sum(1 for row in others if len({first for first, _, _ in pieces(row[0], columns)}) > len(columns) / 2)
        return proven + joined == 2
    return proven >= max(2, share * len(several))

"""
Cuts a page into columns and puts them in reading order.

The cut looks for a gutter first: a vertical gap that separates running text on both sides over several lines. What
runs across it (a title, a wide figure, a table) divides the page into sections that are read one after the other,
each from its left column to its right one. Sections without a gutter are read from the top down.

Related: the recursive XY cut of Nagy and Seth, "Hierarchical representation of optically scanned documents", 1984,
which cuts at any widest gap and so tears tables and headings; here only gaps between running text count.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...page import Ruling
from .articles import bands_of
from .beside import Piece
from .framed import in_rows, opened, panels
from .gutters import shelves
from .split import best_split


__all__ = ["columns"]


def columns(
    pieces: list[Piece], em: float, *, right_to_left: bool = False, rulings: Sequence[Ruling] = (), depth: int = 12
) -> list[list[Piece]]:
    """
    Return the sections of *pieces* in reading order; none has a gutter any more.

    Args:
        em: Size of the running text in pixels.

        right_to_left: The right column is read first.

        rulings: What is drawn on the page; rules across all columns part articles.
    """
    if len(pieces) < 4 or not depth:
        return [pieces] if pieces else []
    outer, held, outside = panels(pieces, rulings, em)
    if held:
        sections: list[list[Piece]] = []
        for band in in_rows(outer, held, em) or [outer]:
            for section in columns(band, em, right_to_left=right_to_left, rulings=outside, depth=depth - 1):
                for part, own in opened(section, held):
                    if own:
                        sections += columns(part, em, right_to_left=right_to_left, rulings=rulings, depth=depth - 1)
                    else:
                        sections.append(part)
        return sections
    if len(shown := shelves(pieces, em)) > 1:
        parts = (columns(band, em, right_to_left=right_to_left, rulings=rulings, depth=depth - 1) for band in shown)
        return [section for part in parts for section in part]
    whole = best_split(pieces, em, right_to_left, rulings)
    bands = bands_of(pieces, em, right_to_left, whole, rulings) or [(whole, pieces)]
    out: list[list[Piece]] = []
    for split, band in bands:
        if split is None:
            out.append(band)
            continue
        for part in split[1]:
            out.extend(columns(part, em, right_to_left=right_to_left, rulings=rulings, depth=depth - 1))
    return out

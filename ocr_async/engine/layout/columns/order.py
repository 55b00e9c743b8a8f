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
from functools import partial

from ...page import Box, Ruling
from .articles import bands_of
from .beside import Piece
from .gutters import shelves
from .panels import in_rows, opened, panels
from .split import best_split


__all__ = ["columns"]


def columns(
    pieces: list[Piece],
    em: float,
    *,
    rulings: Sequence[Ruling] = (),
    grounds: Sequence[Box] = (),
    depth: int = 12,
) -> list[list[Piece]]:
    """
    Return the sections of *pieces* in reading order; none has a gutter any more.

    Args:
        em: Size of the running text in pixels.

        rulings: What is drawn on the page; rules across all columns part articles.

        grounds: Tinted boxes with text in them.
    """
    if len(pieces) < 4 or not depth:
        return [pieces] if pieces else []
    again = partial(columns, em=em, rulings=rulings, grounds=grounds, depth=depth - 1)
    outer, held, outside = panels(pieces, rulings, grounds, em)
    out: list[list[Piece]] = []
    if held:
        for band in in_rows(outer, held, em) or [outer]:
            for section in again(band, rulings=outside):
                for part, own in opened(section, held):
                    out.extend(again(part) if own else [part])
        return out
    if len(shown := shelves(pieces, em)) > 1:
        return [section for band in shown for section in again(band)]
    whole = best_split(pieces, em, rulings)
    for split, band in bands_of(pieces, em, whole, rulings) or [(whole, pieces)]:
        if split is None:
            out.append(band)
            continue
        for part in split[1]:
            out.extend(again(part))
    return out

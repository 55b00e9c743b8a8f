"""
What shows how a page is divided, before it is known what stands on it.

Gaps that few pieces cross are the places of gutters, if text stands on both sides. Rows of pictures with what is said
of each below it, as goods in a catalogue or people on a page of portraits, have gutters too, and are read row by row
nevertheless. A headline divides all columns below it, though it may not reach the last ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ...page import Line, Region
from ..measure import ems, recognised
from .beside import Piece


__all__ = ["NARROW", "gutters_of", "heads_all", "is_large", "shelves"]

NARROW = 5  # times the running text's size: no column is narrower
HEADLINE = 1.25  # of the running text's size
ONE_HEIGHT = 0.8  # of the running text's size: how far columns under one headline begin from each other
LEVEL = 0.5  # times the font size: pictures of one row begin and end so near
ROWS = 2  # of pictures: one row tells nothing


def gutters_of(pieces: Sequence[Piece], em: float) -> list[float]:
    """The x in the middle of each gap that few pieces cross, where the fewest do."""
    if max(piece.left for piece in pieces) < min(piece.right for piece in pieces):
        return []  # nothing begins right of where something ends
    edges: list[tuple[float, int]] = []
    for piece in pieces:
        edges.append((piece.left, 1))
        edges.append((piece.right, -1))
    edges.sort()
    out: set[float] = set()
    for allowed in {0, max(1, len(pieces) // 10), max(1, len(pieces) // 4), max(1, len(pieces) // 2)}:
        depth, since, last = 0, None, 0.0
        least: tuple[int, float] = (0, 0.0)  # how many cross the emptiest part of the gap, and its middle
        for place, step in edges:
            if since is not None and place - last > 0.4 * em and depth < least[0]:
                least = depth, (last + place) / 2
            before = depth
            depth += step
            if before > allowed >= depth:
                since, least = place, (allowed + 1, 0.0)
            elif before <= allowed < depth and since is not None:
                if place - since > 0.4 * em:
                    out.add(least[1] if least[0] <= allowed else (since + place) / 2)
                since = None
            last = place
    return sorted(out)


def shelves(pieces: Sequence[Piece], em: float) -> list[list[Piece]]:
    """
    Return *pieces* in bands that begin with a row of pictures, the first with what stands above it; none where
    there are no such rows, or something stands across where one begins.
    """
    rows: list[list[Piece]] = []
    pictures = [piece for piece in pieces if isinstance(piece.thing, Region) and piece.thing.type == "image"]
    for piece in sorted(pictures, key=lambda piece: piece.top):
        if rows and abs(rows[-1][0].top - piece.top) < LEVEL * em:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    if len(rows) < ROWS or any(len(row) < 2 for row in rows):
        return []
    if any(not _same_places(rows[0], row, em) for row in rows[1:]) or any(_bare(row, pieces) for row in rows):
        return []
    tops = [min(piece.top for piece in row) for row in rows]
    if any(piece.top < top - LEVEL * em and piece.bottom > top + LEVEL * em for piece in pieces for top in tops):
        return []
    bands: list[list[Piece]] = [[] for _ in range(len(tops) + 1)]
    for piece in pieces:
        bands[bisect_right(tops, piece.top)].append(piece)
    return [band for band in bands if band]


def _same_places(row: Sequence[Piece], other: Sequence[Piece], em: float) -> bool:
    """Whether the pictures of *other* stand below those of *row*, the last row perhaps with fewer."""
    return all(any(abs(piece.left - above.left) < LEVEL * em for above in row) for piece in other)


def _bare(row: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether a picture of *row* has no text of its own below it, no wider than itself."""
    return any(
        not any(
            piece.top >= picture.bottom and picture.left <= (piece.left + piece.right) / 2 <= picture.right
            for piece in pieces
            if not isinstance(piece.thing, Region)
        )
        for picture in row
    )


def heads_all(piece: Piece, pieces: Sequence[Piece], em: float) -> bool:
    """
    Whether *piece* is a headline of all columns though it does not reach the last ones.

    Nothing stands level with it, and beside it columns begin below; others end above, or a longer line of it does. In
    a text layer all columns under it begin at one height, which beside the heading of a single column is chance.
    """
    if not isinstance(piece.thing, Line) or not is_large(piece, em):
        return False
    tall = piece.bottom - piece.top
    slack = 0.2 * tall
    lines = _headline(piece, pieces)
    top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
    others = [other for other in pieces if all(other is not line for line in lines)]
    if any(other.top < bottom - slack and other.bottom > top + slack for other in others):
        return False
    beside = [other for other in others if other.left > piece.left + NARROW * em and other.right > piece.right + em]
    begun = min((other.top for other in beside if other.top > bottom - slack), default=None)
    if begun is None or begun > bottom + 3 * em:
        return False
    own = [other.top for other in others if other.top > bottom - slack and other.left < piece.right]
    if own and not recognised(piece.thing) and abs(min(own) - begun) > ONE_HEIGHT * em:
        return False
    ended = max((other.bottom for other in beside if other.bottom < top + slack), default=None)
    if ended is not None and begun - ended > (bottom - top) - 0.1 * tall:
        return True
    return any(other is not piece and _goes_on(other, piece) for other in pieces)


def is_large(piece: Piece, em: float) -> bool:
    """Whether *piece* may be a line of a headline: words, or a word, in large letters; brackets alone are as tall."""
    line = piece.thing
    return isinstance(line, Line) and ems(line) >= HEADLINE * em and any(map(str.isalnum, line.text))


def _headline(piece: Piece, pieces: Sequence[Piece]) -> list[Piece]:
    """Return *piece* with the lines above and below it that are of one headline with it, and begin where it does."""
    out = [piece]
    if not isinstance(piece.thing, Line):
        return out
    size = ems(piece.thing)
    for other in sorted(pieces, key=lambda other: abs(other.top - piece.top)):
        if other is piece or not isinstance(other.thing, Line) or not 0.95 < ems(other.thing) / size < 1.05:
            continue
        gaps = [max(other.top, line.top) - min(other.bottom, line.bottom) for line in out]
        if abs(other.left - piece.left) < 0.2 * size and any(-0.4 * size < gap < 0.6 * size for gap in gaps):
            out.append(other)
    return out


def _goes_on(first: Piece, second: Piece) -> bool:
    """Whether *second* is the next line of the headline *first*."""
    if not isinstance(first.thing, Line) or not isinstance(second.thing, Line):
        return False
    like = 0.8 < ems(first.thing) / ems(second.thing) < 1.25
    tall = second.bottom - second.top
    return like and first.right > second.right and -0.4 * tall < second.top - first.bottom < 0.6 * tall

"""
What shows how a page is divided, before it is known what stands on it.

Gaps that few pieces cross are the places of gutters, if text stands on both sides. Rows of pictures with what is said
of each below it, as goods in a catalogue or people on a page of portraits, have gutters too, and are read row by row
nevertheless. A headline divides all columns below it, though it may not reach the last ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ...groups import in_runs
from ...page import Line, Region
from ..measure import ems, goes_on, recognised, without
from .beside import Piece, ends_sentence, is_panel


__all__ = ["NARROW", "banded", "gutters_of", "heads_all", "is_large", "shelves", "titles"]

NARROW = 5  # times the running text's size: no column is narrower
HEADLINE = 1.25  # of the running text's size
ONE_HEIGHT = 0.8  # of the running text's size: how far columns under one headline begin from each other
LEVEL = 0.5  # times the font size: pictures of one row begin and end so near
BESIDE = 0.3  # of the running text's size: from a panel to the middle of a gutter
PITCH = 1.5  # times the running text's size: from line to line in a panel
CENTRED = 1.5  # times the running text's size: how far from the middle of a page
ALONE = 0.2  # of its height
ROWS = 2  # of pictures: one row tells nothing
STRIP = 2.5  # times the running text's size: between rows of cards
CARD = 3  # lines of one, at least


def gutters_of(pieces: Sequence[Piece], em: float) -> list[float]:
    """The x in the middle of each gap that few pieces cross, where the fewest do."""
    if _is_one_column(pieces):
        return []
    edges: list[tuple[float, int]] = []
    for piece in pieces:
        lines = max(1, round((piece.bottom - piece.top) / (PITCH * em))) if is_panel(piece) else 1
        edges.append((piece.left, lines))
        edges.append((piece.right, -lines))
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
    for piece in pieces:
        if is_panel(piece):  # which is one piece, however tall
            out |= {piece.left - BESIDE * em, piece.right + BESIDE * em}
    return sorted(out)


def _is_one_column(pieces: Sequence[Piece]) -> bool:
    """Whether none of *pieces* begins right of where another ends."""
    return max(piece.left for piece in pieces) < min(piece.right for piece in pieces)


def shelves(pieces: Sequence[Piece], em: float) -> list[list[Piece]]:
    """
    Return *pieces* in bands that begin with a row of pictures, or of what is said below such; none where there are no
    such rows, or something stands across where one begins.
    """
    return _rows_of_pictures(pieces, em) or _rows_of_cards(pieces, em)


def _rows_of_pictures(pieces: Sequence[Piece], em: float) -> list[list[Piece]]:
    """Return *pieces* in bands that begin with a row of pictures, the first with what stands above it."""
    pictures = [piece for piece in pieces if isinstance(piece.thing, Region) and piece.thing.type == "image"]
    pictures.sort(key=lambda piece: piece.top)
    rows = in_runs(pictures, lambda row, piece: piece.top - row[0].top < LEVEL * em)
    if len(rows) < ROWS or any(len(row) < 2 for row in rows):
        return []
    # each below one of the first row, the last row perhaps with fewer
    below = (any(abs(piece.left - first.left) < LEVEL * em for first in rows[0]) for row in rows for piece in row)
    if not all(below) or any(_bare(row, pieces) for row in rows):
        return []
    tops = [min(piece.top for piece in row) for row in rows]
    if any(piece.top < top - LEVEL * em and piece.bottom > top + LEVEL * em for piece in pieces for top in tops):
        return []
    return [band for band in banded(pieces, tops) if band]


def banded(pieces: Sequence[Piece], tops: Sequence[float]) -> list[list[Piece]]:
    """Return *pieces* in bands that begin at the y *tops*, besides the first."""
    bands: list[list[Piece]] = [[] for _ in range(len(tops) + 1)]
    for piece in pieces:
        bands[bisect_right(tops, piece.top)].append(piece)
    return bands


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


def _rows_of_cards(pieces: Sequence[Piece], em: float) -> list[list[Piece]]:
    """
    Return *pieces* in rows of cards, such as goods whose pictures were not all seen, and what stands around those.

    A wide strip is free above each row; its cards begin level, and each ends as a sentence or a price does, so that
    none goes on below the strip.
    """
    bands: list[list[Piece]] = []
    reach = -1e6
    if _is_one_column(pieces) or any(is_panel(piece) for piece in pieces):
        return []
    for piece in sorted(pieces, key=lambda piece: piece.top):
        if isinstance(piece.thing, Line):
            if not bands or piece.top > reach + STRIP * em:
                bands.append([])
            bands[-1].append(piece)
            reach = max(reach, piece.bottom)
    out: list[list[Piece]] = []
    count = 0
    for band in bands:
        count += _is_row_of_cards(band, em)
        if out and not count:
            out[-1].extend(band)
        else:
            out.append(band)
    if count < ROWS:
        return []
    tops = [min(piece.top for piece in band) for band in out]
    for piece in pieces:
        if not isinstance(piece.thing, Line):  # a picture stands above what is said of it
            nearest = next((index for index, top in enumerate(tops) if piece.bottom < top + LEVEL * em), len(tops) - 1)
            out[nearest].append(piece)
    return out


def _is_row_of_cards(band: Sequence[Piece], em: float) -> bool:
    """Whether *band* is a row of cards."""
    top = min(piece.top for piece in band)
    heads = sorted((piece for piece in band if piece.top < top + LEVEL * em), key=lambda piece: piece.left)
    looks = {(round(ems(piece.thing)), piece.thing.bold) for piece in heads if isinstance(piece.thing, Line)}
    if len(heads) < 2 or len(looks) > 1 or any(goes_on(piece.thing.text) for piece in heads):
        return False
    starts = [piece.left for piece in heads]
    cards: list[list[Piece]] = [[] for _ in heads]
    for piece in band:
        index = bisect_right(starts, piece.left + BESIDE * em) - 1
        if index < 0 or (index + 1 < len(starts) and piece.right > starts[index + 1] - BESIDE * em):
            return False
        cards[index].append(piece)
    return all(
        len(card) >= CARD and ends_sentence(max(card, key=lambda piece: (piece.bottom, piece.right)).thing)
        for card in cards
    )


def heads_all(piece: Piece, pieces: Sequence[Piece], em: float) -> bool:
    """
    Whether *piece* is a headline of all columns though it does not reach the last ones.

    Nothing stands level with it, and beside it columns begin below; others end above, or a longer line of it does. In
    a text layer it begins where the first column does, and all columns under it do at one height, which beside the
    heading of a single column is chance.
    """
    if not isinstance(piece.thing, Line) or not is_large(piece, em):
        return False
    tall = piece.bottom - piece.top
    slack = 0.2 * tall
    lines = _headline(piece, pieces)
    top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
    others = without(pieces, lines)
    if any(other.top < bottom - slack and other.bottom > top + slack for other in others):
        return False
    beside = [other for other in others if other.left > piece.left + NARROW * em and other.right > piece.right + em]
    begun = min((other.top for other in beside if other.top > bottom - slack), default=None)
    if begun is None or begun > bottom + 3 * em:
        return False
    own = [other.top for other in others if other.top > bottom - slack and other.left < piece.right]
    unlike = bool(own) and abs(min(own) - begun) > ONE_HEIGHT * em
    if not recognised(piece.thing) and (unlike or piece.left > min(other.left for other in pieces) + 2 * em):
        return False
    ended = max((other.bottom for other in beside if other.bottom < top + slack), default=None)
    if ended is not None and begun - ended > (bottom - top) - 0.1 * tall:
        return True
    return any(other is not piece and _goes_on(other, piece) for other in pieces)


def titles(pieces: Sequence[Piece], em: float) -> list[Piece]:
    """
    Return the titles in the middle of *pieces*, with nothing beside them, and the lines in the middle right below.

    They divide all columns, be they no wider than the middle one of three.
    """
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    out: list[Piece] = []
    ordered = sorted(pieces, key=lambda piece: piece.top)
    reaches = list(accumulate((piece.bottom for piece in ordered), max))
    for index, piece in enumerate(ordered):
        if abs(piece.left + piece.right - left - right) > 2 * CENTRED * em or not isinstance(piece.thing, Line):
            continue
        reach = reaches[index - 1] if index else piece.top
        slack = ALONE * (piece.bottom - piece.top)
        follows = bool(out) and ordered[index - 1] is out[-1] and piece.top - out[-1].bottom < em
        alone = reach < piece.top + slack and all(
            other.top > piece.bottom - slack for other in ordered[index + 1 : index + 2]
        )
        if alone and (follows or (is_large(piece, em) and not _heads_one(piece, pieces, em))):
            out.append(piece)
    return out


def _heads_one(piece: Piece, pieces: Sequence[Piece], em: float) -> bool:
    """Whether *piece* is a headline of the middle column: beside it others go on below, at unlike heights."""
    middle = (piece.left + piece.right) / 2
    sides = [other for other in pieces if other.right < middle], [other for other in pieces if other.left > middle]
    tops = [[other.top for other in side if other.top > piece.top] for side in sides]
    go_on = all(0 < len(below) < len(side) for below, side in zip(tops, sides, strict=True))
    exact = isinstance(piece.thing, Line) and not recognised(piece.thing)
    return exact and go_on and abs(min(tops[0]) - min(tops[1])) > ONE_HEIGHT * em


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
    alike = [
        other
        for other in pieces
        if abs(other.left - piece.left) < 0.2 * size
        and other is not piece
        and isinstance(other.thing, Line)
        and 0.95 < ems(other.thing) / size < 1.05
    ]
    for other in sorted(alike, key=lambda other: abs(other.top - piece.top)):
        gaps = (max(other.top, line.top) - min(other.bottom, line.bottom) for line in out)
        if any(-0.4 * size < gap < 0.6 * size for gap in gaps):
            out.append(other)
    return out


def _goes_on(first: Piece, second: Piece) -> bool:
    """Whether *second* is the next line of the headline *first*."""
    if not isinstance(first.thing, Line) or not isinstance(second.thing, Line):
        return False
    return 0.8 < ems(first.thing) / ems(second.thing) < 1.25 and first.right > second.right

"""
Tells articles below each other, whose columns are not as wide as those of the article above.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...page import Line, Ruling
from ..measure import goes_on
from .beside import SHORTEST, Piece, ends_sentence
from .gutters import NARROW, banded, heads_all, is_large
from .split import LEVEL, Split, best_split, strips_across


__all__ = ["bands_of"]


MOST_HEADLINES = 12  # of a page, at which it may be cut
KICKER = 1.5  # times the running text's size: a line above a headline is as high
FEWEST_COLUMNS = 3
OPEN, ABOVE = 0.6, 20.0  # times that size: a strip above other columns, and how far up those above are looked at
TOGETHER = 0.95  # of what two bands separate: one gutter that does so serves both
LEAST_CUT, MOST_CUT = 30, 600  # lines of a page that is cut

_Band = tuple[Split | None, list[Piece]]
"""A part of a page, all across, and the division at its best gutter."""


def bands_of(pieces: Sequence[Piece], em: float, whole: Split | None, rulings: Sequence[Ruling]) -> list[_Band]:
    """
    Return the bands, one below the other, whose own gutters separate most text; none where the page is one.

    So articles of a newspaper are told apart, whose columns are not as wide as those of the article above. A band
    begins with a headline, below a rule, or with other columns. It is taken only where all beat the *whole* page's one
    gutter, by more than chance, or where a rule, the columns or the text say so.
    """
    if whole is None or not LEAST_CUT <= len(pieces) <= MOST_CUT:
        return []
    strips = strips_across(pieces, em, 0.3)
    begun = _ruled(pieces, em, strips, rulings) | _other_columns(pieces, em, strips)
    tops = _with_all_lines(sorted(begun | _headlines(pieces, em, strips)), pieces, em)
    if not tops:
        return []
    kept: list[_Band] = []
    sure = False
    for top, band in zip([0.0, *tops], banded(pieces, tops), strict=True):
        split = best_split(band, em, rulings)
        if kept:
            above, pieces_above = kept[-1]
            parted = _worth(above) and _worth(split) and (top in begun or _breaks_off(pieces_above, band, em))
            sure = sure or bool(parted)
            if not parted:
                both = [*pieces_above, *band]
                split_both = best_split(both, em, rulings)
                if _worth(split_both) >= TOGETHER * (_worth(above) + _worth(split)):  # the same columns go on
                    kept[-1] = split_both, both
                    continue
        kept.append((split, band))
    total = sum(_worth(split) for split, _ in kept)
    if len(kept) < 2 or not (sure or total > 1.1 * _worth(whole) + 4 * em):
        return []
    return kept


def _worth(split: Split | None) -> float:
    return max(0.0, split[0]) if split is not None else 0.0


def _headlines(pieces: Sequence[Piece], em: float, strips: Sequence[tuple[float, float]]) -> set[float]:
    """
    Return where large lines begin below one of *strips*, which run across all *pieces*, a few at most.

    A headline may have a smaller line above it.
    """
    large = [piece.top for piece in pieces if is_large(piece, em)]
    found = [low for _, low in strips if any(low <= top < low + KICKER * em for top in large)]
    return set(sorted(found)[:MOST_HEADLINES])


def _other_columns(pieces: Sequence[Piece], em: float, strips: Sequence[tuple[float, float]]) -> set[float]:
    """Return where columns begin level below one of *strips*, most of them where none right above it begins."""
    out: set[float] = set()
    for high, low in strips:
        if low - high < OPEN * em:
            continue
        below = [piece for piece in pieces if low <= piece.top < low + LEVEL * em]
        running = sum(1 for piece in below if piece.chars >= SHORTEST)
        if len(below) >= FEWEST_COLUMNS and running > 0.5 * len(below):
            above = [piece.left for piece in pieces if high - ABOVE * em < piece.bottom <= high]
            others = sum(1 for piece in below if all(abs(piece.left - left) > em for left in above))
            if others > 0.5 * len(below):
                out.add(low)
    return out


def _with_all_lines(tops: Sequence[float], pieces: Sequence[Piece], em: float) -> list[float]:
    """Return *tops* without those of the further lines of headlines, some of which take more lines than others."""
    out: list[float] = []
    for top in tops:
        over = [piece for piece in pieces if out and out[-1] <= piece.top < top]
        if not over or not all(is_large(piece, em) for piece in over):
            out.append(top)
    return out


def _ruled(
    pieces: Sequence[Piece], em: float, strips: Sequence[tuple[float, float]], rulings: Sequence[Ruling]
) -> set[float]:
    """Return where text goes on below those *rulings* that run all across *pieces*, through one of *strips*."""
    left, right = min(piece.left for piece in pieces) + em, max(piece.right for piece in pieces) - em
    places = [
        ruling.box.centre
        for ruling in rulings
        if ruling.horizontal and ruling.box.left < left and ruling.box.right > right
    ]
    return {low for high, low in strips if any(high <= place <= low for place in places)}


def _breaks_off(above: Sequence[Piece], below: Sequence[Piece], em: float) -> bool:
    """Whether a sentence *above* a headline that *below* begins with goes on in the next column *above*."""
    top = min(piece.top for piece in below)
    lines = [piece for piece in above if isinstance(piece.thing, Line)]
    for head in below:
        if head.top > top + LEVEL * em or not is_large(head, em):
            continue
        over = [piece for piece in lines if piece.left < head.right and piece.right > head.left]
        if heads_all(head, [*above, *below], em):
            return False  # it divides the columns as it is
        if any(_goes_on_beside(last, lines, em) for last in _last_lines(over)):
            return True
    return False


def _last_lines(lines: Sequence[Piece]) -> list[Piece]:
    """Return those of *lines* that none stands below."""
    out: list[Piece] = []
    for line in sorted(lines, key=lambda piece: -piece.bottom):
        if not any(line.left < other.right and line.right > other.left for other in out):
            out.append(line)
    return out


def _goes_on_beside(last: Piece, lines: Sequence[Piece], em: float) -> bool:
    """Whether the sentence that a column ends with, in its *last* line, goes on in the next column of *lines*."""
    if last.chars < SHORTEST or ends_sentence(last.thing) or is_large(last, em):
        return False
    beside = [piece for piece in lines if piece.left > last.right]
    column = min((piece.left for piece in beside), default=0.0) + NARROW * em
    first = min((piece for piece in beside if piece.left < column), key=lambda piece: piece.top, default=None)
    return first is not None and goes_on(first.thing.text)

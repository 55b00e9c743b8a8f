"""Tables whose rows level rules part: their columns are the gaps that stay free between all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ....page import Line, Word
from ...measure import median, rows
from ..completing import CURRENCIES
from ..evidence import are_rows, rooms
from ..fields import Stretch, numeric, stretches, words_of
from ..heads import NAMED
from ..wrapping import parts


__all__ = ["columns_between", "rules_part_rows"]

FEWEST = 3  # bands with several cells
MOST = 0.75  # of the bands hold several cells, and of a column's cells begin or end at one place
GAP = 0.6  # of the font size: a space is narrower
NARROW = 0.36  # of the font size, where more columns are found by it
NUMBERS = 2  # in one cell at most: two values, or a value and its error
LEVEL = 0.4  # of the font size
TALL = 14  # lines of text in a row at most


def columns_between(bands: Sequence[Sequence[Line]], em: float) -> list[float]:
    """Return the places between columns that the *bands* between rules show, from the top down; none where unsure."""
    return max((_columns(bands, em, gap) for gap in (GAP, NARROW)), key=len)


def _columns(bands: Sequence[Sequence[Line]], em: float, gap: float) -> list[float]:
    """The places between columns that stand apart by *gap* font sizes."""
    filled = [band for band in bands if band]
    held = [(band, runs) for band in filled if len(runs := _runs(band, gap * em)) > 1]
    if len(held) < max(FEWEST, MOST * len(filled)):
        return []
    if any(len(rows(band)) > TALL for band, _ in held):
        return []
    body, usual = held, median([len(runs) for _, runs in held])
    while len(body) > FEWEST and len(body[-1][1]) == NAMED < usual:
        body = body[:-1]  # the name of a sum may span columns
    body = body[1:] if len(body) > FEWEST else body  # the words of a head, too, or they touch
    every, free = (_free([runs for _, runs in some], gap * em) for some in (held, body))
    free = [next((own for own in every if own[0] >= place[0] and own[1] <= place[1]), place) for place in free]
    columns = [(start + end) / 2 for start, end in free]
    edges = [float("-inf"), *columns, float("inf")]
    for left, right in pairwise(edges):
        own = [inside for _, runs in body if (inside := [run for run in runs if left < run[0] and run[1] < right])]
        if len(own) < max(2, 0.25 * len(body)):
            return []
        if left > edges[0] and not _flush(own, em):  # names may be set in
            return []
    return columns


def _runs(band: Iterable[Line], gap: float) -> list[Stretch]:
    """The stretches that the words of all lines of *band* cover; a currency's sign reaches to the amount behind it."""
    words = sorted((word for line in band for word in words_of(line)), key=lambda word: word.box.left)
    out: list[Stretch] = []
    for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
        leads = after is not None and word.text in CURRENCIES and not _is_behind(before, word, after)
        out.append((word.box.left, after.box.left if after is not None and leads else word.box.right))
    return stretches(out, gap)


def _is_behind(before: Word | None, sign: Word, after: Word) -> bool:
    """Whether *sign*, of a currency, is of the amount *before* it, and not of the one *after* it."""
    if before is None or not before.text[-1:].isdigit():
        return False
    return sign.box.left - before.box.right < after.box.left - sign.box.right


def _gaps(runs: Sequence[Stretch]) -> list[Stretch]:
    return [(left, right) for (_, left), (right, _) in pairwise(runs)]


def _free(bands: Sequence[Sequence[Stretch]], gap: float) -> list[Stretch]:
    """What all *bands* leave free between the first and the last of their words."""
    free = [(min(runs[0][0] for runs in bands), max(runs[-1][1] for runs in bands))]
    for runs in bands:
        free = [
            (max(start, left), min(end, right))
            for start, end in free
            for left, right in [(float("-inf"), runs[0][0]), *_gaps(runs), (runs[-1][1], float("inf"))]
            if min(end, right) - max(start, left) > gap
        ]
    return free


def _flush(cells: Sequence[Sequence[Stretch]], em: float) -> bool:
    """Whether most of the *cells* of a column begin, end or have their middle at one place."""
    lefts, rights = [cell[0][0] for cell in cells], [cell[-1][1] for cell in cells]
    middles = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
    return any(
        sum(1 for place in places if abs(place - median(places)) < LEVEL * em) >= MOST * len(places)
        for places in (lefts, rights, middles)
    )


def rules_part_rows(bands: Sequence[Sequence[Line]], columns: Sequence[float], right: float) -> bool:
    """Whether most text of *bands* stands in such as are one row each, so that the rules part rows."""
    texts = [rows(band) for band in bands if band]
    if len(texts) < FEWEST:
        return False
    places = [[parts(row, columns) for row in text] for text in texts]
    room = rooms([row for band in places for row in band], right)
    whole = sum(len(band) for band in places if not (_counts(band) or are_rows(band, room)))
    return whole >= MOST * sum(map(len, places))


def _counts(band: Sequence[Mapping[int, Line]]) -> bool:
    """Whether more numbers stand one below the other in *band* than in one cell."""
    counts = Counter(column for row in band for column, line in row.items() if numeric(line.text))
    return max(counts.values(), default=0) > NUMBERS

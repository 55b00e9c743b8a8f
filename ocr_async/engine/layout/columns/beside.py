"""What stands beside a gutter: running text on both sides, or the columns of a table."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice, pairwise

from ...page import Box, Line, Region
from ..line_breaks import PAGES
from ..lists import BULLETS
from ..measure import breadth, digits_in, ems
from ..tables.fields import has_box, numeric
from ..tables.fill_in import BLANK, are_sums
from ..tables.price_lists import ends_priced
from ..tables.prose import drift, reads_on


__all__ = ["SHORTEST", "Piece", "ends_sentence", "is_panel", "pieces_of", "ruled_apart", "worth"]

NUMBERED = re.compile(r"(\d{1,3})(?:[.)] (?=.{20})|\s?[．、.](?=[^\s\d].{7}))\s?.*[^\W\d_]{3}")
AMOUNTS = 6  # lines that are a table's column and no labels of a figure
ITEMS, ITEM = 2, 10  # items of a list at least, and letters of an item
WORDY = 6  # letters of these on the average
NUMBERS = 0.25  # of the letters are digits, where they are amounts
ROW = 0.5  # times the text's size: how far rows are off
MOST_LEVEL, ALL_LEVEL = 0.75, 0.95  # of a side
LEAST_AMOUNTS, MOSTLY_AMOUNTS = 3, 0.6  # lines, and the part of a side, that are numbers
TIME = re.compile(r"\d{1,2}[.:]\d\d(?!\d)(?:\s?[ap]\.?m\b\.?|\s?(?:uhr|hrs?|h)\b)?", re.IGNORECASE)
ENTRIES = 5
COUNT = re.compile(r"(\d{1,3})[.)]? [^\W\d]")
CLUES = 5  # of a side
STANZA, BEGUN = 3, 0.6  # lines of one; the part that begins as it should
NAMED = 3  # entries
NEXT = 1.25  # times the distance of two lines: from one stanza to the next
TIMES, OFTEN_TIMED = 4, 0.2
TURNS, MOST_TURNED = 3, 0.2  # from side to side; of the pieces are level with one on the other side
TICKED = 0.5  # of the pieces of a side
RULED = 0.8  # of the height of two columns: a rule between them
FEWEST, PHRASE = 3, 12  # lines of such columns at least, and letters of them on the average
SHORTEST = 18  # letters in a line of the narrowest columns of running text


class Piece:
    """A line or a finished region (a table, a picture) among others on the page."""

    __slots__ = ("bottom", "chars", "left", "right", "thing", "top")

    def __init__(self, thing: Line | Region) -> None:
        box = thing.box
        self.left, self.top, self.right, self.bottom = box.left, box.top, box.right, box.bottom
        self.thing = thing
        # A table or a picture stands for text: it may fill a column of its own.
        self.chars = breadth(thing) if isinstance(thing, Line) else 400


def pieces_of(lines: Sequence[Line], regions: Sequence[Region]) -> list[Piece]:
    """Return *regions*, then *lines*, as pieces."""
    return [*map(Piece, regions), *map(Piece, lines)]


def ends_sentence(thing: Line | Region) -> bool:
    """Whether a line ends as a sentence does, or a phrase that stands alone: with no letter."""
    return not thing.text.rstrip()[-1:].isalpha()


def worth(left: Sequence[Piece], right: Sequence[Piece], em: float, *, running: bool = False) -> float:
    """The height over which running text, if that is not known to be *running*, stands on both sides; 0 if not so."""
    if not left or not right or _ticked(right):
        return 0.0
    gap = min(piece.left for piece in right) - max(piece.right for piece in left)
    if gap < 0.35 * em:
        return 0.0
    top = max(min(piece.top for piece in left), min(piece.top for piece in right))
    bottom = min(max(piece.bottom for piece in left), max(piece.bottom for piece in right))
    height = bottom - top
    if height < 3 * em:
        return 0.0
    if _alternate(left, right, em):
        return 0.0
    if running or any(all(is_panel(piece) for piece in side) for side in (left, right)):
        return height
    if (_indexed(left) and _indexed(right)) or _clues(*_nearest(left, right)):
        return height
    if _amounts_of(left, right, em) or _amounts_of(right, left, em):
        return 0.0
    # stanzas, lists, a menu, what is on at several places, or questions with their answers
    if any(all(map(tells, (left, right))) for tells in (_verses, _itemised, _priced, _timed)):
        return height
    if _goes_on(_numbers(left), _numbers(right)):
        return height
    if _rows_to_fill_in(left, right, em) or _rows_to_fill_in(right, left, em):
        return 0.0
    told = _running(left, em), _running(right, em)
    if all(told) or _solid(left, em) or _solid(right, em):
        return height
    if (any(told) or _itemised(left) or _itemised(right)) and _said(left) and _said(right) and _drift(left, right, em):
        return height
    nearest = _nearest(left, right)
    edge = min(piece.left for piece in nearest[0])
    beyond = [piece for piece in left if piece.right < edge]  # the times of a timetable, for one
    if all(map(_named, filter(None, (*nearest, beyond)))):
        return height
    if _listed(left) and _listed(right) and _drift(*nearest, em):
        return height  # as in a directory
    return 0.0


def is_panel(piece: Piece) -> bool:
    """Whether *piece* stands for a panel, of which it is known that nothing beside it is in rows with what it holds."""
    return isinstance(piece.thing, Region) and piece.thing.type == "text"


def ruled_apart(left: Sequence[Piece], right: Sequence[Piece], rules: Sequence[Box]) -> Box | None:
    """Return which of the upright *rules* parts two columns of phrases, all along where both stand; None if none."""
    if not rules or not (_phrases(left) and _phrases(right)):
        return None
    top = max(min(piece.top for piece in side) for side in (left, right))
    bottom = min(max(piece.bottom for piece in side) for side in (left, right))
    shared = (min(rule.bottom, bottom) - max(rule.top, top) for rule in rules)
    return next((rule for rule, part in zip(rules, shared, strict=True) if part > RULED * (bottom - top) > 0), None)


def _phrases(side: Sequence[Piece]) -> bool:
    """Whether *side* is several lines of phrases, longer than the names in a table, with few numbers."""
    return sum(1 for piece in side if isinstance(piece.thing, Line)) >= FEWEST and _said(side, letters=PHRASE)


def _numbers(side: Sequence[Piece]) -> list[int]:
    """Return the numbers before the sentences of *side*, from the top down."""
    lines = sorted((piece for piece in side if isinstance(piece.thing, Line)), key=lambda piece: piece.top)
    found = (NUMBERED.match(piece.thing.text) for piece in lines if isinstance(piece.thing, Line))
    return [int(each[1]) for each in found if each is not None]


def _goes_on(left: Sequence[int], right: Sequence[int]) -> bool:
    """Whether sentences are numbered down the *left* side and then down the *right* one; parts of both may be seen."""
    return (
        len(left) > 0 < len(right)
        and left[-1] < right[0]
        and all(list(side) == list(range(side[0], side[0] + len(side))) for side in (left, right))
    )


def _ticked(side: Sequence[Piece]) -> bool:
    """Whether *side* is boxes to tick, which belong to what stands left of them."""
    boxes = sum(1 for piece in side if isinstance(piece.thing, Line) and has_box(piece.thing.text))
    return boxes > TICKED * len(side)


def _itemised(side: Sequence[Piece]) -> bool:
    """Whether *side* is a list, or has one: several phrases begin with a bullet."""
    lines = [piece.thing.text for piece in side if isinstance(piece.thing, Line) and piece.chars >= ITEM]
    return sum(1 for text in lines if text[0] in BULLETS) >= ITEMS


def _drift(left: Sequence[Piece], right: Sequence[Piece], em: float) -> bool:
    return drift([piece.bottom for piece in left], [piece.bottom for piece in right], em)


def _said(side: Sequence[Piece], letters: int = WORDY) -> bool:
    """Whether *side* is words, of more than so many *letters* a line, and hardly a number or a mark."""
    lines = [piece.thing for piece in side if isinstance(piece.thing, Line)]
    digits = sum(digits_in(line.text) for line in lines)
    chars = sum(map(breadth, lines))
    return chars > max(letters * len(lines), digits / NUMBERS)


def _priced(side: Sequence[Piece]) -> bool:
    """Whether a third of *side* are names with prices; what is in a dish may stand below it."""
    return 3 * sum(1 for piece in side if isinstance(piece.thing, Line) and ends_priced(piece.thing.text)) >= len(side)


def _indexed(side: Sequence[Piece]) -> bool:
    """Whether most of *side* is entries of an index, with the numbers of pages behind a comma."""
    lines = [piece.thing for piece in side if isinstance(piece.thing, Line)]
    return sum(1 for line in lines if PAGES.search(line.text)) >= max(ENTRIES, 0.5 * len(lines))


def _clues(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether most lines of both sides have numbers that grow down each side and not from side to side, as clues."""
    named = [[piece for piece in side if any(map(str.isalpha, piece.thing.text))] for side in (left, right)]
    told = [
        [(piece.bottom, int(found[1])) for piece in side if (found := COUNT.match(piece.thing.text)) is not None]
        for side in named
    ]
    if any(len(found) < max(CLUES, 0.5 * len(side)) for found, side in zip(told, named, strict=True)):
        return False
    if min(piece.left for piece in right) < min(piece.left for piece in named[1]):
        return False  # the numbers of pages are those of what stands left of them
    grown = [
        sum(1 for one, other in pairwise(sorted(found)) if other[1] <= one[1])
        for found in (*told, [*told[0], *told[1]])
    ]
    return max(grown[:2]) <= 1 and grown[2] > CLUES


def _listed(side: Sequence[Piece]) -> bool:
    """Whether *side* is entries of several lines each, words and numbers, all of which begin with words."""
    lines = [piece.thing for piece in side if isinstance(piece.thing, Line)]
    left = min((line.box.left for line in lines), default=0.0)
    first = [line for line in lines if line.box.left < left + ems(line)]
    named = sum(1 for line in first if line.text[:1].isalpha())
    return ENTRIES <= named <= 0.8 * len(lines) and named >= 0.8 * len(first)


def _nearest(left: Sequence[Piece], right: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return what is nearest to the gutter on both sides, as wide as the narrower one: a column, if one has many."""
    end, start = max(piece.right for piece in left), min(piece.left for piece in right)
    wide = min(end - min(piece.left for piece in left), max(piece.right for piece in right) - start)
    return [piece for piece in left if piece.right >= end - wide], [
        piece for piece in right if piece.left <= start + wide
    ]


def _timed(side: Sequence[Piece]) -> bool:
    """Whether *side* is what happens at times, one below the other, each with words behind it."""
    texts = [piece.thing for piece in side if isinstance(piece.thing, Line)]
    timed = [(line, found) for line in texts if (found := TIME.match(line.text)) is not None]
    named = [
        line
        for line, found in timed
        if any(map(str.isalpha, line.text[found.end() :]))
        or any(other is not line and other.box.down(line.box) > 0 < other.box.left - line.box.right for other in texts)
    ]
    return len(named) >= TIMES and len(named) > OFTEN_TIMED * len(texts)


def _alternate(left: Sequence[Piece], right: Sequence[Piece], em: float) -> bool:
    """Whether what is on the *left* and on the *right* takes turns going down, as along a line of time."""
    both = sorted([*((piece, 0) for piece in left), *((piece, 1) for piece in right)], key=lambda each: each[0].top)
    turns = sum(1 for (_, one), (_, other) in pairwise(both) if one != other)
    if not TURNS <= turns <= 0.5 * len(both):
        return False
    few, many = sorted((left, right), key=len)
    level = (
        piece
        for piece in few
        if any(min(piece.bottom, other.bottom) - max(piece.top, other.top) > ROW * em for other in many)
    )
    most = int(MOST_TURNED * len(few))
    return len(list(islice(level, most + 1))) <= most


def _verses(side: Sequence[Piece]) -> bool:
    """Whether *side* is stanzas: lines most of which begin as sentences do."""
    groups = _groups(side)
    lines = [line for group in groups for line in group]
    begun = sum(1 for line in lines if line.text.lstrip("0123456789. ")[:1].isupper())
    if len(lines) < 2 * STANZA or begun < BEGUN * len(lines) or not _said(side, letters=PHRASE):
        return False
    return sum(1 for group in groups if len(group) >= STANZA) > max(1, 0.5 * len(groups))


def _named(side: Sequence[Piece]) -> bool:
    """
    Whether *side* is entries of several lines: names in a type of their own, or numbers last, and what is said of each.
    """
    groups = _groups(side)
    named = [
        group
        for group in groups
        if len(group) > 1
        and group[0].text[:1].isalpha()
        and (numeric(group[-1].text) or all(line.bold != group[0].bold for line in group[1:]))
    ]
    return len(named) >= max(NAMED, BEGUN * len(groups))


def _groups(side: Sequence[Piece]) -> list[list[Line]]:
    """Return the lines of *side* that are set close, as those of a stanza are; none where lines stand level."""
    lines = sorted((piece.thing for piece in side if isinstance(piece.thing, Line)), key=lambda line: line.box.bottom)
    steps = [low.box.bottom - high.box.bottom for high, low in pairwise(lines)]
    usual = sorted(steps)[len(steps) // 3] if steps else 0.0
    if not lines or usual < ROW * ems(lines[0]):
        return []
    ends = [index for index, step in enumerate(steps, 1) if step > NEXT * usual]
    return [lines[start:end] for start, end in pairwise([0, *ends, len(lines)])]


def _solid(side: Sequence[Piece], em: float) -> bool:
    """Whether *side* is one column of running text beyond doubt, so that anything beside it is no row of its table."""
    lines = sorted((piece for piece in side if isinstance(piece.thing, Line)), key=lambda piece: piece.top)
    if len(lines) < 5 or sum(piece.chars for piece in lines) < 24 * len(lines):
        return False
    width = max(piece.right for piece in lines) - min(piece.left for piece in lines)
    if sum(1 for piece in lines if piece.right - piece.left > 0.8 * width) < 0.65 * len(lines):
        return False
    steps = [low.bottom - high.bottom for high, low in pairwise(lines)]
    usual = sorted(steps)[len(steps) // 2]
    return sum(1 for step in steps if abs(step - usual) < 0.25 * usual) >= 0.75 * len(steps)


def _amounts_of(side: Sequence[Piece], other: Sequence[Piece], em: float) -> bool:
    """
    Whether *side* is numbers for the most part, nearly all of them level with the *other*; or what is nearest to that,
    where that is on the left, as the names of a price list are: with the whole, where that has amounts of its own.
    """
    numbers = [piece for piece in side if isinstance(piece.thing, Line) and numeric(piece.thing.text)]
    first = min(numbers, key=lambda piece: piece.left, default=side[0])
    last = max(other, key=lambda piece: piece.right).thing
    near = [piece for piece in side if piece.left < first.right] if first.left > other[0].right else side
    told = [near, side] if isinstance(last, Line) and last.text[-1:].isdigit() else [near]
    of_each = [[piece for piece in each if piece in numbers] for each in told]
    return all(
        len(lines) >= max(LEAST_AMOUNTS, MOSTLY_AMOUNTS * len(each))
        and len(_level(lines, other, em)) >= MOST_LEVEL * len(lines)
        for each, lines in zip(told, of_each, strict=True)
    )


def _level(side: Sequence[Piece], other: Sequence[Piece], em: float) -> list[Piece]:
    """Return those of *side* that begin or end level with one of the *other*."""
    tops, bottoms = sorted(piece.top for piece in other), sorted(piece.bottom for piece in other)
    return [piece for piece in side if min(_off(piece.top, tops), _off(piece.bottom, bottoms)) < ROW * em]


def _off(place: float, places: Sequence[float]) -> float:
    """Return how far *place* is from the nearest of *places*, which ascend."""
    index = bisect_left(places, place)
    return min(abs(place - each) for each in places[max(index - 1, 0) : index + 1])


def _rows_to_fill_in(side: Sequence[Piece], other: Sequence[Piece], em: float) -> bool:
    """
    Whether nearly all on the *other* side is level with pictures, what is left to fill in and names to be matched on
    this *side*, of which there may be more.
    """
    left_open = [piece for piece in side if _is_open(piece.thing)]
    if len(left_open) < 2:  # as on most pages
        return False
    rows = _level(side, other, em)
    lines = sum(1 for piece in rows if isinstance(piece.thing, Line))
    if sum(1 for piece in rows if piece in left_open) < max(2, 0.5 * lines):
        return False
    return len(rows) >= MOST_LEVEL * len(side) or len(_level(other, side, em)) >= ALL_LEVEL * len(other)


def _is_open(line: Line | Region) -> bool:
    """Whether *line* is to be filled in, or matched with one beside it from the point at its end on."""
    return isinstance(line, Line) and (are_sums([line]) or line.text.endswith((BLANK, *BULLETS)))


def _running(side: Sequence[Piece], em: float) -> bool:
    """Whether one side of a gutter is running text (or figures and tables) rather than a table's column."""
    lines = [piece.thing for piece in side if isinstance(piece.thing, Line)]
    chars = sum(map(breadth, lines))
    amounts = sum(digits_in(line.text) for line in lines) > 0.4 * chars
    if len(lines) < len(side):
        return not (amounts and len(lines) >= AMOUNTS)  # but for an invoice's amounts above its totals in a box
    if len(side) < 3:
        return chars > 80
    if amounts:
        return False
    # Lines of running text fill their column; a table's cells do so only by accident. What counts is where most of
    # the letters are: a column of text may hold headings and scattered formulas.
    widths = sorted(piece.right - piece.left for piece in side)
    usual = widths[len(widths) * 4 // 5]
    full = sum(piece.chars for piece in side if piece.right - piece.left > 0.8 * usual and piece.chars >= SHORTEST)
    return (full >= 0.55 * chars and usual > 6 * em) or reads_on(lines)

"""
Joins names and the prices at the end of their lines, as on a menu, where dots lead from the one to the other; and posts
and their dates at the edge of a curriculum vitae.

A parser drops such dots, or takes them for a gap between columns. A list of names and amounts alone is a table; it is
none where a line about each name stands between, or where two such lists stand side by side on unlike levels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from ...groups import in_groups
from ...page import Line
from ..measure import ems, in_one, left_of


__all__ = ["ends_dated", "ends_priced", "is_led", "priced"]

SIGN = r"(?:[€$£¥]|EUR|USD|CHF)"
PRICE = re.compile(rf"[.…\s]*({SIGN}?\s?\d{{1,5}}[.,]\d\d|{SIGN}\s?\d{{1,5}}|\d{{1,5}}(?:[.,]\d\d)?\s?{SIGN})")
MONTH = r"(?:[^\W\d_]{3,9}\.?\s|\d{1,2}[./]\s?){0,2}"
YEAR = r"(?:19|20)\d\d"
YEARS = re.compile(YEAR)
DATES = re.compile(rf"{MONTH}{YEAR}(?:\s?(?:[-–—]|to)\s?(?:{MONTH}{YEAR}|\d\d|[^\W\d_]{{3,9}})?)?")  # as of a post
LED = re.compile(r"[\W\d_]*[^\W\d_].*?(?:\.{5,}|(?:\. ){4,}\.|…{2,}|(?:·\s?){5,})")
DOTS = re.compile(r"\. ?\.|……|· ?·")
ENDS = "€$£¥DRF"
AT_END = re.compile(rf".*[^\W\d_][^\W\d_].*\s{PRICE.pattern}")
LONGEST = 16  # letters of a price
LONGEST_DATES = 32
APART = 2.0  # times the font size: dates at the edge of a line stand so far from its words
LEAST, MOST = 3, 300  # prices: more are a table's
SAME = 0.5  # of the font size: names begin, and prices end, at one x
LEVEL = 0.25  # of the font size
DESCRIBED = 0.5  # of the rows


@frozen
class _Row:
    name: Line
    price: Line


def is_led(text: str) -> bool:
    """Whether dots lead from a word in *text* to its end, or to what stands there."""
    return DOTS.search(text) is not None and LED.match(text) is not None  # nearly no line has any, as one look tells


def ends_priced(text: str) -> bool:
    """Whether *text* is a name and a price."""
    return (text[-1:].isdigit() or text[-1:] in ENDS) and AT_END.fullmatch(text.rstrip()) is not None


def priced(lines: Sequence[Line], em: float) -> list[Line]:
    """Return *lines*, names on menus joined with their prices, and posts with their dates."""
    prices = [line for line in lines if len(line.text) < LONGEST_DATES and _is_price_or_dates(line.text.strip())]
    if not LEAST <= len(prices) <= MOST:
        return list(lines)
    found = [row for price in prices if (row := _row(price, lines)) is not None]
    lists = [rows for rows in _lists(found, em) if len(rows) >= LEAST]
    others = [line for line in lines if not any(line is row.name or line is row.price for row in found)]
    joined: dict[int, Line | None] = {}
    lists += [[row] for row in found if is_led(row.name.text)]
    for rows in lists:
        if (
            is_led(rows[0].name.text)
            or _described(rows, others, em)
            or any(_off_level(rows, other, em) for other in lists if other is not rows)
        ):
            for row in rows:
                joined[id(row.name)] = _join(row)
                joined[id(row.price)] = None
    return [whole for line in lines if (whole := joined.get(id(line), line)) is not None]


def _is_price_or_dates(text: str) -> bool:
    return (len(text) < LONGEST and PRICE.fullmatch(text) is not None) or (
        text[:1].isalnum() and DATES.fullmatch(text) is not None
    )


def ends_dated(line: Line) -> bool:
    """Whether dates stand at the edge of *line*, far from its words, as those of a post in a curriculum vitae."""
    end = line.text[-LONGEST_DATES:]
    if YEARS.search(end) is None:  # as nearly all
        return False
    words = line.words
    for index in range(len(words) - 1, 0, -1):
        if words[index].box.left - words[index - 1].box.right > APART * ems(line):
            return DATES.fullmatch(" ".join(word.text for word in words[index:])) is not None
    return False


def _row(price: Line, lines: Sequence[Line]) -> _Row | None:
    """Return *price* with the name it stands level with, unless something else is nearer."""
    nearest = max(left_of(price, lines, level=0.5), key=lambda line: line.box.right, default=None)
    if nearest is None or not nearest.text[:1].isalpha() or nearest.text.endswith(":"):
        return None
    return _Row(nearest, price)


def _lists(found: Sequence[_Row], em: float) -> list[list[_Row]]:
    """Return the rows whose names begin at one x and whose prices end at one, from the top down."""

    def takes(rows: Sequence[_Row], row: _Row) -> bool:
        name, price = row.name.box.left - rows[0].name.box.left, row.price.box.right - rows[0].price.box.right
        return max(abs(name), abs(price)) < SAME * em

    return in_groups(sorted(found, key=lambda row: row.name.box.top), takes)


def _described(rows: Sequence[_Row], others: Sequence[Line], em: float) -> bool:
    """Whether a line that begins where the names do stands below most of them, above the next one."""
    left = rows[0].name.box.left
    below = [line.box.centre for line in others if abs(line.box.left - left) < SAME * em]
    told = sum(
        1
        for row, following in pairwise(rows)
        if any(row.name.box.bottom < centre < following.name.box.top for centre in below)
    )
    return told >= DESCRIBED * (len(rows) - 1)


def _off_level(rows: Sequence[_Row], beside: Sequence[_Row], em: float) -> bool:
    """Whether *beside* is another list left or right of *rows*, few of whose rows stand level with these."""
    top = max(rows[0].name.box.top, beside[0].name.box.top)
    bottom = min(rows[-1].name.box.bottom, beside[-1].name.box.bottom)
    here = [row.name.box.bottom for row in rows if top <= row.name.box.bottom <= bottom]
    there = [row.name.box.bottom for row in beside]
    level = sum(1 for place in here if any(abs(place - other) < LEVEL * em for other in there))
    return len(here) >= LEAST and level < 0.5 * len(here)


def _join(row: _Row) -> Line:
    return in_one([row.name, row.price], like=row.name)

"""Keeps the ends of lines that were set to end there, as those of an address, of names and values, or of a poem."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..page import Line
from .join import flow
from .lists import marker
from .measure import digits_in, ems, ends_in_stop, first_word, rows
from .tables.addresses import is_address
from .tables.fields import labelled, numeric
from .tables.price_lists import ends_priced


__all__ = ["PAGES", "kept"]

ROWS = 3
EARLY = 0.6  # of the breaks: the next row's first word would have fitted
READS_ON = 0.4  # of the breaks, at most: a sentence goes on there; none where there are but a few
FEW = 3
MOST_WORDS = 2  # of an entry
PAGES = re.compile(r"[^\W\d].*, ?\d{1,4}(?:[-–]\d{0,4})?,?$")  # they may go on in the next line
INDEXED = 0.6  # of the lines of an index end with the numbers of pages
WIDE = 1.6  # times the size, from one entry to the next


def kept(lines: Sequence[Line], right: float = 0.0) -> str:
    """
    Return the text of *lines*, which are in reading order: on lines as they were set, or as one paragraph.

    Args:
        right: The right edge of their column, where it is known.
    """
    flowed = flow(lines)
    text_rows = rows(lines) if len(lines) > 1 else []
    if len(text_rows) < ROWS and not _are_details(text_rows):
        return flowed
    if marker(lines[0].text) is not None:
        return flowed
    if _are_entries(text_rows) or is_address(lines) or _are_values(text_rows, flowed):
        return "\n".join(flow(row) for row in text_rows)
    reach = max(row[-1].box.right for row in text_rows)
    if any(row[0].text[:1].islower() or row[0].text[:1].isupper() for row in text_rows):
        reach = max(reach, right)  # text may run beside a picture, and only small letters tell that it reads on
    breaks = [(above[-1], below[0]) for above, below in pairwise(text_rows)]
    most = early = len(breaks)
    for above, below in breaks:
        if above.box.right + first_word(below) + 0.5 * ems(below) >= reach:
            early -= 1
            if early < EARLY * most:  # as in nearly all running text
                return flowed
    on = sum(1 for above, below in breaks if below.text[:1].islower() and not ends_in_stop(above))
    if on > (READS_ON * len(breaks) if len(breaks) > FEW else 0):
        return flowed
    return "\n".join(flow(row) for row in text_rows)


def _are_values(text_rows: Sequence[Sequence[Line]], flowed: str) -> bool:
    """
    Whether most of *text_rows*, which are *flowed* as one text, are names with values, with prices or with pages.
    """
    most = len(text_rows) / 2
    colons, digits = flowed.count(":") + flowed.count("：") > most, not flowed.isascii() or digits_in(flowed) > most
    if not (colons or digits):
        return False
    texts = [" ".join(line.text for line in row) for row in text_rows]
    if digits and sum(1 for text in texts if PAGES.match(text)) >= INDEXED * len(texts):
        return True
    return (colons and labelled(texts)) or (digits and sum(map(ends_priced, texts)) > most)


def _are_entries(text_rows: Sequence[Sequence[Line]]) -> bool:
    """Whether each of *text_rows* is a number, or a word or two and further apart than lines of a text: of a menu."""
    if any(len(row) > 1 or len(row[0].text.split()) > MOST_WORDS for row in text_rows):
        return False
    lines = [row[0] for row in text_rows]
    apart = all(low.box.centre - high.box.centre > WIDE * ems(high) for high, low in pairwise(lines))
    words = apart and not any(line.text[:1].islower() or ends_in_stop(line) for line in lines)
    return words or all(numeric(line.text) for line in lines)


def _are_details(text_rows: Sequence[Sequence[Line]]) -> bool:
    """Whether *text_rows* are two lines with a name and its value in each, as "Date: 3 May"."""
    texts = [row[0].text for row in text_rows if len(row) == 1]
    return len(texts) == len(text_rows) > 1 and all(text[:1].isupper() and labelled([text]) for text in texts)

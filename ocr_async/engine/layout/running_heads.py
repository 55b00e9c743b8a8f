"""
Tells running heads and feet, page numbers and download stamps from a page's text.

One page alone shows it by place (the outermost row, set apart from the text) and by look (a page number, a row that
ends or begins with one). Several pages of a document show it by repetition: `repeated`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ..page import Line, Sheet
from .measure import ems, length, median, rows
from .numbering import ARTICLE, is_bare, rank


__all__ = ["EDGE", "key", "outer", "repeated"]

NUMBER = re.compile(
    r"\W*(?:(?:page|seite|pagina|p\.|s\.|стр\.?)\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von|de|sur|di)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
STAMP = re.compile(
    r"(?:download(?:ed)?\s+(?:date|from|on|by)|this content downloaded|copyright|©|\(c\)\s*\d{4}|all rights reserved|"
    r"confidential|printed on|www\.|https?://|doi:|issn|arxiv:|licensed to|terms of use|authorized licensed)",
    re.IGNORECASE,
)
EDGE = 0.14  # of a page's height, at its top and its foot
SHORTEST = 3  # characters of a key that tells anything
TITLE = 1.5  # times the size of the text: no running head is so large
LARGER = 1.1  # times the size of the text: a heading
SPREAD_EDGE = 0.13  # of a page's height: where a row that fills its width and ends in a page number may stand
OFTEN = 0.3  # of the pages
LARGEST_HEAD = 1.2  # times the size of the text, which may be that of listings
FEWEST_SPOTS = 3  # pages
FEWEST_ROWS = 3  # of a page, below its head
OUTER = 16  # lines of a page, among which its outer rows are
APART = 1.4  # times the distance of two rows
# Numbers, in Roman letters too; what they begin with stands first, as the search passes over all else in no time.
CHANGING = re.compile(r"[\divxlc](?:(?<=\d)|(?<!\w.)[ivxlc]*(?!\w))")


def key(text: str) -> str:
    """*text* without what changes from page to page: numbers, case, spaces."""
    return "".join(CHANGING.sub("", text.lower()).split())


def outer(lines: Sequence[Line], sheet: Sheet, known: frozenset[str] = frozenset()) -> tuple[list[Line], list[Line]]:
    """Return the lines of the running head and foot; *known* are the `key`s of what repeats over pages."""
    upright = [line for line in lines if line.text.strip()]
    if len(upright) < 3:
        return [], []
    text_rows = rows(upright)
    body = median([ems(line) for line in upright], 10.0)
    if sheet.source == "ocr" and not known and _has_no_margins(sheet.lines, body):
        return [], []
    return (
        _outer(text_rows, sheet, known, body, top=True),
        _outer(text_rows[::-1], sheet, known, body, top=False),
    )


def _has_no_margins(lines: Sequence[Line], body: float) -> bool:
    """Whether *lines* begin at the upper left corner, as those of a picture of a screen or of a piece of a page do."""
    return min(line.box.top for line in lines) < body > min(line.box.left for line in lines)


def _outer(text_rows: list[list[Line]], sheet: Sheet, known: frozenset[str], body: float, *, top: bool) -> list[Line]:
    """Return the lines of the outermost of *text_rows*, as far as they are running heads or feet."""
    edge = 0.1 * sheet.height
    text_rows = _banded(text_rows[:8], body)
    out: list[Line] = []
    taken: set[str] = set()
    for index, row in enumerate(text_rows[:4]):
        near = (
            (min(line.box.top for line in row) < edge)
            if top
            else (max(line.box.bottom for line in row) > sheet.height - edge)
        )
        text = " ".join(line.text for line in row)
        if rank(text) == ARTICLE and is_bare(text):
            break  # the heading of what goes on below, or overleaf
        if index + 1 < len(text_rows) and _reads_on(row, text_rows[index + 1], body, top):
            break
        if known and _spot(row) in known:
            out.extend(row)
            continue
        said = [word for line in row if (word := key(line.text))] if known else []
        told = [word for word in said if len(word) >= SHORTEST]  # "p. 3" beside it is not known by what it says
        if told and all(word in known for word in told) and _inside(row, sheet, top, 0.13):
            if max(map(ems, row)) > TITLE * body:
                break  # the document's title, which its other pages repeat
            following = text_rows[index + 1] if top and index + 1 < len(text_rows) else None
            if taken.intersection(told) or (following is not None and _heads(row, following, body)):
                break  # the heading of the section that running heads name
            taken.update(told)
            out.extend(row)
            continue
        if not near and not _spans(row, text_rows, sheet, body, top):
            break
        if index + 1 >= len(text_rows):
            break
        following = text_rows[index + 1]
        if top:
            gap = min(line.box.top for line in following) - max(line.box.bottom for line in row)
        else:
            gap = min(line.box.top for line in row) - max(line.box.bottom for line in following)
        apart = gap > 0.9 * body
        if NUMBER.fullmatch(text) and (apart or _inside(row, sheet, top, 0.06)):
            out.extend(row)
            continue
        if apart and _ruled_off(row, sheet, body, top) and _inside(row, sheet, top, 0.06) and length(row[0]) < 90:
            out.extend(row)
            continue
        small = max(ems(line) for line in row) <= 1.1 * body
        if not small or sum(map(length, row)) > 140:
            break
        if (STAMP.search(text) and (apart or out) and _inside(row, sheet, top, 0.075)) or (
            apart and _inside(row, sheet, top, 0.06) and length(row[0]) < 90
        ):
            out.extend(row)
            continue
        # "155   S. Deng et al." and the like: a page number at one end of a row that stands apart
        ends = [line.text.strip() for line in row]
        # "9." numbers a paragraph and "(1)" a formula, which the page begins with
        numbered = len(row) > 1 and any(NUMBER.fullmatch(end) and end[-1] not in ".)" for end in (ends[0], ends[-1]))
        if not numbered and len(row) == 1 and apart and length(row[0]) < 70:
            edge_number = re.match(r"\d{1,4}\s+\D", ends[0]) or re.search(r"\D[\s|]\d{1,4}$", ends[0])
            numbered = edge_number is not None and _inside(row, sheet, top, 0.08)
        spread = any(right.box.left - left.box.right > 3 * body for left, right in pairwise(row))
        if numbered and gap > (0.5 if not spread else 0.15 if len(row) < 3 else -0.3) * body:
            out.extend(row)
            continue
        break
    return out


def _spans(row: Sequence[Line], text_rows: Sequence[Sequence[Line]], sheet: Sheet, body: float, top: bool) -> bool:
    """Whether *row* is a name at one edge of the text and a page number at the other, well apart from the text."""
    ends = [line.text.strip() for line in row]
    if len(row) != 2 or not any(map(str.isdecimal, ends)) or not _inside(row, sheet, top, SPREAD_EDGE):
        return False
    every = [line.box for text_row in text_rows for line in text_row]
    left, right = min(box.left for box in every), max(box.right for box in every)
    following = [line for text_row in text_rows[1:2] for line in text_row]
    gap = (
        min((line.box.top for line in following), default=0.0) - max(line.box.bottom for line in row)
        if top
        else min(line.box.top for line in row) - max((line.box.bottom for line in following), default=0.0)
    )
    return gap > 1.5 * body and row[0].box.left < left + body and row[-1].box.right > right - body


def _heads(row: Sequence[Line], following: Sequence[Line], body: float) -> bool:
    """Whether *row* is bold, larger than the text, of size *body*, and as near to what is *following* as a heading."""
    gap = min(line.box.top for line in following) - max(line.box.bottom for line in row)
    return len(row) == 1 and bool(row[0].bold) and ems(row[0]) > LARGER * body and gap < body


def _reads_on(row: Sequence[Line], inner: Sequence[Line], body: float, top: bool) -> bool:
    """Whether *row* is a line of the text whose next line is *inner*, as a page's first or last line may be."""
    first, second = (row, inner) if top else (inner, row)
    gap = min(line.box.top for line in second) - max(line.box.bottom for line in first)
    if gap < CODE * body and all(line.mono for line in (*first, *second)):
        return True  # code, whose first lines are alike in many files
    if len(first) > 1 or len(second) > 1 or gap > 0.9 * body or length(first[0]) < LINE:
        return False
    return (
        abs(first[0].box.left - second[0].box.left) < 0.3 * body
        and second[0].text[:1].islower()
        and first[0].text.rstrip()[-1:] not in ".:;!?"
        and abs(ems(first[0]) - ems(second[0])) < 0.1 * body
    )


CODE = 0.6  # times the size: white between two lines of code, at most
LINE = 35  # letters of a line of running text, at least


def _ruled_off(row: Sequence[Line], sheet: Sheet, body: float, top: bool) -> bool:
    """Whether a ruling over most of the page's width parts *row*, which is hardly larger than the text, from it."""
    edge = max(line.box.bottom for line in row) if top else min(line.box.top for line in row)
    return max(map(ems, row)) < 1.5 * body and any(
        ruling.horizontal
        and ruling.box.width > 0.7 * sheet.width
        and abs((ruling.box.top if top else ruling.box.bottom) - edge) < body
        for ruling in sheet.rulings
    )


def _banded(text_rows: list[list[Line]], body: float) -> list[list[Line]]:
    """Rows whose parts stand a little higher or lower than each other, as on a bent page, taken together."""
    out: list[list[Line]] = []
    for row in text_rows:
        if (
            out
            and any(line.box.down(other.box) > 0.1 * body for line in row for other in out[-1])
            and not any(line.box.across(other.box) > 0 for line in row for other in out[-1])
        ):
            out[-1] = sorted([*out[-1], *row], key=lambda line: line.box.left)
        else:
            out.append(row)
    return out


def _inside(row: Sequence[Line], sheet: Sheet, top: bool, share: float) -> bool:
    if top:
        return max(line.box.bottom for line in row) < share * sheet.height
    return min(line.box.top for line in row) > (1 - share) * sheet.height


def repeated(sheets: Sequence[Sheet]) -> frozenset[str]:
    """
    Return what stands at the top or foot of three pages in ten: the `key`s of lines on two of them at least, and the
    places of rows on three, which say something else on each, as the name of the section does.
    """
    if len(sheets) < 2:
        return frozenset()
    counts: Counter[str] = Counter()
    spots: Counter[str] = Counter()
    for sheet in sheets:
        edge = EDGE * sheet.height
        seen: set[str] = set()
        for line in sheet.lines:
            if (line.box.bottom < edge or line.box.top > sheet.height - edge) and length(line) < 120:
                word = key(line.text)
                if len(word) >= SHORTEST:
                    seen.add(word)
        counts.update(seen)
        spots.update(_spots(sheet))
    least = max(2, round(OFTEN * len(sheets)))
    words = (word for word, count in counts.items() if count >= least)
    return frozenset((*words, *(spot for spot, count in spots.items() if count >= max(FEWEST_SPOTS, least))))


def _spots(sheet: Sheet) -> Iterable[str]:
    """Yield the places of the first and the last row of *sheet*, where they stand apart as running heads do."""
    level = [line for line in sheet.lines if not line.angle and line.text.strip()] if sheet.source == "text" else []
    if len(level) <= FEWEST_ROWS:
        return
    level.sort(key=lambda line: line.box.top)
    body = median([ems(line) for line in level])
    for top, ordered in ((True, rows(level[:OUTER])), (False, rows(level[-OUTER:])[::-1])):
        row = ordered[0]
        if not _inside(row, sheet, top, EDGE):
            continue
        numbered = len(row) > 1 and any(NUMBER.fullmatch(line.text) for line in (row[0], row[-1]))
        plain = max(map(ems, row)) < LARGEST_HEAD * body and not any(line.bold for line in row)
        if numbered or (plain and _is_apart(row, ordered[1:])):
            yield _spot(row)


def _spot(row: Sequence[Line]) -> str:
    """Return the place and the font of *row*; with a space, which no `key` has."""
    longest = max(row, key=length)
    return f"{longest.box.bottom:.0f} {longest.font}"


def _is_apart(row: Sequence[Line], others: Sequence[Sequence[Line]]) -> bool:
    """Whether *row* stands further from the nearest of *others*, which go on from it, than those from each other."""
    tops = [text_row[0].box.top for text_row in (row, *others)]
    steps = [abs(low - high) for high, low in pairwise(tops)]
    return len(steps) >= FEWEST_ROWS and steps[0] > APART * median(steps[1:])

"""
Tells running heads and feet, page numbers and download stamps from a page's text.

One page alone shows it by place (the outermost row, set apart from the text) and look together: a page number, a row
that ends or begins with one, a stamp. By its place alone nothing is left out, for "Name: ____" and the foot of a poster
stand there too. Several pages of a document show it by repetition: `repetition`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..page import Line, Sheet
from ..whole_document import ALONE, Running
from .measure import ems, length, median, rows
from .numbering import ARTICLE, is_bare, rank


__all__ = [
    "APART",
    "EDGE",
    "LARGEST_HEAD",
    "LINE",
    "NUMBER",
    "SHORTEST",
    "are_listed",
    "is_inside",
    "key",
    "outer",
    "spot_of",
]

NUMBER = re.compile(
    r"\W*(?:(?:page|seite|pagina|p\.|s\.|стр\.?)\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von|de|sur|di)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
STAMP = re.compile(
    r"(?:download(?:ed)?\s+(?:date|from|on|by)|this content downloaded|copyright|©|\(c\)\s*\d{4}|all rights reserved|"
    r"confidential|printed on|(?:digiti[sz]ed|digitalisiert) (?:by|von)|doi:|issn|arxiv:|"
    r"licensed to|terms of use|authorized licensed)",
    re.IGNORECASE,
)
LAST = re.compile(r"(?:\|\s?|\D\s\d{1,4}[-–])\d{1,4}$")  # "Exercise 3" says which
WIDE = 0.7  # times the size: more than a space, even of a typewriter
EDGE = 0.14  # of a page's height, at its top and its foot
SHORTEST = 3  # characters of a key that tells anything
OWN_SIZE = 1.15  # times the size in which most pages repeat it: a title, which says the same
LARGER = 1.1  # times the size of the text: a heading
SPREAD_EDGE = 0.13  # of a page's height: where a row that fills its width and ends in a page number may stand
LARGEST_HEAD = 1.2  # times the size of the text, which may be that of listings
APART = 1.4  # times the distance of two rows
FLUSH = 0.5  # times the size of the text: between the ends of the numbers of two rows
LISTED = 3  # rows that end in numbers, one below the other
NEAR = 1.0  # points
# Numbers, in Roman letters too; what they begin with stands first, as the search passes over all else in no time.
CHANGING = re.compile(r"[\divxlc](?:(?<=\d)|(?<!\w.)[ivxlc]*(?!\w))")


def key(text: str) -> str:
    """*text* without what changes from page to page: numbers, case, spaces."""
    return "".join(CHANGING.sub("", text.lower()).split())


def outer(lines: Sequence[Line], sheet: Sheet, known: Running = ALONE) -> tuple[list[Line], list[Line]]:
    """Return the lines of the running head and foot; *known* is what repeats over pages."""
    upright = [line for line in lines if line.text.strip()]
    if len(upright) < 3:
        return [], []
    text_rows = rows(upright)
    body = median([ems(line) for line in upright], 10.0)
    return (
        _outer(text_rows, sheet, known, body, top=True),
        _outer(text_rows[::-1], sheet, known, body, top=False),
    )


def _outer(text_rows: list[list[Line]], sheet: Sheet, known: Running, body: float, *, top: bool) -> list[Line]:
    """Return the lines of the outermost of *text_rows*, as far as they are running heads or feet."""
    text_rows = _banded(text_rows[:8], body)
    out: list[Line] = []
    taken: set[str] = set()
    for index, row in enumerate(text_rows[:4]):
        text = " ".join(line.text for line in row)
        following = text_rows[index + 1] if index + 1 < len(text_rows) else None
        if rank(text) == ARTICLE and is_bare(text):
            break  # the heading of what goes on below, or overleaf
        if following is not None and _reads_on(row, following, body, top):
            break
        said = [word for line in row if (word := key(line.text))] if known else []
        told = [word for word in said if len(word) >= SHORTEST]  # "p. 3" beside it is not known by what it says
        if told and all(word in known.words for word in told) and is_inside(row, sheet, top, 0.13):
            own = OWN_SIZE * max(known.words[word] for word in told)
            if max(map(ems, row)) > max(LARGEST_HEAD * body, own):
                break  # the document's title, which its other pages repeat
            heads = top and following is not None and _heads(row, following, body)
            if taken.intersection(told) or (heads and not known.banners.issuperset(told)):
                break  # the heading of the section that running heads name
            taken.update(told)
            out.extend(row)
            continue
        if _is_framed(row, sheet, known, top) or are_listed(row, text_rows[index + 1 : index + 3], body):
            break
        if spot_of(row) in known.spots or (
            following is not None and _seems_outer(row, text_rows, following, sheet, body, top=top, outermost=not out)
        ):
            out.extend(row)
            continue
        break
    return out


def _seems_outer(
    row: list[Line],
    text_rows: Sequence[Sequence[Line]],
    following: Sequence[Line],
    sheet: Sheet,
    body: float,
    *,
    top: bool,
    outermost: bool,
) -> bool:
    """Whether place and look alone tell that *row*, of which *following* stands further in, is a running head."""
    edge = 0.1 * sheet.height
    near = (
        (min(line.box.top for line in row) < edge)
        if top
        else (max(line.box.bottom for line in row) > sheet.height - edge)
    )
    text = " ".join(line.text for line in row)
    if not near and not _spans(row, text_rows, sheet, body, top):
        return False
    gap = _gap(row, following, top)
    apart = gap > 0.9 * body
    if NUMBER.fullmatch(text) and (apart or is_inside(row, sheet, top, 0.06)):
        return True
    small = max(ems(line) for line in row) <= 1.1 * body
    if not small or sum(map(length, row)) > 140 or (top and _is_numbered_on(row[0], sheet.lines)):
        return False
    if STAMP.search(text) and (apart or not outermost) and is_inside(row, sheet, top, 0.075):
        return True
    # "155   S. Deng et al." and the like: a page number at one end of a row that stands apart
    ends = [line.text.strip() for line in row]
    # "9." numbers a paragraph and "(1)" a formula, which the page begins with
    numbered = len(row) > 1 and any(NUMBER.fullmatch(end) and end[-1] not in ".)" for end in (ends[0], ends[-1]))
    if not numbered and apart and max(map(length, row)) < 70:
        numbered = (_is_numbered(row) or LAST.search(ends[-1]) is not None) and is_inside(row, sheet, top, 0.08)
    spread = any(right.box.left - left.box.right > 3 * body for left, right in pairwise(row))
    return numbered and gap > (0.5 if not spread else 0.15 if len(row) < 3 else -0.3) * body


def _is_numbered_on(line: Line, lines: Sequence[Line]) -> bool:
    """Whether one of *lines* begins, where *line* does and in its font, with the number after that of *line*."""
    number = line.text.split(" ", 1)[0]
    after = {str(int(number) + 1), f"{number}.1"} if number.isdecimal() else set[str]()
    return any(
        each.text.split(" ", 1)[0].rstrip(".") in after
        and each.font == line.font
        and abs(each.box.left - line.box.left) < FLUSH * ems(line)
        for each in lines
    )


def _is_numbered(row: Sequence[Line]) -> bool:
    """Whether *row* begins or ends with a number that white sets off, as none in a date or an address is."""
    ends = row[0].words[:2], row[-1].words[:-3:-1]
    return any(
        number.text.isdecimal() and number.box.across(other.box) < -WIDE * ems(row[0])
        for number, other in (pair for pair in ends if len(pair) == 2)
    )


def are_listed(row: Sequence[Line], further: Sequence[Sequence[Line]], body: float) -> bool:
    """Whether *row* ends in a number, and the rows *further* in do so at the same edge and no further apart than it."""
    ends = [text_row[-1] for text_row in (row, *further)]
    if (
        len(ends) < LISTED
        or (len(row) == 1 and NUMBER.fullmatch(row[0].text))
        or not all(each.text[-1:].isdecimal() for each in ends)
    ):
        return False
    steps = [abs(low.box.bottom - high.box.bottom) for high, low in pairwise(ends)]
    return steps[0] < APART * steps[1] and all(abs(each.box.right - ends[0].box.right) < FLUSH * body for each in ends)


def _is_framed(row: Sequence[Line], sheet: Sheet, known: Running, top: bool) -> bool:
    """Whether *row* stands where other pages of the document have running text."""
    frame = known.frames.get(round(sheet.height))
    if frame is None:
        return False
    base = max(line.box.bottom for line in row)
    return base > frame[0] - NEAR if top else base < frame[1] + NEAR


def _spans(row: Sequence[Line], text_rows: Sequence[Sequence[Line]], sheet: Sheet, body: float, top: bool) -> bool:
    """Whether *row* is a name at one edge of the text and a page number at the other, well apart from the text."""
    ends = [line.text.strip() for line in row]
    if len(row) != 2 or not any(map(str.isdecimal, ends)) or not is_inside(row, sheet, top, SPREAD_EDGE):
        return False
    every = [line.box for text_row in text_rows for line in text_row]
    left, right = min(box.left for box in every), max(box.right for box in every)
    apart = _gap(row, text_rows[1], top) > 1.5 * body
    return apart and row[0].box.left < left + body and row[-1].box.right > right - body


def _gap(row: Sequence[Line], inner: Sequence[Line], top: bool) -> float:
    """Return how much white is between *row*, at the *top* of a page or else at its foot, and the *inner* one."""
    above, below = (row, inner) if top else (inner, row)
    return min(line.box.top for line in below) - max(line.box.bottom for line in above)


def _heads(row: Sequence[Line], following: Sequence[Line], body: float) -> bool:
    """Whether *row* is bold, larger than the text, of size *body*, and as near to what is *following* as a heading."""
    near = _gap(row, following, top=True) < body
    return near and len(row) == 1 and bool(row[0].bold) and ems(row[0]) > LARGER * body


def _reads_on(row: Sequence[Line], inner: Sequence[Line], body: float, top: bool) -> bool:
    """Whether *row* is a line of the text whose next line is *inner*, as a page's first or last line may be."""
    first, second = (row, inner) if top else (inner, row)
    gap = _gap(row, inner, top)
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


def is_inside(row: Sequence[Line], sheet: Sheet, top: bool, share: float) -> bool:
    """Whether *row* stands whole within that *share* of the page's height, at its *top* or else at its foot."""
    if top:
        return max(line.box.bottom for line in row) < share * sheet.height
    return min(line.box.top for line in row) > (1 - share) * sheet.height


def spot_of(row: Sequence[Line]) -> str:
    """Return the place and the font of *row*."""
    longest = max(row, key=length)
    return f"{longest.box.bottom:.0f} {longest.font}"

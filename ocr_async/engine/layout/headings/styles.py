"""
The styles in which a document sets its headings, told by where their lines stand on all pages that are read together.

A heading stands alone in its row, further from what is above than from what is below. A term, such as an option in a
manual, is bold too, and may stand so; but it stands where running text does, and what is said of it further in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Literal

from ...page import Line, Sheet
from ...whole_document import Styles, TypeSizes
from ..flow import BARE
from ..lists import marker
from ..measure import length
from .looks import CAPITALS, FEWEST, LONG, NUMBERED, SEVERAL, STOPPED, WHERE
from .type_sizes import LARGER, MOST, letters_of


__all__ = ["kind_at", "look_of", "of_document"]

EVEN = 0.8  # times the running text's size: as large as that, in even type
SMALLER = 0.9  # times the running text's size: a bold line that is no heading of its text
MOSTLY = 0.7  # of them
NEAR = 8  # lines above and below that are looked at
VARIED = 0.7  # of the headings in a style that is no heavier than the text say each something else
MOST_WIDE = 0.75  # of the line of text below a heading that is no heavier
FAR = 5.0  # times the size: white above such a heading
DRAWN = 0.03  # of the size: by how much letters are drawn wider to fill a line
DEEP = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+[^\W\d_]")
NUMBER_APART = 3.0  # times the size, from the number of a heading to its text
NUMBER = 5  # characters of a paragraph's number that stands by itself
STEP = 3.0  # points: lefts that are nearer are one place

_NONE = Styles()
Style = tuple[str, float]
Place = tuple[str, float, int]


def of_document(sheets: Iterable[Sheet], body: float) -> Styles:
    """
    Return the styles, font and size, in which a document sets headings and terms: other ones than its text.

    Args:
        body: Size of the running text.
    """
    level_lines = [[each for each in sheet.lines if not each.angle and each.size] for sheet in sheets]
    if len({(line.font, line.size, line.look) for level in level_lines for line in level}) < 2:
        return _NONE
    pages = [sorted(level, key=lambda line: line.box.top) for level in level_lines]
    letters: dict[Style, int] = defaultdict(int)
    lefts: Counter[int] = Counter()
    reach: dict[int, float] = defaultdict(float)
    styled = [[(line, style_of(line), _is_set_off(line, body)) for line in level] for level in pages]
    for line, style, set_off in chain.from_iterable(styled):
        letters[style] += letters_of(line.text)
        if not set_off and length(line) >= LONG:
            left = _left(line)
            lefts[left] += 1
            reach[left] = max(reach[left], line.box.right / STEP)
    if len(letters) < 2:
        return _NONE
    text = max(letters, key=letters.__getitem__)
    running = [(left, reach[left]) for left, count in lefts.items() if count >= SEVERAL]
    ends = dict(running)
    columns = frozenset(ends)

    def in_text(place: Place) -> bool:
        return any(left <= place[2] < right for left, right in running)

    alone: dict[Style, list[bool]] = defaultdict(list)
    said: dict[Style, set[str]] = defaultdict(set)  # in styles no heavier than the text
    placed: dict[Place, list[bool]] = defaultdict(list)
    hanging: dict[Place, list[bool]] = defaultdict(list)
    for level, told in zip(pages, styled, strict=True):
        for index, (line, style, set_off) in enumerate(told):
            if not set_off and style == text:
                continue  # as most are
            above, below = level[max(0, index - NEAR) : index], level[index + 1 : index + NEAR]
            if not set_off:
                if not line.mono and style[1] > SMALLER * body and _under(line, below) is not None:
                    if any(_is_number_of(line, other) for other in (*above, *below)):
                        continue
                    stands = _stands(line, above, below, columns)
                    alone[style].append(stands is not False and _is_above_text(line, above, below, text))
                    said[style].add(line.text)
                continue
            larger = style[1] > LARGER * body
            stands = _stands(line, above, below, columns)
            if stands is not None:
                further = _is_further_in(line, below, larger=larger or line.mono is True)
                alone[style].append(stands and not further)
                placed[*style, _left(line)].append(stands)
            hangs = not larger and _hangs(line, above, below, ends.get(_left(line)))
            if not larger and (stands or hangs):  # others may be part of a text
                hanging[*style, _left(line)].append(hangs)
    most = MOST * sum(letters.values())
    repeated = {style for style, texts in said.items() if len(texts) < VARIED * len(alone[style])}
    heads = frozenset(
        style
        for style, found in alone.items()
        if _mostly(found) and letters[style] < most and style not in repeated  # who speaks in a play
    )
    places = (place for place, found in placed.items() if _mostly(found) and not in_text(place))
    terms = (place for place, found in hanging.items() if _mostly(found) and in_text(place))
    of_heads = (line for told in styled for line, style, _ in told if style in heads) if heads else ()
    found = Counter(look_of(line, line.text) for line in of_heads)
    looks = tuple(look for look, count in found.items() if count >= SEVERAL)
    return Styles(heads, frozenset(place for place in places if letters[place[:2]] < most), frozenset(terms), looks)


def _is_set_off(line: Line, body: float) -> bool:
    """Whether *line* is bold or larger than the text of its document."""
    size = line.size or 0.0
    return (line.bold or size > LARGER * body) and size > (EVEN if line.mono else SMALLER) * body


def _is_above_text(line: Line, before: Sequence[Line], after: Sequence[Line], text: Style) -> bool:
    """Whether *line*, no heavier than what is set in the style of the *text*, stands between two paragraphs of that."""
    over, under, size = _over(line, before), _under(line, after), line.size or 1.0
    if under is not None and length(under) <= NUMBER:
        under = _beside(under, [each for each in after if each is not under]) or under  # a numbered paragraph
    return (
        under is not None
        and _is_in(style_of(under), text)
        and length(under) >= LONG
        and line.box.width < MOST_WIDE * under.box.width
        and (over is None or line.box.top - over.box.bottom < FAR * size)
        and STOPPED not in line.look
        and (marker(line.text) is None or NUMBERED.match(line.text) is not None)
        and not _is_set_in(under, after, line)  # a term, and what is said of it
    )


def kind_at(lines: Sequence[Line], known: TypeSizes | None) -> Literal["heading", "term"] | None:
    """Return what lines that are set as all of *lines* are, and stand as they do, are in their document."""
    if known is None or known.styles == _NONE:
        return None
    styles = known.styles
    if all(style_of(line) in styles.heads for line in lines):
        return "heading"
    places = [(*style_of(line), _left(line)) for line in lines]
    if all(place in styles.places for place in places):
        return "heading"
    return "term" if any(place in styles.terms for place in places) else None


def style_of(line: Line) -> Style:
    """Return the font of *line*, without its subset's name, and its size; what else sets it off counts as a font."""
    return _style(line.font or "", line.size or 0.0, "" if line.bold else line.look)


@lru_cache(maxsize=1000)
def _style(font: str, size: float, look: str) -> Style:
    return font.rpartition("+")[2] + look, round(size, 1)


def look_of(line: Line, text: str) -> Style:
    """Return how a heading that says *text* looks, by a *line* of it: font, colour, case, parts of its number, size."""
    font = (line.font or "").rpartition("+")[2] + WHERE.sub("", line.look)
    capitals = text.isupper() and letters_of(text) >= FEWEST
    deep = DEEP.match(text)
    return f"{font}{CAPITALS if capitals else ''}{'.' * deep[1].count('.') if deep else ''}", round(line.size or 0.0, 1)


def _left(line: Line) -> int:
    return round(line.box.left / STEP)


def _mostly(found: Sequence[bool]) -> bool:
    return len(found) >= SEVERAL and sum(found) >= MOSTLY * len(found)


def _beside(line: Line, others: Iterable[Line]) -> Line | None:
    """Return one of *others* that stands in the row of *line*."""
    box = line.box
    return next(
        (
            other
            for other in others
            if (level := box.down(other.box)) > 0 and level > 0.5 * min(box.height, other.box.height)
        ),
        None,
    )


def _over(line: Line, before: Sequence[Line]) -> Line | None:
    box = line.box
    return next((each for each in reversed(before) if each.box.top < box.top and box.across(each.box) > 0), None)


def _under(line: Line, after: Sequence[Line]) -> Line | None:
    box = line.box
    return next((each for each in after if each.box.top > box.centre and box.across(each.box) > 0), None)


def _stands(line: Line, before: Sequence[Line], after: Sequence[Line], columns: frozenset[int]) -> bool | None:
    """
    Whether *line* stands as a heading does among those *before* and *after* it, which come from the top down.

    None where it is one of several lines that belong together.

    Args:
        columns: Where running text begins; what stands in another column than *line* is not beside it.
    """
    box, size, style = line.box, line.size or 1.0, style_of(line)
    number = next((other for other in (*before, *after) if _is_number_of(other, line)), line)
    beside = _beside(line, [other for other in (*before, *after) if other is not number])
    if beside is not None:
        left, right = sorted((_left(number), _left(beside)))
        if _left(number) not in columns or not any(left < each <= right for each in columns):
            return False
    over, under = _over(line, before), _under(line, after)
    if under is None or any(each is not None and style_of(each) == style for each in (over, under)):
        return None
    gap = under.box.top - box.bottom
    return gap < 3 * size and (over is None or box.top - over.box.bottom > max(0.4 * size, 0.9 * gap))


def _is_in(style: Style, text: Style) -> bool:
    """Whether *style* is that of the *text*, the letters of which may be drawn a little wider or narrower."""
    return WHERE.sub("", style[0]) == text[0] and abs(style[1] - text[1]) <= DRAWN * text[1]


def _is_number_of(number: Line, line: Line) -> bool:
    """Whether *number* stands left of *line* and numbers it, as it does with headings of LaTeX."""
    gap = line.box.left - number.box.right
    return (
        0 < gap < NUMBER_APART * (line.size or 1.0)
        and number.box.down(line.box) > 0.5 * line.box.height
        and number.size == line.size
        and number.font == line.font
        and BARE.fullmatch(number.text) is not None
    )


def _is_further_in(line: Line, after: Sequence[Line], *, larger: bool) -> bool:
    """Whether what is below *line* is set in; a list or code may be, below a *larger* one or a name of code."""
    under = _under(line, after)
    if under is None or under.box.left <= line.box.left + (line.size or 1.0):
        return False
    return not (larger and (under.mono or marker(under.text) is not None))


def _hangs(line: Line, before: Sequence[Line], after: Sequence[Line], end: float | None) -> bool:
    """
    Whether what is said of *line* is set in, right below it or beside it.

    Args:
        end: Where the column of running text ends, in steps, that begins where *line* does.
    """
    box, size, style = line.box, line.size or 1.0, style_of(line)
    beside = _beside(line, (*before, *after))
    if beside is not None and (end is None or _left(beside) < end):  # else it is of the next column
        return beside.box.left > box.right + 0.5 * size and style_of(beside) != style
    under = _under(line, after)
    if under is None or style_of(under) == style or under.box.top - box.bottom > size:
        return False
    if any(each is not None and marker(each.text) is not None for each in (under, _beside(under, after))):
        return False  # a list stands below headings, too
    return _is_set_in(under, after, line)


def _is_set_in(under: Line, after: Sequence[Line], line: Line) -> bool:
    """Whether the text that begins with the line *under* is further in than *line*; a first line may be so alone."""
    size, second = line.size or 1.0, _under(under, after)
    said = [under] if second is None or second.box.top - under.box.bottom > 0.5 * size else [under, second]
    return all(line.box.left + size < each.box.left for each in said)

"""
Brings back words that the parser leaves out of a page without a word about it.

Of two pieces of text of which one covers most of the other, it takes the first for an older print of the second: of
"Office" set large with a ligature "fice" is left, of a blank to fill in that is a row of underscores its label goes
when somebody typed on it, and a short quotation goes before the full stop that is tucked under its mark. A number
that stands alone half-way across a page it takes for one of a line or a page, though it may be a cell of a table.
A dash is flat in a font that has no other letter, and it leaves it out of "9.00–17.00".
pdfium tells all words; those that the parser does not are looked for in their places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve, frozen

from ...page import FORMULA, union
from ..char_fonts import Char, CharFont, CharFonts
from .pieces import Piece, Word, box_of, piece, word
from .typographic import PLAIN


__all__ = ["with_lost"]

_UNTOLD = " \r\n.\ufffe"
_SOME = re.compile(r"[^\W_]")
_WORD = re.compile(r"\S+")
_DASH = re.compile("[‒–—―−-]")
_DASHED = re.compile(rf"(?:\S*[^\W_])?{_DASH.pattern}(?:[^\W_]\S*)?")
_MARKUP = re.compile(r"\\[A-Za-z]+|[^A-Za-z0-9]")  # of a formula, what is no letter or digit
_LAST = "\uffff"  # of the characters that the parser tells
_SHORT = 24  # letters: what covers a piece is short, on all 54 of 2,456 pages of Debian's documents that lacked words
_MOST = 300  # words that are looked for on a page: of one that is garbled all would be
_BESIDE = 1.0  # of the height of letters: words no further apart are of one piece
_STEP = 5  # between the numbers of lines that stand between the columns of a patent
_FEWEST = 3  # such steps
_HAIR = 0.2  # points
_LEVEL = 0.6  # of the height of a letter, twice how far its middle is off that of what it stands in
_INK = 0xF0  # of 255: what is no darker is not seen; clipped letters are not drawn at all


@frozen
class _Told:
    """An item of the parser, and where it stands."""

    item: Any
    left: float
    top: float
    right: float
    bottom: float


def with_lost(items: Sequence[Any], fonts: CharFonts) -> Sequence[Any]:
    """
    Return the text *items* of a page with the words that they lack.

    Pages of long lines alone lack none, if nothing is hidden that they were left out for and each font has a name.
    """
    if fonts.hidden is None and not any(
        not item.font_name or (len(item.text) <= _SHORT and not item.text.isdecimal()) for item in items
    ):
        return items
    said = fonts.said
    texts = [item.text for item in items]
    lost = _lost(said, " ".join(texts))
    if not lost:
        return items
    telling, bare, formulas = _told(items, texts)
    whole: dict[int, Piece] = {}
    alone: list[list[Char]] = []
    tucked: set[int] = set()  # items that stand in the place of a word that is whole now
    for start, end in _places(said, lost):
        chars = fonts.chars(range(start, end))
        if not chars or any(_tells(formula, chars) for formula in formulas):
            continue
        over = _over(telling, chars[0])
        if len(over) == 1 and _DASHED.fullmatch(said, start, end):
            now = whole.get(id(over[0].item), over[0].item)
            if (found := _with_dash(now, chars)) is not None:
                whole[id(over[0].item)] = found
                continue
        if over and abs(over[0].left - chars[0].box.left) > _HAIR:
            continue  # as nearly all
        if _said(chars) != said[start:end] or not fonts.is_seen(chars[0].index):
            continue
        if fonts.hidden is not None and fonts.hidden.hides(said[start:end], union(char.box for char in chars)):
            continue
        over = list(dict.fromkeys(each for char in chars for each in _over(telling, char)))
        if not over:
            alone.append(chars)
            continue
        *parts, last = over
        if parts and (_within(last, chars) or any(abs(part.left - last.left) > _HAIR for part in parts)):
            continue  # not of one ligature
        if id(last.item) not in whole and (found := _begun(last, chars)) is not None:
            whole[id(last.item)] = found
            tucked.update(id(part.item) for part in parts)
    added = [_piece(group, fonts) for group in _beside(_without_numbers(alone, telling))]
    if added:
        dark = fonts.darkness([box_of(one) for one in added], _INK)
        added = [one for one, share in zip(added, dark, strict=True) if share > 0]
    tucked.update(
        id(each.item)
        for each in bare
        if any(each.item.text in one.text and box_of(one).share(box_of(each.item)) > 0.5 for one in added)
    )
    return [*(whole.get(id(item), item) for item in items if id(item) not in tucked), *added]


def _told(items: Sequence[Any], texts: Sequence[str]) -> tuple[list[_Told], list[_Told], list[_Told]]:
    """Return the *items* that say more than dots or underscores, those that do not, and formulas."""
    telling: list[_Told] = []
    bare: list[_Told] = []
    formulas: list[_Told] = []
    for item, text in zip(items, texts, strict=True):
        left, top, high = item.x, item.y, item.height
        told = _Told(item, left, top, left + item.width, top + high)
        (telling if _SOME.search(text) else bare).append(told)
        if "$" in text and FORMULA.search(text):
            formulas.append(told)
    return telling, bare, formulas


def _tells(formula: _Told, chars: Sequence[Char]) -> bool:
    """Whether a *formula* has the letters of a word: on its line, or those that stand in its box, which may be tall."""
    high = formula.bottom - formula.top  # of some of its parts the parser tells the box
    room = _Told(formula.item, *(formula.left - high, formula.top - high), formula.right + high, formula.bottom + high)
    if _over([room], chars[0]):
        return True
    inside = "".join(char.text for char in chars if _stands_in(formula, char))
    return (own := _MARKUP.sub("", inside)) != "" and own in _MARKUP.sub("", formula.item.text)


def _over(told: Sequence[_Told], char: Char) -> list[_Told]:
    """Return those that are *told* where *char* stands, on its line."""
    y, high = char.box.centre, char.box.height
    flat = _DASH.fullmatch(char.text) is not None
    return [
        each
        for each in told
        if _stands_in(each, char)
        and abs(each.top + each.bottom - 2 * y) < _LEVEL * (each.bottom - each.top if flat else high)
    ]


def _stands_in(told: _Told, char: Char) -> bool:
    return told.left <= char.box.middle <= told.right and told.top <= char.box.centre <= told.bottom


def _lost(said: str, told: str) -> frozenset[str]:
    """Return the words that are *said* more often than *told*; letters that stand alone are parts of formulas."""
    if _letters(said) == _letters(told):
        return frozenset()
    words = Counter(said.split())
    words.subtract(told.split())
    lost = [each for each, count in words.items() if count > 0 and (_SOME.search(each) or _DASH.fullmatch(each))]
    if not lost:
        return frozenset()
    said, told = ("".join(text.split()).translate(PLAIN) for text in (said, told))
    return frozenset(
        each
        for each in lost[:_MOST]
        if (len(each) > 1 or not each.isalpha())
        and said.count(plain := each.translate(PLAIN)) > told.count(plain)
        and max(each) <= _LAST
    )


def _letters(text: str) -> int:
    """Return how many characters *text* has but for spaces, hyphens at the ends of lines, and dots that lead on."""
    return len(text) - sum(map(text.count, _UNTOLD))


def _places(said: str, lost: frozenset[str]) -> list[tuple[int, int]]:
    """Return where the words that are *lost* begin and end in what is *said*."""
    found = [match.span() for match in _WORD.finditer(said) if match[0] in lost]
    return found[:_MOST]


def _begun(told: _Told, chars: Sequence[Char]) -> Piece | None:
    """Return what is *told* with its letters that are lost: all but it, or those that a ligature parts from it."""
    words = told.item.words
    first = words[0].text if words else ""
    if not first:  # a formula
        return None
    before = len(chars) - len(first)
    if len(words) == 1 and first in _said(chars) and _within(told, chars):
        return piece([word(_said(chars), [char.box for char in chars])], CharFont.of(told.item), told.item.mcid)
    if before < 1 or _said(chars[before:]) != first:
        return None
    sign = chars[before].box
    if chars[before - 1].box != sign or any(char.box != sign and _over([told], char) for char in chars[:before]):
        return None
    begun = word(_said(chars), [char.box for char in chars])
    rest = map(Word.of, words[1:])
    return piece([begun, *rest], CharFont.of(told.item), told.item.mcid, told.item.fill_color)


def _with_dash(item: Any, chars: Sequence[Char]) -> Piece | None:
    """Return *item* with the dash that *chars* are, or have; None where its words there are not the rest of them."""
    words = [*map(Word.of, item.words)]
    left, told = chars[0].box.left, [part for part in _DASH.split(_said(chars)) if part]
    start = sum(1 for each in words if each.x < left - _HAIR)
    end = start + len(told)
    middle = next(char.box.middle for char in chars if _DASH.match(char.text))
    if [each.text for each in words[start:end]] != told or any(each.x < middle < each.x + each.width for each in words):
        return None
    found = word(_said(chars).translate(PLAIN), [char.box for char in chars])
    beside = words[max(0, start - 1)]  # a dash alone is as high as it is thick
    found = evolve(found, y=beside.y, height=beside.height)
    return piece([*words[:start], found, *words[end:]], CharFont.of(item), item.mcid, item.fill_color)


def _within(told: _Told, chars: Sequence[Char]) -> bool:
    return told.left > chars[0].box.left - _HAIR and told.right < chars[-1].box.right + _HAIR


def _without_numbers(words: Sequence[list[Char]], told: Sequence[_Told]) -> list[list[Char]]:
    """Return *words* but for the number of the page, above or below all that is *told*, and those of lines."""
    numbers = [chars for chars in words if _said(chars).isdecimal()]
    sides = [(each.top, each.bottom) for each in told]
    sides += [(chars[0].box.top, chars[0].box.bottom) for chars in words if chars not in numbers]
    top, bottom = min((top for top, _ in sides), default=0.0), max((bottom for _, bottom in sides), default=0.0)
    within = [chars for chars in numbers if top < chars[0].box.bottom and chars[0].box.top < bottom]
    steps = [int(_said(after)) - int(_said(before)) for before, after in pairwise(within)]
    kept = [] if len(steps) >= _FEWEST and set(steps) == {_STEP} else within
    return [chars for chars in words if chars not in numbers or chars in kept]


def _beside(words: Sequence[list[Char]]) -> Iterator[list[list[Char]]]:
    """Yield those of *words* together that stand beside each other on a line."""
    group: list[list[Char]] = []
    for chars in words:
        if group:
            before, box = group[-1][-1].box, chars[0].box
            near = 0 <= box.left - before.right < _BESIDE * before.height
            if not near or abs(box.centre - before.centre) > 0.1 * before.height:
                yield group
                group = []
        group.append(chars)
    if group:
        yield group


def _piece(group: Sequence[Sequence[Char]], fonts: CharFonts) -> Piece:
    first = group[0][0]
    font = fonts.font(first.index) or CharFont("", 0, 0.0)
    words = [word(_said(chars).translate(PLAIN), [char.box for char in chars]) for chars in group]
    if len(words) == 1 and words[0].height < font.size and _DASH.fullmatch(words[0].text):
        words = [evolve(words[0], y=first.box.centre - 0.5 * font.size, height=font.size)]
    return piece(words, font, first.mark)


def _said(chars: Sequence[Char]) -> str:
    return "".join(char.text for char in chars)

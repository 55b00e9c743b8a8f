"""
Puts letters and accents together that a page draws one over the other, as TeX does in its first fonts.

Their text is "cin´etique", or "Uberschrift" with a "¨" somewhere near. An accent that stands beside letters, such as an
apostrophe or the mark of a piece of code, is over none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from ...page import Box, Line, Sheet, Word, of_words, union
from ..char_fonts import CharFonts
from .places import said_on, sides_of


__all__ = ["composed", "may_be_apart"]

MARKS = dict(
    zip("´`¨ˆ˜¸˛ˇ˘˚˝¯˙", "\u0301\u0300\u0308\u0302\u0303\u0327\u0328\u030c\u0306\u030a\u030b\u0304\u0307", strict=True)
)
DOTLESS = {"ı": "i", "ȷ": "j"}
BELOW = "¸˛"
# A grave accent is a sign of code, too: no other letters have one.
APART = re.compile(r"[´¨ˆ˜¸˛ˇ˘˚˝¯˙]|`[aeiouAEIOUıw]")
SIDE = 0.15  # of the width of a letter: how far beside it the middle of its accent may be
NEAR = 0.6  # of its height: how far from it its accent may be
WIDE = 10.0  # points: how wide a column of the page is in which letters are looked up


@frozen
class _Pair:
    """An accent and the letter under it, with the places of both, and what they are together."""

    accent: str
    mark: Box
    plain: str
    place: Box
    whole: str


def may_be_apart(sheet: Sheet) -> bool:
    """Whether there are accents on *sheet* that may belong to letters."""
    return any(APART.search(line.text) for line in sheet.lines if "`" in line.text or not line.text.isascii())


def composed(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the letters of its page under their accents."""
    page, view = fonts.text_page, fonts.view
    # As people see them: a page that lies on its side has accents beside their letters.
    letters = [Word(said, view.box(sides_of(page, index))) for index, said in enumerate(said_on(page))]
    columns = _columns(letters)
    lines = list(sheet.lines)
    for index, accent in enumerate(letters):
        if accent.text not in MARKS:
            continue
        # The text has both side by side, as a rule, but what is drawn further left than what came before is moved.
        for at in (index + 1, index - 1, *columns[int(accent.box.middle // WIDE)]):
            if 0 <= at < len(letters) and (whole := _over(letters[at], accent)):
                plain = DOTLESS.get(letters[at].text, letters[at].text)
                pair = _Pair(accent.text, accent.box, plain, letters[at].box, whole)
                if not _compose(lines, pair):
                    _restore(lines, pair, _word_at(letters, at, whole))
                break
    return evolve(sheet, lines=tuple(lines))


def _columns(letters: Sequence[Word]) -> defaultdict[int, list[int]]:
    """Return which of *letters* may bear an accent, by where it would be."""
    out: defaultdict[int, list[int]] = defaultdict(list)
    for index, letter in enumerate(letters):
        if letter.text.isalpha():
            box = letter.box
            slack = SIDE * box.width
            for column in range(int((box.left - slack) // WIDE), int((box.right + slack) // WIDE) + 1):
                out[column].append(index)
    return out


def _word_at(letters: Sequence[Word], at: int, whole: str) -> Word:
    """Return the word around the letter *at*, which is *whole* with its accent."""
    start = end = at
    while start > 0 and not letters[start - 1].text.isspace() and letters[start - 1].text not in MARKS:
        start -= 1
    while end + 1 < len(letters) and not letters[end + 1].text.isspace() and letters[end + 1].text not in MARKS:
        end += 1
    before, after = ("".join(each.text for each in part) for part in (letters[start:at], letters[at + 1 : end + 1]))
    return Word(before + whole + after, union(each.box for each in letters[start : end + 1]))


def _bears(letter: Word, accent: Word) -> bool:
    """Whether *accent* is drawn over *letter*, or a cedilla or an ogonek under it."""
    box, mark = letter.box, accent.box
    slack, near = SIDE * box.width, NEAR * box.height
    if not box.left - slack < mark.middle < box.right + slack:
        return False
    if accent.text in BELOW:
        return abs(mark.top - box.bottom) < near
    return box.top - near < mark.bottom < box.top + near


def _over(letter: Word, accent: Word) -> str:
    """Return *letter* with *accent*; nothing where it is not over it."""
    if not letter.text.isalpha() or not _bears(letter, accent):
        return ""
    whole = unicodedata.normalize("NFC", DOTLESS.get(letter.text, letter.text) + MARKS[accent.text])
    return whole if len(whole) == 1 else ""


def _compose(lines: list[Line], pair: _Pair) -> bool:
    """Put the two of *pair* together in *lines*; return whether the letter is there."""
    for number, line in enumerate(lines):
        if pair.place.share(line.box) <= NEAR or not (found := _accented(line.words, pair)):
            continue
        words, accent_is_left = found
        lines[number] = of_words(line, words)
        if accent_is_left:
            _remove(lines, pair, number)
        return True
    return False


def _restore(lines: list[Line], pair: _Pair, lost: Word) -> None:
    """Put the word *lost*, which the parser takes for the accent drawn twice, in the place of that accent."""
    for number, line in enumerate(lines):
        if pair.accent not in line.text or pair.mark.share(line.box) <= NEAR:
            continue
        words = list(line.words)
        for index, word in enumerate(words):
            before, accent, after = word.text.rpartition(pair.accent)
            if not accent or pair.mark.share(word.box) <= NEAR:
                continue
            text = lost.text if lost.text.startswith(before) else before + lost.text
            words[index] = evolve(word, text=text + after, box=union((word.box, lost.box)))
            lines[number] = of_words(line, words)
            return


def _remove(lines: list[Line], pair: _Pair, at: int) -> None:
    """Take the accent away that stands beside its letter; where a word goes on in the line *at*, make that one word."""
    for number, line in enumerate(lines):
        if pair.accent not in line.text or pair.mark.share(line.box) <= NEAR:
            continue
        if (words := _without(line.words, pair)) is None:
            continue  # the accents that it has are others
        rest = lines[at]
        torn = words and number != at and line.text.endswith(pair.accent) and rest.text.startswith(pair.whole)
        if torn and line.words[-1].text != pair.accent:
            first, *others = rest.words
            whole = Word(words[-1].text + first.text, union((words[-1].box, first.box)))
            lines[number] = of_words(evolve(line, box=union((line.box, rest.box))), (*words[:-1], whole, *others))
            del lines[at]
            return
        lines[number : number + 1] = [of_words(line, words)] if words else []
        return


def _accented(words: Iterable[Word], pair: _Pair) -> tuple[list[Word], bool] | None:
    """Return *words* with the letter accented, and whether the accent is left beside it; None if it is in no word."""
    out = list(words)
    for number, word in enumerate(out):
        if not word.box.left - 1 < pair.place.middle < word.box.right + 1:
            continue
        told = (pair.place.middle - word.box.left) / max(word.box.width, 1) * len(word.text)
        for plain in (pair.accent + pair.plain, pair.plain + pair.accent, pair.plain):
            text = word.text.replace("ı", "i").replace("ȷ", "j") if pair.plain in "ij" else word.text
            if at := [found.start() for found in re.finditer(re.escape(plain), text)]:
                index = min(at, key=lambda index: abs(index + len(plain) / 2 - told))
                out[number] = evolve(word, text=word.text[:index] + pair.whole + word.text[index + len(plain) :])
                return out, plain == pair.plain
    return None


def _without(words: Iterable[Word], pair: _Pair) -> list[Word] | None:
    """
    Return *words* without the accent, None if they have it nowhere.

    Where it ended a word that its letter goes on with, that is one word again.
    """
    out = list(words)
    for number, word in enumerate(out):
        if pair.accent not in word.text or pair.mark.share(word.box) <= NEAR:
            continue
        before, _, after = word.text.rpartition(pair.accent)
        follows = out[number + 1] if number + 1 < len(out) else None
        if before and not after and follows is not None and follows.text.startswith(pair.whole):
            out[number : number + 2] = [Word(before + follows.text, union((word.box, follows.box)), word.confidence)]
        elif before + after:
            out[number] = evolve(word, text=before + after)
        else:
            del out[number]
        return out
    return None

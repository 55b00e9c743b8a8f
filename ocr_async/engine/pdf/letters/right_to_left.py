"""
Reads Hebrew and Arabic, lines and names within lines of other letters, by the places of their letters, from the right.

The parser tells some of their words backwards, and puts the words of a name in Latin letters, and the brackets around
one, in the order in which they stand on the page from the right.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from attrs import evolve

from ...page import Box, Line, Sheet, Word, of_words, union
from ..char_fonts import CharFonts
from ..objects import letter_of
from .places import MOST


__all__ = ["may_run_from_right", "mostly_from_right", "reordered"]

RIGHT_TO_LEFT = re.compile("[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# The parser turns the pieces of a number in their figures, too.
OF_SUCH_SCRIPTS = re.compile(rf"{RIGHT_TO_LEFT.pattern}|[\u0660-\u0669\u06f0-\u06f9]")
ALEF, LAM = "\u0627\u0622\u0623\u0625", "\u0644"
# Of the size: how far apart words stand at least, measured from where a letter moves on to. In Noto's
# fonts of Hebrew, Arabic and Persian letters of a word are up to .15 apart, and words .19 and more.
SPACE = 0.165
BRACKETS = str.maketrans("()[]{}<>«»", ")(][}{><»«")
OPENING, CLOSING = "([{", ")]}"
BRACKET = frozenset(OPENING + CLOSING)
FLUSH = 1.0  # points
DRAWN = frozenset("•☐☒")
STOPS = ".,;:!?\u060c\u061b\u061f"
UNSEEN = re.compile(r"[\s()\[\]{}<>«»\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_LATIN = "[A-Za-z\u00b5-\u024f\u0370-\u03ff\u0400-\u052f]"
LATIN = re.compile(_LATIN)
_DIGIT = "[0-9\u0660-\u0669\u066b\u066c\u06f0-\u06f9]"
_OTHER = "[^\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
# What runs from the left within a line from the right: names with all between their letters, and each number.
FROM_LEFT = re.compile(
    rf"{_LATIN}(?:{_OTHER}*(?:{_LATIN}|{_DIGIT}))?|[$€£₪¥#%]*{_DIGIT}+(?:[.,:/\-]{_DIGIT}+)*[$€£₪¥%]*"
)
# A number in brackets that belongs to the name on its right; others belong to what is on their left.
TURNED = re.compile(rf"[)\]]{_DIGIT}+[(\[]")
_RIGHT = RIGHT_TO_LEFT.pattern
# No word begins or ends so: pdfium turns some of the brackets beside letters that run from the right.
WRONG = re.compile(r"^[)\]}]+(?=\w)|(?<=\w)[(\[{]+(?=[.,;:]*$)")
NAME = re.compile(rf"(?:{TURNED.pattern} )?{_RIGHT}(?:(?:(?!{_LATIN}).)*{_RIGHT})?")


def may_run_from_right(sheet: Sheet) -> bool:
    """Whether there are letters on *sheet* that run from the right."""
    return any(map(_has_some, sheet.lines))


def _has_some(line: Line) -> bool:
    level = not line.angle and not line.vertical
    return level and not line.text.isascii() and OF_SUCH_SCRIPTS.search(line.text) is not None


def _from_right(text: str) -> bool:
    """Whether most of the letters of *text* run from the right."""
    return 2 * len(RIGHT_TO_LEFT.findall(text)) > sum(map(str.isalpha, text)) > 0


def mostly_from_right(lines: Sequence[Line]) -> bool:
    """Whether most of *lines* run from the right; of names in other letters a page may have many."""
    return 2 * sum(_from_right(line.text) for line in lines if not line.text.isascii()) > len(lines)


def _runs_from_right(letters: Sequence[tuple[str, Box]], mostly: bool, flush: int) -> bool:
    """
    Whether a line that has letters of both kinds runs from the right.

    Args:
        mostly: Whether most lines of its page do.

        flush: With how many more lines it is flush on its left than on its right.
    """
    seen_from_left = "".join(text for text, _ in sorted(letters, key=lambda letter: letter[1].middle))
    strong = [letter for letter in seen_from_left if letter.isalpha()]
    begins, ends = (RIGHT_TO_LEFT.match(letter) is None for letter in (strong[0], strong[-1]))
    if (seen_from_left[0] in STOPS) != (seen_from_left[-1] in STOPS):  # no line begins with one
        return seen_from_left[0] in STOPS
    if begins and ends:
        return mostly
    if not mostly and abs(flush) > 1:
        return flush < 0
    return mostly or _from_right(seen_from_left) or not (begins or ends)


def _flush(line: Line, lines: Sequence[Line]) -> int:
    """Return with how many more of *lines* a line is flush on its left than on its right."""
    left = sum(abs(other.box.left - line.box.left) < FLUSH for other in lines)
    return left - sum(abs(other.box.right - line.box.right) < FLUSH for other in lines)


def reordered(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the lines of its page that run from the right in their order."""
    letters = _letters(fonts)
    lines = [*sheet.lines]
    having = [number for number, line in enumerate(lines) if _has_some(line)]
    mostly = mostly_from_right(lines)
    whole: list[tuple[int, list[tuple[str, Box]]]] = []
    for number in having:
        line = lines[number]
        own = _own(line.words, line.box, letters)
        if LATIN.search(line.text) is None:
            from_right = True
        elif own:
            from_right = _runs_from_right(own, mostly, _flush(line, lines))
        else:
            from_right = _from_right(line.text)
        if from_right:
            whole.append((number, _words(own, line.size or 10.0)))
        else:
            lines[number] = _with_names(line, letters)
    mirrored = _mirrored(" ".join(text for text, _ in words) for _, words in whole)
    for number, words in whole:
        if words:
            lines[number] = of_words(lines[number], _ordered(words, mirrored=mirrored))
    return evolve(sheet, lines=tuple(lines))


def _with_names(line: Line, letters: Sequence[tuple[str, Box]]) -> Line:
    """Return *line*, which runs from the left, with the names in it that do not."""
    words = sorted(line.words, key=lambda word: word.box.left)
    for start, end in reversed([*_names(words)]):
        named = words[start:end]
        own = _own(named, union(word.box for word in named), letters)
        named = _ordered(_words(own, line.size or 10.0), within=True) or named
        if end < len(words):
            mark = named.pop().text if named[-1].text in BRACKET else ""  # of what goes on behind the name
            after = f"{mark}{words[end].text}"
            words[end] = evolve(words[end], text=WRONG.sub(_turned, after))
        words[start:end] = named
    return of_words(line, words)


def _own(words: Sequence[Word], box: Box, letters: Sequence[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """Return those of *letters* that *words* in *box* are, and drawn signs; none where others stand there."""
    level = [letter for letter in letters if letter[1].is_level_with(box)]
    own = [letter for letter in level if box.left - 1 < letter[1].middle < box.right + 1]
    own += [(word.text, word.box) for word in words if word.text in DRAWN and word.text not in dict(own)]
    same = _said("".join(word.text for word in words)) == _said("".join(text for text, _ in own))
    return own if same else []


def _names(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield where those of *words* begin and end that run from the right within a line from the left."""
    start = end = -1
    for index, word in enumerate(words):
        if RIGHT_TO_LEFT.search(word.text):
            if start < 0:
                start = index - 1 if index > 0 and TURNED.fullmatch(words[index - 1].text) else index
            end = index + 1
        elif start >= 0 and end == index and word.text in BRACKET:
            end = index + 1
        elif start >= 0 and LATIN.search(word.text):
            yield start, end
            start = -1
    if start >= 0:
        yield start, end


def _letters(fonts: CharFonts) -> list[tuple[str, Box]]:
    """Return the letters of a page with how far each moves on, in the order of its content."""
    import pypdfium2.raw as pdfium

    text, box, out = fonts.text_page, pdfium.FS_RECTF(), []
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(min(text.count_chars(), MOST)):
        letter = letter_of(pdfium.FPDFText_GetUnicode(text.raw, index))
        if letter.isspace() or not letter.isprintable() or pdfium.FPDFText_IsGenerated(text.raw, index):
            continue
        if pdfium.FPDFText_GetLooseCharBox(text.raw, index, box):
            pdfium.FPDFText_GetCharOrigin(text.raw, index, x, y)
            across, up = x.value, y.value  # what a letter leaves free before it is a part of it
            sides = min(box.left, across), min(box.bottom, up), max(box.right, across), max(box.top, up)
            out.append((letter, fonts.view.box(sides)))
    return out


def _said(text: str) -> Counter[str]:
    return Counter(UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def _words(letters: Sequence[tuple[str, Box]], size: float) -> list[tuple[str, Box]]:
    """Return *letters*, in the order of the content, as words from the left, each as it stands on the page."""
    letters = [*letters]
    for index, ((first, place), (second, other)) in enumerate(pairwise(letters)):
        if first in ALEF and second == LAM and place == other:  # of one shape, which was turned with its line
            letters[index : index + 2] = letters[index + 1], letters[index]
    bases = [(text, box) for text, box in letters if not unicodedata.combining(text)]
    marks = [(text, box) for text, box in letters if unicodedata.combining(text)]
    # letters of one shape have one place: from the left, the one that is read first stands last
    places = sorted(range(len(bases)), key=lambda index: (bases[index][1].middle, -index))
    over: dict[int, str] = {}
    for mark, place in marks:
        nearest = min(places, key=lambda index: abs(bases[index][1].middle - place.middle), default=0)
        over[nearest] = mark + over.get(nearest, "")  # a word is turned letter by letter, and its marks with it
    groups: list[list[tuple[str, Box]]] = []
    for index in places:
        text, box = bases[index]
        before, place = groups[-1][-1] if groups else (" ", box)
        if groups and box.left - place.right < SPACE * size and not _parted(before[-1], text):
            groups[-1].append((over.get(index, "") + text, box))
        else:
            groups.append([(over.get(index, "") + text, box)])
    return [("".join(text for text, _ in group), union([box for _, box in group])) for group in groups]


def _parted(one: str, other: str) -> bool:
    """Whether the letters are of two scripts: of names in Latin letters the spaces may be drawn elsewhere."""
    return any(RIGHT_TO_LEFT.match(first) and LATIN.match(second) for first, second in ((one, other), (other, one)))


def logical(seen_from_left: str, *, mirrored: bool) -> list[tuple[int, str]]:
    """
    Return the letters of a line in the order in which they are read, each with its place among *seen_from_left*.

    Args:
        mirrored: Whether brackets among letters that run from the right are told as they look, and not as they are.
    """
    out: list[tuple[int, str]] = []
    end = len(seen_from_left)
    spans = [found.span() for found in FROM_LEFT.finditer(seen_from_left)]
    for start, stop in [*reversed(spans), (0, 0)]:
        for place in reversed(range(stop, end)):
            letter = seen_from_left[place]
            out.append((place, letter.translate(BRACKETS) if mirrored else letter))
        out.extend((place, seen_from_left[place]) for place in range(start, stop))
        end = start
    return out


def _mirrored(lines: Iterable[str]) -> bool:
    """Whether the brackets of *lines* close before they open when these are read from the right."""
    balance = 0
    for line in lines:
        depth = 0
        for _, letter in logical(line, mirrored=False):
            if letter in OPENING:
                depth += 1
            elif letter in CLOSING:
                balance += 1 if depth else -1
                depth = max(0, depth - 1)
    return balance < 0


def _turned(found: re.Match[str]) -> str:
    return found[0].translate(BRACKETS)


def _within(seen_from_left: str) -> Iterator[tuple[int, str]]:
    """Yield what `logical` returns of a line that runs from the left, in which names run from the right."""
    begin = 0
    for name in NAME.finditer(seen_from_left):
        start, end = name.span()
        yield from zip(range(begin, start), seen_from_left[begin:start], strict=True)
        yield from ((start + place, letter) for place, letter in logical(name[0], mirrored=False))
        begin = end
    yield from enumerate(seen_from_left[begin:], begin)


def _ordered(words: Sequence[tuple[str, Box]], *, mirrored: bool = False, within: bool = False) -> list[Word]:
    """
    Return the *words* of a line, which come from the left, in the order in which they are read.

    Args:
        within: Whether they stand within a line that runs from the left.
    """
    owner = [number for number, (text, _) in enumerate(words) for _ in f"{text} "]
    out: list[Word] = []
    said, own = "", 0
    seen_from_left = " ".join(text for text, _ in words)
    order = _within(seen_from_left) if within else logical(seen_from_left, mirrored=mirrored)
    for place, letter in [*order, (0, " ")]:
        if letter == " " and said:
            right = WRONG.sub(_turned, unicodedata.normalize("NFKC", said))
            out.append(Word(right, words[own][1]))
            said = ""
        elif letter != " ":
            said, own = said + letter, owner[place]
    return out

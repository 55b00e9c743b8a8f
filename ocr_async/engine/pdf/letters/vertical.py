"""
Puts Chinese and Japanese text that runs from the top down back together, of which the parser makes lines across.

A column is what stands below one another: letters, two or three digits side by side in the place of one, and words of
other scripts that lie on their side. Small letters beside it tell how it is read, and follow what they stand beside in
brackets, as browsers show them that cannot set them so.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from ...groups import in_runs
from ...page import Box, Line, Sheet, Word, of_words, union
from ..char_fonts import CharFonts
from ..objects import letter_of
from .fonts import HEAVY, face
from .places import MOST


__all__ = ["may_be_vertical", "with_columns"]

_LETTER = "[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]"
LETTER = re.compile(_LETTER)
LEAST = 8  # of a page
LOOKED_AT = 600  # characters, with the breaks of lines that are told between those of a column
MOSTLY = 0.5  # of the page's letters stand in columns
SIZE = 0.8  # letters of sizes more unlike are not of one column
BESIDE = 0.25  # of the size: how far apart the letters of one word stand
OFF = 0.3  # of the size: how far from the middle of a column its letters may stand
NEXT = -0.7, 0.8  # of the size: how far below another the next of a column stands
WIDE = 1.4  # of the size: what is wider is a line across
LONG = 3  # letters of a column that is one whatever stands beside it
NEAR = 3.0  # of the size: how far the next column stands
SMALL = 0.65  # of the size: letters that tell how others are read
SPACE = 0.2  # of the size, beside a letter of an alphabet
SIDEWAYS = 0.9  # of its length a run goes down
FORMS = str.maketrans(
    "︐︑︒︓︔︕︖︗︘︙︰︱︲︳︴︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈",
    "，、。：；！？〖〗…‥—–＿＿（）｛｝〔〕【】《》〈〉「」『』［］",
)


@frozen
class Unit:
    """
    What has one place in a column: a letter, some digits, or a word that lies on its side.

    Attributes:
        index: Of its first letter in the text of the page.

        size: Of its letters, in points.
    """

    index: int
    text: str
    box: Box
    size: float
    sideways: bool = False


@frozen
class _Drawn:
    """A letter as it is drawn; *ahead* is where its line goes on, of length 1."""

    index: int
    text: str
    box: Box
    size: float
    ahead: tuple[float, float]


def may_be_vertical(sheet: Sheet) -> bool:
    """Whether there are letters on *sheet* that may be written from the top down."""
    letters = 0
    for line in sheet.lines:
        if not line.text.isascii():
            letters += len(LETTER.findall(line.text))
            if letters >= LEAST:
                return True
    return False


def with_columns(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the columns of its page as lines, if most of it is written in such."""
    if not _goes_down(_drawn(fonts, LOOKED_AT)):
        return sheet
    drawn = _drawn(fonts, MOST)
    units = _units(drawn)
    columns = [column for column in _columns(units) if not _is_across(column)]
    long = [column for column in columns if len(column) >= LONG or any(unit.sideways for unit in column)]
    letters = sum(len(LETTER.findall(unit.text)) for unit in units)
    if sum(len(LETTER.findall(unit.text)) for column in long for unit in column) <= MOSTLY * letters:
        return sheet
    columns = _with_short(long, [column for column in columns if not any(column is each for each in long)])
    lines = [_line(column, fonts) for column in _with_readings(columns)]
    taken = [union([unit.box for unit in column]) for column in columns]
    return evolve(sheet, lines=(*_others(sheet.lines, taken), *lines))


def _drawn(fonts: CharFonts, most: int) -> list[_Drawn]:
    """Return the letters of the first *most* characters of a page, as its content has them."""
    import pypdfium2.raw as pdfium

    text, seen = fonts.text_page, fonts.view.point
    x, y, matrix, loose = ctypes.c_double(), ctypes.c_double(), pdfium.FS_MATRIX(), pdfium.FS_RECTF()
    out = []
    for index in range(min(text.count_chars(), most)):
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        if code <= 0x20 or code == 0x3000 or 0xD800 <= code < 0xE000 or pdfium.FPDFText_IsGenerated(text.raw, index):
            continue
        if not (
            pdfium.FPDFText_GetCharOrigin(text.raw, index, x, y)
            and pdfium.FPDFText_GetMatrix(text.raw, index, matrix)
            and pdfium.FPDFText_GetLooseCharBox(text.raw, index, loose)
        ):
            continue
        size = pdfium.FPDFText_GetFontSize(text.raw, index) * (matrix.c**2 + matrix.d**2) ** 0.5
        length = (matrix.a**2 + matrix.b**2) ** 0.5
        if not size or not length:
            continue
        left, base = seen(x.value, y.value)
        far = seen(x.value + 100 * matrix.a / length, y.value + 100 * matrix.b / length)
        ahead = (far[0] - left) / 100, (far[1] - base) / 100
        (x1, y1), (x2, y2) = seen(loose.left, loose.bottom), seen(loose.right, loose.top)
        box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        if LETTER.match(letter_of(code)) and ahead[0] > SIDEWAYS:  # its ink may be in a corner of its place
            box = Box(left, base - 0.88 * size, left + size, base + 0.12 * size)
        out.append(_Drawn(index, letter_of(code), box, size, ahead))
    return out


def _goes_down(drawn: Sequence[_Drawn]) -> bool:
    """Whether more letters are drawn below the one before than beside it: those of a table or a grid are not."""
    down = across = 0
    for before, after in pairwise(drawn):
        if not (LETTER.match(before.text) and LETTER.match(after.text)):
            continue
        size = before.size
        right, under = after.box.left - before.box.left, after.box.top - before.box.top
        across += abs(under) < OFF * size and right > 0
        down += abs(right) < OFF * size and 0 < under < 2 * size
    return down > across


def _units(drawn: Sequence[_Drawn]) -> list[Unit]:
    """Return what *drawn* letters have places of their own in columns, and pieces of lines across."""
    return [
        Unit(
            group[0].index,
            "".join(char.text for char in group),
            union([char.box for char in group]),
            max(char.size for char in group),
            group[0].ahead[1] > SIDEWAYS,
        )
        for group in in_runs(drawn, lambda word, char: _goes_on(word[-1], char))
        if max(group[0].ahead) > SIDEWAYS
    ]


def _goes_on(char: _Drawn, after: _Drawn) -> bool:
    """Whether *after* is the next letter of a word: to the right of *char*, or below it where both are turned."""
    size = char.size
    if abs(char.ahead[0] - after.ahead[0]) > 0.1 or not SIZE * size < after.size < size / SIZE:
        return False
    if char.ahead[0] > SIDEWAYS:
        gap, off = after.box.left - char.box.right, after.box.bottom - char.box.bottom
    else:
        gap, off = after.box.top - char.box.bottom, after.box.middle - char.box.middle
    return -BESIDE * size < gap < BESIDE * size and abs(off) < OFF * size


def _columns(units: Sequence[Unit]) -> list[list[Unit]]:
    """Return *units* by what stands below what, each column from the top down."""
    out: list[list[Unit]] = []
    for unit in sorted(units, key=lambda unit: (unit.box.top, unit.box.left)):
        fitting = [column for column in out if _follows(column[-1], unit)]
        if fitting:
            min(fitting, key=lambda column: abs(column[-1].box.middle - unit.box.middle)).append(unit)
        else:
            out.append([unit])
    for column in out:  # marks may share a place; the content has them in order
        for index in range(1, len(column)):
            above, below = column[index - 1 : index + 1]
            if below.index < above.index and above.box.down(below.box) > 0.3 * above.size:
                column[index - 1 : index + 1] = below, above
    return out


def _follows(above: Unit, below: Unit) -> bool:
    size = max(above.size, below.size)
    return (
        SIZE * below.size < above.size < below.size / SIZE
        and abs(above.box.middle - below.box.middle) < OFF * size
        and NEXT[0] * size < below.box.top - above.box.bottom < NEXT[1] * size
        and not (_is_across([above]) or _is_across([below]))
    )


def _is_across(column: Sequence[Unit]) -> bool:
    """Whether *column* is a piece of a line across."""
    return len(column) == 1 and not column[0].sideways and column[0].box.width > WIDE * column[0].size


def _with_short(long: list[list[Unit]], short: Iterable[list[Unit]]) -> list[list[Unit]]:
    """Return the *long* columns, and those *short* ones that stand beside one: the last line of a paragraph."""
    boxes = [(union([unit.box for unit in column]), column[0].size) for column in long]
    return long + [
        column
        for column in short
        if any(
            box.down(place) > 0 and -NEAR * size < box.across(place) < 0.5 * size
            for place in [union([unit.box for unit in column])]
            for box, size in boxes
        )
    ]


def _with_readings(columns: Sequence[list[Unit]]) -> list[list[Unit]]:
    """Return *columns*, small ones being put in brackets behind what they stand beside, on its right."""
    main = [column for column in columns if not any(_beside(column, other) for other in columns)]
    out = [list(column) for column in main]
    for reading in columns:
        if any(reading is column for column in main):
            continue
        base = next((column for column in out if _beside(reading, column)), None)
        if base is None:
            out.append(list(reading))
            continue
        place = union([unit.box for unit in reading])
        beside = [index for index, unit in enumerate(base) if unit.box.down(place) > 0.4 * unit.box.height]
        nearest, _ = min(enumerate(base), key=lambda each: abs(each[1].box.centre - place.centre))
        index = beside[-1] if beside else nearest
        said = "".join(unit.text for unit in reading)
        base[index] = evolve(base[index], text=f"{base[index].text}（{said}）")
    return out


def _beside(reading: Sequence[Unit], column: Sequence[Unit]) -> bool:
    """Whether *reading* is set small, to the right of letters of *column*."""
    if reading[0].size > SMALL * column[0].size:
        return False
    place, box = (union([unit.box for unit in each]) for each in (reading, column))
    size = column[0].size
    return abs(place.left - box.right) < 0.4 * size and place.down(box) > 0


def _line(column: Sequence[Unit], fonts: CharFonts) -> Line:
    text = column[0].text
    for above, below in pairwise(column):
        gap = below.box.top - above.box.bottom
        apart = gap > SPACE * above.size and above.text[-1:].isalnum() and below.text[:1].isalnum()
        apart = apart and (above.sideways or below.sideways)
        text += f" {below.text}" if apart else below.text
    text = text.translate(FORMS)
    first = next((unit for unit in column if not unit.sideways), column[0])
    middle, size = first.box.middle, first.size
    box = Box(middle - size / 2, column[0].box.top, middle + size / 2, column[-1].box.bottom)
    font = fonts.font(first.index)
    name = font.name if font is not None else ""
    bold, italic, even = face(name)
    heavy = font is not None and font.weight >= HEAVY if bold is None else bold
    chars = [fonts.char(unit.index) for unit in (column[0], column[-1])]
    marks = tuple(dict.fromkeys(char.mark for char in chars if char is not None and char.mark is not None))
    return Line(
        text,
        box,
        words=(Word(text, box),),
        size=size,
        bold=heavy,
        italic=italic,
        mono=even,
        font=name,
        marks=marks,
        vertical=True,
    )


def _others(lines: Iterable[Line], taken: Sequence[Box]) -> list[Line]:
    """Return *lines* without the words that stand in the places that are *taken*."""
    out = []
    for line in lines:
        words = [word for word in line.words or [Word(line.text, line.box)] if not _stands_in(word.box, taken)]
        if len(words) == len(line.words or (line,)):
            out.append(line)
        elif words:
            out.append(evolve(of_words(line, words), box=union([word.box for word in words])))
    return out


def _stands_in(box: Box, taken: Iterable[Box]) -> bool:
    # the parser makes words of letters side by side in columns that stand close
    return sum(box.share(place) for place in taken) > MOSTLY

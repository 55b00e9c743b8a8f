"""
Reads what TeX's bitmap fonts show, whose files say nothing of it: not even their names.

Of most letters the code is that of the letter. Ligatures, quotation marks and dashes have codes of their own, which the
parser takes for nothing, for spaces ("de nes") or for ligatures of other fonts ("difterent"), and so have the letters
of Central Europe, which it takes for signs ("ºlu´ou£ký").
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from ....page import Box, Line, Sheet, Word, of_words, union
from ...char_fonts import CharFonts
from ...objects import address_of
from ..places import said_on, sides_of


__all__ = ["may_have_codes", "with_codes"]

# Source: the encodings OT1 and T1 of LaTeX, https://www.latex-project.org/help/documentation/encguide.pdf.
OT1_LIGATURES = dict(zip("\x0b\x0c\x0d\x0e\x0f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True))
T1_LIGATURES = dict(zip("\x1b\x1c\x1d\x1e\x1f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True))
T1_SIGNS = dict(zip("\x10\x11\x12\x13\x14\x15\x16", "“”„«»–—", strict=True))
T1_LETTERS = dict(
    zip(
        map(chr, (*range(0x80, 0xC0), 0xD7, 0xF7, 0xFF)),
        "ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§ăąćčďěęğĺľłńňŋőŕřśšşťţűůÿźžżĳ¡¿£Œœß",
        strict=True,
    )
)
T1_QUOTES = {"\x0d": "‚", "\x0e": "‹", "\x0f": "›"}  # at the codes of the older encoding's ligatures
TS1 = {"\x84": "†", "\x85": "‡", "\x87": "‰", "\x97": "™", "\xbf": "€"}  # of fonts that have signs and no letters
HYPHENS = "\x02\ufffe"  # for pdfium at the end of a line
SHARP_S = "\x19"  # of the older encoding, and a dotless i of the newer
LATIN = "\xa0"  # and all after it are codes of other fonts too
SLACK = 1.0  # points
BEFORE = 3.0  # times the height of a line: how far before it the dash of a list may stand


def may_have_codes(sheet: Sheet) -> bool:
    """Whether there are lines in a font without a name on *sheet*."""
    return any(not line.font and not line.angle for line in sheet.lines)


def with_codes(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the words of its page whose fonts do not say what they show."""
    text = fonts.text_page
    letters = said_on(text)
    shown = _shown(text, letters)
    if not shown:
        return sheet
    lines = list(sheet.lines)
    for start, end in _runs(letters, shown):
        told = "".join("-" if letter in HYPHENS else letter for letter in letters[start:end])
        said = "".join(shown.get(start + index, letter) for index, letter in enumerate(told))
        if said.isprintable():
            _replace(lines, said, told, union(fonts.view.box(sides_of(text, index)) for index in range(start, end)))
    return evolve(sheet, lines=tuple(lines))


def _shown(text: Any, letters: str) -> Mapping[int, str]:
    """Return what those of *letters* show that are codes of fonts without a name."""
    codes = {**OT1_LIGATURES, **T1_LIGATURES, **T1_SIGNS, **T1_LETTERS, SHARP_S: ""}
    found = {index: letter for index, letter in enumerate(letters) if letter in codes and _is_unnamed(text, index)}
    of_older, of_newer = (sum(code in codes for code in found.values()) for codes in (OT1_LIGATURES, T1_LIGATURES))
    older = of_older > of_newer
    newer = not older and any(code < LATIN and code != SHARP_S for code in found.values())
    codes |= {SHARP_S: "ß"} if older else {SHARP_S: "ı", **T1_QUOTES}
    of_t1 = {_font(text, index) for index, code in found.items() if newer and code in T1_LETTERS}

    def meant(index: int, code: str) -> bool:
        if code not in T1_LETTERS and code != SHARP_S:
            return not (older and code in T1_SIGNS)
        surely = newer if code != SHARP_S else older or _font(text, index) in of_t1
        return surely and _is_in_word(text, letters, index)

    shown = {index: codes[code] for index, code in found.items() if meant(index, code)}
    if signs := {index: TS1[code] for index, code in found.items() if code in TS1}:
        spelt = {_font(text, index) for index, letter in enumerate(letters) if "A" <= letter <= "z"}
        shown |= {index: sign for index, sign in signs.items() if _font(text, index) not in spelt}
    return shown


def _is_in_word(text: Any, letters: str, index: int) -> bool:
    """Whether a letter or digit of its font stands right before or behind that at *index*, as beside no mere sign."""
    beside = [place for place in (index - 1, index + 1) if 0 <= place < len(letters)]
    return any(
        (letters[place].isalnum() or letters[place] in T1_LETTERS) and _font(text, place) == _font(text, index)
        for place in beside
    )


def _font(text: Any, index: int) -> int:
    import pypdfium2.raw as pdfium

    return address_of(pdfium.FPDFTextObj_GetFont(pdfium.FPDFText_GetTextObject(text.raw, index)))


def _is_unnamed(text: Any, index: int) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_IsGenerated(text.raw, index) or not pdfium.FPDFText_HasUnicodeMapError(text.raw, index):
        return False
    length: int = pdfium.FPDFText_GetFontInfo(text.raw, index, None, 0, ctypes.c_int())
    return length <= 1  # with the zero at its end


def _runs(letters: str, shown: Mapping[int, str]) -> Iterator[tuple[int, int]]:
    """Yield where the words of *letters* start and end in which something is *shown*."""
    start = 0
    for index in range(len(letters) + 1):
        if index < len(letters) and (index in shown or not letters[index].isspace()):
            continue
        if any(each in shown for each in range(start, index)):
            yield start, index
        start = index + 1


def _replace(lines: list[Line], said: str, told: str, box: Box) -> None:
    """Put the word *said*, which is *told* in codes, in the place of what *lines* have in *box*, if they have it."""
    for number, line in enumerate(lines):
        if not line.box.left - BEFORE * line.box.height < box.middle < line.box.right + SLACK:
            continue
        if line.box.down(box) <= 0:
            continue
        left = [word for word in line.words if word.box.middle <= box.left - SLACK]
        right = [word for word in line.words if word.box.middle >= box.right + SLACK]
        if not _agree(said + told, "".join(word.text for word in line.words[len(left) : len(line.words) - len(right)])):
            continue
        words = (*left, Word(said, evolve(box, top=line.box.top, bottom=line.box.bottom)), *right)
        where = evolve(line.box, left=min(line.box.left, box.left), right=max(line.box.right, box.right))
        lines[number] = of_words(evolve(line, box=where), words)
        return


def _agree(said: str, before: str) -> bool:
    """Whether *said* may be what the parser took for *before*: they have most letters in common."""
    return len(set(said) & set(before)) * 2 >= len(set(before))

"""
Puts ligatures right, whose letters a PDF tells apart, or with their two bytes the wrong way round; and radicals.

A ligature is one sign, so each of its letters has the box of all. Where it begins a line or a change of fonts, the
parser takes the second letter, which does not begin right of the first, for a new piece of text: "af" and "ter".

Some versions of Ghostscript write the map from a font's codes to characters so where one code is several letters:
"fi" (U+0066, U+0069) comes as U+6600 and U+6900, two ideographs, and "ffi" as "f" and the sum of "f" and "i". Of those
that small letters make, two in a row are in no word, least of all beside a letter of an alphabet.

Word files in Calibri have "ti", "tt" and "ft" as letters that hardly any language has within a word ("respecɵvely",
"aƩack", "soŌware").

Where a font draws an ideograph and the radical of its name by one shape, some programs write that: "⽇" for "日".

Fonts of Adobe's have figures of the old style, small capitals and the parts of which large brackets are put together
at private characters, which show nothing anywhere else.
"""

from __future__ import annotations

import re
import unicodedata


__all__ = ["in_ligature", "straightened"]

PAIRS = frozenset({"ff", "fi", "fl", "ft", "fj", "fb", "fh", "fk", "tt", "ti", "tf", "ty", "ct", "st", "sp", "Th"})
SUMS = {0xCF: "fi", 0xD2: "fl"}
_SMALL = "".join(map(chr, range(0x6100, 0x7B00, 0x100))) + "".join(chr(code << 8) for code in SUMS)
_SWAPPED = f"[\u5100\u5400{_SMALL}][{_SMALL}]{{1,2}}"  # Q and T begin some
LIGATURE = re.compile(rf"(?<=[A-Za-zÀ-ž]){_SWAPPED}|{_SWAPPED}(?=[A-Za-zÀ-ž])|\ub000\u4300")
OF_CALIBRI = {"Ɵ": "ti", "ɵ": "ti", "Ʃ": "tt", "Ō": "ft"}
# Source: Adobe's glyph list, https://github.com/adobe-type-tools/agl-aglfn (read 2026-11-30).
_OLD_STYLE, _OF_BRACKETS = range(0xF730, 0xF73A), range(0xF8E5, 0xF8FF)
_SMALL_CAPITALS = (*range(0xF761, 0xF77B), *range(0xF7E0, 0xF800))
OF_ADOBE = {
    **{code: chr(code & 0xFF).upper() for code in (*_OLD_STYLE, *_SMALL_CAPITALS)},
    **dict.fromkeys(_OF_BRACKETS, ""),
    **dict(zip((0xF6BE, 0xF8E8, 0xF8E9, 0xF8EA), "ȷ®©™", strict=True)),
}
CALIBRI = re.compile(r"[Ɵɵ](?=[a-z]{2})|(?<=[a-z]{3})[Ɵɵ]|(?<=[a-z])[ƩŌ](?=[a-z])")
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2E80, 0x2FD6)}
_SHORT = dict(
    zip(
        "⺟⺠⻄⻅⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "母民西见贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
PLAIN = {**_RADICALS, **{ord(radical): whole for radical, whole in _SHORT.items()}, **OF_ADOBE}


def in_ligature(before: str, after: str) -> bool:
    """Whether a ligature may hold the last letter of *before* and the first one of *after*."""
    return before[-1:] + after[:1] in PAIRS


def straightened(text: str) -> str:
    """Return *text* with its ligatures, radicals, figures and small capitals as plain letters."""
    text = CALIBRI.sub(lambda found: OF_CALIBRI[found[0]], text.translate(PLAIN))
    return LIGATURE.sub(
        lambda found: "".join(SUMS.get(code := ord(letter) >> 8, chr(code)) for letter in found[0]), text
    )

"""
Mends the maps of codes to characters that Ghostscript 10.00 writes, as Debian 12's does: "СN9LP" for "Съешь".

Of a range of codes it joins both bytes of the first character by "or", and counts on from there. In a font whose codes
are in the order of its letters, those that it tells rightly beside the range show which one this was. Signs that
nobody has in a row, and nothing is beside, come as U+FFFD. Of the fonts of Qt and PDFKit, which number letters as they
come, it joins the bytes of all: "2197" for "−197". There signs are told by where the font's shapes stand.
"""

from __future__ import annotations

import mmap
import re
import struct
import unicodedata
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from statistics import median

from ..groups import in_runs
from .streams import character_maps, inflated


__all__ = ["mend"]

_HEAD = 256  # bytes, among which Ghostscript says that it made the file
_ENTRY = re.compile(rb"<(\w+)><\w+><(\w{4})>\s*")
_UNKNOWN = 0xFFFD
_NEAR = 64  # codes between letters that are in one order
_ASCENDING = 0.7  # of the letters of a font that is in order
_BESIDE = 6  # codes: likewise, surely
_SURE = 2  # letters further away, or ranges beside one; each may be in its place by chance
# From a map's object to the stream of its font, if letters have codes of two bytes.
_TO_FONT = (
    rb"/BaseFont(/\S+)/ToUnicode %b 0 R[^>]*/DescendantFonts",
    rb"/FontName%b/[^>]*/FontFile2 (\d+) 0 R",
    rb"\n%b 0 obj[^>]*>>\s*stream\r?\n()",
)
_APART = 1 << 22  # bytes between a map and its font
# Where signs begin at least, and end, at least and at most, in heights of capitals; what they come as does not so.
_SIGNS = {
    "‐‑–—−•→": (0.15, 0.0, 0.85),
    "‘’“”′″": (0.5, 0.85, 1.5),
    "‚„…": (-0.5, -0.1, 0.4),
    "€": (-0.1, 0.85, 1.2),
    "≤≥≈": (-0.05, 0.5, 0.97),
}
_CAPITAL, _FEW = 0.72, 4  # em, of most fonts; letters, of which it is not known

_Ends = tuple[tuple[int, int], tuple[int, int]]  # of a range that is known, its codes and letters


def mend(data: mmap.mmap) -> bool:
    """Mend the maps in the file *data* in their places, and return whether there was anything to mend."""
    if b"%%Invocation:" not in data[:_HEAD] or data.rfind(b"GPL Ghostscript 10.00") < 0:
        return False
    mended = False
    for start, text in list(character_maps(data)):
        entries = {int(code, 16): int(letter, 16) for code, letter in _ENTRY.findall(text or b"")}
        if text is None or not (changed := _mended(entries) or _signs(entries, data, start)):
            continue
        room = data.find(b"endstream", start) - start
        text = _ENTRY.sub(partial(_entry, changed), text)
        written = zlib.compress(text, 9) if data[start : start + 1] == b"x" else text
        if len(written) <= room:
            data[start : start + room] = written.ljust(room, b"\n")
            mended = True
    return mended


def _entry(changed: Mapping[int, int], match: re.Match[bytes]) -> bytes:
    """Return an entry of a map that is a *match* with its letter, if that is *changed*."""
    return b"<%b><%b><%04x>" % (match[1], match[1], changed.get(int(match[1], 16), int(match[2], 16)))


def _mended(letters: Mapping[int, int]) -> dict[int, int]:
    """Return what the codes are whose *letters* are wrong; U+FFFD where that is all that is known."""
    runs = in_runs(sorted(letters), lambda run, code: run[-1] == code - 1 and letters[code] == letters[code - 1] + 1)
    space = next((0x20 - code for code, letter in letters.items() if letter == 0x20), None)
    right = {run[0]: letters[run[0]] for run in runs if len(run) == 1 and letters[run[0]] > 0x9F}
    wrong = [run for run in runs if len(run) > 1 and letters[run[0]] < 0x200 and letters[run[0]] - run[0] != space]
    told = list(right.values())
    if sum(map(int.__lt__, told, told[1:])) < _ASCENDING * (len(told) - 1):
        return {}
    out: dict[int, int] = {}
    known: list[_Ends] = [((code, letter), (code, letter)) for code, letter in right.items()]
    before = -1
    while before != len(known):
        before = len(known)
        fitting = [(run, _firsts(run, letters[run[0]], known)) for run in wrong if run[0] not in out]
        together = Counter(ends for _, firsts in fitting for ends in firsts)
        for run, firsts in fitting:
            count = sum(_SURE if apart < _BESIDE else together[ends] for ends, (_, apart) in firsts.items())
            if count >= _SURE and len(found := {first for first, _ in firsts.values()}) == 1:
                first = found.pop()
                out.update(zip(run, range(first, first + len(run)), strict=True))
                known.append(((run[0], first), (run[-1], first + len(run) - 1)))
    lowest = min((code for code, letter in right.items() if letter > 0xFF), default=max(letters, default=0))
    for run in wrong:
        if run[0] not in out and _is_none([chr(letters[code]) for code in run], after=run[0] > lowest):
            out.update(dict.fromkeys(run, _UNKNOWN))
    return out


def _firsts(run: Sequence[int], joined: int, known: Sequence[_Ends]) -> dict[_Ends, tuple[int, int]]:
    """Return, by what is *known*, the first letter of a *run* whose bytes are *joined*, and how far away that is."""
    order = _order()
    found: dict[_Ends, tuple[int, int]] = {}
    for ends in known:
        code, letter = min(ends, key=lambda end: abs(end[0] - run[0]))
        apart = min(abs(code - run[0]), abs(code - run[-1]))
        place = bisect_left(order, letter) + run[0] - code
        if apart < _NEAR and 0 <= place < len(order) - len(run):
            first = order[place]
            if first >> 8 | first & 0xFF == joined and order[place + len(run) - 1] == first + len(run) - 1:
                found[ends] = first, apart
    return found


@cache
def _order() -> list[int]:
    """Return all characters beyond ASCII in their order; a font has no letters between them."""
    return [code for code in range(0xA0, 0x10000) if unicodedata.category(chr(code))[0] != "C"]


def _is_none(letters: Sequence[str], *, after: bool) -> bool:
    """Whether nobody has these *letters* in a row, *after* those of other scripts: controls, signs beside digits."""
    signs = sum(1 for letter in letters if not letter.isalnum())
    return any(unicodedata.category(each) == "Cc" for each in letters) or (after and 1 < signs < len(letters))


def _signs(letters: Mapping[int, int], data: mmap.mmap, start: int) -> dict[int, int]:
    """Return which codes are signs, told by the font of the map at *start*, though all *letters* are joined."""
    if not letters or max(letters.values()) > 0xFF or len(shapes := _shapes(data, start)) <= max(letters):
        return {}
    tops = [shapes[code][1] for code, letter in letters.items() if re.match("[0-9A-Zbdfhkl]", chr(letter))]
    high = (median(tops) if len(tops) > _FEW else 0) or _CAPITAL
    others = [letter for letter in letters.values() if letter in b"\xbe\xbf\xde\xdf\xfe\xff"]  # of other scripts
    out: dict[int, int] = {}
    for code, letter in letters.items():
        bottom, top = (side / high for side in shapes[code])
        if top and (unicodedata.category(chr(letter)) == "Cc" or others.count(letter) > 1):
            out[code] = _UNKNOWN
        for signs, (lowest, least, most) in _SIGNS.items():
            if bottom >= lowest and least <= top <= most:
                out.update((code, ord(sign)) for sign in signs if ord(sign) >> 8 | ord(sign) & 0xFF == letter)
    return out


def _shapes(data: mmap.mmap, start: int) -> list[tuple[float, float]]:
    """Return where the glyphs begin and end, in ems, of the TrueType font whose map begins at *start* in a file."""
    near = data[max(0, start - _APART) : start + _APART]
    number, end = re.findall(rb"(\d+) 0 obj", data[start - 100 : start])[-1:], 0
    for step in _TO_FONT:
        if not number or (found := re.search(step % re.escape(number[0]), near)) is None:
            return []
        number, end = [found[1]], found.end()
    font = inflated(near, end) or b""
    read = partial(struct.unpack_from, buffer=font)
    try:
        at = {font[each : each + 4]: read(">I", offset=each + 8)[0] for each in range(12, 12 + 16 * font[5], 16)}
        (em,), (long,) = (read(">H", offset=at[b"head"] + place) for place in (18, 50))
        (count,) = read(">H", offset=at[b"maxp"] + 4)
        places = read(f">{count + 1}{'I' if long else 'H'}", offset=at[b"loca"])
        spans = (
            read(">h2xh", offset=at[b"glyf"] + place * (2 - long) + 4) if end > place else (0, 0)
            for place, end in pairwise(places)
        )
        return [(bottom / em, top / em) for bottom, top in spans]
    except (struct.error, LookupError, ZeroDivisionError):
        return []

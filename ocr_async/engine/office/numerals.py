"""Numbers as files say them, and as Word writes them before its paragraphs."""

from __future__ import annotations

from collections.abc import Callable


__all__ = ["numeral", "whole"]

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_HAN = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_MOST = 3_999
_CIRCLED = 20


def numeral(number: int, form: str) -> str:
    """Return *number* in the *form* that Word names, such as ``lowerRoman``; as decimal in one that is not known."""
    write = _FORMS.get(form)
    return str(number) if write is None or not 0 < number <= _MOST else write(number)


def whole(text: str | None, otherwise: int = 0) -> int:
    """Return the whole number, from 0, that *text* is; *otherwise* if it is none, or none that counts anything."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _roman(number: int) -> str:
    said = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        said += count * letters
    return said


def _letters(number: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """Return a to z, then aa, bb and so on, as Word counts."""
    times, letter = divmod(number - 1, len(alphabet))
    return alphabet[letter] * (times + 1)


def _han(number: int) -> str:
    if number >= 100:
        return "".join(_HAN[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    return (_HAN[tens] if tens > 1 else "") + "十" * (tens > 0) + (_HAN[ones] if ones else "")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_FORMS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "russianLower": lambda number: _letters(number, _CYRILLIC),
    "russianUpper": lambda number: _letters(number, _CYRILLIC).upper(),
    "ordinal": _ordinal,
    "none": lambda number: "",
    "decimalEnclosedCircle": lambda number: chr(0x2460 + number - 1) if number <= _CIRCLED else str(number),
    "ideographTraditional": lambda number: _STEMS[number - 1] if number <= len(_STEMS) else str(number),
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
         "taiwaneseCountingThousand", "koreanCounting"), _han
    ),
}  # fmt: skip

"""Numbers as printed, to numbers: what separates decimals is a matter of the whole document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from attrs import frozen


__all__ = ["Mark", "Number", "decimal_mark", "number"]

Mark = Literal[",", "."]

_MOST_DIGITS = 15  # that a spreadsheet's numbers hold exactly
_SHAPE = re.compile(
    r"(?P<open>\()?(?P<sign>[+\-−–]\s?)?(?P<before>[$€£¥₹]\s?)?"
    r"(?P<digits>\d[\d.,'’ \u00a0\u202f]*)"
    r"(?P<after>\s?[%$€£¥₹])?(?P<behind>[-−–])?(?P<close>\))?",
    re.ASCII,
)
_GROUPED = re.compile(r"\d{1,3}(?:(?P<mark>[.,'’ \u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*")
# Only what one reading allows: two marks, or a group that has not three digits.
_BOTH = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?P<mark>[.,])\d+(?![\d.,])")
_FRACTION = re.compile(r"(?<![\d.,])\d+(?P<mark>[.,])(?:\d{1,2}|\d{4,})(?![\d.,])")


@frozen
class Number:
    """
    A number and how a spreadsheet shows it as it was printed.

    Attributes:
        format: In the words of Excel.
    """

    value: float
    format: str


def decimal_mark(texts: Iterable[str]) -> Mark | None:
    """Return what stands before the decimals in most of *texts*; None where they do not say."""
    commas = points = 0
    for text in texts:
        for shape in (_BOTH, _FRACTION):
            for found in shape.finditer(text):
                commas += found["mark"] == ","
                points += found["mark"] == "."
    return None if commas == points else "," if commas > points else "."


def number(text: str, mark: Mark | None) -> Number | None:
    """
    Return the number that *text* is; None where it is none, or could be two.

    Codes stay text: what begins with a zero, and what has more digits than a spreadsheet keeps.

    Args:
        mark: Stands before decimals; None where that is not known.
    """
    found = _SHAPE.fullmatch(text.strip())
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    whole, decimals = _parts(found["digits"].strip(), mark)
    if whole is None or (len(whole.digits) > 1 and whole.digits[0] == "0"):
        return None
    if len(whole.digits) + len(decimals) > _MOST_DIGITS:
        return None
    value = float(f"{whole.digits}.{decimals or 0}")
    if found["open"] or (found["sign"] or found["behind"] or "").strip() in {"-", "−", "–"}:
        value = -value
    shown = ("#,##0" if whole.grouped else "0") + ("." + "0" * len(decimals) if decimals else "")
    after = (found["after"] or "").strip()
    if after == "%":
        return Number(round(value / 100, len(decimals) + 2), f"{shown}%")
    currency = (found["before"] or "").strip()
    if currency:
        return Number(value, f'"{currency}" {shown}')
    return Number(value, f'{shown} "{after}"' if after else shown)


@frozen
class _Whole:
    digits: str
    grouped: bool


def _parts(digits: str, mark: Mark | None) -> tuple[_Whole | None, str]:
    """Return the digits before and after the decimal mark; None where *digits* are no number, or could be two."""
    if digits.isdecimal():
        return _Whole(digits, False), ""
    if mark is None:
        if re.search("[.,]", digits):
            return None, ""
        whole, decimals = digits, ""
    else:
        whole, point, decimals = digits.partition(mark)
        if point and not decimals.isdecimal():
            return None, ""
    if whole.isdecimal():
        return _Whole(whole, False), decimals
    if (found := _GROUPED.fullmatch(whole)) is None or found["mark"] == mark:
        return None, ""
    return _Whole(re.sub(r"\D", "", whole), True), decimals

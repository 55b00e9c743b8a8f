"""Dates, times and durations, which sheets count in days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from .codes import Token
from .digits import rounded


__all__ = ["date_text"]

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES = frozenset({"mmm", "mmmm", "mmmmm", "ddd", "dddd"})
_BEYOND = 2_958_466  # days; the first of January 10000
_LEAP = 60  # the 29th of February 1900, which sheets have and calendars have not
_DAY = 86_400  # seconds
_UNITS = {"h": 3600, "m": 60, "s": 1}


def date_text(tokens: Sequence[Token], value: float, *, since_1904: bool) -> str | None:
    """Return *value* as the date or time that *tokens* say; None where that is not known."""
    kinds = {token.kind for token in tokens}
    named = any(token.kind == "date" and token.text in _NAMES for token in tokens)
    if not 0 <= value < _BEYOND or "digit" in kinds or (named and "foreign" in kinds):
        return None
    places = max(len(token.text.partition(".")[2]) for token in tokens)
    seconds = rounded(Decimal(repr(value)) * _DAY, places)
    days = int(seconds // _DAY)
    if days == _LEAP and not since_1904:
        return None
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31 if days < _LEAP else 30)
    moment = first + timedelta(days=days, seconds=int(seconds % _DAY))
    pieces: list[str] = []
    for token in tokens:
        match token.kind:
            case "date":
                pieces.append(_dated(token.text, moment, seconds, half="half" in kinds))
            case "minute":
                pieces.append(str(moment.minute).zfill(len(token.text)))
            case "elapsed":
                pieces.append(str(int(seconds // _UNITS[token.text[0]])).zfill(len(token.text)))
            case "half":
                pieces.append(token.text.split("/")[moment.hour >= 12])
            case "literal" | "mark":
                pieces.append(token.text)
    return "".join(pieces)


def _dated(code: str, moment: datetime, seconds: Decimal, *, half: bool) -> str:
    if code in _NAMES:
        name = _MONTHS[moment.month - 1] if code[0] == "m" else _DAYS[moment.weekday()]
        return name if len(code) == 4 else name[: 1 if code == "mmmmm" else 3]
    whole, _, part = code.partition(".")
    if part:
        return f"{seconds % 60:0{len(whole) + 1 + len(part)}f}"
    match code[0]:
        case "y":
            return str(moment.year) if len(code) > 2 else f"{moment.year % 100:02}"
        case "h":
            number = (moment.hour - 1) % 12 + 1 if half else moment.hour
        case "m":
            number = moment.month
        case "d":
            number = moment.day
        case _:
            number = moment.second
    return str(number).zfill(min(len(code), 2))

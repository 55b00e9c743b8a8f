"""
What a key may be told to be: the checks that the command and the routes of keys share.

Each takes what someone wrote and returns it in our terms, or raises `InvalidTerm`, which says what is wrong without
the name of the option or field.
"""

from __future__ import annotations

import re

from .periods import Period


__all__ = ["InvalidTerm", "alias", "period", "seconds"]

_ALIAS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_RESERVED = {"master", "anyone"}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 30 * 86_400}
_DURATION = re.compile(r"(\d{1,6})(s|mo|m|h|d|w)")
# LiteLLM's spellings; its proxy, too, begins anew with the calendar for these.
_PERIODS: dict[str, Period] = {
    "day": "day", "1d": "day", "24h": "day", "daily": "day",
    "week": "week", "7d": "week", "1w": "week", "weekly": "week",
    "month": "month", "30d": "month", "1mo": "month", "monthly": "month",
}  # fmt: skip


class InvalidTerm(ValueError):
    """It cannot be so."""


def alias(text: str) -> str:
    """Check what logs and metrics are to call a key."""
    if not _ALIAS.fullmatch(text) or text in _RESERVED:
        raise InvalidTerm("is 1 to 64 letters, digits, dots, dashes and underlines, and not master or anyone")
    return text


def seconds(text: str) -> float:
    """Read a time such as ``90m``, ``12h`` or ``30d``."""
    match = _DURATION.fullmatch(text)
    if match is None or not int(match[1]):
        raise InvalidTerm("is no time such as 90m, 12h or 30d")
    return float(match[1]) * _UNITS[match[2]]


def period(text: str) -> Period:
    """Read after what a budget is whole again."""
    found = _PERIODS.get(text.lower())
    if found is None:
        raise InvalidTerm("is day, week or month (or 1d, 7d, 30d): periods of the calendar in UTC")
    return found

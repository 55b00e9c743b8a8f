"""
What a key may be told to be: the checks that the command and the routes of keys share.

Each takes what someone wrote and returns it in our terms, or raises `InvalidTerm`, which says what is wrong without
the name of the option or field.
"""

from __future__ import annotations

import re
from typing import Any

from ..periods import Period


__all__ = ["InvalidTerm", "alias", "count", "models", "moment", "money", "period", "seconds"]

_ALIAS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_RESERVED = {"master", "anyone"}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 30 * 86_400}
_DURATION = re.compile(r"(\d{1,6})(s|mo|m|h|d|w)")
# LiteLLM's spellings; its proxy, too, begins anew with the calendar for 1d, 7d and 30d:
# https://docs.litellm.ai/docs/proxy/budget_reset_and_tz, read 2026-11-28.
_PERIODS: dict[str, Period] = {
    "day": "day", "1d": "day", "24h": "day", "daily": "day",
    "week": "week", "7d": "week", "1w": "week", "weekly": "week",
    "month": "month", "30d": "month", "1mo": "month", "monthly": "month",
}  # fmt: skip
_MOST_MODELS, _MOST_NAME = 1000, 256
_MUCH = 10**9
_RICH = 1e12
_LATEST = 253_402_300_799.0  # seconds since 1970, in the year 9999


class InvalidTerm(ValueError):
    """It cannot be so."""


def alias(value: Any) -> str:
    """Check what logs and metrics are to call a key."""
    if not isinstance(value, str) or not _ALIAS.fullmatch(value) or value in _RESERVED:
        raise InvalidTerm("is 1 to 64 letters, digits, dots, dashes and underlines, and not master or anyone")
    return value


def models(value: Any) -> list[str] | None:
    """Check the names of models; None for all."""
    if not isinstance(value, list) or len(value) > _MOST_MODELS:
        raise InvalidTerm(f"is a list of at most {_MOST_MODELS} names")
    if not all(isinstance(one, str) and 0 < len(one) <= _MOST_NAME and one.isprintable() for one in value):
        raise InvalidTerm(f"is a list of names of at most {_MOST_NAME} printable characters")
    return value or None


def count(value: Any) -> int:
    """Check for a number of pages or requests."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _MUCH:
        raise InvalidTerm("is no whole number of at least 1")
    return value


def money(value: Any) -> float:
    """Check for US dollars."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < _RICH:
        raise InvalidTerm("is no sum of at least 0")
    return float(value)


def seconds(value: Any) -> float:
    """Read a time such as ``90m``, ``12h`` or ``30d``."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise InvalidTerm("is no time such as 90m, 12h or 30d")
    return float(match[1]) * _UNITS[match[2]]


def moment(value: Any) -> float:
    """Check for seconds since 1970."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= _LATEST:
        raise InvalidTerm("is no time in seconds since 1970")
    return float(value)


def period(value: Any) -> Period:
    """Read after what a budget is whole again."""
    found = _PERIODS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise InvalidTerm("is day, week or month (or 1d, 7d, 30d): periods of the calendar in UTC")
    return found

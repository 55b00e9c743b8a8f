"""
The calendar of budgets: days, weeks and months of UTC, at whose beginning a budget is whole again.

A week begins on Monday (ISO 8601). Dates are text, as in ``2026-11-30``, and so are compared as spend is kept.
"""

from __future__ import annotations

import datetime
from typing import Literal


__all__ = ["Period", "day_of", "end_of", "start_of"]

Period = Literal["day", "week", "month"]


def day_of(now: float) -> str:
    """Return the day in UTC of the time *now*, in seconds since 1970."""
    return _date(now).isoformat()


def start_of(period: Period | None, now: float) -> str:
    """Return the first day of the *period* that *now* is in; empty, which is before every day, for None."""
    return "" if period is None else _first(period, now).isoformat()


def end_of(period: Period, now: float) -> str:
    """Return the first day after the *period* that *now* is in."""
    first = _first(period, now)
    if period == "month":
        return (first + datetime.timedelta(days=32)).replace(day=1).isoformat()
    return (first + datetime.timedelta(days=7 if period == "week" else 1)).isoformat()


def _first(period: Period, now: float) -> datetime.date:
    day = _date(now)
    if period == "month":
        return day.replace(day=1)
    return day - datetime.timedelta(days=day.weekday()) if period == "week" else day


def _date(now: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(now, datetime.UTC).date()

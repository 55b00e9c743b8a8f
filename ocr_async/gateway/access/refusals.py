"""What a request is told whose key has reached a limit, from where the key stands: arithmetic, without I/O."""

from __future__ import annotations

from ...wording import counted
from ..http_errors import HTTPError
from ..periods import end_of
from ..storage.accounts import Demand, Key, Standing


__all__ = ["CENT", "refuse_beyond_limits"]

CENT = 1e-9  # US dollars, below which sums of prices differ by rounding alone
_SOON = 1.0  # seconds after which it helps to ask again, where others hold back what is left


def refuse_beyond_limits(key: Key, standing: Standing, demand: Demand, today: float) -> None:
    """
    Return if *key* has room for *demand*.

    Args:
        today: Seconds since 1970.

    Raises:
        HTTPError: It has none.
    """
    pages = 1 if demand.pages is None else demand.pages
    if key.budget_pages is not None:
        _refuse_beyond_pages(key, key.budget_pages, standing, pages, today)
    if key.budget_usd is not None and demand.price != 0:
        _refuse_beyond_money(key, key.budget_usd, standing, (demand.price or 0.0) * pages, today)
    if key.max_concurrency is not None and standing.in_flight >= key.max_concurrency:
        raise _too_much(counted(key.max_concurrency, "request") + " at once", _SOON)
    if key.rpm is not None and standing.request_delay:
        raise _too_much(counted(key.rpm, "request") + " a minute", standing.request_delay)
    if key.pages_per_minute is not None and standing.page_delay:
        raise _too_much(counted(key.pages_per_minute, "page") + " a minute", standing.page_delay)


def _refuse_beyond_pages(key: Key, budget: int, standing: Standing, asked: int, today: float) -> None:
    taken = standing.spent.pages + standing.held.pages
    if taken + asked > budget:
        more = counted(asked, "more page") if taken < budget else None
        raise _no_budget(
            key, f"{taken:,} of {counted(budget, 'page')}", more, standing.spent.pages + asked <= budget, today
        )


def _refuse_beyond_money(key: Key, budget: float, standing: Standing, asked: float, today: float) -> None:
    # what costs anything, however little, needs something to be left
    least, most = max(asked, 2 * CENT), budget + CENT
    taken = standing.spent.usd + standing.held.usd
    if taken + least > most:
        more = f"{asked:.6g} USD more" if taken + 2 * CENT <= most else None
        waits = standing.spent.usd + least <= most
        raise _no_budget(key, f"{taken:.6g} of {budget:g} USD", more, waits, today)


def _no_budget(key: Key, taken: str, asked: str | None, waits: bool, today: float) -> HTTPError:
    """
    Return the refusal.

    Args:
        taken: How much of the budget is used or held back.

        asked: What there is no room for; None where nothing at all is left.

        waits: Whether requests in flight may leave enough.
    """
    again = "" if key.budget_period is None else f"; it is whole again on {end_of(key.budget_period, today)}"
    if waits:
        text = f"the budget of this key is held back for its requests under way; used or held: {taken}"
    elif asked is not None:
        text = f"the budget of this key has no room for {asked}; used: {taken}"
    else:
        text = f"the budget of this key is used up: {taken}"
    return HTTPError(429, text + again, "budget_exceeded", retry_after=_SOON if waits else None)


def _too_much(what: str, delay: float) -> HTTPError:
    return HTTPError(429, f"this key is limited to {what}", "rate_limited", retry_after=delay)

"""
Who may use the gateway, for what, and how much.

Arithmetic on given times, without I/O: `keys` keeps keys and spend, `sync` carries both to and fro. Keys are known
by the SHA-256 of their text alone.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from attrs import define, field, frozen

from ...windows import Window
from ..http_errors import HTTPError
from .periods import Period, end_of, start_of


__all__ = ["ANYONE", "MASTER", "Access", "Charge", "Demand", "Key", "Reservation", "Spent", "digest"]

_CENT = 1e-9  # US dollars, below which sums of prices differ by rounding alone
_SOON = 1.0  # seconds after which it helps to ask again, where others hold back what is left


@frozen(kw_only=True)
class Key:
    """
    Attributes:
        id: Never used again; what belongs to a key belongs to its id.

        alias: What logs, metrics and people call it.

        digest: SHA-256 of its text.

        tail: The last characters of its text, for people to tell it by.

        master: Whether it opens everything.

        models: That it may ask for; None: all.

        rpm: Requests started in any minute; None, here and below, for no limit.

        pages_per_minute: Pages asked for in any minute.

        max_concurrency: Requests at once.

        budget_pages: Pages in all, or in each period.

        budget_usd: US dollars in all, or in each period.

        budget_period: After which both budgets are whole again; None: never.

        expires: Seconds since 1970.

        created: The same.
    """

    id: str
    alias: str
    digest: bytes = field(default=b"", repr=False)
    tail: str = ""
    master: bool = False
    models: tuple[str, ...] | None = None
    rpm: int | None = None
    pages_per_minute: int | None = None
    max_concurrency: int | None = None
    budget_pages: int | None = None
    budget_usd: float | None = None
    budget_period: Period | None = None
    expires: float | None = None
    created: float = 0.0

    def may_use(self, model: str) -> bool:
        """Whether it may ask for *model*."""
        return self.models is None or model in self.models

    @property
    def counts_pages(self) -> bool:
        """Whether it matters how many pages a document has."""
        return not (self.budget_pages is None and self.budget_usd is None and self.pages_per_minute is None)


MASTER = Key(id="master", alias="master", master=True)
ANYONE = Key(id="anyone", alias="anyone", master=True)  # on a gateway without keys, which only this machine reaches
_NOBODY = Key(id="", alias="", digest=bytes(32))


@define(kw_only=True)
class Spent:
    """Pages and US dollars."""

    pages: int = 0
    usd: float = 0.0


@frozen(kw_only=True)
class Charge:
    """
    What one request adds to the spend of its key.

    Attributes:
        at: Seconds since 1970.
    """

    key: Key
    model: str
    pages: int
    usd: float
    at: float


@frozen(kw_only=True)
class Demand:
    """
    What a request may come to.

    Attributes:
        pages: It asks for; None: nobody can tell before it was served.

        most: Pages that it may have where `pages` is None.

        price: US dollars for a page, at most; None: the answer will say.
    """

    pages: int | None = 1
    most: int = 1
    price: float | None = 0.0


@define(kw_only=True, eq=False)
class Reservation:
    """
    What is held back of the limits of a key for one request.

    Attributes:
        pages: Of the budget in pages and, at the demand's price, of the one in money.

        at: When it was made, on the clock of the limits.

        rate: Pages of the minute.

        charged: What the request came to; None: nothing.
    """

    pages: int
    usd: float
    at: float
    rate: int
    charged: Spent | None = None

    def charge(self, pages: int, usd: float | None) -> None:
        """Say what the request came to, delivered or not; it is added to the spend at the end of the block."""
        self.charged = Spent(pages=pages, usd=usd or 0.0)


@define(eq=False)
class _Use:
    """How much of its limits a key is using."""

    period: Period | None = None
    since: str = ""  # the first day of what `spent` counts
    spent: Spent = field(factory=Spent)
    in_flight: int = 0
    held: Spent = field(factory=Spent)  # for the requests in flight
    requests: Window = field(factory=lambda: Window(0, 60.0))
    pages: Window = field(factory=lambda: Window(0, 60.0))

    def hold(self, reservation: Reservation) -> None:
        self.in_flight += 1
        self.held.pages += reservation.pages
        self.held.usd += reservation.usd

    def give_back(self, reservation: Reservation) -> None:
        self.in_flight -= 1
        self.held.pages -= reservation.pages
        self.held.usd -= reservation.usd
        if not self.in_flight:
            self.held.usd = 0.0  # no rounding error survives an idle moment


def digest(key: str) -> bytes:
    """Return the SHA-256 of *key*, which a header may have filled with anything."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


@define(eq=False)
class Access:
    """
    The keys of one gateway.

    Attributes:
        master: Digest of the master key; None: whoever comes is `ANYONE`.

        record: Called with each charge.
    """

    master: bytes | None = field(default=None, repr=False)
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], float] = time.time
    record: Callable[[Charge], None] = lambda _: None
    _by_digest: Mapping[bytes, Key] = field(factory=dict, repr=False)
    _by_id: Mapping[str, Key] = field(factory=dict)
    _use: dict[str, _Use] = field(factory=dict)

    def agree(self, keys: Iterable[Key], totals: Mapping[str, Spent]) -> None:
        """
        Take in the *keys* in use.

        Args:
            totals: What each key spent in its present period; counts for those that are new here, or whose period
                is another one than before.
        """
        self._by_id = {key.id: key for key in keys}
        self._by_digest = {key.digest: key for key in self._by_id.values()}
        for key in self._by_id.values():
            use = self._use.get(key.id)
            if use is None:
                use = self._use[key.id] = _Use()
            elif use.period == key.budget_period:
                continue  # it is ahead of what was written down
            use.period, use.since = key.budget_period, start_of(key.budget_period, self.today())
            use.spent = totals.get(key.id) or Spent()
        for gone in self._use.keys() - self._by_id.keys():
            if not self._use[gone].in_flight:
                del self._use[gone]

    def find(self, key_id: str) -> Key | None:
        """Return the key with this id, if it is still good; for work that goes on without its client."""
        if self.master is None or key_id == MASTER.id:
            return next((key for key in (ANYONE if self.master is None else MASTER,) if key.id == key_id), None)
        key = self._by_id.get(key_id)
        return None if key is None or self._is_over(key) else key

    def identify(self, given: str | None) -> Key:
        """
        Return the key whose text is *given*, at the same cost however many there are and whether it is one.

        Raises:
            HTTPError: None was given, an unknown or an expired one; which of them is not told.
        """
        if self.master is None:
            return ANYONE
        asked = digest(given or "")
        # Where a digest lies in the table says nothing of a key: nobody can choose the SHA-256 of a text, or undo it.
        found = self._by_digest.get(asked, _NOBODY)
        is_key = hmac.compare_digest(asked, found.digest)
        is_master = hmac.compare_digest(asked, self.master)
        if is_master:
            return MASTER
        if not is_key or self._is_over(found):
            raise HTTPError(
                401,
                "no key, or one that is unknown, revoked or expired: send it as Authorization: Bearer … or x-api-key",
                "invalid_api_key",
            )
        return found

    def _is_over(self, key: Key) -> bool:
        return key.expires is not None and key.expires <= self.today()

    def spent(self, key: Key) -> Spent:
        """Return what *key* spent in its present period, or ever."""
        return self._use_of(key).spent

    # --- limits -----------------------------------------------------------------------------------------------------

    @contextmanager
    def admit(self, key: Key, model: str, demand: Demand) -> Iterator[Reservation]:
        """
        Hold back what a request of *key* may come to, and add what it came to, however the block ends.

        Raises:
            HTTPError: A limit or the budget of the key is reached.
        """
        use, now = self._use_of(key), self.clock()
        self._refuse_beyond_limits(key, use, now, demand)
        reservation = _reservation(key, use, now, demand)
        if key.rpm is not None:
            use.requests.take(now, 1)
        if key.pages_per_minute is not None:
            use.pages.take(now, reservation.rate)
        use.hold(reservation)
        try:
            yield reservation
        finally:
            use.give_back(reservation)
            came = reservation.charged or Spent()
            if key.pages_per_minute is not None:
                use.pages.amend(now, reservation.rate, came.pages)
            if reservation.charged is not None:
                self._roll(use)
                use.spent.pages += came.pages
                use.spent.usd += came.usd
                self.record(Charge(key=key, model=model, pages=came.pages, usd=came.usd, at=self.today()))

    @contextmanager
    def counting(self, key: Key, price: float | None) -> Iterator[None]:
        """
        Count a request of *key* among those at once while its document is looked at, unless it is refused already.

        Args:
            price: As of a `Demand`.

        Raises:
            HTTPError: See `admit`.
        """
        use = self._use_of(key)
        self._refuse_beyond_limits(key, use, self.clock(), Demand(pages=None, price=price))
        use.in_flight += 1
        try:
            yield
        finally:
            use.in_flight -= 1

    def _use_of(self, key: Key) -> _Use:
        use = self._use.get(key.id)
        if use is None:
            use = self._use[key.id] = _Use(period=key.budget_period)
        self._roll(use)
        return use

    def _roll(self, use: _Use) -> None:
        """Begin the next period, once it has come; a clock that was put back begins none."""
        if use.period is not None and (start := start_of(use.period, self.today())) > use.since:
            use.since, use.spent = start, Spent()

    def _refuse_beyond_limits(self, key: Key, use: _Use, now: float, demand: Demand) -> None:
        pages = 1 if demand.pages is None else demand.pages
        if key.budget_pages is not None:
            self._refuse_beyond_pages(key, key.budget_pages, use, pages)
        if key.budget_usd is not None and demand.price != 0:
            self._refuse_beyond_money(key, key.budget_usd, use, (demand.price or 0.0) * pages)
        if key.max_concurrency is not None and use.in_flight >= key.max_concurrency:
            raise _too_much(_count(key.max_concurrency, "request") + " at once", _SOON)
        if key.rpm is not None:
            use.requests.amount = key.rpm
            if delay := use.requests.delay(now, 1):
                raise _too_much(_count(key.rpm, "request") + " a minute", delay)
        if key.pages_per_minute is not None:
            use.pages.amount = key.pages_per_minute
            if delay := use.pages.delay(now, pages):
                raise _too_much(_count(key.pages_per_minute, "page") + " a minute", delay)

    def _refuse_beyond_pages(self, key: Key, budget: int, use: _Use, asked: int) -> None:
        taken = use.spent.pages + use.held.pages
        if taken + asked > budget:
            more = _count(asked, "more page") if taken < budget else None
            raise self._no_budget(key, f"{taken} of {budget} pages", more, use.spent.pages + asked <= budget)

    def _refuse_beyond_money(self, key: Key, budget: float, use: _Use, asked: float) -> None:
        # what costs anything, however little, needs something to be left
        least, most = max(asked, 2 * _CENT), budget + _CENT
        taken = use.spent.usd + use.held.usd
        if taken + least > most:
            more = f"{asked:.6g} USD more" if taken + 2 * _CENT <= most else None
            raise self._no_budget(key, f"{taken:.6g} of {budget:g} USD", more, use.spent.usd + least <= most)

    def _no_budget(self, key: Key, taken: str, asked: str | None, waits: bool) -> HTTPError:
        """
        Return the refusal.

        Args:
            taken: How much of the budget is used or held back.

            asked: What there is no room for; None where nothing at all is left.

            waits: Whether requests in flight may leave enough.
        """
        again = "" if key.budget_period is None else f"; it is whole again on {end_of(key.budget_period, self.today())}"
        if waits:
            text = f"the budget of this key is held back for its requests under way: {taken} are used or held"
        elif asked is not None:
            text = f"the budget of this key has no room for {asked}: {taken} are used"
        else:
            text = f"the budget of this key is used up: {taken}"
        return HTTPError(429, text + again, "budget_exceeded", retry_after=_SOON if waits else None)


def _reservation(key: Key, use: _Use, now: float, demand: Demand) -> Reservation:
    """
    Return what to hold back for *demand*, for which there is room.

    Of what nobody can tell before it is served, that is the most it may be, or all that is left: then requests of
    this kind are served one after the other, and the budget is exceeded by what the last of them has beyond it.
    """
    pages, price = demand.pages, demand.price
    left = math.inf if key.budget_usd is None else max(key.budget_usd - use.spent.usd - use.held.usd, 0.0)
    if pages is None:
        room = [float(demand.most)]
        if key.budget_pages is not None:
            room.append(key.budget_pages - use.spent.pages - use.held.pages)
        if price and not math.isinf(left):
            room.append(left / price + _CENT)
        pages = max(1, int(min(room)))
    usd = 0.0 if key.budget_usd is None else left if price is None else pages * price
    rate = pages
    if demand.pages is None and key.pages_per_minute is not None:
        rate = max(1, min(demand.most, key.pages_per_minute - int(use.pages.used)))
    return Reservation(pages=pages, usd=usd, at=now, rate=rate)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _too_much(what: str, delay: float) -> HTTPError:
    return HTTPError(429, f"this key is limited to {what}", "rate_limited", retry_after=delay)

"""
Who may use the gateway, for what, and how much.

Arithmetic on given times, without I/O: `storage.accounts` keeps keys and spend, `sync` carries both to and fro, and
`admission` asks the storage instead where several gateways share the limits.
"""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from attrs import define, field

from ...windows import Window
from ..http_errors import HTTPError
from ..periods import Period, start_of
from ..storage.accounts import Charge, Demand, Key, Reservation, Spent, Standing, digest
from .refusals import CENT, refuse_beyond_limits


__all__ = ["ANYONE", "MASTER", "Access", "Charge", "Demand", "Key", "Reservation", "Spent", "Standing", "digest"]

MASTER = Key(id="master", alias="master", master=True)
ANYONE = Key(id="anyone", alias="anyone", master=True)  # on a gateway without keys, which only this machine reaches
_NOBODY = Key(id="", alias="", digest=bytes(32))


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

    def standing(self, key: Key, now: float, demand: Demand) -> Standing:
        request_delay = page_delay = 0.0
        if key.rpm is not None:
            self.requests.amount = key.rpm
            request_delay = self.requests.delay(now, 1)
        if key.pages_per_minute is not None:
            self.pages.amount = key.pages_per_minute
            page_delay = self.pages.delay(now, 1 if demand.pages is None else demand.pages)
        return Standing(
            spent=self.spent,
            held=self.held,
            in_flight=self.in_flight,
            request_delay=request_delay,
            page_delay=page_delay,
        )


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
        if key.limited:
            self._refuse_beyond_limits(key, use, now, demand)
            reservation = _reservation(key, use, now, demand)
        else:  # what it holds is held all the same: it may get limits meanwhile
            pages = max(1, demand.most) if demand.pages is None else demand.pages
            reservation = Reservation(pages=pages, usd=0.0, at=now, rate=pages)
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
                self.add(key, model, came)

    def add(self, key: Key, model: str, came: Spent) -> None:
        """Add what a request of *key* *came* to."""
        use = self._use_of(key)
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
        refuse_beyond_limits(key, use.standing(key, now, demand), demand, self.today())


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
            room.append(left / price + CENT)
        pages = max(1, int(min(room)))
    usd = 0.0 if key.budget_usd is None else left if price is None else pages * price
    rate = pages
    if demand.pages is None and key.pages_per_minute is not None:
        rate = max(1, min(demand.most, key.pages_per_minute - int(use.pages.used)))
    return Reservation(pages=pages, usd=usd, at=now, rate=rate)

"""
Who may use the gateway, for what, and how much.

Arithmetic on given times, without I/O: `keys` keeps keys and spend, `accounts` carries both to and fro. Keys are known
by the SHA-256 of their text alone.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from attrs import define, field, frozen

from ...windows import Window
from ..http_errors import HTTPError


__all__ = ["ANYONE", "MASTER", "Access", "Charge", "Key", "Spent", "digest"]


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

        budget_pages: Pages in all.

        budget_usd: US dollars in all.

        expires: Seconds since 1970.
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
    expires: float | None = None

    def may_use(self, model: str) -> bool:
        """Whether it may ask for *model*."""
        return self.models is None or model in self.models


MASTER = Key(id="master", alias="master", master=True)
ANYONE = Key(id="anyone", alias="anyone", master=True)  # on a gateway without keys, which only this machine reaches


@define(kw_only=True)
class Spent:
    """Pages and US dollars."""

    pages: int = 0
    usd: float = 0.0


@frozen(kw_only=True)
class Charge:
    """
    What one served request adds to the spend of its key.

    Attributes:
        at: Seconds since 1970.
    """

    key: Key
    model: str
    pages: int
    usd: float
    at: float


@define(eq=False)
class _Use:
    """How much of its limits a key is using."""

    spent: Spent = field(factory=Spent)
    in_flight: int = 0
    reserved: int = 0  # pages of the requests in flight
    requests: Window = field(factory=lambda: Window(0, 60.0))
    pages: Window = field(factory=lambda: Window(0, 60.0))


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
    _keys: tuple[Key, ...] = ()
    _use: dict[str, _Use] = field(factory=dict)

    def agree(self, keys: Iterable[Key], totals: Mapping[str, Spent]) -> None:
        """Take in the *keys* in use, and what those that are new here have spent so far."""
        self._keys = tuple(keys)
        for key in self._keys:
            self._use.setdefault(key.id, _Use(spent=totals.get(key.id) or Spent()))

    def find(self, key_id: str) -> Key | None:
        """Return the key with this id, if it is still good; for work that goes on without its client."""
        if self.master is None or key_id == MASTER.id:
            return next((key for key in (ANYONE if self.master is None else MASTER,) if key.id == key_id), None)
        key = next((key for key in self._keys if key.id == key_id), None)
        return None if key is None or (key.expires is not None and key.expires <= self.today()) else key

    def identify(self, given: str | None) -> Key:
        """
        Return the key whose text is *given*.

        Raises:
            HTTPError: None was given, an unknown or an expired one; which of them is not told.
        """
        if self.master is None:
            return ANYONE
        found: Key | None = None
        if given is not None:
            asked = digest(given)
            # All are compared, so that the time says nothing of how many there are before the right one.
            for key in self._keys:
                if hmac.compare_digest(asked, key.digest):
                    found = key
            if hmac.compare_digest(asked, self.master):
                found = MASTER
        if found is None or (found.expires is not None and found.expires <= self.today()):
            raise HTTPError(
                401,
                "no key, or one that is unknown, revoked or expired: send it as Authorization: Bearer … or x-api-key",
                "invalid_api_key",
            )
        return found

    @contextmanager
    def admit(self, key: Key, model: str, pages: int | None) -> Iterator[Callable[[int, float | None], None]]:
        """
        Count in a request of *key* for *pages* pages (None: unknown); yield what takes what it came to.

        Raises:
            HTTPError: A limit or the budget of the key is reached.
        """
        use, now, asked = self._use.setdefault(key.id, _Use()), self.clock(), pages or 1
        self._refuse_beyond_limits(key, use, now, asked)
        if key.rpm is not None:
            use.requests.take(now, 1)
        if key.pages_per_minute is not None:
            use.pages.take(now, asked)
        use.in_flight += 1
        use.reserved += asked

        def charge(billed: int, usd: float | None) -> None:
            use.spent.pages += billed
            use.spent.usd += usd or 0.0
            self.record(Charge(key=key, model=model, pages=billed, usd=usd or 0.0, at=self.today()))
            if key.pages_per_minute is not None and billed > asked:
                use.pages.take(self.clock(), billed - asked)

        try:
            yield charge
        finally:
            use.in_flight -= 1
            use.reserved -= asked

    def _refuse_beyond_limits(self, key: Key, use: _Use, now: float, asked: int) -> None:
        if key.budget_pages is not None and (taken := use.spent.pages + use.reserved) + asked > key.budget_pages:
            raise _no_budget(f"{taken} of {key.budget_pages} pages", None if taken >= key.budget_pages else asked)
        if key.budget_usd is not None and use.spent.usd >= key.budget_usd:
            raise _no_budget(f"{use.spent.usd:.6g} of {key.budget_usd:g} USD")
        if key.max_concurrency is not None and use.in_flight >= key.max_concurrency:
            raise _too_much(_count(key.max_concurrency, "request") + " at once", 1.0)
        if key.rpm is not None:
            use.requests.amount = key.rpm
            if delay := use.requests.delay(now, 1):
                raise _too_much(_count(key.rpm, "request") + " a minute", delay)
        if key.pages_per_minute is not None:
            use.pages.amount = key.pages_per_minute
            if delay := use.pages.delay(now, asked):
                raise _too_much(_count(key.pages_per_minute, "page") + " a minute", delay)


def _no_budget(taken: str, asked: int | None = None) -> HTTPError:
    if asked is None:
        return HTTPError(429, f"the budget of this key is used up: {taken}", "budget_exceeded")
    text = f"the budget of this key has no room for {_count(asked, 'more page')}: {taken} are used"
    return HTTPError(429, text, "budget_exceeded")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _too_much(what: str, delay: float) -> HTTPError:
    return HTTPError(429, f"this key is limited to {what}", "rate_limited", retry_after=delay)
